"""What waits to leave the house, what left, and what could not?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from troth.core.access.roles import Right
from troth.core.records.values import Sensitivity
from troth.core.webhooks.events import declared_part
from troth.store.models import OutboxMessage, WebhookEndpoint
from troth.store.queries.lists import (
    PAGE_SIZE,
    Choice,
    NotFoundError,
    Page,
    choices,
    cut,
    ordered,
)
from troth.store.queries.masking import shows
from troth.store.queries.slices import Reach, Slice, sliced
from troth.store.queries.viewing import Viewer, as_the_program, viewing
from troth.store.queries.visibility import visible

STATES: Mapping[str, Q] = {
    "dead": Q(dead_at__isnull=False),
    "waiting": Q(next_attempt_at__isnull=False),
    "delivered": Q(delivered_at__isnull=False),
}
SORTS = {"at": "id", "type": "event_type", "tries": "attempt_count", "next": "next_attempt_at"}


@dataclass(frozen=True, kw_only=True)
class EndpointRow:
    """One address, without its secret."""

    id: str
    url: str
    description: str
    event_types: tuple[str, ...]  # () is every one
    is_active: bool
    disabled_because: str  # a code: gone, failing, removed
    disabled_at: datetime | None
    failing_since: datetime | None
    created_at: datetime
    created_by: str
    waiting: int
    dead: int


@dataclass(frozen=True, kw_only=True)
class AttemptRow:
    """One try."""

    number: int
    at: datetime
    status: int | None
    error: str
    milliseconds: int


@dataclass(frozen=True, kw_only=True)
class MessageRow:
    """One event for one address."""

    id: str
    endpoint_id: str
    url: str
    event_type: str
    created_at: datetime
    attempt_count: int  # since it was last sent anew
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    dead_at: datetime | None
    payload: str
    attempts: tuple[AttemptRow, ...] = ()  # where one message is asked for

    @property
    def state(self) -> str:
        """dead, delivered or waiting."""
        if self.dead_at is not None:
            return "dead"
        return "waiting" if self.delivered_at is None else "delivered"


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """How far behind the outbox is."""

    waiting: int
    dead: int
    oldest_at: datetime | None  # when the oldest message that waits was written


def find_endpoints(*, viewer: Viewer, is_removed: bool = False) -> tuple[EndpointRow, ...]:
    """Every address, the oldest first. Raises NotAllowedError."""
    with viewing(viewer, Right.SEE_OUTBOX):
        rows = _endpoints().filter(removed_at__isnull=not is_removed)
        return tuple(_endpoint(row) for row in rows.order_by("created_at", "pk"))


def endpoint(*, viewer: Viewer, endpoint_id: str) -> EndpointRow:
    """One address, a removed one too. Raises NotFoundError."""
    with viewing(viewer, Right.SEE_OUTBOX):
        row = _endpoints().filter(pk=endpoint_id).first()
        if row is None:
            raise NotFoundError("webhook", endpoint_id)
        return _endpoint(row)


def find_messages(
    *,
    viewer: Viewer,
    state: str = "dead",
    endpoint_id: str = "",
    event_type: str = "",
    sort: str = "-at",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[MessageRow]:
    """Messages; `state` "" is all of them. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_OUTBOX) as sight:
        rows = visible(_chosen(state, endpoint_id, event_type), sight)
        rows = ordered(rows, sort=sort, columns=SORTS, key="pk")
        return cut(rows, page=page, size=size, to_row=lambda row: _message(viewer, row))


def next_messages(
    *, viewer: Viewer, reach: Reach, state: str = "dead", endpoint_id: str = ""
) -> Slice[MessageRow]:
    """Messages, the newest first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_OUTBOX) as sight:
        rows = visible(_chosen(state, endpoint_id, ""), sight)
        return sliced(rows, by=("-id",), reach=reach, to_row=lambda row: _message(viewer, row))


def message(*, viewer: Viewer, message_id: str) -> MessageRow:
    """One message with its tries. Raises NotFoundError."""
    with viewing(viewer, Right.SEE_OUTBOX) as sight:
        rows = visible(OutboxMessage.objects.select_related("endpoint"), sight)
        row = rows.filter(pk=message_id).first()
        if row is None:
            raise NotFoundError("message", message_id)
        attempts = tuple(
            AttemptRow(
                number=item.number,
                at=item.at,
                status=item.status,
                error=item.error,
                milliseconds=item.milliseconds,
            )
            for item in row.attempts.order_by("number")
        )
        return _message(viewer, row, attempts)


def outbox_choices(*, viewer: Viewer) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """The addresses and the types of the messages that are dead."""
    with viewing(viewer, Right.SEE_OUTBOX) as sight:
        dead = visible(OutboxMessage.objects.filter(STATES["dead"]), sight)
        return choices(dead, "endpoint_id"), choices(dead, "event_type")


def backlog(*, viewer: Viewer) -> Backlog:
    """How much waits, since when, and how much could not be sent."""
    with viewing(viewer, Right.SEE_OUTBOX):
        return backlog_now()


def backlog_now() -> Backlog:
    """The same for the machine's own health: it names nobody."""
    with as_the_program():
        found = OutboxMessage.objects.aggregate(
            waiting=Count("pk", filter=STATES["waiting"]),
            dead=Count("pk", filter=STATES["dead"]),
            oldest_at=Min("created_at", filter=STATES["waiting"]),
        )
    return Backlog(**found)


def _chosen(state: str, endpoint_id: str, event_type: str) -> QuerySet[OutboxMessage]:
    rows = OutboxMessage.objects.select_related("endpoint")
    if state:
        rows = rows.filter(STATES.get(state, Q(pk__in=[])))
    wanted: dict[str, Any] = {"endpoint_id": endpoint_id, "event_type": event_type}
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def _endpoints() -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.select_related("created_by").annotate(
        waiting=Count("messages", filter=Q(messages__next_attempt_at__isnull=False)),
        dead=Count("messages", filter=Q(messages__dead_at__isnull=False)),
    )


def _endpoint(row: Any) -> EndpointRow:
    return EndpointRow(
        id=row.pk,
        url=row.url,
        description=row.description,
        event_types=tuple(row.event_types),
        is_active=row.is_active,
        disabled_because=row.disabled_because,
        disabled_at=row.disabled_at,
        failing_since=row.failing_since,
        created_at=row.created_at,
        created_by=row.created_by.name,
        waiting=row.waiting,
        dead=row.dead,
    )


def _message(
    viewer: Viewer, row: OutboxMessage, attempts: tuple[AttemptRow, ...] = ()
) -> MessageRow:
    is_shown = shows(viewer, Sensitivity.PERSONAL)
    return MessageRow(
        id=row.pk,
        endpoint_id=row.endpoint_id,
        url=row.endpoint.url,
        event_type=row.event_type,
        created_at=row.created_at,
        attempt_count=row.attempt_count,
        next_attempt_at=row.next_attempt_at,
        delivered_at=row.delivered_at,
        dead_at=row.dead_at,
        payload=row.payload if is_shown else declared_part(row.event_type, row.payload),
        attempts=attempts,
    )
