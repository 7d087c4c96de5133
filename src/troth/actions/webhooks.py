"""Who is told? Addresses are added, changed and removed; each has a secret that is shown once."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from troth.actions.outbox import Audience, Event
from troth.actions.recording import Entry, recorded
from troth.connectors.webhooks.posting import resolve
from troth.connectors.workspace import allows_loopback
from troth.core.access.roles import Right
from troth.core.webhooks.destinations import (
    Destination,
    DestinationError,
    choose,
    destination,
)
from troth.core.webhooks.events import EVENT_TYPES
from troth.core.webhooks.signing import secret_text
from troth.store.models import OutboxMessage, User, WebhookEndpoint
from troth.store.sealing import unwrap, wrap

BOTH_SIGN_FOR = timedelta(hours=24)
_KEY_BYTES = 32
_LONGEST_DESCRIPTION = 200


class NoSuchEndpointError(LookupError):
    """There is no such address, or it was removed. `troth webhook list` shows those there are."""

    code = "webhook.unknown"


class UnknownEventTypeError(ValueError):
    """There is no such event type. docs/reference/webhooks.md lists them."""

    code = "webhook.event-type"


@dataclass(frozen=True, kw_only=True)
class Secret:
    """What is shown once."""

    endpoint_id: str
    secret: str


def goal_of(url: str) -> Destination:
    """Where a URL leads, under this workspace's settings. Raises DestinationError."""
    return destination(url, is_loopback_allowed=allows_loopback(Path(settings.WORKSPACE)))


def add_endpoint(
    *, url: str, event_types: Iterable[str] = (), description: str = "", acting_user: User
) -> Secret:
    """Tell an address from now on. Raises DestinationError, UnknownEventTypeError.

    No event types are all of them. A name that cannot be resolved now is taken: it is checked
    again at each try.
    """
    types = sorted(set(event_types))
    if unknown := [name for name in types if name not in EVENT_TYPES]:
        known = ", ".join(EVENT_TYPES)
        raise UnknownEventTypeError(
            f"There is no event type {unknown[0]!r}. Use some of {known}, or none for all of them."
        )
    _check(url)
    key, endpoint_id = secrets.token_bytes(_KEY_BYTES), f"ep_{secrets.token_hex(8)}"
    with recorded(
        acting_user=acting_user,
        action="webhook:endpoint:added",
        right=Right.MANAGE_WEBHOOKS,
        subject=endpoint_id,
    ) as entry:
        endpoint = WebhookEndpoint.objects.create(
            id=endpoint_id,
            url=url,
            description=description.strip()[:_LONGEST_DESCRIPTION],
            event_types=types,
            secret=wrap(key, aad_of(endpoint_id)),
            created_by=acting_user,
            created_at=timezone.now(),
        )
        entry.wrote(endpoint)
        entry.detail = {"host": goal_of(url).host, "event_types": types}
    return Secret(endpoint_id=endpoint_id, secret=secret_text(key))


def _check(url: str) -> None:
    goal = goal_of(url)
    try:
        found = resolve(goal.host, goal.port)
    except (OSError, UnicodeError):
        return
    choose(goal, found)


def remove_endpoint(*, endpoint_id: str, reason: str, acting_user: User) -> None:
    """Tell an address no more, for good; its secret is deleted. Raises NoSuchEndpointError."""
    with recorded(
        acting_user=acting_user,
        action="webhook:endpoint:removed",
        right=Right.MANAGE_WEBHOOKS,
        subject=endpoint_id,
        reason=reason.strip(),
    ) as entry:
        endpoint = held(endpoint_id)
        endpoint.secret, endpoint.previous_secret = b"", None
        endpoint.removed_at = timezone.now()
        disable(endpoint, because="removed", entry=entry)


def disable(endpoint: WebhookEndpoint, *, because: str, entry: Entry) -> None:
    """Stop telling a held address, in the caller's entry; `because` is a code and stands beside it.

    What waits for it is put with the dead when it falls due.
    """
    endpoint.is_active, endpoint.disabled_because = False, because
    endpoint.disabled_at = timezone.now()
    endpoint.save()
    entry.wrote(endpoint)
    entry.detail = {"because": because}


def enable_endpoint(*, endpoint_id: str, acting_user: User) -> None:
    """Tell a disabled address again. Raises NoSuchEndpointError."""
    with recorded(
        acting_user=acting_user,
        action="webhook:endpoint:enabled",
        right=Right.MANAGE_WEBHOOKS,
        subject=endpoint_id,
    ) as entry:
        endpoint = held(endpoint_id)
        entry.is_empty = endpoint.is_active
        if endpoint.is_active:
            return
        endpoint.is_active, endpoint.disabled_because = True, ""
        endpoint.disabled_at = endpoint.failing_since = None
        endpoint.save()
        entry.wrote(endpoint)


def rotate_secret(*, endpoint_id: str, acting_user: User) -> Secret:
    """A new secret; the old one signs beside it for BOTH_SIGN_FOR. Raises NoSuchEndpointError."""
    key = secrets.token_bytes(_KEY_BYTES)
    with recorded(
        acting_user=acting_user,
        action="webhook:secret:rotated",
        right=Right.MANAGE_WEBHOOKS,
        subject=endpoint_id,
    ) as entry:
        endpoint = held(endpoint_id)
        endpoint.previous_secret = endpoint.secret
        endpoint.previous_secret_ends_at = timezone.now() + BOTH_SIGN_FOR
        endpoint.secret = wrap(key, aad_of(endpoint_id))
        endpoint.save()
        entry.wrote(endpoint)
    return Secret(endpoint_id=endpoint_id, secret=secret_text(key))


def send_test(*, endpoint_id: str, acting_user: User) -> str:
    """Write a `webhook.test` for one address; the message's id. Raises NoSuchEndpointError."""
    with recorded(
        acting_user=acting_user,
        action="webhook:endpoint:tested",
        right=Right.MANAGE_WEBHOOKS,
        subject=endpoint_id,
    ):
        endpoint = held(endpoint_id)
        only = Audience(asked={endpoint.pk: frozenset()})
        only.tell([Event(type="webhook.test", data={"endpoint_id": endpoint.pk})])
        newest = OutboxMessage.objects.filter(endpoint=endpoint, event_type="webhook.test")
        return newest.latest("id").pk


def held(endpoint_id: str) -> WebhookEndpoint:
    """The row, held until the transaction ends. Raises NoSuchEndpointError.

    An address is held before any of its messages, everywhere, so that two never wait in a ring.
    """
    rows = WebhookEndpoint.objects.select_for_update(no_key=True)
    found = rows.filter(pk=endpoint_id, removed_at=None).first()
    if found is None:
        raise NoSuchEndpointError(
            f"There is no address {endpoint_id!r}, or it was removed. "
            "`troth webhook list` shows those there are."
        )
    return found


def keys_of(endpoint: WebhookEndpoint) -> list[bytes]:
    """The keys that sign now, the newest first. Raises WrongWorkspaceKeyError."""
    keys = [unwrap(endpoint.secret, aad_of(endpoint.pk))]
    ends_at = endpoint.previous_secret_ends_at
    if endpoint.previous_secret is not None and ends_at is not None and timezone.now() < ends_at:
        keys.append(unwrap(endpoint.previous_secret, aad_of(endpoint.pk)))
    return keys


def aad_of(endpoint_id: str) -> bytes:
    """What a wrapped secret is bound to."""
    return f"webhook:{endpoint_id}".encode()


__all__ = [
    "BOTH_SIGN_FOR",
    "DestinationError",
    "NoSuchEndpointError",
    "Secret",
    "UnknownEventTypeError",
    "add_endpoint",
    "enable_endpoint",
    "remove_endpoint",
    "rotate_secret",
    "send_test",
]
