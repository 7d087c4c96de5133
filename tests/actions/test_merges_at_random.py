"""After any number of merges and unmerges the state is the same to the byte as without them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from django.db import transaction
from tests.actions.merging_world import World, differences, salts, state

from troth.actions import customers, merging
from troth.store.models import Crosswalk, Customer

# How long lanes take hangs on which region an order goes to, and so on whose it is: promises are
# the same again after the next run, all else at once.
LANES = {"store_promise", "store_clock"}


def states(folder: Path, *, size: int, steps: int, seed: int) -> tuple[set[str], str, int]:
    """What differs from a world without merges: tables at once; all, after a run; how many."""
    world = World(folder, customers=size, seed=seed)
    arrivals, before = world.arrivals(4), salts()
    landing, merging_dice = world.dice.getstate(), random.Random(seed)
    count = world.count
    with transaction.atomic():
        for land in arrivals:
            land()
        expected = state()
        transaction.set_rollback(True)
    world.dice.setstate(landing)  # so that both worlds see the same facts
    world.count = count
    merged = 0
    for place in range(len(arrivals) + 1):
        merged += world.shuffle(steps // (len(arrivals) + 1), merging_dice)
        if place < len(arrivals):
            arrivals[place]()
    world.part_all(merging_dice)
    at_once = state()
    world.run()
    assert {key: salt for key, salt in salts().items() if key in before} == before
    differing = {table for table in expected if expected[table] != at_once[table]}
    return differing - LANES, differences(expected, state()), merged


def test_what_lands_between_random_merges_and_unmerges_is_where_it_belongs(
    db: None, tmp_path: Path
) -> None:
    at_once, later, merged = states(tmp_path, size=14, steps=25, seed=7)
    assert (at_once, later) == (set(), "{}")
    assert merged >= 9


@pytest.mark.soak
def test_a_thousand_merges_and_unmerges_leave_nothing_behind(db: None, tmp_path: Path) -> None:
    at_once, later, merged = states(tmp_path, size=60, steps=1_000, seed=11)
    assert (at_once, later) == (set(), "{}")
    assert merged >= 450
    print(merged, "merges, and as many unmerges")


def test_without_a_run_between_everything_is_back_at_once(db: None, tmp_path: Path) -> None:
    world = World(tmp_path, customers=8, seed=3)
    before = state()
    one, other = Customer.objects.order_by("pk").values_list("pk", flat=True)[1:3]
    world.join(one, other)
    assert state().keys() == before.keys()
    changed = {table for table, rows in state().items() if rows != before[table]}
    assert {"store_crosswalk", "store_customer", "store_tierassignment", "store_clock"} <= changed
    world.part_all(random.Random(1))
    assert differences(before, state()) == "{}"


def test_a_record_that_took_the_survivor_for_its_home_would_be_found_out(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What lies over the crosswalk is taken for the crosswalk, as if merging edited it.
    def edited() -> dict[str, str]:
        return dict(Crosswalk.objects.values_list("source_key", "customer_id"))

    world = World(tmp_path, customers=4, seed=7)
    monkeypatch.setattr(customers, "home_of_records", edited)
    one, other = Customer.objects.filter(source_count=1).order_by("first_known_at", "pk")[:2]
    world.join(one.pk, other.pk)
    links = Crosswalk.objects.filter(home=other.pk).values_list("source_key", flat=True)
    number = links[0].partition(":")[2]
    world.customer("shop:late", email=f"{number}@example.org")
    world.run()
    world.part_all(random.Random(1))
    assert Crosswalk.objects.get(source_key="shop:late").customer_id == one.pk  # and not other.pk


def test_a_promise_that_was_not_made_anew_would_be_found_out(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, customers=8, seed=3)
    before = state()
    one, other = Customer.objects.order_by("pk").values_list("pk", flat=True)[1:3]
    world.join(one, other)
    monkeypatch.setattr(merging, "decide_again", lambda customers, acting_user: None)
    world.part_all(random.Random(1))
    assert "store_clock" in differences(before, state())
