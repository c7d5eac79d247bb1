"""What people judged, as rows: ranks, scores, choices and labels of the answers that were given independently."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Count

from evaluation.models import Preference, UnitResponse
from evaluation.results import judged
from evaluation.results.judged import Case, Judged
from projects.models import Assignment, Study, Unit
from publishing.services import collect_labels, criteria
from publishing.services.codes import CODED, Key
from publishing.services.rows import Meant, Rows
from stats.paper import material as paper

# Why an answer is left out is a person's own words, which stay here.
LEFT_OUT = "excluded-by-manager"
BLIND = ("ranking", "rating", "comparison")
CHOICES = {Preference.Choice.FIRST: 1.0, Preference.Choice.TIE: 0.0, Preference.Choice.SECOND: -1.0}


@dataclass(frozen=True)
class Member:
    """One text of a unit: its handle, and whose it is."""

    handle: str
    system: Key


def add(rows: Rows, study: Study, keys: Mapping[int, Key]) -> None:
    """Add a study with its answers; of one that has not closed only how much of it there is.

    `keys` has what each of the study's own systems is in this report.
    """
    about = facts(rows, study)
    rows.begin(about, study.name)
    rows.missing.append(progress(about.key, study))
    if study.state != Study.State.CLOSED:
        return
    if study.kind in BLIND:
        _judgements(rows, study, about.key, keys)
    else:
        collect_labels.add(rows, study, about.key)


def facts(rows: Rows, study: Study) -> paper.Study:
    """Return what was settled of a study before its first answer."""
    settings: dict[str, Any] = study.settings
    blind = getattr(study, "blind", None) if study.kind in BLIND else None
    rubric = criteria.add(rows, blind.rubric, overall=study.kind == "comparison") if blind and blind.rubric else ""
    return paper.Study(
        key=rows.key(study.kind),
        kind=study.kind,
        rubric=rubric,
        seed=study.seed,
        raters_per_unit=int(settings.get("raters_per_item") or settings.get("raters") or 0),
        units=study.unit_count,
        test=str(settings.get("primary_test") or ""),
        level="interval" if study.kind == "rating" else "nominal",
    )


def progress(key: str, study: Study) -> paper.Missing:
    """Return how many judgements were planned and how many there are; practice and checks aside."""
    units = Unit.objects.filter(study=study, role__in=judged.COUNTED, withdrawn=False)
    planned = sum(wanted * n for wanted, n in units.values_list("wanted").annotate(n=Count("pk")).order_by())
    done = Assignment.objects.filter(
        study=study, state=Assignment.State.SUBMITTED, surplus=False, unit__role__in=judged.COUNTED,
        unit__withdrawn=False,
    )  # fmt: skip
    return paper.Missing(key, "judgements", int(planned), done.count())


def _judgements(rows: Rows, study: Study, key: str, keys: Mapping[int, Key]) -> None:
    data = judged.load(study)
    members = _members(rows, study, keys)
    rows.flagged |= {members[pk].handle for pk, one in data.members.items() if one.telling and pk in members}
    items = {pk: item or f"unit-{pk}" for pk, item in study.units.values_list("pk", "item_id")}
    make = partial(_row, rows, data, key, items)
    if study.kind == "comparison":
        _choices(rows, data, members, make)
    else:
        _values(rows, data, members, make, ranks=study.kind == "ranking")


Make = Callable[..., paper.Judgement]


def _members(rows: Rows, study: Study, keys: Mapping[int, Key]) -> dict[int, Member]:
    found: dict[int, Member] = {}
    for pk, system, response, revision in UnitResponse.objects.filter(unit__study=study).values_list(
        "pk", "system_id", "response_id", "revision_id"
    ):
        kind, text = ("response", response) if response else ("revision", revision)
        # Under a study's own codes nothing may be joined with what is said elsewhere of the same response.
        apart = study.pk if keys[system][0] == CODED else 0
        found[pk] = Member(rows.codes.response(kind, text, apart), keys[system])
    return found


def _row(
    rows: Rows, data: Judged, key: str, items: Mapping[int, int | str], case: Case, **more: Any
) -> paper.Judgement:
    return paper.Judgement(
        study=key,
        unit=rows.codes.unit(case.unit),
        item=rows.codes.item(items[case.unit]),
        rater=rows.codes.raters[case.rater],
        group=case.group,
        block=rows.codes.block(case.block),
        role=case.role,
        repeat=int(case.repeat or 0),
        excluded=LEFT_OUT if case.excluded else "",
        **more,
    )


def _values(rows: Rows, data: Judged, members: Mapping[int, Member], make: Make, *, ranks: bool) -> None:
    given: Iterator[tuple[int, int, str, int]]
    given = ((one, member, "", rank) for one, member, rank in data.ranks) if ranks else iter(data.scores)
    for submission, member, criterion, value in given:
        case = data.cases.get(submission)
        if case is None:
            continue
        row = make(
            case, what="rank" if ranks else "score", response=members[member].handle, criterion=criterion,
            value=float(value), place=data.slots.get((case.assignment, member), 0),
        )  # fmt: skip
        rows.meant.setdefault(row.response, Meant(row.item, members[member].system))
        rows.judgements.append(row)


def _choices(rows: Rows, data: Judged, members: Mapping[int, Member], make: Make) -> None:
    shown: dict[tuple[int, int], int] = {(held, slot): member for (held, member), slot in data.slots.items()}
    for submission, criterion, choice in data.preferences:
        case = data.cases.get(submission)
        first, second = (shown.get((case.assignment, slot)) if case else None for slot in (1, 2))
        if case is None or first is None or second is None:
            continue
        row = make(
            case, what="choice", response=members[first].handle, other=members[second].handle, criterion=criterion,
            value=CHOICES[Preference.Choice(choice)], place=1,
        )  # fmt: skip
        for member in (first, second):
            rows.meant.setdefault(members[member].handle, Meant(row.item, members[member].system))
        rows.judgements.append(row)
