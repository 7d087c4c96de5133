"""Do the example mappings read the public data that they are written for?

The data is not part of the repository: TROTH_DATA names its folder, or it lies beside it.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from troth.connectors.files import load
from troth.connectors.protocol import LANDED

_ROOT = Path(__file__).parents[2]
_DATA = Path(os.environ.get("TROTH_DATA") or _ROOT.parent / "shared" / "data")
_FOLDERS = {
    "olist": "olist_sample",
    "northwind": "northwind",
    "servicenow": "servicenow_incidents",
}

# (example, feed, rows, keys, versions)
FEEDS = [
    ("olist", "customers", 8135, 8016, 8135),
    ("olist", "sellers", 1610, 1610, 1610),
    ("olist", "products", 5460, 5460, 5460),
    ("olist", "orders", 5164, 5164, 20587),
    ("olist", "order_lines", 8365, 8365, 8365),
    ("olist", "reviews", 8225, 8225, 16450),
    ("northwind", "employees", 9, 9, 9),
    ("northwind", "customers", 91, 91, 91),
    ("northwind", "contacts", 91, 91, 91),
    ("northwind", "suppliers", 29, 29, 29),
    ("northwind", "products", 77, 77, 77),
    ("northwind", "stock", 77, 77, 77),
    ("northwind", "orders", 830, 830, 1639),
    ("northwind", "order_lines", 2155, 2155, 2155),
    ("northwind", "shipments", 809, 809, 809),
    ("servicenow", "callers", 141683, 5244, 5244),
    ("servicenow", "incidents", 141712, 24918, 139951),
    ("servicenow", "events", 141712, 141712, 141712),
]


def _connector(example: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    if not (_DATA / _FOLDERS[example]).is_dir():
        pytest.skip(f"{_FOLDERS[example]} is not in {_DATA}; set TROTH_DATA to try it")
    monkeypatch.setenv("TROTH_DATA", str(_DATA))
    workspace = _ROOT / "examples" / example
    return load(workspace / "sources" / f"{example}.yaml", workspace=workspace)


@pytest.mark.parametrize(("example", "feed", "rows", "keys", "versions"), FEEDS)
def test_an_example_reads_every_row_and_rejects_none(
    monkeypatch: pytest.MonkeyPatch, example: str, feed: str, rows: int, keys: int, versions: int
) -> None:
    connector = _connector(example, monkeypatch)
    with connector.read(feed) as reading:
        nothing = pa.RecordBatchReader.from_batches(LANDED, [])
        landed = Counter(
            key for batch in reading.changed(nothing) for key in batch.column("key").to_pylist()
        )
        assert [reject.code for reject in reading.rejects()] == []
        assert (reading.rows_read, len(landed), landed.total()) == (rows, keys, versions)


@pytest.mark.parametrize("example", list(_FOLDERS))
def test_every_feed_of_an_example_is_tried(monkeypatch: pytest.MonkeyPatch, example: str) -> None:
    connector = _connector(example, monkeypatch)
    tried = [feed for name, feed, *_ in FEEDS if name == example]
    assert [feed.name for feed in connector.feeds()] == tried


def test_an_order_says_nothing_of_its_delivery_before_it_arrived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connector = _connector("olist", monkeypatch)
    with connector.read("orders") as reading:
        nothing = pa.RecordBatchReader.from_batches(LANDED, [])
        rows = [row for batch in reading.changed(nothing) for row in batch.to_pylist()]
    early = [
        row["key"]
        for row in rows
        for name in ("shipped_at", "delivered_at")
        # A few carriers collected before the order was placed, by the clock of the export.
        if row[name] is not None and row["known_at"] < row[name]
    ]
    assert early == []
    assert {row["key"] for row in rows if row["delivered_at"] is not None} == {
        row["key"] for row in rows
    }
    assert {row["status"] for row in rows} == {"open", "delivered"}


def test_the_marketplaces_own_estimates_are_as_good_as_its_own_figures_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connector = _connector("olist", monkeypatch)
    with connector.read("orders") as reading:
        nothing = pa.RecordBatchReader.from_batches(LANDED, [])
        rows = [row for batch in reading.changed(nothing) for row in batch.to_pylist()]
    orders = list({row["key"]: row for row in rows}.values())  # the last version of each
    leads = [row["source_promised_at"] - row["placed_at"] for row in orders]
    kept = [row["delivered_at"] <= row["source_promised_at"] for row in orders]
    # An estimate is a day, and its parcel may come until that day ends.
    assert sum(lead.total_seconds() for lead in leads) / 86_400 / len(orders) == pytest.approx(
        24.80, abs=0.005
    )
    assert sum(kept) / len(orders) == pytest.approx(0.9338, abs=0.00005)
