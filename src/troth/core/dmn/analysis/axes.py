"""Into which classes does a column fall, so that within one all cells say the same?

All places where a cell changes its answer are sorted once; what lies between two neighbours is one
class, its code the class's number. A class that no input can be in is dropped: between two whole
numbers that follow each other, outside of the values allowed. A column without an order, or of
texts that no cell orders, has one class a named value, and one for any other. Null, where it is
looked at, is the last class.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from troth.core.dmn.analysis.cells import Cell, Compare, Join, Not, Sure, Test, Unsure, values_of
from troth.core.dmn.analysis.runs import Runs, common, in_common, joined, without
from troth.core.dmn.analysis.scales import Cut, Scale, Texts
from troth.core.feel.text import feel_of
from troth.core.feel.values import Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """One input of a table, which one column or several ask about."""

    name: str  # the input expression
    columns: tuple[int, ...]  # which columns, from 0
    values: tuple[Value, ...]  # one for each code
    # For each code what an interval of it alone begins and ends with, as in ("[5", "10)"); ""
    # where it is open to that side. None where codes have no order.
    edges: tuple[tuple[str, str], ...] | None
    other: int | None  # the code of any text that no cell names
    sets: tuple[Runs, ...]  # the codes that match, for each rule
    column_sets: tuple[tuple[Runs, ...], ...]  # the same, column by column
    has_null: bool  # the last code is null

    @property
    def size(self) -> int:
        """How many codes there are."""
        return len(self.values)

    @property
    def whole(self) -> Runs:
        """All codes."""
        return ((0, self.size),) if self.size else ()

    def text(self, first: int, end: int) -> str:
        """A cell that matches a run of codes and nothing else."""
        if (first, end) == (0, self.size):
            return "-"
        is_null = self.has_null and end == self.size
        last = end - is_null
        inner = self._text(first, last) if first < last else ""
        return ", ".join(filter(None, (inner, "null" if is_null else "")))

    def _text(self, first: int, end: int) -> str:
        if self.edges is None:
            if self.other is not None and first <= self.other < end:
                named = (*self.values[:first], *self.values[end : self.size - self.has_null])
                return f"not({', '.join(map(feel_of, named))})" if named else "-"
            return ", ".join(feel_of(value) for value in self.values[first:end])
        opening, closing = self.edges[first][0], self.edges[end - 1][1]
        if opening and closing:
            is_point = opening[0] == "[" and closing[-1] == "]" and opening[1:] == closing[:-1]
            return opening[1:] if is_point else f"{opening}..{closing}"
        if opening:
            return f"{'>=' if opening[0] == '[' else '>'} {opening[1:]}"
        if closing:
            return f"{'<=' if closing[-1] == ']' else '<'} {closing[:-1]}"
        return "-"


class Coding:
    """The classes of one axis: from tests to codes."""

    def __init__(self, scale: Scale, tests: Iterable[Test], allowed: Sequence[Test]) -> None:
        self._scale = scale
        compared = [part for test in (*tests, *allowed) for part in _compares(test)]
        keys = {key for part in compared if (key := scale.key(part.value)) is not None}
        is_line = scale.is_ordered and (
            not isinstance(scale, Texts) or any(part.sign not in ("=", "!=") for part in compared)
        )
        self._cuts: list[Cut] = []
        self._places: dict[object, int] = {}
        if is_line:
            cuts: set[Cut] = set()
            for part in compared:
                cuts.update(cut for cut in self._ends(part) if cut is not None)
            self._cuts = sorted(cuts)
            self._raw = len(self._cuts) + 1
            picked = [scale.pick(*self._between(code)) for code in range(self._raw)]
            values = [None if key is None else scale.value(key) for key in picked]
            is_there = [key is not None for key in picked]
        else:
            known = sorted(keys | set(_universe(scale)), key=str)
            self._places = {key: place for place, key in enumerate(known)}
            values = [scale.value(key) for key in known]
            if scale.universe is None:
                values.append(_another(keys))
            self._raw = len(values)
            is_there = [True] * self._raw
        self._is_line = is_line
        self._new: list[int] = list(range(self._raw + 1))
        passing = in_common((self.true(test) for test in allowed), self._raw)
        self._keep(is_there, passing)
        self.values = tuple(v for v, kept in zip(values, self._kept, strict=True) if kept)

    def _keep(self, is_there: list[bool], passing: Runs) -> None:
        allowed = [False] * self._raw
        for first, end in passing:
            allowed[first:end] = [True] * (end - first)
        self._kept = [there and may for there, may in zip(is_there, allowed, strict=True)]
        new = [0]
        for kept in self._kept:
            new.append(new[-1] + kept)
        self._new = new

    def _between(self, code: int) -> tuple[Cut | None, Cut | None]:
        return (
            self._cuts[code - 1] if code else None,
            self._cuts[code] if code < len(self._cuts) else None,
        )

    def _ends(self, part: Compare) -> tuple[Cut | None, Cut | None]:
        """The cuts between which a comparison is true; of `!=`, false."""
        key = self._scale.key(part.value)
        if key is None:
            return None, None
        match part.sign:
            case "<":
                return None, (key, 0)
            case "<=":
                return None, (key, 1)
            case ">":
                return (key, 1), None
            case ">=":
                return (key, 0), None
        return self._scale.around(key)

    @property
    def scale(self) -> Scale:
        """How its values lie."""
        return self._scale

    @property
    def cuts(self) -> Sequence[Cut] | None:
        """Where one class ends and the next begins, ascending; None where it has no order."""
        return self._cuts if self._is_line else None

    @property
    def named(self) -> Mapping[object, int]:
        """The codes of the keys that cells name, of an axis without cuts; −1: no input's."""
        return {key: self.kept(raw) for key, raw in self._places.items()}

    def code(self, value: Value) -> int:
        """The code of an input but null; −1 where none is there for it."""
        key = self._scale.key(value)
        if key is None:
            return -1
        if self._is_line:
            return self.kept(bisect_right(self._cuts, (key, 0)))
        if key in self._places:
            return self.kept(self._places[key])
        return self.rest

    @property
    def rest(self) -> int:
        """Of an axis without cuts the code of what no cell names; −1 where there is none."""
        other = self.other()
        return -1 if other is None else other

    def kept(self, raw: int) -> int:
        """The code of so many cuts at or before an input; −1 where no input can be there."""
        return self._new[raw] if self._kept[raw] else -1

    def true(self, test: Test) -> Runs:
        """The codes that pass."""
        return self._renumbered(self._sides(test)[0])

    def _renumbered(self, runs: Runs) -> Runs:
        return joined((self._new[first], self._new[end]) for first, end in runs)

    def _sides(self, test: Test) -> tuple[Runs, Runs]:
        """(where a test is true, where it is false), in raw codes; null is neither."""
        every: Runs = ((0, self._raw),)
        match test:
            case Compare():
                return self._compared(test)
            case Join(is_and=is_and, parts=parts):
                sides = [self._sides(part) for part in parts]
                trues, falses = [side[0] for side in sides], [side[1] for side in sides]
                if is_and:
                    return in_common(trues, self._raw), joined(r for runs in falses for r in runs)
                return joined(r for runs in trues for r in runs), in_common(falses, self._raw)
            case Not(part=part):
                true, false = self._sides(part)
                return false, true
            case Sure(part=part):
                true = self._sides(part)[0]
                return true, without(self._raw, true)
            case Unsure():
                return (), ()
        return every, ()

    def _compared(self, part: Compare) -> tuple[Runs, Runs]:
        is_equality = part.sign in ("=", "!=")
        every: Runs = ((0, self._raw),)
        if part.value is None:  # no input but null equals null, and none has an order with it
            if not is_equality:
                return (), ()
            return ((), every) if part.sign == "=" else (every, ())
        key = self._scale.key(part.value)
        if key is None or not (is_equality or self._scale.is_ordered):
            return (), ()
        if self._is_line:
            low, high = self._ends(part)
            first = 0 if low is None else bisect_left(self._cuts, low) + 1
            end = self._raw if high is None else bisect_left(self._cuts, high) + 1
            true: Runs = ((first, end),) if first < end else ()
        else:
            true = ((self._places[key], self._places[key] + 1),)
        false = without(self._raw, true)
        return (false, true) if part.sign == "!=" else (true, false)

    def other(self) -> int | None:
        """As `Axis.other`."""
        has_other = not self._is_line and self._scale.universe is None and self._kept[-1]
        return len(self.values) - 1 if has_other else None

    def edges(self) -> tuple[tuple[str, str], ...] | None:
        """As `Axis.edges`."""
        if not self._is_line:
            return None
        every = [self._edge(*self._between(code)) for code in range(self._raw)]
        return tuple(edge for edge, kept in zip(every, self._kept, strict=True) if kept)

    def _edge(self, low: Cut | None, high: Cut | None) -> tuple[str, str]:
        after = "" if low is None else feel_of(self._scale.value(low[0]))
        before = "" if high is None else feel_of(self._scale.value(high[0]))
        return (
            "" if low is None else f"{'(' if low[1] else '['}{after}",
            "" if high is None else f"{before}{']' if high[1] else ')'}",
        )


def _compares(test: Test) -> Iterable[Compare]:
    match test:
        case Compare():
            yield test
        case Join(parts=parts):
            for part in parts:
                yield from _compares(part)
        case Not(part=part) | Sure(part=part):
            yield from _compares(part)


def _universe(scale: Scale) -> tuple[Value, ...]:
    return scale.universe or ()


def _another(known: Iterable[object]) -> str:
    """A text that no cell names."""
    taken, number = set(known), 1
    while (text := "other" if number == 1 else f"other {number}") in taken:
        number += 1
    return text


def axis_of(
    name: str,
    columns: Sequence[int],
    coding: Coding,
    cells: Sequence[Sequence[Cell]],
    *,
    has_null: bool,
) -> Axis:
    """The axis of columns that ask about one input; `cells` are theirs, column by column.

    A cell that is not analysed counts as one that all inputs pass: whoever asks sets its rule
    aside.
    """
    size = len(coding.values)
    known: dict[str, Runs] = {}

    def runs_of(cell: Cell) -> Runs:
        if cell.text not in known:
            if cell.test is None:
                known[cell.text] = ((0, size + has_null),) if size + has_null else ()
            else:
                runs = coding.true(cell.test)
                is_null = has_null and cell.passes_null()
                known[cell.text] = joined((*runs, (size, size + 1))) if is_null else runs
        return known[cell.text]

    by_column = [[runs_of(cell) for cell in column] for column in cells]
    sets = by_column[0]
    for other in by_column[1:]:
        sets = [common(one, two) for one, two in zip(sets, other, strict=True)]
    return Axis(
        name=name,
        columns=tuple(columns),
        values=(*coding.values, None) if has_null else coding.values,
        edges=coding.edges(),
        other=coding.other(),
        sets=tuple(sets),
        column_sets=tuple(tuple(column) for column in by_column),
        has_null=has_null,
    )


def names_null(cells: Iterable[Cell]) -> bool:
    """Whether a cell names null."""
    return any(
        value is None for cell in cells if cell.test is not None for value in values_of(cell.test)
    )
