"""Is there an input at which the first rule that matches is a wrong one, and which?

A region of classes is split until, in each part, one rule that matches everywhere there decides,
or only right ones are left; a part where a wrong one decides holds the input that was asked for.
This settles gaps (no rule is wrong, having none is), masked rules and redundant ones. To tell
whether boxes cover a region is NP-hard in the number of columns, so the work has a budget.
Splits are chosen as in a k-d tree for boxes: where the halves are small and cut few of them
(compare Chan, "Klee's measure problem made easy", FOCS 2013).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from troth.core.dmn.analysis.runs import Runs, common

# A rule within a region: (whether it is a right one, its codes for each axis). None instead of
# codes: all of the region's.
_Clipped = tuple[bool, tuple["Runs | None", ...]]
_Region = tuple[tuple[int, int], ...]

_MOST_PLACES = 512  # at which a split is tried, for each axis


class BudgetError(Exception):
    """The work that may be done is done."""


class Budget:
    """How many looks at a rule within a region are left; the unit of the analysis' work."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def spend(self, looks: int) -> None:
        """Raises BudgetError where none is left."""
        self.left -= looks
        if self.left < 0:
            raise BudgetError

    @contextmanager
    def half(self) -> Iterator[Budget]:
        """Half of it for one question; what that does not spend stays for the next."""
        part = Budget(self.left - self.left // 2)
        self.left -= part.left
        try:
            yield part
        finally:
            self.left += max(part.left, 0)


def wrong_parts(
    region: Sequence[Runs],
    rules: Sequence[tuple[bool, Sequence[Runs]]],
    *,
    is_none_right: bool,
    budget: Budget,
) -> Iterator[_Region]:
    """Parts of a region, a run of codes for each axis, in each of which a wrong rule decides.

    `rules` are (whether it is a right one, its codes for each axis), the first of them deciding;
    `is_none_right` says whether it is right that none matches. Raises BudgetError.
    """
    for part in _boxes(region):
        budget.spend(len(rules))
        clipped = []
        for is_right, sets in rules:
            found = _clipped(sets, part)
            if found is not None:
                clipped.append((is_right, found))
                if not any(found):
                    break  # it matches everywhere: what comes after it never decides
        yield from _wrong(part, clipped, is_none_right, budget)


def _boxes(region: Sequence[Runs]) -> Iterator[_Region]:
    if not region:
        yield ()
        return
    for rest in _boxes(region[1:]):
        for run in region[0]:
            yield (run, *rest)


def _clipped(sets: Sequence[Runs], part: _Region) -> tuple[Runs | None, ...] | None:
    found: list[Runs | None] = []
    for runs, (first, end) in zip(sets, part, strict=True):
        if len(runs) == 1:
            ((low, high),) = runs
            if low <= first and high >= end:
                found.append(None)
                continue
            if high <= first or low >= end:
                return None
            found.append(((low if low > first else first, high if high < end else end),))
            continue
        kept = common(runs, ((first, end),))
        if not kept:
            return None
        found.append(None if kept == ((first, end),) else kept)
    return tuple(found)


def _wrong(
    part: _Region, rules: list[_Clipped], is_none_right: bool, budget: Budget
) -> Iterator[_Region]:
    waiting = [(part, rules)]
    while waiting:
        part, rules = waiting.pop()
        budget.spend(len(rules) + 1)
        rules, is_closed = _deciding(rules)
        is_right = {right for right, _ in rules}
        if not is_closed:
            is_right.add(is_none_right)
        if is_right == {True}:
            continue
        if is_right == {False}:
            yield part
            continue
        axis, place = _split(part, rules)
        halves = _halves(part, rules, axis, place)
        # What is smaller is done first: there a wrong one shows soonest.
        waiting += sorted(halves, key=lambda half: -len(half[1]))


def _deciding(rules: list[_Clipped]) -> tuple[list[_Clipped], bool]:
    """Those up to the first that matches everywhere, and whether there is such a one."""
    for at, (_, sets) in enumerate(rules):
        if not any(sets):
            return rules[: at + 1], True
    return rules, False


def _split(part: _Region, rules: list[_Clipped]) -> tuple[int, int]:
    """The axis and the place of the best split.

    The cost of a half is its number of rules to the power 1.5, so that both uneven halves and
    rules that lie in both are dear.
    """
    best: tuple[float, int, int] | None = None
    for axis in range(len(part)):
        starts, ends = [], []
        places: set[int] = set()
        first, end = part[axis]
        for _, sets in rules:
            runs = sets[axis]
            if runs is None:
                continue
            starts.append(runs[0][0])
            ends.append(runs[-1][1])
            for run in runs:
                places.update(run)
        places -= {first, end}
        if not places:
            continue
        starts.sort()
        ends.sort()
        both = len(rules) - len(starts)
        for place in _some(places):
            left = both + bisect_left(starts, place)
            right = both + len(ends) - bisect_left(ends, place + 1)
            cost = left * left**0.5 + right * right**0.5
            if best is None or (cost, axis, place) < best:
                best = (cost, axis, place)
    if best is None:
        raise AssertionError("a rule that matches a part of a region has an end within it")
    return best[1], best[2]


def _some(places: set[int]) -> list[int]:
    """All places in order, or, of very many, so many with the same distance between them."""
    ordered = sorted(places)
    return ordered[:: -(-len(ordered) // _MOST_PLACES)]


def _halves(
    part: _Region, rules: list[_Clipped], axis: int, place: int
) -> list[tuple[_Region, list[_Clipped]]]:
    first, end = part[axis]
    left: list[_Clipped] = []
    right: list[_Clipped] = []
    for rule in rules:
        is_right, sets = rule
        runs = sets[axis]
        if runs is None:
            left.append(rule)
            right.append(rule)
            continue
        for kept, low, high in ((left, first, place), (right, place, end)):
            if runs[-1][1] <= low or runs[0][0] >= high:
                continue
            if len(runs) == 1:
                ((start, stop),) = runs
                inner: Runs = ((start if start > low else low, stop if stop < high else high),)
            else:
                inner = common(runs, ((low, high),))
            if inner:
                whole = None if inner == ((low, high),) else inner
                kept.append((is_right, (*sets[:axis], whole, *sets[axis + 1 :])))
    return [
        ((*part[:axis], (first, place), *part[axis + 1 :]), left),
        ((*part[:axis], (place, end), *part[axis + 1 :]), right),
    ]
