"""A screening told apart: by group of raters, and by the version of the guideline that verdicts were given under.

Loads numpy and the statistics, so nothing but a worker may import it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop as _

from annotation.results.rows import JUDGED
from annotation.services.screening import DROP, KEEP
from annotation.summary import ink
from annotation.summary.agreement import axis_for
from annotation.summary.guideline import given_under
from annotation.summary.measures import Draw, light
from projects.models import Study
from reports.blocks import CellValue
from reports.summary import Axis, Block, DotWhisker, Section, Table, phrase
from stats.groups import Found, Gaps, counts_among, group_alphas, group_names, group_ratios
from stats.table import Table as Ratings

LEAST = 2
DIALOGUES = phrase(_("dialogues"))
Row = Mapping[str, Any]


def by_group(table: Ratings, verdicts: Sequence[Row], draw: Draw) -> Iterator[Section]:
    """Yield how often each group would drop a dialogue, how far it agrees, and the differences between groups."""
    own = {row["rater"]: row["group"] for row in verdicts}
    groups = [own[str(code)] for code in table.raters]
    if len(group_names(groups)) < LEAST:
        return
    drops, alphas = dropped(table, groups, draw), group_alphas(table, groups, bootstrap=draw.replicates, seed=draw.seed)
    marks = [ink.mark(name, figure) for name, figure in drops[0].items()]
    blocks: list[Block] = [
        DotWhisker(
            key="plot", title=phrase(_("How often each group would drop a dialogue")), rows=marks,
            axis=Axis(label=phrase(_("Dropped")), low=0.0, high=1.0, percent=True), n=len(table.units),
            n_unit=DIALOGUES,
        ),
        group_table(drops, alphas, groups),
    ]  # fmt: skip
    intro = phrase(_("Each group's verdicts alone. Differences resample the dialogues jointly."))
    yield Section(key="by-group", title=phrase(_("By group of raters")), intro=intro, blocks=blocks)


def dropped(table: Ratings, groups: Sequence[str], draw: Draw) -> tuple[Found, Gaps]:
    """Return each group's share of verdicts to drop, and the differences; whole dialogues are resampled."""
    at, lines = table.categories.index(DROP), table.by_row.member
    parts = {}
    for name in group_names(groups):
        counts = counts_among(table, [n for n, own in enumerate(groups) if own == name])[lines]
        parts[name] = (counts[:, [at]], counts.sum(axis=1, keepdims=True))
    return group_ratios(parts, method="share of verdicts", bootstrap=draw.replicates, seed=draw.seed)[0]


def group_table(drops: tuple[Found, Gaps], alphas: tuple[Found, Gaps], groups: Sequence[str]) -> Table:
    """Return the groups with their figures, then every difference."""
    rows: list[list[CellValue]] = [
        [name, ink.estimate(figure), ink.estimate(alphas[0][name]), figure.n_items, groups.count(name)]
        for name, figure in drops[0].items()
    ]
    for pair in dict.fromkeys([*drops[1], *alphas[1]]):
        words = phrase(_("%(first)s minus %(second)s"), first=pair[0], second=pair[1])
        found = [ink.estimate(gaps[pair]) if pair in gaps else None for gaps in (drops[1], alphas[1])]
        rows.append([words, *found, None, None])
    columns = [
        ink.text("group", _("Group")),
        ink.percentage("drop", _("Dropped")),
        ink.value("alpha", _("Krippendorff's alpha")),
        ink.count("n", _("Dialogues")),
        ink.count("raters", _("Raters")),
    ]
    note = phrase(_("Alpha rests on the dialogues that two raters of the group judged."))
    return Table(
        key="table", caption=phrase(_("Groups and differences")), columns=columns, rows=rows, notes=[note]
    )  # fmt: skip


def by_guideline(study: Study, table: Ratings, draw: Draw) -> Iterator[Section]:
    """Yield how far raters agree under each version, where verdicts were given under more than one."""
    if study.guidelines.count() < LEAST:
        return
    names = study.units.filter(role__in=JUDGED, withdrawn=False).values_list("pk", "item__external_id")
    found = {f"v{number}": ratings for number, ratings in _tables(study, table, dict(names))}
    if len(found) < LEAST:
        return
    figures = {name: light(ratings, draw, several=False) for name, ratings in found.items()}
    marks = [ink.mark(name, one["krippendorff_alpha"]) for name, one in figures.items()]
    leading = ("krippendorff_alpha", "gwet_ac1", "percent_agreement")
    rows: list[list[CellValue]] = [
        [name, *(ink.estimate(one[key]) for key in leading), found[name].n_pairable, len(found[name].raters)]
        for name, one in figures.items()
    ]
    columns = [
        ink.text("version", _("Guideline")),
        ink.value("alpha", _("Krippendorff's alpha")),
        ink.value("robust", _("Gwet's AC1")),
        ink.percentage("percent", _("Percent agreement")),
        ink.count("n", _("Dialogues")),
        ink.count("raters", _("Raters")),
    ]
    caption = phrase(_("The leading figures by version"))
    plot = DotWhisker(key="plot", title=phrase(_("Krippendorff's alpha")), rows=marks, axis=axis_for(marks))
    blocks: list[Block] = [plot, Table(key="table", caption=caption, columns=columns, rows=rows)]
    intro = phrase(_("A unit that was judged again counts in each version with the answers given under it."))
    title = phrase(_("Agreement by version of the guideline"))
    yield Section(key="by-guideline", title=title, intro=intro, blocks=blocks)


def _tables(study: Study, whole: Ratings, names: Mapping[int, str]) -> Iterator[tuple[int, Ratings]]:
    """Yield the verdicts under each version on the dialogues that the report's agreement rests on."""
    kept = set(map(str, whole.units))
    for version, under in sorted(given_under(study).items()):
        rows = [
            (names[unit], code, next(iter(values)))
            for (unit, code), (_number, values) in under.items()
            if names.get(unit) in kept
        ]
        if rows:
            yield version, Ratings.from_rows(rows, categories=[KEEP, DROP])
