"""Large-sample standard error of Cohen's kappa for two raters (Fleiss, Cohen and Everitt 1969)."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt


def cohen_kappa_error(table: npt.ArrayLike, *, level: float = 0.95) -> dict[str, float] | None:
    """`kappa`, `ase`, `low`, `high`, `ase0` (under chance agreement) and `z` from a square table of counts.

    None where kappa is undefined, or where the error under chance is 0. It needs many items: with fewer than
    some fifty the bootstrap is the better guide.
    """
    cells = np.asarray(table, dtype=np.float64)
    if cells.ndim != 2 or cells.shape[0] != cells.shape[1]:
        raise ValueError(f"a square table is needed, got shape {cells.shape}")
    n = float(cells.sum())
    if n == 0:
        return None
    p = cells / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, chance = float(np.trace(p)), float(rows @ columns)
    if 1 - chance < 1e-12:
        return None
    kappa = (observed - chance) / (1 - chance)
    both = columns[:, None] + rows[None, :]  # chance of category i as column plus category j as row
    own = np.diagonal(p) * (1 - (rows + columns) * (1 - kappa)) ** 2
    cross = (p * both**2).sum() - (np.diagonal(p) * np.diagonal(both) ** 2).sum()
    spread = float(own.sum() + (1 - kappa) ** 2 * cross - (kappa - chance * (1 - kappa)) ** 2)
    ase = math.sqrt(max(spread, 0.0) / n) / (1 - chance)
    null = chance + chance**2 - float((rows * columns * (rows + columns)).sum())
    ase0 = math.sqrt(max(null, 0.0) / n) / (1 - chance)
    if ase0 == 0:
        return None
    half = NormalDist().inv_cdf(0.5 + level / 2) * ase
    return {"kappa": kappa, "ase": ase, "low": kappa - half, "high": kappa + half, "ase0": ase0, "z": kappa / ase0}
