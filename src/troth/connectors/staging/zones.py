"""Which instant is a local time, where clocks were put back or forward?

A time that a clock showed twice takes the earlier instant; one that no clock showed is moved
forward by the gap (PEP 495, fold=0).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from troth.connectors.staging.quoting import text

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def to_instant(local: str, zone: str) -> str:
    """SQL of the instant (TIMESTAMPTZ) of a local time (TIMESTAMP), both as expressions."""
    if zone == "UTC":
        return f"CAST({local} AS TIMESTAMPTZ)"  # the session's zone is UTC
    plain = f"timezone({text(zone)}, {local})"
    overlaps = repeated_hours(zone)
    if not overlaps:
        return plain
    months = sorted({at.month for start, end in overlaps for at in (start, end)})
    hours = sorted({hour for start, end in overlaps for hour in _hours(start, end)})
    shifts = sorted({end - start for start, end in overlaps}, reverse=True)
    # DuckDB's own answer is the later of the two instants; the earlier one shows the same time.
    # Month and hour spare all other rows the second look.
    earlier = " ".join(
        f"WHEN timezone({text(zone)}, {plain} - {_interval(shift)}) = {local} "
        f"THEN {plain} - {_interval(shift)}"
        for shift in shifts
    )
    return (
        f"CASE WHEN month({local}) IN ({', '.join(map(str, months))}) "
        f"AND hour({local}) IN ({', '.join(map(str, hours))}) "
        f"THEN (CASE {earlier} ELSE {plain} END) ELSE {plain} END"
    )


def end_of_day(instant: str, zone: str) -> str:
    """SQL of the first instant after the local day in which an instant (TIMESTAMPTZ) lies."""
    local = instant if zone == "UTC" else f"timezone({text(zone)}, {instant})"
    following = f"date_trunc('day', CAST({local} AS TIMESTAMP)) + INTERVAL 1 DAY"
    return to_instant(f"({following})", zone)


def _interval(span: timedelta) -> str:
    return f"INTERVAL '{int(span.total_seconds())}' SECOND"


def _hours(start: datetime, end: datetime) -> set[int]:
    count = (end - start) // timedelta(hours=1) + 2
    return {(start + timedelta(hours=step)).hour for step in range(count)}


@lru_cache(maxsize=64)
def repeated_hours(zone: str) -> tuple[tuple[datetime, datetime], ...]:
    """Local times shown twice, from 1970 to 2100: (first, end)."""
    place = ZoneInfo(zone)
    found = []
    day, before = _FIRST, _offset(_FIRST, place)
    while day < _LAST:
        following = day + timedelta(days=1)
        after = _offset(following, place)
        if after < before:
            change = _change(day, following, place)
            naive = change.replace(tzinfo=None)
            found.append((naive + after, naive + before))
        day, before = following, after
    return tuple(found)


def _offset(at: datetime, place: ZoneInfo) -> timedelta:
    return at.astimezone(place).utcoffset() or timedelta()


def _change(low: datetime, high: datetime, place: ZoneInfo) -> datetime:
    """The first second of the new offset, somewhere in (low, high]."""
    old = _offset(low, place)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if _offset(middle, place) == old:
            low = middle
        else:
            high = middle
    return high
