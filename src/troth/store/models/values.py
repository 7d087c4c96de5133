"""What is each customer worth, and by which model, fitted to what?"""

from __future__ import annotations

from django.db import models


class ValueModel(models.Model):
    """One fit of the models of value, as of a moment: what it rests on, and how good it was."""

    id = models.TextField(primary_key=True)  # "val_" and 16 hex digits of group and moment
    relation = models.TextField()  # non_contractual or contractual
    as_of = models.DateTimeField()
    form = models.TextField(blank=True)  # "BG/NBD and Gamma-Gamma", "Survival (weibull)"
    sentence = models.TextField(blank=True)  # why nothing could be fitted; "" where it was
    customers = models.IntegerField(default=0)  # that it rests on
    # Numbers are decimals written as text, so that their bytes repeat.
    rests_on = models.JSONField(default=dict)  # purchases or endings, first and last day
    terms = models.JSONField(default=dict)  # horizon, discount, silence, currency, policy version
    parameters = models.JSONField(default=dict)  # name → {value, error}
    check_result = models.JSONField(default=dict)  # on a time held out; {} where there was none

    class Meta:
        indexes = [models.Index(fields=["relation", "-as_of"], name="newest_value_model")]


class CustomerValue(models.Model):
    """What one customer is expected to bring in, with the interval in which 90 of 100 will lie."""

    customer = models.OneToOneField(
        "store.Customer", on_delete=models.PROTECT, primary_key=True, related_name="worth"
    )
    model = models.ForeignKey(ValueModel, on_delete=models.PROTECT, related_name="+")
    as_of = models.DateTimeField()
    # What stands on the model too, for those who see this customer and not the whole company.
    form = models.TextField()
    horizon_months = models.IntegerField()
    silence_days = models.IntegerField()
    currency = models.TextField()
    value = models.DecimalField(max_digits=24, decimal_places=2)  # discounted, margin only
    low = models.DecimalField(max_digits=24, decimal_places=2)
    high = models.DecimalField(max_digits=24, decimal_places=2)
    alive = models.DecimalField(max_digits=7, decimal_places=6)  # the chance
    leaving = models.DecimalField(max_digits=7, decimal_places=6)  # within the days of silence
    # Of customers without a contract: expected until the horizon, and what each comes to.
    purchases = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    per_purchase = models.DecimalField(max_digits=24, decimal_places=2, null=True)
    # Of customers under contract: the months that they are expected to stay until the horizon.
    remaining_months = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    margin_percent = models.DecimalField(max_digits=5, decimal_places=2)
    # What it rests on: days with a purchase, or the days of the contract.
    days_bought = models.IntegerField(null=True)
    first_on = models.DateField()
    last_on = models.DateField()

    class Meta:
        indexes = [
            models.Index(fields=["-value"], name="worth_by_value"),
            models.Index(fields=["-leaving"], name="worth_by_leaving"),
        ]
