"""Speed of the intervals, beside the library called in a loop in the same run.

    python benchmarks/stats_speed.py

Prints one line per measurement: what, figure, limit, and whether it was kept. Exit code 1 where one was not.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import krippendorff
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stats import agreement, pair_kernels
from stats.bootstrap import Sampling, interval, replicates
from stats.moments import alpha_interval
from stats.planning import simulate_rankings
from stats.rank_strengths import plackett_luce
from stats.summary import agreement_summary
from stats.table import Table

REPLICATES = 1000
LOOPED = 20


def labels(n: int, raters: int, q: int = 5, seed: int = 1) -> Table:
    """Raters who know the answer about 70 % of the time."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, q, (n, 1))
    codes = np.where(rng.random((n, raters)) < 0.7, truth, rng.integers(0, q, (n, raters)))
    return Table.from_codes(codes, list(range(q)))


def fresh(table: Table) -> Table:
    """The same table without what it has worked out before."""
    return Table(table.units, table.raters, table.categories, table.codes)


def alpha_with_interval(table: Table) -> None:
    """Point value and 1,000-replicate interval of nominal alpha, from the codes on."""
    made = fresh(table)
    figure = agreement.krippendorff_alpha(made)
    kernel = agreement.alpha_kernel(made.pattern_counts, made, "nominal")
    drawn = replicates([kernel], Sampling(made.by_count.multiplicity), n=REPLICATES, seed=1)[:, 0]
    assert interval(drawn, figure.value or 0.0)[0] is not None


def kappa_with_interval(table: Table) -> None:
    """Point value and 1,000-replicate interval of the mean pairwise kappa, from the codes on."""
    made = fresh(table)
    figure = agreement.cohen_kappa(made)
    kernel = pair_kernels.cohen(made.codes[made.by_row.first], np.eye(made.n_categories))
    drawn = replicates([kernel], Sampling(made.by_row.multiplicity), n=REPLICATES, seed=1)[:, 0]
    assert interval(drawn, figure.value or 0.0)[0] is not None


def looped_alpha(table: Table) -> float:
    """Seconds for 1,000 calls of the library on resamples, from LOOPED of them."""
    rng = np.random.default_rng(1)
    data = table.codes.T.astype(float)
    started = time.perf_counter()
    for _ in range(LOOPED):
        picks = rng.integers(0, data.shape[1], data.shape[1])
        krippendorff.alpha(reliability_data=data[:, picks], level_of_measurement="nominal")
    return (time.perf_counter() - started) * REPLICATES / LOOPED


def best(action: Callable[[], object], times: int = 3) -> float:
    """Wall seconds of the shortest of a few runs: the others measure what else the machine did."""
    found = []
    for _ in range(times):
        started, busy = time.perf_counter(), time.process_time()
        action()
        found.append((time.perf_counter() - started, time.process_time() - busy))
    # Wall time far above the time the processor gave us says that the machine was busy with other work.
    print(f"  wall {min(found)[0]:.3f} s, processor {min(f[1] for f in found):.3f} s, load {os.getloadavg()[0]:.1f}")
    return min(found)[0]


def report(what: str, figure: float, unit: str, limit: float, *, at_least: bool = False) -> bool:
    """Print one line; whether the limit was kept."""
    kept = figure >= limit if at_least else figure <= limit
    sign = ">=" if at_least else "<="
    print(f"{what:66} {figure:10.3f} {unit:5} {sign} {limit:g}  {'kept' if kept else 'MISSED'}", flush=True)
    return kept


def peak_gigabytes() -> float:
    """Peak memory of one 1,000,000 x 3 interval in a process of its own."""
    code = (
        "import sys; sys.path.insert(0, 'benchmarks'); import stats_speed as s; "
        "s.alpha_with_interval(s.labels(1_000_000, 3)); print(s.own_peak())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(ran.stdout)


def own_peak() -> float:
    """Peak resident memory of this process in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def alpha_speed() -> list[bool]:
    """Alpha: against the loop, and the two large sizes."""
    small, middle, large = labels(10_000, 5), labels(100_000, 5), labels(1_000_000, 3)
    ours = best(lambda: alpha_with_interval(small), 5)
    looped = looped_alpha(small)
    return [
        report(
            f"alpha 10,000 x 5: {ours:.3f} s, library looped {looped:.1f} s, ratio",
            looped / ours,
            "x",
            100,
            at_least=True,
        ),
        report("alpha 100,000 x 5", best(lambda: alpha_with_interval(middle)), "s", 0.3),
        report("alpha 1,000,000 x 3", best(lambda: alpha_with_interval(large)), "s", 1),
        report("alpha 1,000,000 x 3, peak memory of the process", peak_gigabytes(), "GB", 1),
    ]


def distinct_speed() -> list[bool]:
    """Every item a pattern of its own, as labels and as numbers."""
    rng = np.random.default_rng(2)
    distinct = Table.from_codes(rng.integers(0, 7, (100_000, 60)), list(range(7)))
    share = distinct.by_count.first.size / 100_000
    assert share > 0.9, share
    scores = rng.normal(size=(100_000, 3)) + rng.normal(size=(100_000, 1))
    kernel, sizes = alpha_interval(scores), np.ones(100_000, dtype=np.int64)
    return [
        report(
            f"alpha 100,000 x 60, {share:.1%} of patterns distinct",
            best(lambda: alpha_with_interval(distinct), 2),
            "s",
            3,
        ),
        report(
            "interval alpha of 100,000 x 3 real numbers, all distinct",
            best(lambda: replicates([kernel], Sampling(sizes), n=REPLICATES, seed=1), 2),
            "s",
            3,
        ),
    ]


def main() -> int:
    """Measure everything once."""
    agreement.cohen_kappa(labels(50, 2))  # the libraries' import is measured on its own
    kept = alpha_speed()
    middle = labels(100_000, 5)
    kept.append(report("mean pairwise kappa 100,000 x 5", best(lambda: kappa_with_interval(middle)), "s", 2))
    kept += distinct_speed()
    kept.append(
        report(
            "all 11 coefficients with intervals, 100,000 x 5",
            best(lambda: agreement_summary(fresh(middle), bootstrap=REPLICATES)),
            "s",
            10,
        )
    )
    rankings = simulate_rankings(200, 4, [0, 0.1, 0.2, 0.4, 0.6, 0.9, 1.2], np.random.default_rng(3), unit_sd=0.5)
    kept.append(
        report(
            "Plackett-Luce with interval, 200 x 7 x 4",
            best(lambda: plackett_luce(rankings, bootstrap=REPLICATES)),
            "s",
            5,
        )
    )
    light = best(lambda: subprocess.run([sys.executable, "-c", "import stats"], check=True))
    kept.append(report("import stats, a whole process", light, "s", 0.5))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
