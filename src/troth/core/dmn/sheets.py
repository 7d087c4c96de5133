"""How does a decision table look as a sheet, and which table does a sheet hold?

Column A says what a row is, column B holds a rule's id, and from C on each column is an input, an
output or a note of the table:

    hit policy | UNIQUE |            |          |
    column     |        | input      | output   | note
    label      |        | Tier       | Discount |
    name       |        | order.tier | discount | Why     (of an input: its expression)
    type       |        | string     | number   |
    values     |        | "A", "B"   |          |
    default    |        |            | 0        |
    rule       | r1     | "A"        | 0.1      | contract

Cells are FEEL as it is written in the table. What a program for sheets made of a cell that somebody
typed (a number, a date, a boolean) becomes the FEEL that means it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from troth.core.dmn.checking.problems import Place
from troth.core.dmn.errors import CellProblem, DmnSheetError
from troth.core.dmn.models import InputClause, OutputClause, TableBox
from troth.core.feel.text import feel_of
from troth.core.feel.values import incoming

Cell = str | bool | int | float | Decimal | dt.date | dt.time | dt.timedelta | None
Rows = Sequence[Sequence[Cell]]

HEADS = ("hit policy", "column", "label", "name", "type", "values", "default")
RULE = "rule"
KINDS = ("input", "output", "note")
FIRST = 2  # the first column of the table; A and B say what a row is, and which


def cell_name(row: int, column: int) -> str:
    """As programs for sheets call a cell: (6, 1) is B7."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


@dataclass(frozen=True, kw_only=True)
class SheetTable:
    """The table of a sheet, and where its parts stand there."""

    table: TableBox
    heads: Mapping[str, int]  # the row of each head that is there
    columns: tuple[int, ...]  # of inputs, then outputs, then notes
    rules: tuple[int, ...]  # the row of each rule

    def cell_of(self, place: Place) -> str:
        """The cell of a place in the table, as a check of it says."""
        column = 0 if place.column is None else self.columns[place.column - 1]
        if place.row is not None:
            return cell_name(self.rules[place.row - 1], column)
        part = place.path[-1] if place.path else ""
        head = {"its values": "values", "its default": "default"}.get(part, "name")
        return cell_name(self.heads.get(head, 0), column)


def rows_of(table: TableBox) -> tuple[tuple[str, ...], ...]:
    """The sheet of a table, all cells as texts, all rows of one length.

    Raises DmnSheetError where a rule has more cells than the table has columns.
    """
    notes = max([len(table.annotations), *(len(rule.annotations) for rule in table.rules)])
    widths = (len(table.inputs), len(table.outputs), notes)
    policy = table.hit_policy.value + (f" {table.aggregation}" if table.aggregation else "")
    blank = ("",) * notes
    clauses: tuple[InputClause | OutputClause, ...] = (*table.inputs, *table.outputs)
    heads = (
        [kind for kind, width in zip(KINDS, widths, strict=True) for _ in range(width)],
        [*(clause.label or "" for clause in clauses), *blank],
        [*(clause.expression for clause in table.inputs),
         *(clause.name or "" for clause in table.outputs),
         *_filled(table.annotations, notes)],
        [*(clause.type_ref or "" for clause in clauses), *blank],
        [*(clause.values or "" for clause in clauses), *blank],
        [*("" for _ in table.inputs), *(clause.default or "" for clause in table.outputs), *blank],
    )  # fmt: skip
    rows = [[HEADS[0], policy, *("" for _ in range(sum(widths)))]]
    rows += [[name, "", *cells] for name, cells in zip(HEADS[1:], heads, strict=True)]
    for place, rule in enumerate(table.rules, len(rows)):
        groups = (rule.inputs, rule.outputs, rule.annotations)
        if any(len(cells) > width for cells, width in zip(groups, widths, strict=True)):
            raise DmnSheetError(
                [CellProblem(cell=cell_name(place, 0), found="a rule with more cells than columns",
                             expected=f"at most {widths[0]} inputs and {widths[1]} outputs",
                             remedy="Mend the table first.")]
            )  # fmt: skip
        cells = [text for group, width in zip(groups, widths, strict=True)
                 for text in _filled(group, width)]  # fmt: skip
        rows.append([RULE, rule.id or "", *cells])
    return tuple(tuple(plain(text) for text in row) for row in rows)


def _filled(texts: Sequence[str], width: int) -> list[str]:
    return [*texts, *("" for _ in range(width - len(texts)))]


def plain(text: str) -> str:
    """The text with the line ends that sheets have."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def feel_of_cell(cell: Cell) -> str:
    """The FEEL of a cell: a text is FEEL already, a value becomes the expression that means it."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return plain(cell)
    if isinstance(cell, float):  # a sheet's 5 comes as 5.0
        cell = Decimal(repr(cell)).normalize()
    return feel_of(incoming(cell))


def word_of_cell(cell: Cell) -> str:
    """The text of a cell that is for people: a date is its date, and no FEEL."""
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else feel_of_cell(cell)
