"""Who was erased, so that they stay erased: after a restore, and when a source sends them again."""

from __future__ import annotations

from django.db import models


class Erasure(models.Model):
    """One person or company whose personal part is gone. Nothing personal stands here."""

    id = models.TextField(primary_key=True)  # "era_" and 16 hex digits
    subject = models.TextField()  # the customer's id
    reason = models.TextField()  # a code: request, retention, court_order
    requested_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    erased_at = models.DateTimeField()
    counts = models.JSONField(default=dict)  # table → rows that were deleted or emptied

    class Meta:
        indexes = [models.Index(fields=["subject"])]


class ErasedSource(models.Model):
    """A source record whose personal part must not land again."""

    pk = models.CompositePrimaryKey("kind", "key")
    kind = models.TextField()
    key = models.TextField()
    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="sources")
