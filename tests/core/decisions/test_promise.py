"""What is promised for an order, and what is said about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.core.decisions.answers import read_used
from troth.core.decisions.decision import Decision
from troth.core.decisions.inputs import DecisionInputError
from troth.core.decisions.lead_time import LaneStatistics
from troth.core.decisions.promise import PromiseFacts, PromisePolicy, decide

PLACED = datetime(2018, 3, 5, 14, tzinfo=UTC)  # a Monday
TODAY = datetime(2018, 3, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def history(exits, level="company", lane="", as_of=TODAY):
    return LaneStatistics(lane=lane, level=level, as_of=as_of, history_days=120, exits=exits)


# 1,000 orders, ten an hour from the first to the hundredth: 0.9·1001/1000 is reached at hour 91.
EVEN = history(tuple((hour, 10, 0) for hour in range(1, 101)))


def promised(policy=None, standard=None, at=PLACED, zone="UTC", lanes=(EVEN,), **facts) -> Decision:
    def used(values):
        return read_used(values, ("lead_time", "delivery"), path="policy")

    return decide(
        PromiseFacts(
            order="erp:SO-1",
            customer="cus_1",
            placed_at=PLACED,
            time_zone=zone,
            lanes=lanes,
            **facts,
        ),
        PromisePolicy.resolved(
            used(policy or {}),
            time_zone=zone,
            at=at,
            standard=None if standard is None else used(standard),
        ),
        at=at,
    )


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def test_an_order_is_promised_by_the_end_of_the_day_on_which_it_should_be_there():
    decision = promised()
    # Monday 14:00 + 91 h = Friday 09:00, which ends at Saturday 00:00.
    assert decision.outcome == {
        "promised_at": datetime(2018, 3, 10, tzinfo=UTC),
        "lead_time_hours": Decimal(106),
        "lane": "",
        "level": "company",
        "observed_orders": 1000,
        "service_quantile": Decimal("0.9"),
        "is_cold_start": False,
        "meets_request": None,
        "probability_by_request": None,
    }
    assert codes(decision) == ["promise:lane:own", "promise:quantile", "promise:window"]


def test_the_day_ends_where_the_customer_is():
    # Friday 09:00 UTC is Friday 06:00 in São Paulo, where the day ends at 03:00 UTC.
    decision = promised(zone="America/Sao_Paulo")
    assert decision.outcome["promised_at"] == datetime(2018, 3, 10, 3, tzinfo=UTC)


def test_a_customer_who_receives_on_tuesdays_is_promised_a_tuesday():
    window = {"weekdays": [1], "window_opens": "08:00", "window_closes": "12:00"}
    decision = promised({"delivery": window}, zone="Europe/Berlin")
    assert decision.outcome["promised_at"] == datetime(2018, 3, 13, 11, tzinfo=UTC)


def test_a_lane_with_few_orders_says_what_it_borrows_and_from_whom():
    narrow = history(((200, 3, 0),), "origin-destination", "SP>AM")
    decision = promised(lanes=(narrow, EVEN))
    assert codes(decision)[:3] == [
        "promise:lane:wider",
        "promise:lane:borrowed",
        "promise:quantile",
    ]
    assert decision.outcome["level"] == "company"
    # Three slow orders beside thirty borrowed ones: later than the company, earlier than they.
    assert PLACED + 91 * HOUR < decision.outcome["promised_at"] <= PLACED + 200 * HOUR + DAY


def test_a_company_without_a_history_promises_its_default_and_says_so():
    young = history(((5, 29, 0),))
    for lanes in ((), (young,)):
        decision = promised({"lead_time": {"default_lead_time_days": 10}}, lanes=lanes)
        assert decision.outcome["is_cold_start"] is True
        assert decision.outcome["promised_at"] == datetime(2018, 3, 16, tzinfo=UTC)
        assert "promise:cold_start:too_few" in codes(decision)
        assert any("30 orders" in change.if_ for change in decision.would_change)
    grown = history(((5, 30, 0),))
    assert promised(lanes=(grown,)).outcome["is_cold_start"] is False


def test_a_default_is_never_shorter_than_what_was_seen_when_no_quantile_is_reached():
    slow = history(((400, 30, 0), (900, 0, 300)))
    decision = promised({"lead_time": {"default_lead_time_days": 10}}, lanes=(slow,))
    assert "promise:cold_start:beyond_history" in codes(decision)
    assert decision.outcome["promised_at"] >= PLACED + 900 * HOUR


def test_a_committed_longest_lead_time_caps_the_promise_and_says_how_likely_it_is():
    decision = promised({"lead_time": {"maximum_lead_time_days": 3}})
    # 72 h from Monday 14:00 is Thursday 14:00; the last window before that closes at 00:00,
    # 58 h after placing: 580 of 1,000 orders were that quick.
    assert decision.outcome["promised_at"] == datetime(2018, 3, 8, tzinfo=UTC)
    reason = next(r for r in decision.reasons if r.code == "promise:ceiling:binding")
    assert reason.values["probability"] == Decimal("0.58")
    assert any("no committed" in change.if_ for change in decision.would_change)


def test_a_commitment_that_has_passed_is_told_and_not_promised_again():
    policy = {"lead_time": {"maximum_lead_time_days": 1}}
    decision = promised(policy, at=PLACED + 2 * DAY, elapsed_days=2)
    assert "promise:ceiling:passed" in codes(decision)
    assert decision.outcome["promised_at"] > PLACED + 2 * DAY


def test_a_requested_date_has_its_probability_whether_it_is_met_or_not():
    missed = promised(requested_at=PLACED + 50 * HOUR + timedelta(minutes=59))
    assert missed.outcome["meets_request"] is False
    assert missed.outcome["probability_by_request"] == Decimal("0.5")  # 50 whole hours
    assert "promise:request:missed" in codes(missed)
    met = promised(requested_at=PLACED + 30 * DAY)
    assert met.outcome["meets_request"] is True
    assert met.outcome["probability_by_request"] == 1


def test_the_answers_that_lost_are_the_other_quantiles_and_what_was_asked_or_promised():
    decision = promised(
        requested_at=PLACED + 50 * HOUR,
        source_promised_at=PLACED + 95 * HOUR,
    )
    lost = [dict(item.outcome) for item in decision.alternatives]
    # 0.5·1.001 → hour 51, Wednesday 17:00; 0.95·1.001 → hour 96, Friday 14:00.
    assert lost == [
        {"promised_at": datetime(2018, 3, 8, tzinfo=UTC), "service_quantile": Decimal("0.5")},
        {"promised_at": datetime(2018, 3, 10, tzinfo=UTC), "service_quantile": Decimal("0.95")},
        {"promised_at": PLACED + 50 * HOUR, "probability": Decimal("0.5")},
        {"promised_at": PLACED + 95 * HOUR, "probability": Decimal("0.95")},
    ]


def test_what_the_personal_layers_did_is_an_alternative_and_a_change():
    decision = promised(
        {"lead_time": {"service_quantile": "0.5"}}, {"lead_time": {"service_quantile": "0.9"}}
    )
    assert decision.alternatives[0].outcome == {"promised_at": datetime(2018, 3, 10, tzinfo=UTC)}
    assert any("layers were off" in change.if_ for change in decision.would_change)
    same = promised({}, {})
    assert not any("layers" in change.if_ for change in same.would_change)


def test_statistics_from_after_the_decision_are_refused():
    tomorrow = history(EVEN.exits, as_of=PLACED + DAY)
    with pytest.raises(DecisionInputError, match="as of"):
        promised(lanes=(tomorrow,))


def test_a_fact_that_became_known_only_later_is_told():
    late = promised(requested_at=PLACED + DAY, known_at={"requested_at": PLACED + HOUR})
    assert codes(late)[0] == "promise:known_late"
    used = next(fact for fact in late.facts if fact.name == "order.requested_at")
    assert used.age_seconds == -3600


def test_every_fact_has_its_source_and_its_age():
    decision = promised(at=PLACED + 3 * HOUR, known_at={"placed_at": PLACED + HOUR})
    ages = {fact.name: fact.age_seconds for fact in decision.facts}
    assert ages == {"order.placed_at": 7200, "customer.time_zone": None, "lane.company": 61_200}
    assert decision.facts[-1].source == f"statistics:{EVEN.digest}"


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=60),
    st.sampled_from(["0.5", "0.6", "0.8", "0.9", "0.99"]),
    st.integers(0, 40),
    st.integers(0, 86_399),
    st.sampled_from([None, 1, 5, 30]),
)
@settings(max_examples=150, deadline=None)
def test_nothing_is_promised_for_the_past_and_more_certainty_is_never_earlier(
    counts, quantile, elapsed_days, seconds, ceiling
):
    exits = tuple((7 * i + 1, d, c) for i, (d, c) in enumerate(counts) if d + c)
    at = PLACED + elapsed_days * DAY + timedelta(seconds=seconds)
    later = {"service_quantile": "0.999", "maximum_lead_time_days": ceiling}
    policy = {"service_quantile": quantile, "maximum_lead_time_days": ceiling}
    kwargs = {"at": at, "elapsed_days": elapsed_days, "lanes": (history(exits),)}
    if elapsed_days == 0:
        kwargs["at"] = PLACED
    found = promised({"lead_time": policy}, **kwargs).outcome["promised_at"]
    assert found >= kwargs["at"]
    assert found <= promised({"lead_time": later}, **kwargs).outcome["promised_at"]
