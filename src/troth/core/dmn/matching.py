"""Which rule of a table answers, at a cost that does not grow with the number of rules?

The columns are coded (`coded`), and the sets of rules that codes pass are met column by column.
Each set that was met once is a node with a way on for each code that was asked there, so that
asking again costs one look-up a column. Rules that are loose are run by FEEL, and so is all where
an input is none that the codes speak about: the answers are those of `Table.hit`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from troth.core.dmn.analysis.axes import Coding
from troth.core.dmn.analysis.bitmaps import bits
from troth.core.dmn.analysis.scales import Moments
from troth.core.dmn.coded import CodedColumn, CodedTable, coded_table, thresholds
from troth.core.dmn.models import HitPolicy, TableBox
from troth.core.dmn.tables import REFUSED, Hit, Table
from troth.core.feel.errors import FeelError
from troth.core.feel.evaluating import root
from troth.core.feel.running import Frame, Run
from troth.core.feel.values import NUMBERS, Value, incoming, kind_of

_KEPT_BYTES = 1 << 26  # of the sets of one table that are kept
_NODE_BYTES = 300
_CONSTANT_STEPS = 1_000_000
_EXACT = 1 << 53  # below it a whole number is the same as a float
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)

# A value of Python → its code; −1 where FEEL has to look at it.
_Coder = Callable[[Any], int]


class Leaf:
    """The rules that match, as far as codes tell, and what they answer."""

    __slots__ = ("hit", "kept", "last", "rules")

    def __init__(self, rules: int, hit: Hit | None) -> None:
        self.rules: Final = rules  # a set
        self.hit: Final = hit  # None: it depends on more than the codes
        self.kept: Any = None  # what the hit says, once it was read
        self.last: Any = None  # what was made of that for whoever asked last


class _Node(dict[Any, Any]):
    """The rules that are left before one column; by code the next node, or the leaf.

    Of a column of texts by the text itself, which saves asking for its code.
    """

    __slots__ = ("_code_of", "_column", "_owner", "_rules")

    def __init__(self, owner: Matcher, column: int, rules: int) -> None:
        self._owner, self._column, self._rules = owner, column, rules
        self._code_of = owner.by_text[column]

    def __missing__(self, key: Any) -> Any:
        code = key if self._code_of is None else self._code_of(key)
        if code < 0:
            return _NOWHERE
        found, is_kept = self._owner.step(self._column, self._rules, code)
        if is_kept:
            self[key] = found
        return found


class _Nowhere(dict[Any, Any]):
    """Where FEEL has to look."""

    def __missing__(self, key: Any) -> Any:
        return self


_NOWHERE = _Nowhere()


class Matcher:
    """A table of a single hit, ready to be asked often."""

    def __init__(self, box: TableBox, table: Table, names: Collection[str]) -> None:
        """`names` are those in scope."""
        self.coded: CodedTable = coded_table(box, names)
        self._table = table
        self._policy = box.hit_policy
        self._known: list[dict[int, Any]] = [{} for _ in range(len(self.coded.columns) + 1)]
        self._room = _KEPT_BYTES
        # Few codes first, so that there are few nodes.
        self._columns = sorted(self.coded.columns, key=lambda column: column.sets.size)
        coders = [_coder(column) for column in self._columns]
        # Texts name their way on; what else is equal to a number may be of another type.
        self.by_text = [
            code_of if column.kind == "string" else None
            for column, code_of in zip(self._columns, coders, strict=True)
        ]
        self._start = self._next(0, (1 << self.coded.size) - 1)
        self._coders: tuple[tuple[str, _Coder | None], ...] | None = None
        if all(column.kind and column.expression in names for column in self.coded.columns):
            self._coders = tuple(
                (column.expression, None if is_text else code_of)
                for column, code_of, is_text in zip(
                    self._columns, coders, self.by_text, strict=True
                )
            )

    @property
    def bound(self) -> int:
        """The steps of FEEL that are saved at most: whoever asks sets as many aside."""
        return self.coded.bound

    @cached_property
    def quick(self) -> Callable[[Mapping[str, Any]], Leaf | None]:
        """From inputs by name, as Python's values, to the rules that match; left out is null.

        None where FEEL has to read the inputs. The leaf's hit is None where FEEL has to look at
        rules or outputs: then `hit` tells.
        """
        start, coders = self._start, self._coders
        if coders is None:
            return lambda case: None

        def leaf(case: Mapping[str, Any]) -> Leaf | None:
            node = start
            get = case.get
            try:
                for name, code_of in coders:
                    node = node[get(name) if code_of is None else code_of(get(name))]
            except TypeError:  # a list is no text, and no key
                return None
            return node if type(node) is Leaf else None

        return leaf

    def hit(self, frame: Frame) -> Hit:
        """As `Table.hit`. Raises FeelBudgetError, also where that would just have been enough."""
        given = self._table.given(frame)
        if given is None:
            return REFUSED
        node = self._start
        for column, is_text in zip(self._columns, self.by_text, strict=True):
            value = given[column.place]
            node = node[value if is_text else column.code(value)]
        if type(node) is not Leaf:
            return self._table.settled(self._table.passing(given, frame), frame)
        return node.hit or self._table.settled(self._passing(node, given, frame), frame)

    def outcome(self, rules: int) -> Hit | None:
        """What a set of rules answers, where no more than the set has to be known."""
        if self._policy is HitPolicy.FIRST:
            rules &= -rules
        if rules & (self.coded.loose | self.coded.varying):
            return None
        try:
            return self._table.settled(list(bits(rules)), root(Run(steps=_CONSTANT_STEPS)))
        except FeelError:
            return None

    def _passing(self, leaf: Leaf, given: Sequence[Value], frame: Frame) -> list[int]:
        """The rules that match; of a table that takes the first, at least that one."""
        sure = leaf.rules & ~self.coded.loose
        if self._policy is HitPolicy.FIRST:
            sure &= -sure
        # All that are loose are run, as their steps count.
        loose = leaf.rules & self.coded.loose
        passing = [rule for rule in bits(loose) if self._table.matches(rule, given, frame)]
        return sorted((*bits(sure), *passing))

    def step(self, column: int, rules: int, code: int) -> tuple[Any, bool]:
        """(where a code leads from a set of rules, whether there is room to keep it)"""
        left = rules & self._columns[column].sets.at(code)
        found = self._next(column + 1, left)
        self._room -= _NODE_BYTES
        return found, self._room > 0

    def _next(self, column: int, rules: int) -> Any:
        found = self._known[column].get(rules)
        if found is None:
            if column < len(self._columns):
                found = _Node(self, column, rules)
            else:
                found = Leaf(rules, self.outcome(rules))
            if self._room > 0:
                self._known[column][rules] = found
                self._room -= _NODE_BYTES + self.coded.size // 7
        return found


def _coder(column: CodedColumn) -> _Coder:
    """From a value of Python to the code that `incoming` and `column.code` would give it."""
    coding, null = column.coding, column.null

    def general(value: Any) -> int:
        try:
            return column.code(incoming(value))
        except FeelError:
            return -1

    if coding is None:
        return _unasked(column.kind or "")
    is_line = coding.cuts is not None
    if column.kind == "number" and is_line:
        return _of_numbers(coding, null, general)
    if isinstance(coding.scale, Moments) and not coding.scale.is_local:
        return _of_instants(coding, null, general)
    if column.kind in ("string", "boolean") and not is_line:
        return _of_names(coding, null, str if column.kind == "string" else bool)
    return general


def _unasked(kind: str) -> _Coder:
    """No cell asks, but what is no value of the type is refused."""

    def code(value: Any) -> int:
        try:
            return 0 if value is None or kind_of(incoming(value)) == kind else -1
        except FeelError:
            return -1

    return code


def _of_names(coding: Coding, null: int, kind: type) -> _Coder:
    named, rest = coding.named, coding.rest

    def code(value: Any) -> int:
        if type(value) is kind:
            return named.get(value, rest)
        return null if value is None else -1

    return code


def _of_numbers(coding: Coding, null: int, general: _Coder) -> _Coder:
    """By floats, which never stand in another order than the numbers; where two are the same
    float, by the numbers themselves."""
    cuts = coding.cuts or ()
    floats = [float(key) for key, _ in cuts]
    codes = [coding.kept(raw) for raw in range(len(cuts) + 1)]
    ends = (*floats, float("inf"))
    rounded = NUMBERS.plus

    def code(value: Any) -> int:
        try:
            if type(value) is float and -_EXACT < value < _EXACT:
                near = value  # as it is written, it is that float again
            elif type(value) is int and -_EXACT < value < _EXACT:
                near = float(value)
            elif type(value) is Decimal and value.is_finite():
                near = float(rounded(value))
            else:
                return null if value is None else general(value)
        except ArithmeticError:
            return -1
        place = bisect_left(floats, near)
        return general(value) if ends[place] == near else codes[place]

    return code


def _of_instants(coding: Coding, null: int, general: _Coder) -> _Coder:
    """By instants of UTC; those of other zones are turned first."""
    starts: list[datetime] = []
    before = 0
    for at in thresholds(coding.cuts or (), -3):
        try:
            starts.append(_EPOCH + at * _MICRO)
        except OverflowError:
            before += at < 0
    codes = [coding.kept(raw) for raw in range(before, before + len(starts) + 1)]

    def code(value: Any) -> int:
        if type(value) is datetime and value.tzinfo is UTC:
            return codes[bisect_right(starts, value)]
        return null if value is None else general(value)

    return code
