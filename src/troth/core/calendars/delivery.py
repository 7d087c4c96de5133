"""By when do we promise something that would arrive at a given instant?"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class ClosingTimes(Protocol):
    """Whatever knows when delivery windows close: a business or a resolved calendar."""

    def next_close(self, at: datetime) -> datetime:
        """The first close of a window at or after `at`."""


def latest_promise(at: datetime, calendar: ClosingTimes) -> datetime:
    """The close of the first delivery window that closes at or after `at`, in UTC.

    `calendar` holds the customer's delivery windows in the customer's zone. An order that is
    ready within a window is promised by its close, one that is ready between two windows by the
    close of the next. A customer without windows has `BusinessCalendar.always_open(zone)`: by
    the end of the local day. Raises OutOfSpanError, NaiveInstantError.
    """
    return calendar.next_close(at)
