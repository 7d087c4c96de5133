"""Who is signed in where, and what has been counted lately, for all processes together."""

from __future__ import annotations

from django.db import models


class Session(models.Model):
    """One browser's visit. The cookie holds the key; here is its digest alone."""

    key_sha256 = models.TextField(primary_key=True)  # hex
    user = models.ForeignKey(
        "store.User", on_delete=models.PROTECT, null=True, related_name="sessions"
    )
    data = models.TextField()  # signed by the workspace's secret
    agent = models.TextField(blank=True)  # what the browser says it is
    started_at = models.DateTimeField()  # when the person signed in
    seen_at = models.DateTimeField()  # to the minute
    expires_at = models.DateTimeField(db_index=True)  # the earlier of idle and absolute end


class SharedValue(models.Model):
    """A value for a while, for all processes: attempts at the door, codes that were used."""

    key = models.TextField(primary_key=True)
    value = models.JSONField()
    expires_at = models.DateTimeField(null=True, db_index=True)
