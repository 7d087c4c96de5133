"""Does reading an export take the same memory, however many rows it has?

Each reading is a process of its own, whose peak is its largest resident set. DuckDB takes what
its limit allows before it moves rows to disk, so the short form lowers the limit until a small
export is far above it; the long form reads ten million rows under the limit that we ship.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc"
)

_MAPPING = """
source: shop
system: shop
feeds:
  - name: order_lines
    record: order_line
    files: {name}
    key: [order, line]
    fields:
      order: order
      product: product
      quantity: {{column: quantity, unit: piece}}
      unit_price: {{column: price, currency: EUR}}
    plain: [remark]
    known_at: placed_at
"""
# Gives: rows, versions, peak of the resident set in MB.
_READ = """
import re, sys
from pathlib import Path
import pyarrow as pa
from troth.connectors.files import connector, load
from troth.connectors.protocol import LANDED

if len(sys.argv) > 2:
    connector._MEMORY = sys.argv[2]
mapping = Path(sys.argv[1])
source = load(mapping, workspace=mapping.parent.parent)
with source.read("order_lines") as reading:
    nothing = pa.RecordBatchReader.from_batches(LANDED, [])
    versions = sum(batch.num_rows for batch in reading.changed(nothing))
    assert not list(reading.rejects())
# Not ru_maxrss: a process inherits that of the one that started it.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
print(reading.rows_read, versions, peak)
"""
_SHORT_LIMIT = "256MB"


def _peak_mb(folder: Path, name: str, rows: int, *limit: str) -> int:
    mapping = folder / "sources" / "shop.yaml"
    mapping.write_text(_MAPPING.format(name=name))
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(mapping), *limit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    read, versions, peak = map(int, done.stdout.split())
    assert (read, versions) == (rows, rows)
    return peak


def _write(path: Path, rows: int) -> None:
    """Order lines in no order, so that they have to be sorted."""
    with duckdb.connect() as engine:
        engine.execute(
            f"""COPY (
              SELECT format('SO-{{:09d}}', n // 4) AS "order", n % 4 AS line,
                format('P-{{:05d}}', n % 5000) AS product, n % 50 + 1 AS quantity,
                n % 40000 / 100 AS price, n || ' of the remarks that nobody reads' AS remark,
                TIMESTAMP '2024-01-01' + INTERVAL 1 SECOND * n AS placed_at
              FROM (SELECT range * 7919 % {rows} AS n FROM range({rows}))
            ) TO '{path}'"""
        )


def _grown(folder: Path, rows: int, *limit: str) -> tuple[int, int]:
    (folder / "sources").mkdir()
    peaks = []
    for name, count in (("few.parquet", rows), ("many.parquet", 4 * rows)):
        _write(folder / name, count)
        peaks.append(_peak_mb(folder, name, count, *limit))
    print(f"\n{rows:,} rows: {peaks[0]} MB; {4 * rows:,} rows: {peaks[1]} MB")
    return peaks[0], peaks[1]


def test_four_times_the_rows_take_the_same_memory(tmp_path: Path) -> None:
    few, many = _grown(tmp_path, 600_000, _SHORT_LIMIT)
    # Without moving to disk, 1,800,000 more rows of about 400 bytes would take 720 MB more.
    assert many - few < 240


@pytest.mark.soak
def test_ten_million_rows_take_no_more_than_two_and_a_half(tmp_path: Path) -> None:
    few, many = _grown(tmp_path, 2_500_000)
    assert many < 1.3 * few  # 1.15 where it was measured, at 1,291 MB
    assert many < 2_000
