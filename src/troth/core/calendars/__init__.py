"""Business time: the only date arithmetic in the house."""

from troth.core.calendars.business import BusinessCalendar
from troth.core.calendars.delivery import ClosingTimes, latest_promise
from troth.core.calendars.errors import (
    CalendarDocumentError,
    CalendarError,
    NaiveInstantError,
    OutOfSpanError,
    ReversedSpanError,
    UnknownTimeZoneError,
)
from troth.core.calendars.instants import (
    add_days,
    closing_date,
    end_of_local_day,
    epoch_second,
    instant,
    local_date,
    start_of_local_day,
    whole_second,
)
from troth.core.calendars.resolved import ResolvedCalendar
from troth.core.calendars.windows import END_OF_DAY, WHOLE_DAY, EndOfDay, SpecialDay, Window

__all__ = [
    "END_OF_DAY",
    "WHOLE_DAY",
    "BusinessCalendar",
    "CalendarDocumentError",
    "CalendarError",
    "ClosingTimes",
    "EndOfDay",
    "NaiveInstantError",
    "OutOfSpanError",
    "ResolvedCalendar",
    "ReversedSpanError",
    "SpecialDay",
    "UnknownTimeZoneError",
    "Window",
    "add_days",
    "closing_date",
    "end_of_local_day",
    "epoch_second",
    "instant",
    "latest_promise",
    "local_date",
    "start_of_local_day",
    "whole_second",
]
