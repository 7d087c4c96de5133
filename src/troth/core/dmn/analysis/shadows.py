"""Which rules never decide, change nothing, or decide where a reader expects another?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from troth.core.dmn.analysis.bitmaps import bits
from troth.core.dmn.analysis.cells import ALL
from troth.core.dmn.analysis.problem import Problem
from troth.core.dmn.analysis.records import Finding, Kind
from troth.core.dmn.analysis.runs import Runs, common
from troth.core.dmn.analysis.search import Budget, wrong_parts
from troth.core.dmn.analysis.sentences import at_point, rules_text
from troth.core.dmn.models import HitPolicy

_MOST_PARTNERS = 50  # rules that one rule is compared with before it counts as not misleading


class Shadows:
    """Looks at each rule of a table together with those that overlap it.

    `overlaps` are those of `bitmaps.overlaps`, `conflicts` the pairs that may not both match, as
    of `conflicts.disagreeing`.
    """

    def __init__(self, problem: Problem, overlaps: Sequence[int], conflicts: Sequence[int]) -> None:
        self._problem, self._conflicts = problem, conflicts
        self._overlaps = overlaps
        self._policy = problem.box.hit_policy
        self._order = problem.answers.order()
        self._place = {rule: place for place, rule in enumerate(self._order)}
        self._beaters = [0] * problem.size  # the rules that decide before a rule
        above = 0
        for rule in self._order:
            self._beaters[rule] = above
            above |= 1 << rule
        self._alike: dict[int, int] = {}
        for rule, group in enumerate(problem.answers.groups):
            self._alike[group] = self._alike.get(group, 0) | 1 << rule

    def _escape(
        self, region: Sequence[Runs], rules: Sequence[tuple[bool, int]], *, is_none_right: bool,
        budget: Budget,
    ) -> tuple[int, ...] | None:  # fmt: skip
        """A point of a region where a wrong rule decides; None where there is none."""
        problem = self._problem
        parts = wrong_parts(
            region,
            [(is_right, problem.boxes[rule]) for is_right, rule in rules],
            is_none_right=is_none_right,
            budget=budget,
        )
        part = next(parts, None)
        return None if part is None else tuple(first for first, _ in part)

    def _live(self, rule: int) -> bool:
        return bool(self._overlaps[rule]) and not self._problem.unknown >> rule & 1

    def _known(self, mask: int) -> list[int]:
        return list(bits(mask & ~self._problem.unknown))

    def masked(self, budget: Budget) -> Iterator[tuple[int, Finding | None]]:
        """(a rule, what is found about it) for each that other rules may beat."""
        idle = 0  # what a masked rule matches, those above it match as well
        for rule in self._order:
            if not self._live(rule):
                continue
            found = None
            above = self._known(self._overlaps[rule] & self._beaters[rule] & ~idle)
            if above:
                sets = self._problem.boxes[rule]
                right = [(True, other) for other in above]
                if self._escape(sets, right, is_none_right=False, budget=budget) is None:
                    found = self._masked(rule, above)
                    idle |= 1 << rule
            yield rule, found

    def _masked(self, rule: int, above: list[int]) -> Finding:
        problem = self._problem
        sets = problem.boxes[rule]
        above = sorted(above, key=self._place.__getitem__)
        point = tuple(runs[0][0] for runs in sets)
        decides = next(other for other in above if problem.matches(other, point))
        alone = next((o for o in above if _contains(problem.boxes[o], sets)), None)
        by = [decides] if alone is None else [alone]
        if alone is None:
            why = f"{rules_text(above)} together match all that it matches, and decide there"
            by = above
        else:
            why = f"rule {alone + 1} matches all that it matches, and decides there"
            decides = alone
        sentence = (
            f"Rule {rule + 1} never decides: {why}; "
            f"{at_point(problem.axes, point, (rule, decides))}, rule {decides + 1} answers "
            f"{problem.answers.text(decides)}."
        )
        # Of several that match the point, the first decides.
        first = next(other for other in above if problem.matches(other, point))
        return problem.finding(Kind.MASKED, (rule, *by), sentence, problem.witness(point, first))

    def redundant(self, masked: set[int], budget: Budget) -> Iterator[tuple[int, Finding | None]]:
        """(a rule, what is found about it) for each that decides somewhere."""
        for rule in range(self._problem.size):
            if self._live(rule) and rule not in masked:
                yield rule, self._redundant(rule, budget)

    def _redundant(self, rule: int, budget: Budget) -> Finding | None:
        problem = self._problem
        answers = problem.answers
        others = self._overlaps[rule] & ~(1 << rule)
        if others & problem.unknown:
            return None  # what it answers there is not known
        is_none_right = answers.groups[rule] == answers.default_group
        alike = self._alike[answers.groups[rule]]
        if self._policy in (HitPolicy.UNIQUE, HitPolicy.ANY):
            if self._conflicts[rule]:
                return None  # it is told as an overlap
            if self._policy is HitPolicy.ANY and others & ~alike:
                return None
            above = 0
        else:
            above = others & self._beaters[rule]
        below = others & ~above
        if not below & alike and not is_none_right:
            return None
        order = sorted(bits(others), key=self._place.__getitem__)
        rules = [(bool((above | alike) >> other & 1), other) for other in order]
        sets = problem.boxes[rule]
        if self._escape(sets, rules, is_none_right=is_none_right, budget=budget) is not None:
            return None
        # Where it decides, and so another would: nobody above it matches there.
        blocked = [(True, other) for other in bits(above)]
        point = self._escape(sets, blocked, is_none_right=False, budget=budget)
        return None if point is None else self._told_redundant(rule, order, point)

    def _told_redundant(self, rule: int, order: list[int], point: tuple[int, ...]) -> Finding:
        problem = self._problem
        instead = next((other for other in order if problem.matches(other, point)), None)
        who = "the default" if instead is None else f"rule {instead + 1}"
        if instead is None and not problem.answers.has_default:
            who = "a table in which no rule matches"
        sentence = (
            f"Rule {rule + 1} could go: without it every answer stays; "
            f"{at_point(problem.axes, point, (rule,))}, {who} answers "
            f"{problem.answers.text(rule)} as well."
        )
        rules = (rule,) if instead is None else (rule, instead)
        return problem.finding(Kind.REDUNDANT, rules, sentence, problem.witness(point, rule))

    def misleading(self, masked: set[int], budget: Budget) -> Iterator[tuple[int, Finding | None]]:
        """(a rule, what is found about it) for each of a PRIORITY table that has a `-`."""
        if self._policy is not HitPolicy.PRIORITY:
            return
        for rule in range(self._problem.size):
            has_dash = any(column[rule].test == ALL for column in self._problem.cells)
            if has_dash and self._live(rule) and rule not in masked:
                yield rule, self._misleading(rule, budget)

    def _misleading(self, rule: int, budget: Budget) -> Finding | None:
        problem = self._problem
        over = self._overlaps[rule] & ((1 << rule) - 1) & ~self._beaters[rule]
        above = [(True, other) for other in self._known(self._overlaps[rule] & self._beaters[rule])]
        if self._overlaps[rule] & self._beaters[rule] & problem.unknown:
            return None
        tried = 0
        for other in self._known(over):
            if not problem.answers.differ(rule, other):
                continue
            tried += 1
            if tried > _MOST_PARTNERS:
                return None
            both = tuple(
                common(a, b) for a, b in zip(problem.boxes[rule], problem.boxes[other], strict=True)
            )
            point = self._escape(both, above, is_none_right=False, budget=budget)
            if point is not None:
                return self._told_misleading(rule, other, point)
        return None

    def _told_misleading(self, rule: int, other: int, point: tuple[int, ...]) -> Finding:
        problem = self._problem
        answers = problem.answers
        sentence = (
            f"Rule {rule + 1} misleads: it stands below rule {other + 1}, but its output has "
            f"priority; {at_point(problem.axes, point, (rule, other))}, the answer is "
            f"{answers.text(rule)} and not {answers.text(other)}."
        )
        witness = problem.witness(point, rule)
        return problem.finding(Kind.MISLEADING, (rule, other), sentence, witness)


def _contains(outer: Sequence[Runs], inner: Sequence[Runs]) -> bool:
    return all(common(a, b) == b for a, b in zip(outer, inner, strict=True))
