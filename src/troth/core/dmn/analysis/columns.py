"""Which values can the inputs of a table have? From declared types and allowed values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from troth.core.dmn.item_types import Types
from troth.core.dmn.models import TableBox

_NAME = re.compile(r"[^\W\d][\w ]*(\.[^\W\d][\w ]*)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """What an input column is about."""

    expression: str
    kind: str | None = None  # of FEEL's types; None where it is not declared
    allowed: tuple[str, ...] = ()  # unary tests, all of which an input passes
    is_whole: bool = False  # a number without a fraction
    is_computed: bool = False  # no input by itself, but worked out from others


def columns_of(
    box: TableBox,
    types: Types | None = None,
    variables: Mapping[str, str | None] | None = None,
    whole: Collection[str] = (),
) -> tuple[Column, ...]:
    """The columns of a table.

    `types` are those of its model, `variables` the names in scope with the names of their types,
    `whole` the input expressions that give whole numbers alone.
    """
    found = []
    for clause in box.inputs:
        expression = " ".join(clause.expression.split())
        kind, limits = _described(types, clause.type_ref)
        known = _of_variable(types, variables or {}, expression)
        if known is not None and kind in (None, "Any", known[0]):
            kind, limits = known[0] if kind in (None, "Any") else kind, (*limits, *known[1])
        if clause.values and clause.values.strip():
            limits = (clause.values, *limits)
        found.append(
            Column(
                expression=expression,
                kind=None if kind == "Any" else kind,
                allowed=tuple(dict.fromkeys(limits)),
                is_whole=expression in whole,
                is_computed=known is None and not _NAME.fullmatch(expression),
            )
        )
    return tuple(found)


def _described(
    types: Types | None, reference: str | None, path: tuple[str, ...] = ()
) -> tuple[str | None, tuple[str, ...]]:
    kind, limits = (types or NO_TYPES).described(reference, path)
    return None if kind is None else kind.name, limits


def _of_variable(
    types: Types | None, variables: Mapping[str, str | None], expression: str
) -> tuple[str | None, tuple[str, ...]] | None:
    """(type, tests that limit it) of a variable, or of a member of one."""
    if expression in variables:
        return _described(types, variables[expression])
    name, *path = expression.split(".")
    if name not in variables or not _NAME.fullmatch(".".join(("x", *path))):
        return None
    return _described(types, variables[name], tuple(path))


NO_TYPES = Types.none()
