"""The reasons that raters wrote, pair by pair, under what readers may call the systems. Nothing before closing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from evaluation.models import BlindStudy, Mark, Placement, Preference, Reason
from evaluation.results.judged import COUNTED
from evaluation.services import blinding, conversations
from evaluation.services.conversations import Conversation
from projects.models import Assignment, Study, Submission

TIE, FIRST, SECOND = Preference.Choice.TIE, Preference.Choice.FIRST, Preference.Choice.SECOND
OVERALL = "overall"


@dataclass(frozen=True)
class Wanted:
    """Which reasons to show: by rater, by what was said on a criterion (a system's key, or a tie), with a flag."""

    criterion: str = OVERALL
    verdict: str = ""
    rater: str = ""
    flagged: bool = False


@dataclass(frozen=True)
class Line:
    """One criterion in a judgement: its name and who won, empty for a tie."""

    name: str
    winner: str


@dataclass(frozen=True)
class Text:
    """One of the texts that were judged."""

    system: str
    text: str
    flags: Sequence[str]


@dataclass(frozen=True)
class Written:
    """One written reason with the judgement around it; `about` is the system it speaks of, empty for all of them."""

    unit: int
    item: str
    question: str
    language: str
    rater: str
    group: str
    about: str
    words: str
    comment: str
    overall: Line | None
    lines: Sequence[Line]
    texts: Sequence[Text]


def may_be_seen(study: Study) -> bool:
    """Whether judgements may be read: once nobody judges any more."""
    return study.state == Study.State.CLOSED


def submissions(studies: Iterable[int]) -> QuerySet[Submission]:
    """Return the judgements of these studies that results rest on."""
    return Submission.objects.filter(
        assignment__study__in=list(studies), independent=True, assignment__surplus=False,
        assignment__state=Assignment.State.SUBMITTED, assignment__unit__role__in=COUNTED,
    )  # fmt: skip


def of_study(study: Study) -> QuerySet[Reason]:
    """Return the reasons of the judgements that results rest on, pair by pair; none before closing."""
    rows = Reason.objects.filter(submission__in=submissions([study.pk]))
    ordered = rows.order_by(
        "submission__assignment__unit__sort_key", "submission__assignment__unit", "submission__assignment__rater__code",
        "pk",
    )  # fmt: skip
    return ordered if may_be_seen(study) else ordered.none()


def chosen(study: Study, wanted: Wanted) -> QuerySet[Reason]:
    """Return the reasons that are wanted."""
    rows = of_study(study)
    if wanted.rater:
        rows = rows.filter(submission__assignment__rater__code=wanted.rater)
    if wanted.flagged:
        rows = rows.filter(Exists(Mark.objects.filter(submission=OuterRef("submission"))))
    if wanted.verdict:
        rows = rows.filter(_said(wanted))
    return rows


def _said(wanted: Wanted) -> Q:
    """Return the condition that the verdict on the criterion was a tie, or for one system wherever it stood."""
    said = Preference.objects.filter(submission=OuterRef("submission"), criterion=wanted.criterion)
    if wanted.verdict == TIE:
        return Q(Exists(said.filter(choice=TIE)))
    stood = Placement.objects.filter(
        assignment=OuterRef("submission__assignment"), member__system=int(wanted.verdict)
    )  # fmt: skip
    return Q(Exists(said.filter(choice=FIRST)), Exists(stood.filter(slot=1))) | Q(
        Exists(said.filter(choice=SECOND)), Exists(stood.filter(slot=2))
    )


def systems(study: Study) -> list[tuple[int, str]]:
    """Return the study's systems under what readers may call them, System 2 before System 10."""
    return sorted(blinding.names(study).items(), key=lambda row: (len(row[1]), row[1]))


def read(study: Study, rows: QuerySet[Reason] | Sequence[Reason], names: Mapping[str, str]) -> list[Written]:
    """Return reasons with what was judged and said; `names` are the criteria's. The same few queries for any number."""
    if isinstance(rows, QuerySet):
        rows = rows.select_related(
            "member", "submission__assignment__rater", "submission__assignment__unit__item",
            "submission__assignment__unit__revision",
        )  # fmt: skip
    found = list(rows)
    called = blinding.names(study)
    assignments = {row.submission.assignment_id for row in found}
    placed: dict[int, list[Placement]] = defaultdict(list)
    shown = Placement.objects.filter(assignment__in=assignments).select_related(
        "member__response", "member__revision", "wording"
    )
    for place in shown.order_by("assignment", "slot"):
        placed[place.assignment_id].append(place)
    whole = [place.member.revision for places in placed.values() for place in places if place.member.revision]
    texts = conversations.shown(study.pk, whole)
    said: dict[int, dict[str, str]] = defaultdict(dict)
    given = {row.submission_id for row in found}
    for key, criterion, choice in Preference.objects.filter(submission__in=given).values_list(
        "submission_id", "criterion", "choice"
    ):
        said[key][criterion] = choice
    flags: dict[tuple[int, int], list[str]] = defaultdict(list)
    for mark in Mark.objects.filter(submission__in=given):
        flags[mark.submission_id, mark.member_id].append(str(mark.get_concern_display()))
    return [_written(row, placed, said, flags, called, names, texts) for row in found]


def _written(
    row: Reason,
    placed: Mapping[int, Sequence[Placement]],
    said: Mapping[int, Mapping[str, str]],
    flags: Mapping[tuple[int, int], Sequence[str]],
    called: Mapping[int, str],
    names: Mapping[str, str],
    whole: Mapping[int, Conversation],
) -> Written:
    assignment = row.submission.assignment
    places = placed.get(assignment.pk, [])
    sides = {TIE.value: ""} | dict(
        zip((FIRST.value, SECOND.value), (called[place.member.system_id] for place in places), strict=False)
    )
    verdicts = said.get(row.submission_id, {})
    lines = [Line(names[key], sides[verdicts[key]]) for key in names if key in verdicts and key != OVERALL]
    unit = assignment.unit
    return Written(
        unit=unit.pk,
        item=unit.item.external_id if unit.item else "",
        question=unit.revision.text if unit.revision else "",
        language=unit.language,
        rater=assignment.rater.code,
        group=assignment.rater.group,
        about=called[row.member.system_id] if row.member else "",
        words=row.text,
        comment=row.submission.comment,
        overall=Line(_("Overall"), sides[verdicts[OVERALL]]) if OVERALL in verdicts else None,
        lines=lines,
        texts=sorted(
            (_text(place, called, whole, flags.get((row.submission_id, place.member_id), [])) for place in places),
            key=lambda text: (len(text.system), text.system),
        ),
    )


def _text(place: Placement, called: Mapping[int, str], whole: Mapping[int, Conversation], flags: Sequence[str]) -> Text:
    response: Any = place.wording or place.member.response
    words = response.text if response else whole[place.member.revision_id or 0].words
    return Text(called[place.member.system_id], words, flags)


def criteria_of(study: Study) -> dict[str, str]:
    """Return what each criterion of a comparison is called, the overall verdict last; none for other kinds."""
    if study.kind != "comparison":
        return {}
    about = BlindStudy.objects.select_related("rubric").filter(study=study).first()
    rows: Sequence[Mapping[str, Any]] = about.rubric.criteria if about and about.rubric else []
    return {str(one["key"]): str(one["name"]) for one in rows} | {OVERALL: _("Overall")}
