"""Where does chance come from, so that the same seed gives the same company to the byte?

Each concern draws from a stream of its own, named in its seed. Streams are Python's Mersenne
Twister seeded by text (SHA-512 of the text), so they depend neither on the platform nor on
PYTHONHASHSEED, and a new draw in one concern does not move the others.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


def stream(seed: int, concern: str) -> Random:
    """The stream of one concern."""
    return Random(f"troth simulated company/{seed}/{concern}")


class Weighted(Generic[T]):
    """A choice among items in proportion to their weights."""

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        self._items = tuple(items)
        self._bounds = tuple(itertools.accumulate(weights))

    def pick(self, chance: Random) -> T:
        at = bisect.bisect_right(self._bounds, chance.random() * self._bounds[-1])
        return self._items[min(at, len(self._items) - 1)]


def poisson(chance: Random, mean: float) -> int:
    """A Poisson draw by inversion; for the small means of this simulation."""
    if mean > 30.0:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    left, count = chance.random() - math.exp(-mean), 0
    step = math.exp(-mean)
    while left > 0.0 and count < 200:
        count += 1
        step *= mean / count
        left -= step
    return count
