"""Every error is a problem document that says what to do."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from pytest import CaptureFixture, LogCaptureFixture, MonkeyPatch
from tests.api.company import Caller, caller

from troth.actions.people import add_user, revoke_token, system_user
from troth.api import problems
from troth.api.routes import customers, landings
from troth.core.access.roles import RIGHTS, Right, Role
from troth.store.models import ApiToken

BARE = Client(raise_request_exception=False)


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem, checked for what all have in common."""
    found: dict[str, Any] = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.status_code == found["status"] == status
    assert found["type"] == f"/problems/{code}"
    assert {"title", "detail", "instance"} <= found.keys()
    return found


def test_nobody_is_let_in_without_a_token(db: None) -> None:
    answer = BARE.get("/api/v1/customers")
    problem(answer, 401, "unauthorized")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer wrong", "Basic eDp5", "Bearer \u00fc\u00fc", "troth_x"]
)
def test_a_wrong_token_lets_nobody_in(db: None, header: str) -> None:
    problem(BARE.get("/api/v1/runs", headers={"Authorization": header}), 401, "unauthorized")


def test_a_revoked_token_lets_nobody_in(program: Caller) -> None:
    token = ApiToken.objects.get(user=program.user)
    revoke_token(token_id=token.pk, reason="leaked", acting_user=system_user())
    problem(program.get("/runs"), 401, "unauthorized")


def test_a_wrong_token_is_not_saved_by_a_session(program: Caller) -> None:
    program.client.force_login(program.user)
    answer = program.client.get("/api/v1/runs", headers={"Authorization": "Bearer wrong"})
    problem(answer, 401, "unauthorized")


def test_a_session_may_read_and_writes_only_with_its_csrf_token(db: None) -> None:
    user = add_user(
        username="manager", name="M", role=Role.OPERATIONS_MANAGER, acting_user=system_user()
    )
    page = Client(enforce_csrf_checks=True, raise_request_exception=False)
    page.force_login(user)
    assert page.get("/api/v1/runs").status_code == 200
    body = json.dumps(
        {"facts": {"case": "desk:1", "opened_at": "2026-01-01T00:00Z", "severity": 1}}
    )
    address = "/api/v1/decisions/prioritise"
    problem(page.post(address, body, content_type="application/json"), 403, "csrf")
    secret = "a" * 32
    page.cookies["csrftoken"] = secret
    allowed = page.post(
        address, body, content_type="application/json", headers={"X-CSRFToken": secret}
    )
    assert allowed.status_code == 200


READS = {
    "/customers": Right.SEE_CUSTOMERS,
    "/questions": Right.SEE_CUSTOMERS,
    "/orders": Right.SEE_ORDERS,
    "/differences": Right.SEE_ORDERS,
    "/cases": Right.SEE_CASES,
    "/decisions": Right.SEE_DECISIONS,
    "/policies": Right.SEE_POLICIES,
    "/metrics": Right.SEE_MEASURES,
    "/quarantine": Right.SEE_QUARANTINE,
    "/sources": Right.SEE_QUARANTINE,
    "/runs": Right.SEE_ORDERS,
    "/assessments": Right.SEE_CUSTOMERS,
}
WRITES = {
    "/events": Right.LAND,
    "/quarantine/replay": Right.LAND,
    "/questions/x/keep-apart": Right.SETTLE_IDENTITY,
    "/differences/x/accept": Right.SETTLE_DIFFERENCES,
    "/assessments": Right.LAND,
    "/assessments/x/sign": Right.SIGN_ASSESSMENTS,
    "/decisions/promise": Right.DECIDE,
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_what_the_table_of_rights_gives_it(db: None, role: Role) -> None:
    somebody = caller(role)
    for address, right in READS.items():
        answer = somebody.get(address)
        if right in RIGHTS[role]:
            assert answer.status_code == 200, address
        else:
            assert right.value in problem(answer, 403, "forbidden")["detail"]
    for address, right in WRITES.items():
        answer = somebody.post(address, "{}")
        if right in RIGHTS[role]:
            assert answer.status_code in (415, 422), address
        else:
            problem(answer, 403, "forbidden")


def test_names_are_for_those_who_may_see_them(company: list[str]) -> None:
    executive = caller(Role.EXECUTIVE)
    found = executive.get(f"/customers/{company[0]}").json()
    assert (found["personal"], found["is_personal_hidden"]) == (None, True)
    assert "Acme" not in json.dumps(executive.get(f"/customers/{company[0]}/context").json())
    assert executive.get("/customers?q=Acme").json()["data"] == []
    assert len(caller(Role.AGENT).get("/customers?q=Acme").json()["data"]) == 5


@pytest.mark.parametrize(
    "address",
    ["/customers/x", "/customers/x/context", "/orders/x", "/cases/x/y", "/decisions/x",
     "/decisions/x/receipt", "/policies/x", "/metrics/x", "/nothing", "/"],
)  # fmt: skip
def test_what_is_not_there_is_a_problem(program: Caller, address: str) -> None:
    problem(program.get(address), 404, "not-found")
    problem(program.client.get(f"/api/v9{address}"), 404, "not-found")
    problem(program.get(f"{address}%0A"), 404, "not-found")


def test_an_unknown_decision_kind_names_those_there_are(program: Caller) -> None:
    found = problem(program.post("/decisions/guess", "{}"), 404, "not-found")
    assert "promise" in found["detail"]
    problem(program.post("/decisions/guess/batch", "{}"), 404, "not-found")
    problem(program.get("/decisions/guess/batch"), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [("delete", "/customers", "GET"), ("get", "/events", "POST"), ("put", "/orders/x", "GET"),
     ("options", "/decisions/x", "GET"), ("put", "/runs", "GET, POST")],
)  # fmt: skip
def test_a_wrong_method_names_the_right_one(
    program: Caller, method: str, address: str, allowed: str
) -> None:
    answer = getattr(program.client, method)(f"/api/v1{address}")
    assert allowed in problem(answer, 405, "method-not-allowed")["detail"]
    assert answer["Allow"] == allowed


def test_bad_input_names_path_found_expected_and_remedy(program: Caller) -> None:
    body = json.dumps({"facts": {"order": "erp:1", "placed_at": "yesterday"}})
    found = problem(program.post("/decisions/promise", body), 422, "invalid")
    assert found["errors"] == [
        {
            "path": "facts.placed_at",
            "found": "'yesterday'",
            "expected": "an instant with its zone",
            "remedy": "Write it as 2026-01-31T09:00:00Z.",
        }
    ]


@pytest.mark.parametrize("body", ["", "{", "[" * 100_000, b"\xff\xfe", "NaN", "9" * 5000])
def test_a_body_that_is_no_json_is_malformed(program: Caller, body: Any) -> None:
    problem(program.post("/decisions/promise", body), 400, "malformed")


def test_a_body_of_another_type_is_told_what_is_taken(program: Caller) -> None:
    answer = program.post("/decisions/promise", "a=1", content_type="text/plain")
    assert "application/json" in problem(answer, 415, "unsupported-media-type")["detail"]


def test_a_body_that_is_too_large_is_refused(program: Caller, settings_small: None) -> None:
    problem(program.post("/decisions/promise", '{"x": "' + "y" * 2000 + '"}'), 413, "too-large")


@pytest.mark.parametrize("limit", ["0", "201", "x", "-1", "1e9"])
def test_a_limit_out_of_bounds_is_refused(program: Caller, limit: str) -> None:
    found = problem(program.get(f"/customers?limit={limit}"), 422, "invalid")
    assert found["errors"][0]["path"] == "query.limit"


def test_a_nul_in_an_address_is_refused(program: Caller) -> None:
    problem(program.get("/customers?q=%00"), 422, "invalid")
    problem(program.get("/orders/a%00b"), 422, "invalid")


def test_measures_before_the_first_run_say_so(program: Caller, empty_workspace: None) -> None:
    problem(program.get("/metrics/sla_resolution_met"), 409, "not-ready")


def test_the_unexpected_tells_no_internals_and_logs_no_values(
    program: Caller, monkeypatch: MonkeyPatch, caplog: LogCaptureFixture
) -> None:
    personal = "jane@example.org"

    def broken(**_: Any) -> None:
        raise KeyError(personal)

    monkeypatch.setattr(customers, "customer", broken)
    with caplog.at_level(logging.DEBUG):
        answer = program.get("/customers/x")
    found = problem(answer, 500, "unexpected")
    assert "jane" not in answer.content.decode() + caplog.text
    assert found["instance"].startswith("urn:uuid:")
    assert found["instance"] in caplog.text  # so that an operator finds where it broke
    assert "KeyError" in caplog.text


def test_a_database_that_is_gone_is_a_problem_to_try_again(
    program: Caller, monkeypatch: MonkeyPatch
) -> None:
    def gone(**_: Any) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(landings, "next_runs", gone)
    answer = program.get("/runs")
    problem(answer, 503, "unavailable")
    assert answer["Retry-After"] == "2"


def test_a_secret_is_never_logged(
    program: Caller, caplog: LogCaptureFixture, capfd: CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        program.get("/runs")
        program.get("/nothing")
        program.post("/decisions/promise", "{", Idempotency_Key="key-1")
        BARE.get("/api/v1/runs", headers={"Authorization": f"Basic {program.token}"})
        BARE.get("/api/v1/runs", headers={"Authorization": f"Bearer {program.token}x"})
    printed = "".join(capfd.readouterr()) + caplog.text
    assert "api/v1/runs" in printed  # it does log
    assert program.token not in printed


@pytest.mark.parametrize("code", problems.PROBLEMS)
def test_each_problem_has_a_page_that_its_type_leads_to(code: str) -> None:
    answer = BARE.get(f"/problems/{code}")
    assert problems.PROBLEMS[code].remedy in answer.content.decode()
    assert BARE.get("/problems/none").status_code == 404
