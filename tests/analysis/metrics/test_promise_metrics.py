"""Hand-computed promise metrics."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from troth.analysis.metrics import (
    MissingColumnsError,
    MissingTableError,
    NaiveAsOfError,
    OtifTerms,
    OtifTermsError,
    UnknownDimensionError,
    UnknownMetricError,
    measure,
)

APRIL = datetime(2018, 4, 1, tzinfo=UTC)


def march(day: int) -> datetime:
    return datetime(2018, 3, day, tzinfo=UTC)


def test_coverage_counts_delivered_orders_and_says_what_it_leaves_out(table, order):
    promises = table(
        "promises",
        order("a", promised=10, delivered=10),  # at the promised instant: kept
        order("b", promised=10, delivered=9),
        order("c", promised=10, delivered=11),  # broken
        order("d", promised=10),  # on its way
        order("e", promised=10, delivered=9, state="cancelled"),
    )
    [row] = measure(["promise_coverage"], {"promises": promises}, as_of=APRIL)
    assert row.value == pytest.approx(200 / 3)  # 2 of 3
    assert (row.numerator, row.denominator, row.n) == (2, 3, 5)
    assert row.excluded == {"cancelled": 1, "not_delivered_yet": 1}
    assert (row.open, row.is_complete) == (1, False)


def test_an_order_long_undelivered_is_lost_and_no_longer_keeps_its_month_open(table, order):
    promises = table("promises", order("a", delivered=9), order("b", promised=10))
    asked = {"by": ["month"], "as_of": march(31), "lost_after_days": 20}
    [row] = measure(["promise_coverage"], {"promises": promises}, **asked)
    assert row.excluded == {"never_delivered": 1}  # 10 + 20 days are over on the 31st
    assert row.open == 0
    assert not row.is_complete  # March still runs

    [row] = measure(["promise_coverage"], {"promises": promises}, **{**asked, "as_of": APRIL})
    assert row.is_complete


def test_tightness_is_the_mean_promised_lead_time_of_delivered_orders(table, order):
    promises = table(
        "promises",
        order("a", promised=10, delivered=12, source_promised_at=march(21)),  # 9 and 20 days
        order("b", promised=4, delivered=3),  # 3 days, no promise of the source's own
        order("c", promised=31),  # not delivered: left out
    )
    ours, theirs, coverage = measure(
        ["promise_tightness", "source_promise_tightness", "source_promise_coverage"],
        {"promises": promises},
    )
    assert (ours.value, ours.denominator) == (6.0, 2)
    assert (theirs.value, theirs.denominator) == (20.0, 1)
    assert theirs.excluded == {"no_source_promise": 1, "not_delivered_yet": 1}
    assert coverage.value == 100


def test_consistency_is_the_sample_deviation_of_days_off_the_promise(table, order):
    promises = table(
        "promises",
        order("a", promised=10, delivered=8, tier="gold"),  # -2
        order("b", promised=10, delivered=12, tier="gold"),  # +2: variance (4 + 4) / (2 - 1)
        order("c", promised=10, delivered=12, tier="silver"),
    )
    gold, silver = measure(["on_time_consistency"], {"promises": promises}, by=["tier"])
    assert gold.value == pytest.approx(8**0.5)
    assert silver.value is None  # one order has no spread


def test_cold_starts_are_a_share_of_orders_whose_history_is_recorded(table, order):
    promises = table(
        "promises",
        order("a", is_cold_start=True),
        order("b"),
        order("c", is_cold_start=None),
        order("d", is_cold_start=True, state="cancelled"),
    )
    [row] = measure(["cold_start_share"], {"promises": promises})
    assert (row.value, row.excluded) == (50, {"cancelled": 1, "cold_start_not_known": 1})


def test_otif_fails_what_is_late_short_or_overdue(table, order, line):
    tables = {
        "promises": table(
            "promises",
            order("kept", promised=10, delivered=10),
            order("late", promised=10, delivered=11),
            order("short", promised=10, delivered=9),
            order("overdue", promised=10),
            order("coming", promised=31),
            order("unknown", promised=10, delivered=9),
        ),
        "order_lines": table(
            "order_lines",
            line("kept", "2", "2"),
            line("late", "1", "1"),
            line("short", "3", "3"),
            line("short", "3", "2.5"),
            line("unknown", "1", None),
        ),
    }
    [row] = measure(["otif_promise"], tables, as_of=march(20))
    assert (row.numerator, row.denominator) == (2, 5)  # kept, and unknown taken as in full
    assert row.excluded == {"not_due_yet": 1}
    assert row.assumed == {"quantity_not_known": 2}  # "unknown", and "overdue" without lines
    assert "first promise" in row.terms


def test_otif_against_the_request_leaves_out_orders_without_a_requested_date(table, order):
    tables = {
        "promises": table(
            "promises",
            order("a", delivered=9, requested_at=march(8)),
            order("b", delivered=8, requested_at=march(8)),
            order("c", delivered=8),
        ),
        "order_lines": table("order_lines"),
    }
    [row] = measure(["otif_request"], tables)
    assert (row.value, row.excluded) == (50, {"no_requested_date": 1})


def test_the_contracts_terms_decide_what_is_on_time_and_in_full(table, order, line):
    tables = {
        "promises": table(
            "promises",
            order("a_day_late", promised=10, delivered=11),
            order("far_too_early", promised=10, delivered=2),
        ),
        "order_lines": table(
            "order_lines",
            line("a_day_late", "7", "6.3"),  # exactly nine tenths
            line("far_too_early", "1", "1"),
        ),
    }
    [strict] = measure(["otif_promise"], tables)
    assert strict.numerator == 1  # early is on time unless the terms say otherwise
    terms = OtifTerms(version="acme-3", late_hours=24, early_hours=48, short_share=Decimal("0.10"))
    [agreed] = measure(["otif_promise"], tables, terms=terms)
    assert agreed.numerator == 1  # now the late one counts, and the early one no longer
    assert agreed.terms == (
        "acme-3: per order, from 48 h before to 24 h after the first promise, "
        "at most 10 % of a line missing"
    )


def test_otif_per_line_judges_each_line_by_its_own_arrival(table, order, line):
    tables = {
        "promises": table("promises", order("a", promised=10, delivered=12, tier="gold")),
        "order_lines": table(
            "order_lines",
            line("a", "1", "1", delivered_at=march(9)),
            line("a", "1", "1"),  # arrived with the last of the order, on the 12th
            line("a", "2", "1", delivered_at=march(9)),
        ),
    }
    [row] = measure(["otif_promise"], tables, by=["tier"], terms=OtifTerms(level="line"))
    assert (row.dimensions, row.numerator, row.denominator) == ({"tier": "gold"}, 1, 3)


def test_groups_without_a_value_are_a_group_of_their_own(table, order):
    promises = table(
        "promises",
        order("a", delivered=9, tier=None),
        order("b", delivered=9, tier=""),
        order("c", delivered=9, tier="gold", placed_month=date(2018, 4, 1)),
    )
    rows = measure(["promise_coverage"], {"promises": promises}, by=["tier", "month"])
    assert [(dict(row.dimensions), row.n) for row in rows] == [
        ({"tier": "(none)", "month": "2018-03"}, 2),
        ({"tier": "gold", "month": "2018-04"}, 1),
    ]


def test_nothing_to_measure_is_no_value_and_not_zero(table, order):
    tables = {"promises": table("promises"), "order_lines": table("order_lines")}
    names = ["otif_promise", "promise_coverage", "promise_tightness", "on_time_consistency"]
    rows = measure(names, tables)
    assert [row.metric for row in rows] == names
    assert all(row.value is None and row.n == 0 for row in rows)
    assert measure(names, tables, by=["tier"]) == ()

    only_open = {"promises": table("promises", order("a"))}
    [row] = measure(["promise_coverage"], only_open)
    assert (row.value, row.n, row.denominator) == (None, 1, 0)


def test_a_row_says_what_counted_as_now(table, order):
    promises = {"promises": table("promises", order("a", delivered=9), order("b", delivered=12))}
    [row] = measure(["promise_coverage"], promises)
    assert row.as_of == "2018-03-12T00:00:00Z"  # the newest instant there is
    [row] = measure(["promise_coverage"], promises, as_of=APRIL)
    assert row.as_of == "2018-04-01T00:00:00Z"


def test_a_wrong_question_is_answered_with_what_would_be_right(table):
    promises = table("promises")
    with pytest.raises(UnknownMetricError, match="promise_coverage"):
        measure(["otif"], {"promises": promises})
    with pytest.raises(UnknownDimensionError, match="month, tier, segment"):
        measure(["promise_coverage"], {"promises": promises}, by=["severity"])
    with pytest.raises(MissingTableError, match="order_lines"):
        measure(["otif_promise"], {"promises": promises})
    with pytest.raises(MissingColumnsError, match="delivered_at, lane"):
        measure(["promise_coverage"], {"promises": promises.drop("lane", "delivered_at")})
    with pytest.raises(NaiveAsOfError, match="time zone"):
        measure(["promise_coverage"], {"promises": promises}, as_of=datetime(2018, 3, 1))
    with pytest.raises(OtifTermsError, match="late_hours is -1"):
        OtifTerms(late_hours=-1)
