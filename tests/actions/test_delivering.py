"""Does each message arrive at least once, verifiably, and is none sent for ever?"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from django.db import connection, connections
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from tests.actions.outgoing import demonstration, endpoint
from tests.connectors.webhooks.receivers import Receiver, receiving, says

from troth.actions import delivering
from troth.actions.delivering import (
    NoSuchMessageError,
    deliver_due,
    send_again,
    send_all_again,
)
from troth.actions.outbox import Audience, Event, tell
from troth.actions.people import system_user
from troth.actions.webhooks import enable_endpoint, rotate_secret
from troth.connectors.webhooks.posting import Poster, Reply
from troth.core.webhooks.schedule import TRIES
from troth.store.models import (
    AuditEntry,
    Customer,
    OutboxAttempt,
    OutboxMessage,
    WebhookEndpoint,
)
from troth.store.server import Server

TEST = {"endpoint_id": "ep_1"}


@pytest.fixture(autouse=True)
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """A demonstration; real transactions where a test asks for a database of its own."""
    if "own_database" not in request.fixturenames:
        request.getfixturevalue("db")
    with demonstration(tmp_path):
        yield


def deliver(poster: Poster | None = None) -> int:
    return deliver_due(acting_user=system_user(), poster=poster).delivered


def make_due() -> None:
    """As if the wait were over."""
    OutboxMessage.objects.filter(next_attempt_at__isnull=False).update(
        next_attempt_at=timezone.now() - timedelta(seconds=1)
    )


def message() -> OutboxMessage:
    return OutboxMessage.objects.get()


def verified(secret: str, receiver: Receiver) -> bool:
    """What the reference implementation says of the newest request."""
    try:
        Webhook(secret).verify(receiver.bodies[-1], receiver.headers())
    except WebhookVerificationError:
        return False
    return True


def test_a_message_arrives_signed_and_is_done_with() -> None:
    with receiving(says(204)) as receiver:
        shown = endpoint(receiver.port)
        tell("webhook.test", TEST)
        assert deliver() == 1
        assert deliver() == 0
    assert len(receiver.requests) == 1
    assert verified(shown.secret, receiver)
    assert not verified("whsec_" + "A" * 44, receiver)
    assert json.loads(receiver.bodies[0])["data"] == TEST
    assert receiver.headers()["webhook-id"] == message().pk
    assert receiver.headers()["content-type"] == "application/json"
    row = message()
    assert (row.delivered_at is not None, row.next_attempt_at) == (True, None)
    attempt = OutboxAttempt.objects.get()
    assert (attempt.number, attempt.status, attempt.error) == (1, 204, "")


def test_while_a_secret_changes_the_old_one_verifies_too() -> None:
    with receiving(says(204)) as receiver:
        old = endpoint(receiver.port)
        new = rotate_secret(endpoint_id=old.endpoint_id, acting_user=system_user())
        tell("webhook.test", TEST)
        deliver()
    assert verified(old.secret, receiver)
    assert verified(new.secret, receiver)


def test_ten_tries_under_one_id_and_then_it_is_dead() -> None:
    with receiving(says(500)) as receiver:
        endpoint(receiver.port)
        tell("webhook.test", TEST)
        waits = []
        for _ in range(TRIES):
            before = timezone.now()
            deliver()
            due = message().next_attempt_at
            waits.append(None if due is None else (due - before).total_seconds())
            make_due()
        assert deliver() == 0
    assert len(receiver.requests) == TRIES
    assert {receiver.headers(place)["webhook-id"] for place in range(TRIES)} == {message().pk}
    planned = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    assert waits[-1] is None
    for wait, plan in zip(waits, planned, strict=False):
        assert wait is not None
        assert plan * 0.9 <= wait <= plan * 1.1 + 5  # the try itself takes a moment
    assert message().dead_at is not None
    numbers = OutboxAttempt.objects.order_by("number").values_list("number", "status")
    assert list(numbers) == [(number, 500) for number in range(1, TRIES + 1)]


def test_a_dead_message_is_sent_again_from_the_first_try() -> None:
    with receiving(says(500)) as receiver:
        endpoint(receiver.port)
        tell("webhook.test", TEST)
        OutboxMessage.objects.update(attempt_count=TRIES - 1)
        deliver()
        with pytest.raises(NoSuchMessageError):
            send_again(message_id="msg_none", acting_user=system_user())
        assert send_again(message_id=message().pk, acting_user=system_user()) == 1
        with pytest.raises(NoSuchMessageError):  # it is not dead any more
            send_again(message_id=message().pk, acting_user=system_user())
        deliver()
    assert len({receiver.headers(place)["webhook-id"] for place in range(2)}) == 1
    assert message().attempt_count == 1
    assert OutboxAttempt.objects.count() == 2
    assert AuditEntry.objects.filter(action="outbox:message:retried").count() == 1


def test_gone_disables_the_address_and_the_rest_waits_for_nobody() -> None:
    with receiving(says(410)) as receiver:
        shown = endpoint(receiver.port)
        tell("webhook.test", TEST)
        deliver()
        row = WebhookEndpoint.objects.get()
        assert (row.is_active, row.disabled_because) == (False, "gone")
        assert tell("webhook.test", TEST) == 0
        # Written before it was disabled, due after: put with the dead, and sent once it is enabled.
        Audience(asked={row.pk: frozenset()}).tell([Event(type="webhook.test", data=TEST)])
        deliver()
        assert len(receiver.requests) == 1
        assert set(OutboxAttempt.objects.values_list("status", "error")) == {
            (410, ""),
            (None, "disabled"),
        }
    with receiving(says(200)) as receiver:
        WebhookEndpoint.objects.update(url=f"http://127.0.0.1:{receiver.port}/")
        enable_endpoint(endpoint_id=shown.endpoint_id, acting_user=system_user())
        assert send_all_again(endpoint_id=shown.endpoint_id, acting_user=system_user()) == 2
        assert deliver() == 2
    action = "webhook:endpoint:disabled"
    assert AuditEntry.objects.get(action=action).detail == {"because": "gone"}


def test_a_later_try_that_is_asked_for_is_kept_to() -> None:
    with receiving(says(503, "Retry-After: 3600")) as receiver:
        endpoint(receiver.port)
        tell("webhook.test", TEST)
        deliver()
    due = message().next_attempt_at
    assert due is not None
    assert due - timezone.now() > timedelta(minutes=59)


def test_an_address_that_fails_for_days_is_disabled_with_its_reason() -> None:
    with receiving(says(500)) as receiver:
        endpoint(receiver.port)
        tell("webhook.test", TEST)
        deliver()
        since = WebhookEndpoint.objects.get().failing_since
        assert since is not None
        WebhookEndpoint.objects.update(failing_since=since - timedelta(days=4, hours=23))
        make_due()
        deliver()
        assert WebhookEndpoint.objects.get().is_active
        WebhookEndpoint.objects.update(failing_since=since - timedelta(days=5))
        make_due()
        deliver()
    row = WebhookEndpoint.objects.get()
    assert (row.is_active, row.disabled_because) == (False, "failing")


def test_one_success_ends_the_count_of_days() -> None:
    with receiving(says(200)) as receiver:
        endpoint(receiver.port)
        WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=9))
        tell("webhook.test", TEST)
        assert deliver() == 1
    row = WebhookEndpoint.objects.get()
    assert (row.is_active, row.failing_since) == (True, None)


def test_no_transaction_is_open_while_a_receiver_thinks(own_database: Server) -> None:
    seen: list[tuple[bool, int]] = []

    class Looking(Poster):
        def post(self, *_: object) -> Reply:
            with connections["owner"].cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
                )
                seen.append((connection.in_atomic_block, cursor.fetchone()[0]))
            connections["owner"].close()
            return Reply(status=200)

    endpoint()
    tell("webhook.test", TEST)
    assert deliver(Looking()) == 1
    assert seen == [(False, 0)]


def test_a_sender_that_dies_leaves_the_message_to_the_next_one() -> None:
    class DiedError(BaseException):
        pass

    class Dying(Poster):
        def post(self, *_: object) -> Reply:
            raise DiedError

    endpoint()
    tell("webhook.test", TEST)
    with pytest.raises(DiedError):
        deliver(Dying())
    taken = AlwaysTaken()
    assert deliver(taken) == 0  # leased
    make_due()
    assert deliver(taken) == 1
    assert message().delivered_at is not None


class AlwaysTaken(Poster):
    """A receiver that takes everything, without a network."""

    def post(self, goal: object, body: bytes, headers: object) -> Reply:
        return Reply(status=200)


def test_an_address_that_nobody_answers_at_holds_up_no_other() -> None:
    posted: list[str] = []

    class Half(Poster):
        def post(self, goal: object, body: bytes, headers: object) -> Reply:
            posted.append(goal.netloc)  # type: ignore[attr-defined]
            is_silent = goal.port == 9  # type: ignore[attr-defined]
            return Reply(status=None, error="timeout") if is_silent else Reply(status=200)

    silent = endpoint(9)
    endpoint(10)
    quiet = Audience(asked={silent.endpoint_id: frozenset()})
    quiet.tell(Event(type="webhook.test", data=TEST) for _ in range(200))
    tell("webhook.test", TEST)
    with mock.patch.object(delivering, "_STEP", 4):
        assert deliver(Half()) == 1
    # Four at once found nobody there; the other 197 were left for a later pass.
    assert posted.count("127.0.0.1:9") == 4


def test_a_customer_who_became_restricted_is_told_about_no_more() -> None:
    whom = Customer.objects.create(id="cus_1", region="default", first_known_at=timezone.now())
    endpoint()
    event = Event(
        type="identity.question_settled",
        data={"question_id": "brg_1", "verdict": "apart"},
        customers=(whom.pk,),
    )
    Audience.load().tell([event])
    Customer.objects.update(is_restricted=True)
    posted: list[bytes] = []

    class Taken(Poster):
        def post(self, goal: object, body: bytes, headers: object) -> Reply:
            posted.append(body)
            return Reply(status=200)

    assert deliver(Taken()) == 0
    assert posted == []
    assert (message().dead_at is not None, OutboxAttempt.objects.get().error) == (
        True,
        "restricted",
    )
    Customer.objects.update(is_restricted=False)  # the control
    send_again(message_id=message().pk, acting_user=system_user())
    assert deliver(Taken()) == 1


def test_two_senders_send_each_message_once(own_database: Server) -> None:
    posted: list[str] = []
    together = threading.Barrier(2)

    class Noting(Poster):
        def post(self, goal: object, body: bytes, headers: dict[str, str]) -> Reply:  # type: ignore[override]
            posted.append(headers["webhook-id"])
            return Reply(status=200)

    endpoint()
    Audience.load().tell(Event(type="webhook.test", data=TEST) for _ in range(60))
    user = system_user()

    def send() -> None:
        try:
            together.wait(20)
            deliver_due(acting_user=user, poster=Noting())
        finally:
            connections.close_all()

    with mock.patch.object(delivering, "_STEP", 5):
        senders = [threading.Thread(target=send) for _ in range(2)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(60)
    assert len(posted) == len(set(posted)) == 60
    assert OutboxMessage.objects.filter(delivered_at__isnull=False).count() == 60


def test_a_key_that_does_not_open_one_secret_stops_no_other_address() -> None:
    broken = endpoint(9)
    endpoint(10)
    WebhookEndpoint.objects.filter(pk=broken.endpoint_id).update(secret=b"x" * 60)
    tell("webhook.test", TEST)
    assert deliver(AlwaysTaken()) == 1
    assert sorted(OutboxAttempt.objects.values_list("error", flat=True)) == ["", "secret"]
