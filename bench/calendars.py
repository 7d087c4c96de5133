"""How much faster is one SLA due time than pandas' business hours?

Both add whole working hours over two windows a day, weekends and holidays, in one zone, to the
same instants, and give the same answers first. Each round times ours, then the peer's; the
ratio is of the medians. On naive local stamps pandas was no faster, so it gets the zone as well.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from typing import Any

import pandas as pd

from troth.core.calendars import BusinessCalendar, ResolvedCalendar

BAR = 20.0
ROUNDS = 9
ZONE = "Europe/Berlin"
WINDOWS = [(time(9), time(12, 30)), (time(13, 30), time(18))]
HOLIDAYS = [date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1)]
HOURS = 6


def starts() -> list[datetime]:
    """400 instants of the first half of 2026, within and outside of hours."""
    first = datetime(2026, 1, 5, tzinfo=UTC)
    return [first + timedelta(minutes=613 * step) for step in range(400)]


def calendar() -> BusinessCalendar:
    """The calendar that both sides count on."""
    week = {"mon-fri": [f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in WINDOWS]}
    holidays = [day.isoformat() for day in HOLIDAYS]
    return BusinessCalendar.from_document(
        {"name": "office", "time_zone": ZONE, "week": week, "holidays": holidays}
    )


def main() -> list[dict[str, Any]]:
    """One row for the resolved form, one for the calendar that resolves by itself.

    `ours` and `peer` are microseconds per due time. Raises AssertionError on different answers.
    """
    instants = starts()
    stamps = [pd.Timestamp(at).tz_convert(ZONE) for at in instants]
    hours = pd.offsets.CustomBusinessHour(
        n=HOURS,
        start=[opens for opens, _ in WINDOWS],
        end=[closes for _, closes in WINDOWS],
        holidays=[day.isoformat() for day in HOLIDAYS],
    )
    business = calendar()
    resolved = business.resolve(date(2026, 1, 1), date(2026, 12, 31))
    ours = [resolved.add_working_seconds(at, HOURS * 3600) for at in instants]
    theirs = [(stamp + hours).to_pydatetime() for stamp in stamps]
    differing = [at for at, a, b in zip(instants, ours, theirs, strict=True) if a != b]
    assert not differing, f"{len(differing)} answers differ, first from {differing[0]}"

    def due_times(counted: ResolvedCalendar | BusinessCalendar) -> Callable[[], None]:
        def run() -> None:
            for at in instants:
                counted.add_working_seconds(at, HOURS * 3600)

        return run

    def by_pandas() -> None:
        for stamp in stamps:
            stamp + hours

    return [
        compared("one SLA due time, resolved calendar", due_times(resolved), by_pandas),
        compared("one SLA due time, calendar resolving lazily", due_times(business), by_pandas),
    ]


def compared(name: str, ours: Callable[[], None], peer: Callable[[], None]) -> dict[str, Any]:
    """Time both side by side, in microseconds for each instant."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for run, times in zip((ours, peer), taken, strict=True):
            begin = perf_counter()
            run()
            times.append((perf_counter() - begin) / len(starts()) * 1e6)
    mine, other = (statistics.median(times) for times in taken)
    return {
        "name": name,
        "ours": round(mine, 3),
        "peer": round(other, 3),
        "ratio": round(other / mine, 1),
        "bar": BAR,
        "unit": "µs",
        "peer_name": f"pandas {pd.__version__} CustomBusinessHour",
    }


if __name__ == "__main__":
    for row in main():
        print(row)
