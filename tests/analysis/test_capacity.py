"""Is what a site cannot do found, by the fewest commitments that show it, and nothing else?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations
from random import Random
from typing import Any

import pytest

from troth.analysis.capacity import (
    Answer,
    CapacityDocumentError,
    CapacityUndecidedError,
    Claim,
    Commitment,
    Plan,
    Proof,
    Resource,
    Shift,
    Stock,
    fit,
    read_plan,
)
from troth.analysis.capacity.conflicts import smallest_conflict
from troth.analysis.capacity.scheduling import overload_of, require_kept

SLOT = 30  # minutes: windows and services of random days are whole slots
DOCKS = Resource(
    name="docks",
    shifts=(
        Shift(starts=8 * 60, ends=12 * 60, capacity=2),
        Shift(starts=12 * 60, ends=16 * 60, capacity=1),
    ),
)


def ask(customer: str, earliest: int, latest: int, minutes: int, most: int = 1) -> Commitment:
    return Commitment(
        customer=customer, what="unloading", resource="docks", earliest=earliest, latest=latest,
        minutes=minutes, most_a_day=most,
    )  # fmt: skip


def answer(*commitments: Commitment) -> Answer:
    (found,) = fit(Plan(resources=(DOCKS,), commitments=commitments))
    return found


def can_be_served(commitments: Sequence[Commitment]) -> bool:
    """The oracle: every way to place the tasks on slots, tried in turn.

    Where all times are whole slots, whatever fits also fits with all starts on slots: move each
    task back until something stops it.
    """
    tasks = [item for item in commitments for _ in range(item.most_a_day)]

    @cache
    def placed(at: int, used: tuple[int, ...]) -> bool:
        if at == len(tasks):
            return True
        item = tasks[at]
        for start in range(item.earliest // SLOT, (item.latest - item.minutes) // SLOT + 1):
            span = range(start, start + item.minutes // SLOT)
            if all(used[slot] < DOCKS.capacity_at(slot * SLOT) for slot in span):
                after = tuple(n + (slot in span) for slot, n in enumerate(used))
                if placed(at + 1, after):
                    return True
        return False

    return placed(0, (0,) * (24 * 60 // SLOT))


def random_day(chosen: Random) -> list[Commitment]:
    day = []
    for at in range(chosen.randint(2, 6)):
        minutes = SLOT * chosen.randint(1, 4)
        earliest = SLOT * chosen.randint(14, 28)
        latest = min(24 * 60, earliest + minutes + SLOT * chosen.randint(0, 4))
        day.append(ask(f"cus_{at}", earliest, latest, minutes, chosen.randint(1, 2)))
    return day


def test_random_days_are_judged_as_trying_everything_does_and_conflicts_are_smallest() -> None:
    chosen, full, clean, shown = Random(11), 0, 0, 0
    while min(full, clean) < 200:
        day = random_day(chosen)
        fits = can_be_served(day)
        if (clean if fits else full) >= 200:
            continue
        found = answer(*day)
        assert found.can_all_be_met == fits, day
        if fits:
            require_kept(DOCKS, day, found.bookings)
            clean += 1
            continue
        full += 1
        shown += found.overload is not None
        conflict = [item for item in found.conflict if isinstance(item, Commitment)]
        assert found.proof is Proof.SMALLEST
        assert not can_be_served(conflict)
        for few in combinations(day, len(conflict) - 1):
            assert can_be_served(few), (day, conflict)
    assert 100 < shown <= 200  # most overloads show in one span; the others interlock


def test_an_overload_names_the_span_in_which_too_much_is_due() -> None:
    early = [ask(f"cus_{at}", 8 * 60, 9 * 60, 60) for at in range(3)]
    found = answer(*early, ask("cus_late", 12 * 60, 16 * 60, 60))
    assert found.customers == ("cus_0", "cus_1", "cus_2")
    assert found.overload is not None
    assert (found.overload.starts, found.overload.ends) == (8 * 60, 9 * 60)
    assert (found.overload.needed, found.overload.available) == (180, 120)
    assert [(item.customer, times) for item, times in found.witness()] == [
        ("cus_0", 1), ("cus_1", 1), ("cus_2", 1),
    ]  # fmt: skip


def test_one_commitment_alone_may_be_too_much() -> None:
    found = answer(ask("cus_1", 13 * 60, 15 * 60, 60, most=3), ask("cus_2", 8 * 60, 9 * 60, 30))
    assert found.customers == ("cus_1",)


def test_a_schedule_that_breaks_a_window_or_a_shift_does_not_pass() -> None:
    day = [ask("cus_1", 8 * 60, 10 * 60, 60), ask("cus_2", 12 * 60, 14 * 60, 60)]
    bookings = answer(*day).bookings
    require_kept(DOCKS, day, bookings)
    late = [replace(bookings[0], starts=9 * 60 + 30), bookings[1]]
    with pytest.raises(AssertionError):
        require_kept(DOCKS, day, late)
    away = replace(DOCKS, shifts=DOCKS.shifts[:1])
    with pytest.raises(AssertionError):
        require_kept(away, day, bookings)


def test_the_largest_claims_are_the_fewest_that_exceed_the_stock() -> None:
    claims = tuple(
        Claim(customer=f"cus_{at}", product="P-1", quantity=quantity)
        for at, quantity in enumerate((10, 40, 35, 30))
    )
    (found,) = fit(Plan(resources=(), commitments=(), claims=claims,
                        stocks=(Stock(product="P-1", quantity=70),)))  # fmt: skip
    assert (found.customers, found.missing) == (("cus_1", "cus_2"), 5)
    (enough,) = fit(Plan(resources=(), commitments=(), claims=claims,
                         stocks=(Stock(product="P-1", quantity=115),)))  # fmt: skip
    assert enough.can_all_be_met


def fits(chosen: Sequence[int]) -> bool:
    return not ({0, 1, 2} <= set(chosen) or {3, 4} <= set(chosen))


def fitting(chosen: Sequence[int]) -> Sequence[int] | None:
    """These and as many more as fit."""
    if not fits(chosen):
        return None
    found = list(chosen)
    for at in range(6):
        if at not in found and fits([*found, at]):
            found.append(at)
    return found


def test_without_rounds_left_a_set_is_taken_no_part_of_which_is_in_conflict() -> None:
    assert smallest_conflict(6, fitting) == ((3, 4), Proof.SMALLEST)
    rest, proof = smallest_conflict(6, fitting, rounds=0)
    assert proof is Proof.NONE_WITHIN
    assert not fits(rest)
    assert all(fits([at for at in rest if at != gone]) for gone in rest)


def test_a_known_conflict_ends_the_search_where_none_can_be_smaller() -> None:
    asked: list[int] = []

    def counted(chosen: Sequence[int]) -> Sequence[int] | None:
        asked.append(len(chosen))
        return fitting(chosen)

    assert smallest_conflict(6, counted, known=(3, 4)) == ((3, 4), Proof.SMALLEST)
    assert max(asked) == 1
    assert smallest_conflict(6, fitting, known=(0, 1, 2)) == ((3, 4), Proof.SMALLEST)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_not_found_out_is_not_claimed(seed: int) -> None:
    """Some questions stay open: what comes is in conflict all the same, and as small as is said."""
    chance = Random(seed)

    def unsure(chosen: Sequence[int]) -> Sequence[int] | None:
        if chance.random() < seed / 50:
            raise CapacityUndecidedError
        return fitting(chosen)

    found, proof = smallest_conflict(6, unsure)
    assert not fits(found)
    if proof is Proof.SMALLEST:
        assert found == (3, 4)
    elif proof is Proof.NONE_WITHIN:
        assert all(fits([at for at in found if at != gone]) for gone in found)


def test_a_day_of_two_hundred_customers_is_answered() -> None:
    """Too many for the solver to try each part of: the fewest in one span are shown to be such."""
    chosen = Random(212)
    day = []
    for at in range(200):
        earliest, length = chosen.randrange(24, 68) * 15, chosen.choice((60, 120, 180, 240))
        minutes = min(length, chosen.choice((15, 20, 30, 45, 60)))
        day.append(ask(f"cus_{at}", earliest, earliest + length, minutes, chosen.randrange(1, 4)))
    docks = Resource(name="docks", shifts=(Shift(starts=360, ends=1320, capacity=12),))
    (found,) = fit(Plan(resources=(docks,), commitments=tuple(day)))
    assert not found.can_all_be_met
    assert found.overload is not None
    assert len(found.conflict) < 100
    fewer = [item for item in found.conflict if isinstance(item, Commitment)][1:]
    assert overload_of(docks, fewer) is None


def test_where_the_solver_gives_up_it_is_told() -> None:
    chosen = Random(11)
    while True:  # until a day comes on which only trying shows that they interlock
        day = random_day(chosen)
        found = answer(*day)
        if not found.can_all_be_met and overload_of(DOCKS, day) is None:
            break
    with pytest.raises(CapacityUndecidedError, match="docks"):
        fit(Plan(resources=(DOCKS,), commitments=tuple(day)), effort=0.0)


DOCUMENT: dict[str, Any] = {
    "resources": [{"name": "docks", "hours": "08:00-16:00", "capacity": 2}],
    "commitments": [
        {"customer": "cus_1", "resource": "docks", "window": "08:00-09:00", "minutes": 45,
         "most_a_day": 2}
    ],
    "stock": [{"product": "P-1", "quantity": 5}],
    "claims": [{"customer": "cus_1", "product": "P-1", "quantity": 5}],
}  # fmt: skip


def test_a_plan_is_read_and_answered() -> None:
    docks, stock = fit(read_plan(DOCUMENT))
    assert [item.starts for item in docks.bookings] == [480, 480]
    assert stock.can_all_be_met


@pytest.mark.parametrize(
    ("part", "changed", "told"),
    [
        ("commitments", {"window": "09:00-08:00"}, "commitments[0].window"),
        ("commitments", {"resource": "dogs"}, "expected one of docks"),
        ("commitments", {"minutes": 0}, "commitments[0].minutes: found 0"),
        ("commitments", {"colour": 1}, "commitments[0].colour"),
        ("commitments", {"most_a_day": 20_001}, "most_a_day"),
        ("resources", {"shifts": []}, "one of both"),
        ("claims", {"product": "P-2"}, "expected one of P-1"),
        ("stock", {"quantity": True}, "stock[0].quantity: found True"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    part: str, changed: dict[str, Any], told: str
) -> None:
    (item,) = DOCUMENT[part]
    with pytest.raises(CapacityDocumentError) as caught:
        read_plan({**DOCUMENT, part: [{**item, **changed}]})
    assert told in str(caught.value)
