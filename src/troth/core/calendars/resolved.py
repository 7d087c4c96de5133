"""How much business time lies between two instants, and when has so much of it passed?

A resolved calendar is a calendar worked out for a span of days: the windows as UTC epoch
seconds. It reads no time-zone data and no holiday list, so an answer kept with it is the same
for ever. Each question is one bisection of the prefix sums of open time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate, pairwise

from troth.core.calendars.errors import CalendarDocumentError, OutOfSpanError
from troth.core.calendars.instants import epoch_second, instant

FORMAT = "resolved-calendar/1"
_KEYS = {"format", "name", "time_zone", "span", "open"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolvedCalendar:
    """The windows of one calendar within one span of time.

    Windows are in order and do not overlap. Those that touch stay apart, because a close is
    what a promise "by" is given for. Raises CalendarDocumentError if they are otherwise.
    """

    name: str  # of the calendar it was resolved from
    time_zone: str  # IANA name, for the reader: nothing is computed from it
    span_start: int  # epoch second, the first that is known
    span_end: int  # epoch second, the last instant that may be asked about
    opens: tuple[int, ...]  # epoch second of each opening
    closes: tuple[int, ...]  # epoch second of each close, not itself open
    # Open seconds before each window, and after the last: one more than there are windows.
    worked: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        edges = [edge for window in zip(self.opens, self.closes, strict=True) for edge in window]
        if (
            any(closes <= opens for opens, closes in zip(self.opens, self.closes, strict=True))
            or any(later < earlier for earlier, later in pairwise(edges))
            or [self.span_start, self.span_end] != sorted([self.span_start, self.span_end])
            or (edges and (edges[0] < self.span_start or edges[-1] > self.span_end))
        ):
            raise CalendarDocumentError(
                path="open",
                found="windows that are empty, out of order or outside the span",
                expected="[opens, closes] in rising order within the span",
                remedy="Resolve the calendar again; do not edit a resolved one.",
            )
        lengths = (closes - opens for opens, closes in zip(self.opens, self.closes, strict=True))
        object.__setattr__(self, "worked", tuple(accumulate(lengths, initial=0)))

    def working_seconds_between(self, start: datetime, end: datetime) -> int:
        """Open seconds from `start` to `end`; negative when `end` comes first.

        Raises OutOfSpanError, NaiveInstantError.
        """
        return self._worked_until(epoch_second(end)) - self._worked_until(epoch_second(start))

    def add_working_seconds(self, start: datetime, seconds: int) -> datetime:
        """The first instant by which `seconds` of open time have passed since `start`.

        Time that runs out with a window is due at its close, not at the next opening. Zero
        gives `start`, open or not. Negative: the last instant that lies so much before it.
        Raises OutOfSpanError, NaiveInstantError.
        """
        begin = epoch_second(start)
        worked = self.worked
        target = self._worked_until(begin) + seconds
        if seconds > 0 and target <= worked[-1]:
            index = bisect_left(worked, target) - 1
        elif seconds < 0 <= target:
            index = bisect_right(worked, target) - 1
        elif seconds == 0:
            return instant(begin)
        else:
            raise self._outside(f"{seconds} working seconds from {instant(begin).isoformat()}")
        return instant(self.opens[index] + target - worked[index])

    def is_open(self, at: datetime) -> bool:
        """Whether a window is open at this instant; at its close it no longer is."""
        second = self._known(epoch_second(at))
        index = bisect_right(self.opens, second) - 1
        return index >= 0 and second < self.closes[index]

    def next_open(self, at: datetime) -> datetime:
        """The first open instant at or after `at`: its second, if it is open."""
        second = self._known(epoch_second(at))
        index = bisect_right(self.closes, second)
        if index == len(self.opens):
            raise self._outside(f"The first opening after {instant(second).isoformat()}")
        return instant(max(self.opens[index], second))

    def next_close(self, at: datetime) -> datetime:
        """The first close of a window at or after `at`, to the part of a second."""
        second = self._known(epoch_second(at))
        if at.microsecond:
            second += 1
        index = bisect_left(self.closes, second)
        if index == len(self.closes):
            raise self._outside(f"The first close after {instant(second).isoformat()}")
        return instant(self.closes[index])

    def previous_close(self, at: datetime) -> datetime:
        """The last close of a window at or before `at`."""
        second = self._known(epoch_second(at))
        index = bisect_right(self.closes, second) - 1
        if index < 0:
            raise self._outside(f"The last close before {instant(second).isoformat()}")
        return instant(self.closes[index])

    def to_document(self) -> dict[str, object]:
        """Plain strings, integers and lists, as a receipt stores it."""
        windows = zip(self.opens, self.closes, strict=True)
        return {
            "format": FORMAT,
            "name": self.name,
            "time_zone": self.time_zone,
            "span": [self.span_start, self.span_end],
            "open": [[opens, closes] for opens, closes in windows],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, object]) -> ResolvedCalendar:
        """Read what `to_document` wrote. Raises CalendarDocumentError."""
        if document.get("format") != FORMAT or set(document) != _KEYS:
            raise CalendarDocumentError(
                path="format",
                found=f"{document.get('format')!r} with keys {sorted(map(str, document))}",
                expected=f"{FORMAT!r} with keys {sorted(_KEYS)}",
                remedy="Hand in a document that ResolvedCalendar.to_document wrote.",
            )
        windows = document["open"]
        pairs = [
            _pair(window, path=f"open[{index}]")
            for index, window in enumerate(windows if isinstance(windows, list | tuple) else [None])
        ]
        span_start, span_end = _pair(document["span"], path="span")
        return cls(
            name=str(document["name"]),
            time_zone=str(document["time_zone"]),
            span_start=span_start,
            span_end=span_end,
            opens=tuple(opens for opens, _ in pairs),
            closes=tuple(closes for _, closes in pairs),
        )

    def _worked_until(self, second: int) -> int:
        self._known(second)
        index = bisect_right(self.opens, second) - 1
        if index < 0:
            return 0
        closes = self.closes[index]
        return self.worked[index] + (second if second < closes else closes) - self.opens[index]

    def _known(self, second: int) -> int:
        if not self.span_start <= second <= self.span_end:
            raise self._outside(instant(second).isoformat())
        return second

    def _outside(self, asked: str) -> OutOfSpanError:
        return OutOfSpanError(
            asked=asked,
            name=self.name,
            first=instant(self.span_start).isoformat(),
            last=instant(self.span_end).isoformat(),
        )


def _pair(found: object, *, path: str) -> tuple[int, int]:
    # bool is an int to Python, but true is no second.
    if isinstance(found, list | tuple) and len(found) == 2:
        first, second = found
        if type(first) is int and type(second) is int:
            return first, second
    raise CalendarDocumentError(
        path=path,
        found=repr(found),
        expected="two epoch seconds, both integers",
        remedy="Hand in a document that ResolvedCalendar.to_document wrote.",
    )
