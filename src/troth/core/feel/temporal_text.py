"""How are days, times and durations written, and read?

Lexical forms of XML Schema 1.1 part 2 and of FEEL's `@"…"` literals (DMN 1.5, 10.3.2.3.4 to
10.3.2.3.9; a zone's name after @).
"""

from __future__ import annotations

import re

from troth.core.feel.civil import (
    DAY,
    NANO,
    Clock,
    Day,
    Moment,
    Span,
    YearsMonths,
    zone_named,
)

_DATE = re.compile(r"(-?)([1-9][0-9]{4,8}|[0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_TIME = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z0-9_+/-]+)?",
    re.ASCII | re.IGNORECASE,
)
_DURATION = re.compile(
    r"(-)?P(?:([0-9]{1,40})Y)?(?:([0-9]{1,40})M)?(?:([0-9]{1,40})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,40})H)?(?:([0-9]{1,40})M)?(?:([0-9]{1,40})(?:\.([0-9]{0,40}))?S)?)?",
    re.ASCII,
)


def read_day(text: str) -> Day | None:
    """None where it is no date."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    sign, year, month, day = found.groups()
    if int(year) == 0 and sign:
        return None
    try:
        return Day(-int(year) if sign else int(year), int(month), int(day))
    except ValueError:
        return None


def read_clock(text: str) -> Clock | None:
    """None where it is no time."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second, fraction, place = found.groups()
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        return None
    nanosecond = (int(hour) * 3600 + int(minute) * 60 + int(second)) * NANO
    nanosecond += int((fraction or "0")[:9].ljust(9, "0"))
    try:
        return _placed(nanosecond, place)
    except ValueError:
        return None


def _placed(nanosecond: int, place: str | None) -> Clock:
    if place is None:
        return Clock(nanosecond)
    if place in "Zz":
        return Clock(nanosecond, 0)
    if place.startswith("@"):
        zone_named(place[1:])
        return Clock(nanosecond, None, place[1:])
    hours, minutes, *seconds = place[1:].split(":")
    if int(minutes) > 59 or (seconds and int(seconds[0]) > 59):
        raise ValueError("an hour has 60 minutes")
    offset = int(hours) * 3600 + int(minutes) * 60 + (int(seconds[0]) if seconds else 0)
    return Clock(nanosecond, -offset if place[0] == "-" else offset)


def read_moment(text: str) -> Moment | None:
    """A date alone is its midnight. None where it is neither."""
    day_text, mark, clock_text = text.partition("T")
    day = read_day(day_text)
    if day is None:
        return None
    if not mark:
        return Moment(day, Clock(0))
    is_next_midnight = clock_text.startswith("24:00:00")
    clock = read_clock("00" + clock_text[2:] if is_next_midnight else clock_text)
    if clock is None:
        return None
    try:
        moment = Moment(day, clock)
        return moment.plus(DAY) if is_next_midnight else moment
    except ValueError:
        return None


def read_duration(text: str) -> Span | YearsMonths | None:
    """One of the two kinds; None where it is none, of both, or too long to count."""
    try:
        return _duration(text)
    except ValueError:
        return None


def _duration(text: str) -> Span | YearsMonths | None:
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    sign, years, months, *rest = found.groups()
    days, hours, minutes, seconds, fraction = rest
    factor = -1 if sign else 1
    if any(part is not None for part in (years, months)):
        if any(part is not None for part in rest):
            return None
        return YearsMonths(factor * (int(years or 0) * 12 + int(months or 0)))
    if all(part is None for part in (days, hours, minutes, seconds)):
        return None
    whole = int(days or 0) * 86_400 + int(hours or 0) * 3600
    whole += int(minutes or 0) * 60 + int(seconds or 0)
    return Span(factor * (whole * NANO + int((fraction or "0")[:9].ljust(9, "0"))))


def read_literal(text: str) -> Day | Clock | Moment | Span | YearsMonths | None:
    """What `@"…"` means (DMN 1.5, 10.3.2.3.3); None where it means nothing."""
    if text.lstrip("-").startswith("P"):
        return read_duration(text)
    if "T" in text.split("@", maxsplit=1)[0]:
        return read_moment(text)
    return read_day(text) or read_clock(text)


def write(value: Day | Clock | Moment | Span | YearsMonths) -> str:
    """The canonical form, which reads back to the same value."""
    match value:
        case Day():
            sign = "-" if value.year < 0 else ""
            return f"{sign}{abs(value.year):04}-{value.month:02}-{value.day:02}"
        case Clock():
            return _clock(value)
        case Moment():
            return f"{write(value.day)}T{_clock(value.clock)}"
        case Span():
            return _span(value.nanoseconds)
        case YearsMonths():
            return str(value)


def _clock(clock: Clock) -> str:
    text = f"{clock.hour:02}:{clock.minute:02}:{clock.second:02}{_fraction(clock.fraction)}"
    if clock.zone is not None:
        return f"{text}@{clock.zone}"
    if clock.offset is None:
        return text
    if clock.offset == 0:
        return f"{text}Z"
    hours, rest = divmod(abs(clock.offset), 3600)
    minutes, seconds = divmod(rest, 60)
    text += f"{'-' if clock.offset < 0 else '+'}{hours:02}:{minutes:02}"
    return f"{text}:{seconds:02}" if seconds else text


def _fraction(nanoseconds: int) -> str:
    return "." + f"{nanoseconds:09}".rstrip("0") if nanoseconds else ""


def _span(nanoseconds: int) -> str:
    sign = "-" if nanoseconds < 0 else ""
    days, rest = divmod(abs(nanoseconds), DAY)
    hours, rest = divmod(rest, 3600 * NANO)
    minutes, rest = divmod(rest, 60 * NANO)
    seconds, fraction = divmod(rest, NANO)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or fraction:
        clock += f"{seconds}{_fraction(fraction)}S"
    if not days and not clock:
        return "PT0S"
    return f"{sign}P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"
