"""Krippendorff's interval alpha from moments, for scales with any number of distinct values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stats.kernels import Kernel, divide, simple

FloatArray = npt.NDArray[np.float64]


def alpha_interval(scores: FloatArray) -> Kernel:
    """The alpha kernel for scores (items, raters) with NaN for gaps; one pattern per item.

    Within an item with n ratings the squared differences of all ordered pairs sum to 2(n Σx² - (Σx)²), so
    four sums per item replace the matrix of coincidences.
    """
    rated = np.isfinite(scores)
    n = rated.sum(axis=1).astype(np.float64)
    pairable = n >= 2
    # Centring keeps the differences of large sums exact enough for scales far from 0.
    middle = float(scores[rated].mean()) if rated.any() else 0.0
    x = np.where(rated & pairable[:, None], scores - middle, 0.0)
    first, second = x.sum(axis=1), (x**2).sum(axis=1)
    apart = np.where(pairable, 2 * (n * second - first**2) / np.maximum(n - 1, 1), 0.0)
    features = np.column_stack([apart, np.where(pairable, n, 0.0), first, second])

    def formula(sums: FloatArray) -> FloatArray:
        expected = 2 * (sums[:, 1] * sums[:, 3] - sums[:, 2] ** 2)
        expected = np.where(expected > 1e-12 * np.abs(sums[:, 1] * sums[:, 3]), expected, 0.0)
        return 1 - divide((sums[:, 1] - 1) * sums[:, 0], expected)

    return simple("krippendorff_alpha", features, formula)
