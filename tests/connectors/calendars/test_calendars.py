"""Does a calendar file become the freezes that it says, and is what is wrong told by its line?"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar

from troth.connectors.calendars import (
    CalendarFileError,
    Defaults,
    ReadCalendar,
    read_calendar,
    written_calendar,
)
from troth.core.policies.freezes import Between, CalendarEvent, FreezeKind, WholeDays
from troth.core.policies.scopes import parse_scope

DEFAULTS = Defaults(
    scope=parse_scope("tier:Gold"),
    kind=FreezeKind.DOWNTIME,
    time_zone="Europe/Berlin",
    reason="Imported.",
)
CLOSE = (
    "UID:close@erp",
    "SUMMARY:Close of the\\, year",
    "DTSTART;VALUE=DATE:20261228",
    "DTEND;VALUE=DATE:20270106",
    "RRULE:FREQ=YEARLY",
)


def calendar(*events: tuple[str, ...], head: tuple[str, ...] = ()) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *head]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def read(*events: tuple[str, ...], **named: tuple[str, ...]) -> ReadCalendar:
    return read_calendar(calendar(*events, **named), DEFAULTS)


def told(*event: str) -> str:
    """The one fault of one event."""
    (fault,) = read(event).faults
    return fault.told


def test_an_event_of_whole_days_is_a_freeze_of_whole_days() -> None:
    (found,) = read(CLOSE).freezes
    assert found.span == WholeDays(first_on=date(2026, 12, 28), last_on=date(2027, 1, 5))
    assert (found.title, found.reason) == ("Close of the, year", "Imported.")
    assert (found.kind, found.time_zone) == (FreezeKind.DOWNTIME, "Europe/Berlin")
    assert str(found.repeats) == "FREQ=YEARLY"


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "W. Europe Standard Time", "/freeassociation.net/Europe/Berlin"]
)
def test_a_time_in_a_zone_is_that_instant_whoever_named_the_zone(zone: str) -> None:
    (found,) = read(
        ("UID:1", "SUMMARY:Launch", f"DTSTART;TZID={zone}:20260701T180000",
         f"DTEND;TZID={zone}:20260701T200000")
    ).freezes  # fmt: skip
    assert found.span == Between(
        starts_at=datetime(2026, 7, 1, 16, tzinfo=UTC), ends_at=datetime(2026, 7, 1, 18, tzinfo=UTC)
    )
    assert found.time_zone == "Europe/Berlin"


def test_a_folded_line_is_one_and_a_kind_is_read_from_its_category() -> None:
    (found,) = read(
        ("UID:1", "SUMMARY:Sea", " son of the", "  herring", "CATEGORIES:Work,Season",
         "DTSTART:20260701T180000Z", "DURATION:PT36H")
    ).freezes  # fmt: skip
    assert found.title == "Season of the herring"
    assert found.kind is FreezeKind.SEASON
    assert found.span.ends_at - found.span.starts_at == 36 * (
        datetime(2026, 1, 1, 1) - datetime(2026, 1, 1)
    )


def test_what_its_own_calendar_has_cancelled_is_left_out() -> None:
    found = read((*CLOSE, "STATUS:CANCELLED"))
    assert (found.freezes, found.cancelled) == ((), 1)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("DTSTART:20261399", "line 5: VEVENT “Close”, DTSTART: found '20261399', expected a day"),
        ("DTSTART;TZID=Mars/Olympus:20260701T180000", "'Mars/Olympus' is no zone"),
        ("DTSTART:20260701T180000Z", "there is no DTEND and no DURATION"),
        ("X-NOTHING:1", "DTSTART: it is missing"),
    ],
)
def test_a_start_that_is_wrong_is_told_with_its_line(line: str, sentence: str) -> None:
    assert sentence in told("UID:1", line, "SUMMARY:Close")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("RRULE:FREQ=SECONDLY", "line 9: VEVENT “Close of the, year”, RRULE: The rule"),
        ("RRULE:FREQ=DAILY;COUNT=999999999", "it returns DAILY"),
        ("RECURRENCE-ID;VALUE=DATE:20271228", "an event of its own"),
        ("RDATE;VALUE=DATE:20271228", "an event of its own"),
        ("X-TROTH-SCOPE:customer:cus_1", "is imported for tier:Gold"),
        ("DTEND;VALUE=DATE:20290106", "DTEND: it stands there twice"),
        ("EXDATE;VALUE=DATE:2027", "EXDATE: found '2027'"),
    ],
)
def test_what_a_freeze_has_no_place_for_is_told_with_its_line(line: str, sentence: str) -> None:
    event = CLOSE[:4] if "RRULE" in line else CLOSE
    found = told(*event, *(["X-PAD:1"] if "RRULE" in line else []), line)
    assert sentence in found


def test_a_freeze_that_never_ends_or_lasts_for_years_is_refused() -> None:
    assert "at most 366" in told(*CLOSE[:3], "DTEND;VALUE=DATE:20361228")
    assert "before the first day" in told(*CLOSE[:3], "DTEND;VALUE=DATE:20261228")
    assert "before it ends" in told(*CLOSE[:3], "DTEND;VALUE=DATE:20270301", "RRULE:FREQ=MONTHLY")


def test_every_event_is_looked_at_and_one_that_is_there_twice_is_told() -> None:
    found = read(CLOSE, CLOSE, ("UID:2", "SUMMARY:Launch"))
    assert [fault.line for fault in found.faults] == [11, 17]
    assert "the event on line 3 has it already" in found.faults[0].told


def test_whole_days_without_a_zone_ask_for_one() -> None:
    nowhere = Defaults(scope=DEFAULTS.scope, kind=DEFAULTS.kind, time_zone="", reason="x")
    (fault,) = read_calendar(calendar(CLOSE), nowhere).faults
    assert "--zone" in fault.told
    found = read_calendar(calendar(CLOSE, head=("X-WR-TIMEZONE:Asia/Tokyo",)), nowhere)
    assert found.freezes[0].time_zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (b"", "The file is empty"),
        (b"\xff\xfe", "no UTF-8"),
        (b"hello", "line 1: found 'hello', expected NAME:value"),
        (b"BEGIN:VEVENT\nEND:VEVENT", "line 1: found BEGIN:VEVENT, expected one VCALENDAR"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1", "VEVENT, begun on line 2, has no end"),
        (b"BEGIN:VCALENDAR\nEND:VEVENT", "line 2: found END:VEVENT, expected END:VCALENDAR"),
        (b"x" * 2_000_001, "at most 2,000,000"),
        (b"BEGIN:VCALENDAR\nX-A:" + b"a" * 30_000, "at most 20,000 a line"),
        (b"BEGIN:VCALENDAR\n" + b"X-A:1\n" * 400, "at most 300 properties"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 9, "at most 4 within another"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:V\nEND:V\n" * 6_000, "at most 5,000 events"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused(document: bytes, sentence: str) -> None:
    with pytest.raises(CalendarFileError) as raised:
        read_calendar(document, DEFAULTS)
    assert sentence in str(raised.value)


def test_what_is_written_is_read_again_as_the_same() -> None:
    timed = (
        "UID:2", "SUMMARY:Launch; of ü", "DESCRIPTION:Line one\\nline two",
        "DTSTART;TZID=America/New_York:20260115T180000",
        "DTEND;TZID=America/New_York:20260115T200000", "RRULE:FREQ=MONTHLY;COUNT=9",
        "EXDATE;TZID=America/New_York:20260715T180000", "CATEGORIES:launch",
    )  # fmt: skip
    before = read((*CLOSE, "EXDATE;VALUE=DATE:20271228"), timed)
    assert before.faults == ()
    windows = [
        CalendarEvent(
            window=new.window(f"frz_{place}", DEFAULTS.scope, author="1"),
            uid=new.uid,
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for place, new in enumerate(before.freezes)
    ]
    written = written_calendar(windows, name="Freezes")
    after = read_calendar(written, DEFAULTS)
    assert after.freezes == before.freezes
    assert after.name == "Freezes"
    assert written_calendar(windows, name="Freezes") == written
    # A calendar program that knows nothing of us reads it as well.
    other = Calendar.from_ical(written)
    assert [str(event["UID"]) for event in other.walk("VEVENT")] == ["close@erp", "2"]
    assert "VTIMEZONE" in written.decode()
