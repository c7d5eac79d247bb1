"""Agreement weights between categories: 1 on the diagonal, less the further two categories stand apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stats.labels import Label, as_number

FloatArray = npt.NDArray[np.float64]

NAMES = ("identity", "linear", "quadratic", "ordinal")


def agreement_weights(kind: str | npt.ArrayLike | None, q: int) -> FloatArray:
    """A (q, q) matrix of agreement weights over q declared categories in their order.

    `kind` is "identity" (or None), "linear", "quadratic" (both by position), "ordinal" (Gwet: 1 minus the
    share of category pairs inside the gap) or a ready matrix. Raises ValueError for an unknown name or a
    wrong shape.
    """
    if kind is None or (isinstance(kind, str) and kind in ("identity", "none")):
        return np.eye(q)
    if not isinstance(kind, str):
        return _checked(np.asarray(kind, dtype=np.float64), q)
    gap = np.abs(np.subtract.outer(np.arange(q), np.arange(q))).astype(np.float64)
    widest = max(q - 1, 1)
    if kind == "linear":
        return 1 - gap / widest
    if kind == "quadratic":
        return 1 - (gap / widest) ** 2
    if kind == "ordinal":
        inside = gap * (gap + 1) / 2
        return np.asarray(1 - inside / max(float(inside.max(initial=0.0)), 1.0))
    raise ValueError(f"unknown weights {kind!r}; known are {', '.join(NAMES)}")


def _checked(matrix: FloatArray, q: int) -> FloatArray:
    """The matrix if it fits q categories and is finite."""
    if matrix.shape != (q, q) or not np.isfinite(matrix).all():
        raise ValueError(f"weights must be a finite {q} x {q} matrix, got shape {matrix.shape}")
    return matrix


def category_values(categories: Sequence[Label], *, level: str) -> FloatArray:
    """The number behind each category: the label itself where all are numbers, otherwise its position 1..q.

    The ratio level needs numbers that are not negative (ValueError).
    """
    numbers = [as_number(label) for label in categories]
    found = [number for number in numbers if number is not None]
    if len(found) < len(numbers):
        if level == "ratio":
            bad = next(c for c, number in zip(categories, numbers, strict=True) if number is None)
            raise ValueError(f"the ratio level needs numbers, and category {bad!r} is none")
        return np.arange(1, len(categories) + 1, dtype=np.float64)
    if level == "ratio" and any(number < 0 for number in found):
        raise ValueError("the ratio level needs numbers that are not negative")
    return np.asarray(found, dtype=np.float64)


def squared_distances(values: FloatArray, level: str) -> FloatArray:
    """Krippendorff's squared difference between categories at the nominal, interval and ratio levels, (q, q).

    The ordinal difference depends on the margins and is made where they are known.
    """
    if level == "nominal":
        return 1 - np.eye(values.size)
    apart = np.subtract.outer(values, values)
    if level == "interval":
        return apart**2
    total = np.add.outer(values, values)
    return np.divide(apart, total, out=np.zeros_like(apart), where=total != 0) ** 2
