"""The figures of a dialogue annotation. All intervals resample whole sessions, with all their turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from annotation.dialogue_summary.parts import Part
from annotation.results.arrays import IntArray
from stats import agreement, kernels, pair_kernels
from stats.bootstrap import Sampling, replicates, sampling, shared_replicates
from stats.bootstrap import drawn as drawn_weights
from stats.groups import counts_among, group_names, jointly
from stats.kernels import Kernel, divide, simple
from stats.multilabel import one_label
from stats.patterns import Patterns
from stats.resample import with_interval
from stats.result import Figure, Reason
from stats.setlabels import set_alpha, set_distances
from stats.table import Table
from stats.weights import agreement_weights

FloatArray = npt.NDArray[np.float64]
Figures = dict[str, Figure]

# Weights that are kept for the next figure: 40 MB.
MOST_WEIGHTS = 5_000_000
PRIMARY = {"nominal": "krippendorff_alpha", "ordinal": "krippendorff_alpha", "sets": "masi_alpha"}
ROBUST = {"nominal": "gwet_ac1", "ordinal": "gwet_ac2", "sets": "jaccard_alpha"}


@dataclass(frozen=True)
class Draw:
    """How the bootstrap is drawn."""

    replicates: int
    seed: int


def reading(part: Part) -> str:
    """Return how a part's answers are compared: as labels, on a scale, or as sets."""
    return "sets" if part.several else part.level


def primary(part: Part) -> str:
    """Return the name of the part's primary coefficient."""
    return PRIMARY[reading(part)]


def robust(part: Part) -> str:
    """Return the name of the part's robust coefficient."""
    return ROBUST[reading(part)]


def coefficients(table: Table, sessions: IntArray, how: str, draw: Draw) -> Figures:
    """Every coefficient of one table, by its name. `sessions` has one entry per row."""
    found = leading(table, sessions, how, draw)
    weights = "quadratic" if how == "ordinal" else None
    kappas = agreement.pair_kappas(table, weights)
    more = {
        "cohen_kappa": agreement.cohen_kappa(table, weights=weights, kappas=kappas),
        "pairwise_cohen_kappa": agreement.pairwise_cohen_kappa(table, weights=weights, kappas=kappas),
        "fleiss_kappa": agreement.fleiss_kappa(table),
    }
    if how == "sets":
        more["exact_alpha"] = agreement.krippendorff_alpha(table)
    counts = table.pattern_counts
    made = [kernels.fleiss(counts, agreement_weights(None, table.n_categories))]
    if how == "sets":
        made.append(replace(agreement.alpha_kernel(counts, table, "nominal"), name="exact_alpha"))
    more |= drawn(more, made, table.by_count, sessions, draw)
    return found | more | cohen(table, more, weights, sessions, draw)


def cohen(table: Table, found: Figures, weights: agreement.Weights, sessions: IntArray, draw: Draw) -> Figures:
    """Mean pairwise kappa with its interval, unless there are too many pairs and categories."""
    if not pair_kernels.affordable(table):
        return {}
    codes = table.codes[table.by_row.first]
    kernel = pair_kernels.cohen(codes, agreement_weights(weights, table.n_categories))
    return drawn(found, [kernel], table.by_row, sessions, draw)


def leading(table: Table, sessions: IntArray, how: str, draw: Draw) -> Figures:
    """The leading figures alone: the primary, the robust, percent agreement and consensus."""
    found = {
        "percent_agreement": agreement.percent_agreement(table),
        "consensus_rate": agreement.consensus_rate(table),
    }
    counts = table.pattern_counts
    made = [kernels.percent(counts), kernels.consensus(counts)]
    if how != "sets":
        found["krippendorff_alpha"] = agreement.krippendorff_alpha(table, level=how)
        made.append(agreement.alpha_kernel(counts, table, how))
        found |= (
            {"gwet_ac2": agreement.gwet_ac2(table)} if how == "ordinal" else {"gwet_ac1": agreement.gwet_ac1(table)}
        )
        weights = agreement_weights("quadratic" if how == "ordinal" else None, table.n_categories)
        made.append(kernels.gwet(ROBUST[how], counts, weights))
        return found | drawn(found, made, table.by_count, sessions, draw)
    for kind in ("masi", "jaccard"):
        found[f"{kind}_alpha"] = set_alpha(table, distance=kind)
        made.append(replace(kernels.alpha(counts, set_distances(table, kind)), name=f"{kind}_alpha"))
    return found | drawn(found, made, table.by_count, sessions, draw)


def drawn(found: Figures, made: Sequence[Kernel], patterns: Patterns, sessions: IntArray, draw: Draw) -> Figures:
    """The figures of these kernels with percentile intervals over sessions; those without a value stay as they are."""
    wanted = [kernel for kernel in made if found[kernel.name].value is not None]
    if not wanted or not draw.replicates:
        return {}
    columns = resampled(wanted, sampling(patterns, sessions), draw)
    return {
        kernel.name: with_interval(found[kernel.name], columns[:, place], seed=draw.seed, unit="sessions")
        for place, kernel in enumerate(wanted)
    }


def resampled(made: Sequence[Kernel], units: Sampling, draw: Draw) -> FloatArray:
    """The replicates of some kernels; all figures of as many sessions share one draw of them."""
    if draw.replicates * units.sizes.size > MOST_WEIGHTS:
        return replicates(made, units, n=draw.replicates, seed=draw.seed)
    return shared_replicates(made, units, _weights(units.sizes.size, draw))


@lru_cache(maxsize=4)
def _weights(n: int, draw: Draw) -> FloatArray:
    return drawn_weights(np.ones(n, dtype=np.int64), draw.replicates, draw.seed)


def of_label(table: Table, label: str, sessions: IntArray, draw: Draw) -> tuple[Figures, int]:
    """The question "does the answer have this label?": kappa, alpha, AC1, and how often raters said yes."""
    own = one_label(table, label) if isinstance(next(iter(table.categories), ""), frozenset) else one_of(table, label)
    found = {
        "cohen_kappa": agreement.cohen_kappa(own),
        "krippendorff_alpha": agreement.krippendorff_alpha(own),
        "gwet_ac1": agreement.gwet_ac1(own),
    }
    counts, even = own.pattern_counts, agreement_weights(None, 2)
    made = [agreement.alpha_kernel(counts, own, "nominal"), kernels.gwet("gwet_ac1", counts, even)]
    found |= drawn(found, made, own.by_count, sessions, draw)
    found |= drawn(found, [pair_kernels.cohen(own.codes[own.by_row.first], even)], own.by_row, sessions, draw)
    return found, int((own.codes == 1).sum())


def one_of(table: Table, label: str) -> Table:
    """The question "is the answer this label?" as a table of its own, with the categories no and yes."""
    yes = table.categories.index(label) if label in table.categories else -2
    codes = np.where(table.codes >= 0, table.codes == yes, -1).astype(np.int8)
    return Table(table.units, table.raters, ("no", "yes"), codes)


def likeness(table: Table) -> FloatArray:
    """How alike two answers are, (q, q): 1 or 0 for labels, the share of labels in common for sets."""
    if isinstance(next(iter(table.categories), ""), frozenset):
        return 1 - set_distances(table, "jaccard")
    return np.eye(table.n_categories)


def with_the_rest(table: Table, sessions: IntArray, draw: Draw) -> list[Figure]:
    """For each rater of the table the mean likeness of their answers to others' answers to the same turn."""
    alike, codes = likeness(table), table.codes
    found = []
    for own in range(table.n_raters):
        top, bottom = np.zeros(codes.shape[0]), np.zeros(codes.shape[0])
        for other in range(table.n_raters):
            both = (codes[:, own] >= 0) & (codes[:, other] >= 0) & (own != other)
            top[both] += alike[codes[both, own], codes[both, other]]
            bottom += both
        found.append(ratio(top, bottom, sessions, draw, method="mean likeness to others' answers"))
    return found


def ratio(top: FloatArray, bottom: FloatArray, sessions: IntArray, draw: Draw, *, method: str = "share") -> Figure:
    """Sum of the first over sum of the second, rows summed within sessions, with an interval over sessions.

    `n_items` counts the rows with something in the second.
    """
    n = int((bottom > 0).sum())
    if not n:
        return Figure(None, Reason.NO_OVERLAP, n_items=0, method=method)
    _names, place = np.unique(sessions, return_inverse=True)
    columns = [np.bincount(place, weights=one).astype(np.float64) for one in (top, bottom)]
    sums = np.stack(columns, axis=1)
    sums = sums[sums[:, 1] > 0]
    figure = Figure(float(top.sum() / bottom.sum()), n_items=n, method=method)
    if not draw.replicates:
        return figure
    kernel = simple("ratio", sums, lambda drawn: divide(drawn[:, 0], drawn[:, 1]))
    units = Sampling(np.ones(sums.shape[0], dtype=np.int64))
    values = resampled([kernel], units, draw)[:, 0]
    return with_interval(figure, values, seed=draw.seed, unit="sessions")


def groups(part: Part, own: Sequence[str], draw: Draw) -> tuple[Figures, dict[tuple[str, str], Figure]]:
    """The primary coefficient within each group of raters, and the differences on the same resampled sessions."""
    table, how, name = part.table, reading(part), primary(part)
    names = group_names(own)
    members = {group: [j for j, one in enumerate(own) if one == group] for group in names}
    plain = Draw(0, draw.seed)
    found = {
        group: leading(table.keep_raters(members[group]), part.sessions, how, plain)[name] for group in names
    }  # fmt: skip
    defined = [group for group in names if found[group].value is not None]
    if not defined:
        return found, {}
    made = [_group_kernel(table, members[group], how) for group in defined]
    units = sampling(table.by_row, part.sessions)
    values = resampled(made, units, draw)
    columns = {group: values[:, place] for place, group in enumerate(defined)}
    return jointly(found, columns, seed=draw.seed, unit="sessions")


def _group_kernel(table: Table, columns: Sequence[int], how: str) -> Kernel:
    counts = counts_among(table, columns)
    if how == "sets":
        return kernels.alpha(counts, set_distances(table, "masi"))
    return agreement.alpha_kernel(counts, table, how)
