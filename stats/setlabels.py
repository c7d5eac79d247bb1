"""Agreement on answers that are sets of labels: alpha with the Jaccard or the MASI distance."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from stats import kernels
from stats.agreement import figure
from stats.bootstrap import replicates, sampling
from stats.labels import Label
from stats.resample import with_interval
from stats.result import Figure
from stats.table import Table

FloatArray = npt.NDArray[np.float64]

DISTANCES = ("jaccard", "masi")


def set_table(rows: Iterable[tuple[Label, Label, Collection[Hashable] | None]]) -> Table:
    """Long rows of (unit, rater, labels) to a table whose categories are the distinct sets.

    An empty collection is the answer "none of them"; None is "not rated". Raises ValueError naming the row as
    `Table.from_rows` does, and for a plain text, which would fall apart into its letters.
    """
    made: list[tuple[Label, Label, frozenset[Hashable] | None]] = []
    for index, (unit, rater, labels) in enumerate(rows):
        if isinstance(labels, str):
            raise ValueError(f"row {index + 1}: a set of labels is needed, not the text {labels!r}")
        made.append((unit, rater, None if labels is None else frozenset(labels)))
    return Table.from_rows(made)


def set_distance(a: frozenset[Hashable], b: frozenset[Hashable], kind: str) -> float:
    """Jaccard: 1 - shared / all. MASI (Passonneau 2006): 1 - Jaccard share x how the sets lie to each other.

    That factor is 1 for equal sets, 2/3 where one contains the other, 1/3 where they only overlap, 0 where
    they share nothing. Two empty sets are equal; an empty and a filled one share nothing.
    """
    if kind not in DISTANCES:
        raise ValueError(f"unknown distance {kind!r}; known are {', '.join(DISTANCES)}")
    if a == b:
        return 0.0
    shared = len(a & b)
    share = shared / len(a | b)
    if kind == "jaccard" or not shared:
        return 1 - share
    return 1 - share * (2 / 3 if a <= b or b <= a else 1 / 3)


def members(table: Table) -> tuple[list[Hashable], npt.NDArray[np.bool_]]:
    """The labels in the sets of a `set_table`, in text order, and which set holds which: (sets, labels)."""
    sets = [category for category in table.categories if isinstance(category, frozenset)]
    if len(sets) != table.n_categories:
        raise ValueError("the table's categories must be sets; build it with set_table")
    labels = sorted({label for one in sets for label in one}, key=str)
    holds = np.asarray([[label in one for label in labels] for one in sets], dtype=bool)
    return labels, holds.reshape(len(sets), len(labels))


def set_distances(table: Table, kind: str) -> FloatArray:
    """`set_distance` between all categories of a `set_table`, shape (q, q)."""
    if kind not in DISTANCES:
        raise ValueError(f"unknown distance {kind!r}; known are {', '.join(DISTANCES)}")
    holds = members(table)[1].astype(np.float64)
    shared, size = holds @ holds.T, holds.sum(axis=1)
    union = size[:, None] + size[None, :] - shared
    share = np.divide(shared, union, out=np.ones_like(shared), where=union > 0)
    if kind == "masi":
        equal = (shared == size[:, None]) & (shared == size[None, :])
        within = (shared == size[:, None]) | (shared == size[None, :])
        share = share * np.where(equal, 1.0, np.where(within, 2 / 3, 1 / 3))
    return np.asarray(1 - share)


def set_alpha(
    table: Table,
    *,
    distance: str = "masi",
    bootstrap: int = 0,
    seed: int = 1,
    clusters: Sequence[Hashable] | None = None,
) -> Figure:
    """Krippendorff's alpha of a `set_table` with a set distance in the place of the squared difference.

    With `clusters` (one label per unit) the bootstrap draws whole clusters.
    """
    kernel = kernels.alpha(table.pattern_counts, set_distances(table, distance))
    sizes = table.by_count.multiplicity
    found = figure(table, float(kernel.evaluate(sizes[None, :].astype(np.float64))[0]), f"alpha, {distance}")
    if not bootstrap or found.value is None:
        return found
    drawn = replicates([kernel], sampling(table.by_count, clusters), n=bootstrap, seed=seed)[:, 0]
    return with_interval(found, drawn, seed=seed, unit="units" if clusters is None else "clusters")
