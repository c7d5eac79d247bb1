"""Making the demonstration, and what must come of it whichever way it was made."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management import call_command

from annotation.models import Dispute, DisputePost, Meeting, Resolution
from projects.models import (
    Assignment,
    Dataset,
    Exclusion,
    ImportBatch,
    Item,
    Rater,
    Report,
    Study,
    StudyRole,
    Submission,
    User,
)

COUNTED = (
    User, Rater, Dataset, Item, Study, StudyRole, Assignment, Submission, Dispute, DisputePost, Meeting, Exclusion,
)  # fmt: skip
SHAPE = {
    "User": 8, "Rater": 5, "Dataset": 5, "Item": 230, "Study": 5, "StudyRole": 17, "Assignment": 254,
    "Submission": 258, "Dispute": 21, "DisputePost": 34, "Meeting": 1, "Exclusion": 1, "imports": 5, "reports": 3,
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
        "counselling-sessions": "open",
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
        ("counselling-sessions", "R1", "submitted"): 6,
        ("counselling-sessions", "R2", "submitted"): 6,
    },
}  # fmt: skip


def seed() -> None:
    """Run the command without a word."""
    call_command("seed_demo", verbosity=0)


def shape() -> dict[str, Any]:
    """Return how many there are of everything."""
    endings = Resolution.objects.filter(current=True)
    return {
        **{model.__name__: model.objects.count() for model in COUNTED},
        "imports": ImportBatch.objects.filter(published=True).count(),
        "reports": Report.objects.filter(computed_at__isnull=False).count(),
        "endings": Counter(endings.values_list("unit__study__slug", "how")),
        "states": dict(Study.objects.values_list("slug", "state")),
        "answered": Counter(Assignment.objects.values_list("study__slug", "rater__code", "state")),
    }
