"""Which codes of a column belong to a set? Runs of them, in order and apart from each other.

A run is (first, end), its end not in it; between two runs of a set lies at least one code.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

Runs = tuple[tuple[int, int], ...]


def joined(runs: Iterable[tuple[int, int]]) -> Runs:
    """The union of runs in any order, empty ones among them."""
    found: list[tuple[int, int]] = []
    for first, end in sorted(runs):
        if first >= end:
            continue
        if found and first <= found[-1][1]:
            if end > found[-1][1]:
                found[-1] = (found[-1][0], end)
        else:
            found.append((first, end))
    return tuple(found)


def common(one: Runs, other: Runs) -> Runs:
    """The intersection."""
    found = []
    a = b = 0
    while a < len(one) and b < len(other):
        first, end = max(one[a][0], other[b][0]), min(one[a][1], other[b][1])
        if first < end:
            found.append((first, end))
        if one[a][1] < other[b][1]:
            a += 1
        else:
            b += 1
    return tuple(found)


def without(size: int, runs: Runs) -> Runs:
    """All codes below a size that are not in the runs."""
    found = []
    at = 0
    for first, end in runs:
        if at < first:
            found.append((at, first))
        at = end
    if at < size:
        found.append((at, size))
    return tuple(found)


def in_common(many: Iterable[Runs], size: int) -> Runs:
    """The intersection of many sets of codes below a size."""
    return reduce(common, many, ((0, size),) if size else ())
