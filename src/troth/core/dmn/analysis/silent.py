"""Which cells does no input pass, and why?"""

from __future__ import annotations

from troth.core.dmn.analysis.axes import Axis
from troth.core.dmn.analysis.cells import Cell
from troth.core.dmn.analysis.problem import Problem
from troth.core.dmn.analysis.records import CellPlace, Count, Finding, Kind, Witness
from troth.core.dmn.analysis.runs import Runs
from troth.core.feel.text import feel_of
from troth.core.feel.values import Value, kind_of


def never_matching(problem: Problem, most: int | None) -> tuple[list[Finding], Count]:
    """The cells that no input passes, in the order of the rules."""
    found: list[Finding] = []
    count = 0
    for rule in range(problem.size):
        for axis in problem.axes:
            columns = _silent(problem, axis, rule)
            if columns:
                count += 1
                if most is None or len(found) < most:
                    found.append(_told(problem, axis, rule, columns))
    return found, Count(found=count, is_exact=True)


def _silent(problem: Problem, axis: Axis, rule: int) -> list[int]:
    """The columns whose cells let no input through, together or alone."""
    if axis.sets[rule]:
        return []
    alone = [
        column
        for column, sets in zip(axis.columns, axis.column_sets, strict=True)
        if not sets[rule]
    ]
    if alone:
        # A cell for null, where null is not looked at, is not one that nothing passes.
        return [
            column for column in alone
            if axis.has_null or None not in problem.cells[column][rule].values()
        ]  # fmt: skip
    return list(axis.columns)


def _told(problem: Problem, axis: Axis, rule: int, columns: list[int]) -> Finding:
    cells = [problem.cells[column][rule] for column in columns]
    values = [value for cell in cells for value in cell.values() if value is not None]
    value = values[0] if values else axis.values[0]
    places = tuple(
        CellPlace(rule=rule + 1, column=column + 1, text=problem.cells[column][rule].text)
        for column in columns
    )
    shown = " and ".join(f"`{cell.text}`" for cell in cells)
    plural = "s" if len(cells) > 1 else ""
    is_for_null = not axis.has_null and all(cell.passes_null() for cell in cells)
    who = "no input but null" if is_for_null else "no input"
    sentence = (
        f"Rule {rule + 1} never matches: {who} passes its cell{plural} {shown} for "
        f"`{axis.name}`{_because(problem, axis, columns, cells)}."
    )
    finding = problem.finding(
        Kind.NEVER_MATCHES, (rule,), sentence, _witness(problem, axis, rule, value)
    )
    return Finding(
        kind=finding.kind,
        sentence=finding.sentence,
        rules=finding.rules,
        rule_ids=finding.rule_ids,
        cells=places,
        witness=finding.witness,
    )


def _because(problem: Problem, axis: Axis, columns: list[int], cells: list[Cell]) -> str:
    if len(cells) > 1:
        return ", which contradict each other"
    (cell,) = cells
    if not cell.is_readable:
        return f", which cannot be read: {cell.reason}"
    column = problem.columns[columns[0]]
    kinds = sorted({kind_of(value) for value in cell.values() if value is not None})
    have = kind_of(axis.values[0])
    if kinds and have not in (*kinds, "null"):
        return f", whose values are of the type {kinds[0]} where the column's are {have}"
    if column.allowed:
        return f", whose allowed values are {' and '.join(column.allowed)}"
    return ", which contradicts itself"


def _witness(problem: Problem, axis: Axis, rule: int, value: Value) -> Witness:
    """An input that passes the rule's other cells, with a value that the silent cell names."""
    values = []
    for other in problem.axes:
        if other is axis:
            values.append((other.name, value))
            continue
        runs: Runs = other.sets[rule] or other.whole
        values.append((other.name, other.values[runs[0][0]]))
    return Witness(
        values=tuple(values), feel=tuple((name, feel_of(value)) for name, value in values)
    )
