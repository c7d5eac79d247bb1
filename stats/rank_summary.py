"""All figures of a ranking study: the entry for pages, reports and the command."""

from __future__ import annotations

from stats import rank_agreement, rank_strengths, rank_tests
from stats.rank_table import RankTable
from stats.result import Figure


def rankings_summary(table: RankTable, *, bootstrap: int = 0, seed: int = 1, workers: int = 1) -> dict[str, Figure]:
    """Every ranking figure by its name; `bootstrap` replicates over units (0: no resampled intervals)."""
    options = {"bootstrap": bootstrap, "seed": seed}
    return {
        "exact_rank_kappa": rank_agreement.exact_rank_kappa(table, **options),
        "quadratic_kappa": rank_agreement.quadratic_kappa(table, **options),
        "kendall_w": rank_agreement.kendall_w(table, **options),
        "mean_spearman": rank_agreement.mean_spearman(table, **options),
        "mean_kendall_tau_b": rank_agreement.mean_kendall_tau_b(table, **options),
        "friedman": rank_tests.friedman(table),
        "nemenyi": rank_tests.nemenyi(table),
        "pairwise_wilcoxon": rank_tests.pairwise_wilcoxon(table),
        "permutation_p": rank_tests.permutation_p(table, n=bootstrap or 1000, seed=seed),
        "mean_rank": rank_tests.mean_rank(table, **options),
        "top1": rank_agreement.top1(table, **options),
        "plackett_luce": rank_strengths.plackett_luce(table, **options, workers=workers),
        "bradley_terry": rank_strengths.bradley_terry(table, **options, workers=workers),
        "win_matrix": rank_strengths.win_matrix(table),
        "rank_histogram": rank_strengths.rank_histogram(table),
    }
