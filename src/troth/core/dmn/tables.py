"""What does a decision table answer? (DMN 1.5, 8.2)"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cmp_to_key, reduce
from typing import NamedTuple

from troth.core.dmn.models import HitPolicy, TableBox
from troth.core.feel.arithmetic import NoValue, calculate
from troth.core.feel.comparing import equal, order
from troth.core.feel.compiling import Code
from troth.core.feel.running import Frame
from troth.core.feel.syntax import Form, UnaryTests
from troth.core.feel.types import Type, converted
from troth.core.feel.values import Value


class Hit(NamedTuple):
    """The rule that answers, from 0, and its outputs in the order of their clauses."""

    rule: int | None  # None: no rule does
    values: tuple[Value, ...]
    fault: str | None = None  # why none may, where rules match


REFUSED = Hit(None, (), "an input is not one that the table takes")


class Table:
    """A table whose cells were read: inputs, rules and outputs as code."""

    def __init__(
        self,
        box: TableBox,
        *,
        inputs: Sequence[tuple[Code, Type | None, Code | None]],
        rules: Sequence[tuple[tuple[Code, ...], tuple[Code, ...]]],
        outputs: Sequence[tuple[str | None, Type | None, Code | None]],
        priorities: Sequence[Sequence[Value]],
    ) -> None:
        self._box = box
        self._inputs = inputs
        self._rules = rules
        self._outputs = outputs
        self._priorities = priorities

    def run(self, frame: Frame) -> Value:
        """The table's answer in a frame."""
        matching = self._matching(frame)
        if matching is None:
            return None
        if not matching:
            return self._default(frame)
        return self._answer(matching, frame)

    def hit(self, frame: Frame) -> Hit:
        """Which rule of a table of a single hit answers (DMN 1.5, 8.2.10)."""
        given = self.given(frame)
        return REFUSED if given is None else self.settled(self.passing(given, frame), frame)

    def settled(self, matching: Sequence[int], frame: Frame) -> Hit:
        """What a table of a single hit answers where these rules match, in ascending order."""
        if not matching:
            return Hit(None, ())
        policy = self._box.hit_policy
        if policy is HitPolicy.UNIQUE and len(matching) > 1:
            return Hit(None, (), f"rules {_numbers(matching)} match, where one may")
        if policy in (HitPolicy.UNIQUE, HitPolicy.FIRST):
            return self._hit(matching[0], self._values(matching[0], frame))
        rows = [(rule, self._values(rule, frame)) for rule in matching]
        if policy is HitPolicy.ANY:
            if not all(equal(row, rows[0][1]) is True for _, row in rows):
                return Hit(None, (), f"rules {_numbers(matching)} match and answer differently")
            return self._hit(*rows[0])
        return self._hit(*min(rows, key=lambda item: self._rank(item[1])))

    def _hit(self, rule: int, values: list[Value]) -> Hit:
        fitted = [
            converted(value, kind)[0]
            for value, (_, kind, _) in zip(values, self._outputs, strict=True)
        ]
        return Hit(rule, tuple(fitted))

    def _matching(self, frame: Frame) -> list[int] | None:
        """The rules that match; None where an input is not one that the table takes."""
        given = self.given(frame)
        return None if given is None else self.passing(given, frame)

    def given(self, frame: Frame) -> list[Value] | None:
        """The inputs, as the columns' types want them; None, and noted, where one is refused."""
        given = []
        for code, kind, allowed in self._inputs:
            value, is_fit = converted(code(frame), kind)
            if not is_fit or (
                allowed is not None
                and value is not None
                and allowed(frame.inner({"?": value})) is not True
            ):
                frame.run.null(self._box.line, "an input is not one that the table takes")
                return None
            given.append(value)
        return given

    def passing(self, given: Sequence[Value], frame: Frame) -> list[int]:
        """The rules that match, cell by cell."""
        return [index for index in range(len(self._rules)) if self.matches(index, given, frame)]

    def matches(self, index: int, given: Sequence[Value], frame: Frame) -> bool:
        """Whether the inputs pass all cells of a rule, from 0."""
        frame.run.step()
        tests = self._rules[index][0]
        return all(
            test(frame.inner({"?": value})) is True
            for test, value in zip(tests, given, strict=False)
        )

    def _default(self, frame: Frame) -> Value:
        defaults = [code for _, _, code in self._outputs]
        if any(code is not None for code in defaults):
            return self._named([None if code is None else code(frame) for code in defaults])
        if self._box.hit_policy in _MANY and not self._box.aggregation:
            return [] if self._box.hit_policy is not HitPolicy.COLLECT else None
        return None

    def _named(self, values: list[Value]) -> Value:
        fitted = [
            converted(value, kind)[0]
            for value, (_, kind, _) in zip(values, self._outputs, strict=False)
        ]
        if len(self._outputs) == 1:
            return fitted[0]
        return {
            name or f"output {place}": value
            for place, ((name, _, _), value) in enumerate(
                zip(self._outputs, fitted, strict=False), 1
            )
        }

    def _values(self, rule: int, frame: Frame) -> list[Value]:
        return [code(frame) for code in self._rules[rule][1]]

    def _answer(self, matching: list[int], frame: Frame) -> Value:
        policy = self._box.hit_policy
        line = self._box.line
        if policy is HitPolicy.UNIQUE:
            if len(matching) > 1:
                return frame.run.null(line, f"rules {_numbers(matching)} match, where one may")
            return self._named(self._values(matching[0], frame))
        if policy is HitPolicy.FIRST:
            return self._named(self._values(matching[0], frame))
        rows = [self._values(rule, frame) for rule in matching]
        if policy is HitPolicy.ANY:
            if not all(equal(row, rows[0]) is True for row in rows):
                return frame.run.null(line, "rules match that answer differently")
            return self._named(rows[0])
        if policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER):
            rows.sort(key=self._rank)
        if policy is HitPolicy.PRIORITY:
            return self._named(rows[0])
        answers = [self._named(row) for row in rows]
        if policy is HitPolicy.COLLECT and self._box.aggregation:
            return self._aggregated(answers, frame)
        return answers

    def _rank(self, row: list[Value]) -> tuple[int, ...]:
        """Where its values stand among the output values, the most important first."""
        ranks = []
        for value, known in zip(row, self._priorities, strict=False):
            place = next((i for i, other in enumerate(known) if equal(value, other) is True), None)
            ranks.append(len(known) if place is None else place)
        return tuple(ranks)

    def _aggregated(self, answers: list[Value], frame: Frame) -> Value:
        try:
            return _AGGREGATORS[self._box.aggregation or ""](answers)
        except NoValue as reason:
            return frame.run.null(self._box.line, str(reason))


def _numbers(rules: Sequence[int]) -> str:
    return ", ".join(str(rule + 1) for rule in rules)


_MANY = (HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)


def _extreme(way: int) -> Callable[[list[Value]], Value]:
    def found(answers: list[Value]) -> Value:
        def compare(one: Value, other: Value) -> int:
            place = order(one, other)
            if place is None:
                raise NoValue("the outputs have no order")
            return place * way

        return min(answers, key=cmp_to_key(compare))

    return found


_AGGREGATORS: dict[str, Callable[[list[Value]], Value]] = {
    "SUM": lambda answers: reduce(lambda one, other: calculate("+", one, other), answers),
    "COUNT": lambda answers: Decimal(len(answers)),
    "MIN": _extreme(1),
    "MAX": _extreme(-1),
}


def listed(form: Form) -> tuple[Form, ...]:
    """The expressions of a list of output values."""
    return form.tests if isinstance(form, UnaryTests) else (form,)
