"""Does a source that is asked for what changed give everything once, whatever it does meanwhile?

One suite for databases and APIs. What only one of them can do wrong stands in its own folder.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.connectors.asked import SECRET, Asked, at, laid, order

from troth.connectors.errors import SourceError
from troth.connectors.protocol import LANDED

KINDS = ("sql-sqlite", "sql-postgresql", "rest-page", "rest-cursor", "json-rpc")
PAGED = ("rest-page", "rest-offset", "rest-cursor", "rest-link", "rest-header", "json-rpc")


@pytest.fixture(params=KINDS)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Asked]:
    server = request.getfixturevalue("server") if request.param == "sql-postgresql" else None
    with laid(request.param, tmp_path, [], server=server) as asked:
        yield asked


class Keeper:
    """What a store would hold of a source, from one reading to the next."""

    def __init__(self, source: Asked) -> None:
        self.source = source
        self.rows: dict[str, dict[str, Any]] = {}
        self.position: str | None = None

    def read(self, *, is_whole: bool = False, keep: bool = True) -> list[str]:
        """What a reading lands: each key with a minus where it is gone."""
        since = None if is_whole else self.position
        with self.source.connector.read("orders", since=since) as reading:
            self.read_rows, self.rejected = reading.rows_read, list(reading.rejects())
            batches = list(reading.changed(self._landed()))
            position = reading.position
        told = []
        for row in (row for batch in batches for row in batch.to_pylist()):
            assert row["revision"] == self.rows.get(row["key"], {"revision": 0})["revision"] + 1
            told.append(("-" if row["op"] == "gone" else "") + row["key"].removeprefix("shop:"))
            if keep:
                self.rows[row["key"]] = row
        if keep:
            self.position = position or self.position
        return told

    def _landed(self) -> pa.RecordBatchReader:
        rows = [{name: row[name] for name in LANDED.names} for row in self.rows.values()]
        batch = pa.RecordBatch.from_pylist(rows, schema=LANDED)
        return pa.RecordBatchReader.from_batches(LANDED, [batch] if rows else [])


def keys(*numbers: int) -> list[str]:
    return [f"{number:05}" for number in numbers]


def test_the_second_reading_asks_for_what_changed_and_lands_that_alone(source: Asked) -> None:
    source.put([order(n, changed=f"2024-05-0{1 + n} 08:00:00") for n in range(5)])
    keeper = Keeper(source)
    assert keeper.read() == keys(0, 1, 2, 3, 4)
    source.put([order(7, changed="2024-05-06 09:00:00")])
    source.put([order(1, amount="8", changed="2024-05-06 10:00:00")])
    assert keeper.read() == keys(1, 7)
    assert keeper.read_rows <= 4  # the new ones, and those within the overlap
    assert keeper.read() == []


def test_rows_of_the_same_instant_are_not_missed(source: Asked) -> None:
    moment = "2024-05-01 08:00:00"
    source.put([order(n, changed=moment) for n in range(3)])
    keeper = Keeper(source)
    keeper.read()
    source.put([order(n, changed=moment) for n in range(3, 6)])
    assert keeper.read() == keys(3, 4, 5)


def test_a_row_that_comes_late_within_the_overlap_lands_and_a_later_one_by_a_whole_reading(
    source: Asked,
) -> None:
    source.put([order(1, changed="2024-05-01 08:00:00")])
    keeper = Keeper(source)
    keeper.read()
    source.put([order(2, changed="2024-05-01 07:55:00")])  # ten minutes are declared
    assert keeper.read() == keys(2)
    source.put([order(3, changed="2024-04-01 07:00:00")])
    assert keeper.read() == []
    assert keeper.read(is_whole=True) == keys(3)


def test_a_clock_that_is_ahead_hides_nothing_that_follows(source: Asked) -> None:
    now = datetime.now(UTC)
    source.put([order(1, changed=at(now - timedelta(days=2)))])
    source.put([order(2, changed=at(now + timedelta(days=400)))])
    keeper = Keeper(source)
    assert keeper.read() == keys(1, 2)
    source.put([order(3, changed=at(now - timedelta(days=1)))])
    assert keeper.read() == keys(3)


def test_a_row_without_a_watermark_lands_at_once(source: Asked) -> None:
    source.put([order(1), order(2, changed=None)] if source.api is None else [order(1), order(2)])
    assert Keeper(source).read() == keys(1, 2)


def test_what_was_deleted_is_gone_after_a_whole_reading_and_not_before(source: Asked) -> None:
    source.put([order(n) for n in range(4)])
    keeper = Keeper(source)
    keeper.read()
    source.take("00002")
    assert keeper.read() == []
    assert keeper.read(is_whole=True) == ["-00002"]
    source.put([order(2)])
    assert keeper.read() == keys(2)


def test_a_reading_that_was_not_kept_is_given_again(source: Asked) -> None:
    source.put([order(n) for n in range(4)])
    keeper = Keeper(source)
    assert keeper.read(keep=False) == keeper.read(keep=False) == keys(0, 1, 2, 3)
    assert keeper.read() == keys(0, 1, 2, 3)


def test_a_mapping_that_says_otherwise_begins_anew(source: Asked) -> None:
    source.put([order(n) for n in range(4)])
    keeper = Keeper(source)
    keeper.read()
    source.put([order(9, changed="2023-01-01 00:00:00")])
    assert keeper.read() == []
    source.reload(("      customer: customer\n", "      customer: remark\n"))
    assert keeper.read() == keys(0, 1, 2, 3, 9)


def test_a_longer_overlap_does_not_begin_anew(source: Asked) -> None:
    source.put([order(1)])
    keeper = Keeper(source)
    keeper.read()
    source.put([order(9, changed="2023-01-01 00:00:00")])
    source.reload(("overlap: 10m", "overlap: 2h"))
    assert keeper.read() == []


def test_the_whole_row_is_kept_as_it_came(source: Asked) -> None:
    source.put([order(1, remark='said "no",\nthen ünïcode 🙂')])
    keeper = Keeper(source)
    keeper.read()
    row = keeper.rows["shop:00001"]
    assert '"amount":"1.5"' in row["raw"]
    assert "ünïcode 🙂" in row["raw_personal"]


def test_an_empty_source_withdraws_nothing(source: Asked) -> None:
    source.put([order(1)])
    keeper = Keeper(source)
    keeper.read()
    source.take("00001")
    assert keeper.read() == []
    with pytest.raises(SourceError) as caught:
        keeper.read(is_whole=True)
    assert caught.value.code == "source:file:empty"


def test_a_bad_row_is_told_each_time_that_it_is_read_and_withdraws_nothing(source: Asked) -> None:
    source.put([order(1), order(2, amount="many")])
    keeper = Keeper(source)
    if source.kind == "json-rpc":
        assert keeper.read() == keys(1)
    assert keeper.read(is_whole=True) in (keys(1), [])
    (reject,) = keeper.rejected
    assert (reject.code, reject.column, reject.key) == (
        "row:decimal:unreadable", "amount", "shop:00002",
    )  # fmt: skip
    with source.connector.reread("orders", [reject.raw]) as reading:
        assert [again.code for again in reading.rejects()] == [reject.code]


def test_a_source_that_is_gone_tells_so_without_its_secret(
    source: Asked, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    source.put([order(1)])
    assert Keeper(source).read()
    source.stop()
    with pytest.raises(SourceError) as caught:
        Keeper(source).read()
    told = "".join(traceback.format_exception(caught.value))
    assert caught.value.code in told or str(caught.value) in told
    printed = capfd.readouterr()
    assert SECRET not in told + caplog.text + printed.out + printed.err


@pytest.mark.parametrize("kind", PAGED)
def test_every_way_of_paging_gives_every_row_once(kind: str, tmp_path: Path) -> None:
    with laid(kind, tmp_path, [order(n) for n in range(250)]) as source:
        keeper = Keeper(source)
        assert keeper.read() == keys(*range(250))
        assert source.api is not None
        assert len(source.api.asked) >= 3
        source.api.is_reversed = True
        assert keeper.read(is_whole=True) == []


@pytest.mark.parametrize("kind", ["sql-sqlite", "sql-postgresql"])
def test_a_preview_shows_rows_and_lands_nothing(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue("server") if kind == "sql-postgresql" else None
    with laid(kind, tmp_path, [order(n) for n in range(30)], server=server) as source:
        preview = source.connector.preview("orders", rows=3)
        assert len(preview.rows) == 3
        assert preview.columns[0] == "key"
