"""From when to when is a place open on one local day?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from itertools import pairwise
from typing import Final, Literal

from troth.core.calendars.errors import CalendarDocumentError


class EndOfDay(Enum):
    """Midnight at the end of a day, which `datetime.time` has no value for."""

    END_OF_DAY = "24:00"


END_OF_DAY: Final = EndOfDay.END_OF_DAY
_DAY_MINUTES = 24 * 60
_TEXT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*(?:([01]\d|2[0-3]):([0-5]\d)|(24):00)")
_REMEDY = (
    "Write whole minutes, the earlier time first; '24:00' is the end of the day. Split a window "
    "over midnight in two: '22:00-24:00' and, on the next day, '00:00-06:00'."
)


@dataclass(frozen=True, kw_only=True)
class Window:
    """One opening on one local day: open at `opens`, no longer open at `closes`.

    Raises CalendarDocumentError when it is empty, crosses midnight, or has seconds or a zone.
    """

    opens: time  # local wall time, whole minutes
    closes: time | Literal[EndOfDay.END_OF_DAY]  # local wall time, or END_OF_DAY for 24:00

    def __post_init__(self) -> None:
        edges = [edge for edge in (self.opens, self.closes) if isinstance(edge, time)]
        whole = all(not (edge.second or edge.microsecond or edge.tzinfo) for edge in edges)
        if not whole or self.opens_minute >= self.closes_minute:
            raise CalendarDocumentError(
                path="window",
                found=f"{self.opens}-{'24:00' if self.closes is END_OF_DAY else self.closes}",
                expected="a window that closes after it opens, on one local day",
                remedy=_REMEDY,
            )

    @property
    def opens_minute(self) -> int:
        """Minutes of wall time from midnight, 0 to 1439."""
        return self.opens.hour * 60 + self.opens.minute

    @property
    def closes_minute(self) -> int:
        """Minutes of wall time from midnight, 1 to 1440."""
        if self.closes is END_OF_DAY:
            return _DAY_MINUTES
        return self.closes.hour * 60 + self.closes.minute

    def __str__(self) -> str:
        closes = "24:00" if self.closes is END_OF_DAY else f"{self.closes:%H:%M}"
        return f"{self.opens:%H:%M}-{closes}"


@dataclass(frozen=True, kw_only=True)
class SpecialDay:
    """A date with opening hours of its own, in place of its weekday's or a holiday's."""

    on: date
    windows: tuple[Window, ...]  # empty: closed all day


WHOLE_DAY: Final = Window(opens=time(0), closes=END_OF_DAY)


def parse_window(text: object, *, path: str) -> Window:
    """Read 'HH:MM-HH:MM'. Raises CalendarDocumentError, naming `path`."""
    match = _TEXT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is not None:
        opens = time(int(match[1]), int(match[2]))
        closes = END_OF_DAY if match[5] else time(int(match[3]), int(match[4]))
        if closes is END_OF_DAY or opens < closes:
            return Window(opens=opens, closes=closes)
    raise CalendarDocumentError(
        path=path, found=repr(text), expected="a window such as '09:00-12:30'", remedy=_REMEDY
    )


def ordered(windows: Iterable[Window], *, path: str) -> tuple[Window, ...]:
    """The windows of one day in order of opening. Raises CalendarDocumentError on an overlap."""
    in_order = tuple(sorted(windows, key=lambda window: window.opens_minute))
    for earlier, later in pairwise(in_order):
        if later.opens_minute < earlier.closes_minute:
            raise CalendarDocumentError(
                path=path,
                found=f"{earlier} and {later}",
                expected="windows that do not overlap",
                remedy="Join the two into one, or correct the time that is wrong.",
            )
    return in_order
