"""What is known of how a customer behaves, what they bring in and which service they use?

What each figure means is said once, by the inputs of the policy kind `segments`. A figure is
None where the company's systems do not tell it: no contacts landed is not no contact made.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One customer over the year until a moment, in the company's currency."""

    revenue_12m: Decimal = Decimal(0)
    revenue_before_12m: Decimal = Decimal(0)
    revenue_growth_percent: Decimal | None = None
    orders_12m: int = 0
    orders_before_12m: int = 0
    days_bought_24m: int = 0
    days_since_last: int | None = None
    tenure_months: int | None = None
    cases_12m: int | None = None
    reopened_12m: int | None = None
    breached_12m: int | None = None
    contacts_12m: int | None = None
    contact_minutes_12m: Decimal | None = None
    channels_12m: int | None = None
    returns_12m: int | None = None
    promises_12m: int | None = None
    broken_promises_12m: int | None = None
    last_nps: Decimal | None = None
    goods_cost_12m: Decimal | None = None
    expected_value: Decimal | None = None
    leaving_percent: Decimal | None = None
    recency_score: int | None = None
    frequency_score: int | None = None
    monetary_score: int | None = None

    @property
    def case(self) -> dict[str, Any]:
        """The figures by name, as a policy's table asks for them."""
        return {item.name: getattr(self, item.name) for item in fields(self)}
