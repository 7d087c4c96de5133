"""Decisions over HTTP on an input of one's own: dry, the same always, one by one or many."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from tests.api.company import Caller

from troth.api.shapes.decisions import INPUTS
from troth.core.decisions.inputs import DecisionInputError
from troth.core.decisions.kinds import KINDS, DecisionKind, read_input
from troth.core.decisions.receipt import seal
from troth.store.models import AuditEntry, Decision


def decided(program: Caller, kind: str, document: Any) -> Any:
    return program.post(f"/decisions/{kind}", json.dumps(document))


@pytest.mark.parametrize("kind", sorted({kind.name for kind in KINDS}))
def test_the_decision_is_that_of_the_rules_with_the_receipt_that_they_give(
    program: Caller, kind: str
) -> None:
    answer = decided(program, kind, INPUTS[kind]).json()
    read = read_input(kind, INPUTS[kind])
    receipt = seal(read.decide(), read.facts, read.policy)
    assert answer["receipt_id"] == receipt.id
    assert answer["decision"]["outcome"] == json.loads(receipt.content)["decision"]["outcome"]
    assert answer["decision"]["policies"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_may_be_left_out_may_be_null_and_the_description_says_so(kind: DecisionKind) -> None:
    left_out = read_input(kind.name, INPUTS[kind.name])
    described = jsonschema_rs.Draft202012Validator(dict(kind.input_schema))
    facts, known = kind.input_schema["properties"]["facts"], INPUTS[kind.name]["facts"]
    for name in facts["properties"]:
        asked = {**INPUTS[kind.name], "facts": {**known, name: None}}
        assert described.is_valid(asked) is (name not in facts["required"]), name
        if name not in facts["required"]:
            assert read_input(kind.name, asked).kind == left_out.kind
            continue
        with pytest.raises(DecisionInputError):
            read_input(kind.name, asked)


def test_a_dry_decision_records_nothing(program: Caller) -> None:
    entries = AuditEntry.objects.count()
    answer = decided(program, "promise", INPUTS["promise"]).json()
    assert answer["is_recorded"] is False
    assert (Decision.objects.count(), AuditEntry.objects.count()) == (0, entries)


def test_a_decision_is_kept_where_that_is_asked_for_and_the_same_again_once(
    program: Caller, company: list[str]
) -> None:
    asked = json.loads(json.dumps(INPUTS["promise"]))
    asked["facts"]["customer"] = company[0]
    kept = Decision.objects.count()
    for _ in range(2):
        answer = program.post("/decisions/promise?record=true", json.dumps(asked))
        assert (answer.status_code, answer.json()["is_recorded"]) == (200, True)
    row = Decision.objects.get(pk=answer.json()["receipt_id"])
    assert (row.customer_id, Decision.objects.count()) == (company[0], kept + 1)
    (entry,) = AuditEntry.objects.filter(action="promise:decision:recorded")
    assert (entry.customer_id, entry.actor.role) == (company[0], "integration")
    assert program.get(f"/decisions/{row.pk}").status_code == 200


def test_a_decision_about_a_customer_that_is_not_there_is_not_kept(program: Caller) -> None:
    asked = json.loads(json.dumps(INPUTS["promise"]))
    asked["facts"]["customer"] = "cus_0000000000000000"
    answer = program.post("/decisions/promise?record=true", json.dumps(asked))
    assert (answer.status_code, Decision.objects.count()) == (404, 0)


def test_a_batch_answers_each_input_in_order_with_a_decision_or_a_problem(
    program: Caller,
) -> None:
    items = [INPUTS["prioritise"], {"facts": {}}, "no object", INPUTS["prioritise"]]
    answer = program.post("/decisions/prioritise/batch", json.dumps({"items": items})).json()
    assert (answer["decided"], answer["refused"]) == (2, 2)
    assert [item["index"] for item in answer["data"]] == [0, 1, 2, 3]
    assert [item["problem"] is None for item in answer["data"]] == [True, False, False, True]
    single = decided(program, "prioritise", INPUTS["prioritise"]).json()
    assert answer["data"][0]["decision"] == answer["data"][3]["decision"] == single
    problem = answer["data"][1]["problem"]
    assert problem["errors"][0]["path"] == "facts.case"
    assert problem["instance"] == "/api/v1/decisions/prioritise/batch#/items/1"


@pytest.mark.parametrize(
    "body", [[], {}, {"items": []}, {"items": {}}, {"items": [1] * 1001}, {"items": [1], "x": 1}]
)
def test_a_batch_of_another_form_is_refused_whole(program: Caller, body: Any) -> None:
    answer = program.post("/decisions/promise/batch", json.dumps(body))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "items"


@pytest.mark.parametrize(
    "facts",
    [
        {"order": "\ud800", "placed_at": "2026-01-01T00:00:00Z"},
        {"order": "erp:1", "placed_at": "9999-12-31T23:59:59Z"},
        {"order": "erp:1", "placed_at": "0001-01-01T00:00:00+14:00"},
        {"order": "erp:1", "placed_at": "2026-01-01T00:00:00Z", "lanes": [{"$shared": "0" * 64}]},
        {"order": "erp:1", "placed_at": "2026-01-01T00:00:00Z", "elapsed_days": 2**60},
        {"order": "erp:1", "placed_at": "2026-01-01T00:00:00Z", "elapsed_days": 82_255_247},
    ],
)
def test_an_input_that_cannot_be_computed_with_is_a_fault_of_the_input(
    program: Caller, facts: Any
) -> None:
    answer = decided(program, "promise", {"facts": facts})
    assert answer.status_code == 422, answer.content
