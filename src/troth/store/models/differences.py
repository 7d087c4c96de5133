"""Where do order, shipment and invoice differ, and what became of it?"""

from __future__ import annotations

from django.db import models

from troth.store.models.customers import fresh_salt


class CommitmentDifference(models.Model):
    """One difference of one order line, from when it was seen until it was right.

    What comes back later is a row of its own, with the next number: what was is kept.
    """

    id = models.TextField(primary_key=True)  # "dif_" and 16 hex digits of line, kind and number
    order_key = models.TextField()
    line_key = models.TextField(blank=True)  # "" where it is the whole order's
    kind = models.TextField()  # a DifferenceKind
    number = models.IntegerField()  # from 1: how often this line has had it
    customer = models.ForeignKey("store.Customer", on_delete=models.PROTECT, null=True)
    # Another customer, whom the reader of this row has to see as well.
    billed_to = models.ForeignKey(
        "store.Customer", on_delete=models.PROTECT, null=True, related_name="+"
    )
    region = models.TextField()
    expected = models.TextField()  # a decimal, a currency, a customer's id or an instant
    found = models.TextField()
    unit = models.TextField(blank=True)
    figures = models.JSONField(default=dict)  # of order, shipments, returns and invoices, as text
    state = models.TextField()  # open, accepted, righted
    opened_at = models.DateTimeField()  # as of
    changed_at = models.DateTimeField()  # as of: the last time that its figures moved
    righted_at = models.DateTimeField(null=True)  # as of
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        "store.User", on_delete=models.PROTECT, related_name="+", null=True
    )
    reason = models.TextField(blank=True)  # why it was accepted
    salt = models.BinaryField(default=fresh_salt)  # of what the audit log commits to

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_key", "line_key", "kind"],
                condition=models.Q(righted_at=None),
                name="one_difference_a_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-opened_at"], name="difference_by_day"),
            models.Index(fields=["customer", "-opened_at"], name="difference_of_customer"),
            models.Index(fields=["order_key"], name="difference_of_order"),
        ]
