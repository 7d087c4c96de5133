"""Which few rules say what a grouping says, and of how many customers do they say the same?

A shallow decision tree is grown on the figures themselves. Each of its leaves is a rule: an
interval for some figures. Its limits are rounded to what people write, and only then counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DEEPEST = 4
_LEAVES_A_GROUP = 2
_SMALLEST_LEAF = 0.01  # of all customers


@dataclass(frozen=True, kw_only=True)
class Interval:
    """low < figure ≤ high; None: no limit."""

    low: float | None = None
    high: float | None = None

    @property
    def test(self) -> str:
        """As a unary test of FEEL."""
        if self.low is None:
            return f"<= {_text(self.high)}"
        if self.high is None:
            return f"> {_text(self.low)}"
        return f"({_text(self.low)}..{_text(self.high)}]"

    def holds(self, figures: NDArray[np.float64]) -> NDArray[np.bool_]:
        found = np.ones(len(figures), dtype=bool)
        if self.low is not None:
            found &= figures > self.low
        if self.high is not None:
            found &= figures <= self.high
        return found


@dataclass(frozen=True, kw_only=True)
class FoundRule:
    """One rule: where all its intervals hold, a customer is in the group."""

    group: int
    limits: dict[str, Interval]  # by figure
    customers: int  # that it takes, the rules before it having had theirs


@dataclass(frozen=True, kw_only=True)
class FoundRules:
    """A grouping in rules."""

    rules: tuple[FoundRule, ...]  # the first that holds decides; one always does
    share: float  # of the customers whom the rules put where the grouping has them


def rules_of(
    names: tuple[str, ...], raw: NDArray[np.float64], labels: NDArray[np.int64]
) -> FoundRules:
    """The rules of a grouping; `raw` is (customers, figures), not scaled."""
    groups = int(labels.max()) + 1
    # It takes longer to load than most commands run: not before somebody asks for rules.
    tree = (
        import_module("sklearn.tree")
        .DecisionTreeClassifier(
            max_depth=_DEEPEST,
            max_leaf_nodes=_LEAVES_A_GROUP * groups,
            min_samples_leaf=max(2, round(_SMALLEST_LEAF * len(raw))),
            random_state=0,
        )
        .fit(raw, labels)
    )
    are_whole = {
        name: bool((raw[:, at] == np.floor(raw[:, at])).all()) for at, name in enumerate(names)
    }
    leaves = _merged(_leaves(tree.tree_, names, are_whole))
    left = np.ones(len(raw), dtype=bool)
    said = np.full(len(raw), -1, dtype=np.int64)
    rules = []
    for group, limits in leaves:
        mine = left.copy()
        for name, interval in limits.items():
            mine &= interval.holds(raw[:, names.index(name)])
        if not mine.any():
            continue
        said[mine] = group
        left &= ~mine
        rules.append(FoundRule(group=group, limits=limits, customers=int(mine.sum())))
    return FoundRules(rules=tuple(rules), share=float((said == labels).mean()))


Limits = dict[str, Interval]


def _leaves(
    tree: Any, names: tuple[str, ...], are_whole: Mapping[str, bool]
) -> list[tuple[int, Limits]]:
    """(group, limits) of each leaf, from left to right."""
    left, right, value = tree.children_left, tree.children_right, tree.value
    found: list[tuple[int, Limits]] = []

    def walk(node: int, limits: Limits) -> None:
        if left[node] < 0:
            found.append((int(np.argmax(value[node][0])), limits))
            return
        name = names[tree.feature[node]]
        at = _rounded(float(tree.threshold[node]), are_whole[name])
        known = limits.get(name, Interval())
        walk(left[node], {**limits, name: Interval(low=known.low, high=at)})
        walk(right[node], {**limits, name: Interval(low=at, high=known.high)})

    walk(0, {})
    return found


def _merged(leaves: list[tuple[int, Limits]]) -> list[tuple[int, Limits]]:
    """Without the limits that a neighbour makes idle: two halves of one group are one rule."""
    found = list(leaves)
    at = 0
    while at + 1 < len(found):
        (group, mine), (other, theirs) = found[at], found[at + 1]
        joined = _joined(mine, theirs) if group == other else None
        if joined is None:
            at += 1
        else:
            found[at : at + 2] = [(group, joined)]
            at = max(at - 1, 0)
    return found


def _joined(mine: Limits, theirs: Limits) -> Limits | None:
    """What covers both, where they differ in one figure and touch in it."""
    apart = [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)]
    if len(apart) != 1 or apart[0] not in mine or apart[0] not in theirs:
        return None
    (name,) = apart
    if mine[name].high is None or mine[name].high != theirs[name].low:
        return None
    covered = Interval(low=mine[name].low, high=theirs[name].high)
    rest = {key: value for key, value in mine.items() if key != name}
    return rest if covered == Interval() else {**rest, name: covered}


def _rounded(limit: float, is_whole: bool) -> float:
    """Three digits that count. Between two counts the lower: ≤ 2.5 orders are ≤ 2."""
    if limit == 0:
        return 0.0
    digits = 3 - math.ceil(math.log10(abs(limit)))
    if is_whole and digits >= 0:
        return float(math.floor(limit))
    return float(round(limit, digits))


def _text(limit: float | None) -> str:
    assert limit is not None
    return str(int(limit)) if float(limit).is_integer() else repr(limit)
