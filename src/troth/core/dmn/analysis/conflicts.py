"""Which inputs does no rule match, and which do several rules match that may not?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from troth.core.dmn.analysis.bitmaps import bits, mask_of
from troth.core.dmn.analysis.problem import Problem
from troth.core.dmn.analysis.records import Count, Finding, Kind
from troth.core.dmn.analysis.runs import common
from troth.core.dmn.analysis.search import Budget, BudgetError, wrong_parts
from troth.core.dmn.analysis.sentences import Part, at_point, within_part
from troth.core.dmn.models import HitPolicy

_PIECES = 50  # parts of gaps looked at for each gap that is told


def gaps(
    problem: Problem, overlaps: Sequence[int], most: int | None, budget: Budget
) -> tuple[list[Finding], Count, bool]:
    """(inputs that no rule matches, each gap as wide as it goes, how many, whether all was done)

    A rule that is not analysed counts as one that may match wherever its other cells do.
    """
    if _is_partition(problem, overlaps):
        return [], Count(found=0, is_exact=True), True
    rules = problem.boxes
    region = [axis.whole for axis in problem.axes]
    parts = wrong_parts(
        region, [(True, sets) for sets in rules], is_none_right=False, budget=budget
    )
    found: list[Part] = []
    is_done, is_all = True, True
    try:
        for pieces, part in enumerate(parts, 1):
            if not any(_is_within(part, gap) for gap in found):
                budget.spend(len(rules) * len(part))
                found.append(_grown(problem, part))
            if most is not None and (len(found) >= most or pieces >= most * _PIECES):
                is_all = False
                break
    except BudgetError:
        is_all = False
        is_done = bool(found)  # that gaps are left to find is told by the count
    count = Count(found=len(found), is_exact=is_all)
    return [_gap(problem, part) for part in found], count, is_done


def _is_partition(problem: Problem, overlaps: Sequence[int]) -> bool:
    """Whether no two rules overlap, and together they hold as many classes as there are."""
    if any(mask & (mask - 1) for mask in overlaps):
        return False
    held = sum(
        prod(sum(end - first for first, end in runs) for runs in box) for box in problem.boxes
    )
    return held == prod(axis.size for axis in problem.axes)


def _is_within(part: Part, gap: Part) -> bool:
    return all(
        low <= first and end <= high for (first, end), (low, high) in zip(part, gap, strict=True)
    )


def _grown(problem: Problem, part: Part) -> Part:
    """The gap made as wide as it goes, one axis after the other."""
    grown = list(part)
    for at, axis in enumerate(problem.axes):
        low, high = 0, axis.size
        first, end = grown[at]
        others = [(problem.axes[i].sets, run) for i, run in enumerate(grown) if i != at]
        for rule, runs in enumerate(axis.sets):
            if all(_meets(sets[rule], run) for sets, run in others):
                for start, stop in runs:
                    if stop <= first:
                        low = max(low, stop)
                    elif start >= end:
                        high = min(high, start)
        grown[at] = (low, high)
    return tuple(grown)


def _meets(runs: Sequence[tuple[int, int]], run: tuple[int, int]) -> bool:
    return any(first < run[1] and run[0] < end for first, end in runs)


def _gap(problem: Problem, part: Part) -> Finding:
    point = [first for first, _ in part]
    where = tuple(
        (axis.name, axis.text(*run)) for axis, run in zip(problem.axes, part, strict=True)
    )
    return Finding(
        kind=Kind.GAP,
        sentence=f"No rule matches {within_part(problem.axes, part)}.",
        witness=problem.witness(point),
        where=where,
    )


def disagreeing(problem: Problem, overlaps: Sequence[int]) -> tuple[list[int], set[int]]:
    """(for each rule the set of those that may not match with it, rules that nobody can judge)

    Of UNIQUE all that overlap it, of ANY those that surely answer otherwise.
    """
    known = ~problem.unknown
    if problem.box.hit_policy is HitPolicy.UNIQUE:
        return [
            mask & known & ~(1 << rule) if known >> rule & 1 else 0
            for rule, mask in enumerate(overlaps)
        ], set()
    answers = problem.answers
    alike: dict[int, int] = {}
    for rule, group in enumerate(answers.groups):
        alike[group] = alike.get(group, 0) | 1 << rule
    constant = mask_of(rule for rule, is_one in enumerate(answers.is_constant) if is_one)
    found, unsure = [], set()
    for rule, mask in enumerate(overlaps):
        others = mask & known & ~alike[answers.groups[rule]] if known >> rule & 1 else 0
        sure = others & constant if answers.is_constant[rule] else 0
        if others != sure:
            unsure.add(rule)
        found.append(sure)
    return found, unsure


def overlapping(
    problem: Problem, conflicts: Sequence[int], most: int | None
) -> tuple[list[Finding], Count]:
    """The pairs of rules that may not both match, each with an input that both do."""
    total = sum(mask.bit_count() for mask in conflicts) // 2
    found: list[Finding] = []
    for one, other in _pairs(conflicts):
        if most is not None and len(found) >= most:
            break
        found.append(_overlap(problem, one, other))
    return found, Count(found=total, is_exact=True)


def _pairs(conflicts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Pairs, the lower rule first: one of each rule, then another of each, and so on."""
    waiting = [
        (rule, partners)
        for rule, mask in enumerate(conflicts)
        if (partners := mask >> rule + 1 << rule + 1)
    ]
    while waiting:
        rest = []
        for rule, mask in waiting:
            other = next(bits(mask))
            yield rule, other
            mask &= mask - 1
            if mask:
                rest.append((rule, mask))
        waiting = rest


def _overlap(problem: Problem, one: int, other: int) -> Finding:
    point = [
        common(a, b)[0][0] for a, b in zip(problem.boxes[one], problem.boxes[other], strict=True)
    ]
    answers = problem.answers
    if answers.groups[one] == answers.groups[other]:
        tail = f"both answer {answers.text(one)}"
    else:
        tail = f"answer {answers.text(one)} and {answers.text(other)}"
    sentence = (
        f"Rules {one + 1} and {other + 1} both match "
        f"{at_point(problem.axes, point, (one, other))}, and {tail}."
    )
    return problem.finding(Kind.OVERLAP, (one, other), sentence, problem.witness(point))
