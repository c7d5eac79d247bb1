"""How far people agree, study by study, with a heat map of every pair of raters."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stats import agreement, rank_agreement
from stats.icc import ALIASES, icc
from stats.pairs import Votes
from stats.paper import ranks
from stats.paper.comparisons import criteria_of, vote_rows
from stats.paper.frame import Frame, Json, nothing
from stats.paper.material import Criterion, Study
from stats.paper.ratings import Sheet, scores_of
from stats.preference import agreement_of
from stats.rank_table import RankTable
from stats.ratings import alpha
from stats.result import Figure
from stats.summary import agreement_summary
from stats.table import Table

LABELS = ("krippendorff_alpha", "gwet_ac1", "cohen_kappa", "fleiss_kappa", "percent_agreement", "consensus_rate")


def compute(frame: Frame) -> Json:
    """For each study of people its parts (a block, a criterion, a field), each with figures and a map of pairs."""
    found = []
    for study in frame.material.studies:
        make = _MAKERS.get(study.kind)
        parts = make(frame, study) if make else {}
        if parts:
            found.append({"study": study.key, "kind": study.kind, "parts": parts})
    return {"studies": found} if found else nothing()


def _part(figures: Mapping[str, Figure], pairs: Figure) -> Json:
    return {"figures": {name: figure.to_json() for name, figure in figures.items()}, "pairs": heat_map(pairs)}


def heat_map(pairwise: Figure) -> Json:
    """Raters, and the kappa, items and reason of every two of them, as squares with an empty diagonal."""
    pairs = pairwise.extra.get("pairs", ())
    raters = sorted({name for pair in pairs for name in pair["raters"]})
    at = {name: place for place, name in enumerate(raters)}
    squares: dict[str, list[list[float | int | str | None]]] = {
        name: [[None] * len(raters) for _ in raters] for name in ("kappa", "n_items", "reason")
    }
    for pair in pairs:
        one, two = (at[name] for name in pair["raters"])
        given = {
            "kappa": pair["value"], "n_items": pair["n_items"],
            "reason": None if pair["reason"] is None else str(pair["reason"]),
        }  # fmt: skip
        for name, value in given.items():
            squares[name][one][two] = squares[name][two][one] = value
    return {"raters": raters, "method": pairwise.method, **squares}


def _rankings(frame: Frame, study: Study) -> Json:
    return {block or "all": _ranking(frame, table) for block, table in ranks.tables(frame, study).items()}


def _ranking(frame: Frame, table: RankTable) -> Json:
    options = frame.plan.options
    names = ("exact_rank_kappa", "quadratic_kappa", "kendall_w", "mean_spearman", "mean_kendall_tau_b", "top1")
    makers: Mapping[str, Callable[..., Figure]] = {name: getattr(rank_agreement, name) for name in names}
    figures = {name: make(table, **options) for name, make in makers.items()}
    coded, _levels = rank_agreement.rank_codes(table)
    return _part(figures, agreement.pairwise_cohen_kappa(named(coded, table)))


def named(coded: Table, table: RankTable) -> Table:
    """Rank codes, an item for each unit and system, with the raters' codes and the units' names back."""
    units = tuple(f"{unit} {system}" for unit in table.units for system in table.systems)
    return Table(units, table.raters, coded.categories, coded.codes)


def _ratings(frame: Frame, study: Study) -> Json:
    counted = frame.counted(study)
    return {
        one.key: _rating(frame, Sheet.of(frame, rows))
        for one in frame.criteria(study.rubric)
        if (rows := scores_of(counted, one.key))
    }


def _rating(frame: Frame, sheet: Sheet) -> Json:
    pooled = sheet.pooled
    forms = icc(pooled.scores)
    table = pooled.table()
    figures = {
        "icc_a1": forms[ALIASES["ICC(A,1)"]],
        "icc_c1": forms[ALIASES["ICC(C,1)"]],
        "krippendorff_alpha": _clustered_alpha(frame, sheet, table),
        "krippendorff_alpha_ordinal": alpha(pooled, level="ordinal"),
    }
    return _part(figures, agreement.pairwise_cohen_kappa(table, weights="quadratic"))


def _clustered_alpha(frame: Frame, sheet: Sheet, table: Table) -> Figure:
    """Alpha of interval data; items are drawn whole, with the responses of all systems."""
    from stats.bootstrap import interval, replicates, sampling

    figure = agreement.krippendorff_alpha(table, level="interval")
    if figure.value is None or not frame.plan.bootstrap:
        return figure
    kernel = agreement.alpha_kernel(table.pattern_counts, table, "interval")
    drawn = replicates(
        [kernel], sampling(table.by_count, sheet.clusters), n=frame.plan.bootstrap, seed=frame.plan.seed
    )[:, 0]
    ci, notes = interval(drawn, figure.value)
    return Figure(
        figure.value, ci=ci, n_items=figure.n_items, n_raters=figure.n_raters, n_pairs=figure.n_pairs,
        method=figure.method, seed=frame.plan.seed, extra={**figure.extra, **notes, "resampled": "items"},
    )  # fmt: skip


def _comparisons(frame: Frame, study: Study) -> Json:
    rows = vote_rows(frame, frame.counted(study))
    found = {}
    for key in criteria_of(frame, study, rows):
        table = Votes.from_rows(rows[key])
        named_table = _with_raters(table.agreement_table(), table)
        figures = agreement_of(named_table, bootstrap=frame.plan.bootstrap, seed=frame.plan.seed)
        found[key] = _part(figures, agreement.pairwise_cohen_kappa(named_table))
    return found


def _with_raters(table: Table, votes: Votes) -> Table:
    return Table(table.units, votes.raters, table.categories, table.codes)


def _labels(frame: Frame, study: Study) -> Json:
    declared = {one.key: one for one in frame.criteria(study.rubric)}
    rows = [row for row in frame.counted(study) if row.what == "label" and row.label]
    found = {}
    for key in criteria_of(frame, study, dict.fromkeys(row.criterion for row in rows)):
        level = study.level or "nominal"
        triples = [(row.unit, row.rater, row.label) for row in rows if row.criterion == key]
        table = Table.from_rows(triples, categories=_categories(declared.get(key)), level=level)
        figures = agreement_summary(table, level=level, bootstrap=frame.plan.bootstrap, seed=frame.plan.seed)
        found[key] = _part({name: figures[name] for name in LABELS}, figures["pairwise_cohen_kappa"])
    return found


def _categories(criterion: Criterion | None) -> list[str] | None:
    return criterion.categories.split("|") if criterion and criterion.categories else None


_MAKERS: Mapping[str, Callable[[Frame, Study], Json]] = {
    "ranking": _rankings,
    "rating": _ratings,
    "comparison": _comparisons,
    "label_review": _labels,
    "dialogue": _labels,
}
