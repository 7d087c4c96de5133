"""How is somebody outside told, without telling what did not happen?

A message is a row, written in the transaction of what it tells, one for each address that asked
for its type. Where nobody asked, nothing is written. Sending is a later step: `delivering`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from troth.core.webhooks.events import payload
from troth.store.models import Customer, OutboxMessage, WebhookEndpoint

_BATCH = 1_000


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened."""

    type: str
    data: Mapping[str, Any]
    customers: tuple[str, ...] = ()  # whom it is about


@dataclass(frozen=True, kw_only=True)
class Audience:
    """The addresses that are told now, each with the types that it asked for ([]: all)."""

    asked: Mapping[str, frozenset[str]]

    @classmethod
    def load(cls) -> Audience:
        """One query; a bulk action loads it once a transaction."""
        rows = WebhookEndpoint.objects.filter(is_active=True).order_by("id")
        return cls(
            asked={key: frozenset(types) for key, types in rows.values_list("id", "event_types")}
        )

    def hears(self, *event_types: str) -> bool:
        """Whether anybody asked for one of the types: if not, events need not be made."""
        return any(not types or types & {*event_types} for types in self.asked.values())

    def tell(self, events: Iterable[Event]) -> int:
        """Write the messages, in the caller's transaction; how many. Raises UndeclaredDataError.

        An event about a restricted customer, or one that the author may not see, is not told.
        """
        heard = [event for event in events if self.hears(event.type)]
        if not heard:
            return 0
        open_ids = open_customers(key for event in heard for key in event.customers)
        now = timezone.now()
        messages = [
            OutboxMessage(
                id=_message_id(now),
                endpoint_id=endpoint_id,
                event_type=event.type,
                customer_id=event.customers[0] if event.customers else None,
                payload=payload(event.type, event.data, at=now),
                created_at=now,
                next_attempt_at=now,
            )
            for event in heard
            if open_ids.issuperset(event.customers)
            for endpoint_id, types in self.asked.items()
            if not types or event.type in types
        ]
        OutboxMessage.objects.bulk_create(messages, batch_size=_BATCH)
        return len(messages)


def tell(event_type: str, data: Mapping[str, Any], *, customer_id: str | None = None) -> int:
    """Tell of one event, in the caller's transaction; how many messages that made."""
    customers = (customer_id,) if customer_id else ()
    return Audience.load().tell([Event(type=event_type, data=data, customers=customers)])


def open_customers(ids: Iterable[str]) -> set[str]:
    """Those of the customers that may be told about: seen by the author, and not restricted."""
    wanted = sorted(set(ids))
    if not wanted:
        return set()
    rows = Customer.objects.filter(pk__in=wanted, is_restricted=False)
    return set(rows.values_list("pk", flat=True))


_last = [0]


def _message_id(now: datetime) -> str:
    """`msg_` and 32 hex digits: the microsecond, ever growing in a process, then chance."""
    _last[0] = max(_last[0] + 1, int(now.timestamp() * 1_000_000))
    return f"msg_{_last[0]:016x}{secrets.token_hex(8)}"
