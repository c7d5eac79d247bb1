"""The reasons that raters wrote, pair by pair, under what readers may call the systems. Nothing before closing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.core.paginator import Page
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from evaluation.models import BlindStudy, Mark, Placement, Preference, Reason
from evaluation.results.judged import COUNTED
from evaluation.services import conversations
from projects.listing import Among, Listing
from projects.models import Assignment, ItemRevision, Study, Submission
from projects.prepared import Prepared, Value

TIE, FIRST, SECOND = Preference.Choice.TIE, Preference.Choice.FIRST, Preference.Choice.SECOND
OVERALL = "overall"
# The verdict that one system won.
WON = "won"
A_PAGE = 25


@dataclass(frozen=True)
class Wanted:
    """Which reasons to show: by rater, by what was said on a criterion (a system's key, or a tie), with a flag."""

    criterion: str = OVERALL
    verdict: str = ""
    rater: str = ""
    flagged: bool = False


@dataclass(frozen=True)
class Text:
    """One of the texts that were judged."""

    system: str
    text: str
    flags: Sequence[str]


@dataclass(frozen=True)
class Written:
    """One written reason with the judgement around it; `about` is the system it speaks of, empty for all of them.

    `overall` and `lines` say who won: on the whole, and on each criterion. `texts` stand with the first reason about
    a unit, those that the rater flagged with each.
    """

    unit: int
    item: str
    question: str
    language: str
    rater: str
    group: str
    about: str
    words: str
    comment: str
    overall: str
    lines: Sequence[str]
    texts: Sequence[Text]
    flagged: Sequence[Text]


def may_be_seen(study: Study) -> bool:
    """Whether judgements may be read: once nobody judges any more."""
    return study.state == Study.State.CLOSED


def submissions(studies: Iterable[int]) -> QuerySet[Submission]:
    """Return the judgements of these studies that results rest on."""
    return Submission.objects.filter(_counted("", list(studies)))


def of_study(study: int) -> QuerySet[Reason]:
    """Return the reasons of the judgements that a study's results rest on; none before closing."""
    closed = Q(submission__assignment__study__state=Study.State.CLOSED)
    return Reason.objects.filter(_counted("submission__", [study]) & closed)


def _counted(to: str, studies: list[int]) -> Q:
    """Return the condition that a judgement is one that results rest on; `to` leads to it."""
    values: dict[str, Any] = {
        "independent": True, "assignment__study__in": studies, "assignment__surplus": False,
        "assignment__state": Assignment.State.SUBMITTED, "assignment__unit__role__in": COUNTED,
    }  # fmt: skip
    return Q(**{f"{to}{name}": value for name, value in values.items()})


@cache
def listed(*, rater: bool, flagged: bool, verdict: str) -> Listing[Reason]:
    """Return the list of a study's reasons, pair by pair: of one rater or all, with a flag or not, after a verdict.

    What it takes behind the study are the rater's code, the criterion, and the key of the system that won, if any.
    """

    def found(study: int, *values: Any) -> QuerySet[Reason]:
        left, rows = list(values), of_study(study)
        if rater:
            rows = rows.filter(submission__assignment__rater__code=left.pop(0))
        if flagged:
            rows = rows.filter(Exists(Mark.objects.filter(submission=OuterRef("submission"))))
        return rows.filter(_said(*left)) if verdict else rows

    def shown(study: int, *values: Any) -> QuerySet[Reason]:
        assignment = "submission__assignment"
        rows = found(study, *values).only("submission", "text")
        rows = rows.order_by(f"{assignment}__unit__sort_key", f"{assignment}__unit", f"{assignment}__rater__code", "pk")
        return rows.annotate(
            assignment=F(f"{assignment}_id"), rater=F(f"{assignment}__rater__code"),
            group=F(f"{assignment}__rater__group"), unit=F(f"{assignment}__unit_id"),
            item=F(f"{assignment}__unit__item__external_id"), question=F(f"{assignment}__unit__revision__text"),
            language=F(f"{assignment}__unit__language"), comment=F("submission__comment"), of=F("member__system_id"),
        )  # fmt: skip

    further: dict[str, list[Value]] = {"": [], TIE.value: ["a criterion"], WON: ["a criterion", -2]}
    samples: list[Value] = [-1, *(["a rater"] if rater else []), *further[verdict]]
    return Listing(shown, *samples, per_page=A_PAGE, counted=found, by=len(samples))


def chosen(study: Study, wanted: Wanted, number: str | None) -> Page[Reason]:
    """Return a page of the reasons that are wanted."""
    verdict = WON if wanted.verdict not in ("", TIE) else wanted.verdict
    values: list[Value] = [wanted.rater] if wanted.rater else []
    values += [wanted.criterion] if verdict else []
    values += [int(wanted.verdict)] if verdict == WON else []
    rows = listed(rater=bool(wanted.rater), flagged=wanted.flagged, verdict=verdict)
    return rows.page(number, study.pk, *values)


def _said(criterion: str, system: int | None = None) -> Q:
    """Return the condition that the verdict on the criterion was a tie, or for one system wherever it stood."""
    said = Preference.objects.filter(submission=OuterRef("submission"), criterion=criterion)
    if system is None:
        return Q(Exists(said.filter(choice=TIE)))
    stood = Placement.objects.filter(assignment=OuterRef("submission__assignment"), member__system=system)
    return Q(Exists(said.filter(choice=FIRST)), Exists(stood.filter(slot=1))) | Q(
        Exists(said.filter(choice=SECOND)), Exists(stood.filter(slot=2))
    )


def raters(study: Study) -> list[str]:
    """Return the codes of those who wrote reasons."""
    return [code for (code,) in RATERS.tuples(study.pk)]


RATERS: Prepared[Any] = Prepared(
    lambda study: (
        of_study(study)
        .order_by("submission__assignment__rater__code")
        .values_list("submission__assignment__rater__code")
        .distinct()
    ),
    -1,
)


def systems(called: Mapping[int, str]) -> list[tuple[int, str]]:
    """Return systems under what readers may call them, System 2 before System 10."""
    return sorted(called.items(), key=lambda row: (len(row[1]), row[1]))


PLACES: Among[Any] = Among(
    lambda assignments: (
        Placement.objects.filter(assignment__in=assignments)
        .order_by("assignment", "slot")
        .values_list(
            "assignment_id", "member_id", "member__system_id", "member__revision_id", "wording_id", "wording__text",
            "member__response__text",
        )
    )
)  # fmt: skip
REVISIONS: Among[ItemRevision] = Among(
    lambda keys: ItemRevision.objects.filter(pk__in=keys).only("text", "language"),
)
SAID: Among[Any] = Among(
    lambda rows: Preference.objects.filter(submission__in=rows).values_list("submission_id", "criterion", "choice")
)
MARKS: Among[Any] = Among(
    lambda rows: Mark.objects.filter(submission__in=rows).values_list("submission_id", "member_id", "concern")
)


@dataclass(frozen=True)
class _Place:
    """A text as a rater saw it: which of the unit's, of which system, in which words."""

    member: int
    system: str
    words: str


def read(study: Study, rows: Iterable[Reason], names: Mapping[str, str], called: Mapping[int, str]) -> list[Written]:
    """Return reasons with what was judged and said. The same few queries for any number.

    `names` are the criteria's, `called` what readers may call the systems.
    """
    found: list[Any] = list(rows)
    placed = _placed(study, {row.assignment for row in found}, called)
    given = {row.submission_id for row in found}
    said: dict[int, dict[str, str]] = defaultdict(dict)
    for key, criterion, choice in SAID.tuples(given):
        said[key][criterion] = choice
    words = dict(Mark.Concern.choices)
    flags: dict[tuple[int, int], list[str]] = defaultdict(list)
    for submission, member, concern in MARKS.tuples(given):
        flags[submission, member].append(str(words[concern]))
    heads = {row.unit: row.pk for row in reversed(found)}
    return [
        _written(row, placed.get(row.assignment, ()), said, flags, called, names, head=heads[row.unit] == row.pk)
        for row in found
    ]


def _placed(study: Study, assignments: set[int], called: Mapping[int, str]) -> Mapping[int, Sequence[_Place]]:
    """Return the texts of each assignment in the order in which they stood."""
    rows = PLACES.tuples(assignments)
    whole = REVISIONS.rows({revision for _a, _m, _s, revision, *_texts in rows if revision})
    texts = conversations.shown(study.pk, whole)
    placed: dict[int, list[_Place]] = defaultdict(list)
    for assignment, member, system, revision, wording, worded, original in rows:
        words = texts[revision].words if revision and wording is None else original if wording is None else worded
        placed[assignment].append(_Place(member, called[system], words))
    return placed


def _written(
    row: Any,
    places: Sequence[_Place],
    said: Mapping[int, Mapping[str, str]],
    flags: Mapping[tuple[int, int], Sequence[str]],
    called: Mapping[int, str],
    names: Mapping[str, str],
    *,
    head: bool,
) -> Written:
    sides = {TIE.value: _("tie")} | dict(
        zip((FIRST.value, SECOND.value), (place.system for place in places), strict=False)
    )
    verdicts = said.get(row.submission_id, {})
    texts = [
        Text(place.system, place.words, about)
        for place in places
        if (about := flags.get((row.submission_id, place.member), ())) or head
    ]
    texts.sort(key=lambda text: (len(text.system), text.system))
    return Written(
        unit=row.unit,
        item=row.item or "",
        question=row.question or "",
        language=row.language,
        rater=row.rater,
        group=row.group,
        about=called[row.of] if row.of else "",
        words=row.text,
        comment=row.comment,
        overall=f"{_('Overall')}: {sides[verdicts[OVERALL]]}" if OVERALL in verdicts else "",
        lines=[f"{names[key]}: {sides[verdicts[key]]}" for key in names if key in verdicts and key != OVERALL],
        texts=texts if head else (),
        flagged=[text for text in texts if text.flags],
    )


CRITERIA: Prepared[Any] = Prepared(
    lambda study: BlindStudy.objects.filter(study_id=study).values_list("rubric__criteria"), -1
)


def criteria_of(study: Study) -> dict[str, str]:
    """Return what each criterion of a comparison is called, the overall verdict last; none for other kinds."""
    if study.kind != "comparison":
        return {}
    rows: Sequence[Mapping[str, Any]] = next((criteria or [] for (criteria,) in CRITERIA.tuples(study.pk)), [])
    return {str(one["key"]): str(one["name"]) for one in rows} | {OVERALL: _("Overall")}
