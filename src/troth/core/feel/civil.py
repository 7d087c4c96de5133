"""Which day, moment or span of time is meant, in any year and to the nanosecond?

FEEL's dates reach from the year -999,999,999 to 999,999,999 and its times to the nanosecond (DMN
1.5, 10.3.2.3.4 to 10.3.2.3.9), which Python's own do not hold. Years count astronomically, in the
proleptic Gregorian calendar of ISO 8601.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NANO = 1_000_000_000  # nanoseconds in a second
DAY = 86_400 * NANO  # nanoseconds in a day
LAST_YEAR = 999_999_999
_LONGEST_SPAN = 10**19 * NANO  # some more than java.time's
_MOST_MONTHS = 12 * 10**12
_MAX_OFFSET = 18 * 3600  # seconds (DMN 1.5, table 58; java.time's bound as well)


def days_in_month(year: int, month: int) -> int:
    """How many days the month of that year has, 28 to 31."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """A calendar day. FEEL's `date`."""

    year: int
    month: int
    day: int

    def __post_init__(self) -> None:
        if not (
            -LAST_YEAR <= self.year <= LAST_YEAR
            and 1 <= self.month <= 12
            and 1 <= self.day <= days_in_month(self.year, self.month)
        ):
            raise ValueError(f"no such day: {self.year}-{self.month}-{self.day}")

    @property
    def ordinal(self) -> int:
        """Days since 1970-01-01."""
        year = self.year - (self.month <= 2)
        era, of_era = divmod(year, 400)
        of_year = (153 * (self.month + (-3 if self.month > 2 else 9)) + 2) // 5 + self.day - 1
        return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468

    @property
    def weekday(self) -> int:
        """1 is Monday, 7 is Sunday (ISO 8601)."""
        return (self.ordinal + 3) % 7 + 1

    @property
    def day_of_year(self) -> int:
        return self.ordinal - Day(self.year, 1, 1).ordinal + 1

    @property
    def week_of_year(self) -> int:
        """ISO 8601: the week of a day is that of its Thursday."""
        thursday = day_at(self.ordinal - self.weekday + 4)
        return (thursday.day_of_year - 1) // 7 + 1

    def plus_months(self, months: int) -> Day:
        """The same day of another month, or that month's last."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Day(year, month + 1, min(self.day, days_in_month(year, month + 1)))


def day_at(ordinal: int) -> Day:
    """The day so many days after 1970-01-01. Raises ValueError outside of FEEL's years."""
    era, of_era = divmod(ordinal + 719_468, 146_097)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return Day(era * 400 + year + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day, local or with its distance from UTC or its zone. FEEL's `time`."""

    nanosecond: int  # of the day
    offset: int | None = None  # seconds east of UTC
    zone: str | None = None  # an IANA name; then there is no offset
    fold: int = 0  # 1: the second of two that a zone tells alike in autumn (PEP 495)

    def __post_init__(self) -> None:
        if not 0 <= self.nanosecond < DAY:
            raise ValueError("a day has 24 hours")
        if self.offset is not None and abs(self.offset) > _MAX_OFFSET:
            raise ValueError("an offset is at most 18 hours")

    @property
    def hour(self) -> int:
        return self.nanosecond // (3600 * NANO)

    @property
    def minute(self) -> int:
        return self.nanosecond // (60 * NANO) % 60

    @property
    def second(self) -> int:
        return self.nanosecond // NANO % 60

    @property
    def fraction(self) -> int:
        """Nanoseconds of the second."""
        return self.nanosecond % NANO

    @property
    def is_local(self) -> bool:
        return self.offset is None and self.zone is None

    def offset_on(self, day: Day | None) -> int | None:
        """Seconds east of UTC; a zone's depends on the day, and is unknown without one."""
        if self.zone is None or day is None:
            return self.offset
        return zone_offset(self.zone, day, self)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day and a time of it. FEEL's `date and time`."""

    day: Day
    clock: Clock

    @property
    def local(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00 on the wall's clock."""
        return self.day.ordinal * DAY + self.clock.nanosecond

    @property
    def instant(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00 UTC; a local moment is taken for UTC."""
        return self.local - (self.clock.offset_on(self.day) or 0) * NANO

    def plus(self, nanoseconds: int) -> Moment:
        """So much later. Of a zone: so much later in truth, told on that zone's clock."""
        if self.clock.zone is None:
            ordinal, rest = divmod(self.local + nanoseconds, DAY)
            return Moment(day_at(ordinal), replace(self.clock, nanosecond=rest))
        return at_zone(self.instant + nanoseconds, self.clock.zone)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """FEEL's `days and time duration`. Raises ValueError beyond 10 ** 19 seconds."""

    nanoseconds: int

    def __post_init__(self) -> None:
        if abs(self.nanoseconds) > _LONGEST_SPAN:
            raise ValueError("a duration has at most 10 ** 19 seconds")


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """FEEL's `years and months duration`. Raises ValueError beyond 10 ** 12 years."""

    months: int

    def __post_init__(self) -> None:
        if abs(self.months) > _MOST_MONTHS:
            raise ValueError("a duration has at most 10 ** 12 years")

    def __str__(self) -> str:
        sign = "-" if self.months < 0 else ""
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return f"{sign}P{text or '0M'}"


@lru_cache(maxsize=256)
def zone_named(name: str) -> ZoneInfo:
    """Raises ValueError where no zone is called so."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no time zone is called {name!r}") from error


def zone_offset(zone: str, day: Day, clock: Clock) -> int:
    """Seconds east of UTC of a local time; of one told twice, as its fold says (PEP 495)."""
    local = dt.datetime(
        _like(day.year), day.month, day.day, clock.hour, clock.minute, clock.second,
        tzinfo=zone_named(zone), fold=clock.fold,
    )  # fmt: skip
    offset = local.utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def at_zone(instant: int, zone: str) -> Moment:
    """An instant, in nanoseconds since 1970-01-01 UTC, on the clock of a zone."""
    ordinal, rest = divmod(instant, DAY)
    day = day_at(ordinal)
    utc = dt.datetime(_like(day.year), day.month, day.day, tzinfo=dt.UTC) + dt.timedelta(
        seconds=rest // NANO
    )
    told = utc.astimezone(zone_named(zone))
    offset = told.utcoffset()
    seconds = 0 if offset is None else int(offset.total_seconds())
    ordinal, rest = divmod(instant + seconds * NANO, DAY)
    return Moment(day_at(ordinal), Clock(rest, None, zone, fold=told.fold))


def _like(year: int) -> int:
    """A year that Python holds with the same calendar: the Gregorian one repeats in 400 years."""
    return year if 2 <= year <= 9998 else 2000 + year % 400
