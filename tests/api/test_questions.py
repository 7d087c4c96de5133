"""Questions of identity over HTTP: who reads them, who settles them, and what is kept of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.api.company import NOON, Caller, caller
from tests.api.test_problems import problem

from troth.core.access.roles import Right, Role, may
from troth.store.models import AuditEntry, ResolutionQuestion

FIRST, SECOND = "brg_0000000000000001", "brg_0000000000000002"
BODY = json.dumps({"reason": "Their tax ids differ."})


@pytest.fixture
def steward(company: list[str]) -> Caller:
    """A steward; two questions wait, one touching the first two customers."""
    for number, (key, pair) in enumerate(((FIRST, company[:2]), (SECOND, company[2:4]))):
        ResolutionQuestion.objects.create(
            id=key,
            source_key=f"crm:A-{number}",
            customers=pair,
            because="an e-mail address and a tax id",
            asked_at=NOON + timedelta(hours=number),
        )
    return caller(Role.STEWARD)


def keep_apart(somebody: Caller, question: str, body: Any = BODY, **headers: str) -> Any:
    return somebody.post(f"/questions/{question}/keep-apart", body, **headers)


def ids(somebody: Caller, query: str = "") -> list[str]:
    return [row["id"] for row in somebody.get(f"/questions{query}").json()["data"]]


def test_questions_are_listed_oldest_first_and_by_customer(
    steward: Caller, company: list[str]
) -> None:
    assert ids(steward) == [FIRST, SECOND]
    assert ids(steward, f"?customer={company[3]}") == [SECOND]
    first = steward.get("/questions?limit=1").json()
    assert [row["id"] for row in first["data"]] == [FIRST]
    following = steward.get(first["next"].removeprefix("/api/v1")).json()
    assert ([row["id"] for row in following["data"]], following["has_more"]) == ([SECOND], False)


def test_names_in_a_question_are_for_those_who_may_see_them(
    steward: Caller, company: list[str]
) -> None:
    named = steward.get("/questions").json()["data"][0]["customers"]
    assert named[0] == {"id": company[0], "name": "Acme 1"}
    unnamed = caller(Role.EXECUTIVE).get("/questions").json()["data"][0]["customers"]
    assert unnamed[0] == {"id": company[0], "name": company[0]}


def test_a_verdict_settles_the_question_and_keeps_its_reason(steward: Caller) -> None:
    answer = keep_apart(steward, FIRST)
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["verdict"]) == (FIRST, "apart")
    assert answer.json()["settled_at"]
    entry = AuditEntry.objects.get(action="customer:identity:kept_apart")
    assert (entry.actor, entry.subject) == (steward.user, FIRST)
    assert entry.reason == "Their tax ids differ."
    assert (ids(steward), ids(steward, "?state=settled")) == ([SECOND], [FIRST])
    assert ids(steward, "?state=all") == [FIRST, SECOND]


def test_the_same_request_settles_once(steward: Caller) -> None:
    first = keep_apart(steward, FIRST, Idempotency_Key="k")
    again = keep_apart(steward, FIRST, Idempotency_Key="k")
    assert (again.status_code, again.content) == (200, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert AuditEntry.objects.filter(action="customer:identity:kept_apart").count() == 1


@pytest.mark.parametrize("question", [FIRST, "brg_none"])
def test_what_is_no_open_question_is_not_there(steward: Caller, question: str) -> None:
    keep_apart(steward, FIRST)
    problem(keep_apart(steward, question), 404, "not-found")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": " \n"}, "reason"),
        ({"reason": 1}, "reason"),
        ({"reason": "Known.", "verdict": "joined"}, "verdict"),
        ({"reason": "a\x00b"}, ""),
        ([], ""),
    ],
)
def test_a_verdict_without_a_proper_reason_names_the_fault(
    steward: Caller, body: Any, path: str
) -> None:
    found = problem(keep_apart(steward, FIRST, json.dumps(body)), 422, "invalid")
    assert [fault["path"] for fault in found["errors"]] == [path]
    assert ids(steward) == [FIRST, SECOND]


@pytest.mark.parametrize("role", list(Role))
def test_only_who_may_settle_identity_settles(steward: Caller, role: Role) -> None:
    answer = keep_apart(caller(role, "somebody"), FIRST)
    if may(role, Right.SETTLE_IDENTITY):
        assert answer.status_code == 200
    else:
        problem(answer, 403, "forbidden")
        assert ids(steward) == [FIRST, SECOND]
