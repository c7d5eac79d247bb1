"""Making the demonstration, and what must come of it whichever way it was made."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management import call_command
from django.db.models import Model

from annotation.models import Dispute, DisputePost, Meeting, Resolution
from projects.models import (
    Assignment,
    Dataset,
    Exclusion,
    ImportBatch,
    Item,
    Job,
    Rater,
    Report,
    Study,
    StudyRole,
    Submission,
)
from projects.services import jobs

# The reviews and what is theirs: other parts of the demonstration have tests of their own.
REVIEW, SETS = "label_review", ("first-round", "second-round")
COUNTED: dict[type[Model], dict[str, Any]] = {
    Rater: {"code__in": [f"R{n}" for n in range(1, 6)]},
    Dataset: {"slug__in": SETS},
    Item: {"dataset__slug__in": SETS},
    Study: {"kind": REVIEW},
    StudyRole: {"study__kind": REVIEW},
    Assignment: {"study__kind": REVIEW},
    Submission: {"assignment__study__kind": REVIEW},
    Dispute: {},
    DisputePost: {},
    Meeting: {},
    Exclusion: {"study__kind": REVIEW},
}
SHAPE = {
    "Rater": 5, "Dataset": 2, "Item": 108, "Study": 4, "StudyRole": 14, "Assignment": 242,
    "Submission": 246, "Dispute": 21, "DisputePost": 34, "Meeting": 1, "Exclusion": 1, "imports": 2, "reports": 2,
    "endings": {
        ("first-round", "agreed"): 36,
        ("first-round", "adjudicated"): 7,
        ("first-round", "removed"): 1,
        ("effectiveness-of-the-first-round", "agreed"): 24,
        ("second-round", "agreed"): 20,
        ("second-round", "discussed"): 1,
        ("second-round", "adjudicated"): 1,
        ("second-round", "removed"): 2,
    },
    "states": {
        "first-round": "closed",
        "effectiveness-of-the-first-round": "closed",
        "second-round": "open",
        "third-round": "draft",
    },
    "answered": {
        ("first-round", "R1", "submitted"): 44,
        ("first-round", "R2", "submitted"): 44,
        ("effectiveness-of-the-first-round", "R3", "submitted"): 28,
        ("effectiveness-of-the-first-round", "R4", "submitted"): 28,
        ("effectiveness-of-the-first-round", "R5", "submitted"): 28,
        ("second-round", "R1", "submitted"): 36,
        ("second-round", "R2", "submitted"): 32,
        ("second-round", "R2", "skipped"): 2,
    },
}  # fmt: skip


def seed() -> None:
    """Run the command without a word, then carry out the jobs it leaves to a worker."""
    call_command("seed_demo", verbosity=0)
    # How the raters work is looked at by the clock as well, and is tested where that is done.
    for job in Job.objects.filter(state=Job.State.QUEUED).exclude(kind="watch_study").order_by("pk"):
        jobs.run(job.pk)


def shape() -> dict[str, Any]:
    """Return how many there are of everything."""
    endings = Resolution.objects.filter(current=True, unit__study__kind=REVIEW)
    studies, hands = Study.objects.filter(kind=REVIEW), Assignment.objects.filter(study__kind=REVIEW)
    return {
        **{model.__name__: model._default_manager.filter(**which).count() for model, which in COUNTED.items()},
        "imports": ImportBatch.objects.filter(published=True, dataset__slug__in=SETS).count(),
        "reports": Report.objects.filter(computed_at__isnull=False, study__kind=REVIEW).count(),
        "endings": Counter(endings.values_list("unit__study__slug", "how")),
        "states": dict(studies.values_list("slug", "state")),
        "answered": Counter(hands.values_list("study__slug", "rater__code", "state")),
    }
