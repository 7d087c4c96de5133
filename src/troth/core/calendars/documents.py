"""How does a calendar stand in a YAML file, and what is wrong with one that cannot be read?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NoReturn, TypedDict

from troth.core.calendars.errors import CalendarDocumentError, UnknownTimeZoneError
from troth.core.calendars.instants import zone_named
from troth.core.calendars.windows import SpecialDay, Window, ordered, parse_window

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KEYS = ("name", "time_zone", "week", "holidays", "special_days")


class CalendarFields(TypedDict):
    """What a document says, ready for BusinessCalendar."""

    name: str
    time_zone: str
    weekly: tuple[tuple[Window, ...], ...]
    holidays: frozenset[date]
    special_days: tuple[SpecialDay, ...]


def read_calendar(document: object) -> CalendarFields:
    """Check a plain mapping, key by key. Raises CalendarDocumentError for the first fault."""
    fields = _mapping(document, path="calendar")
    for key in fields:
        if key not in _KEYS:
            _refuse(str(key), repr(key), f"one of {', '.join(_KEYS)}", "Correct or remove the key.")
    return CalendarFields(
        name=_text(fields, "name"),
        time_zone=_time_zone(fields),
        weekly=_weekly(fields.get("week")),
        holidays=_holidays(fields.get("holidays")),
        special_days=_special_days(fields.get("special_days")),
    )


def write_calendar(
    name: str,
    time_zone: str,
    weekly: Sequence[Iterable[Window]],
    holidays: Iterable[date],
    special_days: Iterable[SpecialDay],
) -> dict[str, object]:
    """The mapping that `read_calendar` reads; closed weekdays are left out."""
    document: dict[str, object] = {
        "name": name,
        "time_zone": time_zone,
        "week": {
            day: [str(window) for window in windows]
            for day, windows in zip(WEEKDAYS, weekly, strict=True)
            if windows
        },
        "holidays": [on.isoformat() for on in sorted(holidays)],
    }
    special = {day.on.isoformat(): [str(window) for window in day.windows] for day in special_days}
    if special:
        document["special_days"] = special
    return document


def _weekly(found: object) -> tuple[tuple[Window, ...], ...]:
    days: dict[int, tuple[Window, ...]] = {}
    for key, windows in _mapping(found, path="week").items():
        path = f"week.{key}"
        for day in _weekdays(key, path=path):
            if day in days:
                _refuse(path, WEEKDAYS[day], "each weekday once", "Remove one of the two.")
            days[day] = _windows(windows, path=path)
    return tuple(days.get(day, ()) for day in range(7))


def _weekdays(key: object, *, path: str) -> list[int]:
    names = [part.strip().lower() for part in str(key).split("-")]
    if len(names) > 2 or any(name not in WEEKDAYS for name in names):
        _refuse(
            path,
            repr(key),
            f"a weekday ({', '.join(WEEKDAYS)}) or a range such as 'mon-fri' or 'sun-thu'",
            "Write the first three letters of the English name.",
        )
    first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _windows(found: object, *, path: str) -> tuple[Window, ...]:
    items = _sequence(found, path=path, expected="a list of windows such as ['09:00-17:00']")
    read = [parse_window(item, path=f"{path}[{index}]") for index, item in enumerate(items)]
    return ordered(read, path=path)


def _holidays(found: object) -> frozenset[date]:
    if found is None:
        return frozenset()
    items = _sequence(found, path="holidays", expected="a list of dates such as ['2026-01-01']")
    return frozenset(_date(item, path=f"holidays[{index}]") for index, item in enumerate(items))


def _special_days(found: object) -> tuple[SpecialDay, ...]:
    if found is None:
        return ()
    days: dict[date, SpecialDay] = {}
    for key, windows in _mapping(found, path="special_days").items():
        path = f"special_days.{key}"
        on = _date(key, path=path)
        if on in days:
            _refuse(path, str(on), "each date once", "Remove one of the two.")
        days[on] = SpecialDay(on=on, windows=_windows(windows, path=path))
    return tuple(days.values())


def _text(fields: Mapping[object, object], key: str) -> str:
    found = fields.get(key)
    if not isinstance(found, str) or not found.strip():
        _refuse(key, repr(found), "a text that is not empty", f"Add `{key}:` with its value.")
    return found.strip()


def _time_zone(fields: Mapping[object, object]) -> str:
    name = _text(fields, "time_zone")
    try:
        zone_named(name)
    except UnknownTimeZoneError as unknown:
        raise CalendarDocumentError(
            path="time_zone",
            found=repr(name),
            expected="an IANA name such as 'Europe/Berlin'",
            remedy="Correct the name, or update the time-zone data of this machine.",
        ) from unknown
    return name


def _date(found: object, *, path: str) -> date:
    # YAML turns an unquoted date into a date by itself.
    if isinstance(found, date) and not isinstance(found, datetime):
        return found
    try:
        return date.fromisoformat(found.strip() if isinstance(found, str) else "")
    except ValueError:
        _refuse(path, repr(found), "a date such as '2026-01-01'", "Write year, month and day.")


def _mapping(found: object, *, path: str) -> Mapping[object, object]:
    if not isinstance(found, Mapping):
        _refuse(path, repr(found), "a mapping of keys to values", "Write it as `key: value` lines.")
    return found


def _sequence(found: object, *, path: str, expected: str) -> Sequence[object]:
    if not isinstance(found, list | tuple):
        _refuse(path, repr(found), expected, "Put it in a list, even when there is only one.")
    return found


def _refuse(path: str, found: str, expected: str, remedy: str) -> NoReturn:
    raise CalendarDocumentError(path=path, found=found, expected=expected, remedy=remedy)
