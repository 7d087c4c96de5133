"""Which rule answers each row of a column table, asked as one expression of any SQL engine?

For the versions of one kind and scope: the version in force at each row's instant, and the rule of
its table. ibis renders the expression for DuckDB, PostgreSQL and Spark. Rows that it cannot answer
are marked, and FEEL answers them one by one; how many is told with the answers.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, Table

from troth.analysis.policy_automata import InexpressibleError
from troth.analysis.policy_conditions import any_of, conditions
from troth.analysis.policy_steps import MANY, joined_outcome
from troth.core.dmn.models import HitPolicy
from troth.core.policies.kinds import kind_named
from troth.core.policies.resolution import holding
from troth.core.policies.tables import PolicyTable
from troth.core.policies.timelines import Timeline, timeline
from troth.core.policies.versions import PolicyVersion

ENTRY = "entry"  # the column that the expression adds
BY_FEEL, NOTHING = -1, -2


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the versions of one scope answer for one row."""

    outputs: Mapping[str, Any]
    version: str  # the id of the version that answers; "" where none is in force
    rule: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SqlAnswers:
    """The answers to all rows, by the rows' keys."""

    by_key: Mapping[Any, Answer]
    by_feel: int  # how many rows FEEL answered one by one
    reasons: tuple[str, ...]  # why it had to


class SqlPolicies:
    """The versions of one kind and scope as an expression."""

    def __init__(
        self, kind: str, versions: Iterable[PolicyVersion], *, is_known_then: bool = False
    ) -> None:
        held = [version for version in versions if version.audience is None]
        self.kind = kind_named(kind)
        self.line: Timeline = timeline(held, is_known_then=is_known_then)
        self.reasons: list[str] = []
        self._answers: list[Answer] = []
        self._first: dict[int, int] = {}
        for version in held:
            self._first[id(version)] = len(self._answers)
            self._answers.append(Answer(outputs=version.outputs, version=version.id))
            for at, rule in enumerate(version.table.rules if version.table else ()):
                outputs = version.table.constant(at) if version.table else None
                found = Answer(outputs=outputs or {}, version=version.id, rule=rule.id)
                self._answers.append(found)

    def expression(self, cases: Table, at: str) -> Table:
        """The cases with `entry`: a place in the answers, NOTHING or BY_FEEL.

        `cases` has a column for each input that tables ask for, named as it is: numbers as
        decimals or integers, instants with their zone, texts, booleans; `at` names the column of
        the rows' instants. Raises InexpressibleError where it lacks a column.
        """
        self.reasons = []
        expression = cases
        outcomes: dict[int, IntegerValue] = {}
        entries = [item for item in self.line.entries if item is not None]
        for version in {id(item): item for item in entries}.values():
            if version.table is not None:
                expression, outcomes[id(version)] = self._outcome(version, expression)
        instant, kind = expression[at], expression[at].type()
        found: list[tuple[BooleanValue, IntegerValue]] = []
        ends = [*self.line.starts[1:], None]
        for start, end, held in zip(self.line.starts, ends, self.line.entries[1:], strict=True):
            if held is None:
                continue
            is_in = instant >= ibis.literal(start, kind)
            if end is not None:
                is_in &= instant < ibis.literal(end, kind)
            found.append((is_in, self._entry(held, outcomes.get(id(held)))))
        entry = ibis.cases(*found, else_=_whole(NOTHING)) if found else _whole(NOTHING)
        return expression.mutate(**{ENTRY: entry})

    def _entry(self, version: PolicyVersion, outcome: IntegerValue | None) -> IntegerValue:
        first = self._first[id(version)]
        if outcome is None:
            return _whole(first)
        return ibis.ifelse(outcome < 0, _whole(BY_FEEL), outcome + first)

    def _outcome(self, version: PolicyVersion, cases: Table) -> tuple[Table, IntegerValue]:
        table = version.table
        assert table is not None
        missing = [name for name in table.asked if name not in cases.columns]
        if missing:
            raise InexpressibleError(f"{version.id} asks for {missing[0]}: no column is called so")
        try:
            if len(table.rules) > MANY:
                return joined_outcome(table, cases)
            return cases, outcome_of(table, cases)
        except InexpressibleError as error:
            self.reasons.append(f"{version.id}: {error}")
            return cases, _whole(BY_FEEL)

    def answers(self, backend: Any, cases: Table, *, key: str, at: str) -> SqlAnswers:
        """Run it. Rows that only FEEL can answer are fetched with their inputs."""
        asked = self.expression(cases, at)
        names = [spec.name for spec in self.kind.inputs if spec.name in cases.columns]
        found = backend.to_pyarrow(asked.select(key, ENTRY)).to_pydict()
        by_key: dict[Any, Answer] = {}
        for row, entry in zip(found[key], found[ENTRY], strict=True):
            if entry != BY_FEEL:
                by_key[row] = self._answers[entry] if entry >= 0 else Answer(outputs={}, version="")
        left = len(found[key]) - len(by_key)
        if left:
            feels = asked.filter(asked[ENTRY] == BY_FEEL)
            kept = dict.fromkeys((key, at, *names))
            for case in backend.to_pyarrow(feels.select(*kept)).to_pylist():
                by_key[case[key]] = self._by_feel(case[at], {name: case[name] for name in names})
        why = tuple(self.reasons) or ("a rule, an output or an input needs FEEL",)
        return SqlAnswers(by_key=by_key, by_feel=left, reasons=why if left else ())

    def _by_feel(self, at: datetime, case: Mapping[str, Any]) -> Answer:
        chain = self.line.chain(at.astimezone(UTC))
        ((version, outputs, rule, faults, *_),) = holding(
            [chain], (), {name: _as_utc(value) for name, value in case.items()}, at=at
        ).answering
        return Answer(outputs=outputs, version=version.id, rule=rule, faults=faults)


def outcome_of(table: PolicyTable, cases: Table) -> IntegerValue:
    """The rule that answers, from 1; 0: none, BY_FEEL. Raises InexpressibleError."""
    matches, unfit = conditions(table, cases)
    uncertain = [table.constant(rule) is None for rule in range(len(matches))]
    found: list[tuple[BooleanValue, IntegerValue]] = [(unfit, _whole(BY_FEEL))]
    order = _order(table)
    if table.hit is not HitPolicy.FIRST:
        doubtful = [match for match, is_so in zip(matches, uncertain, strict=True) if is_so]
        found.append((any_of(doubtful), _whole(BY_FEEL)))
        found.append((_is_at_odds(table, matches, uncertain), _whole(BY_FEEL)))
    for rule in order:
        outcome = _whole(BY_FEEL if uncertain[rule] else rule + 1)
        found.append((matches[rule], outcome))
    return ibis.cases(*found, else_=_whole(0))


def _order(table: PolicyTable) -> list[int]:
    """The rules, the one first that answers where several match."""
    rules = list(range(len(table.rules)))
    if table.hit is not HitPolicy.PRIORITY:
        return rules

    def compare(one: int, other: int) -> int:
        hit = table.matcher.outcome(1 << one | 1 << other)
        return one - other if hit is None or hit.rule is None else -1 if hit.rule == one else 1

    return sorted(rules, key=functools.cmp_to_key(compare))


def _is_at_odds(
    table: PolicyTable, matches: Sequence[BooleanValue], uncertain: Sequence[bool]
) -> BooleanValue:
    """Whether rules match that may not match together: FEEL says what answers then."""
    groups: list[list[int]] = []
    for rule in (rule for rule, is_so in enumerate(uncertain) if not is_so):
        alike = next((group for group in groups if not _differ(table, group[0], rule)), None)
        if alike is None:
            groups.append([rule])
        else:
            alike.append(rule)
    if len(groups) < 2:
        return ibis.literal(False)
    found = [any_of([matches[rule] for rule in group]).cast("int32") for group in groups]
    return functools.reduce(lambda one, other: one + other, found) > 1


def _differ(table: PolicyTable, one: int, other: int) -> bool:
    hit = table.matcher.outcome(1 << one | 1 << other)
    return hit is None or hit.fault is not None


def _whole(value: int) -> IntegerValue:
    return ibis.literal(value, "int32")


def _as_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
