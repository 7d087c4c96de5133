"""Does every value arrive as the one that the source meant?"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from troth.connectors.columns import batch_schema
from troth.connectors.staging.zones import to_instant
from troth.core.records.kinds import BY_NAME

PLAIN = "id,customer,placed\n1,Müller,2024-01-05 10:00:00\n"
CONTRACTS = """
source: erp
system: erp
feeds:
  - name: contracts
    record: contract
    files: contracts.{suffix}
    key: id
    fields:
      customer: customer
      signed_on: signed
      lead_time_days: days
"""

# (the mapping's option, what stands in the file, the instant in UTC)
INSTANTS = [
    ("", "2024-01-05 10:00:00", "2024-01-05T10:00:00"),
    ("", "2024-01-05", "2024-01-05T00:00:00"),
    ("", "2024-01-05T10:00:00.123456", "2024-01-05T10:00:00.123456"),
    ("", "2024-01-05T10:00:00Z", "2024-01-05T10:00:00"),
    ("", "2024-01-05T10:00:00+02:00", "2024-01-05T08:00:00"),
    ("time_zone: Europe/Berlin", "2024-01-05 10:00:00", "2024-01-05T09:00:00"),
    ("time_zone: Europe/Berlin", "2024-01-05 10:00", "2024-01-05T09:00:00"),
    ("time_zone: Europe/Berlin", "2024-01-05T10:00:00Z", "2024-01-05T10:00:00"),
    ("time_zone: Europe/Berlin", "2024-01-05T10:00+02", "2024-01-05T08:00:00"),
    ("time_zone: Europe/Berlin", "2024-10-27 02:30:00", "2024-10-27T00:30:00"),  # shown twice
    ("time_zone: Europe/Berlin", "2024-03-31 02:30:00", "2024-03-31T01:30:00"),  # never shown
    ("time_zone: America/Sao_Paulo", "2018-02-17 23:30:00", "2018-02-18T01:30:00"),  # twice
    ('format: "%d.%m.%Y %H:%M"', "05.01.2024 10:00", "2024-01-05T10:00:00"),
    ('format: ["%d.%m.%Y", "%Y/%m/%d"]', "2024/01/05", "2024-01-05T00:00:00"),
    ('format: "%d.%m.%Y %H:%M %z"', "05.01.2024 10:00 +0200", "2024-01-05T08:00:00"),
    ("format: unix", "1704448800", "2024-01-05T10:00:00"),
    ("format: unix_ms", "1704448800500", "2024-01-05T10:00:00.500000"),
]


@pytest.mark.parametrize(("option", "written", "expected"), INSTANTS)
def test_an_instant_is_read_by_its_format_in_its_time_zone(
    desk: Any, only: Callable[..., dict[str, Any]], option: str, written: str, expected: str
) -> None:
    desk.write("orders.csv", f"id,customer,placed,due\n1,c1,2024-01-05,{written}\n")
    separator = ", " if option else ""
    row = only(desk.orders(fields=f"requested_at: {{column: due{separator}{option}}}"))
    assert row["requested_at"] == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_local_times_around_every_change_of_a_year_agree_with_zoneinfo(zone: str) -> None:
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        rows = engine.execute(
            f"SELECT local, epoch({to_instant('local', zone)}) FROM (SELECT unnest(range("
            "TIMESTAMP '2024-01-01', TIMESTAMP '2025-01-01', INTERVAL 15 MINUTE)) AS local)"
        ).fetchall()
    place = ZoneInfo(zone)
    wrong = [at for at, found in rows if at.replace(tzinfo=place).timestamp() != found]
    assert len(rows) == 366 * 96
    assert wrong == []


# (the mapping's format, what stands in the file, the amount)
DECIMALS = [
    ("", "12.50", "12.5"),
    ("", " 12 ", "12"),
    ("", "-0.1234567", "-0.123457"),
    ("", "999999999999999999.999999", "999999999999999999.999999"),
    ('format: {decimal: ","}', '"1234,5"', "1234.5"),
    ('format: {decimal: ",", thousands: "."}', '"1.234,5"', "1234.5"),
    ('format: {thousands: ","}', '"1,234.5"', "1234.5"),
]


@pytest.mark.parametrize(("form", "written", "expected"), DECIMALS)
def test_a_decimal_is_read_exactly_by_the_signs_of_its_format(
    desk: Any, only: Callable[..., dict[str, Any]], form: str, written: str, expected: str
) -> None:
    desk.write("orders.csv", f"id,customer,placed,amount\n1,c1,2024-01-05,{written}\n")
    connector = desk.orders(fields="total: {column: amount, currency: EUR}", feed=form)
    row = only(connector)
    assert (row["total"], row["total_currency"]) == (Decimal(expected), "EUR")


def test_a_point_is_no_thousands_sign_unless_the_mapping_says_so(desk: Any) -> None:
    desk.write("orders.csv", "id,customer,placed,amount\n1,c1,2024-01-05,1.234\n")
    connector = desk.orders(
        fields="total: {column: amount, currency: EUR}", feed='format: {decimal: ","}'
    )
    assert [reject.code for reject in desk.rejects(connector)] == ["row:decimal:unreadable"]


def test_floats_of_a_parquet_file_become_the_decimals_that_they_show(
    desk: Any, only: Callable[..., dict[str, Any]]
) -> None:
    for number in (0.1, 99.95, 2.675, 123456789.12, 9007199254740.99, 1e-7):
        table = pa.table({"id": ["1"], "customer": ["c"], "placed": ["2024-01-05"], "a": [number]})
        pq.write_table(table, desk.directory / "orders.csv")
        row = only(
            desk.orders(fields="total: {column: a, currency: EUR}", feed="format: {type: parquet}")
        )
        assert row["total"] == round(Decimal(repr(number)), 6)
        desk.landed.clear()


def test_gaps_and_whole_numbers_in_a_column_of_floats_are_what_they_were_meant_to_be(
    desk: Any,
) -> None:
    table = pa.table(
        {
            "id": [10.0, 11.0],  # pandas makes floats of whole numbers where one is missing
            "customer": ["a", "b"],
            "signed": pa.array([date(2024, 1, 5), None]),
            "days": [3.0, float("nan")],
        }
    )
    pq.write_table(table, desk.directory / "contracts.parquet")
    rows = desk.sync(desk.map(CONTRACTS.replace("{suffix}", "parquet")), "contracts")
    assert [row["key"] for row in rows] == ["erp:10", "erp:11"]
    assert [row["lead_time_days"] for row in rows] == [3, None]
    assert [row["signed_on"] for row in rows] == [date(2024, 1, 5), None]
    assert json.loads(rows[1]["raw"])["days"] is None


def test_a_quantity_is_multiplied_by_its_factor_and_its_unit_translated(desk: Any) -> None:
    desk.write("orders.csv", "id,qty,uom\n1,2.5,DZ\n2,,\n")
    connector = desk.map(
        "source: erp\nsystem: erp\nfeeds:\n  - name: lines\n    record: order_line\n"
        "    files: orders.csv\n    key: id\n    fields:\n      order: id\n"
        "      quantity: {column: qty, factor: 12, unit_column: uom, units: {DZ: piece}}\n"
    )
    rows = desk.sync(connector, "lines")
    assert [(row["quantity"], row["quantity_unit"]) for row in rows] == [
        (Decimal(30), "piece"),  # 2.5 × 12
        (None, None),
    ]


def test_keys_carry_their_system_and_join_their_columns(
    desk: Any, only: Callable[..., dict[str, Any]]
) -> None:
    desk.write("orders.csv", "id,customer,placed\n 7 ,c1,2024-01-05\n")
    connector = desk.map(
        "source: erp\nsystem: erp\nfeeds:\n  - name: orders\n    record: order\n"
        "    files: orders.csv\n    key: [id, placed]\n    fields:\n"
        "      customer: {column: customer, system: crm}\n      placed_at: placed\n"
    )
    row = only(connector)
    assert (row["key"], row["customer"]) == ("erp:7/2024-01-05", "crm:c1")


def test_values_are_translated_with_an_otherwise_and_for_gaps(desk: Any) -> None:
    desk.write(
        "orders.csv",
        "id,customer,placed,state\n1,c,2024-01-05,X\n2,c,2024-01-05,?\n3,c,2024-01-05,\n",
    )
    connector = desk.orders(
        fields='status: {column: state, values: {X: cancelled, "*": open, ~: shipped}}'
    )
    assert [row["status"] for row in desk.sync(connector)] == ["cancelled", "open", "shipped"]


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (PLAIN.encode(), ""),
        (b"\xef\xbb\xbf" + PLAIN.encode(), ""),  # UTF-8 with its mark
        (PLAIN.encode("utf-16"), ""),  # with its mark
        (PLAIN.encode("cp1252"), "format: {encoding: windows-1252}"),
        (PLAIN.replace("\n", "\r\n").encode(), ""),
        (PLAIN.replace(",", ";").encode(), ""),  # the delimiter is guessed
        (PLAIN.replace(",", "\t").encode(), 'format: {delimiter: "\\t"}'),
        (PLAIN.replace("Müller", '"Müller"').encode(), ""),
        (PLAIN.removesuffix("\n").encode(), ""),
    ],
)
def test_a_text_file_is_read_whatever_its_encoding_and_line_ends(
    desk: Any, only: Callable[..., dict[str, Any]], content: bytes, form: str
) -> None:
    desk.write("orders.csv", content)
    row = only(desk.orders(feed=form))
    assert (row["key"], row["customer"]) == ("erp:1", "erp:Müller")


def test_a_packed_file_is_unpacked(desk: Any) -> None:
    desk.write("exports/orders.csv.gz", gzip.compress(PLAIN.encode()))
    connector = desk.map(
        "source: erp\nsystem: erp\nfeeds:\n  - name: orders\n    record: order\n"
        "    files: exports/orders*.csv.gz\n    key: id\n"
        "    fields: {customer: customer, placed_at: placed}\n"
    )
    assert len(desk.sync(connector)) == 1


def test_names_and_values_that_look_like_sql_stay_what_they_are(desk: Any) -> None:
    name = """x"'); DROP TABLE base; --"""
    desk.write(
        "orders.csv", 'id,customer,placed,"x""\'); DROP TABLE base; --"\n1,c,2024-01-05,O\'Hara\n'
    )
    connector = desk.map(
        "source: erp\nsystem: it's\nfeeds:\n  - name: orders\n    record: order\n"
        "    files: orders.csv\n    key: id\n    fields:\n      customer: customer\n"
        f"      placed_at: placed\n      destination_region: {json.dumps(name)}\n"
    )
    (row,) = desk.sync(connector)
    assert (row["key"], row["destination_region"]) == ("it's:1", "O'Hara")


def test_rows_are_chosen_by_what_stands_in_a_column(desk: Any) -> None:
    rows = "".join(f"{n},c,2024-01-05,{kind}\n" for n, kind in enumerate(["A", "B", "", "C"]))
    desk.write("orders.csv", "id,customer,placed,kind\n" + rows)
    for feed, expected in (
        ("only: {kind: [A, B]}", ["erp:0", "erp:1"]),
        ("not: {kind: [A, ~]}", ["erp:1", "erp:3"]),
        ("only: {kind: ~}", ["erp:2"]),
    ):
        desk.landed.clear()
        assert [row["key"] for row in desk.sync(desk.orders(feed=feed))] == expected


def test_what_may_be_personal_is_kept_apart(desk: Any, only: Callable[..., dict[str, Any]]) -> None:
    desk.write("c.csv", "id,name,town,note,code,secret\n1,Ann,Ulm,likes tea,7,x\n")
    connector = desk.map(
        "source: erp\nsystem: erp\nfeeds:\n  - name: orders\n    record: customer\n"
        "    files: c.csv\n    key: id\n    fields: {name: name, city: town}\n"
        "    plain: [code]\n    ignore: [secret]\n"
    )
    row = only(connector)
    assert json.loads(row["raw"]) == {"id": "1", "town": "Ulm", "code": "7"}
    assert json.loads(row["raw_personal"]) == {"name": "Ann", "note": "likes tea"}


def test_the_first_joined_row_is_taken_by_number_and_a_second_join_may_follow(desk: Any) -> None:
    desk.write("orders.csv", "id,customer,placed\n1,c1,2024-01-05\n2,c2,2024-01-05\n")
    desk.write("items.csv", "order,line,seller\n1,10,s2\n1,9,s1\n")
    desk.write("sellers.csv", "seller,state\ns1,SP\ns2,RJ\n")
    connector = desk.orders(
        fields="origin_region: s.state\nsite: i.seller",
        feed=(
            "join:\n"
            '  - {files: items.csv, on: {id: order}, prefix: "i.", take: first, order_by: line}\n'
            '  - {files: sellers.csv, on: {i.seller: seller}, prefix: "s."}\n'
        ),
    )
    found = [(row["origin_region"], row["site"]) for row in desk.sync(connector)]
    assert found == [("SP", "erp:s1"), (None, None)]


# (zone, what stands in the file, the first instant after that day in UTC)
DAYS = [
    ("UTC", "2024-01-05", "2024-01-06T00:00:00"),
    ("UTC", "2024-12-31 17:00:00", "2025-01-01T00:00:00"),
    ("Europe/Berlin", "2024-01-05", "2024-01-05T23:00:00"),
    ("Europe/Berlin", "2024-03-31", "2024-03-31T22:00:00"),  # 23 hours long
    ("Europe/Berlin", "2024-10-27", "2024-10-27T23:00:00"),  # 25 hours long
    ("Europe/Berlin", "2024-01-05T23:30:00Z", "2024-01-06T23:00:00"),  # the 6th in Berlin
    # Clocks went forward at midnight, which no clock showed: the day ended where it would stand.
    ("America/Sao_Paulo", "2017-10-14", "2017-10-15T03:00:00"),
    ("America/Sao_Paulo", "2017-10-15", "2017-10-16T02:00:00"),
    # Clocks went back at midnight: the 17th has 25 hours.
    ("America/Sao_Paulo", "2018-02-17", "2018-02-18T03:00:00"),
    ("America/Havana", "2024-11-02", "2024-11-03T04:00:00"),  # 00:00 is shown twice: the first
]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize(("zone", "written", "expected"), DAYS)
def test_a_day_may_stand_for_its_end(
    desk: Any, only: Any, zone: str, written: str, expected: str, suffix: str
) -> None:
    desk.write("orders.csv", f"id,customer,placed,day\n1,c1,2024-01-05,{written}\n")
    connector = desk.orders(
        fields=f"source_promised_at: {{column: day, end_of_day: true, time_zone: {zone}}}"
    )
    if suffix == "parquet":
        moment = datetime.fromisoformat(written)
        table = {"id": ["1"], "customer": ["c1"], "placed": [datetime(2024, 1, 5)]}
        pq.write_table(pa.table(table | {"day": [moment]}), desk.directory / "orders.parquet")
        mapping = (desk.directory / "sources" / "erp.yaml").read_text()
        connector = desk.map(mapping.replace("orders.csv", "orders.parquet"))
    at = only(connector)["source_promised_at"]
    assert at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_saying_that_the_end_of_a_day_is_meant_lands_the_rows_again(desk: Any) -> None:
    desk.write("orders.csv", "id,customer,placed,day\n1,c1,2024-01-05,2024-01-09\n")
    (first,) = desk.sync(desk.orders(fields="source_promised_at: day"))
    field = "source_promised_at: {column: day, end_of_day: true}"
    (second,) = desk.sync(desk.orders(fields=field))
    assert (first["revision"], second["revision"]) == (1, 2)


def test_every_kind_of_record_has_a_schema_without_a_name_twice() -> None:
    for kind in BY_NAME.values():
        names = batch_schema(kind).names
        assert len(names) == len(set(names)), kind.name


def test_a_preview_shows_the_first_rows_and_how_each_field_is_read(
    desk: Any, tmp_path: Path
) -> None:
    desk.write("orders.csv", "id,customer,placed\n1,c1,2024-01-05\n2,c2,soon\n")
    preview = desk.orders().preview("orders", rows=1)
    assert preview.columns == ("key", "known_at", "customer", "placed_at")
    assert preview.rows == (("erp:1", "", "erp:c1", "2024-01-05 00:00Z"),)
    assert [reject.code for reject in preview.rejects] == ["row:date:unreadable"]
    assert preview.fields["placed_at"] == "placed, ISO 8601, in UTC where it says no zone"
