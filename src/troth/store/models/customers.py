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
    provenance = models.JSONField(default=dict)  # plain field → [source record, rule]
    # The customer that a steward made it one with: this id is an alias of that one until unmerged.
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="aliases"
    )

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
    rules = models.JSONField(default=dict)  # field → the rule of survivorship that chose it


class Crosswalk(models.Model):
    """Which customer a source record belongs to, and why.

    While its customer is merged into another, `home` keeps whose it is without that, and `customer`
    is the survivor: unmerging gives every record back, those that came in between too.
    """

    source_key = models.TextField(primary_key=True)
    kind = models.TextField(default="customer")  # customer or contact
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="crosswalk")
    home = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", null=True)
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
    verdict = models.TextField(blank=True)  # same, apart
    evidence = models.JSONField(default=list)  # {comparison, level, weight}, where it was scored
    weight = models.DecimalField(max_digits=9, decimal_places=3, null=True)  # their sum, log2
    probability = models.DecimalField(max_digits=9, decimal_places=8, null=True)


class IdentityVerdict(models.Model):
    """What a steward said of two customers, or of two source records. It holds in every run.

    Two customers that are the same are merged, for as long as the verdict is not taken back.
    """

    id = models.TextField(primary_key=True)  # "idv_" and 16 hex digits
    verdict = models.TextField()  # same, apart
    level = models.TextField()  # customer, record
    one = models.TextField()  # a customer's id or a source key; of a merge the one that survives
    other = models.TextField()
    customers = models.JSONField()  # ids of both customers, whoever may not see both sees no row
    author = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)  # from here on it holds no more
    withdrawn_by = models.ForeignKey(
        "store.User", on_delete=models.PROTECT, related_name="+", null=True
    )
    withdrawal = models.TextField(blank=True)  # why
    salt = models.BinaryField(default=fresh_salt)  # of what the audit log commits to

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["level", "one", "other"],
                condition=models.Q(withdrawn_at=None),
                name="one_verdict_a_pair",
            ),
            models.UniqueConstraint(
                fields=["other"],
                condition=models.Q(withdrawn_at=None, level="customer", verdict="same"),
                name="merged_once",
            ),
        ]
        indexes = [models.Index(fields=["-given_at"], name="verdict_by_day")]


class FieldWord(models.Model):
    """Which record a steward believes for one field of a customer, before every rule."""

    id = models.TextField(primary_key=True)  # "wrd_" and 16 hex digits
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    field = models.TextField()
    source_key = models.TextField()
    author = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    salt = models.BinaryField(default=fresh_salt)  # of what the audit log commits to

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "field"],
                condition=models.Q(withdrawn_at=None),
                name="one_word_a_field",
            ),
        ]
