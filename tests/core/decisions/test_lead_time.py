"""The lead-time curve against Kaplan and Meier as others compute it, and against its formula."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from troth.core.decisions.inputs import DecisionInputError
from troth.core.decisions.lead_time import (
    WHOLE,
    LaneStatistics,
    corrected,
    lead_time_curve,
)
from troth.core.ledger.canonical import canonical_bytes

AS_OF = datetime(2018, 3, 1, tzinfo=UTC)
EXITS = st.dictionaries(
    st.integers(1, 40), st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=25
)


def lane(exits: dict[int, tuple[int, int]], level: str = "company") -> LaneStatistics:
    return LaneStatistics(
        lane=level,
        level=level,
        as_of=AS_OF,
        history_days=120,
        exits=tuple((unit, *exits[unit]) for unit in sorted(exits) if sum(exits[unit])),
    )


def by_the_formula(
    exits: dict[int, tuple[int, int]], wide: list[Fraction], k: int
) -> list[Fraction]:
    """S at 0…41 with h = (d + k·S_wide(t⁻)·h_wide) / (Y + k·S_wide(t⁻)), unit by unit."""
    share = [Fraction(1)]
    for unit in range(1, 42):
        at_risk = sum(sum(counts) for at, counts in exits.items() if at >= unit)
        pseudo = k * wide[unit - 1]
        hazard_wide = 1 - wide[unit] / wide[unit - 1] if wide[unit - 1] else Fraction(0)
        exposed = at_risk + pseudo
        falls = exits.get(unit, (0, 0))[0] + pseudo * hazard_wide
        share.append(share[-1] * (1 - falls / exposed) if exposed else share[-1])
    return share


@given(EXITS)
@settings(max_examples=40, deadline=None)
def test_without_a_wider_lane_the_curve_is_that_of_lifelines_with_ties_and_censoring(exits):
    durations = [t for t, (d, c) in exits.items() for _ in range(d + c)]
    arrived = [i < d for d, c in exits.values() for i in range(d + c)]
    if not durations:
        return
    theirs = KaplanMeierFitter().fit(durations, arrived)
    ours = lead_time_curve((lane(exits),), 30)
    for unit in range(42):
        assert ours.survival_at(unit) / WHOLE == pytest.approx(theirs.predict(unit), abs=1e-12)


@given(EXITS, EXITS, EXITS, st.sampled_from([0, 1, 7, 30]))
@settings(max_examples=60, deadline=None)
def test_a_lane_blends_the_hazards_of_each_wider_one_with_its_weight(own, dest, company, k):
    lanes = (lane(own, "own"), lane(dest, "dest"), lane(company))
    wide = by_the_formula(company, [Fraction(1)] * 42, 0)
    middle = wide if k == 0 and not lanes[1].exits else by_the_formula(dest, wide, k)
    narrow = middle if k == 0 and not lanes[0].exits else by_the_formula(own, middle, k)
    curve = lead_time_curve(lanes, k)
    for unit in range(42):
        # 10⁻¹⁸ is lost at each of at most 80 roundings, all downwards.
        assert 0 <= narrow[unit] - Fraction(curve.survival_at(unit), WHOLE) < Fraction(1, 10**15)


@given(EXITS, EXITS, EXITS, st.sampled_from([0, 1, 30]), st.integers(0, 10**18))
@settings(max_examples=100, deadline=None)
def test_the_first_unit_at_most_a_share_is_found_without_looking_at_all_units(
    own, dest, company, k, share
):
    curve = lead_time_curve((lane(own, "own"), lane(dest, "dest"), lane(company)), k)
    slow = next((unit for unit in range(42) if curve.survival_at(unit) <= share), None)
    assert curve.first_at_most(share) == slow


def test_the_quantile_is_corrected_for_the_number_of_orders():
    # 99 orders, one an hour: S(t) = 1 − t/99. The 0.9 point of the next order is at
    # 0.9·100/99 = 90/99, so hour 90; of the 99 themselves hour 90 would be 0.891 rounded up.
    even = lane(dict.fromkeys(range(1, 100), (1, 0)))
    assert corrected(Decimal("0.9"), 99) == Fraction(10, 11)
    assert lead_time_curve((even,), 30).quantile(Decimal("0.9")) == 90


def test_a_correction_never_asks_for_certainty():
    assert corrected(Decimal("0.9"), 5) == Fraction(999, 1000)
    assert corrected(Decimal("0.9995"), 10_000) == Fraction(9995, 10_000)


def test_an_order_that_has_waited_is_compared_with_those_that_waited_as_long():
    # Half arrive after 10 h, half after 100 h. Once 20 h have passed only the second half count.
    two = lane({10: (500, 0), 100: (500, 0)})
    curve = lead_time_curve((two,), 30)
    assert curve.quantile(Decimal("0.4")) == 10
    assert curve.quantile(Decimal("0.4"), elapsed=20) == 100
    assert curve.arrived_by(50, elapsed=20) == 0
    assert curve.arrived_by(100, elapsed=20) == 1


def test_orders_that_are_still_on_their_way_make_the_quantile_later_and_not_earlier():
    arrived = dict.fromkeys(range(1, 11), (10, 0))
    pending = {**arrived, 5: (10, 60)}
    share = Decimal("0.5")
    without = lead_time_curve((lane(arrived),), 30).quantile(share)
    with_them = lead_time_curve((lane(pending),), 30).quantile(share)
    assert without == 6  # 0.5·101/100 of 100 orders, ten an hour
    assert with_them is not None and with_them > without


def test_a_history_that_does_not_reach_the_quantile_has_none():
    curve = lead_time_curve((lane({5: (1, 0), 6: (0, 99)}),), 30)
    assert curve.quantile(Decimal("0.9")) is None


def test_orders_are_counted_as_they_were_known():
    hour = timedelta(hours=1)
    orders = [
        (AS_OF - 30 * hour, AS_OF - 20 * hour),  # took 10 h
        (AS_OF - 30 * hour, AS_OF - 20 * hour + timedelta(seconds=1)),  # the 11th hour had begun
        (AS_OF - 30 * hour, AS_OF),  # arrived at this very instant: not before it
        (AS_OF - 30 * hour - timedelta(seconds=1), None),  # 30 whole hours open
        (AS_OF - 30 * hour, AS_OF - 31 * hour),  # arrived before it was placed: the first hour
        (AS_OF, AS_OF + hour),  # not placed yet
        (AS_OF - timedelta(days=2), AS_OF),  # before the window
    ]
    found = LaneStatistics.count(orders, lane="a", level="b", as_of=AS_OF, history_days=1)
    assert found.exits == ()
    found = LaneStatistics.count(orders[:6], lane="a", level="b", as_of=AS_OF, history_days=2)
    assert found.exits == ((1, 1, 0), (10, 1, 0), (11, 1, 0), (30, 0, 2))
    assert (found.delivered, found.still_open) == (3, 2)


@given(EXITS)
def test_statistics_are_stored_as_canonical_bytes_and_read_back(exits):
    before = lane(exits, 'of "São" \n')
    assert before.content == canonical_bytes(before.to_document())
    after = LaneStatistics.from_document(before.to_document())
    assert after == before and after.digest == before.digest
    assert hash(after) == hash(before)
    assert lane({**exits, 50: (1, 0)}, 'of "São" \n') != before


@pytest.mark.parametrize(
    "exits", [[[2, 1, 0], [1, 1, 0]], [[0, 1, 0]], [[1, -1, 2]], [[1, 1]], [[1, True, 0]], "x"]
)
def test_statistics_that_cannot_be_are_refused_with_where_and_what_to_do(exits):
    document = {**lane({}).to_document(), "exits": exits}
    with pytest.raises(DecisionInputError) as refused:
        LaneStatistics.from_document(document, path="facts.lanes[0]")
    assert "exits" in refused.value.path and refused.value.remedy
