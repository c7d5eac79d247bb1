"""A proposal (a model's pre-label) against the final label: accuracy, per class, confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stats.intervals import wilson
from stats.labels import Label
from stats.result import Figure, Reason

IntArray = npt.NDArray[np.int64]


def confusion_matrix(truth: Sequence[Label], guess: Sequence[Label], categories: Sequence[Label]) -> IntArray:
    """Counts, rows are the true category and columns the guessed one, in declared order.

    Raises ValueError naming the row of a label outside the categories, or where the lengths differ.
    """
    if len(truth) != len(guess):
        raise ValueError(f"{len(truth)} true labels for {len(guess)} guesses")
    position = {label: code for code, label in enumerate(categories)}
    cells = np.zeros((len(position), len(position)), dtype=np.int64)
    for row, (true, guessed) in enumerate(zip(truth, guess, strict=True), start=1):
        for label in (true, guessed):
            if label not in position:
                raise ValueError(f"row {row}: label {label!r} is not among the declared categories")
        cells[position[true], position[guessed]] += 1
    return cells


def classification_summary(
    truth: Sequence[Label], guess: Sequence[Label], *, categories: Sequence[Label], level: float = 0.95
) -> dict[str, Figure]:
    """`accuracy` (Wilson interval), `per_class`, `macro_f1` and `confusion_matrix`.

    A precision without guesses, or a recall without true cases, is None with a reason and stays out of the
    macro mean; `n_classes_defined` says how many entered it.
    """
    cells = confusion_matrix(truth, guess, categories)
    n = int(cells.sum())
    per_class = {str(label): _class_scores(cells, code) for code, label in enumerate(categories)}
    return {
        "accuracy": _accuracy(int(np.trace(cells)), n, level),
        "macro_f1": _macro([entry["f1"].value for entry in per_class.values()], n),
        "per_class": Figure(None, n_items=n, values=per_class, method="one class against the rest"),
        "confusion_matrix": Figure(
            None,
            n_items=n,
            values=cells.tolist(),
            method="rows true, columns guessed",
            extra={"categories": [str(label) for label in categories]},
        ),
    }


def _accuracy(right: int, n: int, level: float) -> Figure:
    reason = None if n else Reason.TOO_FEW_ITEMS
    ci = wilson(right, n, level=level)
    return Figure(right / n if n else None, reason, ci=ci, n_items=n, method="share of equal labels")


def _macro(scores: Sequence[float | None], n: int) -> Figure:
    """Mean over the classes where the score is defined."""
    defined = [score for score in scores if score is not None]
    return Figure(
        float(np.mean(defined)) if defined else None,
        None if defined else Reason.TOO_FEW_ITEMS,
        n_items=n,
        method="unweighted mean over classes",
        extra={"n_classes": len(scores), "n_classes_defined": len(defined)},
    )


def _class_scores(cells: IntArray, code: int) -> dict[str, Figure]:
    """Precision, recall and F1 of one class; F1 is undefined only where the class occurs nowhere."""
    hit, guessed, true = int(cells[code, code]), int(cells[:, code].sum()), int(cells[code].sum())
    return {
        "precision": _share(hit, guessed),
        "recall": _share(hit, true),
        "f1": _share(2 * hit, guessed + true, proportion=False),
        "support": Figure(float(true), n_items=true, method="true cases"),
    }


def _share(hits: int, n: int, *, proportion: bool = True) -> Figure:
    """hits / n with a Wilson interval; F1 is no proportion of independent cases, so it has none."""
    if n == 0:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=0)
    return Figure(hits / n, ci=wilson(hits, n) if proportion else None, n_items=n)
