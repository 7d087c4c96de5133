"""A receipt gives the same bytes when it is executed again, and says where it does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from troth.core.decisions.decision import Decision
from troth.core.decisions.inputs import DecisionInputError
from troth.core.decisions.kinds import (
    KINDS,
    UnknownDecisionKindError,
    kind_named,
    read_input,
)
from troth.core.decisions.receipt import Receipt, input_digest, read, reexecute, seal
from troth.core.decisions.shared import SharedInputs

LANE = {
    "lane": "SP>RJ",
    "level": "origin-destination",
    "as_of": "2018-03-05T00:00:00Z",
    "history_days": 120,
    "exits": [[hour, 2, hour % 3] for hour in range(1, 60)],
}
PROMISE = {
    "facts": {
        "order": "erp:SO-1",
        "customer": "cus_1",
        "placed_at": "2018-03-05T14:00:00Z",
        "requested_at": "2018-03-06T14:00:00Z",
        "time_zone": "America/Sao_Paulo",
        "lanes": [LANE, {**LANE, "lane": "", "level": "company"}],
        "asked": {"total": "120.50", "channel": "shop"},
        "known_at": {"placed_at": "2018-03-05T14:00:00Z"},
    },
    "policy": {"lead_time": {"service_quantile": "0.9"}},
}
PRIORITISE = {
    "at": "2026-01-09T17:00:00Z",
    "facts": {
        "case": "desk:C-1",
        "opened_at": "2026-01-09T16:00:00Z",
        "severity": 1,
        "asked": {"severity": 1, "has_order": True},
    },
    "policy": {"queue": {"rank_weight": "12.50"}},
}
FEEDS = [{"feed": "crm/accounts", "record": "customer", "promised_seconds": 60}]
CONSENT = [{"purpose": "profiling", "basis": "legitimate_interests", "state": "denied"}]
DOCUMENTS = {"promise": PROMISE, "prioritise": PRIORITISE}


def sealed(name: str, **changes) -> tuple[Decision, Receipt, dict[str, bytes]]:
    document = {**DOCUMENTS[name], **changes}
    given = read_input(name, document)
    decision = given.decide()
    receipt = seal(decision, given.facts, given.policy)
    return decision, receipt, {item.digest: item.content for item in receipt.shared}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_receipt_executes_to_the_same_bytes_from_what_is_stored(name):
    _, receipt, shared = sealed(name)
    assert reexecute(receipt.content, shared, recorded_id=receipt.id) is None
    as_text = {digest: content.decode() for digest, content in shared.items()}
    assert reexecute(receipt.content.decode(), as_text, recorded_id=receipt.id) is None


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_change_of_one_byte_is_named(name):
    _, receipt, shared = sealed(name)
    content = receipt.content
    for place in range(0, len(content), 7):
        for flip in (0x01, 0x80):
            changed = bytearray(content)
            changed[place] ^= flip
            found = reexecute(bytes(changed), shared, recorded_id=receipt.id)
            assert found is not None and found.id == receipt.id, (place, content[place : place + 9])
            assert found.path and receipt.id in found.sentence


def test_a_changed_outcome_is_named_by_its_path():
    _, receipt, shared = sealed("promise")
    changed = receipt.content.replace(b'"is_cold_start":false', b'"is_cold_start":true')
    found = reexecute(changed, shared, recorded_id=receipt.id)
    assert found is not None
    assert (found.path, found.recorded, found.recomputed) == (
        "decision.outcome.is_cold_start",
        "True",
        "False",
    )


def test_a_receipt_under_another_id_is_named():
    _, receipt, shared = sealed("promise")
    found = reexecute(receipt.content, shared, recorded_id="dec_0")
    assert found is not None and (found.path, found.recomputed) == ("id", receipt.id)


def test_the_same_values_in_other_bytes_are_named():
    _, receipt, shared = sealed("prioritise")
    spaced = json.dumps(json.loads(receipt.content)).encode()
    found = reexecute(spaced, shared, recorded_id=receipt.id)
    assert found is not None and found.path == "receipt"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_missing_or_changed_shared_input_is_named(name):
    _, receipt, shared = sealed(name)
    for digest in shared:
        without = {key: content for key, content in shared.items() if key != digest}
        found = reexecute(receipt.content, without, recorded_id=receipt.id)
        assert found is not None and digest in found.sentence and "missing" in found.sentence
        changed = {**shared, digest: shared[digest].replace(b"1", b"2", 1)}
        found = reexecute(receipt.content, changed, recorded_id=receipt.id)
        assert found is not None and digest in found.sentence and "not what" in found.sentence


def test_rules_that_are_no_longer_there_are_named():
    _, receipt, shared = sealed("promise")
    changed = receipt.content.replace(b'"semantics":2', b'"semantics":9')
    found = reexecute(changed, shared, recorded_id=receipt.id)
    assert found is not None and found.path == "kind" and "promise 9" in found.recomputed


def test_the_input_digest_follows_the_inputs_and_not_the_instant():
    _, first, _ = sealed("promise")
    later = datetime(2018, 3, 5, 20, tzinfo=UTC).isoformat()
    _, second, _ = sealed("promise", at=later)
    assert first.input_digest == second.input_digest and first.id != second.id
    _, third, _ = sealed("promise", facts={**PROMISE["facts"], "elapsed_days": 1}, at=later)
    assert third.input_digest != first.input_digest
    given = read_input("promise", PROMISE)
    kind = kind_named("promise", 2)  # no feed under contract
    assert input_digest(kind, given.facts, given.policy) == first.input_digest


def test_a_receipt_reads_back_as_the_decision_that_it_records():
    decision, receipt, _ = sealed("promise")
    found = read(receipt.content)
    assert (found.kind, found.subject, found.at) == ("promise", "erp:SO-1", decision.at)
    assert [reason.code for reason in found.reasons] == [r.code for r in decision.reasons]
    assert [used.output for used in found.policies] == [u.output for u in decision.policies]
    assert found.facts[0].known_at == decision.facts[0].known_at
    assert found.would_change == decision.would_change


def test_a_recorded_policy_is_read_without_asking_what_policies_are_today():
    given = read_input("promise", PROMISE)
    used = (
        *given.policy.used,
        given.policy.used[0].__class__(
            kind="lead_time", output="abolished", value="7", layer="company", scope="", version="p"
        ),
    )
    policy = given.policy.__class__(used=used, calendar=given.policy.calendar)
    receipt = seal(given.kind.decide(given.facts, policy, at=given.at), given.facts, policy)
    shared = {item.digest: item.content for item in receipt.shared}
    assert reexecute(receipt.content, shared, recorded_id=receipt.id) is None


def test_a_changed_zone_rule_does_not_change_what_was_promised(monkeypatch):
    _, receipt, shared = sealed("promise")

    def no_zone(*_):
        raise AssertionError("a receipt must not read time-zone data")

    monkeypatch.setattr("troth.core.calendars.business.constant_offsets", no_zone)
    assert reexecute(receipt.content, shared, recorded_id=receipt.id) is None


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], "input"),
        ({}, "facts"),
        ({"facts": {"placed_at": "2018-03-05T14:00:00Z"}}, "facts.order"),
        ({"facts": {**PROMISE["facts"], "placed_at": "2018-03-05T14:00:00"}}, "facts.placed_at"),
        ({"facts": {**PROMISE["facts"], "placed": 1}}, "facts.placed"),
        ({"facts": {**PROMISE["facts"], "elapsed_days": -1}}, "facts.elapsed_days"),
        ({"facts": {**PROMISE["facts"], "lanes": [{}]}}, "facts.lanes[0].level"),
        (
            {**PROMISE, "policy": {"lead_time": {"service_quantile": 2}}},
            "policy.lead_time.service_quantile",
        ),
        ({**PROMISE, "policy": {"lead_time": {"quantile": 1}}}, "policy.lead_time.quantile"),
        (
            {
                **PROMISE,
                "policy": {"delivery": {"window_opens": "12:00", "window_closes": "08:00"}},
            },
            "policy.delivery",
        ),
        ({**PROMISE, "at": "2018-03-01T00:00:00Z"}, "at"),
        ({**PROMISE, "when": "now"}, "when"),
    ],
)
def test_an_input_that_cannot_be_read_is_refused_with_path_expectation_and_remedy(document, path):
    with pytest.raises(DecisionInputError) as refused:
        read_input("promise", document)
    assert refused.value.path == path
    assert refused.value.expected and refused.value.remedy


def test_a_kind_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(
        UnknownDecisionKindError, match="promise 1, promise 2, promise 3, prioritise 1"
    ):
        kind_named("allocate")


def test_every_kind_has_a_schema_that_names_what_its_reader_reads():
    for kind in KINDS:
        facts = kind.input_schema["properties"]["facts"]
        consent = {"consent": CONSENT} if kind.semantics > 1 else {}
        feeds = {"feeds": FEEDS} if kind.semantics > 2 else {}
        document = {**DOCUMENTS[kind.name]["facts"], **consent, **feeds}
        assert set(document) <= set(facts["properties"])
        given = kind.read_inputs(document, DOCUMENTS[kind.name]["policy"], SharedInputs(), at=None)
        written, _, _ = kind.write_inputs(*given)
        assert set(written) == set(facts["properties"])


def test_a_first_decision_is_dated_by_its_moment():
    given = read_input("promise", PROMISE)
    assert given.at == given.facts.placed_at
    assert read_input("prioritise", PRIORITISE).at - given.at > timedelta(0)
