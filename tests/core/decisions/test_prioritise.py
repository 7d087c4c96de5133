"""By when a case is due, and its place in the queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.core.decisions.answers import read_used
from troth.core.decisions.inputs import DecisionInputError
from troth.core.decisions.prioritise import POLICY_KINDS, CaseFacts, CasePolicy, decide

FRIDAY = datetime(2026, 1, 9, 16, tzinfo=UTC)
WEEK = {"name": "desk", "time_zone": "UTC", "week": {"mon-fri": ["09:00-17:00"]}}


def prioritised(opened_at=FRIDAY, severity=2, queue=None, tier="gold", **service):
    values = {"service_level": {"calendar": WEEK, **service}, "queue": queue or {}}
    used = read_used(values, POLICY_KINDS, path="policy")
    return decide(
        CaseFacts(
            case="desk:C-1", customer="cus_1", opened_at=opened_at, severity=severity, tier=tier
        ),
        CasePolicy.resolved(used, opened_at=opened_at),
        at=opened_at,
    )


def test_targets_count_working_time_from_the_opening():
    outcome = prioritised(first_response_minutes_2=90, resolution_minutes_2=540).outcome
    # Friday 16:00 has an hour left: half an hour remains on Monday, and eight hours of nine.
    assert outcome["first_response_due_at"] == datetime(2026, 1, 12, 9, 30, tzinfo=UTC)
    assert outcome["resolution_due_at"] == datetime(2026, 1, 12, 17, tzinfo=UTC)
    assert outcome["severity"] == 2


def test_the_rank_is_the_opening_hour_less_the_points():
    queue = {"rank_weight": 40, "severity_points_2": 24, "aging_points_per_hour": 2}
    hours = int(FRIDAY.timestamp()) // 3600
    assert prioritised(queue=queue).outcome["rank"] == Decimal(hours * 2 - 64)


def test_a_case_without_a_severity_is_the_mildest_and_says_so():
    decision = prioritised(severity=None)
    assert decision.outcome["severity"] == 4
    assert decision.reasons[0].code == "prioritise:severity:unknown"


def test_the_reasons_bound_how_long_another_case_may_be_passed():
    decision = prioritised(queue={"rank_weight": 10, "aging_points_per_hour": "1.5"})
    aging = next(reason for reason in decision.reasons if reason.code == "prioritise:aging")
    assert aging.values["head_start_hours"] == Decimal("22.67")  # (10 + 24) / 1.5, rounded up


@given(
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 50),
    st.integers(0, 3600 * 500),
)
def test_no_case_is_passed_by_one_that_was_opened_later_than_the_bound(
    weight, other_weight, severity, other_severity, aging, seconds
):
    later = FRIDAY + timedelta(seconds=seconds)
    queue = {"aging_points_per_hour": aging}
    first = prioritised(FRIDAY, severity, {**queue, "rank_weight": weight})
    second = prioritised(later, other_severity, {**queue, "rank_weight": other_weight})
    bound = second.reasons[-1].values["head_start_hours"]
    if Decimal(seconds) / 3600 > bound:
        assert first.outcome["rank"] < second.outcome["rank"]


def test_what_a_worse_severity_would_give_is_told():
    changes = [change.if_ for change in prioritised(queue={"rank_weight": 5}).would_change]
    assert changes == [
        "its severity were one worse",
        "its severity were one milder",
        "its tier and customer had no weight in the queue",
    ]


def test_a_calendar_that_never_opens_is_refused():
    with pytest.raises(DecisionInputError, match="calendar"):
        prioritised(calendar={"name": "shut", "time_zone": "UTC", "week": {}})
