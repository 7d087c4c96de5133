"""In which segment is each customer, by which rule, and on which figures does that rest?"""

from __future__ import annotations

from decimal import Decimal

from django.db import models


def _amount() -> models.DecimalField[Decimal | None, Decimal | None]:
    return models.DecimalField(max_digits=24, decimal_places=2, null=True)


def _count() -> models.IntegerField[int | None, int | None]:
    return models.IntegerField(null=True)


class CustomerSegment(models.Model):
    """The segment of one customer as the last run placed them, beside what a source says.

    `Customer.segment` is what a source says, and what policies of the layer `segment` go by.
    """

    customer = models.OneToOneField(
        "store.Customer", on_delete=models.PROTECT, primary_key=True, related_name="placement"
    )
    segment = models.TextField()
    since = models.DateTimeField()  # the moment of the run that first had them in it
    came_from = models.TextField(blank=True)  # the segment before; "" where there was none
    as_of = models.DateTimeField()
    rule = models.TextField(blank=True)  # of the policy's table; "" where none held
    policy_version = models.TextField(blank=True)  # "" for the built-in default
    currency = models.TextField()
    # The figures that the policy's table asks for; null where no system tells them.
    revenue_12m = _amount()
    revenue_before_12m = _amount()
    revenue_growth_percent = models.DecimalField(max_digits=16, decimal_places=1, null=True)
    orders_12m = _count()
    orders_before_12m = _count()
    days_bought_24m = _count()
    days_since_last = _count()
    tenure_months = _count()
    cases_12m = _count()
    reopened_12m = _count()
    breached_12m = _count()
    contacts_12m = _count()
    contact_minutes_12m = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    channels_12m = _count()
    returns_12m = _count()
    promises_12m = _count()
    broken_promises_12m = _count()
    last_nps = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    goods_cost_12m = _amount()
    expected_value = _amount()
    leaving_percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    recency_score = _count()
    frequency_score = _count()
    monetary_score = _count()

    class Meta:
        indexes = [
            models.Index(fields=["segment"], name="customers_of_segment"),
            models.Index(fields=["-since"], name="segment_by_since"),
        ]
