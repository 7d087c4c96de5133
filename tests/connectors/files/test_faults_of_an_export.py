"""Is a whole export that cannot be used refused, by a stable code, with its place and a remedy?"""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from troth.connectors.errors import SourceError

GOOD = "id,customer,placed\n1,c1,2024-01-05\n2,c2,2024-01-06\n"


def _refused(desk: Any, connector: Any) -> SourceError:
    with pytest.raises(SourceError) as caught, connector.read("orders"):
        pass
    return caught.value


def test_a_missing_file_names_the_place_in_the_mapping_that_asks_for_it(desk: Any) -> None:
    error = _refused(desk, desk.orders())
    assert error.code == "source:file:missing"
    assert error.file.endswith("orders.csv")
    assert "sources/erp.yaml:7" in str(error)


def test_an_unset_variable_is_named(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TROTH_TEST_EXPORTS", raising=False)
    connector = desk.map(
        "source: erp\nsystem: erp\nfeeds:\n  - name: orders\n    record: order\n"
        "    files: ${TROTH_TEST_EXPORTS}/orders.csv\n    key: id\n"
        "    fields: {customer: customer, placed_at: placed}\n"
    )
    error = _refused(desk, connector)
    assert (error.code, error.found["variable"]) == (
        "source:variable:missing",
        "TROTH_TEST_EXPORTS",
    )


@pytest.mark.parametrize("content", ["", "\n", "id,customer,placed\n"])
def test_an_empty_full_export_is_refused_because_it_would_withdraw_everything(
    desk: Any, content: str
) -> None:
    desk.write("orders.csv", content)
    assert _refused(desk, desk.orders()).code == "source:file:empty"


def test_an_export_that_may_be_empty_and_an_empty_delta_are_fine(desk: Any) -> None:
    desk.write("orders.csv", "id,customer,placed\n")
    assert desk.sync(desk.orders(feed="may_be_empty: true")) == []
    assert desk.sync(desk.orders(feed="mode: delta")) == []


def test_a_missing_column_lists_what_is_there_and_guesses_what_was_meant(desk: Any) -> None:
    desk.write("orders.csv", GOOD.replace("placed", "placed_on"))
    error = _refused(desk, desk.orders())
    assert (error.code, error.column, error.line) == ("source:column:missing", "placed", 1)
    assert "did you mean 'placed_on'?" in str(error)
    assert "id, customer, placed_on" in str(error)
    assert "sources/erp.yaml:11" in str(error)


def test_a_wrong_delimiter_is_suspected_where_all_columns_are_one(desk: Any) -> None:
    desk.write("orders.csv", GOOD.replace(",", ";"))
    error = _refused(desk, desk.orders(feed='format: {delimiter: ","}'))
    assert error.code == "source:column:missing"
    assert "`delimiter`" in str(error)


def test_a_column_that_stands_twice_is_refused(desk: Any) -> None:
    desk.write("orders.csv", "id,customer,placed,customer\n1,c1,2024-01-05,c2\n")
    error = _refused(desk, desk.orders())
    assert (error.code, error.column) == ("source:column:twice", "customer")


def test_a_wrong_encoding_names_byte_line_and_the_likely_encoding(desk: Any) -> None:
    text = GOOD + "3,Müller,2024-01-07\n"
    desk.write("orders.csv", text.encode("cp1252"))
    error = _refused(desk, desk.orders())
    offset = text.index("ü")
    assert (error.code, error.line) == ("source:encoding:wrong", 4)
    assert (error.found["offset"], error.found["byte"]) == (offset, "0xfc")
    assert "Müller" in str(error)
    assert "windows-1252" in str(error)


def test_a_zero_byte_suggests_utf_16(desk: Any) -> None:
    desk.write("orders.csv", GOOD.encode("utf-16-le"))
    error = _refused(desk, desk.orders())
    assert error.code == "source:encoding:wrong"
    assert "utf-16-le" in str(error)


def test_a_truncated_gzip_lands_nothing_and_says_so(desk: Any) -> None:
    whole = gzip.compress((GOOD + "".join(f"{n},c,2024-01-05\n" for n in range(9999))).encode())
    desk.write("orders.csv.gz", whole[: len(whole) // 2])
    connector = desk.map(
        "source: erp\nsystem: erp\nfeeds:\n  - name: orders\n    record: order\n"
        "    files: orders.csv*\n    key: id\n"
        "    fields: {customer: customer, placed_at: placed}\n"
    )
    error = _refused(desk, connector)
    assert (error.code, error.file) == ("source:gzip:truncated", "orders.csv.gz")


def test_a_file_that_is_no_gzip_is_told_apart_from_a_truncated_one(desk: Any) -> None:
    desk.write("orders.csv.gz", GOOD)
    connector = desk.orders()
    path = desk.directory / "sources" / "erp.yaml"
    path.write_text(path.read_text().replace("orders.csv", "orders.csv.gz"))
    from troth.connectors.files import load

    connector = load(path, workspace=desk.directory)
    assert _refused(desk, connector).code == "source:gzip:broken"


def test_a_broken_parquet_file_is_refused(desk: Any) -> None:
    desk.write("orders.csv", b"PAR1 but no more")
    error = _refused(desk, desk.orders(feed="format: {type: parquet}"))
    assert error.code == "source:file:unreadable"


def test_a_quotation_mark_that_is_never_closed_is_named_with_its_line(desk: Any) -> None:
    desk.write("orders.csv", GOOD + '3,"c3,2024-01-07\n' + "4,c4,2024-01-08\n" * 3)
    error = _refused(desk, desk.orders())
    assert (error.code, error.line) == ("source:quote:open", 4)
