"""Does a wrong mapping say where it is wrong, and what was expected?"""

from __future__ import annotations

from typing import Any

import pytest

from troth.connectors.errors import MappingError

GOOD = """\
source: erp
system: erp
time_zone: Europe/Berlin
feeds:
  - name: orders
    record: order
    files: orders.csv
    key: id
    fields:
      customer: customer
      placed_at: placed
      status: {column: state, values: {X: cancelled}}
      total: {column: amount, currency: EUR}
    known_at: placed
"""

# (what stands there, what is put instead, line, column, part of the message)
FAULTS = [
    ("record: order", "recrd: order", 6, 5, "did you mean 'record'?"),
    ("record: order", "record: ordr", 6, 13, "did you mean 'order'?"),
    ("Europe/Berlin", "Europe/Berln", 3, 12, "did you mean 'Europe/Berlin'?"),
    ("placed_at: placed", "placd_at: placed", 11, 7, "did you mean 'placed_at'?"),
    ("customer: customer", "site: site", 10, 7, "order needs the field `customer`"),
    ("X: cancelled", "X: canceled", 12, 43, "did you mean 'cancelled'?"),
    ("currency: EUR", "currency: Euro", 13, 41, "three capital letters"),
    (", currency: EUR", "", 13, 14, "currency_column"),
    ("currency: EUR", "unit: piece", 13, 31, "`unit` belongs to quantity fields"),
    ("placed_at: placed", "placed_at: {column: placed, format: YYYY}", 11, 43, "no date format"),
    ("placed_at: placed", "placed_at: {format: '%Y'}", 11, 18, "either `column` or `constant`"),
    ("currency: EUR", "end_of_day: true", 13, 31, "`end_of_day` belongs to instant fields"),
    ("placed_at: placed", "placed_at: {column: placed, end_of_day: x}", 11, 47, "true or false"),
    (
        *("placed_at: placed", "placed_at: {constant: 2024-01-01T00:00:00Z, end_of_day: true}"),
        *(11, 51, "`end_of_day` belongs to a `column`"),
    ),
    ("key: id", "mode: total", 8, 11, "full, delta"),
    ("known_at: placed", "history: true", 5, 5, "needs `known_at`"),
    ("known_at: placed", "ignore: customer", 14, 13, "`ignore` names what the mapping uses"),
    ("source: erp", "source: crm", 1, 9, "they must agree"),
    ("{X: cancelled}", "{X: cancelled", 13, 7, "not YAML"),
    ("key: id", "key: id\n    key: other", 9, 5, "'key' twice"),
]


@pytest.mark.parametrize(("good", "bad", "line", "column", "part"), FAULTS)
def test_a_fault_is_told_with_its_line_its_column_and_what_was_expected(
    desk: Any, good: str, bad: str, line: int, column: int, part: str
) -> None:
    assert good in GOOD
    with pytest.raises(MappingError) as caught:
        desk.map(GOOD.replace(good, bad, 1))
    found = [(fault.line, fault.column) for fault in caught.value.faults if part in fault.message]
    assert found == [(line, column)], str(caught.value)
    assert caught.value.faults[0].file == "sources/erp.yaml"


def test_the_mapping_without_a_fault_is_accepted(desk: Any) -> None:
    (feed,) = desk.map(GOOD).feeds()
    assert (feed.name, feed.record, feed.mode) == ("orders", "order", "full")


def test_all_faults_are_told_at_once_in_order_of_their_lines(desk: Any) -> None:
    bad = GOOD.replace("Europe/Berlin", "Nowhere").replace("EUR", "€").replace("placed_at", "at")
    with pytest.raises(MappingError) as caught:
        desk.map(bad)
    assert [fault.line for fault in caught.value.faults] == [3, 10, 11, 13]


def test_a_field_known_later_needs_to_be_told_when_the_row_is_known(desk: Any) -> None:
    bad = GOOD.replace("    known_at: placed\n", "").replace(
        "{column: state,", "{column: state, known_at: shipped,"
    )
    with pytest.raises(MappingError, match="needs the row's own `known_at`"):
        desk.map(bad)


def test_a_mapping_that_is_not_there_is_a_mapping_error(desk: Any) -> None:
    from troth.connectors.files import load

    with pytest.raises(MappingError, match="cannot be read"):
        load(desk.directory / "sources" / "none.yaml", workspace=desk.directory)
