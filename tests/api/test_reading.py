"""Lists and single things over HTTP."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from tests.api.company import NOON, Caller, add_company, add_customer, caller

from troth.core.access.roles import Role
from troth.store.models import Landing, Promise, QuarantinedRow, Run
from troth.store.server import Server
from troth.store.tables import refresh


def everything(program: Caller, address: str) -> list[dict[str, Any]]:
    """All rows of a list, slice by slice."""
    rows: list[dict[str, Any]] = []
    while address:
        answer = program.get(address)
        assert answer.status_code == 200, answer.content
        found = answer.json()
        rows += found["data"]
        assert found["has_more"] is (found["next"] is not None)
        address = (found["next"] or "").removeprefix("/api/v1")
    return rows


LISTS = {
    "/customers": "id",
    "/orders": "key",
    "/cases": "key",
    "/decisions": "id",
}


@pytest.mark.parametrize("address", LISTS)
def test_a_list_is_read_slice_by_slice_without_repeats(
    program: Caller, company: list[str], address: str
) -> None:
    rows = everything(program, f"{address}?limit=2")
    keys = [row[LISTS[address]] for row in rows]
    assert len(keys) == len(set(keys)) == (10 if address == "/decisions" else 5)
    assert rows == everything(program, address)


@pytest.mark.parametrize("address", ["/customers", "/orders", "/cases"])
def test_rows_added_while_reading_neither_repeat_nor_hide_another(
    program: Caller, company: list[str], address: str
) -> None:
    before = [row[LISTS[address]] for row in everything(program, address)]
    first = program.get(f"{address}?limit=2").json()
    add_customer(0)  # before the place in a list by id, behind it in one by time
    add_customer(9)  # and the other way round
    rest = everything(program, first["next"].removeprefix("/api/v1"))
    seen = [row[LISTS[address]] for row in [*first["data"], *rest]]
    assert [key for key in seen if key in before] == before
    assert len(seen) == len(set(seen)) == 6


def test_filters_hold_on_every_slice(program: Caller, company: list[str]) -> None:
    rows = everything(program, "/customers?tier=Gold&limit=1")
    assert [row["tier"] for row in rows] == ["Gold"] * 3


def test_a_cursor_of_other_filters_is_refused(program: Caller, company: list[str]) -> None:
    following = program.get("/customers?tier=Gold&limit=1").json()["next"]
    other = following.removeprefix("/api/v1").replace("tier=Gold", "tier=Silver")
    answer = program.get(other)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "query.cursor"


@pytest.mark.parametrize("cursor", ["x", "%FF", "bnVsbA==", "WyJhIl0=", "W10=", "WzFd"])
def test_a_cursor_that_was_made_up_is_refused(program: Caller, cursor: str) -> None:
    assert program.get(f"/orders?cursor={cursor}").status_code == 422


def test_a_filter_that_nobody_knows_is_refused_with_the_nearest(program: Caller) -> None:
    problem = program.get("/customers?teir=Gold").json()
    assert problem["errors"][0]["remedy"] == "Did you mean 'tier'?"


def test_a_customer_is_found_by_a_source_key_too(program: Caller, company: list[str]) -> None:
    by_id = program.get(f"/customers/{company[0]}").json()
    assert by_id["customer"]["name"] == "Acme 1"
    assert program.get("/customers/erp:C-1").json() == by_id


def test_the_context_answers_four_questions_in_one_call(
    program: Caller, company: list[str]
) -> None:
    found = program.get(f"/customers/{company[0]}/context").json()
    assert found["customer"]["customer"]["id"] == company[0]
    assert [row["key"] for row in found["open_promises"]] == ["erp:SO-1"]
    assert [row["key"] for row in found["open_cases"]] == ["desk:C-1"]
    assert {row["kind"] for row in found["policies"]} >= {"lead_time", "service_level"}
    assert "decide:promise" in found["may"]


def test_an_order_and_a_case_show_their_decisions(program: Caller, company: list[str]) -> None:
    order = program.get("/orders/erp:SO-1").json()
    assert order["decisions"][0]["id"] == order["order"]["latest_decision"]
    case = program.get("/cases/desk:C-1").json()
    assert case["decisions"][0]["kind"] == "prioritise"


def test_a_receipt_is_the_bytes_that_its_id_is_made_of(program: Caller, company: list[str]) -> None:
    found = program.get("/decisions?kind=promise&subject=erp:SO-1").json()["data"][0]
    answer = program.get(f"/decisions/{found['id']}/receipt")
    assert "dec_" + hashlib.sha256(answer.content).hexdigest()[:40] == found["id"]
    assert answer["ETag"] == f'"{found["id"]}"'
    again = program.get(f"/decisions/{found['id']}/receipt", If_None_Match=answer["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_a_decision_is_told_with_every_reason(program: Caller, company: list[str]) -> None:
    found = program.get("/decisions?kind=promise&subject=erp:SO-1").json()["data"][0]
    told = program.get(f"/decisions/{found['id']}").json()["decision"]
    assert told["outcome"] == found["outcome"]
    assert told["reasons"][0]["sentence"] == found["first_reason"]
    assert {policy["layer"] for policy in told["policies"]} == {"default"}
    assert "if" in told["would_change"][0]


def test_sources_quarantine_and_runs_are_listed(program: Caller) -> None:
    Landing.objects.create(source="erp", feed="orders", kind="order", landed_at=NOON, fact_count=3)
    Run.objects.create(as_of=NOON, started_at=NOON, finished_at=NOON, stage="done")
    QuarantinedRow.objects.create(
        source="erp",
        feed="orders",
        fingerprint="f",
        file="orders.csv",
        code="row:date:unreadable",
        message="no date",
        raw='{"placed": "x"}',
        seen_at=NOON,
    )
    engineer = caller(Role.OPERATIONS_ENGINEER)
    [source] = engineer.get("/sources").json()["data"]
    assert (source["fact_count"], source["quarantined"]) == (3, 1)
    assert engineer.get("/quarantine").json()["data"][0]["values"] is None
    assert caller(Role.STEWARD).get("/quarantine").json()["data"][0]["values"] == {"placed": "x"}
    assert engineer.get("/quarantine?state=resolved").json()["data"] == []
    assert program.get("/runs").json()["data"][0]["stage"] == "done"


def test_measures_are_listed_with_their_definition(program: Caller) -> None:
    rows = everything(program, "/metrics?limit=3")
    names = [row["name"] for row in rows]
    assert names == sorted(names)
    assert "sla_resolution_met" in names
    assert all(row["definition"] for row in rows)


def test_a_list_costs_the_same_queries_for_one_row_and_for_many(
    program: Caller, company: list[str]
) -> None:
    for address in ("/customers", "/orders", "/cases", "/decisions"):
        program.get(address)
        with CaptureQueriesContext(connection) as one:
            program.get(f"{address}?limit=1")
        with CaptureQueriesContext(connection) as many:
            program.get(f"{address}?limit=5")
        assert len(one) == len(many), address


def test_a_measure_is_split_by_what_its_entry_names(own_database: Server, tmp_path: Path) -> None:
    program = caller(Role.INTEGRATION)
    add_company(3)
    Promise.objects.update(delivered_at=F("placed_at") + timedelta(days=2), state="kept")
    Promise.objects.filter(order_key="erp:SO-3").update(
        delivered_at=F("placed_at") + timedelta(days=9), state="broken"
    )
    Run.objects.create(
        as_of=NOON + timedelta(days=30), started_at=NOON, finished_at=NOON, stage="done"
    )
    refresh(tmp_path / ".troth" / "tables")
    with override_settings(WORKSPACE=tmp_path):
        found = program.get("/metrics/promise_coverage?by=tier").json()
        whole = program.get("/metrics/promise_coverage").json()
        wrong = program.get("/metrics/promise_coverage?by=moon")
    assert {row["dimensions"]["tier"]: row["value"] for row in found["rows"]} == {
        "Gold": 50.0,  # 1 and 3 are Gold, 3 came a day too late
        "Silver": 100.0,
    }
    assert [row["denominator"] for row in whole["rows"]] == [3]
    assert wrong.status_code == 422
    assert "tier" in wrong.json()["detail"]
