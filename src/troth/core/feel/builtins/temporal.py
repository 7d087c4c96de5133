"""Functions of days and moments (DMN 1.5, 10.3.4.8 and 10.3.4.12)."""

from __future__ import annotations

from decimal import Decimal

from troth.core.feel.arithmetic import NoValue
from troth.core.feel.builtins.table import builtin
from troth.core.feel.civil import Day, Moment
from troth.core.feel.comparing import identical
from troth.core.feel.running import Run
from troth.core.feel.values import Value

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def _day(value: Value) -> Day:
    match value:
        case Day():
            return value
        case Moment():
            return value.day
        case _:
            raise NoValue("it takes a date or a date and time")


@builtin("day of year(date: Any)")
def _day_of_year(value: Value) -> Value:
    return Decimal(_day(value).day_of_year)


@builtin("day of week(date: Any)")
def _day_of_week(value: Value) -> Value:
    return _WEEKDAYS[_day(value).weekday - 1]


@builtin("month of year(date: Any)")
def _month_of_year(value: Value) -> Value:
    return _MONTHS[_day(value).month - 1]


@builtin("week of year(date: Any)")
def _week_of_year(value: Value) -> Value:
    return Decimal(_day(value).week_of_year)


@builtin("is(value1: Any?, value2: Any?)")
def _is(one: Value, other: Value) -> Value:
    return identical(one, other)


@builtin("now()", needs_run=True)
def _now(run: Run) -> Value:
    if run.at is None:
        raise NoValue("the evaluation was given no moment")
    return run.at


@builtin("today()", needs_run=True)
def _today(run: Run) -> Value:
    if run.at is None:
        raise NoValue("the evaluation was given no moment")
    return run.at.day
