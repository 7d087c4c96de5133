"""Access over HTTP: the same nouns and verbs, and nothing told to whom it is not for."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from tests.api.company import Caller, add_customer, caller
from tests.api.test_problems import problem

from troth.core.access.roles import Role
from troth.store.models import BreakGlass, Customer
from troth.store.queries.viewing import as_the_program

WHY = "The customer is on the telephone."


@pytest.fixture
def vip(db: None) -> str:
    with as_the_program():
        customer = add_customer(1)
        Customer.objects.filter(pk=customer).update(is_restricted=True)
    return customer


@pytest.fixture
def officer(vip: str) -> Caller:
    return caller(Role.PRIVACY_OFFICER)


def body(**fields: object) -> str:
    return json.dumps({"reason": WHY, **fields})


def test_naming_somebody_answers_what_they_may_see_now(vip: str, officer: Caller) -> None:
    anna = caller(Role.AGENT, "anna")
    asked = f"/access/can?user=anna&right=see_customers&thing={vip}"
    assert officer.get(asked).json()["because"] == ["forbid:restricted"]
    named = officer.post("/access/name", body(customer="erp:C-1", user="anna"))
    assert (named.status_code, named.json()["is_allowed"]) == (200, True)
    assert anna.get(f"/customers/{vip}").status_code == 200
    (row,) = officer.get("/access/restricted").json()["data"]
    assert [item["username"] for item in row["named"]] == ["anna"]
    assert officer.get("/access/restricted?user=nobody").json()["data"] == []
    unnamed = officer.post("/access/unname", body(customer=vip, user="anna"))
    assert unnamed.json()["is_allowed"] is False


def test_nobody_names_themselves(vip: str, officer: Caller) -> None:
    refused = officer.post("/access/name", body(customer=vip, user="a-privacy_officer"))
    assert "Nobody names themselves" in problem(refused, 403, "forbidden")["detail"]


def test_a_glass_is_broken_listed_and_reviewed_by_somebody_else(vip: str, officer: Caller) -> None:
    anna = caller(Role.AGENT, "anna")
    glass = anna.post("/access/break", body(customer=vip, hours=2)).json()
    assert (glass["customer_id"], glass["is_running"], glass["verdict"]) == (vip, True, None)
    problem(anna.get("/access/glasses"), 403, "forbidden")
    assert [row["id"] for row in officer.get("/access/glasses").json()["data"]] == [glass["id"]]
    review = f"/access/glasses/{glass['id']}/review"
    early = officer.post(review, json.dumps({"verdict": "justified"}))
    assert "time is over" in problem(early, 403, "forbidden")["detail"]
    with as_the_program():
        BreakGlass.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    done = officer.post(review, json.dumps({"verdict": "justified", "comment": "Seen."}))
    assert (done.status_code, done.json()["verdict"]) == (200, "justified")
    problem(officer.post(review, json.dumps({"verdict": "justified"})), 422, "invalid")
    assert officer.get("/access/glasses").json()["data"] == []
    assert len(officer.get("/access/glasses?state=reviewed").json()["data"]) == 1


def test_what_cannot_be_asked_is_a_problem_that_says_so(vip: str, officer: Caller) -> None:
    problem(officer.post("/access/restrict", body(customer="none")), 404, "not-found")
    problem(officer.post("/access/restrict", body(customer=vip, reason="no")), 422, "invalid")
    problem(officer.get(f"/access/who?right=fly&thing={vip}"), 422, "invalid")
    problem(officer.get("/access/who?right=decide&thing=none"), 404, "not-found")
    problem(officer.get("/access?user=nobody"), 404, "not-found")
    problem(
        caller(Role.AGENT, "anna").post("/access/break", body(customer=vip, hours=25)),
        422,
        "invalid",
    )


def test_rights_are_listed_by_person(officer: Caller) -> None:
    caller(Role.AGENT, "anna")
    rows = officer.get("/access?user=anna&limit=200").json()["data"]
    assert {row["username"] for row in rows} == {"anna"}
    assert {row["reach"] for row in rows} == {"region"}
    assert "see_customers" in {row["right"] for row in rows}


def test_restricting_says_what_is_so_now(vip: str, officer: Caller) -> None:
    for verb, is_restricted in (("unrestrict", False), ("restrict", True), ("restrict", True)):
        answer = officer.post(f"/access/{verb}", body(customer=vip))
        assert answer.json() == {"customer": vip, "is_restricted": is_restricted}
