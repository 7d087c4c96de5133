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
    months = sorted({at.month for start, end, _ in overlaps for at in (start, end)})
    hours = sorted({hour for start, end, _ in overlaps for hour in _hours(start, end)})
    branches = " ".join(
        f"WHEN {local} >= TIMESTAMP '{start}' AND {local} < TIMESTAMP '{end}' "
        f"THEN CAST({local} AS TIMESTAMPTZ) - INTERVAL '{offset}' SECOND"
        for start, end, offset in overlaps
    )
    # DuckDB's own answer is the later of the two instants. Month and hour spare the long list.
    return (
        f"CASE WHEN month({local}) IN ({', '.join(map(str, months))}) "
        f"AND hour({local}) IN ({', '.join(map(str, hours))}) "
        f"THEN (CASE {branches} ELSE {plain} END) ELSE {plain} END"
    )


def _hours(start: datetime, end: datetime) -> set[int]:
    count = (end - start) // timedelta(hours=1) + 2
    return {(start + timedelta(hours=step)).hour for step in range(count)}


@lru_cache(maxsize=64)
def repeated_hours(zone: str) -> tuple[tuple[datetime, datetime, int], ...]:
    """Local times shown twice: (first, end, UTC offset in seconds before the clock went back)."""
    place = ZoneInfo(zone)
    found = []
    day, before = _FIRST, _offset(_FIRST, place)
    while day < _LAST:
        following = day + timedelta(days=1)
        after = _offset(following, place)
        if after < before:
            change = _change(day, following, place)
            naive = change.replace(tzinfo=None)
            offset = int(before.total_seconds())
            found.append((naive + after, naive + before, offset))
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
