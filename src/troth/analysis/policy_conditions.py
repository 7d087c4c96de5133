"""When does a row of a column table match a rule? As conditions that any SQL engine runs.

Generated from the coded cells: each column's inputs are cut where a cell changes its answer, and a
cell is the intervals between cuts that it passes. Literals have the column's own scale, so that
decimals are compared as decimals. What engines read in ways of their own (the order of texts,
which a collation decides, and times of day, which a session's zone does) is left to FEEL.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, Table, Value

from troth.analysis.policy_automata import Asked, InexpressibleError, asked_of
from troth.core.dmn.analysis.scales import Days, Moments, Numbers
from troth.core.dmn.coded import thresholds
from troth.core.policies.tables import PolicyTable

_DAY = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ALWAYS, _NEVER = ibis.literal(True), ibis.literal(False)


class ColumnConditions:
    """One column of a table, over one column of cases."""

    def __init__(self, asked: Asked, value: Value) -> None:
        """Raises InexpressibleError."""
        self._value = value
        self._column = asked.column
        coding = asked.column.coding
        assert coding is not None
        self._edges: list[Any] | None = None  # the values from which the next class begins
        if asked.type in ("number", "instant"):
            self._edges = _edges(asked, value)
            self._raw = [coding.kept(raw) for raw in range(len(self._edges) + 1)]
        elif coding.cuts is not None:
            raise InexpressibleError(f"`{asked.input}` is compared by the order of texts")
        else:
            self._named = coding.named
            self._rest = coding.rest

    def rule(self, rule: int) -> BooleanValue:
        """Whether a row passes the cell of a rule; never null."""
        column = self._column
        codes = {code for code in range(column.sets.size) if column.sets.at(code) >> rule & 1}
        return self._is_among(codes)

    def unfit(self) -> BooleanValue:
        """Whether the value is none that the table takes."""
        return self._is_among({-1})

    def code(self, null: int) -> IntegerValue:
        """The code of each row's value; −1 where there is none for it."""
        if self._edges is not None:
            found = self._halved(0, len(self._raw))
        else:
            named = [
                (self._value == name, ibis.literal(code, "int32"))
                for name, code in self._named.items()
            ]
            rest = ibis.literal(self._rest, "int32")
            found = ibis.cases(*named, else_=rest) if named else rest
        return ibis.ifelse(self._value.isnull(), ibis.literal(null, "int32"), found)

    def _halved(self, first: int, end: int) -> IntegerValue:
        """By halving, so that no row is compared with more edges than it takes."""
        if end - first == 1:
            return ibis.literal(self._raw[first], "int32")
        middle = (first + end) // 2
        edge = (self._edges or [])[middle - 1]
        return ibis.ifelse(
            self._value < edge, self._halved(first, middle), self._halved(middle, end)
        )

    def _is_among(self, codes: set[int]) -> BooleanValue:
        every = set(range(self._column.sets.size))
        if codes >= every and -1 not in self._known():
            return _ALWAYS
        found = [self._intervals(codes)] if self._edges is not None else [self._names(codes)]
        known = self._value.notnull() & any_of(found)
        return known | self._value.isnull() if self._column.null in codes else known

    def _known(self) -> set[int]:
        if self._edges is not None:
            return set(self._raw)
        return {*self._named.values(), self._rest}

    def _names(self, codes: set[int]) -> BooleanValue:
        if self._rest in codes:
            without = [name for name, code in self._named.items() if code not in codes]
            return self._value.notin(without) if without else _ALWAYS
        named = [name for name, code in self._named.items() if code in codes]
        return self._value.isin(named) if named else _NEVER

    def _intervals(self, codes: set[int]) -> BooleanValue:
        edges = self._edges or []
        found, start = [], -1
        for raw, code in enumerate([*self._raw, None]):
            if code in codes and start < 0:
                start = raw
            elif code not in codes and start >= 0:
                after = [self._value >= edges[start - 1]] if start else []
                before = [self._value < edges[raw - 1]] if raw <= len(edges) else []
                found.append(all_of([*after, *before]))
                start = -1
        return any_of(found)


def _edges(asked: Asked, value: Value) -> list[Any]:
    """Literals of the column's own type; raises InexpressibleError."""
    coding = asked.column.coding
    cuts = () if coding is None else coding.cuts or ()
    scale = None if coding is None else coding.scale
    kind = value.type()
    if asked.type == "number":
        places = kind.scale if kind.is_decimal() else 0 if kind.is_integer() else None
        if places is None or not isinstance(scale, Numbers):
            raise InexpressibleError(f"`{asked.input}` is {kind}, no decimal of fixed scale")
        return [_number(at, kind) for at in thresholds(cuts, places)]
    is_moment = isinstance(scale, Moments) and not scale.is_local
    if not kind.is_timestamp() or not ((is_moment and not asked.part) or isinstance(scale, Days)):
        raise InexpressibleError(f"`{asked.column.expression}` is read in a zone")
    if isinstance(scale, Days):  # a day has come where its midnight in UTC has
        return [_instant(at * _DAY, kind) for at in thresholds(cuts, 0)]
    return [_instant(at, kind) for at in thresholds(cuts, -3)]


def _number(at: int, kind: Any) -> Any:
    if not kind.is_decimal():
        return ibis.literal(max(min(at, 2**63 - 1), -(2**63)), "int64")
    largest = 10**kind.precision
    if abs(at) >= largest:
        raise InexpressibleError(f"a cell's number has more digits than {kind}")
    return ibis.literal(Decimal(at).scaleb(-kind.scale), kind)


def _instant(at: int, kind: Any) -> Any:
    try:
        return ibis.literal(_EPOCH + timedelta(microseconds=at), kind)
    except OverflowError:
        raise InexpressibleError("a cell's instant lies beyond the years 1 to 9999") from None


def conditions(table: PolicyTable, cases: Table) -> tuple[list[BooleanValue], BooleanValue]:
    """(for each rule whether a row passes its coded cells, whether an input is refused)

    Raises InexpressibleError.
    """
    columns = [ColumnConditions(asked, cases[asked.input]) for asked in asked_of(table)]
    rules = range(table.matcher.coded.size)
    matches = [all_of([column.rule(rule) for column in columns]) for rule in rules]
    return matches, any_of([column.unfit() for column in columns])


def all_of(parts: Iterable[BooleanValue]) -> BooleanValue:
    """All of them, balanced so that no tree grows deep."""
    return _joined(operator.and_, [part for part in parts if part is not _ALWAYS], _ALWAYS)


def any_of(parts: Iterable[BooleanValue]) -> BooleanValue:
    """Any of them."""
    return _joined(operator.or_, [part for part in parts if part is not _NEVER], _NEVER)


def _joined(join: Any, parts: Sequence[BooleanValue], none: BooleanValue) -> BooleanValue:
    if len(parts) <= 2:
        return functools.reduce(join, parts) if parts else none
    middle = len(parts) // 2
    return join(_joined(join, parts[:middle], none), _joined(join, parts[middle:], none))
