"""What a rater does before work: consent, a notice, training, a new guideline. An app above says what is pending.

A study asks by the number in `Study.gate`; a rater's part remembers the number it has passed. Both are loaded with
every request, so that a study which asks for nothing costs one comparison. The app is named in settings.CONCORD_GATE.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from django.conf import settings
from django.utils.functional import Promise

from projects.models import Assignment, Study, StudyRole, Submission, Unit

# Their answers are held against what is expected, by the server alone.
CHECKED = (Unit.Role.TRAINING, Unit.Role.GOLD)


@dataclass(frozen=True)
class Stop:
    """What keeps a rater from the work, in the manager's words, with the page that tells more; `decide` where the
    rater can do nothing about it.
    """

    words: str | Promise
    url: str
    decide: bool = False
    note: str = ""


class Gate(Protocol):
    """What the app above answers."""

    def detour(self, part: StudyRole) -> str:
        """Return the address of what comes before work; empty, and remembered as passed, where nothing is left."""

    def admits(self, part: StudyRole, assignment: Assignment) -> bool:
        """Whether this unit is the very thing that is asked for."""

    def note(self, part: StudyRole, assignment: Assignment) -> str:
        """Return what the page of such a unit says of it."""

    def guideline(self, part: StudyRole) -> int | None:
        """Return the key of the guideline that this rater works by."""

    def answered(self, part: StudyRole, assignment: Assignment, submission: Submission) -> None:
        """Do what follows from an answer to a checked unit, or of a rater with something pending."""

    def stops(self, study: Study, parts: Sequence[StudyRole]) -> Mapping[int, Stop]:
        """Return what keeps raters from the work, by the key of their part; asks equally often for any number."""

    def furnish(self, study: Study) -> None:
        """Add to the units of a study that is about to open."""


@cache
def _gate() -> Gate:
    return cast(Gate, import_module(settings.CONCORD_GATE))


def pending(part: StudyRole) -> bool:
    """Whether the rater may have something to do before work."""
    return part.gate != part.study.gate


def detour(part: StudyRole) -> str:
    """Return the address of what this rater does before work, or nothing."""
    return _gate().detour(part) if pending(part) else ""


def admits(part: StudyRole, assignment: Assignment) -> bool:
    """Whether a rater who gets no other work is to answer this unit now."""
    return pending(part) and _gate().admits(part, assignment)


def note(part: StudyRole, assignment: Assignment) -> str:
    """Return what a unit's page says above it to this rater, or nothing."""
    return _gate().note(part, assignment) if pending(part) else ""


def guideline(part: StudyRole) -> int | None:
    """Return the key of the guideline that an answer of this rater is made under."""
    return _gate().guideline(part) if pending(part) else part.study.guideline_id


def answered(part: StudyRole, assignment: Assignment, submission: Submission) -> None:
    """Tell of an answer, where anything may follow from it."""
    if part.study.gate is not None and (assignment.unit.role in CHECKED or pending(part)):
        _gate().answered(part, assignment, submission)


def stops(study: Study, parts: Sequence[StudyRole]) -> Mapping[int, Stop]:
    """Return what keeps raters of an opened study from the work, by the key of their part."""
    asked = [part for part in parts if part.gate != study.gate and part.state != StudyRole.State.LEFT]
    return _gate().stops(study, asked) if asked else {}


def furnish(study: Study) -> None:
    """Add to the units of a study that is about to open what the app above keeps for it."""
    _gate().furnish(study)
