"""Does every clock in clocks.md run as the table says?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from troth.core.calendars import BusinessCalendar, end_of_local_day
from troth.core.work.clock_events import ClockEvent, ClockEventKind, replay
from troth.core.work.clocks import Target

CALENDARS = {
    "office": BusinessCalendar.from_document(
        {
            "name": "office",
            "time_zone": "Europe/Berlin",
            "week": {"mon-fri": ["09:00-12:30", "13:30-18:00"]},
            "holidays": ["2026-04-03", "2026-04-06"],
        }
    ),
    "night": BusinessCalendar.from_document(
        {"name": "night", "time_zone": "Europe/Berlin", "week": {"mon-sun": ["00:00-06:00"]}}
    ),
    "always": BusinessCalendar.always_open("America/Sao_Paulo"),
}


def rows() -> list[dict[str, str]]:
    """The rows of the second table, by column."""
    text = Path(__file__).with_name("clocks.md").read_text(encoding="utf-8")
    lines = text[text.index("| what happens |") :].splitlines()
    cells = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def instant_of(text: str, zone: str) -> datetime:
    day, clock = text.split()
    if clock == "24:00":
        return end_of_local_day(date.fromisoformat(day), zone)
    wall = datetime.fromisoformat(f"{day} {clock}")
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def target_of(text: str, zone: str) -> Target:
    if text.startswith("by "):
        return Target(metric="delivery", due_at=instant_of(text.removeprefix("by "), zone))
    hours, minutes = text.split(":")
    return Target(metric="resolution", working_seconds=int(hours) * 3600 + int(minutes) * 60)


def events_of(text: str, zone: str) -> list[ClockEvent]:
    events = []
    for part in text.split(";"):
        kind, when = part.split(maxsplit=1)
        events.append(ClockEvent(kind=ClockEventKind(kind), at=instant_of(when, zone)))
    return events


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["what happens"])
def test_a_clock_runs_as_the_table_says(row: dict[str, str]) -> None:
    calendar = CALENDARS[row["calendar"]]
    zone = calendar.time_zone
    clock = replay(
        events_of(row["events"], zone),
        target_of(row["target"], zone),
        calendar,
        as_of=instant_of(row["looked at"], zone),
    ).clock
    assert clock is not None
    worked = timedelta(seconds=clock.working_elapsed_seconds) // timedelta(minutes=1)
    shown = {
        "state": clock.state.value,
        "worked": f"{worked // 60}:{worked % 60:02}",
        "due": f"{clock.due_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}",
        "late": "yes" if clock.breached else "no",
    }
    assert shown == {column: row[column] for column in shown}


def test_the_table_is_there() -> None:
    assert len(rows()) >= 19
