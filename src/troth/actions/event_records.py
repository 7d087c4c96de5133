"""Is this the content of a record of that kind, and what stands in its columns?

An event carries a whole record in our own words: the fields of core.records, money and
quantities as objects, instants with their offset.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

from troth.core.records.fields import FieldSpec, FieldType
from troth.core.records.kinds import RecordKind

_KEY = re.compile(r"[^\s:]{1,64}:.{1,512}", re.DOTALL)
_CURRENCY = re.compile("[A-Z]{3}")
_LARGEST = Decimal(10) ** 18
_PARTS = {FieldType.MONEY: "currency", FieldType.QUANTITY: "unit"}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong: where, what stands there, what should, and what to do."""

    path: str  # "data.total.currency"
    found: str
    expected: str
    remedy: str
    code: str = ""  # in quarantine; "" where the path tells it

    @property
    def sentence(self) -> str:
        return f"{self.path}: found {self.found}, expected {self.expected}. {self.remedy}"


@dataclass(frozen=True, kw_only=True)
class Content:
    """What an event's data says, column by column."""

    columns: Mapping[str, Any]
    custom: Mapping[str, Any]
    faults: tuple[Fault, ...]


class _FaultError(Exception):
    def __init__(self, expected: str, remedy: str, part: str = "") -> None:
        self.expected, self.remedy, self.part = expected, remedy, part


def read_content(kind: RecordKind, data: object) -> Content:
    """The columns of a record and every fault of it; the columns are whole where there is none."""
    if not isinstance(data, Mapping):
        return Content(columns={}, custom={}, faults=(_no_object("data", data),))
    faults: list[Fault] = []
    columns: dict[str, Any] = {}
    fields = {spec.name: spec for spec in kind.fields if spec.name != "key"}
    for name in data:
        if name not in fields and name != "custom":
            faults.append(_unknown(str(name), (*fields, "custom")))
    for spec in fields.values():
        value = data.get(spec.name)
        if value is None:
            if spec.is_required:
                faults.append(
                    Fault(
                        path=f"data.{spec.name}",
                        found="nothing",
                        expected=_EXPECTED[spec.type],
                        remedy=f"Add it: a {kind.name} is nothing without it.",
                    )
                )
            continue
        try:
            columns |= _read(spec, value)
        except _FaultError as error:
            faults.append(_fault(spec, value, error))
    custom = data.get("custom") or {}
    if not isinstance(custom, Mapping):
        faults.append(_no_object("data.custom", custom))
        custom = {}
    return Content(columns=columns, custom=custom, faults=tuple(faults))


def shown(value: object) -> str:
    """A value in a message, at most 80 characters of it."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def read_instant(value: object) -> datetime | None:
    """An aware instant in UTC from ISO 8601 text; None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        return None if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_storable(value: object) -> bool:
    """Whether all text in a JSON value can be kept: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
    if isinstance(value, Mapping):
        return all(is_storable(key) and is_storable(item) for key, item in value.items())
    if isinstance(value, list):
        return all(is_storable(item) for item in value)
    return True


def _fault(spec: FieldSpec, value: object, error: _FaultError) -> Fault:
    path = f"data.{spec.name}" + (f".{error.part}" if error.part else "")
    # What is personal is not repeated in answers and logs.
    found = type(value).__name__ if spec.sensitivity.is_stored_apart else shown(value)
    return Fault(path=path, found=found, expected=error.expected, remedy=error.remedy)


def _unknown(name: str, known: tuple[str, ...]) -> Fault:
    close = get_close_matches(name, known, n=1)
    remedy = f"Did you mean {close[0]!r}?" if close else "Put it under data.custom, or remove it."
    if name == "key":
        remedy = "Leave it out: the event's subject is the record's key."
    return Fault(
        path=f"data.{name}"[:200],
        found=shown(name),
        expected=f"one of {', '.join(known)}",
        remedy=remedy,
    )


def _no_object(path: str, found: object) -> Fault:
    return Fault(
        path=path,
        found=shown(found),
        expected="an object with the record's fields",
        remedy='Write {"field": value, …}.',
    )


def _read(spec: FieldSpec, value: object) -> dict[str, Any]:
    if spec.type in _PARTS:
        return _pair(spec, value, _PARTS[spec.type])
    if spec.type is FieldType.CODE:
        if value not in spec.allowed:
            raise _FaultError(f"one of {', '.join(spec.allowed)}", "Choose one of these.")
        return {spec.name: value}
    return {spec.name: _READ[spec.type](value)}


def _pair(spec: FieldSpec, value: object, part: str) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not {"amount", part} >= value.keys():
        raise _FaultError(_EXPECTED[spec.type], f'Write {{"amount": "12.50", "{part}": …}}.')
    word = value.get(part)
    if not isinstance(word, str) or not word or (part == "currency" and not is_currency(word)):
        expected = "three capital letters of ISO 4217" if part == "currency" else "a unit"
        raise _FaultError(
            expected, 'Write it as "EUR".' if part == "currency" else "Name it.", part
        )
    try:
        amount = _decimal(value.get("amount"))
    except _FaultError as error:
        raise _FaultError(error.expected, error.remedy, "amount") from error
    name = spec.columns[1][0]
    return {spec.name: amount, name: word}


def is_currency(word: str) -> bool:
    """Whether it looks like an ISO 4217 code."""
    return _CURRENCY.fullmatch(word) is not None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _FaultError(_EXPECTED[FieldType.TEXT], "Put it in quotes, or leave it out.")
    return value


def _key(value: object) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise _FaultError(_EXPECTED[FieldType.KEY], 'Name the system: "erp:4711".')
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise _FaultError(_EXPECTED[FieldType.INTEGER], "Write digits without quotes.")
    return value


def _decimal(value: object) -> Decimal:
    number = Decimal("NaN")
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = Decimal(repr(value) if isinstance(value, float) else value)
        except InvalidOperation:
            number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= _LARGEST:
        raise _FaultError(_EXPECTED[FieldType.DECIMAL], 'Write it as "12.50".')
    if number != (rounded := round(number, 6)):
        raise _FaultError(_EXPECTED[FieldType.DECIMAL], f'Round it, to "{rounded:f}".')
    return rounded


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise _FaultError(_EXPECTED[FieldType.BOOLEAN], "Write it without quotes.")
    return value


def _instant(value: object) -> datetime:
    at = read_instant(value)
    if at is None:
        raise _FaultError(_EXPECTED[FieldType.INSTANT], 'Write it as "2026-01-31T09:00:00Z".')
    return at


def _date(value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _FaultError(_EXPECTED[FieldType.DATE], 'Write it as "2026-01-31".') from error


# One line a type; a code is checked against its own list, a pair by its parts.
_READ: dict[FieldType, Callable[[object], Any]] = {
    FieldType.TEXT: _text,
    FieldType.KEY: _key,
    FieldType.INTEGER: _integer,
    FieldType.DECIMAL: _decimal,
    FieldType.BOOLEAN: _boolean,
    FieldType.INSTANT: _instant,
    FieldType.DATE: _date,
}
_EXPECTED: dict[FieldType, str] = {
    FieldType.TEXT: "text that is not empty",
    FieldType.CODE: "one of its codes",
    FieldType.KEY: "the key of a source record, with its system in front",
    FieldType.INTEGER: "a whole number",
    FieldType.DECIMAL: "a number below 10^18 with at most six decimals",
    FieldType.BOOLEAN: "true or false",
    FieldType.INSTANT: "an instant with its offset",
    FieldType.DATE: "a day",
    FieldType.MONEY: "an object with amount and currency",
    FieldType.QUANTITY: "an object with amount and unit",
}
