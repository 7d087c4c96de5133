"""What do + - * / ** give, over numbers, texts, moments and durations?

DMN 1.5, tables 57 to 59. Raises NoValue, with the reason, where FEEL's answer is null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal, DecimalException, DivisionByZero

from troth.core.feel.civil import DAY, NANO, Clock, Day, Moment, Span, YearsMonths, day_at
from troth.core.feel.values import NUMBERS, Value, kind_of

_MOST_PLACES = 10**18


class NoValue(Exception):  # noqa: N818 - not an error: null, with its reason
    """FEEL's answer is null; the text says why."""


def whole(value: Decimal) -> int:
    """A place or a count, cut to a whole number. Raises NoValue where nothing has so many."""
    if abs(value) >= _MOST_PLACES:
        raise NoValue("no text, list or calendar has so many places")
    return int(value)


def calculate(sign: str, left: Value, right: Value) -> Value:
    """One operation. Raises NoValue."""
    if left is None or right is None:
        raise NoValue(f"{kind_of(left)} {sign} {kind_of(right)}")
    if type(left) is Decimal and type(right) is Decimal:
        return _numbers(sign, left, right)
    try:
        found = _OTHERS[sign](left, right)
    except (ValueError, DecimalException):
        raise NoValue("the result lies outside of what FEEL counts") from None
    if found is None:
        raise NoValue(f"{sign} is not defined for {kind_of(left)} and {kind_of(right)}")
    return found


def _numbers(sign: str, left: Decimal, right: Decimal) -> Decimal:
    try:
        match sign:
            case "+":
                return NUMBERS.add(left, right)
            case "-":
                return NUMBERS.subtract(left, right)
            case "*":
                return NUMBERS.multiply(left, right)
            case "/":
                return NUMBERS.divide(left, right)
            case _:
                return _power(left, right)
    except DecimalException:
        raise NoValue(f"{left} {sign} {right} has no value among the numbers") from None


def _power(left: Decimal, right: Decimal) -> Decimal:
    """Whatever to the power of 0 is 1, 0 too (IEEE 754-2008, 9.2.1). Raises DecimalException."""
    if not right:
        return Decimal(1)
    if not left and right < 0:
        raise DivisionByZero
    return NUMBERS.power(left, right)


def negate(value: Value) -> Value:
    """Raises NoValue."""
    match value:
        case Decimal():
            return NUMBERS.minus(value)
        case Span(nanoseconds):
            return Span(-nanoseconds)
        case YearsMonths(months):
            return YearsMonths(-months)
        case _:
            raise NoValue(f"{kind_of(value)} has no negative")


def _add(left: Value, right: Value) -> Value:
    match left, right:
        case str(), str():
            return left + right
        case (Span(), Span()):
            return Span(left.nanoseconds + right.nanoseconds)
        case (YearsMonths(), YearsMonths()):
            return YearsMonths(left.months + right.months)
        case (Span() | YearsMonths(), Day() | Moment() | Clock()):
            return _later(right, left, 1)
        case (Day() | Moment() | Clock(), Span() | YearsMonths()):
            return _later(left, right, 1)
        case _:
            return None


def _subtract(left: Value, right: Value) -> Value:
    match left, right:
        case (Span(), Span()):
            return Span(left.nanoseconds - right.nanoseconds)
        case (YearsMonths(), YearsMonths()):
            return YearsMonths(left.months - right.months)
        case (Day() | Moment() | Clock(), Span() | YearsMonths()):
            return _later(left, right, -1)
        case (Clock(), Clock()):
            return _between_clocks(left, right)
        case (Day() | Moment(), Day() | Moment()):
            return _between(_moment(left), _moment(right))
        case _:
            return None


def _moment(value: Day | Moment) -> Moment:
    """A date among moments is its midnight in UTC (DMN 1.5, table 57)."""
    return value if isinstance(value, Moment) else Moment(value, Clock(0, 0))


def _between(left: Moment, right: Moment) -> Span:
    if left.clock.is_local != right.clock.is_local:
        raise NoValue("one of the two says where it is, and the other does not")
    return Span(left.instant - right.instant)


def _between_clocks(left: Clock, right: Clock) -> Span:
    if left.is_local != right.is_local:
        raise NoValue("one of the two says where it is, and the other does not")
    day = Day(1970, 1, 1)
    offsets = [clock.offset_on(day) or 0 for clock in (left, right)]
    return Span(left.nanosecond - right.nanosecond - (offsets[0] - offsets[1]) * NANO)


def _later(start: Value, by: Span | YearsMonths, sign: int) -> Value:
    try:
        match start, by:
            case Day(), YearsMonths():
                return start.plus_months(sign * by.months)
            case Moment(), YearsMonths():
                clock = replace(start.clock, fold=0)
                return Moment(start.day.plus_months(sign * by.months), clock)
            case Day(), Span():
                ordinal = start.ordinal + sign * by.nanoseconds // DAY
                return day_at(ordinal)
            case Moment(), Span():
                return start.plus(sign * by.nanoseconds)
            case Clock(), Span():
                moved = (start.nanosecond + sign * by.nanoseconds) % DAY
                return Clock(moved, start.offset, start.zone)
            case _:
                return None
    except ValueError:
        raise NoValue("the result lies outside of the years that FEEL counts") from None


def _multiply(left: Value, right: Value) -> Value:
    match left, right:
        case (Span() | YearsMonths(), Decimal()):
            return _times(left, right)
        case (Decimal(), Span() | YearsMonths()):
            return _times(right, left)
        case _:
            return None


def _divide(left: Value, right: Value) -> Value:
    match left, right:
        case (Span() | YearsMonths(), Decimal()) if right:
            return _times(left, NUMBERS.divide(Decimal(1), right), right)
        case (Span(), Span()) if right.nanoseconds:
            return NUMBERS.divide(Decimal(left.nanoseconds), Decimal(right.nanoseconds))
        case (YearsMonths(), YearsMonths()) if right.months:
            return NUMBERS.divide(Decimal(left.months), Decimal(right.months))
        case _:
            return None


def _times(
    span: Span | YearsMonths, factor: Decimal, divisor: Decimal | None = None
) -> Span | YearsMonths:
    """Cut to whole nanoseconds or months, toward nothing."""
    count = span.months if isinstance(span, YearsMonths) else span.nanoseconds
    if divisor is None:
        exact = NUMBERS.multiply(Decimal(count), factor)
    else:
        exact = NUMBERS.divide(Decimal(count), divisor)
    whole = int(exact.to_integral_value(rounding=ROUND_DOWN))
    return YearsMonths(whole) if isinstance(span, YearsMonths) else Span(whole)


def _none(left: Value, right: Value) -> Value:
    return None


_OTHERS: dict[str, Callable[[Value, Value], Value]] = {
    "+": _add, "-": _subtract, "*": _multiply, "/": _divide, "**": _none,
}  # fmt: skip
