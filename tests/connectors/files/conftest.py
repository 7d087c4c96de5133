"""How does a test lay out a source and read it?"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from troth.connectors.files import FilesConnector, load
from troth.connectors.protocol import LANDED, Reject

ORDERS = """
source: erp
system: erp
feeds:
  - name: orders
    record: order
    files: orders.csv
    key: id
    fields:
      customer: customer
      placed_at: placed
"""


@dataclass
class Desk:
    """A workspace of one source, and the state that is landed of its one feed."""

    directory: Path
    landed: dict[str, dict[str, Any]]

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def map(self, mapping: str) -> FilesConnector:
        """Write the mapping as sources/erp.yaml and load it."""
        path = self.write("sources/erp.yaml", textwrap.dedent(mapping))
        return load(path, workspace=self.directory)

    def orders(self, *, feed: str = "", fields: str = "") -> FilesConnector:
        """The usual mapping of orders.csv, with more lines for the feed and its fields."""
        more = textwrap.indent(textwrap.dedent(feed), "    ")
        own = textwrap.indent(textwrap.dedent(fields), "      ")
        return self.map(ORDERS + own + "\n" + more)

    def state(self) -> pa.RecordBatchReader:
        rows = sorted(self.landed.values(), key=lambda row: str(row["key"]))
        return pa.RecordBatchReader.from_batches(
            LANDED, [pa.RecordBatch.from_pylist(rows, schema=LANDED)]
        )

    def sync(self, connector: FilesConnector, feed: str = "orders") -> list[dict[str, Any]]:
        """Land what has changed; gives the landed versions."""
        with connector.read(feed) as reading:
            rows = [row for batch in reading.changed(self.state()) for row in batch.to_pylist()]
        for row in rows:
            self.landed[row["key"]] = {name: row[name] for name in LANDED.names}
        return rows

    def rejects(self, connector: FilesConnector, feed: str = "orders") -> list[Reject]:
        with connector.read(feed) as reading:
            return list(reading.rejects())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(directory=tmp_path, landed={})


@pytest.fixture
def only(desk: Desk) -> Callable[[FilesConnector], dict[str, Any]]:
    """The single version that a source lands."""

    def land(connector: FilesConnector) -> dict[str, Any]:
        (row,) = desk.sync(connector)
        return row

    return land
