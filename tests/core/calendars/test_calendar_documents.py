"""Calendars as they stand in YAML and in receipts, and what is said of bad ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import yaml

from troth.core.calendars import (
    END_OF_DAY,
    BusinessCalendar,
    CalendarDocumentError,
    ResolvedCalendar,
    Window,
    instants,
)

TEXT = """
name: Berlin warehouse
time_zone: Europe/Berlin
week:
  mon-fri: ["09:00-12:30", "13:30-18:00"]
  sat: ["22:00-24:00"]
holidays: [2026-01-01, "2026-05-01"]
special_days:
  2026-12-24: ["09:00-12:00"]
  "2026-12-31": []
"""


def document() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(TEXT)
    return read


def test_a_calendar_reads_from_yaml_as_a_person_would_write_it() -> None:
    calendar = BusinessCalendar.from_document(document())
    assert [len(day) for day in calendar.weekly] == [2, 2, 2, 2, 2, 1, 0]
    assert calendar.weekly[5] == (Window(opens=time(22), closes=END_OF_DAY),)
    assert calendar.holidays == {date(2026, 1, 1), date(2026, 5, 1)}
    assert calendar.windows_on(date(2026, 12, 31)) == ()


def test_what_is_written_reads_back_the_same_and_is_plain_json() -> None:
    calendar = BusinessCalendar.from_document(document())
    written = json.loads(json.dumps(calendar.to_document()))
    assert BusinessCalendar.from_document(written) == calendar


def test_a_range_of_weekdays_may_run_over_the_weekend() -> None:
    week = {"sun-thu": ["09:00-17:00"]}
    calendar = BusinessCalendar.from_document(
        {"name": "Riyadh", "time_zone": "Asia/Riyadh", "week": week}
    )
    assert [bool(day) for day in calendar.weekly] == [True, True, True, True, False, False, True]


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "path", "expected"),
    [
        (lambda d: d.update(week={"mon": ["9-17"]}), "week.mon[0]", "'09:00-12:30'"),
        (lambda d: d.update(week={"mon": ["17:00-09:00"]}), "week.mon[0]", "window"),
        (lambda d: d.update(week={"mon": ["09:00-24:30"]}), "week.mon[0]", "window"),
        (lambda d: d.update(week={"mon": "09:00-17:00"}), "week.mon", "a list of windows"),
        (lambda d: d.update(week={"monday": []}), "week.monday", "a weekday"),
        (lambda d: d.update(week={"mon-fri": [], "tue": []}), "week.tue", "each weekday once"),
        (
            lambda d: d.update(week={"mon": ["09:00-12:00", "11:00-13:00"]}),
            "week.mon",
            "do not overlap",
        ),
        (lambda d: d.pop("week"), "week", "a mapping"),
        (lambda d: d.pop("name"), "name", "a text"),
        (lambda d: d.update(time_zone="Berlin"), "time_zone", "IANA"),
        (lambda d: d.update(holidays=["1.1.2026"]), "holidays[0]", "'2026-01-01'"),
        (lambda d: d.update(holidays="2026-01-01"), "holidays", "a list of dates"),
        (lambda d: d.update(special_days={"2026-13-01": []}), "special_days.2026-13-01", "a date"),
        (lambda d: d.update(holiday=[]), "holiday", "one of name"),
    ],
)
def test_a_fault_names_its_place_what_was_expected_and_what_to_do(
    change: Change, path: str, expected: str
) -> None:
    faulty = document()
    change(faulty)
    with pytest.raises(CalendarDocumentError) as raised:
        BusinessCalendar.from_document(faulty)
    assert raised.value.path == path
    assert expected in str(raised.value.fields["expected"])
    assert raised.value.fields["remedy"]


def test_no_mapping_at_all_is_said_too() -> None:
    with pytest.raises(CalendarDocumentError, match="expected a mapping"):
        BusinessCalendar.from_document("mon-fri 9-17")


def test_an_old_answer_needs_neither_time_zone_data_nor_the_holidays_of_today(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calendar = BusinessCalendar.from_document(document())
    start = datetime(2026, 3, 27, 15, tzinfo=UTC)
    before = calendar.resolve(date(2026, 3, 1), date(2026, 4, 30))
    due = before.add_working_seconds(start, 8 * 3600)
    stored = json.dumps(before.to_document())

    def gone(name: str) -> None:
        raise AssertionError(f"read the time-zone data of {name}")

    monkeypatch.setattr(instants, "ZoneInfo", gone)
    assert ResolvedCalendar.from_document(json.loads(stored)).add_working_seconds(
        start, 8 * 3600
    ) == (due)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d: d.update(open=[[5, 4]]), "open"),
        (lambda d: d.update(open=[[-1, 4]]), "open"),
        (lambda d: d.update(open=[[1, 4], [3, 6]]), "open"),
        (lambda d: d.update(open=[[1, True]]), "open[0]"),
        (lambda d: d.update(open=None), "open[0]"),
        (lambda d: d.update(span=[0, 1.5]), "span"),
        (lambda d: d.update(span=[9, 0], open=[]), "open"),
        (lambda d: d.pop("name"), "format"),
        (lambda d: d.update(format="resolved-calendar/2"), "format"),
    ],
)
def test_a_resolved_calendar_that_was_tampered_with_is_refused(change: Change, path: str) -> None:
    stored = {
        "format": "resolved-calendar/1",
        "name": "x",
        "time_zone": "UTC",
        "span": [0, 10],
        "open": [[1, 4], [4, 6]],
    }
    assert ResolvedCalendar.from_document(stored).worked == (0, 3, 5)
    change(stored)
    with pytest.raises(CalendarDocumentError) as raised:
        ResolvedCalendar.from_document(stored)
    assert raised.value.path == path
