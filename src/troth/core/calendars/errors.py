"""What can be wrong with business time, and what to do about it?

An error's docstring is its message; `code` is its stable name for machines.
"""

from __future__ import annotations

import inspect
from typing import ClassVar


class CalendarError(ValueError):
    """Business time cannot be counted as asked."""

    code: ClassVar[str] = "calendar"

    def __init__(self, **fields: object) -> None:
        self.fields = fields
        super().__init__(inspect.cleandoc(type(self).__doc__ or "").format(**fields))

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions pickle by position; these are built by keyword.
        return (_rebuilt, (type(self), self.fields))


def _rebuilt(kind: type[CalendarError], fields: dict[str, object]) -> CalendarError:
    return kind(**fields)


class CalendarDocumentError(CalendarError):
    """{path}: found {found}, expected {expected}. {remedy}"""

    code = "calendar.document"

    def __init__(self, *, path: str, found: object, expected: str, remedy: str) -> None:
        self.path = path
        super().__init__(path=path, found=found, expected=expected, remedy=remedy)


class NaiveInstantError(CalendarError):
    """The instant {found!r} has no time zone, expected an aware datetime.
    Attach the zone that its source system writes in before handing it in."""

    code = "calendar.naive_instant"


class UnknownTimeZoneError(CalendarError):
    """No time zone is called {found!r}, expected an IANA name such as 'Europe/Berlin'.
    Correct the name, or update the time-zone data of this machine."""

    code = "calendar.unknown_time_zone"


class OutOfSpanError(CalendarError):
    """{asked} is outside what calendar {name!r} was resolved for ({first} to {last}).
    Resolve the calendar for a longer span, or check that the date is right."""

    code = "calendar.out_of_span"


class ReversedSpanError(CalendarError):
    """The span from {first} to {last} ends before it begins.
    Hand in the earlier day first."""

    code = "calendar.reversed_span"
