"""Does a landed batch say what the audit log commits to, and what is landed now?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from django.utils import timezone
from psycopg.errors import UniqueViolation

from troth.connectors.columns import batch_schema
from troth.core.records.kinds import BY_NAME
from troth.store.facts.landing import land_batch, landed_state
from troth.store.models import FACTS, FactPersonal, Landing

_HASH = "0123456789abcdef" * 2
_NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


def _batch(kind: str, *rows: dict[str, Any]) -> pa.RecordBatch:
    schema = batch_schema(BY_NAME[kind])
    fixed = {"revision": 1, "op": "upsert", "region": "eu", "row_hash": _HASH}
    return pa.RecordBatch.from_pylist([fixed | row for row in rows], schema=schema)


def _land(kind: str, batch: pa.RecordBatch, *, feed: str = "f") -> None:
    landing = Landing.objects.create(source="s", feed=feed, kind=kind, landed_at=timezone.now())
    land_batch(kind, batch, landing_id=landing.pk, landed_at=landing.landed_at)


def _state(kind: str, feed: str = "f") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = landed_state(kind, source="s", feed=feed).read_all().to_pylist()
    return rows


def test_the_latest_version_of_each_key_of_the_feed_is_its_state(db: None) -> None:
    odd = 'a"b,\n\x1f;c'
    _land("order", _batch("order", {"key": "k"}, {"key": "k", "revision": 2}, {"key": odd}))
    _land("order", _batch("order", {"key": "k", "revision": 3, "op": "gone"}))
    _land("order", _batch("order", {"key": "other"}), feed="other")
    assert [row for row in _state("order") if row["key"] != "other"] == [
        {"key": odd, "revision": 1, "op": "upsert", "row_hash": _HASH},
        {"key": "k", "revision": 3, "op": "gone", "row_hash": _HASH},
    ]
    (other,) = [row for row in _state("order") if row["key"] == "other"]
    assert (other["op"], other["row_hash"]) == ("gone", "")


def test_a_feed_that_shares_a_key_goes_on_from_the_highest_revision(db: None) -> None:
    _land("order", _batch("order", {"key": "k"}))
    _land("order", _batch("order", {"key": "k", "revision": 2}), feed="events")
    (state,) = _state("order")
    assert (state["revision"], state["op"], state["row_hash"]) == (2, "upsert", _HASH)


def test_a_feed_of_a_kind_that_nobody_else_lands_knows_only_its_own(db: None) -> None:
    _land("site", _batch("site", {"key": "s"}), feed="other")
    _land("order", _batch("order", {"key": "k"}))
    assert [row["key"] for row in _state("order")] == ["k"]


def test_more_keys_than_stand_in_one_piece_are_all_told(db: None) -> None:
    keys = [f"k{number:05}" for number in range(20_001)]
    _land("order", _batch("order", *({"key": key} for key in keys)))
    assert [row["key"] for row in _state("order")] == keys


def test_personal_columns_stand_apart_and_the_rest_on_the_fact(db: None) -> None:
    rows = (
        {"key": "a", "recipient": "Ada", "carrier": "DHL", "raw_personal": '{"r": "Ada"}'},
        {"key": "b", "carrier": "UPS", "custom": '{"colour": "red"}'},
    )
    _land("shipment", _batch("shipment", *rows))
    first, second = FACTS["shipment"].objects.order_by("key")
    assert (first.carrier, second.carrier, second.custom) == ("DHL", "UPS", {"colour": "red"})
    assert first.known_at == first.landed_at
    (personal,) = FactPersonal.objects.all()
    assert (personal.kind, personal.key, personal.revision) == ("shipment", "a", 1)
    assert (personal.fields, personal.raw) == ({"recipient": "Ada"}, '{"r": "Ada"}')


def test_a_version_that_is_landed_already_is_refused(db: None) -> None:
    batch = _batch("order", {"key": "k", "known_at": _NOON})
    _land("order", batch)
    with pytest.raises(UniqueViolation):
        _land("order", batch)
