"""Calendars: freezes as iCalendar files (RFC 5545), in and out."""

from troth.connectors.calendars.reading import (
    CalendarFault,
    CalendarFileError,
    Defaults,
    ReadCalendar,
    read_calendar,
)
from troth.connectors.calendars.writing import written_calendar

__all__ = [
    "CalendarFault",
    "CalendarFileError",
    "Defaults",
    "ReadCalendar",
    "read_calendar",
    "written_calendar",
]
