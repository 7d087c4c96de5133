"""Which days of some months are frozen, by how many freezes, as a calendar on the wall shows it?"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.utils import formats

from troth.store.queries.freezes import FreezeTime

SHOWN = 3  # months beside one another
_MONDAY = date(2024, 1, 1)
_NAMED = 4  # titles that a day tells on hover


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of a month's grid."""

    on: date
    count: int  # freezes that hold somewhere on it
    told: str  # which, for whoever rests the pointer on it
    is_today: bool
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class Month:
    """One month, week by week; None where a week begins or ends outside of it."""

    first: date
    weeks: tuple[tuple[Day | None, ...], ...]
    count: int  # freezes that hold somewhere in it


def month_of(text: str, *, otherwise: date) -> date:
    """'2026-12' → its first day; what is no month is the one of `otherwise`."""
    try:
        found = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        return otherwise.replace(day=1)
    return found if 1970 <= found.year < 2200 else otherwise.replace(day=1)


def shifted(first: date, months: int) -> date:
    """The first day of a month that many months later, or earlier."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def days_of(time: FreezeTime, zone: tzinfo) -> tuple[date, date]:
    """The first and the last day of a time: whole days as they are, others on the reader's wall.

    A freeze of whole days in Tokyo is on the same dates for a reader in Berlin, as it is on the
    customer's own calendar.
    """
    where = ZoneInfo(time.row.time_zone) if time.row.is_whole_days else zone
    last = time.ends_at - timedelta(microseconds=1)
    return time.starts_at.astimezone(where).date(), last.astimezone(where).date()


def reading_span(first: date, months: int) -> tuple[datetime, datetime]:
    """From when to when times have to be read, whatever zone their days are in."""
    start = datetime(first.year, first.month, 1, tzinfo=UTC) - timedelta(days=1)
    end = shifted(first, months)
    return start, datetime(end.year, end.month, 1, tzinfo=UTC) + timedelta(days=1)


def on_day(times: Iterable[FreezeTime], on: date, zone: tzinfo) -> tuple[FreezeTime, ...]:
    """Those that hold somewhere on a day."""
    found = []
    for time in times:
        first, last = days_of(time, zone)
        if first <= on <= last:
            found.append(time)
    return tuple(found)


def months_of(
    first: date,
    times: Iterable[FreezeTime],
    *,
    zone: tzinfo,
    today: date,
    chosen: date | None,
    shown: int = SHOWN,
) -> tuple[Month, ...]:
    """The grids of `shown` months from `first` on."""
    end = shifted(first, shown)
    held: dict[date, list[str]] = defaultdict(list)
    monthly: dict[date, set[str]] = defaultdict(set)
    for time in times:
        begin, last = days_of(time, zone)
        on = max(begin, first)
        while on <= last and on < end:
            held[on].append(time.row.title)
            monthly[on.replace(day=1)].add(time.row.id)
            on += timedelta(days=1)
    weeks = calendar.Calendar(firstweekday=0)

    def day(on: date) -> Day:
        titles = held.get(on, [])
        more = len(titles) - _NAMED
        told = ", ".join(titles[:_NAMED]) + (f" … +{more}" if more > 0 else "")
        return Day(
            on=on, count=len(titles), told=told, is_today=on == today, is_chosen=on == chosen
        )

    return tuple(
        Month(
            first=month,
            weeks=tuple(
                tuple(day(on) if on.month == month.month else None for on in week)
                for week in weeks.monthdatescalendar(month.year, month.month)
            ),
            count=len(monthly.get(month, ())),
        )
        for month in (shifted(first, place) for place in range(shown))
    )


def weekday_names() -> tuple[str, ...]:
    """Monday to Sunday, short, in the reader's language."""
    return tuple(formats.date_format(_MONDAY + timedelta(days=place), "D") for place in range(7))
