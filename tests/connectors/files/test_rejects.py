"""Is a row that cannot be landed kept with its place, its fault and all of its content?"""

from __future__ import annotations

import json
from typing import Any

import pytest

HEADER = "id,customer,placed,state,amount,cur,qty,uom,flag,count\n"
GOOD = "1,c1,2024-01-05 10:00:00,open,12.50,EUR,3,ST,yes,7\n"
MAPPING = """
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
      status: state
      total: {column: amount, currency_column: cur}
    custom:
      flag: {column: flag, type: boolean}
      count: {column: count, type: integer}
  - name: lines
    record: order_line
    files: orders.csv
    key: id
    fields:
      order: id
      quantity: {column: qty, unit_column: uom, units: {ST: piece, KG: kg}}
"""

# (feed, what is put instead of what, column, code)
FAULTS = [
    ("orders", "2024-01-05 10:00:00", "05.01.2024", "placed", "row:date:unreadable"),
    ("orders", "2024-01-05 10:00:00", "2024-02-30", "placed", "row:date:unreadable"),
    ("orders", "2024-01-05 10:00:00", "infinity", "placed", "row:date:unreadable"),
    ("orders", "2024-01-05 10:00:00", "", "placed", "row:field:missing"),
    ("orders", "c1", "", "customer", "row:field:missing"),
    ("orders", "open", "opened", "state", "row:code:unknown"),
    ("orders", "12.50", '"12,50"', "amount", "row:decimal:unreadable"),
    ("orders", "12.50", "1000000000000000000", "amount", "row:decimal:unreadable"),
    ("orders", "EUR", "Euro", "cur", "row:currency:unreadable"),
    ("orders", "EUR", "", "cur", "row:currency:missing"),
    ("orders", "yes", "perhaps", "flag", "row:boolean:unreadable"),
    ("orders", ",7\n", ",7.5\n", "count", "row:integer:unreadable"),
    ("orders", "1,c1", ",c1", "id", "row:key:missing"),
    ("lines", "ST", "BOX", "uom", "row:unit:unknown"),
    ("lines", "ST", "", "uom", "row:unit:missing"),
]


@pytest.mark.parametrize(("feed", "good", "bad", "column", "code"), FAULTS)
def test_a_fault_of_one_row_rejects_that_row_and_lands_the_others(
    desk: Any, feed: str, good: str, bad: str, column: str, code: str
) -> None:
    assert good in GOOD
    other = GOOD.replace("1,c1", "2,c2")
    desk.write("orders.csv", HEADER + other + GOOD.replace(good, bad, 1))
    connector = desk.map(MAPPING)
    assert [row["key"] for row in desk.sync(connector, feed)] == ["erp:2"]
    (reject,) = desk.rejects(connector, feed)
    assert (reject.column, reject.code) == (column, code)
    assert (reject.file, reject.row, reject.line) == ("orders.csv", 2, 3)
    assert reject.key == (None if code == "row:key:missing" else "erp:1")
    assert f"`{column}`" in reject.message
    assert json.loads(reject.raw)[column] == (bad.removesuffix("c1").strip(',\n"') or None)


def test_the_sound_row_has_no_fault(desk: Any) -> None:
    desk.write("orders.csv", HEADER + GOOD)
    connector = desk.map(MAPPING)
    assert desk.rejects(connector) == []
    (row,) = desk.sync(connector)
    assert json.loads(row["custom"]) == {"flag": True, "count": 7}


def test_a_row_with_three_faults_comes_three_times(desk: Any) -> None:
    desk.write("orders.csv", HEADER + "1,,soon,open,x,EUR,3,ST,yes,7\n")
    rejects = desk.rejects(desk.map(MAPPING))
    assert {reject.column for reject in rejects} == {"customer", "placed", "amount"}


def test_one_key_with_two_contents_lands_neither(desk: Any) -> None:
    desk.write("orders.csv", HEADER + GOOD + GOOD.replace("12.50", "13") + GOOD.replace("1,", "2,"))
    connector = desk.map(MAPPING)
    first, second = desk.rejects(connector)
    assert (first.row, second.row) == (1, 2)
    assert {first.code, second.code} == {"row:key:two-contents"}
    assert "row 2" in first.message
    assert "row 1" in second.message
    assert [row["key"] for row in desk.sync(connector)] == ["erp:2"]


def test_exactly_the_same_row_twice_lands_once_and_is_no_fault(desk: Any) -> None:
    desk.write("orders.csv", HEADER + GOOD + GOOD)
    connector = desk.map(MAPPING)
    assert desk.rejects(connector) == []
    assert len(desk.sync(connector)) == 1


def test_ragged_rows_are_told_with_their_row_and_line_and_the_rest_lands(desk: Any) -> None:
    quoted = GOOD.replace("c1", '"c\n1"')  # one row on two lines
    content = HEADER + quoted + "2,c2\n" + "\n" + GOOD.replace("1,", "3,", 1).strip() + ",more\n"
    desk.write("orders.csv", content + GOOD.replace("1,", "4,", 1).replace("open", "lost"))
    connector = desk.map(MAPPING)
    found = [(r.row, r.line, r.code) for r in desk.rejects(connector)]
    # lines: 1 header, 2–3 row one, 4 row two, 5 blank, 6 row three, 7 row four
    assert found == [
        (2, 4, "row:values:too-few"),
        (3, 6, "row:values:too-many"),
        (4, 7, "row:code:unknown"),
    ]
    assert [row["key"] for row in desk.sync(connector)] == ["erp:1"]


def test_the_line_is_right_after_a_line_break_in_quotation_marks(desk: Any) -> None:
    rows = "".join(GOOD.replace("1,c1", f'{n},"a\nb\nc"') for n in range(5, 10))
    desk.write("orders.csv", HEADER + rows + GOOD.replace("open", "lost"))
    (reject,) = desk.rejects(desk.map(MAPPING))
    assert (reject.row, reject.line) == (6, 17)  # 1 header + 5 rows of 3 lines, then the next


def test_rows_of_several_files_are_told_by_their_own_file(desk: Any) -> None:
    desk.write("orders.csv", HEADER + GOOD)
    desk.write("orders2.csv", HEADER + GOOD.replace("1,", "2,", 1) + GOOD.replace("1,c1", "3,"))
    connector = desk.map(MAPPING.replace("files: orders.csv", "files: [orders*.csv]"))
    (reject,) = desk.rejects(connector)
    assert (reject.file, reject.row, reject.line) == ("orders2.csv", 2, 3)


def test_a_join_that_matches_two_different_rows_rejects_the_row(desk: Any) -> None:
    desk.write("orders.csv", "id,customer,placed\n1,c1,2024-01-05\n2,c2,2024-01-05\n")
    desk.write("places.csv", "order,city\n1,Bonn\n1,Köln\n2,Ulm\n2,Ulm\n")
    connector = desk.orders(
        fields="destination_region: p.city",
        feed='join: [{files: places.csv, on: {id: order}, prefix: "p."}]',
    )
    (reject,) = desk.rejects(connector)
    assert (reject.code, reject.key, reject.column) == ("row:join:not-unique", "erp:1", "id")
    (row,) = desk.sync(connector)
    assert (row["key"], row["destination_region"]) == ("erp:2", "Ulm")


def test_rejected_rows_are_read_again_by_the_mapping_as_it_is_now(desk: Any) -> None:
    desk.write("orders.csv", HEADER + GOOD.replace("open", "lost") + "9,c9\n")
    raws = [reject.raw for reject in desk.rejects(desk.map(MAPPING))]
    mended = desk.map(
        MAPPING.replace("status: state", "status: {column: state, values: {lost: open}}")
    )
    with mended.reread("orders", raws) as reading:
        rows = [row for batch in reading.changed(desk.state()) for row in batch.to_pylist()]
        still = list(reading.rejects())
    assert [(row["key"], row["status"]) for row in rows] == [("erp:1", "open")]
    assert [reject.code for reject in still] == ["row:values:too-few"]
    assert still[0].raw in raws


def test_a_nul_in_a_row_rejects_that_row_and_says_what_to_do(desk: Any) -> None:
    desk.write("orders.csv", b"id,customer,placed\n1,a\0b,2024-01-05\n2,c,2024-01-05\n")
    connector = desk.orders()
    (reject,) = desk.rejects(connector)
    assert (reject.code, reject.row, reject.line, reject.column) == (
        "row:text:nul",
        1,
        2,
        "customer",
    )
    assert reject.message == "`customer` holds a NUL character; take it out in the source"
    assert json.loads(reject.raw)["customer"] == "a\0b"
    assert [row["key"] for row in desk.sync(connector)] == ["erp:2"]


def test_a_nul_in_a_key_leaves_nothing_that_the_quarantine_could_not_keep(desk: Any) -> None:
    desk.write("orders.csv", b"id,customer,placed\n1\0,a,2024-01-05\n2,c,2024-01-05\n")
    (reject,) = desk.rejects(desk.orders())
    assert (reject.code, reject.key, reject.column) == ("row:text:nul", None, "id")
    assert "\0" not in reject.raw + reject.message


def test_a_nul_in_a_column_that_is_only_kept_is_found_too(desk: Any) -> None:
    desk.write("orders.csv", b'id,customer,placed,more\n1,a,2024-01-05,"x\0y"\n')
    assert [reject.column for reject in desk.rejects(desk.orders())] == ["more"]


def test_a_nul_in_a_joined_file_rejects_the_row_that_it_is_joined_to(desk: Any) -> None:
    desk.write("orders.csv", "id,customer,placed\n1,a,2024-01-05\n2,b,2024-01-05\n")
    desk.write("sellers.csv", b"order,state\n1,S\0P\n2,RJ\n")
    connector = desk.orders(
        fields="origin_region: s.state",
        feed='join: [{files: sellers.csv, on: {id: order}, prefix: "s."}]',
    )
    assert [(r.code, r.key, r.column) for r in desk.rejects(connector)] == [
        ("row:text:nul", "erp:1", "s.state")
    ]
    assert [row["key"] for row in desk.sync(connector)] == ["erp:2"]
