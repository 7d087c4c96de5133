"""When may nothing change for whom, and who let something change all the same? Never deleted."""

from __future__ import annotations

from django.db import models

from troth.store.models.customers import fresh_salt


class FreezeWindow(models.Model):
    """One freeze window. It is changed by its calendar or ended; its row stays."""

    id = models.TextField(primary_key=True)  # "frz_" and 16 hex digits
    layer = models.TextField()
    scope = models.TextField(blank=True)  # the key within the layer, "" for the company
    kind = models.TextField()
    title = models.TextField()
    reason = models.TextField()
    time_zone = models.TextField()
    starts_at = models.DateTimeField()  # of the first time
    ends_at = models.DateTimeField()
    first_on = models.DateField(null=True)  # where it is of whole days, in the zone
    last_on = models.DateField(null=True)
    repeats = models.TextField(blank=True)  # an RRULE of RFC 5545; "" holds once
    skips = models.JSONField(default=list)  # days on which a repetition does not begin
    calendar = models.TextField(blank=True)  # the calendar that it was imported from
    uid = models.TextField()  # the event's in that calendar, else our own
    author = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # from here on it holds no more
    ended_by = models.ForeignKey(
        "store.User", on_delete=models.PROTECT, related_name="+", null=True
    )
    end_reason = models.TextField(blank=True)
    salt = models.BinaryField(default=fresh_salt)  # of what the audit log commits to

    class Meta:
        constraints = [
            # Within a scope, so that nobody learns which events a customer has whom they may
            # not see.
            models.UniqueConstraint(fields=["layer", "scope", "uid"], name="one_window_per_event"),
        ]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="freeze_by_start"),
        ]


class FreezeOverride(models.Model):
    """That one change may be published within one window: who said so, and why."""

    id = models.TextField(primary_key=True)  # "ovr_" and 16 hex digits
    window = models.ForeignKey(FreezeWindow, on_delete=models.PROTECT, related_name="overrides")
    change = models.TextField()  # the policy version's id, or that of the change that it is in
    authority = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    given_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    version = models.TextField(blank=True)  # the version that was published by it
    salt = models.BinaryField(default=fresh_salt)  # of what the audit log commits to

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["window", "change", "authority"], name="one_override_per_authority"
            ),
        ]
