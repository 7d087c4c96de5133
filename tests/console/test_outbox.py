"""The list of what could not be sent: who sees it, and who sends again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from tests.actions.outgoing import demonstration, endpoint

from troth.actions.outbox import Audience, Event
from troth.core.access.roles import Right, Role, may
from troth.store.models import OutboxAttempt, OutboxMessage

Reader = Callable[[Role], Client]


@pytest.fixture
def dead(reader: Reader, workspace: Path) -> OutboxMessage:
    """One message that nobody took."""
    with demonstration(workspace):
        shown = endpoint()
    event = Event(type="webhook.test", data={"endpoint_id": shown.endpoint_id})
    Audience.load().tell([event])
    message = OutboxMessage.objects.get()
    OutboxAttempt.objects.create(
        message=message, number=1, at=timezone.now(), status=503, milliseconds=12
    )
    OutboxMessage.objects.update(next_attempt_at=None, dead_at=timezone.now(), attempt_count=10)
    return message


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_who_may_see_the_outbox_and_who_may_send(
    dead: OutboxMessage, reader: Reader, role: Role
) -> None:
    client = reader(role)
    for address in ("/outbox", f"/outbox/{dead.pk}"):
        expected = 200 if may(role, Right.SEE_OUTBOX) else 403
        assert client.get(address).status_code == expected
    code = client.post(f"/outbox/{dead.pk}/retry").status_code
    assert code == (302 if may(role, Right.MANAGE_WEBHOOKS) else 403)
    is_waiting = OutboxMessage.objects.get().next_attempt_at is not None
    assert is_waiting == may(role, Right.MANAGE_WEBHOOKS)


def test_the_list_and_the_message_show_what_was_answered(
    dead: OutboxMessage, reader: Reader
) -> None:
    client = reader(Role.OPERATIONS_ENGINEER)
    assert dead.pk[:20] in text(client, "/outbox")
    assert dead.pk[:20] not in text(client, "/outbox?state=delivered")
    assert dead.pk[:20] not in text(client, "/outbox?endpoint=ep_other")
    page = text(client, f"/outbox/{dead.pk}")
    assert ("503" in page, "webhook.test" in page, "Send again" in page) == (True, True, True)
    assert "Send again" not in text(reader(Role.AUDITOR), f"/outbox/{dead.pk}")
    csv = b"".join(client.get("/outbox?format=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert dead.pk in csv


def test_all_of_an_address_is_sent_again(dead: OutboxMessage, reader: Reader) -> None:
    client = reader(Role.OPERATIONS_ENGINEER)
    assert client.post(f"/outbox/of/{dead.endpoint_id}/retry").status_code == 302
    assert OutboxMessage.objects.get().dead_at is None
    assert client.post("/outbox/of/ep_none/retry").status_code == 302  # told, and nothing done
    assert client.get(f"/outbox/of/{dead.endpoint_id}/retry").status_code == 405
