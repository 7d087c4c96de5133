"""When is a place open, week by week, and what does that make of a span of days?

It is open whenever the clock on its wall shows a time within one of the day's windows. So a
window over the end of summer time is an hour longer, one over its start an hour shorter; a
window that lies in a gap does not happen, and what lies in a fold happens twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from troth.core.calendars.documents import read_calendar, write_calendar
from troth.core.calendars.errors import CalendarDocumentError, OutOfSpanError, ReversedSpanError
from troth.core.calendars.instants import (
    DAY_SECONDS,
    constant_offsets,
    end_of_local_day,
    epoch_second,
    start_of_local_day,
    zone_named,
)
from troth.core.calendars.resolved import ResolvedCalendar
from troth.core.calendars.windows import WHOLE_DAY, SpecialDay, Window, ordered

Answer = TypeVar("Answer")
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_REACH_YEARS = (0, 1, 4, 16, 64)
_MOST_YEARS = 64  # spans of years that a calendar keeps


@dataclass(frozen=True, kw_only=True)
class BusinessCalendar:
    """Opening hours by weekday in one time zone, with the days that differ.

    A special day beats a holiday, a holiday beats the weekday. Raises CalendarDocumentError
    when windows overlap or a weekday is missing, UnknownTimeZoneError.
    """

    name: str
    time_zone: str  # IANA name
    weekly: tuple[tuple[Window, ...], ...]  # seven, from Monday; local wall time
    holidays: frozenset[date] = frozenset()  # local days, closed
    special_days: tuple[SpecialDay, ...] = ()  # one a date
    _special: Mapping[date, tuple[Window, ...]] = field(init=False, repr=False, compare=False)
    # Only saves work: what it holds follows from the fields and the time-zone data.
    _years: dict[tuple[int, int], ResolvedCalendar] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        zone_named(self.time_zone)
        special = {day.on: ordered(day.windows, path=f"{day.on}") for day in self.special_days}
        if len(self.weekly) != 7 or len(special) != len(self.special_days):
            raise CalendarDocumentError(
                path="weekly, special_days",
                found=f"{len(self.weekly)} weekdays, {len(self.special_days)} special days",
                expected="seven weekdays from Monday, and each special day once",
                remedy="Give a closed weekday an empty tuple; join what one date has twice.",
            )
        weekly = tuple(
            ordered(day, path=f"weekly[{index}]") for index, day in enumerate(self.weekly)
        )
        days = tuple(SpecialDay(on=on, windows=special[on]) for on in sorted(special))
        object.__setattr__(self, "weekly", weekly)
        object.__setattr__(self, "holidays", frozenset(self.holidays))
        object.__setattr__(self, "special_days", days)
        object.__setattr__(self, "_special", special)

    @classmethod
    @lru_cache(maxsize=16)  # the default of many decisions, whose years are worked out once
    def always_open(cls, time_zone: str = "UTC") -> BusinessCalendar:
        """Every second counts; each local day is one window, closing at its midnight."""
        return cls(name="always-open", time_zone=time_zone, weekly=((WHOLE_DAY,),) * 7)

    @classmethod
    def from_document(cls, document: object) -> BusinessCalendar:
        """Read a plain mapping, as it stands in YAML. Raises CalendarDocumentError.

        `{name, time_zone, week: {mon-fri: ["09:00-12:30", "13:30-18:00"], sat: [...]},
        holidays: ["2026-01-01"], special_days: {"2026-12-24": ["09:00-12:00"]}}`; days that
        `week` does not name are closed, the last two keys may be left out.
        """
        return cls(**read_calendar(document))

    def to_document(self) -> dict[str, object]:
        """What `from_document` reads, in one settled form."""
        return write_calendar(
            self.name, self.time_zone, self.weekly, self.holidays, self.special_days
        )

    def windows_on(self, on: date) -> tuple[Window, ...]:
        """The local windows of one day, in order; empty when closed."""
        special = self._special.get(on)
        if special is not None:
            return special
        return () if on in self.holidays else self.weekly[on.weekday()]

    def is_working_day(self, on: date) -> bool:
        """Whether there is any window on this local day."""
        return bool(self.windows_on(on))

    def add_working_days(self, on: date, days: int) -> date:
        """The local day that is `days` working days after `on` (before it, if negative).

        `on` itself is not counted, working or not; zero gives `on`. Raises OutOfSpanError
        when there are not so many in 64 years.
        """
        step = timedelta(days=1 if days > 0 else -1)
        day, left = on, abs(days)
        while left:
            day += step
            if abs(day.year - on.year) > _REACH_YEARS[-1]:
                raise OutOfSpanError(
                    asked=f"{days} working days from {on}", name=self.name, first=on, last=day
                )
            left -= self.is_working_day(day)
        return day

    def resolve(self, first: date, last: date) -> ResolvedCalendar:
        """Work out the local days `first` to `last`, both included, under today's offsets.

        Raises ReversedSpanError.
        """
        if last < first:
            raise ReversedSpanError(first=first, last=last)
        start = epoch_second(start_of_local_day(first, self.time_zone))
        end = epoch_second(end_of_local_day(last, self.time_zone))
        opens: list[int] = []
        closes: list[int] = []
        latest: tuple[int, Window] | None = None
        for span in constant_offsets(zone_named(self.time_zone), start, end):
            first_day = (span.start + span.offset) // DAY_SECONDS
            last_day = (span.end + span.offset - 1) // DAY_SECONDS
            for day in range(first_day, last_day + 1):
                midnight = day * DAY_SECONDS - span.offset
                for window in self.windows_on(date.fromordinal(_EPOCH_ORDINAL + day)):
                    opening = max(midnight + 60 * window.opens_minute, span.start)
                    closing = min(midnight + 60 * window.closes_minute, span.end)
                    if opening >= closing:
                        continue
                    if latest == (day, window) and closes[-1] == opening:
                        closes[-1] = closing  # the same window goes on across the jump
                    else:
                        opens.append(opening)
                        closes.append(closing)
                    latest = (day, window)
        return ResolvedCalendar(
            name=self.name,
            time_zone=self.time_zone,
            span_start=start,
            span_end=end,
            opens=tuple(opens),
            closes=tuple(closes),
        )

    def covering(self, start: datetime, end: datetime) -> ResolvedCalendar:
        """The resolved calendar of all years that two instants lie in; made once, then kept."""
        years = sorted(epoch.astimezone(UTC).year for epoch in (_aware(start), _aware(end)))
        return self._resolved_years(years[0], years[1])

    def working_seconds_between(self, start: datetime, end: datetime) -> int:
        """As ResolvedCalendar's, over any span."""
        return self.covering(start, end).working_seconds_between(start, end)

    def add_working_seconds(self, start: datetime, seconds: int) -> datetime:
        """As ResolvedCalendar's, up to 64 years away."""
        return self._reach(
            start, 1 if seconds >= 0 else -1, lambda near: near.add_working_seconds(start, seconds)
        )

    def is_open(self, at: datetime) -> bool:
        """As ResolvedCalendar's."""
        return self.covering(at, at).is_open(at)

    def next_open(self, at: datetime) -> datetime:
        """As ResolvedCalendar's, up to 64 years away."""
        return self._reach(at, 1, lambda near: near.next_open(at))

    def next_close(self, at: datetime) -> datetime:
        """As ResolvedCalendar's, up to 64 years away."""
        return self._reach(at, 1, lambda near: near.next_close(at))

    def previous_close(self, at: datetime) -> datetime:
        """As ResolvedCalendar's, up to 64 years away."""
        return self._reach(at, -1, lambda near: near.previous_close(at))

    def _reach(
        self, at: datetime, direction: int, ask: Callable[[ResolvedCalendar], Answer]
    ) -> Answer:
        year = _aware(at).astimezone(UTC).year
        for reach in _REACH_YEARS[:-1]:
            try:
                return ask(self._resolved_years(*sorted((year, year + direction * reach))))
            except OutOfSpanError:
                continue
        return ask(self._resolved_years(*sorted((year, year + direction * _REACH_YEARS[-1]))))

    def _resolved_years(self, first: int, last: int) -> ResolvedCalendar:
        found = self._years.get((first, last))
        if found is None:
            # Two days more at either end: local years begin and end up to 26 hours apart.
            start = date(max(first, 2), 1, 1) - timedelta(days=2)
            end = date(min(last, 9998), 12, 31) + timedelta(days=2)
            found = self.resolve(start, end)
            if len(self._years) >= _MOST_YEARS:  # whoever asks chooses the years: 1 to 9999
                self._years.clear()
            self._years[(first, last)] = found
        return found


def _aware(at: datetime) -> datetime:
    epoch_second(at)
    return at
