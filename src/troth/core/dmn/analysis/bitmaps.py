"""Which rules overlap which? Sets of rules as the bits of whole numbers, one sweep a column.

Rule i is bit i. Two rules overlap where their codes meet in every column, so the rules that
overlap a rule are the AND of those that meet it, column by column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import or_

from troth.core.dmn.analysis.axes import Axis
from troth.core.dmn.analysis.runs import Runs

_LEAF = 8  # codes that share a leaf of the tree


def bits(mask: int) -> Iterator[int]:
    """The rules of a set, in order."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def mask_of(rules: Iterable[int]) -> int:
    """The set of rules."""
    return reduce(or_, (1 << rule for rule in rules), 0)


class _Starts:
    """Which rules have a run that begins within a run of codes: a tree over blocks of codes."""

    def __init__(self, size: int, sets: Sequence[Runs]) -> None:
        self._at: list[list[int]] = [[] for _ in range(size)]
        for rule, runs in enumerate(sets):
            for first, _ in runs:
                self._at[first].append(rule)
        self._leaves = max(1, -(-size // _LEAF))
        self._tree = [0] * (2 * self._leaves)
        for leaf in range(self._leaves):
            within = self._at[leaf * _LEAF : (leaf + 1) * _LEAF]
            self._tree[self._leaves + leaf] = mask_of(rule for rules in within for rule in rules)
        for node in range(self._leaves - 1, 0, -1):
            self._tree[node] = self._tree[2 * node] | self._tree[2 * node + 1]

    def within(self, first: int, end: int) -> int:
        """Those that begin at `first` or later, and before `end`."""
        low, high = -(-first // _LEAF), end // _LEAF
        if low >= high:
            return self._alone(first, end)
        mask = self._alone(first, low * _LEAF) | self._alone(high * _LEAF, end)
        low += self._leaves
        high += self._leaves
        while low < high:
            if low & 1:
                mask |= self._tree[low]
                low += 1
            if high & 1:
                high -= 1
                mask |= self._tree[high]
            low >>= 1
            high >>= 1
        return mask

    def _alone(self, first: int, end: int) -> int:
        return mask_of(rule for rules in self._at[first:end] for rule in rules)


def meeting(axis: Axis) -> dict[Runs, int]:
    """For each set of codes that a rule has: the rules whose codes meet it."""
    starts = _Starts(axis.size, axis.sets)
    ends: list[list[int]] = [[] for _ in range(axis.size + 1)]
    begins: list[list[int]] = [[] for _ in range(axis.size + 1)]
    for rule, runs in enumerate(axis.sets):
        for first, end in runs:
            begins[first].append(rule)
            ends[end].append(rule)
    asked: dict[int, set[tuple[int, int]]] = {}
    for runs in dict.fromkeys(axis.sets):
        for run in runs:
            asked.setdefault(run[0], set()).add(run)
    met: dict[tuple[int, int], int] = {}
    here = 0  # the rules that hold the code at which the sweep stands
    for code in range(axis.size):
        here = here & ~mask_of(ends[code]) if ends[code] else here
        here |= mask_of(begins[code])
        for run in asked.get(code, ()):
            met[run] = here | starts.within(code + 1, run[1])
    return {runs: reduce(or_, (met[run] for run in runs), 0) for runs in dict.fromkeys(axis.sets)}


def overlaps(axes: Sequence[Axis], rules: int) -> list[int]:
    """For each rule the set of all that match an input which it matches, itself among them.

    A rule that no input matches overlaps none.
    """
    live = mask_of(rule for rule in range(rules) if all(axis.sets[rule] for axis in axes))
    found = [live if live >> rule & 1 else 0 for rule in range(rules)]
    for axis in axes:
        whole = ((0, axis.size),)
        met = meeting(axis)
        for rule, runs in enumerate(axis.sets):
            if runs != whole and found[rule]:
                found[rule] &= met[runs]
    return found
