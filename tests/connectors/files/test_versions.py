"""Does a row become known step by step, as it was known, and is nothing landed twice?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

HEADER = "id,customer,placed,state,shipped,arrived\n"
FIELDS = """\
status: {column: state, values: {D: delivered, O: open}, known_at: [shipped, arrived], before: open}
shipped_at: {column: shipped, known_at: shipped}
delivered_at: {column: arrived, known_at: arrived}
"""
FEED = "known_at: placed\n"


def _day(number: int) -> datetime:
    return datetime(2024, 1, number, tzinfo=UTC)


def _versions(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in ("key", "revision", *names)) for row in rows]


def test_a_row_is_unrolled_into_one_version_for_each_instant_at_which_something_was_learned(
    desk: Any,
) -> None:
    desk.write("orders.csv", HEADER + "1,c,2024-01-01,D,2024-01-03,2024-01-05\n")
    rows = desk.sync(desk.orders(fields=FIELDS, feed=FEED))
    assert _versions(rows, "known_at", "status", "shipped_at", "delivered_at") == [
        ("erp:1", 1, _day(1), "open", None, None),
        ("erp:1", 2, _day(3), "open", _day(3), None),
        ("erp:1", 3, _day(5), "delivered", _day(3), _day(5)),
    ]
    assert [row["raw"] is None for row in rows] == [True, True, False]
    assert len({row["row_hash"] for row in rows}) == 1


def test_what_was_known_at_one_instant_or_before_the_row_makes_no_version_of_its_own(
    desk: Any,
) -> None:
    desk.write(
        "orders.csv",
        HEADER
        + "1,c,2024-01-04,D,2024-01-03,2024-01-05\n"  # shipped before it was placed
        + "2,c,2024-01-01,D,2024-01-05,2024-01-05\n"  # both on one day
        + "3,c,2024-01-01,O,,\n",
    )
    rows = desk.sync(desk.orders(fields=FIELDS, feed=FEED))
    assert _versions(rows, "known_at", "status", "shipped_at") == [
        ("erp:1", 1, _day(4), "open", _day(3)),
        ("erp:1", 2, _day(5), "delivered", _day(3)),
        ("erp:2", 1, _day(1), "open", None),
        ("erp:2", 2, _day(5), "delivered", _day(5)),
        ("erp:3", 1, _day(1), "open", None),
    ]


def test_a_row_that_does_not_say_when_it_was_known_has_one_version_with_everything(
    desk: Any,
) -> None:
    desk.write("orders.csv", HEADER.replace("id", "id,seen", 1) + "1,,c,2024-01-01,D,,2024-01-05\n")
    rows = desk.sync(desk.orders(fields=FIELDS, feed="known_at: seen"))
    assert _versions(rows, "known_at", "status", "delivered_at") == [
        ("erp:1", 1, None, "delivered", _day(5))
    ]


def test_the_instant_of_the_happening_is_hidden_as_long_as_it_is_not_known(desk: Any) -> None:
    desk.write("orders.csv", "id,order,planned,left\n1,o,2024-01-01,2024-01-03\n")
    rows = desk.sync(
        desk.map(
            "source: erp\nsystem: erp\nfeeds:\n  - name: orders\n    record: shipment\n"
            "    files: orders.csv\n    key: id\n    known_at: planned\n    fields:\n"
            "      order: order\n      shipped_at: {column: left, known_at: left}\n"
        )
    )
    assert [row["occurred_at"] for row in rows] == [None, _day(3)]


def test_successive_states_of_one_key_are_versions_in_the_order_in_which_they_were_known(
    desk: Any,
) -> None:
    desk.write(
        "cases.csv",
        "id,opened,state,updated,solved\n"
        "1,2024-01-01,resolved,2024-01-04,2024-01-03\n"
        "1,2024-01-01,new,2024-01-01,2024-01-03\n"  # the solution stands on the first row
        "1,2024-01-01,in_progress,2024-01-02,2024-01-03\n",
    )
    connector = desk.map(
        "source: erp\nsystem: erp\nfeeds:\n  - name: orders\n    record: case\n"
        "    files: cases.csv\n    key: id\n    history: true\n    known_at: updated\n"
        "    fields:\n      opened_at: opened\n      status: state\n"
        "      resolved_at: {column: solved, known_at: solved}\n"
    )
    rows = desk.sync(connector)
    assert _versions(rows, "known_at", "status", "resolved_at") == [
        ("erp:1", 1, _day(1), "new", None),
        ("erp:1", 2, _day(2), "in_progress", None),
        ("erp:1", 3, _day(3), "in_progress", _day(3)),
        ("erp:1", 4, _day(4), "resolved", _day(3)),
    ]
    assert [row["raw"] is None for row in rows] == [False, True, False, False]
    assert desk.sync(connector) == []


def test_a_state_without_its_instant_is_rejected(desk: Any) -> None:
    desk.write(
        "orders.csv", "id,customer,placed,seen\n1,c,2024-01-01,2024-01-01\n1,d,2024-01-01,\n"
    )
    connector = desk.orders(feed="history: true\nknown_at: seen")
    assert [reject.code for reject in desk.rejects(connector)] == ["row:known_at:missing"]
    assert len(desk.sync(connector)) == 1


def test_landing_again_lands_nothing_and_a_change_counts_the_revisions_on(desk: Any) -> None:
    connector = desk.orders(fields=FIELDS, feed=FEED)
    desk.write("orders.csv", HEADER + "1,c,2024-01-01,O,,\n2,c,2024-01-01,O,,\n")
    assert len(desk.sync(connector)) == 2
    assert desk.sync(connector) == []
    desk.write("orders.csv", HEADER + "1,c,2024-01-01,O,2024-01-03,\n2,c,2024-01-01,O,,\n")
    assert _versions(desk.sync(connector), "shipped_at") == [
        ("erp:1", 2, None),
        ("erp:1", 3, _day(3)),
    ]
    assert desk.sync(connector) == []


def test_a_key_that_a_full_export_lacks_is_gone_and_may_come_back(desk: Any) -> None:
    connector = desk.orders()
    both = "id,customer,placed\n1,c,2024-01-01\n2,c,2024-01-01\n"
    desk.write("orders.csv", both)
    desk.sync(connector)
    desk.write("orders.csv", both.removesuffix("2,c,2024-01-01\n"))
    (gone,) = desk.sync(connector)
    assert (gone["key"], gone["revision"], gone["op"]) == ("erp:2", 2, "gone")
    assert {gone[name] for name in ("known_at", "occurred_at", "raw", "customer", "placed_at")} == {
        None
    }
    assert desk.sync(connector) == []
    desk.write("orders.csv", both)
    assert _versions(desk.sync(connector), "op") == [("erp:2", 3, "upsert")]


def test_a_key_that_a_delta_lacks_stays(desk: Any) -> None:
    connector = desk.orders(feed="mode: delta")
    desk.write("orders.csv", "id,customer,placed\n1,c,2024-01-01\n")
    desk.sync(connector)
    desk.write("orders.csv", "id,customer,placed\n2,c,2024-01-01\n")
    assert [row["key"] for row in desk.sync(connector)] == ["erp:2"]


def test_a_key_whose_row_is_rejected_is_not_gone(desk: Any) -> None:
    connector = desk.orders()
    desk.write("orders.csv", "id,customer,placed\n1,c,2024-01-01\n")
    desk.sync(connector)
    desk.write("orders.csv", "id,customer,placed\n1,c,soon\n")
    assert desk.sync(connector) == []


def test_nothing_is_withdrawn_while_a_row_has_no_readable_key(desk: Any) -> None:
    connector = desk.orders()
    desk.write("orders.csv", "id,customer,placed\n1,c,2024-01-01\n2,c,2024-01-01\n")
    desk.sync(connector)
    for broken in (",c,2024-01-01", "1"):
        desk.write("orders.csv", f"id,customer,placed\n2,c,2024-01-01\n{broken}\n")
        assert desk.sync(connector) == []


def test_the_first_rows_alone_withdraw_nothing(desk: Any) -> None:
    connector = desk.orders()
    desk.write("orders.csv", "id,customer,placed\n1,c,2024-01-01\n2,c,2024-01-01\n")
    desk.sync(connector)
    with connector.read("orders", only_rows=1) as reading:
        assert reading.rows_read == 1
        assert list(reading.changed(desk.state())) == []


def test_a_changed_mapping_lands_the_same_rows_again_and_a_moved_file_does_not(desk: Any) -> None:
    content = HEADER + "1,c,2024-01-01,O,,\n"
    desk.write("orders.csv", content)
    desk.sync(desk.orders())
    assert _versions(desk.sync(desk.orders(fields="channel: {constant: web}")), "channel") == [
        ("erp:1", 2, "web")
    ]
    (desk.directory / "orders.csv").rename(desk.directory / "moved.csv")
    path = desk.directory / "sources" / "erp.yaml"
    moved = desk.map(path.read_text().replace("orders.csv", "moved.csv"))
    assert desk.sync(moved) == []
