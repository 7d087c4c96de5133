"""Webhooks over HTTP: who is told, and what could not be sent."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions import webhooks
from troth.actions.delivering import send_again, send_all_again
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cursors import list_answer, reach_of
from troth.api.routes.describing import described, json_body
from troth.api.shapes.outgoing import (
    NewWebhook,
    OutboxEntry,
    OutboxFilters,
    OutboxList,
    RemoveWebhook,
    Resent,
    Webhook,
    WebhookList,
    WebhookSecret,
)
from troth.api.signing_in import user_of, viewer
from troth.core.access.roles import Right
from troth.store.queries.outbox import endpoint, find_endpoints, message, next_messages

_TAG = "Webhooks"
router = Router()


@router.get(
    "/webhooks", **described("webhook_list", "List webhooks", tag=_TAG, answers=WebhookList)
)
def webhook_list(request: HttpRequest) -> HttpResponse:
    """Every address that is told, the oldest first; no secret is shown."""
    found = find_endpoints(viewer=viewer(request))
    return json_answer(WebhookList.model_validate({"data": list(found)}))


@router.post(
    "/webhooks",
    **described(
        "webhook_add",
        "Add a webhook",
        tag=_TAG,
        answers=WebhookSecret,
        extra=json_body(NewWebhook.model_json_schema(), {"broken": NewWebhook.EXAMPLE}),
    ),
)
def webhook_add(request: HttpRequest) -> HttpResponse:
    """Tell an address from now on. Its secret is shown in this answer and never again."""
    viewer(request).require(Right.MANAGE_WEBHOOKS)
    asked = body_of(request, NewWebhook)
    shown = webhooks.add_endpoint(
        url=asked.url,
        event_types=asked.event_types,
        description=asked.description,
        acting_user=user_of(request),
    )
    return _secret(shown)


def _secret(shown: webhooks.Secret) -> HttpResponse:
    answer = json_answer(WebhookSecret.model_validate(shown))
    answer["Cache-Control"] = "no-store"
    return answer


@router.post(
    "/webhooks/{endpoint_id}/rotate",
    **described("webhook_rotate", "Change a secret", tag=_TAG, answers=WebhookSecret),
)
def webhook_rotate(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    """A new secret, shown this once; the old one signs beside it for a day."""
    shown = webhooks.rotate_secret(endpoint_id=endpoint_id, acting_user=user_of(request))
    return _secret(shown)


@router.post(
    "/webhooks/{endpoint_id}/remove",
    **described(
        "webhook_remove",
        "Remove a webhook",
        tag=_TAG,
        answers=Webhook,
        extra=json_body(RemoveWebhook.model_json_schema(), {"reason": RemoveWebhook.EXAMPLE}),
    ),
)
def webhook_remove(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    """Tell an address no more, for good; its secret is deleted."""
    viewer(request).require(Right.MANAGE_WEBHOOKS)
    asked = body_of(request, RemoveWebhook)
    webhooks.remove_endpoint(
        endpoint_id=endpoint_id, reason=asked.reason, acting_user=user_of(request)
    )
    return _webhook(request, endpoint_id)


@router.post(
    "/webhooks/{endpoint_id}/enable",
    **described("webhook_enable", "Enable a webhook", tag=_TAG, answers=Webhook),
)
def webhook_enable(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    """Tell an address again that was disabled."""
    webhooks.enable_endpoint(endpoint_id=endpoint_id, acting_user=user_of(request))
    return _webhook(request, endpoint_id)


@router.post(
    "/webhooks/{endpoint_id}/test",
    **described("webhook_test", "Test a webhook", tag=_TAG, answers=OutboxEntry),
)
def webhook_test(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    """Write a `webhook.test` for this address; it is sent within a minute."""
    key = webhooks.send_test(endpoint_id=endpoint_id, acting_user=user_of(request))
    return _message(request, key)


@router.post(
    "/webhooks/{endpoint_id}/retry",
    **described("webhook_retry", "Send all of a webhook again", tag=_TAG, answers=Resent),
)
def webhook_retry(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    """Send every message of this address again that could not be sent."""
    count = send_all_again(endpoint_id=endpoint_id, acting_user=user_of(request))
    return json_answer(Resent(messages=count))


@router.get("/outbox", **described("outbox_list", "List messages", tag=_TAG, answers=OutboxList))
def outbox_list(request: HttpRequest, filters: Query[OutboxFilters]) -> HttpResponse:
    """Messages, the newest first; those that could not be sent where nothing else is asked for."""
    found = next_messages(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        state="" if filters.state == "all" else filters.state,
        endpoint_id=filters.endpoint,
    )
    return list_answer(request, filters, OutboxList, found)


@router.get(
    "/outbox/{message_id}",
    **described("outbox_one", "Show a message", tag=_TAG, answers=OutboxEntry),
)
def outbox_one(request: HttpRequest, message_id: str) -> HttpResponse:
    """One message as it is sent, with every try."""
    return _message(request, message_id)


@router.post(
    "/outbox/{message_id}/retry",
    **described("outbox_retry", "Send a message again", tag=_TAG, answers=OutboxEntry),
)
def outbox_retry(request: HttpRequest, message_id: str) -> HttpResponse:
    """Send a message again that could not be sent, from the first try."""
    send_again(message_id=message_id, acting_user=user_of(request))
    return _message(request, message_id)


def _webhook(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    found = endpoint(viewer=viewer(request), endpoint_id=endpoint_id)
    return json_answer(Webhook.model_validate(found))


def _message(request: HttpRequest, message_id: str) -> HttpResponse:
    found = message(viewer=viewer(request), message_id=message_id)
    return json_answer(OutboxEntry.model_validate(found))
