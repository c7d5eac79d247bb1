"""The same figure within each group of raters, and how much groups differ on the same resampled units."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from stats.agreement import alpha_kernel, krippendorff_alpha
from stats.bootstrap import replicates, sampling
from stats.kernels import Kernel, divide
from stats.resample import resample, with_interval
from stats.result import Figure, Reason
from stats.table import Table

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Found = dict[str, Figure]
Gaps = dict[tuple[str, str], Figure]
Parts = Mapping[str, tuple[FloatArray, FloatArray]]


def group_names(groups: Sequence[str]) -> list[str]:
    """The groups that raters stand in, one name per rater; raters without a group take no part."""
    return sorted({name for name in groups if name})


def jointly(
    found: Mapping[str, Figure], columns: Mapping[str, FloatArray], *, seed: int, unit: str = "items"
) -> tuple[Found, Gaps]:
    """The figures of some groups with intervals, and the differences of every two of them.

    `columns` holds for each group with a value its replicates, all from one draw of units: a difference is then
    resampled on the same units, and its interval has what the groups share taken out.
    """
    known = {
        name: with_interval(figure, columns[name], seed=seed, unit=unit) if name in columns else figure
        for name, figure in found.items()
    }
    gaps = {}
    for a, b in combinations([name for name in found if name in columns], 2):
        n = min(found[a].n_items or 0, found[b].n_items or 0)
        gap = Figure(
            (found[a].value or 0.0) - (found[b].value or 0.0), n_items=n, method="difference, units resampled jointly"
        )
        gaps[a, b] = with_interval(gap, columns[a] - columns[b], seed=seed, unit=unit)
    return known, gaps


def group_alphas(
    table: Table,
    groups: Sequence[str],
    *,
    level: str = "nominal",
    clusters: Sequence[Hashable] | IntArray | None = None,
    bootstrap: int = 0,
    seed: int = 1,
) -> tuple[Found, Gaps]:
    """Krippendorff's alpha within each group of raters, and the differences; items or whole clusters resampled.

    `groups` has one name per rater of the table, `clusters` one label per item.
    """
    members = {name: [j for j, own in enumerate(groups) if own == name] for name in group_names(groups)}
    found = {name: krippendorff_alpha(table.keep_raters(keep), level=level) for name, keep in members.items()}
    defined = [name for name, figure in found.items() if figure.value is not None]
    if not defined or not bootstrap:
        return found, {}
    # All groups on the patterns of the whole table, so that one draw serves each of them.
    made = [_alpha_among(table, members[name], level) for name in defined]
    drawn = replicates(made, sampling(table.by_row, clusters), n=bootstrap, seed=seed)
    columns = {name: drawn[:, place] for place, name in enumerate(defined)}
    return jointly(found, columns, seed=seed)


def _alpha_among(table: Table, keep: Sequence[int], level: str) -> Kernel:
    return alpha_kernel(counts_among(table, keep), table, level)


def counts_among(table: Table, keep: Sequence[int]) -> FloatArray:
    """How often these raters gave each category, for every row pattern of the table: (patterns, categories)."""
    codes = table.codes[table.by_row.first][:, list(keep)]
    return np.stack([(codes == k).sum(axis=1) for k in range(table.n_categories)], axis=1).astype(np.float64)


def group_ratios(parts: Parts, *, method: str, bootstrap: int = 0, seed: int = 1) -> list[tuple[Found, Gaps]]:
    """Sum over units of the first array by that of the second, for each group and column; differences beside.

    Each group has two arrays (units, columns) over the same units: for a mean of unit means the mean and 1, or 0 and
    0 where the group has nothing; for a share the hits and the trials. One entry per column comes back.
    """
    names = list(parts)
    tops, bottoms = (np.stack([parts[name][side] for name in names], axis=1) for side in (0, 1))
    units, _groups, k = tops.shape
    value = divide(tops.sum(axis=0), bottoms.sum(axis=0))
    n = (bottoms > 0).sum(axis=0)
    drawn = None
    if bootstrap and units:
        flat_top, flat_bottom = tops.reshape(units, -1), bottoms.reshape(units, -1)
        drawn = resample(lambda w: divide(w @ flat_top, w @ flat_bottom), units, n=bootstrap, seed=seed)
        drawn = drawn.reshape(-1, len(names), k)
    return [_column(names, value[:, j], n[:, j], None if drawn is None else drawn[:, :, j], method, seed)
            for j in range(k)]  # fmt: skip


def _column(
    names: Sequence[str], value: FloatArray, n: IntArray, drawn: FloatArray | None, method: str, seed: int
) -> tuple[Found, Gaps]:
    found = {
        name: Figure(float(one), n_items=int(count), method=method)
        if np.isfinite(one)
        else Figure(None, Reason.TOO_FEW_ITEMS, n_items=int(count), method=method)
        for name, one, count in zip(names, value, n, strict=True)
    }
    if drawn is None:
        return found, {}
    columns = {name: drawn[:, at] for at, name in enumerate(names) if found[name].value is not None}
    return jointly(found, columns, seed=seed)
