"""The same key with the same request: the same answer to the byte, and the work done once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest import MonkeyPatch
from tests.api.company import Caller, caller, event

from troth.actions.idempotency import (
    KEPT_FOR,
    Answer,
    InFlightError,
    KeyReusedError,
    answer_once,
    forget_answers,
)
from troth.actions.people import system_user
from troth.api.routes import landings
from troth.core.access.roles import Role
from troth.store.models import FACTS, AuditEntry, IdempotencyKey, User
from troth.store.server import Server

STRUCTURED = "application/cloudevents+json"
DONE = Answer(status=200, body="{}", content_type="application/json")


def send(program: Caller, body: Any, key: str, **headers: str) -> Any:
    return program.post(
        "/events", json.dumps(body), content_type=STRUCTURED, Idempotency_Key=key, **headers
    )


def test_the_same_request_is_answered_again_to_the_byte(program: Caller) -> None:
    first = send(program, event(), "k")
    entries = AuditEntry.objects.count()
    again = send(program, event(), "k")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Content-Type"] == first["Content-Type"]
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    # Without the key, the event itself would be told as a duplicate.
    assert again.json()["data"][0]["outcome"] == "landed"
    assert AuditEntry.objects.count() == entries


@pytest.mark.parametrize(
    ("address", "body", "status"),
    [
        ("/decisions/promise", "{", 400),
        ("/decisions/promise", "{}", 422),
        ("/decisions/guess", "{}", 404),
        ("/events", "{}", 415),
    ],
)
def test_an_error_that_comes_from_the_request_alone_is_kept_too(
    program: Caller, address: str, body: str, status: int
) -> None:
    first = program.post(address, body, Idempotency_Key="k")
    again = program.post(address, body, Idempotency_Key="k")
    assert (again.status_code, again.content) == (status, first.content)
    assert again["Content-Type"] == "application/problem+json"
    assert again["Idempotent-Replayed"] == "true"


def test_a_rejected_event_stays_in_quarantine_with_its_kept_answer(program: Caller) -> None:
    first = send(program, event(data={}), "k")
    assert (first.status_code, send(program, event(data={}), "k").content) == (422, first.content)


@pytest.mark.parametrize("change", ["body", "address", "query", "content type"])
def test_another_request_with_the_same_key_is_refused(program: Caller, change: str) -> None:
    send(program, event(), "k")
    match change:
        case "body":
            answer = send(program, event(2), "k")
        case "address":
            answer = program.post("/decisions/promise", json.dumps(event()), Idempotency_Key="k")
        case "query":
            answer = program.post(
                "/events?x=1", json.dumps(event()), content_type=STRUCTURED, Idempotency_Key="k"
            )
        case _:
            answer = program.post("/events", json.dumps(event()), Idempotency_Key="k")
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/key-reused"


def test_keys_of_two_programs_are_apart(program: Caller) -> None:
    other = caller(Role.ADMINISTRATOR)
    assert send(program, event(), "k").json()["landed"] == 1
    assert send(other, event(2), "k").json()["landed"] == 1


def test_what_was_not_allowed_may_be_tried_again_with_the_same_key(program: Caller) -> None:
    User.objects.filter(pk=program.user.pk).update(role=Role.AUDITOR.value)
    assert send(program, event(), "k").status_code == 403
    User.objects.filter(pk=program.user.pk).update(role=Role.INTEGRATION.value)
    assert send(program, event(), "k").json()["landed"] == 1


def test_a_failure_undoes_its_work_and_leaves_the_key_free(
    program: Caller, monkeypatch: MonkeyPatch
) -> None:
    def broken(_: Any) -> Any:
        raise RuntimeError("after the event had landed")

    with monkeypatch.context() as patched:
        patched.setattr(landings, "_answer", broken)
        assert send(program, event(), "k").status_code == 500
    assert FACTS["order"]._default_manager.count() == 0
    assert send(program, event(), "k").json()["landed"] == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "\u00fc", "a\tb"])
def test_a_key_of_another_form_is_refused(program: Caller, key: str) -> None:
    answer = send(program, event(), key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "header.Idempotency-Key"


def test_answers_are_forgotten_after_a_day_and_events_never(program: Caller) -> None:
    send(program, event(), "k")
    IdempotencyKey.objects.update(created_at=timezone.now() - KEPT_FOR - timedelta(minutes=1))
    assert forget_answers() == 1
    assert IdempotencyKey.objects.get().user == system_user()
    assert send(program, event(), "k").json()["duplicate"] == 1


def test_a_key_in_flight_is_told_and_the_work_is_done_once(own_database: Server) -> None:
    user = caller(Role.INTEGRATION).user
    at_work, may_end = threading.Event(), threading.Event()
    done: list[str] = []

    def slow() -> Answer:
        done.append("work")
        at_work.set()
        may_end.wait(20)
        return DONE

    def ask(work: Callable[[], Answer], digest: str = "d") -> Answer:
        return answer_once(acting_user=user, key="k", request_sha256=digest, work=work)

    first, results = in_thread(lambda: ask(slow))
    assert at_work.wait(20)
    with pytest.raises(InFlightError):
        ask(slow)
    may_end.set()
    first.join(20)
    assert results == [DONE]
    assert ask(slow).is_repeated
    with pytest.raises(KeyReusedError):
        ask(slow, "another")
    assert done == ["work"]


def test_many_at_once_land_one_event_and_give_one_answer(own_database: Server) -> None:
    program = caller(Role.INTEGRATION)
    ready = threading.Barrier(6)

    def ask() -> Any:
        ready.wait(20)
        for _ in range(200):  # as a client does that is told "still at work"
            answer = send(program, event(), "k")
            if answer.status_code != 409:
                return answer
        raise AssertionError("never answered")

    running = [in_thread(ask) for _ in range(6)]
    for thread, _ in running:
        thread.join(60)
    answers = [found[0] for _, found in running]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert answers[0].json()["landed"] == 1
    assert sum("Idempotent-Replayed" not in answer for answer in answers) == 1
    assert FACTS["order"]._default_manager.count() == 1


def test_a_process_that_dies_at_work_leaves_the_key_free(own_database: Server) -> None:
    user = caller(Role.INTEGRATION).user

    class DiedError(BaseException):
        pass

    def dies() -> Answer:
        IdempotencyKey.objects.create(user=user, key="written by the work", request_sha256="")
        raise DiedError

    with pytest.raises(DiedError):
        answer_once(acting_user=user, key="k", request_sha256="d", work=dies)
    assert IdempotencyKey.objects.count() == 0
    answer = answer_once(acting_user=user, key="k", request_sha256="d", work=lambda: DONE)
    assert not answer.is_repeated


def in_thread(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """A running thread, and the list in which what `work` gives will stand."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found
