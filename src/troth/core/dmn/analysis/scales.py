"""In which order do the values of a column lie, and which value lies between two of them?

A cut is a place between values: (key, 0) just before a key, (key, 1) just after it. An interval
runs from one cut to another, so that open and closed ends need no case of their own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from troth.core.feel.civil import (
    DAY,
    LAST_YEAR,
    NANO,
    Clock,
    Day,
    Moment,
    Span,
    YearsMonths,
    day_at,
)
from troth.core.feel.values import NUMBERS, Value, kind_of

Key = Any  # Decimal, int or str; all keys of one scale are of one type
Cut = tuple[Key, int]
_HALF_DAY = 18 * 3600  # the largest offset from UTC, in seconds
_UNITS = (DAY, 3600 * NANO, 60 * NANO, NANO, 1)


class Scale(ABC):
    """The values of one type, each with a key; equal values have equal keys."""

    is_ordered = True
    universe: tuple[Value, ...] | None = None  # all values, where they are few

    @abstractmethod
    def key(self, value: Value) -> Key | None:
        """The place of a value; None where it is of another type."""

    @abstractmethod
    def value(self, key: Key) -> Value:
        """A value at that place."""

    @abstractmethod
    def pick(self, low: Cut | None, high: Cut | None) -> Key | None:
        """A key between two cuts, the plainest there is; None where nothing lies there."""

    def around(self, key: Key) -> tuple[Cut, Cut]:
        """The cuts around all values that equal the one at a key."""
        return (key, 0), (key, 1)


def _inside(key: Key, low: Cut | None, high: Cut | None) -> bool:
    return (low is None or low <= (key, 0)) and (high is None or (key, 1) <= high)


class Numbers(Scale):
    """Decimals of 34 digits, or whole numbers alone."""

    def __init__(self, *, is_whole: bool = False) -> None:
        self._is_whole = is_whole

    def key(self, value: Value) -> Key | None:
        return value if isinstance(value, Decimal) else None

    def value(self, key: Key) -> Value:
        return key

    def pick(self, low: Cut | None, high: Cut | None) -> Key | None:
        for candidate in self._candidates(low, high):
            if self._is_whole and candidate != candidate.to_integral_value():
                continue
            if _inside(candidate, low, high):
                return candidate
        return None

    def _candidates(self, low: Cut | None, high: Cut | None) -> Iterable[Decimal]:
        one = Decimal(1)
        if low is None and high is None:
            yield Decimal(0)
        if low is not None:
            yield low[0]
            yield NUMBERS.add(low[0].to_integral_value(ROUND_FLOOR), one)
        elif high is not None:
            yield NUMBERS.subtract(_ceiling(high[0]), one)
        if high is not None:
            yield high[0]
        if low is not None and high is not None:
            middle = NUMBERS.divide(NUMBERS.add(low[0], high[0]), Decimal(2))
            for places in range(34):
                yield _rounded(middle, places)
            yield middle
        if low is not None:
            yield NUMBERS.next_plus(low[0])
        if high is not None:
            yield NUMBERS.next_minus(high[0])


def _ceiling(number: Decimal) -> Decimal:
    return -((-number).to_integral_value(ROUND_FLOOR))


def _rounded(number: Decimal, places: int) -> Decimal:
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= -places:
        return number
    return number.quantize(Decimal(1).scaleb(-places), context=NUMBERS)


class _Whole(Scale):
    """Values that are counted: between two that follow each other lies nothing."""

    first: int | None = None
    last: int | None = None
    plain = 0  # what is picked where nothing bounds
    units: tuple[int, ...] = (1,)

    def pick(self, low: Cut | None, high: Cut | None) -> Key | None:
        start = self.first if low is None else low[0] + low[1]
        end = self.last if high is None else high[0] + high[1] - 1
        if start is not None and self.first is not None:
            start = max(start, self.first)
        if end is not None and self.last is not None:
            end = min(end, self.last)
        if start is not None and end is not None and start > end:
            return None
        if (start is None or start <= self.plain) and (end is None or self.plain <= end):
            return self.plain
        if low is not None and start is not None:
            for unit in self.units:
                candidate = -(-start // unit) * unit
                if end is None or candidate <= end:
                    return candidate
        if end is not None:
            for unit in self.units:
                candidate = end // unit * unit
                if start is None or candidate >= start:
                    return candidate
        return start


class Days(_Whole):
    """Dates, by days since 1970-01-01."""

    first, last = Day(-LAST_YEAR, 1, 1).ordinal, Day(LAST_YEAR, 12, 31).ordinal
    plain = Day(2000, 1, 1).ordinal

    def key(self, value: Value) -> Key | None:
        return value.ordinal if isinstance(value, Day) else None

    def value(self, key: Key) -> Value:
        return day_at(key)


class Months(_Whole):
    """Years and months durations, by months."""

    def key(self, value: Value) -> Key | None:
        return value.months if isinstance(value, YearsMonths) else None

    def value(self, key: Key) -> Value:
        return YearsMonths(key)


class Spans(_Whole):
    """Days and time durations, by nanoseconds."""

    units = _UNITS

    def key(self, value: Value) -> Key | None:
        return value.nanoseconds if isinstance(value, Span) else None

    def value(self, key: Key) -> Value:
        return Span(key)


class _ToTheSecond(_Whole):
    """Times: before and after to the nanosecond, equal to the second (DMN 1.5, table 53)."""

    units = _UNITS

    def __init__(self, *, is_local: bool) -> None:
        self._is_local = is_local

    @property
    def is_local(self) -> bool:
        """Whether its times have no offset from UTC."""
        return self._is_local

    def around(self, key: Key) -> tuple[Cut, Cut]:
        second = key // NANO * NANO
        return (second, 0), (second + NANO, 0)


class Moments(_ToTheSecond):
    """Dates and times, all local or all with an offset, by nanoseconds since 1970-01-01."""

    first, last = (Days.first - 1) * DAY, (Days.last + 2) * DAY
    plain = Days.plain * DAY

    def __init__(self, *, is_local: bool) -> None:
        super().__init__(is_local=is_local)
        # The first and last days, on the clock of any offset.
        self.first, self.last = Days.first * DAY, (Days.last + 1) * DAY - 1

    def key(self, value: Value) -> Key | None:
        if not isinstance(value, Moment) or value.clock.is_local is not self._is_local:
            return None
        return value.instant

    def value(self, key: Key) -> Value:
        ordinal, rest = divmod(key, DAY)
        return Moment(day_at(ordinal), Clock(rest, None if self._is_local else 0))


class Clocks(_ToTheSecond):
    """Times of day, all local or all with an offset, by nanoseconds of the day in UTC."""

    def __init__(self, *, is_local: bool) -> None:
        super().__init__(is_local=is_local)
        spare = 0 if is_local else _HALF_DAY * NANO
        self.first, self.last = -spare, DAY - 1 + spare
        self.plain = 12 * 3600 * NANO

    def key(self, value: Value) -> Key | None:
        if not isinstance(value, Clock) or value.is_local is not self._is_local:
            return None
        if value.zone is not None:  # without a day: the zone's standard time
            return value.nanosecond - (value.offset_on(Day(1970, 1, 1)) or 0) * NANO
        return value.nanosecond - (value.offset or 0) * NANO

    def value(self, key: Key) -> Value:
        if self._is_local:
            return Clock(key)
        offset = 0 if 0 <= key < DAY else _HALF_DAY if key < 0 else -_HALF_DAY
        return Clock(key + offset * NANO, offset)


class Texts(Scale):
    """Texts by their code points."""

    def key(self, value: Value) -> Key | None:
        return value if isinstance(value, str) else None

    def value(self, key: Key) -> Value:
        return key

    def pick(self, low: Cut | None, high: Cut | None) -> Key | None:
        start = "" if low is None else low[0]
        for candidate in (start, start + "a", start + "\0"):
            if _inside(candidate, low, high):
                return candidate
        return None


class Booleans(Texts):
    """True and false, which have no order."""

    is_ordered = False
    universe = (False, True)

    def key(self, value: Value) -> Key | None:
        return value if isinstance(value, bool) else None


class Anything(Texts):
    """A column that no cell asks about, or of which nothing can be told."""

    is_ordered = False
    universe = (None,)

    def key(self, value: Value) -> Key | None:
        return None


_DURATIONS = ("days and time duration", "years and months duration")


def scale_of(kind: str, values: Iterable[Value], *, is_whole: bool = False) -> Scale | str:
    """The scale of a type and the values that its cells name; a text says why there is none."""
    named = [value for value in values if value is not None]
    match kind:
        case "number":
            return Numbers(is_whole=is_whole)
        case "string":
            return Texts()
        case "boolean":
            return Booleans()
        case "date":
            return Days()
        case "time" | "date and time":
            return _of_times(kind, named)
    if kind in _DURATIONS:
        if any(value in (Span(0), YearsMonths(0)) and kind_of(value) != kind for value in named):
            return "a cell names the duration of nothing of the other kind, which equals its own"
        return Months() if kind == _DURATIONS[1] else Spans()
    return f"its values are of the type {kind}"


def _of_times(kind: str, values: list[Value]) -> Scale | str:
    clocks = [
        value.clock if isinstance(value, Moment) else value
        for value in values
        if kind_of(value) == kind
    ]
    ways = {clock.is_local for clock in clocks}
    if len(ways) > 1:
        return "some of its times have an offset from UTC and others have none"
    is_local = ways.pop() if ways else True
    return Clocks(is_local=is_local) if kind == "time" else Moments(is_local=is_local)
