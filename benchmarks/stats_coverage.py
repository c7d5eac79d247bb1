"""How often 95 % intervals hold the truth, over simulated studies whose truth is known.

    python benchmarks/stats_coverage.py [--studies 1000] [--only crossed]

Exit code 1 where a coverage lies outside 92 to 98 %.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stats.crossed import crossed_bootstrap
from stats.icc import icc
from stats.intervals import wilson
from stats.judge import human_judge
from stats.planning import simulate_labels, simulate_rankings
from stats.rank_agreement import exact_rank_kappa, kendall_w, mean_spearman
from stats.result import Figure, Interval
from stats.summary import agreement_summary
from stats.table import Table

COEFFICIENTS = ("percent_agreement", "cohen_kappa", "fleiss_kappa", "krippendorff_alpha", "gwet_ac1")
Hits = dict[str, list[bool]]
Scores = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


def holds(ci: Interval | None, truth: float) -> bool:
    """Whether the interval holds the truth; no interval holds nothing."""
    return ci is not None and ci.low <= truth <= ci.high


def label_truth(shares: list[float], raters: int, kappa: float) -> dict[str, float]:
    """The coefficients of one very large study."""
    found = agreement_summary(simulate_labels(1_000_000, raters, shares, kappa, np.random.default_rng(99)))
    return {name: found[name].value or 0.0 for name in COEFFICIENTS}


def labels(studies: int, n: int, method: str) -> Hits:
    """Item bootstrap of three raters, three uneven categories, kappa 0.6."""
    shares, raters, kappa = [0.6, 0.3, 0.1], 3, 0.6
    truth = label_truth(shares, raters, kappa)
    hits: Hits = {f"{name}, {n} items, {method}": [] for name in COEFFICIENTS}
    for study in range(studies):
        table = simulate_labels(n, raters, shares, kappa, np.random.default_rng([study, n]))
        found = agreement_summary(table, bootstrap=1000, seed=study, interval_method=method)
        for name in COEFFICIENTS:
            hits[f"{name}, {n} items, {method}"].append(holds(found[name].ci, truth[name]))
    return hits


def clusters(studies: int) -> Hits:
    """Whole dialogues resampled: 60 dialogues of 5 turns that share their difficulty."""

    def study(rng: np.random.Generator, dialogues: int) -> Table:
        knows = rng.beta(3, 1.5, dialogues).repeat(5)[:, None]
        truth = rng.integers(0, 3, (dialogues * 5, 1))
        codes = np.where(rng.random((dialogues * 5, 3)) < knows, truth, rng.integers(0, 3, (dialogues * 5, 3)))
        return Table.from_codes(codes, list(range(3)))

    truth = agreement_summary(study(np.random.default_rng(98), 200_000))["fleiss_kappa"].value or 0.0
    owners, hits = np.repeat(np.arange(60), 5).tolist(), []
    for number in range(studies):
        found = agreement_summary(study(np.random.default_rng([number, 7]), 60), bootstrap=1000, clusters=owners)
        hits.append(holds(found["fleiss_kappa"].ci, truth))
    return {"fleiss_kappa, 60 dialogues of 5, clusters": hits}


def rankings(studies: int) -> Hits:
    """Bootstrap over 60 questions, 4 raters, 5 systems."""
    strengths = [0.0, 0.3, 0.6, 0.9, 1.5]
    statistics: dict[str, Callable[..., object]] = {
        "exact_rank_kappa": exact_rank_kappa,
        "kendall_w": kendall_w,
        "mean_spearman": mean_spearman,
    }
    large = simulate_rankings(100_000, 4, strengths, np.random.default_rng(97), unit_sd=1.0)
    truth = {name: statistic(large).value for name, statistic in statistics.items()}
    hits: Hits = {f"{name}, 60 questions": [] for name in statistics}
    for study in range(studies):
        table = simulate_rankings(60, 4, strengths, np.random.default_rng([study, 8]), unit_sd=1.0)
        for name, statistic in statistics.items():
            hits[f"{name}, 60 questions"].append(holds(statistic(table, bootstrap=1000, seed=study).ci, truth[name]))
    return hits


def proportions_and_icc(studies: int) -> Hits:
    """Wilson at 95 % of 200 and the F interval of ICC(A,1)."""
    rng = np.random.default_rng(6)
    hits: Hits = {"wilson, 190 of 200 expected": [], "ICC(2,1), 40 items x 4 raters": []}
    for _ in range(studies):
        hits["wilson, 190 of 200 expected"].append(holds(wilson(int(rng.binomial(200, 0.95)), 200), 0.95))
        scores = rng.normal(size=(40, 1)) + 0.3 * rng.normal(size=(1, 4)) + 0.8 * rng.normal(size=(40, 4))
        hits["ICC(2,1), 40 items x 4 raters"].append(holds(icc(scores)["ICC(2,1)"].ci, 1 / (1 + 0.09 + 0.64)))
    return hits


UNLIKE = {"much": (3.0, 1.2), "some": (8.0, 3.0), "little": (80.0, 30.0), "hardly": (800.0, 300.0)}
"""How raters' skills are spread (beta distributions): standard deviations of 0.20, 0.13, 0.04 and 0.01."""
RATERS = (3, 4, 5, 8, 16)
CROSSED = ("krippendorff_alpha", "cohen_kappa", "percent_agreement")


def crossed(studies: int, raters: int, spread: str, *, difficulty: float = 0.0) -> Hits:
    """Other items and other raters: raters differ in skill, and the truth is that of all raters and items."""
    a, b = UNLIKE[spread]

    def skills(rng: np.random.Generator, m: int, shift: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        own = rng.beta(a, b, m)
        return np.asarray(1 / (1 + np.exp(-(np.log(own / (1 - own)) + shift))))

    def study(rng: np.random.Generator, n: int, m: int) -> Table:
        knows, truth = skills(rng, m, difficulty * rng.normal(size=(n, 1))), rng.integers(0, 3, (n, 1))
        return Table.from_codes(np.where(rng.random((n, m)) < knows, truth, rng.integers(0, 3, (n, m))), range(3))

    # Two raters agree beyond chance where both know; over raters that is the square of the item's mean skill.
    large = skills(np.random.default_rng(96), 4000, difficulty * np.random.default_rng(95).normal(size=(4000, 1)))
    beyond = float((large.mean(axis=1) ** 2).mean()) if difficulty else (a / (a + b)) ** 2
    truth = dict.fromkeys(CROSSED, beyond) | {"percent_agreement": 1 / 3 + 2 / 3 * beyond}
    words = f"crossed, {raters} raters, {spread} unlike{', hard and easy items' if difficulty else ''}"
    hits: Hits = {f"{name} {words}": [] for name in CROSSED}
    for number in range(studies):
        table = study(np.random.default_rng([number, 9]), 150, raters)
        for name in CROSSED:
            ci = crossed_bootstrap(table, statistic=name, n=500, seed=number).ci
            hits[f"{name} {words}"].append(holds(ci, truth[name]))
    return hits


def judges(studies: int, items: int) -> Hits:
    """A judge beside people over seven responses to an item: items share their quality, and so do their scores."""

    def study(rng: np.random.Generator, n: int) -> Scores:
        quality = 0.7 * rng.normal(size=(n, 1)) + rng.normal(size=(n, 7))
        human = np.round(4 * (3 + quality + 0.5 * rng.normal(size=(n, 7)))) / 4
        return human, np.round(3.3 + quality + 0.4 * rng.normal(size=(n, 1)) + 0.7 * rng.normal(size=(n, 7)))

    def figures(
        scores: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]], n: int, seed: int
    ) -> dict[str, Figure]:
        owner = np.repeat(np.arange(len(scores[0])), 7).tolist()
        found = human_judge(scores[0].ravel(), scores[1].ravel(), items=owner, bootstrap=n, seed=seed)
        limits: dict[str, Figure] = found.pop("bland_altman").extra["limits"]
        return found | {f"limit {name}": limit for name, limit in limits.items()}

    large = figures(study(np.random.default_rng(94), 20_000), 0, 1)
    hits: Hits = {f"{name}, {items} items x 7, by item": [] for name in large}
    for number in range(studies):
        found = figures(study(np.random.default_rng([number, 5]), items), 500, number)
        for name, figure in large.items():
            hits[f"{name}, {items} items x 7, by item"].append(holds(found[name].ci, figure.value or 0.0))
    return hits


def everything(studies: int, only: str) -> Iterator[Hits]:
    """All simulations whose name starts with `only`, one after the other."""
    jobs: list[tuple[str, Callable[[], Hits]]] = [
        *((f"labels-{n}-{m}", partial(labels, studies, n, m)) for n in (50, 200) for m in ("percentile", "bca")),
        ("clusters", partial(clusters, studies)),
        ("rankings", partial(rankings, studies)),
        ("proportions", partial(proportions_and_icc, studies)),
        *((f"judges-{n}", partial(judges, studies, n)) for n in (50, 200)),
        *((f"crossed-{m}-{how}", partial(crossed, studies, m, how)) for m in RATERS for how in UNLIKE),
        *((f"crossed-{m}-items", partial(crossed, studies, m, "some", difficulty=1.5)) for m in RATERS),
    ]
    return (job() for name, job in jobs if name.startswith(only))


def main() -> int:
    """Run and print the coverages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--only", default="", help="only simulations whose name starts so: labels, crossed, ...")
    options = parser.parse_args()
    missed = 0
    for hits in everything(options.studies, options.only):
        for name, values in hits.items():
            share = float(np.mean(values))
            kept = 0.92 <= share <= 0.98
            missed += not kept
            print(f"{name:75} {share:7.1%}  {'kept' if kept else 'MISSED'}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
