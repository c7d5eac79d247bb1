"""Where systems are ranked in blocks: what the shared ones come to over all of them, and all on one scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_noop as _

from evaluation.summary.ranked import Ranked, Rankings
from reports import ink
from reports.blocks import CellValue
from reports.summary import Column, Section, Table, phrase
from stats.groups import group_ratios
from stats.rank_strengths import plackett_luce
from stats.rank_table import RankTable
from stats.rank_tests import unit_ranks
from stats.result import Figure

FloatArray = npt.NDArray[np.float64]


def sections(found: Rankings) -> Iterator[Section]:
    """Yield, where there are several blocks, the shared systems pooled and every system on one scale."""
    if len(found.blocks) < 2:
        return
    met = Counter(str(system) for one in found.blocks for system in one.table.systems)
    shared = [key for key in map(str, ordered(found)) if met[key] > 1]
    tables = [shared_table(found, shared)] if shared else []
    tables.append(strengths(found))
    intro = phrase(_("Blocks are reported apart above; a system that stands in several of them is pooled here."))
    yield Section(key="pooled", title=phrase(_("Over all blocks")), intro=intro, blocks=tables)


def ordered(found: Rankings) -> list[str]:
    """Return the systems in the order in which the blocks list them."""
    return list(dict.fromkeys(key for one in found.blocks for key in one.ordered))


def shared_table(found: Rankings, shared: Sequence[str]) -> Table:
    """Return the shared systems' mean rank in each block and over all of them."""
    pooled = pool(found, shared)
    rows: list[list[CellValue]] = [
        [
            found.work.name(key),
            *(own(one, key) for one in found.blocks),
            ink.estimate(pooled[key]),
        ]
        for key in sorted(shared, key=lambda key: pooled[key].value or 0.0)
    ]
    alike = len({one.table.k for one in found.blocks}) == 1
    notes = [] if alike else [phrase(_("Blocks differ in size, so ranks of different blocks are not quite alike."))]
    return Table(
        key="shared",
        caption=phrase(_("Systems that stand in several blocks: mean rank")),
        columns=[
            ink.text("system", _("System")),
            *(Column(key=f"b{n}", label=one.name, kind="ci") for n, one in enumerate(found.blocks)),
            ink.value("all", _("All blocks")),
        ],
        rows=rows,
        notes=[phrase(_("The mean over all blocks resamples items, with what every block says of them.")), *notes],
    )


def own(one: Ranked, key: str) -> CellValue:
    """Return a system's mean rank in one block, empty where it is not part of it."""
    return ink.named_estimate(one.mean_rank, key) if key in map(str, one.table.systems) else None


def pool(found: Rankings, shared: Sequence[str]) -> Mapping[str, Figure]:
    """Return each system's mean rank over the items of all blocks, an item resampled with all its blocks."""
    names = item_names(found)
    rows = {name: n for n, name in enumerate(sorted(set(names.values())))}
    top, bottom = np.zeros((len(rows), len(shared))), np.zeros((len(rows), len(shared)))
    for one in found.blocks:
        place = {str(system): at for at, system in enumerate(one.table.systems)}
        ranks = unit_ranks(one.table)
        at = np.asarray([rows[names[int(str(unit))]] for unit in one.table.units])
        for column, key in enumerate(shared):
            if key in place:
                own_ranks = ranks[:, place[key]]
                np.add.at(top[:, column], at, np.nan_to_num(own_ranks))
                np.add.at(bottom[:, column], at, np.isfinite(own_ranks).astype(np.float64))
    figures = group_ratios({"all": (top, bottom)}, method="mean over raters, then over units", **found.work.draw)
    return {key: one["all"] for key, (one, _gaps) in zip(shared, figures, strict=True)}


def item_names(found: Rankings) -> dict[int, str]:
    """Return the item of each unit."""
    return {case.unit: case.item for case in found.work.data.counted.values()}


def strengths(found: Rankings) -> Table:
    """Return every system's Plackett-Luce strength from the rankings of all blocks together."""
    keys = ordered(found)
    figure = plackett_luce(together(found, keys), **found.work.draw)
    values = dict(figure.values or {})
    rows: list[list[CellValue]] = [
        [found.work.name(key), ink.named_estimate(figure, key)]
        for key in sorted(keys, key=lambda key: -float(values.get(key) or 0.0))
    ]
    return Table(
        key="strengths",
        caption=phrase(_("All systems on one scale, from the rankings of all blocks")),
        columns=[ink.text("system", _("System")), ink.value("strength", _("Plackett-Luce log strength"))],
        rows=rows,
        notes=[phrase(_("Blocks are linked by the systems they share; without any there is no such scale."))],
    )


def together(found: Rankings, keys: Sequence[str]) -> RankTable:
    """Return the rankings of all blocks as one table with gaps, where a block does not have a system."""
    raters = list(dict.fromkeys(rater for one in found.blocks for rater in one.table.raters))
    column, row = {key: n for n, key in enumerate(keys)}, {rater: n for n, rater in enumerate(raters)}
    units = [unit for one in found.blocks for unit in one.table.units]
    ranks = np.full((len(units), len(raters), len(keys)), np.nan)
    start = 0
    for one in found.blocks:
        stop = start + len(one.table.units)
        places = np.ix_(
            range(start, stop),
            [row[rater] for rater in one.table.raters],
            [column[str(system)] for system in one.table.systems],
        )
        ranks[places] = one.table.ranks
        start = stop
    return RankTable(tuple(units), tuple(raters), tuple(keys), ranks)
