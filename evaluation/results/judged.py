"""What raters judged, as plain rows: each answer that counts, and each response it speaks of. A few queries a study."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Length

from evaluation.models import LexiconHit, Mark, Placement, Preference, Rank, Reason, Score, UnitResponse
from evaluation.services import blinding, conversations
from projects.models import Assignment, Study, Submission
from projects.services import exclusions

# Practice and checks of attention are no results.
COUNTED = ("main", "overlap")


@dataclass(frozen=True)
class Case:
    """One rater's answer to one unit."""

    submission: int
    assignment: int
    unit: int
    item: str
    role: str
    repeat: int
    block: str
    topic: str
    rater: str
    group: str
    comment: str
    number: int
    # Of the guideline; 0 where none was in force.
    version: int = 0
    excluded: bool = False


@dataclass(frozen=True)
class Member:
    """One response of a unit: in which unit, whose it is, how long, and whether its words may tell."""

    unit: int
    system: int
    length: int
    telling: bool


@dataclass(frozen=True)
class Judged:
    """Everything a report of a blind study begins with."""

    study: Study
    cases: dict[int, Case]
    members: dict[int, Member]
    # (assignment, member) -> where the rater saw it, from 1
    slots: dict[tuple[int, int], int]
    # system -> what readers may call it: its code, or its name once the key is open
    names: dict[int, str]
    # (submission, member) -> concerns
    marks: dict[tuple[int, int], list[str]] = field(default_factory=dict)

    @cached_property
    def counted(self) -> dict[int, Case]:
        """The answers that results rest on: first judgements, not left out."""
        return {key: case for key, case in self.first.items() if not case.excluded}

    @cached_property
    def first(self) -> dict[int, Case]:
        """First judgements of units that count, with those that a person has left out."""
        return {key: case for key, case in self.cases.items() if not case.repeat and case.role in COUNTED}

    @cached_property
    def again(self) -> dict[int, Case]:
        """Second judgements of the same unit by the same rater."""
        return {key: case for key, case in self.cases.items() if not case.excluded and case.repeat}

    @cached_property
    def telling_units(self) -> set[int]:
        """Units with a response whose words may tell who wrote it, by the lexicon or by a rater's mark."""
        by_member = {member for member, about in self.members.items() if about.telling}
        by_member |= {member for (_key, member), found in self.marks.items() if Mark.Concern.AUTHOR in found}
        return {self.members[member].unit for member in by_member}

    @cached_property
    def heads(self) -> dict[str, int]:
        """The system whose response each unit lists first; members keep the order in which the study opened."""
        found: dict[str, int] = {}
        for _member, about in sorted(self.members.items()):
            found.setdefault(str(about.unit), about.system)
        return found

    @cached_property
    def sides(self) -> dict[int, dict[int, int]]:
        """By assignment which system stood first and which second."""
        found: dict[int, dict[int, int]] = defaultdict(dict)
        for (assignment, member), slot in self.slots.items():
            found[assignment][slot] = self.members[member].system
        return dict(found)

    @cached_property
    def ranks(self) -> list[tuple[int, int, int]]:
        """(submission, member, rank) of every ranking, read once."""
        return list(ranks(self.study))

    @cached_property
    def preferences(self) -> list[tuple[int, str, str]]:
        """(submission, criterion, first, tie or second) of every verdict, read once."""
        return list(preferences(self.study))

    @cached_property
    def scores(self) -> list[tuple[int, int, str, int]]:
        """(submission, member, criterion, value) of every score, read once."""
        return list(scores(self.study))


def load(study: Study) -> Judged:
    """Return the study's answers in force with what they speak of."""
    cases = {case.submission: case for case in _cases(study, _given(study).filter(independent=True))}
    marks: dict[tuple[int, int], list[str]] = defaultdict(list)
    for submission, member, concern in Mark.objects.filter(submission__assignment__study=study).values_list(
        "submission_id", "member_id", "concern"
    ):
        marks[submission, member].append(concern)
    placed = Placement.objects.filter(assignment__study=study).values_list("assignment_id", "member_id", "slot")
    slots = {(assignment, member): slot for assignment, member, slot in placed}
    return Judged(study, cases, _members(study), slots, blinding.names(study), dict(marks))


def by_version(study: Study) -> dict[int, dict[int, Case]]:
    """Return by version of the guideline the last answer to each unit that was given under it, before seeing more.

    A unit that was judged again is in each of its versions; results rest on the newest alone.
    """
    rows = _given(study).filter(guideline__isnull=False, exposure=F("assignment__base_exposure"))
    last: dict[tuple[int, int], Case] = {}
    for case in _cases(study, rows):
        if not case.repeat and case.role in COUNTED and not case.excluded:
            last[case.version, case.assignment] = case
    found: dict[int, dict[int, Case]] = defaultdict(dict)
    for (version, _assignment), case in sorted(last.items()):
        found[version][case.submission] = case
    return dict(found)


def _given(study: Study) -> QuerySet[Submission]:
    return Submission.objects.filter(
        assignment__study=study, assignment__state=Assignment.State.SUBMITTED, assignment__surplus=False
    )


def _cases(study: Study, given: QuerySet[Submission]) -> Iterator[Case]:
    out = exclusions.left_out(study)
    columns = (
        "pk", "assignment_id", "assignment__unit_id", "assignment__unit__item__external_id", "assignment__unit__role",
        "assignment__unit__repeat", "assignment__unit__response_set__block", "assignment__unit__stratum",
        "assignment__rater__code", "assignment__rater__group", "comment", "number", "guideline__number",
        "assignment__rater_id",
    )  # fmt: skip
    row: tuple[Any, ...]
    for row in given.order_by("pk").values_list(*columns):
        values: list[Any] = ["" if value is None else value for value in row]
        rater, version = values.pop(), values.pop()
        case = replace(Case(*values), version=version or 0)
        yield replace(case, excluded=True) if out.reason(case.unit, rater, case.assignment) else case


def _members(study: Study) -> dict[int, Member]:
    # Members share texts (repeats do): words that may tell are the response's, or the dialogue's.
    told = set(
        LexiconHit.objects.filter(study=study)
        .filter(~Q(decision__in=[LexiconHit.Decision.CLEARED, LexiconHit.Decision.REDACTED]))
        .values_list("response_id", "revision_id")
    )
    rows = UnitResponse.objects.filter(unit__study=study)
    spoken = conversations.lengths(rows.filter(revision__isnull=False).values_list("revision_id", flat=True))
    columns = ("pk", "unit_id", "system_id", "response_id", "revision_id", "chars")
    return {
        pk: Member(unit, system, chars or spoken.get(revision or 0, 0), (response, revision) in told)
        for pk, unit, system, response, revision, chars in rows.annotate(chars=Length("response__text")).values_list(
            *columns
        )
    }


def ranks(study: Study) -> Iterator[tuple[int, int, int]]:
    """Yield (submission, member, rank)."""
    rows = Rank.objects.filter(submission__assignment__study=study).order_by("submission", "member")
    yield from rows.values_list("submission_id", "member_id", "rank")


def preferences(study: Study) -> Iterator[tuple[int, str, str]]:
    """Yield (submission, criterion, first, tie or second)."""
    rows = Preference.objects.filter(submission__assignment__study=study).order_by("submission", "criterion")
    yield from rows.values_list("submission_id", "criterion", "choice")


def reasons(study: Study) -> Iterator[tuple[int, int | None, str]]:
    """Yield (submission, member or None for all of them, words) of every written reason."""
    rows = Reason.objects.filter(submission__assignment__study=study).order_by("submission", "pk")
    yield from rows.values_list("submission_id", "member_id", "text")


def scores(study: Study) -> Iterator[tuple[int, int, str, int]]:
    """Yield (submission, member, criterion, value)."""
    rows = Score.objects.filter(submission__assignment__study=study).order_by("submission", "member", "criterion")
    yield from rows.values_list("submission_id", "member_id", "criterion", "value")
