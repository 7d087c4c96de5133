"""Which freezes does a calendar file hold, and what is wrong with those that cannot be kept?

An event is a freeze. What RFC 5545 offers and a freeze has no place for is told with component and
line, and never guessed: moved single repetitions, dates without a rule, rules by the day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NoReturn, TypeVar

from icalendar.prop import vDDDTypes, vDuration
from icalendar.timezone import windows_to_olson

from troth.connectors.calendars.lines import (
    MOST_EVENTS,
    CalendarFileError,
    Component,
    Property,
    components_of,
)
from troth.core.calendars.errors import UnknownTimeZoneError
from troth.core.calendars.instants import zone_named
from troth.core.policies.freezes import (
    Between,
    FreezeKind,
    InvalidFreezeError,
    NewFreeze,
    WholeDays,
)
from troth.core.policies.recurrence import Recurrence, RecurrenceError, parse
from troth.core.policies.scopes import Scope

__all__ = ["CalendarFault", "CalendarFileError", "ReadCalendar", "read_calendar"]

_LONGEST_UID = 500
_ESCAPE = re.compile(r"\\(.)")
# What a freeze has no place for → what to do about it.
_NOT_TAKEN = {
    "RECURRENCE-ID": "write the one that was moved as an event of its own, with its own UID",
    "RDATE": "write each date as an event of its own",
    "EXRULE": "leave dates out with EXDATE; RFC 5545 has given EXRULE up",
}
_FIELD_OF = {
    "title": "SUMMARY", "reason": "DESCRIPTION", "repeats": "RRULE", "skips": "EXDATE",
    "last_on": "DTEND", "ends_at": "DTEND",
}  # fmt: skip
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class CalendarFault:
    """What is wrong with one event."""

    line: int
    component: str  # VEVENT
    name: str  # of the property; "" where it is the component as a whole
    title: str  # the event's, "" where it has none
    sentence: str

    @property
    def told(self) -> str:
        about = f"{self.component} “{self.title}”" if self.title else self.component
        where = f"{about}, {self.name}" if self.name else about
        return f"line {self.line}: {where}: {self.sentence}"


@dataclass(frozen=True, kw_only=True)
class ReadCalendar:
    """What a calendar file holds. With a fault in it, nothing of it is to be kept."""

    name: str  # its own; "" where it says none
    freezes: tuple[NewFreeze, ...]
    faults: tuple[CalendarFault, ...]
    cancelled: int  # events that their own calendar has cancelled: left out
    others: int  # components that are no events: tasks, journals, alarms


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What holds where an event does not say it."""

    scope: Scope  # that the calendar is imported for
    kind: FreezeKind
    time_zone: str  # "" where it has to be said
    reason: str


class _FaultError(Exception):
    """Caught where the event is read."""

    def __init__(self, found: Property | None, name: str, sentence: str) -> None:
        self.found = found
        self.name = name
        self.sentence = sentence


def read_calendar(document: bytes, defaults: Defaults) -> ReadCalendar:
    """The freezes of an iCalendar file of at most 2 MB. Raises CalendarFileError where it is none.

    The zone of whole days and of times without one is X-WR-TIMEZONE, else the default's.
    """
    root = components_of(document)
    events = [item for item in root.children if item.name == "VEVENT"]
    if len(events) > MOST_EVENTS:
        raise CalendarFileError(
            f"The calendar has {len(events):,} events, at most {MOST_EVENTS:,} are read."
        )
    zone = root.first("X-WR-TIMEZONE")
    freezes: list[NewFreeze] = []
    faults: list[CalendarFault] = []
    lines: dict[str, int] = {}
    live = [event for event in events if not _is_cancelled(event)]
    for event in live:
        try:
            new = _freeze(event, defaults, zone)
            if new.uid in lines:
                raise _FaultError(
                    event.first("UID"), "UID", f"the event on line {lines[new.uid]} has it already"
                )
            lines[new.uid] = event.line
            freezes.append(new)
        except _FaultError as error:
            faults.append(_fault(event, error))
    ignored = {"VEVENT", "VTIMEZONE"}
    return ReadCalendar(
        name=_text(root, "X-WR-CALNAME") or _text(root, "NAME"),
        freezes=tuple(freezes),
        faults=tuple(faults),
        cancelled=len(events) - len(live),
        others=sum(item.name not in ignored for item in root.children),
    )


def _is_cancelled(event: Component) -> bool:
    return _text(event, "STATUS").upper() == "CANCELLED"


def _freeze(event: Component, defaults: Defaults, zone: Property | None) -> NewFreeze:
    for name, remedy in _NOT_TAKEN.items():
        if found := event.first(name):
            raise _FaultError(found, name, f"a freeze has no place for it; {remedy}")
    for name in ("DTSTART", "DTEND", "DURATION", "RRULE", "UID", "SUMMARY"):
        if len(event.all(name)) > 1:
            raise _FaultError(event.all(name)[1], name, "it stands there twice; keep one")
    _check_scope(event, defaults.scope)
    start = event.first("DTSTART")
    if start is None:
        raise _FaultError(None, "DTSTART", "it is missing; say when the freeze begins")
    time_zone, span = _span(event, start, _zone_of(event, start, defaults, zone))
    rule = event.first("RRULE")
    new = NewFreeze(
        kind=_kind(event, defaults.kind),
        title=" ".join(_text(event, "SUMMARY").split()),
        reason=_text(event, "DESCRIPTION").strip() or defaults.reason,
        span=span,
        time_zone=time_zone,
        repeats=None if rule is None else _rule(rule),
        skips=tuple(day for item in event.all("EXDATE") for day in _days(item, time_zone)),
        uid=_uid(event),
    )
    try:
        new.window("frz_", defaults.scope, author="")
    except InvalidFreezeError as error:
        name = _FIELD_OF.get(error.field, "DTSTART")
        raise _FaultError(event.first(name), name, error.sentence) from error
    return new


def _check_scope(event: Component, scope: Scope) -> None:
    found = event.first("X-TROTH-SCOPE")
    if found is not None and found.value.strip() != str(scope):
        raise _FaultError(
            found, found.name, f"it is for {found.value.strip()[:80]}, and is imported for {scope}"
        )


def _uid(event: Component) -> str:
    uid = _text(event, "UID").strip()
    if not 1 <= len(uid) <= _LONGEST_UID or not uid.isprintable():
        raise _FaultError(
            event.first("UID"), "UID", f"an event is known by 1 to {_LONGEST_UID} characters"
        )
    return uid


def _kind(event: Component, default: FreezeKind) -> FreezeKind:
    said = [_text(event, "X-TROTH-KIND"), *_text(event, "CATEGORIES").split(",")]
    for text in said:
        name = text.strip().lower().replace(" ", "_").replace("-", "_")
        if name in {kind.value for kind in FreezeKind}:
            return FreezeKind(name)
    return default


def _zone_of(
    event: Component, start: Property, defaults: Defaults, calendars: Property | None
) -> str:
    """In which zone days are counted and times without one are read; "" where nobody says."""
    own = event.first("X-TROTH-ZONE")
    named = start.parameters.get("TZID")
    if named:
        return _zone_named(start, str(named))
    for found in (own, calendars):
        if found is not None:
            return _zone_named(found, found.value)
    return defaults.time_zone


def _zone_named(found: Property, name: str) -> str:
    """The IANA name of a zone as calendars write it: Windows' names and paths are known too."""
    name = name.strip().strip('"')
    parts = name.strip("/").split("/")
    tries = [name, windows_to_olson.WINDOWS_TO_OLSON.get(name, ""), "/".join(parts[-2:]),
             "/".join(parts[-3:])]  # fmt: skip
    for item in filter(None, tries):
        try:
            return zone_named(item).key
        except UnknownTimeZoneError:
            continue
    return _refuse(found, f"{name[:80]!r} is no zone that is known; use one as Europe/Berlin")


def _span(event: Component, start: Property, zone: str) -> tuple[str, WholeDays | Between]:
    begin = _moment(start)
    end = event.first("DTEND")
    length = event.first("DURATION")
    if not isinstance(begin, datetime):
        if not zone:
            _refuse(start, "whole days need a zone; give --zone, or X-WR-TIMEZONE in the file")
        last = begin
        if end is not None:
            until = _moment(end)
            if isinstance(until, datetime):
                _refuse(end, "it is a time, and DTSTART is a day; make both alike")
            last = until - timedelta(days=1)
        elif length is not None:
            last = begin + _duration(length) - timedelta(days=1)
        return zone, WholeDays(first_on=begin, last_on=last)
    if begin.tzinfo is None and not zone:
        _refuse(start, "it names no zone; give --zone, or X-WR-TIMEZONE in the file")
    starts_at = _instant(begin, zone)
    if end is not None:
        until = _moment(end)
        if not isinstance(until, datetime):
            _refuse(end, "it is a day, and DTSTART is a time; make both alike")
        named = end.parameters.get("TZID")
        ends_at = _instant(until, _zone_named(end, str(named)) if named else zone)
    elif length is not None:
        ends_at = starts_at + _duration(length)
    else:
        _refuse(start, "there is no DTEND and no DURATION; say when the freeze ends")
    return zone or "UTC", Between(starts_at=starts_at, ends_at=ends_at)


def _moment(found: Property) -> date | datetime:
    """A day, or a time whose zone is UTC or not told yet."""
    value = _parsed(found, "a day as 20261224 or a time as 20261224T180000Z", vDDDTypes.from_ical)
    if not isinstance(value, date):
        _refuse(found, f"{found.value[:60]!r} is no day and no time")
    return value


def _instant(at: datetime, zone: str) -> datetime:
    """Of a time that comes twice the first; of one that never comes, that much after the gap."""
    aware = at if at.tzinfo is not None else at.replace(tzinfo=zone_named(zone))
    return aware.astimezone(UTC)


def _duration(found: Property) -> timedelta:
    length: timedelta = _parsed(found, "a duration as P3D or PT36H", vDuration.from_ical)
    return length


def _parsed(found: Property, expected: str, read: Callable[[str], Value]) -> Value:
    try:
        return read(found.value.strip())
    except (ValueError, OverflowError, TypeError) as error:
        raise _FaultError(
            found, found.name, f"found {found.value[:60]!r}, expected {expected}"
        ) from error


def _rule(found: Property) -> Recurrence:
    try:
        return parse(found.value)
    except RecurrenceError as error:
        raise _FaultError(found, "RRULE", str(error)) from error


def _days(found: Property, zone: str) -> Iterable[date]:
    for part in found.value.split(","):
        one = Property(line=found.line, name=found.name, value=part, parameters=found.parameters)
        at = _moment(one)
        if not isinstance(at, datetime):
            yield at
            continue
        named = found.parameters.get("TZID")
        where = _zone_named(found, str(named)) if named else zone
        yield _instant(at, where).astimezone(zone_named(zone)).date()


def _text(component: Component, name: str) -> str:
    found = component.first(name)
    return "" if found is None else _ESCAPE.sub(_unescaped, found.value)


def _unescaped(found: re.Match[str]) -> str:
    """RFC 5545, 3.3.11: \\n is a new line, and any other sign after a backslash is itself."""
    return "\n" if found[1] in "nN" else found[1]


def _fault(event: Component, error: _FaultError) -> CalendarFault:
    title = " ".join(_text(event, "SUMMARY").split())
    return CalendarFault(
        line=event.line if error.found is None else error.found.line,
        component=event.name,
        name=error.name,
        title=title[:80],
        sentence=error.sentence,
    )


def _refuse(found: Property, sentence: str) -> NoReturn:
    raise _FaultError(found, found.name, sentence)
