"""What does each field of a record mean, how is it typed, and how sensitive is it?"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from troth.core.records.values import Money, Quantity, Sensitivity


class FieldType(StrEnum):
    """How a field is stored and checked."""

    TEXT = "text"
    CODE = "code"  # one of a fixed set
    KEY = "key"  # names a source record: "<system>:<key>"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    INSTANT = "instant"  # aware, stored in UTC
    DATE = "date"
    MONEY = "money"  # two columns: NAME and NAME_currency
    QUANTITY = "quantity"  # two columns: NAME and NAME_unit


@dataclass(frozen=True, kw_only=True)
class FieldSpec:
    """One field of a record kind, as read from its declaration."""

    name: str
    type: FieldType
    about: str
    sensitivity: Sensitivity
    is_required: bool
    refers_to: str | None  # the record kind that a KEY names; None where it is the record's own
    allowed: tuple[str, ...]  # the codes of a CODE field, in their declared order

    @property
    def columns(self) -> tuple[tuple[str, FieldType], ...]:
        """The storage columns of this field, each with its plain type."""
        if self.type is FieldType.MONEY:
            return ((self.name, FieldType.DECIMAL), (f"{self.name}_currency", FieldType.TEXT))
        if self.type is FieldType.QUANTITY:
            return ((self.name, FieldType.DECIMAL), (f"{self.name}_unit", FieldType.TEXT))
        return ((self.name, self.type),)


def about(
    text: str,
    *,
    sensitivity: Sensitivity = Sensitivity.INTERNAL,
    refers_to: str | None = None,
    required: bool = False,
) -> Any:
    """Declare a record's field: its meaning, who may see it, what it refers to.

    A required field has no default; every other field defaults to None ("no value").
    """
    metadata = {"about": text, "sensitivity": sensitivity, "refers_to": refers_to}
    if required:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=None, metadata=metadata)


_PLAIN = {
    str: FieldType.TEXT,
    int: FieldType.INTEGER,
    Decimal: FieldType.DECIMAL,
    bool: FieldType.BOOLEAN,
    datetime: FieldType.INSTANT,
    date: FieldType.DATE,
    Money: FieldType.MONEY,
    Quantity: FieldType.QUANTITY,
}


def field_specs(record: type[Any]) -> tuple[FieldSpec, ...]:
    """The fields of a record class in their order, without `custom`.

    Raises TypeError where a field's annotation has no storage type.
    """
    hints = typing.get_type_hints(record)
    return tuple(
        _spec(record, item, hints[item.name])
        for item in dataclasses.fields(record)
        if item.name != "custom"
    )


def _spec(record: type[Any], item: dataclasses.Field[Any], hint: Any) -> FieldSpec:
    kind = _unwrapped(hint)
    allowed: tuple[str, ...] = ()
    if isinstance(kind, typing.NewType):
        field_type = FieldType.KEY
    elif isinstance(kind, type) and issubclass(kind, StrEnum):
        field_type, allowed = FieldType.CODE, tuple(code.value for code in kind)
    elif kind in _PLAIN:
        field_type = _PLAIN[kind]
    else:
        raise TypeError(f"{record.__name__}.{item.name}: {hint!r} has no storage type")
    return FieldSpec(
        name=item.name,
        type=field_type,
        about=item.metadata["about"],
        sensitivity=item.metadata["sensitivity"],
        is_required=item.default is dataclasses.MISSING,
        refers_to=item.metadata["refers_to"],
        allowed=allowed,
    )


def _unwrapped(hint: Any) -> Any:
    """`X | None` → X."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(part for part in typing.get_args(hint) if part is not type(None))
    return hint
