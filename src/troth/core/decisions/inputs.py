"""What does a decision's input say, and what is wrong with one that cannot be read?

A person writes it as a file, a receipt keeps it: both are read here, key by key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from troth.core.calendars import CalendarError
from troth.core.calendars.instants import zone_named
from troth.core.ledger.canonical import decimal_text, instant_text

_MISSING: Any = object()


class DecisionInputError(ValueError):
    """An input of a decision cannot be read. Correct what the message names, and decide again."""

    code = "decision.input"

    def __init__(self, *, path: str, found: object, expected: str, remedy: str) -> None:
        self.path, self.found, self.expected, self.remedy = path, str(found), expected, remedy
        super().__init__(f"{path}: found {found}, expected {expected}. {remedy}")

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions pickle by position; these are built by keyword.
        return (_rebuilt, (self.path, self.found, self.expected, self.remedy))


def _rebuilt(path: str, found: str, expected: str, remedy: str) -> DecisionInputError:
    return DecisionInputError(path=path, found=found, expected=expected, remedy=remedy)


def refuse(path: str, found: object, expected: str, remedy: str) -> NoReturn:
    """Raises DecisionInputError, with what was found as Python shows it."""
    shown = "nothing" if found is _MISSING else repr(found)
    raise DecisionInputError(path=path, found=shown[:200], expected=expected, remedy=remedy)


class Fields:
    """The keys of one mapping, each read once; `finish` refuses those that nobody read.

    Every reader raises DecisionInputError. A key with a default may be missing or null.
    """

    def __init__(self, found: object, *, path: str) -> None:
        if not isinstance(found, Mapping):
            refuse(path or "input", found, "an object with named values", 'Write {"…": …}.')
        self._found = found
        self._path = path
        self._read: set[str] = set()

    def at(self, key: str) -> str:
        """Where a key stands: "facts.placed_at"."""
        return f"{self._path}.{key}" if self._path else key

    def raw(self, key: str, default: Any = _MISSING) -> Any:
        """Whatever stands there."""
        self._read.add(key)
        found = self._found.get(key)
        if found is None:
            if default is _MISSING:
                refuse(self.at(key), _MISSING, "a value", "Add it: it has no default.")
            return default
        return found

    def text(self, key: str, default: Any = _MISSING, allowed: Sequence[str] = ()) -> Any:
        """Text that is not empty, unless that is the default."""
        found = self.raw(key, default)
        if found is default:
            return found
        if not isinstance(found, str) or (not found and default is _MISSING):
            refuse(self.at(key), found, "text", "Put it in quotes.")
        if allowed and found not in allowed:
            refuse(self.at(key), found, f"one of {', '.join(allowed)}", "Choose one of these.")
        return found

    def instant(self, key: str, default: Any = _MISSING) -> Any:
        """An aware instant, from ISO 8601 text."""
        found = self.raw(key, default)
        return found if found is default else read_instant(found, path=self.at(key))

    def time_zone(self, key: str, default: Any = _MISSING) -> Any:
        """The name of a zone that this machine knows."""
        found = self.text(key, default)
        if found is not default:
            try:
                zone_named(found)
            except CalendarError:
                refuse(self.at(key), found, "an IANA time zone", "Write it as 'Europe/Berlin'.")
        return found

    def integer(
        self,
        key: str,
        default: Any = _MISSING,
        *,
        minimum: int | None = None,
        maximum: int | None = None,
    ) -> Any:
        """A whole number within its bounds."""
        found = self.raw(key, default)
        if found is default:
            return found
        is_whole = isinstance(found, int) and not isinstance(found, bool)
        is_low = is_whole and minimum is not None and found < minimum
        is_high = is_whole and maximum is not None and found > maximum
        if not is_whole or is_low or is_high:
            bounds = f" from {minimum}" if minimum is not None else ""
            bounds += f" to {maximum}" if maximum is not None else ""
            refuse(self.at(key), found, f"a whole number{bounds}", "Write digits without quotes.")
        return found

    def integer_rows(self, key: str, *, width: int) -> list[list[int]]:
        """A list of lists of so many whole numbers."""
        rows = self.raw(key)
        if not isinstance(rows, list | tuple):
            refuse(self.at(key), rows, "a list of rows", f"Write {width} numbers a row.")
        for index, row in enumerate(rows):
            sound = isinstance(row, list | tuple) and len(row) == width
            # bool is an int to Python, but true is no count.
            if not sound or any(type(number) is not int for number in row):
                where = f"{self.at(key)}[{index}]"
                refuse(where, row, f"{width} whole numbers", "Write them as [24, 3, 0].")
        return [list(row) for row in rows]

    def mapping(self, key: str, default: Any = _MISSING) -> Any:
        """An object, to be read with Fields."""
        found = self.raw(key, default)
        if found is not default and not isinstance(found, Mapping):
            refuse(self.at(key), found, "an object with named values", 'Write {"…": …}.')
        return found

    def sequence(self, key: str, default: Any = _MISSING) -> Any:
        """A list of anything."""
        found = self.raw(key, default)
        if found is not default and not isinstance(found, list | tuple):
            refuse(self.at(key), found, "a list", "Write [ … ].")
        return found

    def instants(self, key: str, names: Iterable[str]) -> dict[str, datetime]:
        """Instants by name; only these names may stand there. Missing: none."""
        fields = Fields(self.mapping(key, {}), path=self.at(key))
        found = {name: fields.instant(name, None) for name in names}
        fields.finish()
        return {name: at for name, at in found.items() if at is not None}

    def finish(self) -> None:
        """Refuse a key that nobody read."""
        for key in self._found:
            if key not in self._read:
                known = ", ".join(sorted(self._read))
                where = self.at(str(key))
                refuse(where, key, f"one of {known}", "Correct the name, or remove it.")


def read_instant(found: object, *, path: str) -> datetime:
    """An aware instant from ISO 8601 text or an aware datetime. Raises DecisionInputError."""
    at = found
    if isinstance(found, str):
        try:
            at = datetime.fromisoformat(found)
        except ValueError:
            at = None
    if not isinstance(at, datetime) or at.tzinfo is None:
        refuse(path, found, "an instant with its zone", "Write it as 2026-01-31T09:00:00Z.")
    return at


def read_decimal(found: object, *, path: str) -> Decimal:
    """A finite number from text, a whole number or a Decimal. Raises DecisionInputError."""
    value = Decimal("NaN")
    if isinstance(found, (int, float, str, Decimal)) and not isinstance(found, bool):
        try:
            value = Decimal(repr(found) if isinstance(found, float) else found)
        except InvalidOperation:
            value = Decimal("NaN")
    if not value.is_finite():
        refuse(path, found, "a number", 'Write it as "0.95", with a point.')
    return value


def told(value: datetime | Decimal | None) -> str:
    """A value in a sentence. Instants in UTC: a sentence must not rest on time-zone data."""
    if value is None:
        return "never"
    if isinstance(value, Decimal):
        return decimal_text(value)
    return instant_text(value)[:16].replace("T", " ") + " UTC"


def percent(share: Decimal) -> str:
    """0.905 → "90.5 %"."""
    return f"{decimal_text(share * 100)} %"
