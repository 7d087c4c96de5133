"""Functions of numbers (DMN 1.5, 10.3.4.5)."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    DecimalException,
)

from troth.core.feel.arithmetic import NoValue, whole
from troth.core.feel.builtins.table import builtin
from troth.core.feel.civil import Span, YearsMonths
from troth.core.feel.values import NUMBERS, Value

_LEAST_SCALE, _MOST_SCALE = -6111, 6176  # of decimal128


def _rounded(value: Decimal, scale: Decimal, how: str) -> Decimal:
    places = whole(scale)
    if not _LEAST_SCALE <= places <= _MOST_SCALE:
        raise NoValue(f"a number has from {_LEAST_SCALE} to {_MOST_SCALE} decimal places")
    if value.as_tuple().exponent >= -places:  # type: ignore[operator]
        return value
    try:
        wide = NUMBERS.copy()
        wide.prec, wide.rounding = 7_000, how
        return NUMBERS.plus(value.quantize(Decimal(1).scaleb(-places, wide), context=wide))
    except DecimalException:
        raise NoValue(f"{value} cannot be rounded to {places} places") from None


@builtin("decimal(n: number, scale: number)")
def _decimal(value: Decimal, scale: Decimal) -> Value:
    return _rounded(value, scale, ROUND_HALF_EVEN)


@builtin("floor(n: number, scale?: number)")
def _floor(value: Decimal, scale: Decimal | None = None) -> Value:
    return _rounded(value, scale or Decimal(0), ROUND_FLOOR)


@builtin("ceiling(n: number, scale?: number)")
def _ceiling(value: Decimal, scale: Decimal | None = None) -> Value:
    return _rounded(value, scale or Decimal(0), ROUND_CEILING)


@builtin("round up(n: number, scale: number)")
def _round_up(value: Decimal, scale: Decimal) -> Value:
    return _rounded(value, scale, ROUND_UP)


@builtin("round down(n: number, scale: number)")
def _round_down(value: Decimal, scale: Decimal) -> Value:
    return _rounded(value, scale, ROUND_DOWN)


@builtin("round half up(n: number, scale: number)")
def _round_half_up(value: Decimal, scale: Decimal) -> Value:
    return _rounded(value, scale, ROUND_HALF_UP)


@builtin("round half down(n: number, scale: number)")
def _round_half_down(value: Decimal, scale: Decimal) -> Value:
    return _rounded(value, scale, ROUND_HALF_DOWN)


@builtin("abs(n: Any)")
def _abs(value: Value) -> Value:
    match value:
        case Decimal():
            return NUMBERS.abs(value)
        case Span(nanoseconds):
            return Span(abs(nanoseconds))
        case YearsMonths(months):
            return YearsMonths(abs(months))
        case _:
            raise NoValue("abs() takes a number or a duration")


@builtin("modulo(dividend: number, divisor: number)")
def _modulo(dividend: Decimal, divisor: Decimal) -> Value:
    """dividend - divisor * floor(dividend / divisor): the sign is that of the divisor."""
    if not divisor:
        raise NoValue("there is no remainder of a division by 0")
    try:
        rest = NUMBERS.remainder(dividend, divisor)
    except DecimalException:
        raise NoValue("the quotient has more digits than a number") from None
    return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


@builtin("sqrt(number: number)")
def _sqrt(value: Decimal) -> Value:
    if value < 0:
        raise NoValue("a negative number has no square root")
    return NUMBERS.sqrt(value)


@builtin("log(number: number)")
def _log(value: Decimal) -> Value:
    if value <= 0:
        raise NoValue("only a positive number has a logarithm")
    return NUMBERS.ln(value)


@builtin("exp(number: number)")
def _exp(value: Decimal) -> Value:
    try:
        return NUMBERS.exp(value)
    except DecimalException:
        raise NoValue("the result is larger than any number") from None


def _is_whole(value: Decimal) -> bool:
    return value == value.to_integral_value()


@builtin("odd(number: number)")
def _odd(value: Decimal) -> Value:
    return _is_whole(value) and int(value) % 2 == 1


@builtin("even(number: number)")
def _even(value: Decimal) -> Value:
    return _is_whole(value) and int(value) % 2 == 0
