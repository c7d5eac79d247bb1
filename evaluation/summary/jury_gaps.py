"""Which items judges and people saw most differently: kept with a report, for the page that shows both texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop as _

from evaluation.models import JuryReport
from evaluation.results.gaps import A_PAGE
from evaluation.results.people import People
from evaluation.summary import jury_human
from evaluation.summary.jury_beside import Beside
from evaluation.summary.jury_frame import Work
from evaluation.summary.jury_raters import places
from reports import ink
from reports.blocks import CellValue
from reports.summary import Column, Link, Section, Table, phrase

MOST = 100
SHOWN = 10
POINTS, PLACES, SHARES = "points", "places", "shares"
UNITS = {POINTS: _("points"), PLACES: _("places"), SHARES: _("shares of verdicts")}


def gaps(work: Work) -> list[dict[str, Any]]:
    """Return, study by study, items with people's and judges' values of each response, the widest gap first."""
    found: list[dict[str, Any]] = []
    for people in work.panel.people:
        lead = jury_human.leading(work.beside[people.study.pk])
        rows = list(_scored(people, lead)) if lead is not None else list(_chosen(work, people))
        rows = [row for row in rows if row["gap"] > 0]
        found += sorted(rows, key=lambda row: (-row["gap"], row["item"]))[:MOST]
    return found


def widest(work: Work, report: JuryReport, found: Sequence[Mapping[str, Any]]) -> Iterator[Section]:
    """Yield the items with the widest gaps, with the way to the page where they can be read."""
    if not found:
        return
    names = {people.study.pk: people.study.name for people in work.panel.people}
    externals = {shown.item: shown.external for shown in work.panel.responses.values()}
    columns = [
        Column(key="item", label=phrase(_("Item")), kind="link"), ink.text("study", _("Study")),
        ink.number("gap", _("Mean distance")),
        ink.text("unit", _("in")), ink.count("n", _("Responses")),
    ]  # fmt: skip
    page = reverse("jury_gaps", args=[report.jury.project.slug, report.jury_id, report.pk])
    first = [one for pk in names for one in [row for row in enumerate(found) if row[1]["study"] == pk][:SHOWN]]
    rows: list[list[CellValue]] = [
        [
            Link(externals[one["item"]], f"{page}?page={at // A_PAGE + 1}#gap-{at % A_PAGE + 1}"), names[one["study"]],
            one["gap"], phrase(UNITS[one["unit"]]), len(one["values"]),
        ]
        for at, one in first
    ]  # fmt: skip
    table = Table(key="gaps", caption=phrase(_("Where judges and people differ most")), columns=columns, rows=rows)
    intro = phrase(
        _("The mean distance of judges and people over an item's responses, the widest first. Each item leads to both "
          "texts and both explanations.")
    )  # fmt: skip
    yield Section(key="gaps", title=phrase(_("Items seen most differently")), blocks=[table], intro=intro)


def _scored(people: People, one: Beside) -> Iterator[dict[str, Any]]:
    """Yield items by the mean distance of points; where there is no common scale, of places within the item."""
    by_item: dict[int, list[int]] = defaultdict(list)
    for pk in one.shared:
        by_item[one.work.panel.responses[pk].item].append(pk)
    common = one.same_scale and not one.ranks
    for item, responses in by_item.items():
        if common:
            values = [(pk, one.human[pk], one.scores[pk]) for pk in responses]
        elif len(responses) > 1:
            turned = {pk: -one.human[pk] if one.ranks else one.human[pk] for pk in responses}
            first, second = places(turned), places({pk: one.scores[pk] for pk in responses})
            values = [(pk, first[pk], second[pk]) for pk in responses]
        else:
            continue
        yield row(people, item, POINTS if common else PLACES, values)


def _chosen(work: Work, people: People) -> Iterator[dict[str, Any]]:
    """Yield pairs by the distance of preferences, each the share of verdicts for a response, ties as a half."""
    said: dict[tuple[int, int], list[list[int]]] = defaultdict(lambda: [[], []])
    sides: tuple[Sequence[Any], Sequence[Any]] = (people.choices, work.panel.choices)
    for side, given in enumerate(sides):
        for one in given:
            low = one.first < one.second
            pair = (one.first, one.second) if low else (one.second, one.first)
            said[pair][side].append(one.value if low else -one.value)
    for (a, b), (human, judge) in said.items():
        if human and judge:
            theirs, ours = ((fmean(values) + 1) / 2 for values in (human, judge))
            values = [(a, theirs, ours), (b, 1 - theirs, 1 - ours)]
            yield row(people, work.panel.responses[a].item, SHARES, values)


def row(people: People, item: int, unit: str, values: Sequence[tuple[int, float, float]]) -> dict[str, Any]:
    """Return one item as it is kept."""
    return {
        "study": people.study.pk, "item": item, "unit": unit,
        "gap": round(fmean(abs(theirs - ours) for _pk, theirs, ours in values), 4),
        "values": [[pk, round(theirs, 4), round(ours, 4)] for pk, theirs, ours in values],
    }  # fmt: skip
