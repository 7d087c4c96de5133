"""What was decided, with the bytes that prove it."""

from __future__ import annotations

from django.db import models


class Decision(models.Model):
    """One recorded decision. The receipt is the truth; the columns beside it are for finding it."""

    id = models.TextField(primary_key=True)  # "dec_" + digest of the receipt
    kind = models.TextField()
    subject = models.TextField()
    customer = models.ForeignKey("store.Customer", on_delete=models.PROTECT, null=True)
    region = models.TextField()
    at = models.DateTimeField()
    input_digest = models.TextField()  # of all that it rests on but the instant
    receipt = models.TextField()  # RFC 8785 JSON

    class Meta:
        indexes = [
            models.Index(fields=["kind", "subject", "-at"]),
            models.Index(fields=["kind", "-at"]),
        ]


class SharedInput(models.Model):
    """An input that many receipts share: lane statistics, calendars, policy versions."""

    digest = models.TextField(primary_key=True)  # SHA-256 of the content
    kind = models.TextField()
    content = models.TextField()  # RFC 8785 JSON
