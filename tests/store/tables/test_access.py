"""Analysis for a viewer starts from the customers visible to that viewer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from troth.analysis.metrics import COLUMNS, METRICS, measure
from troth.core.access import deciding
from troth.core.access.roles import Right, Role
from troth.store.queries.viewing import NotAllowedError, Viewer
from troth.store.tables import DEFINITIONS, TablesMissingError, for_viewer, refresh
from troth.store.tables import access as tables_access
from troth.store.tables.access import VisibleCustomers
from troth.store.tables.parquet import write


def viewer(role: Role = Role.EXECUTIVE) -> Viewer:
    return Viewer(user_id=1, name="V", role=role)


@pytest.fixture
def directory(tmp_path):
    """Tables of two customers with one order each, and one of nobody's, without a database."""
    tmp_path = tmp_path / "somebody's tables"
    tmp_path.mkdir()
    for name, definition in DEFINITIONS.items():
        (tmp_path / name).mkdir()
        write(tmp_path / name / "none.parquet", definition.schema, ())
    at = datetime(2018, 3, 5, tzinfo=UTC)
    orders: list[dict[str, Any]] = [
        {"order_key": key, "customer": customer, "placed_at": at, "state": "open"}
        for key, customer in (("a", "cus_1"), ("b", "cus_2"), ("c", None))
    ]
    schema = DEFINITIONS["promises"].schema
    full = [dict.fromkeys(schema.names) | order for order in orders]
    write(
        tmp_path / "promises" / "2018-03.parquet",
        schema,
        [pa.Table.from_pylist(full, schema=schema)],
    )
    return tmp_path


def test_a_viewer_without_the_right_gets_no_table(directory, monkeypatch):
    monkeypatch.setitem(deciding._REACH, (Role.AGENT, Right.SEE_MEASURES), None)
    with pytest.raises(NotAllowedError, match="see_measures"):
        for_viewer(viewer(Role.AGENT), directory)


def test_everyone_who_may_see_measures_sees_all_customers(db, directory):
    promises = for_viewer(viewer(), directory)["promises"]
    assert promises.order_key.to_pyarrow().to_pylist() == ["a", "b", "c"]


def test_only_visible_customers_are_in_any_table(directory, monkeypatch):
    def show(**visible: frozenset[str]) -> None:
        found = VisibleCustomers(**visible)
        monkeypatch.setattr(tables_access, "visible_customers", lambda _: found)

    show(only=frozenset({"cus_2"}))
    tables = for_viewer(viewer(), directory)
    assert tables["promises"].order_key.to_pyarrow().to_pylist() == ["b"]
    assert all("customer" in table.columns for table in tables.values())

    show(but=frozenset({"cus_2"}))
    promises = for_viewer(viewer(), directory)["promises"]
    assert promises.order_key.to_pyarrow().to_pylist() == ["a", "c"]

    show(only=frozenset())
    assert for_viewer(viewer(), directory)["promises"].count().to_pyarrow().as_py() == 0


def test_a_folder_without_tables_says_what_to_do(tmp_path):
    with pytest.raises(TablesMissingError, match="troth run"):
        for_viewer(viewer(), tmp_path)


def test_the_tables_have_every_column_that_metrics_read():
    for name, columns in COLUMNS.items():
        assert columns.items() <= DEFINITIONS[name].columns.items()


def test_every_metric_can_be_measured_on_the_tables(books, tmp_path):
    at = datetime(2018, 3, 5, 12, tzinfo=UTC)
    books.promise("o", delivered_at=at, state="kept", tier="gold")
    books.case("c", resolved_at=at, is_open=False)
    books.clock("c", "resolution", working_elapsed_seconds=7_200)
    refresh(tmp_path)
    rows = measure(METRICS, for_viewer(viewer(), tmp_path), by=["month", "tier", "region"])
    assert {row.metric for row in rows} == set(METRICS)
    values = {row.metric: row.value for row in rows}
    assert values["promise_coverage"] == 100
    assert values["otif_promise"] == 100
    assert values["case_time_to_resolve"] == 2
