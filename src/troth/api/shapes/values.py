"""What does the API say of a customer's worth?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import Field

from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed


class ValueFilters(Paging):
    """Which customers?"""

    tier: str = Field("", max_length=200, description="In this tier.", examples=["Gold"])
    segment: str = Field("", max_length=200, description="In this segment.", examples=["retail"])


class CustomerWorth(Shape):
    """What one customer is expected to bring in, and how likely they leave."""

    customer_id: str
    customer_name: Maybe = Field(description="The id where you may not see names.")
    tier: Maybe
    segment: Maybe
    value: Decimal = Field(description="Expected until the horizon: discounted, margin only.")
    low: Decimal = Field(description="90 of 100 such customers bring in from here …")
    high: Decimal = Field(description="… to here.")
    currency: str = Field(description="ISO 4217 code.")
    horizon_months: int
    margin_percent: Decimal = Field(description="The share of revenue that counts.")
    alive: Decimal = Field(description="The chance that they still are a customer.")
    leaving: Decimal = Field(description="The chance that they are lost within `silence_days`.")
    silence_days: int
    purchases: Decimal | None = Field(description="Expected; null under contract.")
    per_purchase: Decimal | None = Field(description="Expected each time; null under contract.")
    remaining_months: Decimal | None = Field(description="Expected; null without a contract.")
    form: str = Field(description="The model.")
    model: str = Field(description="Id of the fit.")
    as_of: datetime
    days_bought: int | None = Field(description="Days with a purchase that it rests on.")
    first_on: date
    last_on: date
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer_id": "cus_3f2a9c01b7d4e856",
        "customer_name": "Acme Tools",
        "tier": "Gold",
        "segment": "retail",
        "value": "8410.20",
        "low": "2100.00",
        "high": "15200.75",
        "currency": "EUR",
        "horizon_months": 36,
        "margin_percent": "100.00",
        "alive": "0.981200",
        "leaving": "0.041000",
        "silence_days": 182,
        "purchases": "31.400",
        "per_purchase": "301.15",
        "remaining_months": None,
        "form": "BG/NBD and Gamma-Gamma",
        "model": "val_1f0c2b7a99e04d31",
        "as_of": "2026-01-31T00:00:00Z",
        "days_bought": 27,
        "first_on": "2024-02-11",
        "last_on": "2026-01-20",
    }


class ValueList(Listing):
    """Some customers with what they are worth, by id."""

    data: list[CustomerWorth]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(CustomerWorth, "/values")


class ValueModel(Shape):
    """One fit of a model of value: to what, with which parameters, how good it was."""

    id: str
    relation: str = Field(description="non_contractual or contractual.")
    as_of: datetime
    form: Maybe
    sentence: Maybe = Field(description="Why nothing could be fitted; null where it was.")
    customers: int = Field(description="That it rests on.")
    rests_on: dict[str, Any] = Field(description="Purchases or endings, first and last day.")
    terms: dict[str, Any] = Field(description="Horizon, discount, silence, currency, policy.")
    parameters: dict[str, Any] = Field(description="Name → value and standard error, as text.")
    check: dict[str, Any] = Field(
        description="What it said of a time held out, and what came: purchases by how often "
        "customers had bought, chances of leaving by band, AUC, Brier score, slope."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "val_1f0c2b7a99e04d31",
        "relation": "non_contractual",
        "as_of": "2026-01-31T00:00:00Z",
        "form": "BG/NBD and Gamma-Gamma",
        "sentence": None,
        "customers": 984,
        "rests_on": {"days_bought": 21200, "first_on": "2024-02-01", "last_on": "2026-01-30"},
        "terms": {"horizon_months": 36, "silence_days": 182, "currency": "EUR"},
        "parameters": {"r": {"value": "0.88", "error": "0.03"}},
        "check": {"days": 182, "leaving": {"auc": "0.91", "slope": "1.05"}},
    }


class ValueModels(Shape):
    """The newest fit of each group of customers; empty for who does not see all of them."""

    data: list[ValueModel]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"data": [ValueModel.EXAMPLE]}
