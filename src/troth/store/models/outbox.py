"""What leaves the house: to whom, what, and what became of it.

A message is written in the transaction of what it tells; sending it is a later step, so that
nothing is told which did not happen, and nothing that happened is not told.
"""

from __future__ import annotations

from django.db import models


class WebhookEndpoint(models.Model):
    """An address that wants to be told."""

    id = models.TextField(primary_key=True)  # "ep_" and 16 hex digits
    url = models.TextField()
    description = models.TextField(blank=True)
    event_types = models.JSONField(default=list)  # [] is every one
    secret = models.BinaryField()  # the signing key, wrapped by the workspace's
    previous_secret = models.BinaryField(null=True)  # signs too until it ends
    previous_secret_ends_at = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)
    disabled_because = models.TextField(blank=True)
    removed_at = models.DateTimeField(null=True)  # for good: its secret is gone
    failing_since = models.DateTimeField(null=True)  # the first failure after the last success


class OutboxMessage(models.Model):
    """One event for one address."""

    id = models.TextField(primary_key=True)  # "msg_" and 32 hex digits: the webhook-id
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="messages")
    event_type = models.TextField()
    customer = models.ForeignKey("store.Customer", on_delete=models.PROTECT, null=True)
    payload = models.TextField()  # to the byte, as it is signed
    created_at = models.DateTimeField()
    attempt_count = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)  # null: delivered or dead
    delivered_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)  # tries are used up, or the answer was final

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="outbox_waiting",
                condition=models.Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["-dead_at"], name="outbox_dead", condition=models.Q(dead_at__isnull=False)
            ),
            models.Index(fields=["endpoint", "-created_at"]),
        ]


class OutboxAttempt(models.Model):
    """One try to deliver a message."""

    message = models.ForeignKey(OutboxMessage, on_delete=models.CASCADE, related_name="attempts")
    number = models.IntegerField()  # from 1
    at = models.DateTimeField()
    status = models.IntegerField(null=True)  # of the answer; null where none came
    error = models.TextField(blank=True)  # a code: timeout, refused, address, …
    milliseconds = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="one_try_a_number"),
        ]
