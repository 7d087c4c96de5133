"""What customers are told of each purpose, and what they said to it. Only ever added to."""

from __future__ import annotations

from django.db import models


class ConsentNotice(models.Model):
    """One version of what a customer is told of one purpose."""

    id = models.TextField(primary_key=True)  # the purpose, "/", and the version
    purpose = models.TextField()
    version = models.IntegerField()  # from 1; those that come with the product are no rows
    basis = models.TextField()  # a core.consent.purposes.Basis
    title = models.TextField()
    text = models.TextField()
    layers = models.JSONField(default=list)  # names of layers of policy that rest on it
    valid_days = models.IntegerField(null=True)  # how long a yes lasts that names no end
    asks_again = models.BooleanField(default=False)
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purpose", "version"], name="notice_once"),
        ]


class ConsentEvent(models.Model):
    """One statement of a customer about one purpose."""

    id = models.TextField(primary_key=True)  # "cns_" and 32 hex digits of what it says
    customer = models.ForeignKey("store.Customer", on_delete=models.PROTECT, related_name="+")
    purpose = models.TextField()
    said = models.TextField()  # granted, denied, revoked
    effective_at = models.DateTimeField()
    known_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    notice_version = models.IntegerField(default=0)
    source = models.TextField()  # console, api, cli
    how = models.TextField()  # how it was said, a code: phone, email, …
    recorded_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["customer", "purpose"], name="consent_by_customer")]
