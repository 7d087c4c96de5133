"""Are policies of customers found that could end or be one, and does it change no answer then?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from tests.workspaces import Troth

FIRST = "first_response_minutes"


def policy(scope: str, *minutes: int, kind: str = "service_level", **more: Any) -> dict[str, Any]:
    """Rules for the worst, for bad ones and for the rest."""
    tests: list[dict[str, Any]] = [{"severity": 1}, {"severity": "<= 2"}, {}]
    rules = [
        {"id": f"r{at}", "when": when, "then": {f"{FIRST}_{n}": of for n in (1, 2, 3)}}
        for at, (when, of) in enumerate(zip(tests, minutes, strict=True))
    ]
    return {
        "kind": kind, "scope": scope, "effective_from": "2026-01-01T00:00:00Z",
        "reason": "A test.", "table": {"hit": "FIRST", "rules": rules},
    } | more  # fmt: skip


def publish(troth: Troth, *documents: dict[str, Any], name: str = "own") -> None:
    text = yaml.safe_dump({"policies": list(documents)})
    troth.publish(troth.write(f"policies/{name}.yaml", text))


def customers(troth: Troth, count: int) -> list[str]:
    """Those of the tier Silver with most cases since they are in it."""
    rows = troth.rows(
        "SELECT customer.id FROM store_casework AS work JOIN store_customer AS customer"
        " ON customer.id = work.customer_id WHERE customer.tier = 'Silver'"
        " AND work.opened_at > customer.tier_since GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT %s",
        count,
    )
    return [row[0] for row in rows]


def consolidation(troth: Troth) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(each policy by the end of its scope, templates)."""
    answer = troth("policy", "consolidate", "--json")
    assert answer.code == 0, answer.err
    found = answer.json()
    return {item["scope"]: item for item in found["policies"]}, found["templates"]


def first_response(troth: Troth, witness: dict[str, Any]) -> str:
    """What the command line says holds for the witness, in its case."""
    terms = [term for name, text in witness["case"].items()
             for term in ("--case", f"{name}={text}")]  # fmt: skip
    shown = troth("policy", "show", witness["customer"], "--at", witness["at"], *terms, "--json")
    assert shown.code == 0, shown.err
    (value,) = [item for item in shown.json() if item["output"] == witness["output"]]
    return str(value["value"])


def test_all_that_was_planted_is_found_and_ending_it_changes_no_answer(ran: Troth) -> None:
    who = customers(ran, 6)
    publish(
        ran,
        policy("tier:Silver", 20, 40, 50),
        policy(f"customer:{who[0]}", 20, 40, 50),  # says what its tier says
        policy(f"customer:{who[1]}", 11, 33, 57),  # three of a kind, the last but for one value
        policy(f"customer:{who[2]}", 11, 33, 57),
        policy(f"customer:{who[3]}", 11, 33, 58),
        policy(f"customer:{who[4]}", 1, 3, 5),  # and two like nobody
        policy(f"customer:{who[5]}", 400, 410, 420),
        {"kind": "communication", "scope": f"customer:{who[5]}", "reason": "A test.",
         "effective_from": "2026-01-01T00:00:00Z", "outputs": {"tell_delay_hours": 7}},
    )  # fmt: skip
    ran.run()
    policies, templates = consolidation(ran)
    assert {scope for scope, item in policies.items() if item["state"] == "may_end"} == {who[0]}
    verdict = policies[who[0]]["verdict"]
    assert (verdict["is_proved"], verdict["rests_on"]) == (True, ["tier"])
    (template,) = templates
    assert template["how"] == "parameters"
    assert template["members"] == sorted(f"customer:{key}" for key in who[1:4])
    assert [set(item["values"].values()) for item in template["parameters"]] == [
        {"57 min", "58 min"}
    ] * 3
    # Each was used, costs what it says, and a kind that no decision obeys yet says so.
    for key in who[:5]:
        item = policies[key]
        assert item["last_used_at"] is not None
        assert ran.one("SELECT receipt FROM store_decision WHERE id = %s", item["last_decision"])
        assert item["cost"] == {"rules": 3, "changes": 1, "exceptions": 0, "product": 3}
    table = ran("policy", "consolidate").out
    assert "no decision asks" in table

    # What is not the same is refused with a case, and the case shows it.
    changes = ran.one("SELECT count(*) FROM store_policychange")
    refused = ran("policy", "consolidate", "--propose", policies[who[4]]["id"])
    assert (refused.code, "troth explain change.not-the-same" in refused.err) == (2, True)
    assert ran.one("SELECT count(*) FROM store_policychange") == changes
    witness = policies[who[4]]["verdict"]["witness"]
    assert f"troth policy show {witness['customer']}" in refused.err
    assert first_response(ran, witness) + " min" == witness["before"]

    # What is the same is drafted, and replayed it moves nothing; the other would.
    drafted = ran("policy", "consolidate", "--propose", policies[who[0]]["id"], "--json").json()
    assert drafted["state"] == "checked"
    assert replayed(ran, drafted["change"], who[0]) == 0
    assert replayed_without(ran, who[4]) > 0
    assert ran("change", "propose", drafted["change"]).code == 0
    (row,) = ran.rows(
        "SELECT state, documents FROM store_policychange WHERE id = %s", drafted["change"]
    )
    assert row[0] == "proposed"
    ended = row[1]
    publish(ran, *ended, name="ended")
    after, _ = consolidation(ran)
    assert who[0] not in after
    # Published, the witness shows the other value too.
    gone = dict.fromkeys(f"{FIRST}_{n}" for n in (1, 2, 3))
    publish(ran, {"kind": "service_level", "scope": f"customer:{who[4]}", "outputs": gone,
                  "effective_from": "2026-01-02T00:00:00Z", "reason": "It is meant."},
            name="meant")  # fmt: skip
    assert first_response(ran, witness) + " min" == witness["after"]


def replayed(troth: Troth, change: str, customer: str) -> int:
    """How many dates a change moves, since its customer is in the tier that it rests on."""
    path = troth.write(f"proposed/{change}.yaml", yaml.safe_dump({
        "policies": troth.one("SELECT documents FROM store_policychange WHERE id = %s", change)
    }))  # fmt: skip
    return moved(troth, path, customer)


def replayed_without(troth: Troth, customer: str) -> int:
    """The same of ending a policy that the check refuses: the control."""
    path = troth.write("proposed/gone.yaml", yaml.safe_dump({"policies": [{
        "kind": "service_level", "scope": f"customer:{customer}", "reason": "A control.",
        "effective_from": "2026-11-01T00:00:00Z",
        "outputs": dict.fromkeys(f"{FIRST}_{n}" for n in (1, 2, 3)),
    }]}))  # fmt: skip
    return moved(troth, path, customer)


def moved(troth: Troth, path: Path, customer: str) -> int:
    since = troth.one("SELECT tier_since FROM store_customer WHERE id = %s", customer)
    over = ("--over", since.isoformat(), "2026-11-01")
    answer = troth("policy", "replay", path, *over, "--json")
    assert answer.code == 0, answer.err
    assert answer.json()["reproduced"] > 0
    return sum(line["changed"] for line in answer.json()["total"])
