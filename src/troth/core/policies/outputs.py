"""Is this a valid answer for that output, and what is it once read?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, NoReturn

from troth.core.calendars.documents import read_calendar
from troth.core.calendars.errors import CalendarError
from troth.core.calendars.instants import zone_named
from troth.core.policies.specs import InputSpec, OutputSpec

_CLOCK_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong with a document: where, what was expected, what to do next."""

    path: str  # "outputs.service_quantile"
    found: str
    expected: str
    remedy: str

    @property
    def sentence(self) -> str:
        return f"{self.path}: found {self.found}, expected {self.expected}. {self.remedy}"


class FaultError(ValueError):
    """Reading stopped at a fault; `validate` lists them all."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.sentence)


def read_value(spec: OutputSpec, found: Any, *, path: str) -> Any:
    """The typed value of an output, None where it gives no answer. Raises FaultError.

    A decimal may stand as text, integer or a binary fraction with a short decimal form (0.95).
    Lists become tuples and mappings plain dictionaries, all the way down.
    """
    if found is None:
        return None
    value = _READ[spec.type](spec, found, path)
    _check_range(spec, value, path)
    return value


def read_input(spec: InputSpec, found: Any) -> Any:
    """The typed value of what a table may ask for, also from its text. Raises FaultError."""
    if found is None or found == "":
        return None
    value = found
    match spec.type:
        case "number":
            value = _decimal(OutputSpec(name=spec.name, about="", type="decimal"), found, spec.name)
        case "boolean" if isinstance(found, str):
            value = {"true": True, "false": False}.get(found.lower(), found)
        case "instant" if isinstance(found, str):
            value = _instant_of(found)
    kinds = {"number": Decimal, "boolean": bool, "text": str, "instant": datetime}
    if not isinstance(value, kinds[spec.type]):
        expected = {"boolean": "true or false", "text": "text"}.get(
            spec.type, "an instant with its offset, as 2026-01-31T09:00:00Z"
        )
        refuse(spec.name, found, expected, "Correct it, or leave it out.")
    if spec.allowed and value not in spec.allowed:
        names = ", ".join(str(item) for item in spec.allowed)
        refuse(spec.name, found, f"one of {names}", "Choose one of these.")
    return value


def _instant_of(found: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(found)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def unknown_key(path: str, key: object, known: Iterable[str], what: str) -> Fault:
    """The fault of a name that nobody declared, with the nearest one that somebody did."""
    names = list(known)
    close = get_close_matches(str(key), names, n=1)
    remedy = f"Did you mean {close[0]!r}?" if close else "Correct or remove it."
    return Fault(path=path, found=repr(key), expected=f"{what}: {', '.join(names)}", remedy=remedy)


def refuse(path: str, found: Any, expected: str, remedy: str) -> NoReturn:
    """Raises FaultError."""
    raise FaultError(Fault(path=path, found=repr(found), expected=expected, remedy=remedy))


def _integer(spec: OutputSpec, found: Any, path: str) -> int:
    if isinstance(found, bool) or not isinstance(found, int):
        refuse(path, found, _expected(spec, "a whole number"), "Write digits without quotes.")
    return int(found)


def _decimal(spec: OutputSpec, found: Any, path: str) -> Decimal:
    if isinstance(found, (int, float, str, Decimal)) and not isinstance(found, bool):
        try:
            value = Decimal(repr(found) if isinstance(found, float) else found)
        except InvalidOperation:
            value = Decimal("NaN")
        if value.is_finite():
            return value
    refuse(path, found, _expected(spec, "a number"), "Write it as 0.95, with a point.")


def _text(spec: OutputSpec, found: Any, path: str) -> str:
    if not isinstance(found, str) or not found:
        refuse(path, found, _expected(spec, "text"), "Put it in quotes.")
    if spec.format == "clock_time" and not _CLOCK_TIME.fullmatch(found):
        refuse(path, found, "a time from 00:00 to 24:00", "Write hours and minutes, as '08:30'.")
    if spec.format == "time_zone":
        try:
            zone_named(found)
        except CalendarError:
            refuse(path, found, "an IANA time zone", "Write it as 'Europe/Berlin'.")
    return found


def _boolean(spec: OutputSpec, found: Any, path: str) -> bool:
    if not isinstance(found, bool):
        refuse(path, found, "true or false", "Write true or false without quotes.")
    return bool(found)


def _list(spec: OutputSpec, found: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(found, (list, tuple)) or not found:
        refuse(path, found, "a list with at least one entry", "Write it as [0, 1, 2].")
    if spec.item is None:
        return tuple(found)
    return tuple(_entry(spec.item, item, f"{path}[{at}]") for at, item in enumerate(found))


def _entry(spec: OutputSpec, found: Any, path: str) -> Any:
    value = read_value(spec, found, path=path)
    if value is None:
        refuse(path, found, _expected(spec, f"a value ({spec.type})"), "Give it, or remove it.")
    return value


def _mapping(spec: OutputSpec, found: Any, path: str) -> dict[str, Any]:
    if not isinstance(found, Mapping):
        refuse(path, found, "a mapping of names to values", "Write one 'name: value' a line.")
    if spec.format == "calendar":
        try:
            read_calendar(found)
        except CalendarError as error:
            refuse(path, dict(found), "a business calendar", str(error))
    if not spec.fields:
        return dict(found)
    names = [part.name for part in spec.fields]
    for key in found:
        if key not in names:
            raise FaultError(unknown_key(f"{path}.{key}", key, names, "one of"))
    return {
        part.name: _entry(part, found.get(part.name), f"{path}.{part.name}") for part in spec.fields
    }


_READ = {
    "integer": _integer,
    "decimal": _decimal,
    "text": _text,
    "boolean": _boolean,
    "list": _list,
    "mapping": _mapping,
}


def _check_range(spec: OutputSpec, value: Any, path: str) -> None:
    too_low = spec.minimum is not None and value < spec.minimum
    too_high = spec.maximum is not None and value > spec.maximum
    if too_low or too_high:
        refuse(path, value, _expected(spec, "a number"), "Choose a value in this range.")
    if spec.allowed and value not in spec.allowed:
        names = ", ".join(str(item) for item in spec.allowed)
        refuse(path, value, f"one of {names}", "Choose one of these.")


def _expected(spec: OutputSpec, what: str) -> str:
    unit = f" of {spec.unit}" if spec.unit and spec.is_number else ""
    if spec.minimum is not None and spec.maximum is not None:
        return f"{what}{unit} from {spec.minimum} to {spec.maximum}"
    if spec.minimum is not None:
        return f"{what}{unit}, at least {spec.minimum}"
    return what + unit
