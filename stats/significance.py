"""Each system against a base on each criterion: question means over rounds, tests, Holm, better and worse."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stats.compare import paired_t_test, t_test, wilcoxon_signed_rank
from stats.labels import Label
from stats.rank_tests import holm
from stats.ratings import t_interval
from stats.result import Figure, Reason

FloatArray = npt.NDArray[np.float64]

TESTS = ("two_sample", "paired", "wilcoxon")
WORDS = {1: "better", -1: "worse", 0: "neither"}


@dataclass(frozen=True)
class Means:
    """Means over rounds: `values` has shape (systems, questions), NaN where a system has no score for a question."""

    systems: tuple[Label, ...]
    questions: tuple[Label, ...]
    values: FloatArray
    rounds: FloatArray

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[Label, Label, Label, float]]) -> Means:
        """Build from (system, question, round, score); several scores of one round (judges) are averaged first.

        Raises ValueError naming the row of a score that is not a finite number.
        """
        systems: dict[Label, int] = {}
        questions: dict[Label, int] = {}
        cells: dict[tuple[int, int], dict[Label, list[float]]] = {}
        for number, (system, question, turn, score) in enumerate(rows, start=1):
            if not math.isfinite(float(score)):
                raise ValueError(f"row {number}: the score is not a finite number")
            key = (systems.setdefault(system, len(systems)), questions.setdefault(question, len(questions)))
            cells.setdefault(key, {}).setdefault(turn, []).append(float(score))
        values: FloatArray = np.full((len(systems), len(questions)), np.nan)
        rounds: FloatArray = np.zeros((len(systems), len(questions)))
        for (at, place), found in cells.items():
            values[at, place] = np.mean([np.mean(scores) for scores in found.values()])
            rounds[at, place] = len(found)
        return cls(tuple(systems), tuple(questions), values, rounds)

    def of(self, system: Label) -> FloatArray:
        """A system's question means, (questions,). ValueError for a system that has none."""
        if system not in self.systems:
            raise ValueError(f"there are no scores of {system!r}; the systems are {', '.join(map(str, self.systems))}")
        return np.asarray(self.values[self.systems.index(system)])

    def mean(self, system: Label) -> Figure:
        """A system's mean over questions with Student's interval over questions."""
        method = "mean of question means, t interval over questions"
        values = self.of(system) if system in self.systems else np.zeros(0)
        fine = values[np.isfinite(values)]
        if not fine.size:
            return Figure(None, Reason.TOO_FEW_ITEMS, n_items=0, method=method)
        return Figure(float(fine.mean()), ci=t_interval(fine), n_items=int(fine.size), method=method)


@dataclass(frozen=True)
class Comparison:
    """A system against the base on one criterion: three figures, and p adjusted over the whole family."""

    criterion: str
    system: Label
    base: Label
    figures: Mapping[str, Figure]
    adjusted: Mapping[str, float | None]
    higher_is_better: bool = True

    def direction(self, test: str = "two_sample") -> int:
        """1 where the system is better than the base as this test sees it, -1 where it is worse, 0 where neither."""
        figure = self.figures[test]
        gap = figure.extra.get("rank_biserial") if test == "wilcoxon" else figure.value
        sign = 0 if gap is None or abs(gap) < 1e-12 else int(math.copysign(1, gap))
        return sign if self.higher_is_better else -sign

    def significant(self, test: str = "two_sample", *, adjusted: bool = False, alpha: float = 0.05) -> bool:
        """Whether the table's bullet stands: p below `alpha`, plain as in the protocol or adjusted by Holm."""
        p = self.adjusted[test] if adjusted else p_of(self.figures[test])
        return p is not None and p < alpha

    def to_json(self) -> dict[str, Any]:
        """Everything, JSON-safe."""
        return {
            "criterion": self.criterion,
            "system": str(self.system),
            "base": str(self.base),
            **{
                name: {**figure.to_json(), "direction": WORDS[self.direction(name)]}
                for name, figure in self.figures.items()
            },
            "p_holm": dict(self.adjusted),
        }


def p_of(figure: Figure) -> float | None:
    """The p-value of a test: the value of Wilcoxon's figure, a field of the t tests'."""
    return figure.value if figure.method.startswith("Wilcoxon") else figure.extra.get("p")


def against_base(
    criteria: Mapping[str, Means],
    pairs: Sequence[tuple[Label, Label]],
    *,
    higher_is_better: bool = True,
    equal_var: bool = True,
) -> list[Comparison]:
    """Every (system, base) pair on every criterion.

    `two_sample`: Student's t of the two systems' question means, each system's own questions (Welch's without
    `equal_var`), with Hedges' g. `paired`, the better choice, and `wilcoxon`: differences on the questions both have,
    with Cohen's d of the differences and the rank-biserial correlation. Questions stand for themselves, rounds do not:
    five answers to one question are not five questions. p is adjusted by Holm over all pairs and criteria, test by
    test.
    """
    found: list[tuple[str, Label, Label, dict[str, Figure]]] = []
    for criterion, means in criteria.items():
        for system, base in pairs:
            x, y = means.of(system), means.of(base)
            both = np.isfinite(x) & np.isfinite(y)
            figures = {
                "two_sample": t_test(x[np.isfinite(x)], y[np.isfinite(y)], equal_var=equal_var),
                "paired": paired_t_test(x[both], y[both]),
                "wilcoxon": wilcoxon_signed_rank(x[both], y[both]),
            }
            found.append((criterion, system, base, figures))
    adjusted = {test: holm([p_of(figures[test]) for *_names, figures in found]) for test in TESTS}
    return [
        Comparison(criterion, system, base, figures, {test: adjusted[test][place] for test in TESTS}, higher_is_better)
        for place, (criterion, system, base, figures) in enumerate(found)
    ]


def better_and_worse(
    comparisons: Iterable[Comparison], *, test: str = "two_sample", adjusted: bool = False, alpha: float = 0.05
) -> dict[str, dict[str, int]]:
    """For each system the criteria on which it is significantly `better`, `worse`, and `neither`."""
    found: dict[str, dict[str, int]] = {}
    for one in comparisons:
        own = found.setdefault(str(one.system), {"better": 0, "worse": 0, "neither": 0})
        own[WORDS[one.direction(test) if one.significant(test, adjusted=adjusted, alpha=alpha) else 0]] += 1
    return found
