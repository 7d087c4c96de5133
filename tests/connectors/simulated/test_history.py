"""Is a history the same every time, and does a longer one only add to a shorter one?"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from troth.connectors.simulated import Simulated, advance, exports, simulate

Rows = list[dict[str, str]]
Reader = Callable[[Path, str], Rows]

# Rows that nothing changes once they are written.
_SETTLED = (
    "exports/crm/accounts.csv",
    "exports/crm/contacts.csv",
    "exports/crm/contract_history.csv",
    "exports/crm/users.csv",
    "exports/desk/agents.csv",
    "exports/desk/requesters.csv",
    "exports/desk/case_events.csv",
    "exports/desk/interactions.csv",
    "exports/desk/surveys.csv",
    "exports/erp/artikel.csv.gz",
    "exports/erp/auftragspositionen.csv.gz",
    "exports/erp/debitoren.csv.gz",
    "exports/erp/kurse.csv.gz",
    "exports/wms/returns.csv",
    "exports/wms/shipment_lines.parquet",
    "exports/wms/sites.csv",
    "exports/wms/stock_levels.parquet",
)
# Rows that go on: their key, and the columns that may change when they do.
_MOVING = (
    ("exports/erp/auftraege.csv.gz", "VBELN", "STATUS VERSANDT_AM GELIEFERT_AM STORNIERT_AM"),
    ("exports/erp/rechnungspositionen.csv.gz", "FAKTURA POSNR BETRAG", "BEZAHLT_AM"),
    (
        "exports/desk/cases.csv",
        "case_number",
        (
            "status status_since assigned_at first_response_at resolved_at closed_at agent_id "
            "reopens last_reopened_at met_sla"
        ),
    ),
    ("exports/wms/shipments.parquet", "shipment_no", "state carrier shipped_at delivered_at"),
    ("exports/wms/scheduled_supply.csv", "po_line", "received_at"),
    ("exports/wms/dock_capacity.csv", "site day", "used"),
)
# Moving columns that, once filled, stay.
_FINAL = (
    *("VERSANDT_AM", "GELIEFERT_AM", "STORNIERT_AM", "BEZAHLT_AM"),
    *("first_response_at", "closed_at", "shipped_at", "delivered_at", "received_at", "used"),
)


@pytest.fixture(scope="module")
def later(company: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """The same company two months on."""
    directory = tmp_path_factory.mktemp("later")
    return simulate(directory, customers=150, months=11, seed=7, ends_on=date(2026, 5, 31))


def _digests(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from troth.connectors.simulated import simulate;"
        "simulate(Path(sys.argv[1]), customers=40, months=2, seed=3)"
    )
    for name in ("1", "2"):
        directory = str(tmp_path / name)
        environment = {
            **os.environ,
            "PYTHONHASHSEED": name,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        subprocess.run([sys.executable, "-c", script, directory], check=True, env=environment)
    assert _digests(tmp_path / "1") == _digests(tmp_path / "2")
    # 23 exports, 4 mappings, a contract, 5 of truth
    assert len(_digests(tmp_path / "1")) == 33


def test_another_seed_gives_another_company(tmp_path: Path, read: Reader) -> None:
    simulate(tmp_path / "1", customers=20, months=1, seed=1)
    simulate(tmp_path / "2", customers=20, months=1, seed=2)
    names = "exports/crm/accounts.csv"
    assert read(tmp_path / "1", names) != read(tmp_path / "2", names)


@pytest.mark.parametrize("name", _SETTLED)
def test_a_longer_history_holds_every_settled_row(
    company: Simulated, later: Simulated, read: Reader, name: str
) -> None:
    before = Counter(tuple(row.values()) for row in read(company.directory, name))
    after = Counter(tuple(row.values()) for row in read(later.directory, name))
    assert before
    assert not before - after


@pytest.mark.parametrize("of", _MOVING, ids=lambda of: of[0])
def test_a_longer_history_moves_open_rows_on_and_takes_nothing_back(
    company: Simulated, later: Simulated, read: Reader, of: tuple[str, str, str]
) -> None:
    name, key, moving = of

    def by_key(directory: Path) -> dict[tuple[str, ...], dict[str, str]]:
        return {tuple(row[k] for k in key.split()): row for row in read(directory, name)}

    before, after = by_key(company.directory), by_key(later.directory)
    assert before.keys() < after.keys()
    moved = 0
    for found, row in before.items():
        now = after[found]
        moved += row != now
        for column, value in row.items():
            if column not in moving.split() or (value and column in _FINAL):
                assert now[column] == value, (found, column)
    assert 0 < moved < len(before) / 2


@pytest.mark.parametrize("target", [None, 90])
def test_advancing_is_the_same_as_a_longer_history(tmp_path: Path, target: int | None) -> None:
    day = date(2026, 2, 28)
    first = simulate(tmp_path / "one", customers=30, months=2, ends_on=day, orders_target=target)
    advanced = advance(tmp_path / "one")
    assert (str(advanced.starts_at.date()), str(advanced.until.date())) == (
        "2026-01-01",
        "2026-04-01",
    )
    assert advanced.orders > first.orders
    if target is None:  # with one, the longer history would have to be asked for by its rate
        simulate(tmp_path / "two", customers=30, months=3, ends_on=date(2026, 3, 31))
        assert _digests(tmp_path / "two") == _digests(tmp_path / "one")


def test_about_as_many_orders_come_as_were_asked_for(tmp_path: Path) -> None:
    made = simulate(tmp_path, customers=60, months=2, orders_target=1500)
    assert made.orders == pytest.approx(1500, rel=0.3)  # customers' rates differ widely


def test_a_run_that_fails_leaves_the_earlier_exports_alone(tmp_path: Path) -> None:
    simulate(tmp_path, customers=10, months=1)
    before = _digests(tmp_path)

    def stop(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path, customers=20, months=1, progress=stop)
    assert _digests(tmp_path) == before


def test_progress_runs_from_nothing_to_all(tmp_path: Path) -> None:
    shares: list[float] = []
    simulate(tmp_path, customers=5, months=1, progress=shares.append)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def test_arguments_out_of_range_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be 1 or more, not 0, 12 and None"):
        simulate(tmp_path, customers=0)


def test_memory_does_not_grow_with_the_length_of_the_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_ROWS_A_GROUP", 200)  # else row groups of so few never fill
    peaks, orders = [], []
    for months, ends_on in ((4, date(2026, 4, 30)), (8, date(2026, 8, 31))):
        tracemalloc.start()
        made = simulate(tmp_path, customers=60, months=months, ends_on=ends_on)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        orders.append(made.orders)
    assert orders[1] > 1.7 * orders[0]
    assert peaks[1] < 1.3 * peaks[0]
