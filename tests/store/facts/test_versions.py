"""What was known of a source record at an instant, and what is told of an order at it?"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import sql

from troth.store.facts.moments import newest_known_at
from troth.store.facts.orders import OrderHistory, order_histories
from troth.store.facts.versions import current, first, latest, original, rows, stream
from troth.store.models import FACTS, Landing


def march(day: int) -> datetime:
    return datetime(2026, 3, day, 12, tzinfo=UTC)


@pytest.fixture
def landing(db: None) -> Landing:
    return Landing.objects.create(source="erp", feed="f", kind="order", landed_at=march(30))


def fact(
    landing: Landing, revision: int, known: datetime, kind: str = "order", **more: Any
) -> None:
    FACTS[kind]._default_manager.create(
        **{
            "key": "erp:1",
            "revision": revision,
            "region": "default",
            "op": "upsert",
            "landing": landing,
            "known_at": known,
            "landed_at": march(30),
            "row_hash": uuid.uuid4(),
            **more,
        }
    )


def told(of: sql.Composed, as_of: datetime) -> list[tuple[Any, ...]]:
    query = sql.SQL("SELECT channel, op FROM {}").format(of)
    return [tuple(row.values()) for row in rows(query, {"as_of": as_of})]


@pytest.fixture
def story(landing: Landing) -> None:
    """Known on the 2nd and on the 4th; told twice of the 4th; gone on the 8th."""
    fact(landing, 1, march(2), channel="web")
    fact(landing, 2, march(4), channel="mail")
    fact(landing, 3, march(4), channel="phone")
    fact(landing, 4, march(8), channel=None, op="gone")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (1, []),
        (2, [("web", "upsert")]),
        (3, [("web", "upsert")]),
        (4, [("phone", "upsert")]),  # of two at one instant the one landed last
        (7, [("phone", "upsert")]),
        (8, [(None, "gone")]),
    ],
)
def test_the_latest_version_is_the_last_that_was_known(
    story: None, day: int, expected: list[Any]
) -> None:
    assert told(latest("order"), march(day)) == expected


def test_the_first_version_stays_and_the_current_one_looks_at_all(story: None) -> None:
    assert told(first("order"), march(1)) == []
    assert told(first("order"), march(9)) == [("web", "upsert")]
    assert told(current("order"), march(1)) == [(None, "gone")]
    assert told(original("order"), march(1)) == [("web", "upsert")]


def only(as_of: datetime) -> OrderHistory:
    (found,) = order_histories(as_of)
    return found


def test_an_order_is_told_as_it_was_known(landing: Landing) -> None:
    placed = {"customer": "erp:C", "placed_at": march(1), "destination_region": "SP"}
    fact(landing, 1, march(2), status="open", **placed)
    fact(landing, 2, march(6), status="delivered", delivered_at=march(5), **placed)
    assert list(order_histories(march(1))) == []
    before, after = only(march(5)), only(march(6))
    assert (before.is_open, before.delivered_at) == (True, None)  # it had arrived; nobody knew
    assert (after.is_open, after.delivered_at, after.delivery_known_at) == (
        False,
        march(5),
        march(6),
    )
    assert before.decided_at == after.decided_at == march(2)  # placed on the 1st, known on the 2nd
    assert before.lanes == after.lanes == (">SP", "SP", "")


def test_a_cancelled_or_vanished_order_ended_when_that_was_known(landing: Landing) -> None:
    placed = {"customer": "erp:C", "placed_at": march(1)}
    fact(landing, 1, march(1), status="open", **placed)
    fact(landing, 2, march(3), op="gone", **placed)
    assert only(march(2)).ended_at is None
    assert only(march(3)).ended_at == march(3)
    assert not only(march(3)).is_open


def test_what_counts_as_now_is_the_newest_thing_that_happened(landing: Landing) -> None:
    assert newest_known_at() is None
    fact(landing, 1, march(20), kind="product")  # describes, does not happen
    assert newest_known_at() is None
    fact(landing, 1, march(4))
    fact(landing, 1, march(6), kind="case")
    assert newest_known_at() == march(6)


def test_a_stream_may_be_read_while_another_is_open(db: None) -> None:
    numbers = sql.SQL("SELECT n FROM generate_series(1, 5000) AS n").format()
    outer = stream(numbers)
    begun = next(outer)["n"]
    inner = [row["n"] for row in stream(numbers)]
    assert [begun, *(row["n"] for row in outer)] == inner == list(range(1, 5001))
