"""What the reports of the three kinds say by group of raters: each system's figure, agreement, and the differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_noop as _

from evaluation.summary.frame import Work
from reports import ink
from reports.blocks import CellValue, ColumnKind
from reports.summary import Axis, Block, Column, DotWhisker, Section, Table, Words, phrase
from stats.groups import Found, Gaps, group_names

FloatArray = npt.NDArray[np.float64]
LEAST = 2
# More groups than this make a table of differences that nobody reads.
MOST = 4
Row = tuple[Words, Found, Gaps]


def own_groups(work: Work) -> dict[str, str]:
    """Return the group of each rater whose judgements count."""
    return {case.rater: case.group for case in work.data.counted.values()}


def names(work: Work) -> list[str]:
    """Return the groups to be told apart, none where there are not two."""
    found = group_names(list(own_groups(work).values()))
    return found if LEAST <= len(found) <= MOST else []


def columns_of(work: Work, raters: Sequence[object]) -> dict[str, list[int]]:
    """Return the places of each group's raters on an axis of raters."""
    own = own_groups(work)
    return {name: [n for n, rater in enumerate(raters) if own.get(str(rater)) == name] for name in names(work)}


def labels(work: Work, raters: Sequence[object]) -> list[str]:
    """Return the group of each rater on an axis of raters."""
    own = own_groups(work)
    return [own.get(str(rater), "") for rater in raters]


def means_of(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return unit means (units, columns) with gaps as two arrays whose sums divide to the mean over units."""
    fine = np.isfinite(values)
    return np.where(fine, values, 0.0), fine.astype(np.float64)


def section(work: Work, blocks: Sequence[Block]) -> Iterator[Section]:
    """Yield the chapter, with how many people and judgements each group has."""
    if blocks:
        intro = phrase(_("Figures from each group's judgements alone. Differences resample the items jointly."))
        yield Section(
            key="by-group", title=phrase(_("By group of raters")), intro=intro, blocks=[people(work), *blocks]
        )


def people(work: Work) -> Table:
    """Return the raters and judgements of each group."""
    own = own_groups(work)
    made = Counter(case.group for case in work.data.counted.values())
    rows: list[list[CellValue]] = [
        [name or phrase(_("(none)")), sum(group == name for group in own.values()), made[name]]
        for name in sorted(set(own.values()))
    ]
    columns = [ink.text("group", _("Group")), ink.count("raters", _("Raters")), ink.count("n", _("Judgements"))]
    return Table(key="people", caption=phrase(_("Groups of raters")), columns=columns, rows=rows)


def picture(key: str, title: Words, rows: Sequence[Row], axis: Axis) -> DotWhisker:
    """Return each row's figure in every group, side by side."""
    marks = [ink.mark(label, figure, name, n=False) for label, found, _gaps in rows for name, figure in found.items()]
    return DotWhisker(key=key, title=title, rows=marks, axis=axis)


def table(key: str, caption: Words, head: str, rows: Sequence[Row], *, percent: bool = False) -> Table:
    """Return figures by group with every difference, a row for each system, criterion or coefficient."""
    groups = list(dict.fromkeys(name for _label, found, _gaps in rows for name in found))
    pairs = list(dict.fromkeys(pair for _label, _found, gaps in rows for pair in gaps))
    kind: ColumnKind = "percent" if percent else "ci"
    columns = [ink.text("what", head)]
    columns += [Column(key=f"g{n}", label=name, kind=kind) for n, name in enumerate(groups)]
    columns += [
        Column(key=f"d{n}", label=phrase(_("%(first)s minus %(second)s"), first=a, second=b), kind=kind)
        for n, (a, b) in enumerate(pairs)
    ]
    cells: list[list[CellValue]] = [
        [
            label,
            *(ink.estimate(found[name]) if name in found else None for name in groups),
            *(ink.estimate(gaps[pair]) if pair in gaps else None for pair in pairs),
        ]
        for label, found, gaps in rows
    ]
    return Table(key=key, caption=caption, columns=columns, rows=cells)


def systems(work: Work, keys: Sequence[object], found: Sequence[tuple[Found, Gaps]]) -> list[Row]:
    """Return the columns of `stats.groups.group_ratios` as rows, under what readers may call each system."""
    return [(work.name(str(key)), *one) for key, one in zip(keys, found, strict=True)]
