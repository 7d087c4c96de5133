"""Policies that could end, over HTTP: what is told of them, and to whom; what is drafted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone
from tests.api.company import Caller, caller
from tests.api.test_problems import problem

from troth.actions.people import system_user
from troth.core.access.roles import Role
from troth.core.policies.versions import PolicyVersion, from_document
from troth.store.facts.policies import row_of
from troth.store.models import Customer, Decision, PolicyChange
from troth.store.queries.viewing import as_the_program

FIRST = "first_response_minutes_1"
ADDRESS = "/policies/consolidate"


def publish(scope: str, minutes: int, number: int = 1) -> PolicyVersion:
    found = from_document({
        "kind": "service_level", "scope": scope, "number": number, "author": "troth",
        "effective_from": f"2020-0{number}-01T00:00:00Z",
        "published_at": f"2020-0{number}-01T00:00:00Z",
        "outputs": {FIRST: minutes}, "reason": "A test.",
    })  # fmt: skip
    with as_the_program():
        row_of(found, author=system_user()).save(force_insert=True)
    return found


@pytest.fixture
def own(company: list[str]) -> dict[str, PolicyVersion]:
    """The company's answer, one customer's that says the same, and one's that does not."""
    customers = sorted(Customer.objects.values_list("pk", flat=True))[:2]
    publish("company", 30)
    publish(f"customer:{customers[0]}", 45)
    return {
        "same": publish(f"customer:{customers[0]}", 30, 2),
        "other": publish(f"customer:{customers[1]}", 20),
    }


def found(somebody: Caller) -> dict[str, dict[str, Any]]:
    answer = somebody.get(ADDRESS)
    assert answer.status_code == 200, answer.content
    return {item["id"]: item for item in answer.json()["policies"]}


def used(version: PolicyVersion, kind: str = "prioritise") -> Decision:
    """A decision whose receipt says that an answer of a version held, and one lost."""
    receipt = json.dumps({"policies": {"used": [
        {"output": FIRST, "version": version.id},
        {"output": "x", "overrode": [f"customer {version.scope.key}: 20 ({version.id})"]},
    ]}}, separators=(",", ":"))  # fmt: skip
    with as_the_program():
        return Decision.objects.create(
            id=f"dec_{version.id}", kind=kind, subject="desk:T-1", region="eu",
            customer_id=version.scope.key, at=timezone.now(), input_digest="x", receipt=receipt,
        )  # fmt: skip


def test_each_policy_says_what_it_costs_when_it_was_used_and_what_would_change(
    own: dict[str, PolicyVersion],
) -> None:
    decision = used(own["other"])
    items = found(caller(Role.OPERATIONS_ENGINEER))
    same, other = items[own["same"].id], items[own["other"].id]
    assert (same["state"], same["verdict"]["is_proved"]) == ("may_end", True)
    assert same["cost"] == {"rules": 1, "changes": 2, "exceptions": 0, "product": 2}
    assert (same["use"]["used_at"], same["is_obeyed"]) == (None, True)
    assert (other["state"], other["verdict"]["witness"]["case"]) == ("decides", {})
    assert [other["verdict"]["witness"][name] for name in ("before", "after")] == [
        "20 min", "30 min",
    ]  # fmt: skip
    assert other["use"]["decision"] == decision.pk
    assert other["cost"] == {"rules": 1, "changes": 1, "exceptions": 1, "product": 2}


def test_what_changes_nothing_is_drafted_and_what_does_is_refused_with_the_case(
    own: dict[str, PolicyVersion],
) -> None:
    engineer = caller(Role.OPERATIONS_ENGINEER)
    answer = engineer.post(ADDRESS, json.dumps({"ids": [own["same"].id]}))
    assert answer.status_code == 200, answer.content
    drafted = answer.json()
    assert drafted["change"]["state"] == "checked"
    (policy,) = drafted["policies"]
    assert policy["replaces"] == own["same"].id
    assert [item["after"] for item in policy["differences"]] == [None]
    refused = problem(
        engineer.post(ADDRESS, json.dumps({"ids": [own["other"].id]})), 409, "not-now"
    )
    assert "20 min → 30 min" in refused["detail"]
    assert "troth policy show" in refused["detail"]
    assert PolicyChange.objects.count() == 1
    unknown = {"ids": ["pol_nowhere"]}
    assert problem(engineer.post(ADDRESS, json.dumps(unknown)), 422, "invalid")
    mixed = {"ids": ["tpl_1", own["same"].id]}
    assert (
        "by itself" in problem(engineer.post(ADDRESS, json.dumps(mixed)), 422, "invalid")["detail"]
    )


def test_nobody_learns_of_a_customer_whom_they_may_not_see(own: dict[str, PolicyVersion]) -> None:
    engineer = caller(Role.OPERATIONS_ENGINEER)
    hidden = own["other"]
    Customer.objects.filter(pk=hidden.scope.key).update(is_restricted=True)
    text = engineer.get(ADDRESS).content.decode()
    assert own["same"].id in text
    assert hidden.scope.key not in text
    assert hidden.id not in text
    assert problem(engineer.post(ADDRESS, json.dumps({"ids": [hidden.id]})), 422, "invalid")
