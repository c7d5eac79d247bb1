"""What judges and people saw most differently, to be read: texts, values, and what either wrote about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from evaluation.models import Jury, Reason, Response, UnitResponse, Verdict
from evaluation.results import panel, people
from evaluation.results import reasons as written
from projects.models import ItemRevision, Study

# Items a page.
A_PAGE = 5


@dataclass(frozen=True)
class Words:
    """What somebody wrote: who, what they gave, the words; `about` one response, or all of the item."""

    who: str
    said: str
    text: str


@dataclass(frozen=True)
class Text:
    """A response with what people and judges gave it on average, and what was written about it."""

    system: str
    text: str
    human: float
    judge: float
    judges: Sequence[Words]
    raters: Sequence[Words]


@dataclass(frozen=True)
class Gap:
    """One item on which judges and people differ."""

    item: str
    question: str
    language: str
    study: Study
    unit: str
    gap: float
    texts: Sequence[Text]
    judges: Sequence[Words]
    raters: Sequence[Words]


@dataclass
class Said:
    """What was written, by response, and by item where it speaks of several responses."""

    alone: dict[int, list[Words]]
    together: dict[int, list[Words]]


def may_be_seen(jury: Jury) -> list[Study]:
    """Return the jury's studies whose judgements may be read: those that have closed."""
    return list(people.closed(jury))


def read(jury: Jury, rows: Sequence[Mapping[str, Any]]) -> list[Gap]:
    """Return kept gaps with texts and explanations; the same few queries for any number of them."""
    studies = {study.pk: study for study in may_be_seen(jury)}
    rows = [row for row in rows if row["study"] in studies]
    ids = {pk for row in rows for pk, *_values in row["values"]}
    responses = Response.objects.select_related("current", "system_version__system").in_bulk(ids)
    items = ItemRevision.objects.select_related("item").in_bulk({row["item"] for row in rows})
    names = panel.called(jury)
    judges, raters = by_judges(jury, ids), by_raters(studies, ids)
    return [
        _gap(row, studies[row["study"]], items[row["item"]], responses, names, judges, raters[row["study"]])
        for row in rows
        if row["item"] in items
    ]


def _gap(
    row: Mapping[str, Any],
    study: Study,
    item: ItemRevision,
    responses: Mapping[int, Response],
    names: Mapping[int, str],
    judges: Said,
    raters: Said,
) -> Gap:
    texts = [
        Text(
            names.get(responses[pk].system_version_id, ""), responses[pk].shown_text, human, judge,
            judges.alone.get(pk, []), raters.alone.get(pk, []),
        )
        for pk, human, judge in row["values"]
        if pk in responses
    ]  # fmt: skip
    texts.sort(key=lambda text: (len(text.system), text.system))
    shared = [judges.together.get(item.pk, []), raters.together.get(item.pk, [])]
    return Gap(
        item.item.external_id, item.text, item.language, study, row["unit"], row["gap"], texts, *shared
    )  # fmt: skip


def by_judges(jury: Jury, ids: set[int]) -> Said:
    """Return the judges' explanations of these responses, with the scores they came with."""
    found = Said(defaultdict(list), defaultdict(list))
    rows = (
        Verdict.objects.filter(row__run__juries=jury, task__members__response__in=ids, reason="")
        .exclude(explanation="")
        .distinct()
        .order_by("row__system_version__system__name", "row__round", "pk")
        .select_related("row__system_version__system")
        .prefetch_related("values", "task__members")
    )
    for verdict in rows:
        members = list(verdict.task.members.all())
        who = verdict.row.system_version.system.name
        if len(members) == 1:
            said = ", ".join(f"{one.criterion} {one.value}" for one in verdict.values.all())
            found.alone[members[0].response_id].append(Words(who, said, verdict.explanation))
        else:
            found.together[verdict.task.revision_id].append(Words(who, "", verdict.explanation))
    return found


def by_raters(studies: Mapping[int, Study], ids: set[int]) -> Mapping[int, Said]:
    """Return, study by study, what raters wrote about these responses, or about the units that show them."""
    found: dict[int, Said] = defaultdict(lambda: Said(defaultdict(list), defaultdict(list)))
    units = UnitResponse.objects.filter(unit__study__in=studies, response__in=ids).values("unit")
    rows = Reason.objects.filter(
        Q(member__response__in=ids) | Q(member__isnull=True, submission__assignment__unit__in=units),
        submission__in=written.submissions(studies),
    ).order_by("submission__assignment__rater__code", "pk")  # fmt: skip
    columns = (
        "submission__assignment__study_id", "submission__assignment__unit__revision_id", "member__response_id",
        "submission__assignment__rater__code", "text",
    )  # fmt: skip
    for study, item, response, rater, text in rows.values_list(*columns):
        if response is None:
            found[study].together[item].append(Words(rater, "", text))
        else:
            found[study].alone[response].append(Words(rater, "", text))
    return found
