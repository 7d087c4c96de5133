"""Hand-computed case metrics."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from troth.analysis.metrics import measure


def case(key: str, state: str | None, **more: Any) -> dict[str, Any]:
    """A case opened on 5 March 2018 at 08:00, both its clocks in the same state."""
    return {
        "case_key": key,
        "opened_at": datetime(2018, 3, 5, 8, tzinfo=UTC),
        "opened_month": date(2018, 3, 1),
        "first_response_state": state,
        "resolution_state": state,
        **more,
    }


def solved(key: str, hour: int, working_seconds: int | None, **more: Any) -> dict[str, Any]:
    at = datetime(2018, 3, 5, hour, tzinfo=UTC)
    more = {"resolved_at": at, "resolution_working_seconds": working_seconds, **more}
    return case(key, "completed", **more)


def test_a_breach_counts_the_moment_it_happens(table):
    cases = table(
        "cases",
        case("met", "completed", resolution_breached=False),
        case("missed", "completed", resolution_breached=True),
        case("missed_and_open", "in_progress", resolution_breached=True),
        case("missed_then_cancelled", "cancelled", resolution_breached=True),
        case("running", "paused", resolution_breached=False),
        case("dropped", "cancelled", resolution_breached=False),
        case("without", None),
    )
    [row] = measure(["sla_resolution_met"], {"cases": cases})
    assert (row.numerator, row.denominator, row.n) == (1, 4, 7)
    assert row.excluded == {"cancelled": 1, "still_running": 1, "no_clock": 1}
    assert row.open == 1


def test_first_response_goes_by_its_own_clock(table):
    cases = table(
        "cases",
        case("a", "completed", first_response_breached=False, resolution_breached=True),
        case("b", "completed", first_response_breached=True, resolution_breached=False),
        case("c", "completed", first_response_breached=False, resolution_breached=True),
    )
    first, resolution = measure(["sla_first_response_met", "sla_resolution_met"], {"cases": cases})
    assert (first.numerator, resolution.numerator) == (2, 1)


def test_time_to_resolve_is_a_median_in_working_hours_and_on_the_wall(table):
    cases = table(
        "cases",
        solved("a", 10, 3_600),  # 1 h worked, 2 h waited
        solved("b", 12, 7_200),  # 2 h and 4 h
        solved("c", 20, 36_000),  # 10 h and 12 h
        solved("d", 14, None),  # no clock: 6 h waited
        case("e", "in_progress"),
        case("f", "cancelled"),
    )
    working, wall = measure(["case_time_to_resolve", "case_time_to_resolve_wall"], {"cases": cases})
    assert (working.value, working.denominator, working.numerator) == (2.0, 3, None)
    assert working.excluded == {"cancelled": 1, "not_resolved": 1, "no_clock": 1}
    assert wall.value == 5.0  # between 4 and 6
    assert wall.open == 1


def test_the_desks_own_mark_counts_before_the_end_only_when_it_is_a_miss(table):
    cases = table(
        "cases",
        solved("a", 10, 60, source_met_sla=True),
        solved("b", 10, 60, source_met_sla=None),
        case("c", "in_progress", source_met_sla=True),
        case("d", "in_progress", source_met_sla=False),
    )
    [row] = measure(["source_sla_met"], {"cases": cases})
    assert (row.numerator, row.denominator) == (1, 2)
    assert row.excluded == {"source_silent": 1, "not_resolved": 1}


def test_cases_split_by_category_and_severity(table):
    cases = table(
        "cases",
        solved("a", 10, 3_600, category="billing", severity=1),
        solved("b", 10, 3_600, category="billing", severity=None),
    )
    rows = measure(["case_time_to_resolve"], {"cases": cases}, by=["category", "severity"])
    assert [dict(row.dimensions) for row in rows] == [
        {"category": "billing", "severity": "(none)"},
        {"category": "billing", "severity": "1"},
    ]
