"""Functions that make a value of another type (DMN 1.5, 10.3.4.1)."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal, DecimalException

from troth.core.feel.arithmetic import NoValue, whole
from troth.core.feel.builtins.table import builtin
from troth.core.feel.civil import NANO, Clock, Day, Moment, Span, YearsMonths, at_zone
from troth.core.feel.temporal_text import read_clock, read_day, read_duration, read_moment
from troth.core.feel.text import text_of
from troth.core.feel.values import NUMBERS, Value

_NUMBER = re.compile(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_SEPARATORS = (" ", ",", ".")


@builtin("number(from: string)")
def _plain_number(text: str) -> Value:
    return _number(text, None, None)


@builtin("number(from: string, grouping separator: string?, decimal separator: string?)")
def _number(text: str, grouping: str | None, decimal: str | None) -> Value:
    if grouping is not None and grouping not in _SEPARATORS:
        raise NoValue("groups are separated by a space, a comma or a point")
    if decimal is not None and (decimal not in (",", ".") or decimal == grouping):
        raise NoValue("the decimal sign is a point or a comma, and not that of the groups")
    if grouping is not None:
        text = text.replace(grouping, "")
    if decimal is not None:
        text = text.replace(decimal, ".")
    if not _NUMBER.fullmatch(text):
        raise NoValue("the text is no number")
    try:
        return NUMBERS.create_decimal(text)
    except DecimalException:
        raise NoValue("the number is too large") from None


@builtin("string(from: Any)")
def _string(value: Value) -> Value:
    return text_of(value)


@builtin("not(negand: boolean)")
def _not(value: bool) -> Value:
    return not value


@builtin("date(from: Any)")
def _date(value: Value) -> Value:
    match value:
        case str():
            found = read_day(value)
            if found is None:
                raise NoValue("the text is no date of the form 2026-03-29")
            return found
        case Day():
            return value
        case Moment():
            return value.day
        case _:
            raise NoValue("a date is made of a text, a date or a date and time")


@builtin("date(year: number, month: number, day: number)")
def _date_of(year: Decimal, month: Decimal, day: Decimal) -> Value:
    try:
        return Day(whole(year), whole(month), whole(day))
    except ValueError as error:
        raise NoValue(str(error)) from None


@builtin("date and time(date: Any, time: time)")
def _moment_of(day: Value, clock: Clock) -> Value:
    if isinstance(day, Moment):
        day = day.day
    if not isinstance(day, Day):
        raise NoValue("it takes a date and a time")
    return Moment(day, clock)


@builtin("date and time(date: date and time, timezone: string)")
def _moment_in(moment: Moment, timezone: str) -> Value:
    clock = read_clock(f"00:00:00@{timezone}") or read_clock(f"00:00:00{timezone}")
    if clock is None:
        raise NoValue("no time zone is called so")
    if moment.clock.is_local:
        raise NoValue("a local date and time is in no time zone that could be changed")
    try:
        utc = Moment(moment.day, Clock(moment.clock.nanosecond, 0)).plus(
            -(moment.clock.offset_on(moment.day) or 0) * NANO
        )
        if clock.zone is not None:
            return at_zone(utc.instant, clock.zone)
        moved = utc.plus((clock.offset or 0) * NANO)
        return Moment(moved.day, Clock(moved.clock.nanosecond, clock.offset))
    except ValueError as error:
        raise NoValue(str(error)) from None


@builtin("date and time(from: Any)")
def _moment(value: Value) -> Value:
    match value:
        case str():
            found = read_moment(value)
            if found is None:
                raise NoValue("the text is no date and time of the form 2026-03-29T12:00:00")
            return found
        case Moment():
            return value
        case Day():
            return Moment(value, Clock(0, 0))
        case _:
            raise NoValue("a date and time is made of a text or a date")


@builtin("time(from: Any)")
def _time(value: Value) -> Value:
    match value:
        case str():
            found = read_clock(value)
            if found is None:
                raise NoValue("the text is no time of the form 12:00:00")
            return found
        case Clock():
            return value
        case Moment():
            return replace(value.clock, fold=0)
        case Day():
            return Clock(0, 0)
        case _:
            raise NoValue("a time is made of a text, a time or a date and time")


@builtin("time(hour: number, minute: number, second: number, offset?: days and time duration?)")
def _time_of(hour: Decimal, minute: Decimal, second: Decimal, offset: Span | None = None) -> Value:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        raise NoValue("a day has 24 hours of 60 minutes of 60 seconds")
    nanosecond = (int(hour) * 3600 + int(minute) * 60) * NANO + int(second * NANO)
    try:
        return Clock(nanosecond, None if offset is None else offset.nanoseconds // NANO)
    except ValueError as error:
        raise NoValue(str(error)) from None


@builtin("duration(from: Any)")
def _duration(value: Value) -> Value:
    if isinstance(value, Span | YearsMonths):
        return value
    found = read_duration(value) if isinstance(value, str) else None
    if found is None:
        raise NoValue("the text is no duration of the form P1Y6M or P2DT3H")
    return found


@builtin("years and months duration(from: Any, to: Any)")
def _years_and_months(start: Value, end: Value) -> Value:
    """Whole months from the one to the other, cut toward nothing."""
    days = [value.day if isinstance(value, Moment) else value for value in (start, end)]
    first, last = days
    if not isinstance(first, Day) or not isinstance(last, Day):
        raise NoValue("it takes two dates, or dates and times")
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return YearsMonths(months)
