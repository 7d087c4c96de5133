"""A decision table as geometry: what are its axes, and what could not be read into them?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain

from troth.core.dmn.analysis.answers import Answers
from troth.core.dmn.analysis.axes import Axis, Coding, axis_of, names_null
from troth.core.dmn.analysis.bitmaps import mask_of
from troth.core.dmn.analysis.cells import ALL, Cell, Reader, Test
from troth.core.dmn.analysis.columns import Column
from troth.core.dmn.analysis.records import CellPlace, Finding, Kind, Witness
from troth.core.dmn.analysis.runs import Runs
from troth.core.dmn.analysis.scales import Anything, Scale, scale_of
from troth.core.dmn.item_types import Types
from troth.core.dmn.models import TableBox
from troth.core.feel.text import feel_of
from troth.core.feel.values import kind_of

NULLS = ("named", "never", "always")  # where null is looked at: where a cell names it, …


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A table ready to be asked; rules and columns count from 0."""

    box: TableBox
    columns: tuple[Column, ...]
    cells: tuple[tuple[Cell, ...], ...]  # column by column
    axes: tuple[Axis, ...]
    boxes: tuple[tuple[Runs, ...], ...]  # of each rule the codes, axis by axis
    answers: Answers
    unknown: int  # the set of rules that have a cell which is not analysed
    unread: tuple[Finding, ...]  # what is not analysed
    assumptions: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many rules there are."""
        return len(self.box.rules)

    def matches(self, rule: int, point: Sequence[int]) -> bool:
        """Whether a rule matches the input with these codes."""
        return all(
            any(first <= code < end for first, end in runs)
            for runs, code in zip(self.boxes[rule], point, strict=True)
        )

    def witness(self, point: Sequence[int], decides: int | None = None) -> Witness:
        """The input with these codes, and the rule that decides there, from 0."""
        values = tuple(
            (axis.name, axis.values[code]) for axis, code in zip(self.axes, point, strict=True)
        )
        return Witness(
            values=values,
            feel=tuple((name, feel_of(value)) for name, value in values),
            decides=None if decides is None else decides + 1,
        )

    def finding(
        self, kind: Kind, rules: Sequence[int], sentence: str, witness: Witness | None = None
    ) -> Finding:
        """A finding about rules, from 0."""
        return Finding(
            kind=kind,
            sentence=sentence,
            rules=tuple(rule + 1 for rule in rules),
            rule_ids=tuple(self.box.rules[rule].id for rule in rules),
            witness=witness,
        )


def problem_of(
    box: TableBox,
    columns: Sequence[Column],
    *,
    names: Collection[str],
    types: Types,
    nulls: str,
) -> Problem:
    """The table as geometry. `nulls` is one of NULLS. Raises ValueError where it is none."""
    if nulls not in NULLS:
        raise ValueError(f"nulls is {nulls!r}, expected one of {', '.join(NULLS)}.")
    own = [column.expression for column in columns if not column.is_computed]
    reader = Reader((*names, *(name.split(".")[0] for name in own)), types.named())
    cells = tuple(
        tuple(reader.cell(_at(rule.inputs, column)) for rule in box.rules)
        for column in range(len(columns))
    )
    builder = _Builder(box, columns, cells, reader, nulls)
    groups: dict[str, list[int]] = {}
    for at, column in enumerate(columns):
        groups.setdefault(column.expression, []).append(at)
    axes = tuple(builder.axis(name, members) for name, members in groups.items())
    return Problem(
        box=box,
        columns=tuple(columns),
        cells=cells,
        axes=axes,
        boxes=tuple(tuple(axis.sets[rule] for axis in axes) for rule in range(len(box.rules))),
        answers=Answers(box, reader),
        unknown=mask_of(builder.unknown),
        unread=tuple(builder.unread),
        assumptions=tuple(builder.assumptions),
    )


def _at(texts: Sequence[str], column: int) -> str:
    return texts[column] if column < len(texts) else "-"


class _Builder:
    """Gathers what cannot be analysed while it makes the axes."""

    def __init__(
        self,
        box: TableBox,
        columns: Sequence[Column],
        cells: Sequence[Sequence[Cell]],
        reader: Reader,
        nulls: str,
    ) -> None:
        self._box, self._columns, self._cells, self._reader = box, columns, cells, reader
        self._nulls = nulls
        self.unknown: set[int] = set()
        self.unread: list[Finding] = []
        self.assumptions: list[str] = []

    def axis(self, name: str, members: list[int]) -> Axis:
        cells = [self._cells[column] for column in members]
        self._note_cells(members)
        found = self._scale(name, members)
        if not isinstance(found, str):
            scale, allowed = found
            tests = {cell.text: cell.test for column in cells for cell in column}
            coding = Coding(scale, [t for t in tests.values() if t is not None], allowed)
            if coding.values:
                has_null = self._has_null(name, list(chain.from_iterable(cells)))
                if self._columns[members[0]].is_computed:
                    self.assumptions.append(f"`{name}` is taken for an input by itself.")
                return axis_of(name, members, coding, cells, has_null=has_null)
            found = "no value is allowed in it"
        self._set_aside(members, found)
        blank = Cell(text="-", test=ALL)
        column = [blank] * len(self._box.rules)
        coding = Coding(Anything(), (), ())
        return axis_of(name, members, coding, [column] * len(members), has_null=False)

    def _note_cells(self, members: list[int]) -> None:
        for column in members:
            for rule, cell in enumerate(self._cells[column]):
                if cell.test is None:
                    self._not_analysed(rule, column, cell.text, cell.reason)

    def _not_analysed(self, rule: int, column: int, text: str, reason: str) -> None:
        self.unknown.add(rule)
        name = self._columns[column].expression
        self.unread.append(
            Finding(
                kind=Kind.NOT_ANALYSED,
                sentence=f"Rule {rule + 1} is not analysed: of its cell `{text}` for `{name}`, "
                f"{reason}.",
                rules=(rule + 1,),
                rule_ids=(self._box.rules[rule].id,),
                cells=(CellPlace(rule=rule + 1, column=column + 1, text=text),),
            )
        )

    def _set_aside(self, members: list[int], reason: str) -> None:
        """No cell of the columns is analysed but `-`."""
        for column in members:
            if all(cell.test == ALL for cell in self._cells[column]):
                continue
            name = self._columns[column].expression
            self.unread.append(
                Finding(
                    kind=Kind.NOT_ANALYSED,
                    sentence=f"The column `{name}` is not analysed: {reason}.",
                    cells=(CellPlace(rule=0, column=column + 1, text=name),),
                )
            )
            self.unknown.update(
                rule for rule, cell in enumerate(self._cells[column]) if cell.test != ALL
            )

    def _scale(self, name: str, members: list[int]) -> tuple[Scale, list[Test]] | str:
        """(how its values lie, the tests that limit them); a text says why there is none."""
        columns = [self._columns[member] for member in members]
        allowed = []
        for text in dict.fromkeys(text for column in columns for text in column.allowed):
            cell = self._reader.cell(text)
            if cell.test is None or not cell.is_readable:
                return f"of its allowed values `{text}`, {cell.reason}"
            allowed.append(cell.test)
        read = [cell for member in members for cell in self._cells[member]]
        limits = [self._reader.cell(text) for column in columns for text in column.allowed]
        values = [value for cell in {c.text: c for c in (*read, *limits)}.values()
                  for value in cell.values() if value is not None]  # fmt: skip
        kinds = list(dict.fromkeys(column.kind for column in columns if column.kind))
        if not kinds:
            kinds = sorted({kind_of(value) for value in values})
            if not kinds:
                return Anything(), []
            if len(kinds) == 1:
                self.assumptions.append(
                    f"`{name}` declares no type and is taken for a {kinds[0]}, as its cells are."
                )
        if len(kinds) > 1:
            return f"its values are of several types: {', '.join(kinds)}"
        if not values and kinds[0] not in ("number", "string", "boolean"):
            return Anything(), []
        found = scale_of(kinds[0], values, is_whole=any(column.is_whole for column in columns))
        return found if isinstance(found, str) else (found, allowed)

    def _has_null(self, name: str, cells: list[Cell]) -> bool:
        if self._nulls == "always":
            return True
        is_named = names_null(cells)
        if is_named and self._nulls == "never":
            self.assumptions.append(f"What cells of `{name}` say about null is not looked at.")
        return is_named and self._nulls == "named"
