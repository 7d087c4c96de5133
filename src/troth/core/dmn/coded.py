"""Which rules hold each class of a column's inputs? A table as sets of rules, by coded columns.

The same reading of cells as in `analysis`: a column falls into classes within which all its cells
say the same, and each class has the set of the rules that it passes. A rule with a cell that is
not read so (it names other inputs, or computes) is loose: FEEL has the last word on it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from troth.core.dmn.analysis.axes import Coding
from troth.core.dmn.analysis.bitmaps import mask_of
from troth.core.dmn.analysis.cells import ALL, Cell, Reader
from troth.core.dmn.analysis.columns import NO_TYPES, Column, columns_of
from troth.core.dmn.analysis.runs import Runs, joined
from troth.core.dmn.analysis.scales import Cut, scale_of
from troth.core.dmn.models import TableBox
from troth.core.feel.compiling import compiled
from troth.core.feel.errors import FeelBudgetError, FeelSyntaxError
from troth.core.feel.evaluating import root
from troth.core.feel.running import Run
from troth.core.feel.syntax import Form
from troth.core.feel.values import NUMBERS, Value, kind_of

_ENOUGH = 1_000_000  # steps of one cell, more than a case may take
_DENSE_BITS = 1 << 27  # sets of one column that are all kept; of more, every so many
_EVERY = 64
_FAR = 30  # digits, more than a 64-bit number has
_BLANK = Cell(text="-", test=ALL)


class RuleSets:
    """The rules that each code passes, as the bits of whole numbers."""

    def __init__(self, size: int, sets: Sequence[Runs]) -> None:
        """`sets`: for each rule runs of codes below `size`, as (first, end)."""
        self.size = size
        edges: list[list[int]] = [[] for _ in range(size + 1)]
        for rule, runs in enumerate(sets):
            for first, end in runs:
                edges[first].append(rule)
                edges[end].append(rule)
        self._edges = edges  # where a rule begins or ends to pass
        self._every = 1 if size * len(sets) <= _DENSE_BITS else _EVERY
        self._kept: list[int] = []
        here = 0
        for code in range(size):
            here = self._crossed(here, code)
            if code % self._every == 0:
                self._kept.append(here)

    def _crossed(self, rules: int, code: int) -> int:
        return rules ^ mask_of(self._edges[code]) if self._edges[code] else rules

    def at(self, code: int) -> int:
        """The rules that a code passes."""
        place, more = divmod(code, self._every)
        rules = self._kept[place]
        for other in range(code - more + 1, code + 1):
            rules = self._crossed(rules, other)
        return rules


@dataclass(frozen=True, kw_only=True, slots=True)
class CodedColumn:
    """One column of a table, its inputs in classes; the last code is null's."""

    place: int  # which column of the table, from 0
    expression: str
    kind: str | None  # the declared type; None where FEEL has to tell what is refused
    coding: Coding | None  # None: no cell asks about it, and code 0 is all there is
    sets: RuleSets

    @property
    def null(self) -> int:
        """The code of null."""
        return self.sets.size - 1

    def code(self, value: Value) -> int:
        """The code of a value of FEEL; −1: of none that the cells speak about."""
        if value is None or self.coding is None:
            return self.null
        return self.coding.code(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class CodedTable:
    """A table of a single hit, as sets of rules."""

    columns: tuple[CodedColumn, ...]
    loose: int  # the rules that FEEL has to look at
    varying: int  # the rules whose outputs are no constants
    bound: int  # steps that running all cells takes at most beside those of loose rules
    reasons: tuple[str, ...]  # why rules are loose, or vary
    size: int  # how many rules


def coded_table(box: TableBox, names: Collection[str]) -> CodedTable:
    """The table with its columns coded; `names` are those in scope."""
    return _Builder(box, names).table()


class _Builder:
    def __init__(self, box: TableBox, names: Collection[str]) -> None:
        self._box = box
        self._reader = Reader(names, NO_TYPES.named())
        self._size = len(box.rules)
        # Of each rule the first column that is not read, so that what stands before it still tells.
        self._first_loose: dict[int, int] = {}
        self._reasons: list[str] = []

    def table(self) -> CodedTable:
        described = columns_of(self._box)
        cells = [
            [self._reader.cell(_at(rule.inputs, place)) for rule in self._box.rules]
            for place in range(len(described))
        ]
        codings = [
            self._coding(place, column, cells[place]) for place, column in enumerate(described)
        ]
        columns = tuple(
            self._column(place, column, codings[place], cells[place])
            for place, column in enumerate(described)
        )
        varying = self._varying()
        return CodedTable(
            columns=columns,
            loose=mask_of(self._first_loose),
            varying=varying,
            bound=self._size + self._steps(described, cells, varying),
            reasons=tuple(dict.fromkeys(self._reasons)),
            size=self._size,
        )

    def _coding(self, place: int, column: Column, cells: list[Cell]) -> Coding | None:
        """None where no cell asks, or where none is read."""
        coding: Coding | str = "no cell asks"
        if column.allowed or any(cell.test != ALL for cell in cells):
            coding = self._coded(column, cells)
        for rule, cell in enumerate(cells):
            if cell.test is None or (isinstance(coding, str) and cell.test != ALL):
                self._first_loose.setdefault(rule, place)
                reason = cell.reason if cell.test is None else str(coding)
                self._reasons.append(
                    f"of the cell `{cell.text}` for `{column.expression}`, {reason}"
                )
        return None if isinstance(coding, str) else coding

    def _coded(self, column: Column, cells: list[Cell]) -> Coding | str:
        limits = [self._reader.cell(text) for text in column.allowed]
        allowed = [cell.test for cell in limits if cell.test is not None and cell.is_readable]
        if len(allowed) < len(limits):
            return "not all allowed values are read"
        read = {cell.text: cell for cell in (*cells, *limits)}.values()
        values = [value for cell in read for value in cell.values() if value is not None]
        kinds = {column.kind} if column.kind else {kind_of(value) for value in values}
        if len(kinds) != 1:
            return "its values are of several types" if kinds else "it names no value"
        scale = scale_of(kinds.pop() or "", values)
        if isinstance(scale, str):
            return scale
        return Coding(scale, [cell.test for cell in read if cell.test is not None], allowed)

    def _column(
        self, place: int, column: Column, coding: Coding | None, cells: list[Cell]
    ) -> CodedColumn:
        size = len(coding.values) if coding is not None else 0
        known: dict[str, Runs] = {}
        sets = []
        for rule, cell in enumerate(cells):
            is_set_aside = self._first_loose.get(rule, place + 1) <= place
            chosen = _BLANK if is_set_aside else cell
            if chosen.text not in known:
                known[chosen.text] = _runs(chosen, coding, size)
            sets.append(known[chosen.text])
        return CodedColumn(
            place=place, expression=column.expression, coding=coding,
            kind=None if coding is None and column.allowed else column.kind,
            sets=RuleSets(size + 1, sets),
        )  # fmt: skip

    def _varying(self) -> int:
        found = set()
        for rule, row in enumerate(self._box.rules):
            for text in row.outputs:
                form = self._output(text)
                if form is not None and not self._reader.constant(form)[1]:
                    found.add(rule)
                    self._reasons.append(f"the output `{text}` depends on the input")
        return mask_of(found)

    def _output(self, text: str) -> Form | None:
        try:
            return self._reader.form(text) if text.strip() else None
        except FeelSyntaxError:
            return None

    def _steps(self, columns: Sequence[Column], cells: list[list[Cell]], varying: int) -> int:
        """Of all cells, allowed values and constant outputs together."""
        limits = [self._reader.cell(text) for column in columns for text in column.allowed]
        forms = [
            cell.form for column in (*cells, limits) for cell in column if cell.test is not None
        ]
        for rule, row in enumerate(self._box.rules):
            if not varying >> rule & 1:
                forms += [self._output(text) for text in row.outputs]
        known: dict[int, int] = {}  # cells of equal texts share a form
        total = 0
        for form in forms:
            if form is not None:
                if id(form) not in known:
                    known[id(form)] = _steps_of(form)
                total += known[id(form)]
        return total


def _steps_of(form: Form) -> int:
    """The steps of running a form. Null decides nothing early, so that all of it is run."""
    run = Run(steps=_ENOUGH)
    try:
        compiled(form)(root(run).inner({"?": None}))
    except FeelBudgetError:
        return _ENOUGH
    return _ENOUGH - run.left


def _runs(cell: Cell, coding: Coding | None, size: int) -> Runs:
    """The codes that pass, null's the last one."""
    if cell.test is None or cell.test == ALL or coding is None:
        return ((0, size + 1),)
    null = [(size, size + 1)] if cell.passes_null() else []
    return joined((*coding.true(cell.test), *null))


def _at(texts: Sequence[str], place: int) -> str:
    return texts[place] if place < len(texts) else "-"


def thresholds(cuts: Sequence[Cut], places: int) -> list[int]:
    """The cuts for inputs that are whole multiples of 10 ** −places, as those multiples.

    As many cuts lie at or before an input as there are thresholds that it reaches.
    """
    found = []
    for key, is_after in cuts:
        number = Decimal(key)
        scaled = NUMBERS.scaleb(number, places) if number.adjusted() < _FAR else _beyond(number)
        if is_after:
            found.append(int(scaled.to_integral_value(ROUND_FLOOR)) + 1)
        else:
            found.append(int(scaled.to_integral_value(ROUND_CEILING)))
    return found


def _beyond(number: Decimal) -> Decimal:
    """In the place of a number that is larger than any whole one that is compared with it."""
    return Decimal(10**_FAR).copy_sign(number)
