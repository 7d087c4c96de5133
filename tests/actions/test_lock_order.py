"""Can two writers wait for each other? Rows are held in one order, so they cannot.

A trigger makes each row's update slow, so that two writers surely cross; each test shows that
another order would have ended in a deadlock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from unittest import mock

import psycopg
import pytest
from django.db import OperationalError, connections, transaction
from tests.api.company import add_customer

from troth.actions import promises, upserting
from troth.actions.clock_checks import breach_due_clocks
from troth.actions.people import system_user
from troth.actions.upserting import upsert_changed
from troth.store.models import Clock, Customer, Promise
from troth.store.queries.viewing import as_the_program
from troth.store.server import Server

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SLOW = """
    CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(0.25); RETURN NEW; END $$;
    CREATE TRIGGER slow BEFORE UPDATE ON store_customer FOR EACH ROW EXECUTE FUNCTION slowly();
    CREATE TRIGGER slow BEFORE UPDATE ON store_clock FOR EACH ROW EXECUTE FUNCTION slowly();
    CREATE TRIGGER slow BEFORE UPDATE ON store_promise FOR EACH ROW EXECUTE FUNCTION slowly();
"""


@pytest.fixture
def slow(own_database: Server) -> None:
    add_customer(1)
    add_customer(2)
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute(SLOW)


def deadlocks(*writers: Callable[[], object]) -> int:
    """How many of the writers, let go at the same moment, were stopped as one of a ring."""
    together, stopped = threading.Barrier(len(writers)), []

    def run(write: Callable[[], object]) -> None:
        try:
            together.wait(60)
            with transaction.atomic(), as_the_program():
                write()
        except OperationalError as error:
            assert "deadlock" in str(error)
            stopped.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(write,)) for write in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(stopped)


def customers(city: str, order: int) -> list[Customer]:
    rows = list(Customer.objects.order_by("id")[::order])
    for row in rows:
        row.city = city
    return rows


def as_given(rows: Sequence[object]) -> list[object]:
    return list(rows)


def test_two_writers_of_the_same_rows_hold_them_in_one_order(slow: None) -> None:
    def crossing() -> int:
        up, down = customers("A", 1), customers("B", -1)
        return deadlocks(
            lambda: upsert_changed(up, key=["id"]), lambda: upsert_changed(down, key=["id"])
        )

    assert crossing() == 0
    with mock.patch.object(upserting, "sorted", as_given, create=True):
        Customer.objects.update(city="C")
        assert crossing() == 1


def test_a_decision_and_the_scan_of_clocks_hold_a_clock_before_its_promise(slow: None) -> None:
    key = "erp:SO-1"

    def crossing(write: Callable[[list[Promise], list[Clock]], object]) -> int:
        Clock.objects.all().delete()
        Promise.objects.filter(pk=key).update(state="open")
        clock = Clock(
            subject_kind="order", subject=key, metric="delivery", region="default",
            started_at=NOON - timedelta(days=9), due_at=NOON, state="in_progress", as_of=NOON,
        )  # fmt: skip
        clock.save()
        clock.as_of = NOON + timedelta(hours=1)
        promise = Promise.objects.get(pk=key)
        promise.lane = f"{promise.lane}+"
        user = system_user()
        return deadlocks(
            lambda: breach_due_clocks(at=NOON + timedelta(days=1), acting_user=user),
            lambda: write([promise], [clock]),
        )

    def reversed_order(rows: list[Promise], clocks: list[Clock]) -> None:
        upsert_changed(rows, key=["order_key"])
        upsert_changed(clocks, key=["subject_kind", "subject", "metric"])

    assert crossing(promises.upsert_promises) == 0
    assert crossing(reversed_order) == 1
