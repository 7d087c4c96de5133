"""Changes of policies over HTTP: written, signed and published by the right programs and people."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.api.company import Caller, caller
from tests.api.test_problems import problem

from troth.core.access.roles import Role
from troth.store.models import PolicyChange, PolicyVersion

POLICY: dict[str, Any] = {
    "kind": "lead_time",
    "scope": "company",
    "effective_from": "2030-01-01T00:00:00Z",
    "outputs": {"service_quantile": 0.97},
    "reason": "It is kept.",
}
DRAFT = {"title": "Sooner", "reason": "They asked.", "policies": [POLICY]}


@pytest.fixture
def engineer(company: list[str]) -> Caller:
    return caller(Role.OPERATIONS_ENGINEER)


def sent(somebody: Caller, address: str, body: Any = None) -> Any:
    return somebody.post(address, json.dumps({} if body is None else body))


def made(somebody: Caller, body: Any = None) -> dict[str, Any]:
    answer = sent(somebody, "/changes", body or DRAFT)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_a_change_goes_its_way_over_http(engineer: Caller) -> None:
    key = made(engineer)["change"]["id"]
    proposed = sent(engineer, f"/changes/{key}/propose").json()
    assert (proposed["change"]["state"], proposed["change"]["missing"]) == (
        "proposed", ["operations"],
    )  # fmt: skip
    assert proposed["policies"][0]["differences"][0]["sentence"].endswith("0.97")
    manager = caller(Role.OPERATIONS_MANAGER)
    verdict = {
        "function": "operations",
        "verdict": "approved",
        "reason": "We can.",
        "digest": proposed["digest"],
    }
    assert problem(sent(engineer, f"/changes/{key}/publish"), 409, "not-now")
    signed = sent(manager, f"/changes/{key}/sign", verdict).json()
    assert signed["needed"][0]["given"]["verdict"] == "approved"
    published = sent(engineer, f"/changes/{key}/publish").json()
    assert published["change"]["state"] == "scheduled"
    version = published["policies"][0]["version"]
    assert engineer.get(f"/policies/{version}").json()["policy"]["outputs"] == {
        "service_quantile": "0.97"
    }
    listed = manager.get("/changes?state=scheduled").json()["data"]
    assert [row["id"] for row in listed] == [key]
    assert manager.get("/changes").json()["data"] == []


def test_what_is_wrong_with_a_policy_is_told_and_nothing_is_kept(engineer: Caller) -> None:
    wrong = DRAFT | {"policies": [POLICY | {"outputs": {"service_quantil": 1}}]}
    told = problem(sent(engineer, "/changes", wrong), 422, "invalid")
    assert "service_quantil" in told["detail"]
    assert problem(sent(engineer, "/changes", DRAFT | {"policies": []}), 422, "invalid")
    assert problem(sent(engineer, "/changes", DRAFT | {"title": 7}), 422, "invalid")
    assert not PolicyChange.objects.exists()


def test_a_stale_digest_is_refused_and_an_edit_says_that_sign_offs_are_void(
    engineer: Caller,
) -> None:
    key = made(engineer)["change"]["id"]
    seen = sent(engineer, f"/changes/{key}/propose").json()["digest"]
    sent(engineer, f"/changes/{key}/edit", {"title": "Another"})
    sent(engineer, f"/changes/{key}/propose")
    verdict = {"function": "operations", "verdict": "rejected", "reason": "No.", "digest": seen}
    manager = caller(Role.OPERATIONS_MANAGER)
    told = problem(sent(manager, f"/changes/{key}/sign", verdict), 409, "not-now")
    assert "was edited since you read it" in told["detail"]
    assert PolicyVersion.objects.filter(effective_from__year=2030).count() == 0


def test_an_edit_of_what_was_edited_meanwhile_is_refused(engineer: Caller) -> None:
    read = made(engineer)
    key, seen = read["change"]["id"], read["digest"]
    first = sent(engineer, f"/changes/{key}/edit", {"title": "Faster", "digest": seen})
    assert first.status_code == 200  # the control: nobody was in between
    late = sent(engineer, f"/changes/{key}/edit", {"title": "Too late", "digest": seen})
    assert "was edited since you read it" in problem(late, 409, "not-now")["detail"]
    assert PolicyChange.objects.get().title == "Faster"


def test_a_replay_over_no_time_is_refused_and_a_withdrawn_change_is_over(engineer: Caller) -> None:
    key = made(engineer)["change"]["id"]
    sent(engineer, f"/changes/{key}/check")
    over = {"from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    assert (
        "is not before"
        in problem(sent(engineer, f"/changes/{key}/replay", over), 422, "invalid")["detail"]
    )
    gone = sent(engineer, f"/changes/{key}/withdraw", {"reason": "Not signed."}).json()
    assert (gone["change"]["state"], gone["steps"]) == ("withdrawn", [])
    assert problem(sent(engineer, f"/changes/{key}/check"), 409, "not-now")
