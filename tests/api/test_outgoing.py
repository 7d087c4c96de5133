"""Webhooks over HTTP: who may name them, and that a secret is shown once and kept by nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.actions.outgoing import demonstration
from tests.api.company import NOON, Caller, caller

from troth.actions.outbox import tell
from troth.core.access.roles import Role
from troth.core.webhooks.signing import key_of
from troth.store.models import IdempotencyKey, OutboxAttempt, OutboxMessage

NEW = {"url": "http://127.0.0.1:9/in", "event_types": ["webhook.test"]}


@pytest.fixture
def engineer_calls(db: None, tmp_path: Path) -> Iterator[Caller]:
    with demonstration(tmp_path):
        yield caller(Role.OPERATIONS_ENGINEER)


def add(somebody: Caller, **headers: str) -> Any:
    return somebody.post("/webhooks", json.dumps(NEW), **headers)


def test_an_address_is_added_listed_rotated_disabled_and_removed(engineer_calls: Caller) -> None:
    call = engineer_calls
    first = add(call)
    assert (first.status_code, first["Cache-Control"]) == (200, "no-store")
    key = first.json()["endpoint_id"]
    assert key_of(first.json()["secret"])
    (row,) = call.get("/webhooks").json()["data"]
    assert (row["id"], row["is_active"], "secret" in row) == (key, True, False)
    assert call.post(f"/webhooks/{key}/rotate", "").json()["secret"] != first.json()["secret"]
    assert call.post(f"/webhooks/{key}/test", "").json()["event_type"] == "webhook.test"
    gone = call.post(f"/webhooks/{key}/remove", json.dumps({"reason": "moved"})).json()
    assert (gone["is_active"], gone["disabled_because"]) == (False, "removed")
    assert call.get("/webhooks").json()["data"] == []
    assert call.post(f"/webhooks/{key}/enable", "").status_code == 404


def test_a_secret_is_repeated_to_the_byte_and_stands_in_no_table(engineer_calls: Caller) -> None:
    first, again = (add(engineer_calls, Idempotency_Key="k") for _ in range(2))
    assert again.content == first.content
    assert (again["Idempotent-Replayed"], again["Cache-Control"]) == ("true", "no-store")
    kept = IdempotencyKey.objects.get(key="k").answer
    assert kept
    assert first.json()["secret"] not in kept


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"url": "https://10.0.0.1/"}, 422),
        ({"url": "ftp://example.org/"}, 422),
        ({"event_types": ["promise.kpet"]}, 422),
        ({"secret": "whsec_mine"}, 422),
    ],
)
def test_what_is_refused_is_a_problem(
    engineer_calls: Caller, changed: dict[str, Any], status: int
) -> None:
    answer = engineer_calls.post("/webhooks", json.dumps(NEW | changed))
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_a_program_without_the_right_may_not(engineer_calls: Caller) -> None:
    other = caller(Role.INTEGRATION)
    assert (add(other).status_code, other.get("/webhooks").status_code) == (403, 403)
    assert other.get("/outbox").status_code == 403


def test_what_could_not_be_sent_is_listed_shown_and_sent_again(engineer_calls: Caller) -> None:
    call = engineer_calls
    key = add(call).json()["endpoint_id"]
    tell("webhook.test", {"endpoint_id": key})
    assert call.get("/outbox").json()["data"] == []
    waiting = call.get("/outbox?state=waiting").json()["data"][0]
    OutboxMessage.objects.update(next_attempt_at=None, dead_at=waiting["created_at"])
    (dead,) = call.get(f"/outbox?endpoint={key}").json()["data"]
    assert (dead["id"], dead["state"], "attempts" in dead) == (waiting["id"], "dead", False)
    assert call.get(f"/outbox/{dead['id']}").json()["attempts"] == []
    assert call.post(f"/outbox/{dead['id']}/retry", "").json()["state"] == "waiting"
    assert call.post(f"/outbox/{dead['id']}/retry", "").status_code == 404
    assert call.post(f"/webhooks/{key}/retry", "").json() == {"messages": 0}


def test_one_message_is_shown_with_every_try(engineer_calls: Caller) -> None:
    key = add(engineer_calls).json()["endpoint_id"]
    assert tell("webhook.test", {"endpoint_id": key}) == 1
    message_id = OutboxMessage.objects.get().pk
    for number, (status, error) in enumerate([(503, ""), (None, "timeout")], start=1):
        OutboxAttempt.objects.create(
            message_id=message_id, number=number, at=NOON, status=status, error=error
        )
    shown = engineer_calls.get(f"/outbox/{message_id}").json()
    assert [(row["number"], row["status"], row["error"]) for row in shown["attempts"]] == [
        (1, 503, None),
        (2, None, "timeout"),
    ]
    assert shown["attempts"][0]["at"] == "2026-01-12T12:00:00Z"
