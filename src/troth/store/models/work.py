"""What is promised and what is asked for, as it stands now: one row an order, one row a case."""

from __future__ import annotations

from django.db import models


class Promise(models.Model):
    """What was promised for an order, and what became of it."""

    order_key = models.TextField(primary_key=True)
    customer = models.ForeignKey("store.Customer", on_delete=models.PROTECT, null=True)
    region = models.TextField()
    tier = models.TextField(blank=True)  # as it was when the promise was made
    segment = models.TextField(blank=True)
    sales_region = models.TextField(blank=True)
    time_zone = models.TextField(default="UTC")  # the customer's
    lane = models.TextField(blank=True)
    placed_at = models.DateTimeField()
    requested_at = models.DateTimeField(null=True)
    source_promised_at = models.DateTimeField(null=True)
    first_promised_at = models.DateTimeField()
    promised_at = models.DateTimeField()
    expected_at = models.DateTimeField(null=True)  # as likely as not, for an open order
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    state = models.TextField()  # open, late, kept, broken, cancelled
    is_cold_start = models.BooleanField(default=False)
    total = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    currency = models.TextField(blank=True)
    first_decision = models.ForeignKey("store.Decision", on_delete=models.PROTECT, related_name="+")
    latest_decision = models.ForeignKey(
        "store.Decision", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["-placed_at"]),
            models.Index(fields=["state", "promised_at"]),
            models.Index(fields=["customer", "-placed_at"]),
        ]


class CaseWork(models.Model):
    """A case with its targets and its place in the queue."""

    case_key = models.TextField(primary_key=True)
    customer = models.ForeignKey("store.Customer", on_delete=models.PROTECT, null=True)
    region = models.TextField()
    tier = models.TextField(blank=True)
    segment = models.TextField(blank=True)
    sales_region = models.TextField(blank=True)
    order_key = models.TextField(blank=True)
    category = models.TextField(blank=True)
    team = models.TextField(blank=True)
    severity = models.IntegerField()
    status = models.TextField()
    is_open = models.BooleanField()
    opened_at = models.DateTimeField()
    first_responded_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    first_response_due_at = models.DateTimeField()
    resolution_due_at = models.DateTimeField()
    rank = models.DecimalField(max_digits=24, decimal_places=6)  # lower is served first
    reopen_count = models.IntegerField(default=0)
    decision = models.ForeignKey("store.Decision", on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["is_open", "rank"]),
            models.Index(fields=["-opened_at"]),
            models.Index(fields=["customer", "-opened_at"]),
        ]
