"""What came in, when, from where; and what could not be landed."""

from __future__ import annotations

from django.db import models

from troth.store.models.customers import fresh_salt


class Landing(models.Model):
    """One batch of one feed that landed something. Its id is the watermark of the snapshots."""

    source = models.TextField()
    feed = models.TextField()
    kind = models.TextField()
    landed_at = models.DateTimeField()
    fact_count = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["source", "feed", "-id"])]


class LandedLeaves(models.Model):
    """Which of a landing's versions was changed? The log commits to all of them by one root."""

    landing = models.OneToOneField(
        Landing, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    leaves = models.BinaryField()  # the leaf hash of each version, 32 bytes, in the tree's order


class SourcePosition(models.Model):
    """Up to where was a feed read that is asked for what changed? Written with its last rows."""

    source = models.TextField()
    feed = models.TextField()
    position = models.TextField()  # the connector's own words; no other part reads them
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "feed"], name="one_position_a_feed")
        ]


class QuarantinedRow(models.Model):
    """A row that could not be landed, with the reason and the row."""

    source = models.TextField()
    feed = models.TextField()
    fingerprint = models.TextField(unique=True)  # of source, feed, code, column and row
    file = models.TextField()
    row = models.BigIntegerField(null=True)
    line = models.BigIntegerField(null=True)
    key = models.TextField(null=True)
    column = models.TextField(null=True)
    code = models.TextField()
    message = models.TextField()
    raw = models.TextField()  # the whole row, as JSON; treated as personal
    salt = models.BinaryField(default=fresh_salt)  # of what the audit log commits to
    seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)  # replayed and landed, or gone from the export
    resolution = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["source", "feed"]), models.Index(fields=["resolved_at"])]
