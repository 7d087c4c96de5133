"""When is a case due, and what does waiting for the customer do to that?

The desk works Monday to Friday, 08:00 to 18:00 UTC. A case of severity 2 is to be answered within
4 working hours and solved within 24. It is opened on Monday, 2 March 2026, at 09:00.

| case    | what happened                                        | worked  | due             |
|---------|------------------------------------------------------|---------|-----------------|
| quick   | solved Mon 14:00                                     | 5 h     | Wed 13:00       |
| waiting | waits Mon 10:00-12:00, solved Mon 14:00              | 3 h     | Wed 15:00       |
| night   | waits Mon 17:00 to Tue 09:00, solved Tue 10:00       | 9 h     | Wed 15:00       |
| still   | waits from Mon 10:00                                 | 1 h     | stands still    |
| late    | solved Fri 12:00                                     | 43 h    | Wed 13:00, late |
| open    | nothing                                              | 47 h    | Wed 13:00, late |

The newest thing that is known is from Friday, 16:00.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.workspaces import Troth

SOURCE = """\
source: desk
system: desk
time_zone: UTC
feeds:
  - name: cases
    record: case
    files: exports/cases.csv
    key: id
    fields:
      severity: severity
      status: {column: status, known_at: [solved], before: new}
      opened_at: opened
      resolved_at: {column: solved, known_at: solved}
    known_at: opened
  - name: events
    record: case_event
    files: exports/events.csv
    key: id
    fields: {case: case, event_kind: kind, occurred_at: at}
    known_at: at
"""
CASES = """\
id,severity,status,opened,solved
quick,2,resolved,2026-03-02T09:00:00Z,2026-03-02T14:00:00Z
waiting,2,resolved,2026-03-02T09:00:00Z,2026-03-02T14:00:00Z
night,2,resolved,2026-03-02T09:00:00Z,2026-03-03T10:00:00Z
still,2,new,2026-03-02T09:00:00Z,
late,2,resolved,2026-03-02T09:00:00Z,2026-03-06T12:00:00Z
open,2,new,2026-03-02T09:00:00Z,
"""
EVENTS = """\
id,case,kind,at
1,waiting,waiting,2026-03-02T10:00:00Z
2,waiting,resumed,2026-03-02T12:00:00Z
3,night,waiting,2026-03-02T17:00:00Z
4,night,resumed,2026-03-03T09:00:00Z
5,still,waiting,2026-03-02T10:00:00Z
6,open,updated,2026-03-06T16:00:00Z
"""


@pytest.fixture
def desk(blank: Troth) -> Troth:
    blank.write("sources/desk.yaml", SOURCE)
    blank.write("exports/cases.csv", CASES)
    blank.write("exports/events.csv", EVENTS)
    return blank


def clocks(troth: Troth) -> dict[str, tuple[Any, ...]]:
    """case → state, hours worked, due, breached; of the clock for solving it."""
    found = troth.rows(
        "SELECT substr(subject, 6), state, working_elapsed_seconds / 3600.0,"
        " to_char(due_at AT TIME ZONE 'UTC', 'Dy HH24:MI'), breached"
        " FROM store_clock WHERE metric = 'resolution'"
    )
    return {case: (state, float(hours), due, late) for case, state, hours, due, late in found}


def test_waiting_for_the_customer_stops_the_clock_and_moves_the_due_time(desk: Troth) -> None:
    desk.run()
    found = clocks(desk)
    assert found["quick"] == ("completed", 5, "Wed 13:00", False)
    assert found["waiting"] == ("completed", 3, "Wed 15:00", False)
    # From 17:00 to 18:00 and from 08:00 to 09:00 nobody could have worked on it: two hours.
    assert found["night"] == ("completed", 9, "Wed 15:00", False)
    assert found["still"][:2] == ("paused", 1)
    assert found["still"][3] is False
    assert found["late"] == ("completed", 43, "Wed 13:00", True)
    assert found["open"] == ("in_progress", 47, "Wed 13:00", True)


def test_what_was_decided_when_a_case_was_opened_does_not_move(desk: Troth) -> None:
    desk.run()
    due = "SELECT DISTINCT resolution_due_at, first_response_due_at FROM store_casework"
    ((resolution, response),) = desk.rows(due)
    assert resolution.isoformat().startswith("2026-03-04T13:00")
    assert response.isoformat().startswith("2026-03-02T13:00")


def test_as_of_an_earlier_moment_a_clock_knows_nothing_of_what_came_later(desk: Troth) -> None:
    desk.run("--at", "2026-03-02T11:00:00Z")
    found = clocks(desk)
    assert found["waiting"][:2] == ("paused", 1)  # nobody knows yet that it goes on at noon
    assert found["quick"] == ("in_progress", 2, "Wed 13:00", False)
    assert found["late"][3] is False
    desk.run()
    assert clocks(desk)["waiting"] == ("completed", 3, "Wed 15:00", False)
