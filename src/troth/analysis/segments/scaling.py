"""How are figures of very different sizes made comparable, so that none outshouts the others?

Counts and amounts of customers are skewed over orders of magnitude: their logarithm is taken,
with its sign. Then the median is taken off and the distance of the quartiles divided by, which no
single customer moves. Where half of all have the same figure the quartiles may coincide; then the
standard deviation divides. Beyond 3 on that scale a figure counts as 3: far is far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FAR = 3.0
_IQR_OF_NORMAL = 1.349  # so that a bell curve keeps a standard deviation of 1
_RARE = 0.05  # a figure that fewer customers have than that tells groups apart by chance alone


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """Figures on one scale, and which of them could be used."""

    names: tuple[str, ...]
    raw: NDArray[np.float64]  # (customers, figures)
    values: NDArray[np.float64]  # the same, scaled


def scaled(names: tuple[str, ...], raw: NDArray[np.float64]) -> Scaled:
    """Figures scaled; those that somebody lacks, or that hardly differ, are left out."""
    kept, columns = [], []
    for at in range(raw.shape[1]):
        column = _column(raw[:, at])
        if column is not None:
            kept.append(at)
            columns.append(column)
    values = np.column_stack(columns) if columns else np.empty((len(raw), 0))
    return Scaled(names=tuple(names[at] for at in kept), raw=raw[:, kept], values=values)


def _column(figures: NDArray[np.float64]) -> NDArray[np.float64] | None:
    if not np.isfinite(figures).all():
        return None
    found = np.sign(figures) * np.log1p(np.abs(figures))
    middle = np.median(found)
    if (found != middle).mean() < _RARE:
        return None
    low, high = np.quantile(found, [0.25, 0.75])
    spread = (high - low) / _IQR_OF_NORMAL
    if spread < 1e-9:
        spread = float(found.std())
    clipped: NDArray[np.float64] = np.clip((found - middle) / spread, -_FAR, _FAR)
    return clipped
