"""How does a freeze look in an iCalendar file (RFC 5545) that any calendar program reads?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, timedelta

from icalendar import Calendar, Event, vRecur

from troth.core.calendars.instants import add_days, zone_named
from troth.core.policies.freezes import CalendarEvent, WholeDays

_MADE_BY = "-//Troth//Freezes//EN"


def written_calendar(freezes: Iterable[CalendarEvent], *, name: str) -> bytes:
    """A calendar with an event for each window, in their order; the same bytes for the same."""
    calendar = Calendar()
    calendar.add("PRODID", _MADE_BY)
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", name)
    for freeze in freezes:
        calendar.add_component(_event(freeze))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(freeze: CalendarEvent) -> Event:
    window, event = freeze.window, Event()
    zone = zone_named(window.time_zone)
    event.add("UID", freeze.uid)
    event.add("DTSTAMP", freeze.created_at.astimezone(UTC).replace(microsecond=0))
    event.add("SUMMARY", window.title)
    event.add("DESCRIPTION", window.reason)
    event.add("CATEGORIES", [window.kind.value.replace("_", " ")])
    event.add("TRANSP", "TRANSPARENT")
    if isinstance(window.span, WholeDays):
        event.add("DTSTART", window.span.first_on)
        event.add("DTEND", window.span.last_on + timedelta(days=1))
        event.add("X-TROTH-ZONE", window.time_zone)
    else:
        starts_at = window.span.starts_at
        event.add("DTSTART", starts_at.astimezone(zone))
        event.add("DTEND", window.span.ends_at.astimezone(zone))
    if window.repeats is not None:
        event.add("RRULE", vRecur.from_ical(str(window.repeats)))
    if isinstance(window.span, WholeDays):
        left_out: list[object] = list(window.skips)
    else:
        first = window.first_on
        left_out = [
            add_days(window.span.starts_at, (day - first).days, window.time_zone).astimezone(zone)
            for day in window.skips
        ]
    for item in left_out:
        event.add("EXDATE", item)
    event.add("X-TROTH-SCOPE", str(window.scope))
    event.add("X-TROTH-KIND", window.kind.value)
    return event
