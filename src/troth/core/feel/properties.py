"""Which members does a value have that is no context? `.year`, `.time offset`, `.start`.

DMN 1.5, table 65.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from troth.core.feel.civil import NANO, Clock, Day, Moment, Span, YearsMonths
from troth.core.feel.values import Range, Value


def _whole(value: int) -> Decimal:
    return Decimal(value)


_DAY: dict[str, Callable[[Day], Value]] = {
    "year": lambda day: _whole(day.year),
    "month": lambda day: _whole(day.month),
    "day": lambda day: _whole(day.day),
    "weekday": lambda day: _whole(day.weekday),
}
_CLOCK: dict[str, Callable[[Clock], Value]] = {
    "hour": lambda clock: _whole(clock.hour),
    "minute": lambda clock: _whole(clock.minute),
    "second": lambda clock: _whole(clock.second),
    "timezone": lambda clock: clock.zone,
}


def _offset(clock: Clock, day: Day | None) -> Value:
    offset = clock.offset_on(day)
    return None if offset is None else Span(offset * NANO)


def _parts(nanoseconds: int) -> dict[str, int]:
    """Days, hours, minutes and seconds, all of the sign of the whole."""
    sign = -1 if nanoseconds < 0 else 1
    rest, second = divmod(abs(nanoseconds) // NANO, 60)
    rest, minute = divmod(rest, 60)
    day, hour = divmod(rest, 24)
    parts = {"days": day, "hours": hour, "minutes": minute, "seconds": second}
    return {name: sign * count for name, count in parts.items()}


def property_of(value: Value, name: str) -> tuple[Value, bool]:
    """(the value of the property, whether such a value has it)"""
    match value:
        case Day() if name in _DAY:
            return _DAY[name](value), True
        case Moment() if name in _DAY:
            return _DAY[name](value.day), True
        case Moment() if name in _CLOCK:
            return _CLOCK[name](value.clock), True
        case Clock() if name in _CLOCK:
            return _CLOCK[name](value), True
        case Moment() if name == "time offset":
            return _offset(value.clock, value.day), True
        case Clock() if name == "time offset":
            return _offset(value, None), True
        case Span() if name in ("days", "hours", "minutes", "seconds"):
            return _whole(_parts(value.nanoseconds)[name]), True
        case YearsMonths() if name in ("years", "months"):
            sign = -1 if value.months < 0 else 1
            years, months = divmod(abs(value.months), 12)
            return _whole(sign * (years if name == "years" else months)), True
        case Range():
            return _range_property(value, name)
        case _:
            return None, False


def _range_property(value: Range, name: str) -> tuple[Value, bool]:
    match name:
        case "start" | "end":
            return (value.start if name == "start" else value.end), True
        case "start included":
            return value.has_start, True
        case "end included":
            return value.has_end, True
        case _:
            return None, False
