"""Roll-outs over HTTP: as on the command line, with each fault named where it stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.api.company import Caller, caller
from tests.api.test_problems import problem

from troth.core.access.roles import Role
from troth.store.models import PolicyVersion, Rollout

NEW: dict[str, Any] = {
    "policy": {"kind": "lead_time", "scope": "company", "outputs": {"history_days": 60}},
    "stages": [{"share": 10}, {"share": 50}],
    "guardrails": [{"measure": "promise_coverage", "worse_by": 5}],
    "reason": "A try.",
}
WHY = json.dumps({"reason": "It went well."})


@pytest.fixture
def boss(db: None) -> Caller:
    return caller(Role.ADMINISTRATOR)


def test_a_roll_out_goes_its_way_over_http(boss: Caller) -> None:
    begun = boss.post("/rollouts", json.dumps(NEW)).json()
    at = f"/rollouts/{begun['id']}"
    assert (begun["state"], begun["stages"][0]["sentence"]) == ("running", "10 % of customers")
    version = boss.get(f"/policies/{begun['stages'][0]['version']}").json()["policy"]
    assert version["audience"] == {
        "share": "10", "key": begun["id"], "regions": [], "sentence": "10 % of customers",
    }  # fmt: skip
    assert boss.post(f"{at}/check", "{}").json()["readings"][0]["is_enough"] is False
    assert boss.post(f"{at}/advance", WHY).json()["stage"] == 2
    problem(boss.post("/rollouts", json.dumps(NEW)), 409, "not-now")
    undone = boss.post(f"{at}/rollback", WHY).json()
    assert undone["target"] == begun["id"]
    assert PolicyVersion.objects.get(pk=undone["restored"]).document["outputs"] == {
        "history_days": None
    }
    shown = boss.get(at).json()
    assert (shown["state"], shown["end_reason"]) == ("rolled_back", "It went well.")
    assert [row["id"] for row in boss.get("/rollouts?state=rolled_back").json()["data"]] == [
        begun["id"]
    ]
    problem(boss.post(f"{at}/rollback", WHY), 409, "not-now")
    problem(boss.get("/rollouts/rol_0"), 404, "not-found")
    problem(boss.post("/policies/pol_0/rollback", WHY), 404, "not-found")


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"stages": [{"share": 10}, {"share": 5}]}, "stages[1]"),
        ({"stages": []}, "stages"),
        ({"policy": None}, "policy"),
        ({"guardrails": [{"measure": "joy", "worse_by": 5}]}, "guardrails[0].measure"),
    ],
)
def test_each_fault_is_named_and_nothing_begun(
    boss: Caller, changed: dict[str, Any], path: str
) -> None:
    answer = boss.post("/rollouts", json.dumps(NEW | changed))
    problem(answer, 422, "invalid")
    assert answer.json()["errors"][0]["path"] == path
    assert not Rollout.objects.exists()


def test_a_rollout_takes_a_change_or_a_policy_and_not_both(boss: Caller) -> None:
    problem(boss.post("/rollouts", json.dumps(NEW | {"change": "chg_1"})), 409, "not-now")
    alone = {key: NEW[key] for key in NEW if key != "policy"} | {"change": "chg_1"}
    told = problem(boss.post("/rollouts", json.dumps(alone)), 422, "invalid")
    assert told["errors"][0]["path"] == "change"
