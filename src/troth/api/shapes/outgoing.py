"""What does the API say of addresses that are told, and of what could not be sent?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed


class Webhook(Shape):
    """One address that is told; its secret is never shown again."""

    id: str = Field(description="ep_ and 16 hex digits.")
    url: str
    description: str
    event_types: list[str] = Field(description="What it is told; none is everything.")
    is_active: bool
    disabled_because: Maybe = Field(description="`gone`, `failing` or `removed`.")
    disabled_at: datetime | None
    failing_since: datetime | None = Field(description="The first failure after a success.")
    created_at: datetime
    waiting: int = Field(description="Messages that wait for a try.")
    dead: int = Field(description="Messages that could not be sent.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "ep_3f2a9c01b7d4e856",
        "url": "https://hooks.example.org/troth",
        "description": "the order desk",
        "event_types": ["promise.broken"],
        "is_active": True,
        "disabled_because": None,
        "disabled_at": None,
        "failing_since": None,
        "created_at": "2026-01-31T09:00:00Z",
        "waiting": 0,
        "dead": 0,
    }


class WebhookList(Shape):
    """Every address, the oldest first."""

    data: list[Webhook]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"data": [Webhook.EXAMPLE]}


class NewWebhook(Shape):
    """Who is to be told what."""

    model_config = ConfigDict(extra="forbid", strict=True)
    url: str = Field(min_length=1, max_length=2_000, description="https, on port 443 or 8443.")
    event_types: list[str] = Field(
        default_factory=list, max_length=100, description="None is everything."
    )
    description: str = Field("", max_length=200, description="What it is for.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "url": "https://hooks.example.org/troth",
        "event_types": ["promise.broken"],
        "description": "the order desk",
    }


class WebhookSecret(Shape):
    """The secret that signs, shown this once."""

    endpoint_id: str
    secret: str = Field(description="whsec_ and the key in base64 (Standard Webhooks).")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "endpoint_id": "ep_3f2a9c01b7d4e856",
        "secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    }


class RemoveWebhook(Shape):
    """Why it is told no more."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str = Field(min_length=1, max_length=2_000, description="It is kept.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"reason": "Moved to the new gateway."}


class OutboxFilters(Paging):
    """Which messages?"""

    state: Literal["dead", "waiting", "delivered", "all"] = Field(
        "dead", description="Those that could not be sent, or others.", examples=["dead"]
    )
    endpoint: str = Field(
        "", max_length=200, description="For this address.", examples=["ep_3f2a9c01b7d4e856"]
    )


class OutboxMessage(Shape):
    """One event for one address."""

    id: str = Field(description="The `webhook-id`, the same on every try.")
    endpoint_id: str
    event_type: str
    state: str = Field(description="`dead`, `waiting` or `delivered`.")
    created_at: datetime
    attempt_count: int = Field(description="Tries since it was last sent anew.")
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    dead_at: datetime | None
    payload: str = Field(description="The body, to the byte.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "msg_000649f2c3a1b0d25d41402abc4b2a76",
        "endpoint_id": "ep_3f2a9c01b7d4e856",
        "event_type": "promise.kept",
        "state": "dead",
        "created_at": "2026-01-31T09:00:00Z",
        "attempt_count": 10,
        "next_attempt_at": None,
        "delivered_at": None,
        "dead_at": "2026-02-03T12:35:05Z",
        "payload": '{"type":"promise.kept","timestamp":"2026-01-31T09:00:00Z","data":{}}',
    }


class OutboxAttempt(Shape):
    """One try."""

    number: int = Field(description="From 1; it counts on where a message is sent anew.")
    at: datetime
    status: int | None = Field(description="The HTTP status; null where no answer came.")
    error: Maybe = Field(description="Why no answer came, as a code; null where one did.")
    milliseconds: int
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "number": 10,
        "at": "2026-02-03T12:35:05Z",
        "status": 503,
        "error": None,
        "milliseconds": 120,
    }


class OutboxEntry(OutboxMessage):
    """One event for one address, with every try."""

    attempts: list[OutboxAttempt] = Field(description="The first one first.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        **OutboxMessage.EXAMPLE,
        "attempts": [OutboxAttempt.EXAMPLE],
    }


class OutboxList(Listing):
    """Messages, the newest first."""

    data: list[OutboxMessage]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(OutboxMessage, "/outbox")


class Resent(Shape):
    """What will be sent again."""

    messages: int
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"messages": 3}
