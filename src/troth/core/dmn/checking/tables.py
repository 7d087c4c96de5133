"""Which cells of a decision table are wrong? (DMN 1.5, 8.2)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from troth.core.dmn.checking.problems import Place, Problem
from troth.core.dmn.checking.texts import Texts, TypeNames
from troth.core.dmn.item_types import limited
from troth.core.dmn.models import HitPolicy, InputClause, OutputClause, TableBox
from troth.core.feel.checking import kinds as k
from troth.core.feel.types import ANY, Type

_MANY = (HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)


def check_table(
    box: TableBox,
    names: Mapping[str, Type],
    *,
    types: TypeNames | None = None,
    expects: Type | None = None,
) -> tuple[Problem, ...]:
    """All that is wrong in one table, by row and column.

    `names` are those in scope with their types, `expects` the type that its answer has to fit.
    """
    texts = Texts(types or TypeNames())
    table_type(box, names, texts, Place(), expects=expects)
    return tuple(texts.problems)


def table_type(
    box: TableBox,
    names: Mapping[str, Type],
    texts: Texts,
    place: Place,
    *,
    expects: Type | None = None,
) -> Type:
    """The type of a table's answer; its problems go to `texts`."""
    inputs = [
        _input(clause, names, texts, replace(place, column=column, line=box.line))
        for column, clause in enumerate(box.inputs, 1)
    ]
    outputs = [
        _output(clause, names, texts, replace(place, column=column, line=box.line),
                expects=_alone(box, expects))
        for column, clause in enumerate(box.outputs, len(box.inputs) + 1)
    ]  # fmt: skip
    found: list[list[Type]] = [[] for _ in outputs]
    for row, rule in enumerate(box.rules, 1):
        at = replace(place, row=row, line=rule.line or box.line)
        if len(rule.inputs) != len(inputs) or len(rule.outputs) != len(outputs):
            texts.tell(
                at,
                f"expected {len(inputs)} inputs and {len(outputs)} outputs, found "
                f"{len(rule.inputs)} and {len(rule.outputs)}; give the rule a cell for each column",
            )
        for column, (text, kind) in enumerate(zip(rule.inputs, inputs, strict=False), 1):
            cell = replace(at, column=column)
            if text.strip():
                texts.check(text, names, cell, is_cell_of=kind)
            else:
                texts.tell(cell, "the cell is empty; write - where any value will do")
        for offset, (text, wanted) in enumerate(zip(rule.outputs, outputs, strict=False)):
            cell = replace(at, column=len(inputs) + 1 + offset)
            found[offset].append(texts.check(text, names, cell, expects=wanted))
    return _answer(box, outputs, found)


def _alone(box: TableBox, expects: Type | None) -> Type | None:
    """What a cell has to fit, of a table with one output, by the type of the whole answer."""
    if expects is None or len(box.outputs) != 1 or box.aggregation:
        return None
    if box.hit_policy in _MANY:
        return expects.item if expects.name == "list" else None
    return expects


def _input(clause: InputClause, names: Mapping[str, Type], texts: Texts, place: Place) -> Type:
    """The type of a column's input, as its cells meet it."""
    declared = texts.type_of(clause.type_ref, place)
    if not clause.expression.strip():
        texts.tell(place, "the column has no expression; write what the rules test")
    found = texts.check(clause.expression, names, place, expects=declared)
    kind = declared or (ANY if found.name == "null" else found)
    return _with_values(clause.values, kind, names, texts, place.within("its values"))


def _output(
    clause: OutputClause,
    names: Mapping[str, Type],
    texts: Texts,
    place: Place,
    *,
    expects: Type | None,
) -> Type | None:
    """The type that a column's cells have to fit; None where any will do."""
    declared = texts.type_of(clause.type_ref, place) or expects
    kind = _with_values(
        clause.values, declared or ANY, names, texts, place.within("its values")
    )  # fmt: skip
    if clause.default is not None:
        texts.check(clause.default, names, place.within("its default"), expects=kind)
    return None if kind.name == "Any" and kind.allows is None else kind


def _with_values(
    values: str | None, kind: Type, names: Mapping[str, Type], texts: Texts, place: Place
) -> Type:
    """The type, allowing only those values."""
    if values is None or not values.strip():
        return kind
    count = len(texts.problems)
    texts.check(values, names, place, is_cell_of=kind)
    return kind if len(texts.problems) > count else limited(kind, values)


def _answer(box: TableBox, outputs: list[Type | None], found: list[list[Type]]) -> Type:
    cells = [
        wanted if wanted is not None and wanted.name != "Any" else _plain(k.joined_all(kinds))
        for wanted, kinds in zip(outputs, found, strict=True)
    ]
    if box.aggregation == "COUNT":
        return k.NUMBER
    if len(cells) == 1:
        one = cells[0]
    else:
        one = Type(
            name="context",
            members={
                clause.name or f"output {place}": kind
                for place, (clause, kind) in enumerate(zip(box.outputs, cells, strict=True), 1)
            },
        )
    return k.list_of(one) if box.hit_policy in _MANY and not box.aggregation else one


def _plain(kind: Type) -> Type:
    """What is always null in each rule is of no type that could be told."""
    return ANY if kind.name == "null" else kind
