"""What values does FEEL have, and how do Python's become them and come back?

Inside, a number is a Decimal of 34 digits (IEEE 754 decimal128, DMN 1.5, 10.3.2.3.1), a list a
list, a context a dict in its order, and days, times and durations are those of `civil`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any
from zoneinfo import ZoneInfo

from troth.core.feel.civil import NANO, Clock, Day, Moment, Span, YearsMonths
from troth.core.feel.errors import FeelValueError
from troth.core.feel.sizes import DEEPEST, Entries, Items, measured_all

# What an expression can be: None, bool, Decimal, str, list, dict, Day, Clock, Moment, Span,
# YearsMonths, Range or Function.
Value = Any

NUMBERS = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, capitals=1, clamp=0,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Range:
    """An interval; one written with a sign, such as `(< 5)`, has no bound on its other side."""

    start: Value
    end: Value
    has_start: bool  # the start belongs to it
    has_end: bool
    sign: str = ""  # < <= > >= = != where it was written so


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Signature:
    """One way to call a function."""

    names: tuple[str, ...]  # of the parameters, in order
    types: tuple[Any, ...]  # of the parameters (`types.Type`); None where any
    call: Callable[[Any, list[Value]], Value]  # (run, arguments in order) → result
    required: int  # how many of the parameters have to be given
    takes_null: frozenset[int] = frozenset()  # parameters that may be null
    is_variadic: bool = False  # the last parameter may be given any number of times
    frames: int = 8  # how deep its code nests, in calls of Python


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Function:
    """Something that can be called, in one way or in several."""

    signatures: tuple[Signature, ...]
    result: Any = None  # its type, where known
    name: str = "a function"


def incoming(value: object, *, depth: int = 0) -> Value:
    """Python's value as FEEL's. Raises FeelValueError where it has no type here."""
    match value:
        case None | bool() | str() | Day() | Clock() | Moment() | Span() | YearsMonths():
            return value
        case Range() | Function():
            return value
        case Decimal():
            return _number(value)
        case int():
            return _number(Decimal(value))
        case float():
            return _number(Decimal(repr(value)))
        case dt.datetime():
            return _moment(value)
        case dt.date():
            return Day(value.year, value.month, value.day)
        case dt.time():
            return _clock(value)
        case dt.timedelta():
            return Span((value.days * 86_400 + value.seconds) * NANO + value.microseconds * 1_000)
        case _:
            return _incoming_many(value, depth)


def _incoming_many(value: object, depth: int) -> Value:
    if depth > DEEPEST:
        raise FeelValueError(
            f"a value is nested more than {DEEPEST} deep. Hand in a flatter one; a value that "
            "holds itself has no end."
        )
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise FeelValueError("a context's names must be texts. Turn its keys into texts.")
        entries = {name: incoming(inner, depth=depth + 1) for name, inner in value.items()}
        return Entries(entries, *measured_all(entries.values()))
    if isinstance(value, list | tuple | set | frozenset):
        items = [incoming(inner, depth=depth + 1) for inner in value]
        return Items(items, *measured_all(items))
    raise FeelValueError(
        f"a {type(value).__name__} has no type in FEEL, expected a number, text, boolean, date, "
        "time, duration, list, context or None. Convert it first."
    )


def _number(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise FeelValueError(f"{value} is no number of FEEL. Hand in None where there is none.")
    try:
        return NUMBERS.plus(value)
    except Overflow as error:
        raise FeelValueError(f"{value} has more than 6,144 digits before its point.") from error


def _zone(zone: dt.tzinfo | None, offset: dt.timedelta | None) -> tuple[int | None, str | None]:
    if isinstance(zone, ZoneInfo) and zone.key not in ("UTC", None):
        return None, zone.key
    return (None if offset is None else int(offset.total_seconds())), None


def _moment(value: dt.datetime) -> Moment:
    offset, zone = _zone(value.tzinfo, value.utcoffset())
    day = Day(value.year, value.month, value.day)
    # Of an hour that a zone tells twice, which one: where it is told once it says nothing.
    is_told_twice = zone is not None and value.utcoffset() != value.replace(fold=0).utcoffset()
    return Moment(day, Clock(_nanosecond(value), offset, zone, fold=int(is_told_twice)))


def _clock(value: dt.time) -> Clock:
    offset, zone = _zone(value.tzinfo, value.utcoffset())
    return Clock(_nanosecond(value), offset, zone)


def _nanosecond(value: dt.datetime | dt.time) -> int:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    return seconds * NANO + value.microsecond * 1_000


def outgoing(value: Value) -> Any:
    """FEEL's value as Python's, where Python's own type holds it exactly; else as it is.

    A day of the years 1 to 9999 becomes a date, a time or moment to the microsecond a time or
    datetime, a days and time duration a timedelta.
    """
    match value:
        case Decimal() if not value:
            return value.copy_abs()  # there is one zero, however it came about
        case list():
            return [outgoing(inner) for inner in value]
        case dict():
            return {name: outgoing(inner) for name, inner in value.items()}
        case Day() if 1 <= value.year <= 9999:
            return dt.date(value.year, value.month, value.day)
        case Moment() if 1 <= value.day.year <= 9999 and value.clock.nanosecond % 1_000 == 0:
            day = value.day
            return dt.datetime.combine(
                dt.date(day.year, day.month, day.day), _outgoing_clock(value.clock)
            )
        case Clock() if value.nanosecond % 1_000 == 0:
            return _outgoing_clock(value)
        case Span() if value.nanoseconds % 1_000 == 0:
            try:
                return dt.timedelta(microseconds=value.nanoseconds // 1_000)
            except OverflowError:
                return value
        case _:
            return value


def _outgoing_clock(clock: Clock) -> dt.time:
    zone: dt.tzinfo | None = None
    if clock.zone is not None:
        zone = ZoneInfo(clock.zone)
    elif clock.offset is not None:
        zone = dt.timezone(dt.timedelta(seconds=clock.offset)) if clock.offset else dt.UTC
    return dt.time(
        clock.hour, clock.minute, clock.second, clock.fraction // 1_000, tzinfo=zone,
        fold=clock.fold,
    )  # fmt: skip


def kind_of(value: Value) -> str:
    """The name of a value's type, as FEEL writes it."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case Decimal():
            return "number"
        case str():
            return "string"
        case list():
            return "list"
        case dict():
            return "context"
        case Day():
            return "date"
        case Clock():
            return "time"
        case Moment():
            return "date and time"
        case Span():
            return "days and time duration"
        case YearsMonths():
            return "years and months duration"
        case Range():
            return "range"
        case _:
            return "function"
