"""Are two values equal, and which comes first? In three-valued logic: None where unknown.

DMN 1.5, tables 53 (equality) and 54 (order), and 10.3.2.13 for `is`.
"""

from __future__ import annotations

from decimal import Decimal

from troth.core.feel.civil import NANO, Clock, Day, Moment, Span, YearsMonths
from troth.core.feel.values import Function, Range, Value, kind_of


def equal(one: Value, other: Value) -> bool | None:
    """`=`. None where the types differ; null equals null alone."""
    if one is None or other is None:
        return one is other
    if kind_of(one) != kind_of(other):
        return _equal_durations(one, other)
    match one:
        case list():
            return _equal_lists(one, other)
        case dict():
            if one.keys() != other.keys():
                return False
            return _all(equal(one[name], other[name]) for name in one)
        case Moment() | Clock():
            return _equal_on_the_line(one, other)
        case Range():
            return equal_ranges(one, other)
        case Function():
            return one is other
        case _:
            return bool(one == other)


def _equal_durations(one: Value, other: Value) -> bool | None:
    """No duration of months is one of days, except the one that is none at all."""
    pair = {type(one), type(other)}
    if pair == {Span, YearsMonths}:
        lengths = [item.months if isinstance(item, YearsMonths) else item.nanoseconds
                   for item in (one, other)]  # fmt: skip
        return True if lengths == [0, 0] else None
    return None


def _equal_lists(one: list[Value], other: list[Value]) -> bool | None:
    if len(one) != len(other):
        return False
    return _all(equal(a, b) for a, b in zip(one, other, strict=True))


def _all(found: object) -> bool | None:
    """Inside of a list or context what cannot be compared is not equal."""
    return all(item is True for item in found)  # type: ignore[attr-defined]


def _equal_on_the_line(one: Moment | Clock, other: Moment | Clock) -> bool | None:
    """To the second: what is equal has the same hour, minute, second and offset (table 53).

    The conformance kit asks for it (0068, time_005), though `<` looks at nanoseconds.
    """
    a, b = _line(one), _line(other)
    return None if a[0] != b[0] else a[1] // NANO == b[1] // NANO


def _line(value: Moment | Clock) -> tuple[bool, int]:
    """(whether its place on the line of time is known, that place in nanoseconds)"""
    if isinstance(value, Moment):
        return value.clock.is_local, value.instant
    offset = value.offset
    if value.zone is not None:
        # Without a day, a zone's offset is that of its standard time; it serves order alone.
        offset = value.offset_on(Day(1970, 1, 1))
    return value.is_local, value.nanosecond - (offset or 0) * NANO


def equal_ranges(one: Range, other: Range) -> bool:
    """Whether they are written alike: ends, and whether those belong (DMN 1.5, 10.3.2.7)."""
    return (
        (one.has_start, one.has_end, one.sign) == (other.has_start, other.has_end, other.sign)
        and equal(one.start, other.start) is True
        and equal(one.end, other.end) is True
    )


def order(one: Value, other: Value) -> int | None:
    """-1, 0 or 1 as the one comes before, with or after the other; None without an order."""
    if kind_of(one) != kind_of(other):
        return None
    match one:
        case Decimal() | str() | Day() | Span() | YearsMonths():
            return int(one > other) - int(one < other)
        case Moment() | Clock():
            a, b = _line(one), _line(other)
            return None if a[0] != b[0] else (a[1] > b[1]) - (a[1] < b[1])
        case _:
            return None


def identical(one: Value, other: Value) -> bool:
    """`is`: the same type and the same value, with the same place or zone."""
    if kind_of(one) != kind_of(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(identical, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(identical(one[n], other[n]) for n in one)
    if isinstance(one, Moment | Clock):
        return bool(one == other)
    return equal(one, other) is True


def within(value: Value, interval: Range) -> bool | None:
    """Whether a value lies in an interval; None where they have no order."""
    if interval.sign in ("=", "!="):
        found = equal(value, interval.start)
        return None if found is None else found is (interval.sign == "=")
    after: bool | None = True
    before: bool | None = True
    if not interval.sign.startswith("<"):
        place = order(value, interval.start)
        after = None if place is None else place > 0 or (place == 0 and interval.has_start)
    if not interval.sign.startswith(">"):
        place = order(value, interval.end)
        before = None if place is None else place < 0 or (place == 0 and interval.has_end)
    if after is False or before is False:
        return False
    return None if after is None or before is None else True
