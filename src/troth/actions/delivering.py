"""How does a message reach its address, at least once?

Messages are rows, not jobs: a scan takes what is due in the order of ids and skips what another
scan holds. It takes them with a lease, ends its transaction, posts, and writes what came of it:
no transaction is open while a receiver thinks. A sender that dies leaves the lease to run out, and
the message is sent again under the same id.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from troth.actions.outbox import open_customers
from troth.actions.recording import recorded, writing
from troth.actions.webhooks import disable, goal_of, held, keys_of
from troth.connectors.webhooks.posting import Poster, Reply
from troth.core.access.roles import Right
from troth.core.webhooks.destinations import Destination, DestinationError
from troth.core.webhooks.schedule import DISABLED_AFTER, Judged, Verdict, judge
from troth.core.webhooks.signing import headers
from troth.store.models import OutboxAttempt, OutboxMessage, User, WebhookEndpoint
from troth.store.queries.viewing import as_the_program
from troth.store.sealing import SealingError

LEASE = timedelta(minutes=5)
_STEP = 32
_AT_ONCE = 8  # 4 rounds of at most 20 seconds each end well within the lease
_USER_AGENT = "Troth-Webhooks/1"
_CHANCE = random.SystemRandom()


class NoSuchMessageError(LookupError):
    """No dead message has this id. `troth outbox list` shows those there are."""

    code = "outbox.unknown"


@dataclass(kw_only=True)
class Delivered:
    """What a pass over the outbox came to."""

    tried: int = 0
    delivered: int = 0
    dead: int = 0


@dataclass(frozen=True, kw_only=True)
class _Letter:
    """One message, ready to be posted without the database."""

    message: OutboxMessage
    goal: Destination | None
    body: bytes
    headers: dict[str, str]
    withheld: str = ""  # why it must not leave, for good
    fault: str = ""  # why it cannot leave now


def deliver_due(
    *, acting_user: User, poster: Poster | None = None, only: Iterable[str] | None = None
) -> Delivered:
    """Send what is due now. Any number of these may run at once.

    An address that nobody answers at is left alone for the rest of the pass. `only` names
    messages; None is all.
    """
    poster = poster or Poster()
    result = Delivered()
    silent: set[str] = set()
    wanted = None if only is None else sorted(only)
    with as_the_program(), ThreadPoolExecutor(_AT_ONCE) as pool:
        while letters := _claimed(silent, wanted):
            replies = pool.map(lambda letter: _post(poster, letter), letters)
            for letter, reply in zip(letters, replies, strict=True):
                verdict = _write(letter, reply, acting_user)
                result.tried += not letter.withheld
                result.delivered += verdict is Verdict.DELIVERED
                result.dead += verdict in (Verdict.DEAD, Verdict.GONE)
                if reply.is_silence:
                    silent.add(letter.message.endpoint_id)
            if wanted is not None:
                break
    return result


def _claimed(silent: set[str], wanted: list[str] | None) -> list[_Letter]:
    """Some of what is due, leased: nobody else takes it before the lease ends."""
    now = timezone.now()
    with transaction.atomic():
        due = OutboxMessage.objects.select_for_update(skip_locked=True, of=("self",))
        due = due.filter(next_attempt_at__lte=now).exclude(endpoint__in=silent)
        if wanted is not None:
            due = due.filter(pk__in=wanted)
        found = list(due.select_related("endpoint").order_by("id")[:_STEP])
        leased = OutboxMessage.objects.filter(pk__in=[message.pk for message in found])
        leased.update(next_attempt_at=now + LEASE)
        open_ids = open_customers(key for message in found for key in _customers(message))
    for message in found:
        message.next_attempt_at = now + LEASE
    return [_letter(message, now, open_ids) for message in found]


def _customers(message: OutboxMessage) -> set[str]:
    """Whom a message is about."""
    told = json.loads(message.payload)["data"]
    named = {message.customer_id, told.get("customer_id"), *told.get("customer_ids", ())}
    return {key for key in named if key}


def _letter(message: OutboxMessage, now: datetime, open_ids: set[str]) -> _Letter:
    endpoint, body = message.endpoint, message.payload.encode()
    withheld = "" if endpoint.is_active else "disabled"
    if not open_ids.issuperset(_customers(message)):
        withheld = "restricted"
    if withheld:
        return _Letter(message=message, goal=None, body=body, headers={}, withheld=withheld)
    try:
        goal = goal_of(endpoint.url)
        signed = headers(keys_of(endpoint), message_id=message.pk, at=now, body=body)
    except (DestinationError, SealingError) as error:  # one address must not stop the others
        fault = "destination" if isinstance(error, DestinationError) else "secret"
        return _Letter(message=message, goal=None, body=body, headers={}, fault=fault)
    named = {"Content-Type": "application/json", "User-Agent": _USER_AGENT, **signed}
    return _Letter(message=message, goal=goal, body=body, headers=named)


def _post(poster: Poster, letter: _Letter) -> Reply:
    if letter.goal is None:
        return Reply(status=None, error=letter.withheld or letter.fault)
    return poster.post(letter.goal, letter.body, letter.headers)


def _write(letter: _Letter, reply: Reply, acting_user: User) -> Verdict:
    """Write what came of one try. The address is held before the message."""
    now = timezone.now()
    with writing():
        endpoints = WebhookEndpoint.objects.select_for_update(no_key=True)
        endpoint = endpoints.get(pk=letter.message.endpoint_id)
        message = OutboxMessage.objects.select_for_update().get(pk=letter.message.pk)
        is_ours = message.next_attempt_at == letter.message.next_attempt_at
        OutboxAttempt.objects.create(
            message=message,
            number=message.attempts.count() + 1,
            at=now,
            status=reply.status,
            error=reply.error,
            milliseconds=reply.milliseconds,
        )
        judged = (
            Judged(verdict=Verdict.DEAD)
            if letter.withheld
            else judge(
                number=message.attempt_count + 1,
                status=reply.status,
                retry_after=reply.retry_after,
                chance=_CHANCE.random(),
            )
        )
        # Where the lease ran out, another sender has it by now; a delivery is one all the same.
        if is_ours or judged.verdict is Verdict.DELIVERED:
            _settle(message, judged, now)
        if not letter.withheld:
            _judge_endpoint(endpoint, judged, now, acting_user)
    return judged.verdict


def _settle(message: OutboxMessage, judged: Judged, now: datetime) -> None:
    message.attempt_count += 1
    message.next_attempt_at = None if judged.wait is None else now + judged.wait
    if judged.verdict is Verdict.DELIVERED:
        message.delivered_at, message.dead_at = now, None
    elif judged.wait is None:
        message.dead_at = now
    message.save(update_fields=["attempt_count", "next_attempt_at", "delivered_at", "dead_at"])


def _judge_endpoint(
    endpoint: WebhookEndpoint, judged: Judged, now: datetime, acting_user: User
) -> None:
    """Note how an address fares; disable it where it asked for that or has failed for days."""
    if judged.verdict is Verdict.DELIVERED:
        if endpoint.failing_since is not None:
            endpoint.failing_since = None
            endpoint.save(update_fields=["failing_since"])
        return
    since = endpoint.failing_since or now
    is_gone = judged.verdict is Verdict.GONE
    if endpoint.is_active and (is_gone or now - since >= DISABLED_AFTER):
        with recorded(
            acting_user=acting_user,
            action="webhook:endpoint:disabled",
            right=Right.MANAGE_WEBHOOKS,
            subject=endpoint.pk,
        ) as entry:
            endpoint.failing_since = since
            disable(endpoint, because="gone" if is_gone else "failing", entry=entry)
    elif endpoint.failing_since is None:
        endpoint.failing_since = now
        endpoint.save(update_fields=["failing_since"])


def send_again(*, message_id: str, acting_user: User) -> int:
    """Send one dead message again, from the first try. Raises NoSuchMessageError."""
    with recorded(
        acting_user=acting_user,
        action="outbox:message:retried",
        right=Right.MANAGE_WEBHOOKS,
        subject=message_id,
    ) as entry:
        count = _revive(OutboxMessage.objects.filter(pk=message_id).values_list("pk", flat=True))
        if not count:
            raise NoSuchMessageError(
                f"No dead message is called {message_id!r}. `troth outbox list` shows them."
            )
        entry.detail = {"messages": count}
    return count


def send_all_again(*, endpoint_id: str, acting_user: User) -> int:
    """Send every dead message of one address again; how many. Raises NoSuchEndpointError."""
    with recorded(
        acting_user=acting_user,
        action="outbox:messages:retried",
        right=Right.MANAGE_WEBHOOKS,
        subject=endpoint_id,
    ) as entry:
        endpoint = held(endpoint_id)
        count = _revive(
            OutboxMessage.objects.filter(endpoint=endpoint).values_list("pk", flat=True)
        )
        entry.detail = {"messages": count}
        entry.is_empty = count == 0
    return count


def _revive(ids: Iterable[str]) -> int:
    """Make dead messages due. Held in the order of their ids, as everywhere."""
    dead = OutboxMessage.objects.select_for_update().filter(dead_at__isnull=False, pk__in=ids)
    found = [message.pk for message in dead.order_by("id")]
    return OutboxMessage.objects.filter(pk__in=found).update(
        dead_at=None, attempt_count=0, next_attempt_at=timezone.now()
    )
