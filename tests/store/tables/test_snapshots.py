"""The column tables hold what the database holds, and only what changed is written again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection

from troth.store.models import Crosswalk, Promise
from troth.store.tables import DEFINITIONS, refresh


def rows(directory: Path, table: str) -> list[dict[str, Any]]:
    return [
        row
        for path in sorted((directory / table).glob("*.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]


def march(day: int) -> datetime:
    return datetime(2018, 3, day, 9, 30, 15, 250_000, tzinfo=UTC)


def test_values_come_through_as_they_are(books, tmp_path):
    books.customer("cus_1")
    books.promise(
        "erp:1",
        customer_id="cus_1",
        tier='say "gold", \\N\nor new line',
        segment="",
        sales_region="São Paulo",
        placed_at=march(1),
        delivered_at=march(9),
        total=Decimal("1234567.890001"),
        currency="BRL",
        is_cold_start=True,
    )
    refresh(tmp_path)
    [row] = rows(tmp_path, "promises")
    assert row["tier"] == 'say "gold", \\N\nor new line'
    assert (row["segment"], row["sales_region"], row["customer"]) == ("", "São Paulo", "cus_1")
    assert (row["placed_at"], row["delivered_at"]) == (march(1), march(9))
    assert (row["requested_at"], row["cancelled_at"]) == (None, None)
    assert row["total"] == Decimal("1234567.890001")
    assert row["is_cold_start"] is True
    assert row["placed_month"].isoformat() == "2018-03-01"


def test_months_are_utc_and_rows_are_in_the_order_of_their_keys(books, tmp_path):
    books.promise("b", placed_at=datetime(2018, 3, 31, 23, 59, tzinfo=UTC))
    books.promise("a", placed_at=march(1))
    books.promise("B", placed_at=march(2))
    books.promise("c", placed_at=datetime(2018, 4, 1, tzinfo=UTC))
    tables = refresh(tmp_path)
    assert tables.states["promises"].months == ("2018-03", "2018-04")
    march_rows = pq.read_table(tmp_path / "promises" / "2018-03.parquet").to_pylist()
    assert [row["order_key"] for row in march_rows] == ["B", "a", "b"]


def test_a_second_refresh_writes_nothing(books, tmp_path):
    books.promise("a")
    books.fact("order_line", "l", order="a", quantity=Decimal(1))
    refresh(tmp_path)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    again = refresh(tmp_path)
    assert all(state.rewritten == () for state in again.states.values())
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")} == files


def test_only_the_month_of_a_changed_row_is_written_again(books, tmp_path):
    books.promise("a", placed_at=march(1))
    books.promise("b", placed_at=march(1) + timedelta(days=31))
    refresh(tmp_path)
    Promise.objects.filter(order_key="a").update(delivered_at=march(9), state="kept")
    state = refresh(tmp_path).states["promises"]
    assert state.rewritten == ("2018-03",)
    assert [row["state"] for row in rows(tmp_path, "promises")] == ["kept", "open"]


def test_a_month_without_rows_goes(books, tmp_path):
    books.promise("a", placed_at=march(1))
    refresh(tmp_path)
    Promise.objects.update(placed_at=march(1) + timedelta(days=31))
    state = refresh(tmp_path).states["promises"]
    assert (state.rewritten, state.removed) == (("2018-04",), ("2018-03",))
    assert len(rows(tmp_path, "promises")) == 1


@pytest.mark.parametrize("harm", ["no file", "no manifest", "damaged manifest", "left over"])
def test_what_is_lost_or_damaged_is_rebuilt(books, tmp_path, harm):
    books.promise("a", placed_at=march(1))
    refresh(tmp_path)
    match harm:
        case "no file":
            (tmp_path / "promises" / "2018-03.parquet").unlink()
        case "no manifest":
            (tmp_path / "manifest.json").unlink()
        case "damaged manifest":
            (tmp_path / "manifest.json").write_text('{"format": 1, "tab')
        case "left over":
            (tmp_path / "promises" / ".2018-03.parquet.99").write_bytes(b"half")
            (tmp_path / "promises" / "2017-01.parquet").write_bytes(b"stale")
    refresh(tmp_path)
    assert [row["order_key"] for row in rows(tmp_path, "promises")] == ["a"]
    assert not list((tmp_path / "promises").glob(".*.parquet.*"))


def test_the_same_rows_make_the_same_bytes(books, tmp_path):
    for key in "cab":
        books.promise(key)
    refresh(tmp_path / "one")
    refresh(tmp_path / "two")
    for path in (tmp_path / "one").rglob("*.parquet"):
        other = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == other.read_bytes()


def test_lines_are_as_last_heard_with_what_arrived_of_them(books, tmp_path):
    books.promise("o", delivered_at=march(12))
    books.fact("order_line", "l1", order="o", quantity=Decimal(9), quantity_unit="piece")
    books.fact("order_line", "l1", 2, order="o", quantity=Decimal(3), quantity_unit="piece")
    books.fact("order_line", "l2", order="o", quantity=Decimal(1), quantity_unit="piece")
    books.fact("order_line", "l3", order="o", quantity=Decimal(5), quantity_unit="kg")
    books.fact("order_line", "l4", order="o", quantity=Decimal(1))
    books.fact("order_line", "l4", 2, order="o", op="gone")
    for key, more in {
        "s1": {"delivered_at": march(8)},
        "s2": {"delivered_at": None},  # arrived with the last of the order
        "s3": {"status": "lost"},
    }.items():
        books.fact("shipment", key, order="o", **more)
    parts = (("s1", "l1", 2, "piece"), ("s2", "l1", 1, "piece"), ("s3", "l2", 1, "piece"))
    for shipment, line, quantity, unit in (*parts, ("s1", "l3", 5, "box")):
        books.fact(
            "shipment_line",
            f"{shipment}{line}",
            shipment=shipment,
            order_line=line,
            quantity=Decimal(quantity),
            quantity_unit=unit,
        )
    refresh(tmp_path)
    found = {
        row["line_key"]: (row["quantity"], row["delivered_quantity"], row["delivered_at"])
        for row in rows(tmp_path, "order_lines")
    }
    assert found == {
        "l1": (3, 3, march(12)),  # 2 on the 8th, 1 on the 12th
        "l2": (1, 0, None),  # its only shipment was lost
        "l3": (5, 0, None),  # what arrived is counted in another unit
    }


def test_without_a_shipment_line_the_delivered_quantity_is_not_known(books, tmp_path):
    books.promise("o", delivered_at=march(12))
    books.fact("order_line", "l", order="o", quantity=Decimal(1))
    refresh(tmp_path)
    [row] = rows(tmp_path, "order_lines")
    assert row["delivered_quantity"] is None


def test_lines_follow_a_change_of_their_order_alone(books, tmp_path):
    books.promise("o")
    books.fact("order_line", "l", order="o", quantity=Decimal(1))
    refresh(tmp_path)
    Promise.objects.update(tier="gold")
    assert refresh(tmp_path).states["order_lines"].rewritten == ("2018-03",)
    books.fact("order_line", "l", 2, order="o", quantity=Decimal(2))
    assert refresh(tmp_path).states["order_lines"].rewritten == ("2018-03",)
    [row] = rows(tmp_path, "order_lines")
    assert (row["tier"], row["quantity"]) == ("gold", 2)


def test_lines_catch_up_after_a_refresh_was_killed_before_them(books, tmp_path, monkeypatch):
    books.promise("o")
    books.fact("order_line", "l", order="o", quantity=Decimal(1))
    refresh(tmp_path)
    Promise.objects.update(tier="gold")
    with monkeypatch.context() as patch:
        first = {"promises": DEFINITIONS["promises"]}
        patch.setattr("troth.store.tables.snapshots.DEFINITIONS", first)
        refresh(tmp_path)  # as far as it got
    assert refresh(tmp_path).states["order_lines"].rewritten == ("2018-03",)


def test_a_case_carries_its_clocks_and_what_the_desk_says(books, tmp_path):
    books.case("c", category="billing")
    books.clock("c", "first_response", breached=True, working_elapsed_seconds=60)
    books.fact("case", "c", opened_at=march(1), source_met_sla=True)
    books.fact("case", "c", 2, opened_at=march(1), source_met_sla=False)
    books.case("without")
    refresh(tmp_path)
    case, without = rows(tmp_path, "cases")
    assert (case["first_response_breached"], case["first_response_working_seconds"]) == (True, 60)
    assert (case["resolution_state"], case["source_met_sla"]) == (None, False)
    assert (without["first_response_state"], without["source_met_sla"]) == (None, None)


def test_a_survey_is_its_customers_without_what_was_said(books, tmp_path):
    customer = books.customer("cus_1", tier="silver")
    Crosswalk.objects.create(source_key="crm:1", customer=customer, because="same key")
    books.promise("o", customer=customer, tier="gold")
    books.fact("survey_response", "s1", customer="crm:1", order="o", score=Decimal(4))
    books.fact("survey_response", "s2", customer="crm:1", answered_at=march(9))
    refresh(tmp_path)
    by_order, alone = rows(tmp_path, "surveys")
    assert (by_order["customer"], by_order["tier"], by_order["score"]) == ("cus_1", "gold", 4)
    assert (alone["customer"], alone["tier"]) == ("cus_1", "silver")
    assert "verbatim" not in DEFINITIONS["surveys"].columns


def test_an_empty_database_makes_empty_tables_with_their_columns(books, tmp_path):
    tables = refresh(tmp_path)
    for name, definition in DEFINITIONS.items():
        assert tables.states[name].rows == 0
        assert pq.read_schema(tmp_path / name / "none.parquet").names == list(definition.columns)


def test_a_refresh_of_its_own_reads_one_moment_and_leaves_the_connection_as_it_was(
    own_database, make_books, tmp_path
):
    make_books().promise("a")
    assert refresh(tmp_path).states["promises"].rows == 1
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        assert cursor.fetchone() == ("off",)
    make_books().promise("b")
    assert refresh(tmp_path).states["promises"].rows == 2
