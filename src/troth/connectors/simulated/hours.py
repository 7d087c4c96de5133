"""When do people work? Weekday windows with closed days, in the place's own time.

Written here on purpose and not taken from `core.calendars`: the simulation must not share a
mistake with what is checked against it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_STEP_DAYS = 64


class WorkingHours:
    """One window a day, Monday to Friday, closed on some (month, day)s. Moments are seconds."""

    def __init__(
        self,
        zone: ZoneInfo,
        *,
        opens: time,
        closes: time,
        closed: Sequence[tuple[int, int]],
        from_day: date,
    ) -> None:
        self._zone, self._opens, self._closes = zone, opens, closes
        self._closed = frozenset(closed)
        self._next_day = from_day
        self._starts: list[int] = []
        self._ends: list[int] = []
        self.seconds_a_day = (
            closes.hour * 3600 + closes.minute * 60 - opens.hour * 3600 - opens.minute * 60
        )

    def window(self, moment: int) -> tuple[int, int]:
        """The window that holds the moment, or the next one."""
        at = self._index(moment)
        return self._starts[at], self._ends[at]

    def is_open(self, moment: int) -> bool:
        return self.window(moment)[0] <= moment

    def after(self, moment: int, working_seconds: float) -> int:
        """When so many working seconds have passed since the moment."""
        at = self._index(moment)
        start, left = max(moment, self._starts[at]), working_seconds
        while left > self._ends[at] - start:
            left -= self._ends[at] - start
            at = self._index(self._ends[at])
            start = self._starts[at]
        return int(start + left)

    def _index(self, moment: int) -> int:
        while not self._ends or self._ends[-1] <= moment:
            self._extend()
        return bisect_right(self._ends, moment)

    def _extend(self) -> None:
        for _ in range(_STEP_DAYS):
            day = self._next_day
            self._next_day = day + timedelta(days=1)
            if day.weekday() < 5 and (day.month, day.day) not in self._closed:
                self._starts.append(_moment(day, self._opens, self._zone))
                self._ends.append(_moment(day, self._closes, self._zone))


def _moment(day: date, at: time, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, at, tzinfo=zone).timestamp())


def local(moment: int, zone: ZoneInfo) -> datetime:
    """A moment as the place's wall clock."""
    return datetime.fromtimestamp(moment, zone)


def at_local(day: date, hours: float, zone: ZoneInfo) -> int:
    """The moment of a day at so many hours by the place's wall clock."""
    whole, rest = divmod(int(hours * 3600), 3600)
    return _moment(day, time(whole, rest // 60, rest % 60), zone)
