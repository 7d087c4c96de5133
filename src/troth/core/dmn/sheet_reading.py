"""Which decision table does a sheet hold, and which of its cells are wrong?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from troth.core.dmn.errors import CellProblem, DmnSheetError
from troth.core.dmn.models import HitPolicy, InputClause, OutputClause, Rule, TableBox
from troth.core.dmn.sheets import (
    FIRST,
    HEADS,
    KINDS,
    RULE,
    Cell,
    Rows,
    SheetTable,
    cell_name,
    feel_of_cell,
    plain,
    word_of_cell,
)

_Part = TypeVar("_Part", InputClause, OutputClause, Rule)
_AGGREGATORS = ("SUM", "MIN", "MAX", "COUNT")
_POLICIES = {policy.value: (policy, None) for policy in HitPolicy} | {
    f"COLLECT {name}": (HitPolicy.COLLECT, name) for name in _AGGREGATORS
}
_TYPOGRAPHIC = tuple("“”„‟«»‘’‚")
_BARE_DATE = re.compile(r"\s*(\d{4}-\d{2}-\d{2})\s*")


def table_of(rows: Rows, like: TableBox | None = None) -> SheetTable:
    """The table of a sheet; what a sheet does not say is taken from the table that it is `like`.

    Raises DmnSheetError with every cell that is wrong. What the cells say is not looked at: that
    is for `checking`, whose places `SheetTable.cell_of` turns into cells.
    """
    return _Reader(rows).read(like)


class _Reader:
    """Reads one sheet and keeps what is wrong."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._problems: list[CellProblem] = []
        self._heads: dict[str, int] = {}
        self._rules: list[int] = []

    def read(self, like: TableBox | None) -> SheetTable:
        self._sort_rows()
        policy, aggregation = self._policy()
        by_kind = self._columns()
        table = TableBox(
            hit_policy=policy,
            aggregation=aggregation,
            inputs=tuple(self._input(column) for column in by_kind["input"]),
            outputs=tuple(self._output(column) for column in by_kind["output"]),
            annotations=self._notes(by_kind["note"]),
            rules=tuple(self._read_rules(by_kind)),
        )
        if self._problems:
            raise DmnSheetError(self._problems)
        return SheetTable(
            table=table if like is None else kept(table, like),
            heads=self._heads,
            columns=tuple(column for kind in KINDS for column in by_kind[kind]),
            rules=tuple(self._rules),
        )

    def _tell(self, row: int, column: int, expected: str, remedy: str) -> None:
        found = self._text(row, column)
        self._problems.append(
            CellProblem(
                cell=cell_name(row, column), found=repr(found) if found else "nothing",
                expected=expected, remedy=remedy,
            )
        )  # fmt: skip

    def _text(self, row: int, column: int) -> str:
        cells = self._rows[row]
        return feel_of_cell(cells[column]) if column < len(cells) else ""

    def _head(self, name: str, column: int) -> str:
        """A cell of the head: a word for people, so that what was typed counts, not its FEEL."""
        if name not in self._heads:
            return ""
        return self._word(self._heads[name], column).strip()

    def _word(self, row: int, column: int) -> str:
        cells = self._rows[row]
        return word_of_cell(cells[column]) if column < len(cells) else ""

    def _sort_rows(self) -> None:
        """Which row is what."""
        for row, cells in enumerate(self._rows):
            said = self._text(row, 0).strip().lower()
            if said == RULE or (not said and self._rules and self._is_filled(cells)):
                self._rules.append(row)
            elif said in HEADS and said not in self._heads:
                self._heads[said] = row
            elif said or self._is_filled(cells):
                known = [name for name in HEADS if name not in self._heads]
                self._tell(row, 0, ", ".join((*known, RULE)), "Say in column A what the row is.")

    def _is_filled(self, cells: Sequence[Cell]) -> bool:
        return any(feel_of_cell(cell).strip() for cell in cells)

    def _policy(self) -> tuple[HitPolicy, str | None]:
        row = self._heads.get("hit policy")
        if row is None:
            return HitPolicy.UNIQUE, None
        found = _POLICIES.get(" ".join(self._text(row, 1).upper().split()))
        if found is None:
            self._tell(row, 1, ", ".join(_POLICIES), "Write one of them.")
            return HitPolicy.UNIQUE, None
        return found

    def _columns(self) -> dict[str, list[int]]:
        """The columns of each kind."""
        found: dict[str, list[int]] = {kind: [] for kind in KINDS}
        row = self._heads.get("column")
        if row is None:
            self._problems.append(
                CellProblem(cell="A2", found="no row `column`",
                            expected=f"a row that says of each column {', '.join(KINDS)}",
                            remedy="Export a table and look at its second row.")
            )  # fmt: skip
            return found
        for column in range(FIRST, max((len(cells) for cells in self._rows), default=0)):
            said = self._text(row, column).strip().lower()
            if said in found:
                found[said].append(column)
            elif said or any(
                self._text(other, column).strip() for other in (*self._heads.values(), *self._rules)
            ):
                self._tell(row, column, ", ".join(KINDS), "Say what the column is, or empty it.")
        if not found["output"]:
            self._tell(row, 0, "a column `output`", "A table answers something.")
        return found

    def _input(self, column: int) -> InputClause:
        expression = self._head("name", column)
        if not expression:
            self._tell(self._heads.get("name", 0), column, "an expression over the inputs",
                       "Write what the rules test, such as the name of an input.")  # fmt: skip
        self._nothing("default", column, "input")
        return InputClause(
            expression=expression,
            type_ref=self._head("type", column) or None,
            values=self._feel("values", column) or None,
            label=self._head("label", column) or None,
        )

    def _output(self, column: int) -> OutputClause:
        return OutputClause(
            name=self._head("name", column) or None,
            type_ref=self._head("type", column) or None,
            values=self._feel("values", column) or None,
            default=self._feel("default", column) or None,
            label=self._head("label", column) or None,
        )

    def _notes(self, columns: Sequence[int]) -> tuple[str, ...]:
        for column in columns:
            for head in ("values", "default"):
                self._nothing(head, column, "note")
        names = tuple(self._head("name", column) for column in columns)
        return names if any(names) else ()

    def _feel(self, name: str, column: int) -> str:
        return self._text(self._heads[name], column) if name in self._heads else ""

    def _nothing(self, name: str, column: int, kind: str) -> None:
        if self._head(name, column):
            self._tell(self._heads[name], column, "nothing", f"A column of kind {kind} has none.")

    def _read_rules(self, by_kind: Mapping[str, Sequence[int]]) -> Iterator[Rule]:
        seen: set[str] = set()
        for row in self._rules:
            for column in (*by_kind["input"], *by_kind["output"]):
                text = self._text(row, column)
                bare = _BARE_DATE.fullmatch(text)
                if bare:
                    self._tell(row, column, f'@"{bare[1]}"', "Without its quotes it is a sum.")
                elif text.startswith(_TYPOGRAPHIC):
                    self._tell(row, column, 'straight quotes, such as "Gold"',
                               "Some programs bend quotes as they are typed.")  # fmt: skip
            named = self._text(row, 1).strip()
            # A row that was copied has the id of the other one: the first keeps it.
            rule_id = named if named and named not in seen else None
            seen.add(named)
            inputs, outputs = (
                tuple(self._text(row, column) for column in by_kind[kind]) for kind in KINDS[:2]
            )
            notes = tuple(self._word(row, column) for column in by_kind["note"])
            yield Rule(inputs=inputs, outputs=outputs, annotations=without_end(notes), id=rule_id)


def without_end(texts: Sequence[str]) -> tuple[str, ...]:
    """The texts without the empty ones at their end."""
    count = len(texts)
    while count and not texts[count - 1]:
        count -= 1
    return tuple(texts[:count])


def kept(table: TableBox, like: TableBox) -> TableBox:
    """The table, as the other one says it wherever both mean the same.

    A sheet has no place for the type of the whole table, and gives each rule a cell for each
    column.
    """
    by_id = {rule.id: rule for rule in like.rules if rule.id}
    others = [rule for rule in like.rules if not rule.id]
    are_notes_same = without_end(table.annotations) == without_end(like.annotations)
    return replace(
        table,
        type_ref=like.type_ref,
        line=like.line,
        orientation=like.orientation,
        inputs=tuple(_found(clause, like.inputs, _input_said) for clause in table.inputs),
        outputs=tuple(_found(clause, like.outputs, _output_said) for clause in table.outputs),
        annotations=like.annotations if are_notes_same else table.annotations,
        rules=tuple(
            _as_in(rule, by_id[rule.id])
            if rule.id in by_id
            else replace(_found(rule, others, _rule_said), id=rule.id)
            for rule in table.rules
        ),
    )


def _found(new: _Part, olds: Iterable[_Part], said: Callable[[_Part], object]) -> _Part:
    """The old one that says the same, or the new one."""
    return next((old for old in olds if said(old) == said(new)), new)


def _said(*texts: str | None) -> tuple[str, ...]:
    return tuple(plain(text or "") for text in texts)


def _input_said(clause: InputClause) -> object:
    named = _said(clause.expression, clause.label, clause.type_ref)
    return [text.strip() for text in named], _said(clause.values)


def _output_said(clause: OutputClause) -> object:
    named = _said(clause.name, clause.label, clause.type_ref)
    return [text.strip() for text in named], _said(clause.values, clause.default)


def _rule_said(rule: Rule) -> object:
    return _said(*rule.inputs), _said(*rule.outputs), without_end(_said(*rule.annotations))


def _as_in(new: Rule, old: Rule) -> Rule:
    """The rule with the cells of the other one where they say the same."""
    notes = without_end(_said(*old.annotations)) == without_end(new.annotations)
    return replace(
        new,
        line=old.line,
        inputs=_cells_as_in(new.inputs, old.inputs),
        outputs=_cells_as_in(new.outputs, old.outputs),
        annotations=old.annotations if notes else new.annotations,
    )


def _cells_as_in(new: tuple[str, ...], old: tuple[str, ...]) -> tuple[str, ...]:
    if _said(*old) == new[: len(old)] and not any(new[len(old) :]):
        return old
    pairs = zip(new, (*old, *new[len(old) :]), strict=False)
    return tuple(was if plain(was) == now else now for now, was in pairs)
