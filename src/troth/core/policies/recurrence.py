"""On which days does something return, as an iCalendar rule says it (RFC 5545, 3.3.10)?

What a customer's year is made of: rules that return every so many months or years. Those that
return by the week, the day, the hour or the second are refused: nobody's close does, and a rule
with a thousand days a year is either a mistake or meant to do harm.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any, NoReturn

YEARLY, MONTHLY = "YEARLY", "MONTHLY"
LARGEST_COUNT = 1_000
LARGEST_INTERVAL = 120
LONGEST_RULE = 500  # characters
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?")


class RecurrenceError(ValueError):
    """This rule cannot be kept. Write RRULE with FREQ=YEARLY or MONTHLY, as RFC 5545 has it."""

    code = "freeze.rule"


@dataclass(frozen=True, kw_only=True)
class Recurrence:
    """A rule of RFC 5545 that returns by the month or by the year; `parse` reads one."""

    frequency: str  # YEARLY or MONTHLY
    interval: int = 1
    count: int | None = None  # how often in all, the first time included
    until: date | datetime | None = None  # the last day, or the last instant, of a beginning
    months: tuple[int, ...] = ()  # 1 to 12
    month_days: tuple[int, ...] = ()  # 1 to 31; -1 is the last
    weekdays: tuple[tuple[int, int], ...] = ()  # (which one or 0 for each, 0 is Monday)
    positions: tuple[int, ...] = ()  # of what is left within a period, from 1; -1 is the last

    def __str__(self) -> str:
        parts = [f"FREQ={self.frequency}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            form = "%Y%m%dT%H%M%SZ" if isinstance(self.until, datetime) else "%Y%m%d"
            parts.append(f"UNTIL={self.until.strftime(form)}")
        for name, numbers in (
            ("BYMONTH", self.months),
            ("BYMONTHDAY", self.month_days),
            ("BYDAY", tuple(f"{which or ''}{_WEEKDAYS[day]}" for which, day in self.weekdays)),
            ("BYSETPOS", self.positions),
        ):
            if numbers:
                parts.append(f"{name}={','.join(map(str, numbers))}")
        return ";".join(parts)

    def days(self, first: date) -> Iterator[date]:
        """The days on which it begins, in order, `first` included, up to the year 9999.

        A day that a period does not have is left out: the 30th of February, the 29th in most
        years. `until` given as an instant is left to the caller, who knows the zone.
        """
        if self.count is not None and self.count < 1:
            return
        number = 0
        for year, month in self._periods(first):
            for on in self._within(year, month, first):
                if on < first:
                    continue
                if self._is_past(on):
                    return
                yield on
                number += 1
                if number == self.count:
                    return

    def _is_past(self, on: date) -> bool:
        return self.until is not None and not isinstance(self.until, datetime) and on > self.until

    def _periods(self, first: date) -> Iterator[tuple[int, int]]:
        """(year, month) of each period; the month is 0 where a period is a whole year."""
        if self.frequency == YEARLY:
            yield from ((year, 0) for year in range(first.year, 10_000, self.interval))
            return
        start = first.year * 12 + first.month - 1
        for place in count(start, self.interval):
            if place >= 10_000 * 12:
                return
            yield place // 12, place % 12 + 1

    def _within(self, year: int, month: int, first: date) -> list[date]:
        """What a period has, in order."""
        if month:
            months = [month] if not self.months or month in self.months else []
        else:
            months = list(self.months or self._months_of_a_year(first))
        if not month and not self.months and self.weekdays and not self.month_days:
            found = _named(self.weekdays, _days_of_year(year))
        else:
            found = {on for item in months for on in self._of_month(year, item, first)}
        listed = sorted(found)
        if not self.positions:
            return listed
        size = len(listed)
        chosen = {place - 1 if place > 0 else size + place for place in self.positions}
        return [listed[place] for place in sorted(chosen) if 0 <= place < size]

    def _months_of_a_year(self, first: date) -> tuple[int, ...]:
        by_day = self.month_days or self.weekdays
        return tuple(range(1, 13)) if by_day else (first.month,)

    def _of_month(self, year: int, month: int, first: date) -> set[date]:
        if not self.month_days and not self.weekdays:
            is_there = first.day <= calendar.monthrange(year, month)[1]
            return {date(year, month, first.day)} if is_there else set()
        days = _days_of_month(year, month)
        size = len(days)
        found = set(days)
        if self.month_days:
            wanted = {day if day > 0 else size + 1 + day for day in self.month_days}
            found = {on for on in days if on.day in wanted}
        if self.weekdays:
            found &= _named(self.weekdays, days)
        return found


def parse(text: str) -> Recurrence:
    """'FREQ=YEARLY;BYMONTH=12' as a rule. Raises RecurrenceError."""
    if len(text) > LONGEST_RULE:
        _refuse(f"the rule has {len(text)} characters, at most {LONGEST_RULE} are read")
    given: dict[str, str] = {}
    for part in text.strip().removeprefix("RRULE:").rstrip(";").upper().split(";"):
        name, mark, value = part.partition("=")
        if not mark or not value:
            _refuse(f"{part!r} is no NAME=VALUE")
        if name in given:
            _refuse(f"{name} stands there twice")
        given[name] = value
    unknown = sorted(set(given) - set(_PARTS) - {"FREQ", "WKST"})
    if unknown:
        _refuse(f"{', '.join(unknown)} is not read here; known are FREQ, {', '.join(_PARTS)}")
    frequency = given.get("FREQ", "")
    if frequency not in (YEARLY, MONTHLY):
        _refuse(f"it returns {frequency or 'never'}, and a freeze returns YEARLY or MONTHLY")
    fields: dict[str, Any] = {
        field: read(given[name]) for name, (field, read) in _PARTS.items() if name in given
    }
    rule = Recurrence(frequency=frequency, **fields)
    _check(rule)
    return rule


def _check(rule: Recurrence) -> None:
    if rule.count is not None and rule.until is not None:
        _refuse("COUNT and UNTIL exclude each other; keep one")
    ordinals = [which for which, _ in rule.weekdays if which]
    if ordinals and rule.month_days:
        _refuse("BYDAY with a number and BYMONTHDAY exclude each other; keep one")
    is_by_month = rule.frequency == MONTHLY or bool(rule.months)
    if is_by_month and any(abs(which) > 5 for which in ordinals):
        _refuse("a month has at most five of a weekday")
    if rule.positions and not (rule.months or rule.month_days or rule.weekdays):
        _refuse("BYSETPOS chooses among days; name them with BYDAY or BYMONTHDAY")


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?\d{1,6}", text) or not least <= int(text) <= most:
            _refuse(f"{text!r} is no whole number from {least} to {most}")
        return int(text)

    return read


def _numbers(least: int, most: int) -> Callable[[str], tuple[int, ...]]:
    one = _number(least, most)

    def read(text: str) -> tuple[int, ...]:
        found = tuple(sorted({one(part) for part in text.split(",")}))
        if 0 in found:
            _refuse("they are counted from 1, or from the end with -1; 0 is none of them")
        return found

    return read


def _weekdays(text: str) -> tuple[tuple[int, int], ...]:
    found = set()
    for part in text.split(","):
        match = _DAY.fullmatch(part)
        which = int(match[1] or 0) if match else 0
        if match is None or abs(which) > 53 or (match[1] and not which):
            _refuse(f"{part!r} is no weekday; write MO, 1MO for the first, -1FR for the last")
        found.add((which, _WEEKDAYS.index(match[2])))
    return tuple(sorted(found))


def _until(text: str) -> date | datetime:
    match = _UNTIL.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        on = date(int(match[1]), int(match[2]), int(match[3]))
        if match[4] is None:
            return on
        # A local time without Z is read as UTC: RFC 5545 asks for UTC beside a zone.
        at = time(int(match[4]), int(match[5]), int(match[6]), tzinfo=UTC)
        return datetime.combine(on, at)
    except ValueError:
        _refuse(f"UNTIL={text} is no day; write 20301231 or 20301231T225959Z")


_PARTS: dict[str, tuple[str, Callable[[str], object]]] = {
    "INTERVAL": ("interval", _number(1, LARGEST_INTERVAL)),
    "COUNT": ("count", _number(1, LARGEST_COUNT)),
    "UNTIL": ("until", _until),
    "BYMONTH": ("months", _numbers(1, 12)),
    "BYMONTHDAY": ("month_days", _numbers(-31, 31)),
    "BYDAY": ("weekdays", _weekdays),
    "BYSETPOS": ("positions", _numbers(-366, 366)),
}


def _named(wanted: tuple[tuple[int, int], ...], days: list[date]) -> set[date]:
    """The days that are one of these weekdays, counted within `days`."""
    found: set[date] = set()
    for which, weekday in wanted:
        those = [on for on in days if on.weekday() == weekday]
        if not which:
            found.update(those)
        elif abs(which) <= len(those):
            found.add(those[which - 1 if which > 0 else which])
    return found


def _days_of_month(year: int, month: int) -> list[date]:
    return [date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1)]


def _days_of_year(year: int) -> list[date]:
    return [on for month in range(1, 13) for on in _days_of_month(year, month)]


def _refuse(what: str) -> NoReturn:
    raise RecurrenceError(
        f"The rule of repetition cannot be kept: {what}. "
        "For instance FREQ=YEARLY;BYMONTH=12 or FREQ=MONTHLY;BYMONTHDAY=-3,-2,-1."
    )
