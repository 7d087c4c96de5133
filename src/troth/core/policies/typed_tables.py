"""What does a table say that somebody is typing, and what is wrong in it, where it stands?

The text is a sheet as `core.dmn.sheets` has it, in the form that programs for sheets copy
(`core.dmn.clipboard`): each mark names the line and the column of that sheet. A cell that cannot be
read takes its rule out of the analysis, and nothing else: the others keep their marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from troth.core.dmn.analysis import Kind, Limits, analyse
from troth.core.dmn.checking import check_table
from troth.core.dmn.clipboard import cells_of, text_of
from troth.core.dmn.errors import CellProblem, DmnSheetError
from troth.core.dmn.models import HitPolicy, TableBox
from troth.core.dmn.sheet_reading import table_of
from troth.core.dmn.sheets import FIRST, HEADS, RULE, SheetTable, rows_of
from troth.core.feel.types import NAMED
from troth.core.policies.checking import columns_of_kind
from troth.core.policies.outputs import Fault
from troth.core.policies.specs import PolicyKind
from troth.core.policies.table_boxes import document_of
from troth.core.policies.table_documents import read_table
from troth.core.policies.tables import ANYTHING, SINGLE_HITS, PolicyRule, PolicyTable

HINTS = (Kind.GAP, Kind.MERGEABLE, Kind.NOT_ANALYSED)
# What is looked at on each pause in typing: less than `troth policy check` looks at.
_LIMITS = Limits(findings=30, looks=400_000)
_KEPT_HEADS = ("hit policy", "column", "name", "values")
_UNREADABLE = "?!"  # no expression of FEEL
_PLACE = re.compile(
    r"table\.rules\[(\d+)\]\.(id|when|then)(?:\.(.*?))?(?:, column \d+)?", re.DOTALL
)
_DECIMAL = re.compile(r"Decimal\('([^']*)'\)")
_BARE_TEXT = re.compile(r"[\w .&/'-]+")  # as other tables have a text
_CELL = re.compile(r"([A-Z]+)(\d+)")
_ID_COLUMN = 1

Answerable = Callable[[str, str], None]


@dataclass(frozen=True, kw_only=True)
class CellMark:
    """Something is wrong in one cell of the sheet."""

    line: int  # from 0
    column: int  # from 0
    place: str  # "rule 3, severity"
    sentence: str  # what was found, what was expected, what to do
    is_refused: bool  # False: it can be written down, and the check will find it


@dataclass(frozen=True, kw_only=True)
class RowMark:
    """Something is wrong with rules, each of them readable; or worth a look."""

    kind: str  # of `core.dmn.analysis.Kind`
    lines: tuple[int, ...]  # of the sheet, from 0; empty: about no rule
    rules: tuple[int, ...]  # from 1, as the sentence counts them
    sentence: str
    is_hint: bool


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a typed table says, and all that is wrong with it."""

    document: Mapping[str, Any] | None  # as a version has it; None: there is no table
    cells: tuple[CellMark, ...] = ()
    faults: tuple[str, ...] = ()  # of no cell
    rows: tuple[RowMark, ...] = ()

    @property
    def is_readable(self) -> bool:
        """Whether it can be written down."""
        return not self.faults and not any(mark.is_refused for mark in self.cells)


def sheet_text(table: PolicyTable | None) -> str:
    """The sheet of a table as text, without what its kind says anyway; "" for none."""
    if table is None:
        return ""
    rows = [row for row in rows_of(table.box) if row[0] in _KEPT_HEADS or row[0] == RULE]
    has_values = table.hit is HitPolicy.PRIORITY
    kept = [list(row) for row in rows if row[0] != "values" or has_values]
    for row in kept:
        if row[0] == "values":  # what inputs can be is said by the kind
            row[FIRST : FIRST + len(table.inputs)] = [""] * len(table.inputs)
        if row[0] == RULE:
            row[FIRST:] = ["" if cell == ANYTHING else cell for cell in row[FIRST:]]
    return text_of(kept)


def look(kind: PolicyKind, text: str, *, is_answerable: Answerable) -> Looked:
    """All that is to be said about a typed table; `is_answerable` as `read_table` takes it."""
    # A line in which nothing is typed yet is no rule, whatever its first column says.
    rows = [
        row if _is_head(row) or any(map(str.strip, row[1:])) else [""] for row in cells_of(text)
    ]
    if all(_is_head(row) for row in rows if row != [""]):
        return Looked(document=None)
    return _Look(kind, rows, is_answerable).looked()


class _Look:
    """One look at one sheet."""

    def __init__(self, kind: PolicyKind, rows: list[list[str]], is_answerable: Answerable) -> None:
        self._kind, self._rows, self._is_answerable = kind, rows, is_answerable
        self._cells: dict[tuple[int, int], CellMark] = {}
        self._faults: list[str] = []
        self._lines: tuple[int, ...] = ()

    def looked(self) -> Looked:
        sheet = self._sheet()
        if sheet is None:
            return self._found({})
        self._lines = sheet.rules
        self._columns_twice(sheet.table)
        if self._faults:
            return self._found({})
        document = document_of(self._kind, sheet.table)
        _, faults = read_table(
            self._kind, document, path="table", is_answerable=self._is_answerable
        )
        for fault in faults:
            self._fault(fault, sheet)
        marks: tuple[RowMark, ...] = ()
        if not self._faults:
            table = _as_typed(self._kind, document)
            self._types(table, sheet)
            marks = tuple(self._analysed(table))
        return self._found(document, marks)

    def _found(self, document: Mapping[str, Any], rows: tuple[RowMark, ...] = ()) -> Looked:
        cells = tuple(self._cells[place] for place in sorted(self._cells))
        return Looked(document=document, cells=cells, faults=tuple(self._faults), rows=rows)

    def _sheet(self) -> SheetTable | None:
        """The sheet as it can be read, without the cells that cannot."""
        try:
            return table_of(self._rows)
        except DmnSheetError as error:
            problems = error.problems
        rows = [list(row) for row in self._rows]
        marked: list[tuple[int, int, CellProblem]] = []
        for problem in problems:
            place = _place_of(problem)
            if place is None or not self._is_rule(*place):
                self._faults.append(str(problem))
                continue
            rows[place[0]][place[1]] = _UNREADABLE
            marked.append((*place, problem))
        if self._faults:
            return None
        sheet = table_of(rows)  # a second time without what stopped the first
        for line, column, problem in marked:
            told = _told(problem.found, problem.expected, problem.remedy)
            self._mark(line, column, _place(sheet, line, column), told)
        return sheet

    def _is_rule(self, line: int, column: int) -> bool:
        row = self._rows[line]
        return not _is_head(row) and FIRST <= column < len(row)

    def _mark(
        self, line: int, column: int, place: str, sentence: str, *, is_refused: bool = True
    ) -> None:
        """The first mark of a cell stays: what comes after it follows from it."""
        mark = CellMark(
            line=line, column=column, place=place, sentence=sentence, is_refused=is_refused
        )
        self._cells.setdefault((line, column), mark)

    def _columns_twice(self, table: TableBox) -> None:
        inputs = [" ".join(clause.expression.split()) for clause in table.inputs]
        for name in dict.fromkeys((*inputs, *(clause.name or "" for clause in table.outputs))):
            count = inputs.count(name) + [clause.name for clause in table.outputs].count(name)
            if count > 1:
                told = f"{count} columns are called `{name}`, expected one. Remove the others."
                self._faults.append(told)

    def _fault(self, fault: Fault, sheet: SheetTable) -> None:
        found = _PLACE.fullmatch(fault.path)
        told = _told(fault.found, fault.expected, fault.remedy)
        if found is None:
            self._faults.append(f"{fault.path.removeprefix('table.')}: {told}")
            return
        rule, part, name = int(found[1]), found[2], found[3]
        names = [" ".join(clause.expression.split()) for clause in sheet.table.inputs]
        outputs = [clause.name or "" for clause in sheet.table.outputs]
        column = _ID_COLUMN
        if part != "id":
            wanted = names if part == "when" else outputs
            at = wanted.index(name) if name in wanted else 0
            column = sheet.columns[at + (0 if part == "when" else len(names))]
        line = self._lines[rule]
        told = self._bare_text(line, column, name, told) if part == "when" else told
        self._mark(line, column, _place(sheet, line, column), told)

    def _bare_text(self, line: int, column: int, name: str, told: str) -> str:
        """What helps whoever wrote a text as other tables have it; else what was to be told."""
        cell = self._rows[line][column].strip()
        is_text = any(spec.name == name and spec.type == "text" for spec in self._kind.inputs)
        if not is_text or not _BARE_TEXT.fullmatch(cell):
            return told
        return _told(cell, "a text in double quotes", f'Write "{cell}".')

    def _types(self, table: PolicyTable, sheet: SheetTable) -> None:
        """Marks cells whose type can never fit their column, or that it allows no value of."""
        box = table.box
        names = {
            clause.expression: NAMED[clause.type_ref] for clause in box.inputs if clause.type_ref
        }
        for problem in check_table(box, names):
            row, column = problem.place.row, problem.place.column
            if row is None or column is None or problem.is_hint:
                continue
            line, at = self._lines[row - 1], sheet.columns[column - 1]
            told = f"{problem.sentence.rstrip('.')}."
            if column <= len(table.inputs):
                told = self._bare_text(line, at, table.inputs[column - 1], told)
            self._mark(line, at, _place(sheet, line, at), told, is_refused=False)

    def _analysed(self, table: PolicyTable) -> Iterator[RowMark]:
        wrong = {line for line, _ in self._cells}
        found = analyse(
            table.box,
            columns_of_kind(self._kind, table),
            names=[spec.name for spec in self._kind.inputs],
            limits=_LIMITS,
        )
        for item in found.findings:
            lines = tuple(self._lines[rule - 1] for rule in item.rules if rule)
            # What is missing where a cell cannot be read yet is no gap.
            if wrong.intersection(lines) or (wrong and item.kind is Kind.GAP):
                continue
            yield RowMark(
                kind=item.kind.value,
                lines=lines,
                rules=item.rules,
                sentence=item.sentence,
                is_hint=item.kind in HINTS,
            )


def _is_head(row: list[str]) -> bool:
    return row[0].strip().lower() in HEADS


def _as_typed(kind: PolicyKind, document: Mapping[str, Any]) -> PolicyTable:
    """The table, whether or not its cells can be read: those that cannot match nothing."""
    hit = document["hit"]
    names = [policy.value for policy in SINGLE_HITS]
    return PolicyTable(
        kind=kind.name,
        hit=HitPolicy(hit) if hit in names else HitPolicy.UNIQUE,
        inputs=tuple(document["inputs"]),
        outputs=tuple(document["outputs"]),
        rules=tuple(
            PolicyRule(
                id=row["id"],
                when={name: cell.strip() or ANYTHING for name, cell in row["when"].items()},
                then=_said(row["then"]),
                note=row.get("note", ""),
            )
            for row in document["rules"]
        ),
        priorities=document.get("priorities", {}),
    )


def _said(cells: Mapping[str, str]) -> dict[str, str]:
    return {name: cell for name, cell in cells.items() if cell.strip() not in ("", ANYTHING)}


def _told(found: str, expected: str, remedy: str) -> str:
    shown = _DECIMAL.sub(lambda number: number[1], found)
    return f"Found {shown}, expected {expected}. {remedy}"


def _place(sheet: SheetTable, line: int, column: int) -> str:
    """ "rule 3, severity"."""
    table = sheet.table
    names = [*(clause.expression for clause in table.inputs),
             *(clause.name or "" for clause in table.outputs)]  # fmt: skip
    at = sheet.columns.index(column) if column in sheet.columns else len(names)
    return f"rule {sheet.rules.index(line) + 1}, {names[at] if at < len(names) else 'id'}"


def _place_of(problem: CellProblem) -> tuple[int, int] | None:
    """(line, column) from 0 of a cell's name: B7 is (6, 1)."""
    found = _CELL.fullmatch(problem.cell)
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, column - 1
