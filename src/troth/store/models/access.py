"""Who may see whom, beyond what their role gives: named people, and glass that was broken."""

from __future__ import annotations

from django.db import models

from troth.store.models.customers import fresh_salt


class CustomerAccess(models.Model):
    """A named person who may see one restricted customer."""

    customer = models.ForeignKey(
        "store.Customer", on_delete=models.PROTECT, related_name="named_people"
    )
    user = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    granted_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # null: until it is taken back
    salt = models.BinaryField(default=fresh_salt)  # of what the audit log commits to

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "user"], name="named_once"),
        ]


class BreakGlass(models.Model):
    """Access that a person took in an emergency: for a while, with a reason, to be reviewed."""

    id = models.TextField(primary_key=True)  # "glass_" and 16 hex digits
    customer = models.ForeignKey("store.Customer", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(
        "store.User", on_delete=models.PROTECT, related_name="+", null=True
    )
    reviewed_at = models.DateTimeField(null=True)
    verdict = models.TextField(blank=True)  # justified or not_justified
    comment = models.TextField(blank=True)
    salt = models.BinaryField(default=fresh_salt)  # of what the audit log commits to

    class Meta:
        indexes = [
            models.Index(fields=["user", "customer", "ends_at"]),
            models.Index(fields=["reviewed_at", "-starts_at"]),
        ]
