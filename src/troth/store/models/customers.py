"""Who is it, across all systems, and what are they entitled to?"""

from __future__ import annotations

import secrets

from django.db import models


def fresh_salt() -> bytes:
    """32 random bytes. Who has not got them cannot guess what a commitment hides."""
    return secrets.token_bytes(32)


class Customer(models.Model):
    """One customer of the company. Nothing personal stands here."""

    id = models.TextField(primary_key=True)  # "cus_" + 16 hex digits, never changed
    region = models.TextField()
    sales_region = models.TextField(blank=True)  # what policies of the region layer go by
    party_kind = models.TextField(blank=True)
    country = models.TextField(blank=True)
    city = models.TextField(blank=True)
    time_zone = models.TextField(blank=True)
    language = models.TextField(blank=True)
    segment = models.TextField(blank=True)
    tier = models.TextField(blank=True)
    tier_since = models.DateTimeField(null=True)
    first_known_at = models.DateTimeField()
    source_count = models.IntegerField(default=1)
    revenue_trailing = models.DecimalField(max_digits=24, decimal_places=2, null=True)
    currency = models.TextField(blank=True)
    account_manager = models.TextField(blank=True)  # the agent's source key: whose own it is
    team = models.TextField(blank=True)  # the account manager's
    is_restricted = models.BooleanField(default=False)  # visible to named people only
    content_digest = models.TextField(blank=True)  # of what was written, to write changes only

    class Meta:
        indexes = [
            models.Index(fields=["tier"]),
            models.Index(fields=["segment"]),
            models.Index(fields=["sales_region"]),
            models.Index(fields=["account_manager"]),
            models.Index(
                fields=["id"], name="restricted_customer", condition=models.Q(is_restricted=True)
            ),
        ]


class CustomerPersonal(models.Model):
    """The personal part of a customer's golden record; erasing it leaves the customer."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True)
    name = models.TextField(blank=True)
    email = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    tax_id = models.TextField(blank=True)
    address = models.TextField(blank=True)
    postal_code = models.TextField(blank=True)
    salt = models.BinaryField(default=fresh_salt)  # of what the audit log commits to; kept
    provenance = models.JSONField(default=dict)  # field → the source record that it came from


class Crosswalk(models.Model):
    """Which customer a source record belongs to, and why."""

    source_key = models.TextField(primary_key=True)
    kind = models.TextField(default="customer")  # customer or contact
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="crosswalk")
    because = models.TextField()  # "same tax id as crm:0015x"


class TierAssignment(models.Model):
    """A customer's tier over a span of time, and why it was given."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tiers")
    tier = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    code = models.TextField()  # tier:entered, tier:left, tier:first
    sentence = models.TextField()
    revenue = models.DecimalField(max_digits=24, decimal_places=2)
    currency = models.TextField()
    policy_version = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "starts_at"], name="one_tier_at_a_time"),
        ]


class ResolutionQuestion(models.Model):
    """Records that would bridge two settled customers: a steward decides."""

    id = models.TextField(primary_key=True)  # content-derived
    source_key = models.TextField()
    customers = models.JSONField()  # the ids that it would join
    because = models.TextField()
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    verdict = models.TextField(blank=True)
