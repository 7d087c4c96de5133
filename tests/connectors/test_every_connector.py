"""Does each connector keep the contract that the rest of the house relies on?

A new connector is one line in SOURCES: a function that lays out a source with sound and unsound
rows, and gives the connector. What it says about its own format is tried in its own folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from tests.connectors.asked import Asked, laid, order

from troth.connectors.columns import batch_schema
from troth.connectors.errors import SourceError
from troth.connectors.extracts.connector import ExtractConnector
from troth.connectors.files import load
from troth.connectors.protocol import ENVELOPE, LANDED, Connector, Feed, FeedReading, Reject
from troth.connectors.simulated import simulate
from troth.core.records.kinds import BY_NAME

_COUNT = 500
_ALL = "sql: {query: 'SELECT * FROM orders'}"
_STOP: dict[Path, Callable[[], None]] = {}  # a test's folder → what ends the system behind it
_MAPPING = """
source: shop
system: shop
time_zone: Europe/Berlin
feeds:
  - name: orders
    record: order
    files: orders.{suffix}
    key: id
    {more}
    known_at: placed
    fields:
      customer: customer
      placed_at: placed
      total: {{column: amount, currency: EUR}}
      delivered_at: {{column: arrived, known_at: arrived}}
"""


def _rows(*, states: int) -> pa.Table:
    """500 orders with that many states each; every hundredth has an amount that is no number."""
    numbers = [number for number in range(_COUNT) for _ in range(states)]
    steps = [step for _ in range(_COUNT) for step in range(states)]
    return pa.table(
        {
            "id": [f"{number * 7919 % _COUNT:05}" for number in numbers],
            "customer": [f"c{number % 50}" for number in numbers],
            "placed": [f"2024-03-{1 + step:02} 08:00:00" for step in steps],
            "amount": ["?" if number % 100 == 0 else f"{number}.5" for number in numbers],
            "arrived": [
                f"2024-03-{10 + step:02} 12:00:00" if number % 2 else None
                for number, step in zip(numbers, steps, strict=True)
            ],
            "remark": ['said "yes",\nthen no'] * len(numbers),
        }
    )


def _files(directory: Path, suffix: str, *, states: int = 1) -> Connector:
    more = "history: true" if states > 1 else "mode: full"
    path = directory / "sources" / "shop.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(_MAPPING.format(suffix=suffix, more=more))
    target = directory / f"orders.{suffix}"
    if suffix == "parquet":
        pq.write_table(_rows(states=states), target)
    else:
        with pa.output_stream(target, compression="gzip" if suffix.endswith("gz") else None) as out:
            pyarrow.csv.write_csv(_rows(states=states), out)
    return load(path, workspace=directory)


def _company(directory: Path, system: str) -> Connector:
    simulate(directory, customers=80, months=3, seed=7, ends_on=date(2026, 3, 31))
    return load(directory / "sources" / f"{system}.yaml", workspace=directory)


def _asked(directory: Path, request: pytest.FixtureRequest, kind: str, **said: str) -> Asked:
    """A source that is asked, with the same rows; it is gone when the test is over."""
    rows = _rows(states=3 if "history" in said.get("more", "") else 1).to_pylist()
    server = request.getfixturevalue("server") if kind == "sql-postgresql" else None
    opened = laid(kind, directory, [order(0, **row) for row in rows], server=server, **said)
    source = opened.__enter__()
    assert isinstance(source.connector, ExtractConnector)
    request.addfinalizer(lambda: opened.__exit__(None, None, None))
    return source


ASKED: dict[str, tuple[str, dict[str, str]]] = {
    "sql-sqlite": ("sql-sqlite", {}),
    "sql-postgresql": ("sql-postgresql", {}),
    "sql-history": ("sql-sqlite", {"more": "history: true", "asked": _ALL}),
    "rest-page": ("rest-page", {}),
    "rest-cursor": ("rest-cursor", {}),
    "json-rpc": ("json-rpc", {}),
}
SOURCES: dict[str, Callable[[Path], Connector]] = {
    "files-csv": lambda directory: _files(directory, "csv"),
    "files-gzip": lambda directory: _files(directory, "csv.gz"),
    "files-parquet": lambda directory: _files(directory, "parquet"),
    "files-history": lambda directory: _files(directory, "parquet", states=3),
    "simulated-company": lambda directory: _company(directory, "erp"),
}


@pytest.fixture(params=[*SOURCES, *ASKED])
def connector(request: pytest.FixtureRequest, tmp_path: Path) -> Connector:
    if request.param in ASKED:
        kind, said = ASKED[request.param]
        source = _asked(tmp_path, request, kind, **said)
        _STOP[tmp_path] = source.stop
        return source.connector
    return SOURCES[request.param](tmp_path)


def _landed(batches: list[pa.RecordBatch]) -> pa.RecordBatchReader:
    latest = {
        row["key"]: row
        for batch in batches
        for row in batch.select(LANDED.names).to_pylist()  # revisions ascend
    }
    rows = list(latest.values())
    return pa.RecordBatchReader.from_batches(
        LANDED, [pa.RecordBatch.from_pylist(rows, schema=LANDED)] if rows else []
    )


def _nothing() -> pa.RecordBatchReader:
    return _landed([])


def _read(connector: Connector, *, batch_rows: int = 97) -> Iterator[tuple[str, FeedReading, Any]]:
    for feed in connector.feeds():
        with connector.read(feed.name) as reading:
            yield feed.record, reading, list(reading.changed(_nothing(), batch_rows=batch_rows))


def test_it_has_a_name_and_feeds_of_known_kinds(connector: Connector) -> None:
    assert connector.name
    feeds = connector.feeds()
    assert feeds
    assert all(feed.record in BY_NAME for feed in feeds)
    assert len({feed.name for feed in feeds}) == len(feeds)


def test_batches_have_the_schema_of_their_kind_and_no_gap_where_none_may_be(
    connector: Connector,
) -> None:
    needed = [field.name for field in ENVELOPE if not field.nullable]
    for record, _, batches in _read(connector):
        assert batches
        for batch in batches:
            assert batch.schema == batch_schema(BY_NAME[record])
            assert all(batch.column(name).null_count == 0 for name in needed)


def test_versions_come_by_key_and_revision_counted_from_one(connector: Connector) -> None:
    for _, _, batches in _read(connector):
        keys = [
            (row["key"], row["revision"])
            for batch in batches
            for row in batch.select(["key", "revision"]).to_pylist()
        ]
        assert keys == sorted(keys)
        counted: dict[str, int] = {}
        for key, revision in keys:
            counted[key] = counted.get(key, 0) + 1
            assert revision == counted[key]


def test_all_versions_of_a_key_stand_in_one_batch(connector: Connector) -> None:
    for _, _, batches in _read(connector, batch_rows=7):
        told = [set(batch.column("key").to_pylist()) for batch in batches]
        assert len(batches) > 1 or len(set().union(*told)) <= 7
        seen: set[str] = set()
        for keys in told:
            assert not keys & seen
            seen |= keys


def test_versions_of_a_key_are_known_in_the_order_of_their_revisions(connector: Connector) -> None:
    for _, _, batches in _read(connector):
        known = [
            (row["key"], row["known_at"])
            for batch in batches
            for row in batch.select(["key", "known_at"]).to_pylist()
        ]
        assert known == sorted(known)


def test_the_same_delivery_read_twice_gives_the_same_versions(connector: Connector) -> None:
    first = [pa.Table.from_batches(batches) for _, _, batches in _read(connector)]
    second = [pa.Table.from_batches(batches) for _, _, batches in _read(connector, batch_rows=50)]
    assert first == second


def test_what_was_landed_is_not_landed_again(connector: Connector) -> None:
    for _, reading, batches in _read(connector):
        assert list(reading.changed(_landed(batches))) == []


def test_what_a_full_feed_lacks_is_gone_once_and_nothing_of_it_is_left(
    connector: Connector,
) -> None:
    for _, reading, batches in _read(connector):
        stale = {"key": "shop:zzz", "revision": 4, "op": "upsert", "row_hash": "0" * 32}
        more = pa.RecordBatch.from_pylist([stale], schema=LANDED)
        landed = pa.RecordBatchReader.from_batches(LANDED, [*_landed(batches), more])
        rows = [row for batch in reading.changed(landed) for row in batch.to_pylist()]
        if reading.feed.mode == "delta":
            assert rows == []
            continue
        (gone,) = rows
        assert (gone["key"], gone["revision"], gone["op"]) == ("shop:zzz", 5, "gone")
        left = {name for name, value in gone.items() if value is not None}
        assert left == {"key", "revision", "op", "region", "row_hash"}


def test_money_carries_its_currency_wherever_there_is_an_amount(connector: Connector) -> None:
    for _, _, batches in _read(connector):
        for name in batches[0].schema.names:
            if f"{name}_currency" in batches[0].schema.names:
                for batch in batches:
                    amounts, currencies = batch.column(name), batch.column(f"{name}_currency")
                    assert amounts.is_valid() == currencies.is_valid()


def test_a_reject_keeps_its_row_and_place_and_says_what_to_do(connector: Connector) -> None:
    rejects = _rejects(connector)
    assert rejects
    for reject in rejects:
        assert reject.file
        assert reject.row is None or reject.row >= 1
        assert reject.code.startswith("row:")
        assert len(reject.message) > 20
        assert isinstance(json.loads(reject.raw), dict)


def test_a_rejected_key_is_neither_landed_nor_gone(connector: Connector) -> None:
    for _, reading, batches in _read(connector):
        rejected = {reject.key for reject in reading.rejects() if reject.key}
        landed = {key for batch in batches for key in batch.column("key").to_pylist()}
        assert not rejected & landed
        assert list(reading.changed(_landed(batches))) == []


def test_rejected_rows_can_be_read_again_and_are_rejected_for_the_same_reason(
    connector: Connector,
) -> None:
    for feed in connector.feeds():
        before = _rejects_of(connector, feed)
        with connector.reread(feed.name, [reject.raw for reject in before]) as reading:
            again = list(reading.rejects())
            assert list(reading.changed(_nothing())) == []
        told = [(reject.key, reject.code, reject.column, reject.raw) for reject in before]
        assert [(r.key, r.code, r.column, r.raw) for r in again] == told


def test_only_the_first_rows_are_read_where_that_is_wanted(connector: Connector) -> None:
    for feed in connector.feeds():
        with connector.read(feed.name, only_rows=10) as reading:
            assert reading.rows_read == min(10, _row_count(connector, feed))


def test_a_source_that_is_not_there_is_a_source_error(connector: Connector, tmp_path: Path) -> None:
    for path in (*tmp_path.glob("orders.*"), *tmp_path.glob("exports/*/*")):
        path.unlink()
    _STOP.pop(tmp_path, lambda: None)()
    for feed in connector.feeds():
        with pytest.raises(SourceError) as caught, connector.read(feed.name):
            pass
        assert caught.value.code.startswith("source:")


def _rejects(connector: Connector) -> list[Reject]:
    return [reject for feed in connector.feeds() for reject in _rejects_of(connector, feed)]


def _rejects_of(connector: Connector, feed: Feed) -> list[Reject]:
    with connector.read(feed.name) as reading:
        return list(reading.rejects())


def _row_count(connector: Connector, feed: Feed) -> int:
    with connector.read(feed.name) as reading:
        return reading.rows_read
