"""Who wrote what, when and why; and which requests were answered already."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One write, in the transaction of that write. A bulk write is one entry over its rows."""

    at = models.DateTimeField()
    actor = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    action = models.TextField()  # source:subject:action, as "customer:tier:assigned"
    subject = models.TextField(blank=True)  # what it was about: a key, an id, a feed
    reason = models.TextField(blank=True)  # where a person chose
    detail = models.JSONField(default=dict)  # figures, never a personal field
    row_count = models.BigIntegerField(default=1)
    rows_root = models.TextField(blank=True)  # RFC 9162 Merkle root over the rows, hex

    class Meta:
        indexes = [models.Index(fields=["action", "-at"]), models.Index(fields=["subject"])]


class IdempotencyKey(models.Model):
    """One answered request: the same key with the same body gets the same answer again."""

    user = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    key = models.TextField()
    request_sha256 = models.TextField()
    status = models.IntegerField(null=True)  # null while the first request is in flight
    answer = models.TextField(blank=True)
    content_type = models.TextField(default="application/json")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_key"),
        ]
