"""Which instant is a local day or time, and which local day is an instant in?

Instants are aware datetimes, returned in UTC. Business time counts whole seconds: an instant
counts as the second that it falls in. Between an instant and a local time stands the zone's
offset; where it jumps, a local time may not exist (gap) or happen twice (fold, PEP 495).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from troth.core.calendars.errors import NaiveInstantError, UnknownTimeZoneError

DAY_SECONDS = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
# No zone has ever changed its offset twice within this many seconds.
_SCAN_SECONDS = 6 * 3_600


class OffsetSpan(NamedTuple):
    """A stretch of time in which a zone keeps one offset. All in seconds, the end excluded."""

    start: int
    end: int
    offset: int


def epoch_second(at: datetime) -> int:
    """Whole seconds since 1970-01-01T00:00Z, rounded down. Raises NaiveInstantError."""
    try:
        return (at - _EPOCH) // _SECOND
    except TypeError:
        raise NaiveInstantError(found=at) from None


def instant(second: int) -> datetime:
    """The UTC instant of an epoch second. Raises OverflowError or ValueError beyond year 9999."""
    try:
        return datetime.fromtimestamp(second, UTC)
    except OSError as error:  # what the platform's clock cannot hold: the same fault, by its name
        raise OverflowError(f"the second {second} lies beyond all years") from error


def whole_second(at: datetime) -> datetime:
    """The same instant in UTC, rounded down to its second. Raises NaiveInstantError."""
    return instant(epoch_second(at))


def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises UnknownTimeZoneError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UnknownTimeZoneError(found=name) from None


@lru_cache(maxsize=1_000)
def known_zone(name: str | None) -> str | None:
    """The name as it was given; None where it is the name of no zone here."""
    if not name:
        return None
    try:
        zone_named(name)
    except UnknownTimeZoneError:
        return None
    return name


def local_date(at: datetime, zone: str) -> date:
    """The day that the calendar on the wall shows in `zone` at this instant."""
    return instant(epoch_second(at)).astimezone(zone_named(zone)).date()


def closing_date(at: datetime, zone: str) -> date:
    """The local day that ends at or contains `at`: what to call a promise "by" that instant.

    The end of a day is the first instant of the next one; here it still names its own day.
    """
    return instant(epoch_second(at) - 1).astimezone(zone_named(zone)).date()


def start_of_local_day(on: date, zone: str) -> datetime:
    """The first instant of a local day. Where midnight falls into a gap, the gap's end."""
    return instant(_second_of(on, time(0), zone_named(zone), last=False))


def end_of_local_day(on: date, zone: str) -> datetime:
    """The instant that ends a local day, not itself part of it.

    A day that a zone skipped (Pacific/Apia, 2011-12-30) ends where it starts.
    """
    where, midnight = zone_named(zone), time(0)
    end = instant(_second_of(on + timedelta(days=1), midnight, where, last=True))
    if (end - _SECOND).astimezone(where).date() == on:
        return end
    # Midnight happens twice, and already the first was on the next day (America/Havana).
    return instant(_second_of(on + timedelta(days=1), midnight, where, last=False))


def add_days(at: datetime, days: int, zone: str) -> datetime:
    """The same local time of day, `days` local days later (earlier if negative).

    A local time that does not exist on that day becomes the first instant after the gap; one
    that happens twice is the first, unless `at` is itself the second of two.
    """
    local = instant(epoch_second(at)).astimezone(zone_named(zone))
    on = local.date() + timedelta(days=days)
    return instant(_second_of(on, local.time(), zone_named(zone), last=local.fold == 1))


def constant_offsets(zone: ZoneInfo, start: int, end: int) -> Iterator[OffsetSpan]:
    """Cut [start, end), in epoch seconds, where the zone's offset changes."""
    since, offset, known = start, _offset(zone, start), start
    while known < end:
        ahead = min(known + _SCAN_SECONDS, end)
        if _offset(zone, ahead) != offset:
            change = _change_between(zone, known, ahead)
            if change < end:
                yield OffsetSpan(since, change, offset)
                since, offset = change, _offset(zone, change)
        known = ahead
    if since < end:
        yield OffsetSpan(since, end, offset)


def _second_of(on: date, at: time, zone: ZoneInfo, *, last: bool) -> int:
    wall = datetime.combine(on, at, tzinfo=zone)
    early, late = epoch_second(wall.replace(fold=0)), epoch_second(wall.replace(fold=1))
    if early > late:  # Only in a gap does the offset from before it give the later instant.
        return _change_between(zone, late, early)
    return late if last else early


def _change_between(zone: ZoneInfo, before: int, after: int) -> int:
    """The first second of the offset in force at `after`; at `before` another one is."""
    there = _offset(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == there:
            after = middle
        else:
            before = middle
    return after


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset() or timedelta()
    return offset // _SECOND
