"""Which tier a customer is in, month by month."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.core.tiers import Threshold, TierThresholdsError, assign, check, history, thresholds_from

AT = datetime(2026, 1, 31, tzinfo=UTC)
TIERS = thresholds_from(
    [
        {"name": "gold", "shape": "star", "enter": "50000", "leave": 40000},
        {"name": "silver", "shape": "diamond", "enter": "10000", "leave": "8000"},
        {"name": "standard", "shape": "circle", "enter": 0, "leave": 0},
    ]
)
AMOUNTS = st.integers(-1000, 80_000).map(Decimal)


@pytest.mark.parametrize(
    ("previous", "revenue", "tier", "code", "needed", "leaves_below"),
    [
        (None, 45_000, "silver", "tier:first", 5000, 8000),  # 50,000 − 45,000
        (None, 50_000, "gold", "tier:first", None, 40_000),
        (None, -10, "standard", "tier:first", 10_010, None),  # returns outweigh orders
        ("abolished", 9_000, "standard", "tier:first", 1000, None),
        ("gold", 45_000, "gold", "tier:held", None, 40_000),
        ("gold", 40_000, "gold", "tier:held", None, 40_000),
        ("gold", 39_999, "silver", "tier:left", 10_001, 8000),
        ("gold", 9_000, "silver", "tier:left", 41_000, 8000),  # above silver's lower threshold
        ("gold", 7_000, "standard", "tier:left", 3000, None),
        ("silver", 50_000, "gold", "tier:entered", None, 40_000),
        ("silver", 20_000, "silver", "tier:kept", 30_000, 8000),
        ("standard", 9_000, "standard", "tier:kept", 1000, None),
    ],
)
def test_a_tier_is_entered_at_one_threshold_and_left_below_another(
    previous, revenue, tier, code, needed, leaves_below
):
    found = assign(previous, Decimal(revenue), TIERS, at=AT)
    assert (found.tier, found.code) == (tier, code)
    assert found.needed == (None if needed is None else Decimal(needed))
    assert found.leaves_below == (None if leaves_below is None else Decimal(leaves_below))


@given(AMOUNTS, st.lists(AMOUNTS, max_size=20), st.sampled_from([None, "gold", "silver"]))
def test_nobody_changes_tier_while_revenue_stays_within_one_band(start, later, previous):
    held = assign(previous, start, TIERS, at=AT).tier
    tier = next(item for item in TIERS if item.name == held)
    index = TIERS.index(tier)
    ceiling = TIERS[index - 1].enter if index else Decimal("Infinity")
    floor = tier.leave if tier is not TIERS[-1] else Decimal("-Infinity")
    for revenue in later:
        if floor <= revenue < ceiling:
            found = assign(held, revenue, TIERS, at=AT)
            assert found.tier == held and found.code in ("tier:kept", "tier:held")


@given(AMOUNTS, AMOUNTS, st.sampled_from([None, "gold", "silver", "standard"]))
def test_more_revenue_never_gives_a_worse_tier(one, other, previous):
    names = [tier.name for tier in TIERS]
    low, high = sorted((one, other))
    worse = names.index(assign(previous, low, TIERS, at=AT).tier)
    assert names.index(assign(previous, high, TIERS, at=AT).tier) <= worse


def test_a_history_counts_the_trailing_months():
    months = [(datetime(2025, month, 28, tzinfo=UTC), Decimal(6000)) for month in range(1, 4)]
    months += [(datetime(2025, month, 28, tzinfo=UTC), Decimal(0)) for month in range(4, 7)]
    found = history(months, TIERS, trailing_months=2)
    # 6,000; 12,000; 12,000; 6,000; 0; 0
    assert [item.tier for item in found] == [
        "standard",
        "silver",
        "silver",
        "standard",
        "standard",
        "standard",
    ]
    assert [item.code for item in found if item.is_change] == [
        "tier:first",
        "tier:entered",
        "tier:left",
    ]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no tier"),
        ([("a", 10, 11)], "leaving must not"),
        ([("a", 10, 5), ("b", 10, 5)], "from best to last"),
        ([("a", 20, 1), ("b", 10, 5)], "from best to last"),
        ([("a", 20, 10), ("a", 10, 5)], "one name"),
    ],
)
def test_thresholds_that_leave_somebody_in_no_tier_or_in_two_are_refused(rows, words):
    tiers = [
        Threshold(name=name, shape="star", enter=Decimal(enter), leave=Decimal(leave))
        for name, enter, leave in rows
    ]
    with pytest.raises(TierThresholdsError, match=words):
        check(tiers)


@pytest.mark.parametrize(
    ("held_for", "revenue", "tier", "code"),
    [
        (2, 39_999, "gold", "tier:stays"),
        (3, 39_999, "silver", "tier:left"),
        (0, 0, "gold", "tier:stays"),
        (2, 45_000, "gold", "tier:held"),
    ],
)
def test_nobody_falls_before_a_minimum_stay_is_over(held_for, revenue, tier, code):
    found = assign(
        "gold", Decimal(revenue), TIERS, at=AT, months_held=held_for, minimum_stay_months=3
    )
    assert (found.tier, found.code) == (tier, code)
    if code == "tier:stays":
        assert f"this one is {held_for}" in found.sentence


def test_rising_is_never_held_up():
    found = assign("silver", Decimal(50_000), TIERS, at=AT, months_held=0, minimum_stay_months=12)
    assert (found.tier, found.code) == ("gold", "tier:entered")


MONTHS = [datetime(2024 + at // 12, at % 12 + 1, 28, tzinfo=UTC) for at in range(24)]


def _two_years(chance):
    """A customer near a threshold, whose months differ by a factor of two and more."""
    level = chance.choice([10_000, 50_000]) / 3 * chance.uniform(0.8, 1.25)
    return [(at, Decimal(round(level * chance.lognormvariate(0, 0.45)))) for at in MONTHS]


def _flaps(found, within):
    """How often a tier is lost within so many months of entering it."""
    changes = [at for at, decision in enumerate(found) if decision.is_change]
    order = [tier.name for tier in TIERS]
    return sum(
        later - earlier < within
        and order.index(found[later].tier) > order.index(found[earlier].tier)
        for earlier, later in pairwise(changes)
    )


def test_nobody_flaps_over_twenty_four_months():
    """2,000 customers near a threshold. Tiers by one threshold alone are the control."""
    chance = random.Random(24)
    people = [_two_years(chance) for _ in range(2_000)]
    one = [replace(tier, leave=tier.enter) for tier in TIERS]

    def count(tiers, stay):
        found = [
            history(months, tiers, trailing_months=3, minimum_stay_months=stay) for months in people
        ]
        moves = sum(decision.is_change for months in found for decision in months[1:])
        return sum(_flaps(months, 6) for months in found), moves

    flaps_of_one, moves_of_one = count(one, 0)
    flaps_of_two, moves_of_two = count(TIERS, 0)
    flaps, moves = count(TIERS, 6)
    print(f"lost within 6 months: {flaps_of_one}, {flaps_of_two}, {flaps}; moves: "
          f"{moves_of_one}, {moves_of_two}, {moves}")  # fmt: skip
    assert flaps == 0 < flaps_of_two < flaps_of_one
    assert moves < moves_of_two < moves_of_one
