"""Into which fifth does each customer fall, by recency, by frequency and by money?

Arthur M. Hughes, Strategic Database Marketing (1994), chapter 5: each of the three is cut into
fifths by itself, 5 the best. Real figures are tied (most customers bought once), and a cut
through equals would favour some of them at random. Here equals have the same score, the lower
one, so that nobody is put above somebody with the same figure. Where nothing is tied, the scores
are those of quantiles with linear interpolation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FIFTHS = 5


def fifths(figures: NDArray[np.float64]) -> NDArray[np.int64]:
    """1 to 5 for each figure, more being better. A single customer has 1."""
    if len(figures) < 2:
        return np.ones(len(figures), dtype=np.int64)
    below = np.searchsorted(np.sort(figures), figures, side="left")
    # Quantile j/5 lies at place j/5 of n - 1: the first that is not below the figure. Whole
    # numbers, so that a figure right on a quantile is not moved by rounding.
    return np.maximum(1, -(-FIFTHS * below // (len(figures) - 1))).astype(np.int64)


def scores(
    days_since_last: NDArray[np.float64],
    days_bought: NDArray[np.float64],
    money: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Recency, frequency and money of each customer who has bought, as (customers, 3)."""
    return np.column_stack([fifths(-days_since_last), fifths(days_bought), fifths(money)])
