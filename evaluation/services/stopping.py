"""When a study may stop, where that was declared as the width of an interval: looked at by workers, told as yes or no.

Nobody sees a figure by system before a study closes: a look keeps how many judgements there were, and whether the
widest interval of the primary outcome was narrow enough.
"""

from __future__ import annotations

from typing import Any

from evaluation.models import StoppingLook
from projects.models import Assignment, Job, Study, User
from projects.services import jobs
from projects.services.studies import subject

LOOK, WIDTH = "look_stopping", "width"


def width_of(study: Study) -> float | None:
    """Return the width at which the study may stop; None where it ends with its last judgement."""
    settings: dict[str, Any] = study.settings
    width = settings.get("stop_width")
    return float(width) if settings.get("stopping") == WIDTH and width else None


def submitted(study: Study) -> int:
    """Return how many judgements there are."""
    return study.assignments.filter(state=Assignment.State.SUBMITTED, surplus=False).count()


def last_look(study: Study) -> StoppingLook | None:
    """Return the newest look."""
    return StoppingLook.objects.filter(study=study).first()


def ask(study: Study, *, actor: User | None) -> Job | None:
    """Let a worker look, unless there is nothing new to see; once it was reached, it stays so."""
    look = last_look(study)
    if study.state != Study.State.OPEN or width_of(study) is None or (look and look.reached):
        return None
    if look is not None and look.judgements == submitted(study):
        return None
    return jobs.enqueue(LOOK, subject(study), project=study.project, actor=actor)


def ask_all() -> int:
    """Let workers look at every open study that may stop by width; returns how many."""
    rows = Study.objects.filter(state=Study.State.OPEN, version__settings__stopping=WIDTH)
    return sum(ask(row, actor=None) is not None for row in rows.select_related("project", "version"))


def keep(study: Study, *, judgements: int, reached: bool) -> StoppingLook:
    """Store a look."""
    return StoppingLook.objects.create(study=study, judgements=judgements, reached=reached)
