"""Which rules could be one? Those with the same answer that differ in one input alone.

A hint: the table answers as before. Where rules decide in their order, no rule with another answer
may stand between and overlap. The step is that of "table contraction" (Vanthienen and Dries,
"Illustration of a decision table tool", 1994), over intervals.
"""

from __future__ import annotations

from collections.abc import Sequence

from troth.core.dmn.analysis.problem import Problem
from troth.core.dmn.analysis.records import Count, Finding, Kind
from troth.core.dmn.analysis.runs import Runs, joined
from troth.core.dmn.analysis.sentences import rules_text
from troth.core.dmn.models import HitPolicy

_SINGLE = (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY, HitPolicy.FIRST)


def mergeable(
    problem: Problem, overlaps: Sequence[int], most: int | None
) -> tuple[list[Finding], Count]:
    """Groups of rules, each of which could be one rule."""
    found: list[Finding] = []
    count = 0
    if problem.box.hit_policy in _SINGLE:
        taken: set[int] = set()
        for axis in range(len(problem.axes)):
            for group in _groups(problem, overlaps, axis):
                if len(group) < 2 or taken & set(group):
                    continue
                taken.update(group)
                count += 1
                if most is None or len(found) < most:
                    found.append(_told(problem, axis, group))
    return found, Count(found=count, is_exact=True)


def _groups(problem: Problem, overlaps: Sequence[int], axis: int) -> list[list[int]]:
    alike: dict[tuple[object, ...], list[int]] = {}
    for rule in range(problem.size):
        if not overlaps[rule] or problem.unknown >> rule & 1:
            continue
        sets = problem.boxes[rule]
        key = (problem.answers.groups[rule], *sets[:axis], *sets[axis + 1 :])
        alike.setdefault(key, []).append(rule)
    found = []
    for rules in alike.values():
        if len(rules) > 1:
            found += _mergeable(problem, overlaps, axis, rules)
    return found


def _mergeable(
    problem: Problem, overlaps: Sequence[int], axis: int, rules: list[int]
) -> list[list[int]]:
    """Neighbours on the axis, so that the merged cell is no longer than one of theirs."""
    along = problem.axes[axis]
    groups: list[list[int]] = []
    reach: Runs = ()
    for rule in sorted(rules, key=lambda rule: along.sets[rule]):
        union = joined((*reach, *along.sets[rule]))
        is_shorter = along.edges is None or len(union) < len(reach) + len(along.sets[rule])
        if groups and is_shorter and _may_join(problem, overlaps, groups[-1], rule):
            groups[-1].append(rule)
            reach = union
        else:
            groups.append([rule])
            reach = along.sets[rule]
    return [sorted(group) for group in groups]


def _may_join(problem: Problem, overlaps: Sequence[int], group: list[int], rule: int) -> bool:
    if problem.box.hit_policy is not HitPolicy.FIRST:
        return True
    low, high = min(*group, rule), max(*group, rule)
    between = ((1 << high) - 1) & ~((1 << low + 1) - 1)
    groups = problem.answers.groups
    for member in (*group, rule):
        mask = overlaps[member] & between
        while mask:
            other = (mask & -mask).bit_length() - 1
            if groups[other] != groups[rule] or problem.unknown >> other & 1:
                return False
            mask &= mask - 1
    return True


def _told(problem: Problem, axis: int, group: list[int]) -> Finding:
    along = problem.axes[axis]
    runs = joined(run for rule in group for run in along.sets[rule])
    text = ", ".join(along.text(first, end) for first, end in runs)
    point = [runs[0][0] for runs in problem.boxes[group[-1]]]
    sentence = (
        f"{rules_text(group).capitalize()} could be one: they answer "
        f"{problem.answers.text(group[0])} and differ in `{along.name}` alone, which would be "
        f"`{text}`."
    )
    return problem.finding(Kind.MERGEABLE, group, sentence, problem.witness(point))
