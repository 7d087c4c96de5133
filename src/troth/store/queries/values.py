"""What is each customer worth, as far as this viewer may know, and how good are such numbers?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from troth.core.access.roles import Right
from troth.store.models import CustomerValue, ValueModel
from troth.store.queries.customers import customer
from troth.store.queries.lists import PAGE_SIZE, NotFoundError, Page, cut, ordered, summed
from troth.store.queries.naming import display_name
from troth.store.queries.viewing import Viewer, viewing
from troth.store.queries.visibility import visible

SORTS = {
    "value": "value",
    "low": "low",
    "high": "high",
    "leaving": "leaving",
    "bought": "days_bought",
    "last": "last_on",
    "tier": "customer__tier",
    "segment": "customer__segment",
}


@dataclass(frozen=True, kw_only=True)
class ValueRow:
    """What one customer is expected to bring in: 90 of 100 such customers from `low` to `high`."""

    customer_id: str
    customer_name: str
    tier: str
    segment: str
    value: Decimal  # discounted, margin only, in `currency`
    low: Decimal
    high: Decimal
    currency: str
    horizon_months: int
    margin_percent: Decimal
    alive: Decimal  # the chance that they still are a customer
    leaving: Decimal  # the chance that they are lost within `silence_days`
    silence_days: int
    purchases: Decimal | None  # expected until the horizon; without a contract
    per_purchase: Decimal | None
    remaining_months: Decimal | None  # expected until the horizon; under contract
    form: str
    model: str
    as_of: datetime
    days_bought: int | None  # what it rests on
    first_on: date
    last_on: date


@dataclass(frozen=True, kw_only=True)
class ModelRow:
    """One fit: to what, with which parameters, and how it did on a time held out."""

    id: str
    relation: str
    as_of: datetime
    form: str
    sentence: str  # why nothing could be fitted; "" where it was
    customers: int
    rests_on: Mapping[str, Any]
    terms: Mapping[str, Any]
    parameters: Mapping[str, Any]
    check: Mapping[str, Any]


def find_values(
    *,
    viewer: Viewer,
    tier: str = "",
    segment: str = "",
    sort: str = "-value",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[ValueRow]:
    """The customers whose worth could be told. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        rows = visible(CustomerValue.objects.all(), sight)
        chosen = {"customer__tier": tier, "customer__segment": segment}
        rows = rows.filter(**{name: value for name, value in chosen.items() if value})
        rows = rows.select_related("customer__customerpersonal")
        sums = summed(rows, amount="value")
        rows = ordered(rows, sort=sort, columns=SORTS, key="pk")
        return cut(rows, page=page, size=size, sums=sums, to_row=lambda row: value_row(viewer, row))


def value_of(*, viewer: Viewer, customer_id: str) -> ValueRow:
    """The worth of one customer, by its id or a source key.

    Raises NotFoundError where there is no such customer, or nothing could be told of them.
    """
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        found = customer(viewer=viewer, customer_id=customer_id)
        rows = visible(CustomerValue.objects.filter(customer=found.row.id), sight)
        row = rows.select_related("customer__customerpersonal").first()
        if row is None:
            raise NotFoundError("value of the customer", customer_id)
        return value_row(viewer, row)


def newest_models(*, viewer: Viewer) -> tuple[ModelRow, ...]:
    """The newest fit of each group of customers, for whoever sees every customer; else none.

    They are numbers over all customers, hidden ones too. Raises NotAllowedError.
    """
    with viewing(viewer, Right.SEE_MEASURES) as sight:
        if not sight.is_all:
            return ()
        rows = ValueModel.objects.order_by("-relation", "-as_of").distinct("relation")
        return tuple(_model_row(row) for row in rows)


def value_row(viewer: Viewer, row: CustomerValue) -> ValueRow:
    """A row as this viewer may see it; its customer and that one's name are joined."""
    return ValueRow(
        customer_id=row.customer_id,
        customer_name=display_name(viewer, row.customer),
        tier=row.customer.tier,
        segment=row.customer.segment,
        value=row.value,
        low=row.low,
        high=row.high,
        currency=row.currency,
        horizon_months=row.horizon_months,
        margin_percent=row.margin_percent,
        alive=row.alive,
        leaving=row.leaving,
        silence_days=row.silence_days,
        purchases=row.purchases,
        per_purchase=row.per_purchase,
        remaining_months=row.remaining_months,
        form=row.form,
        model=row.model_id,
        as_of=row.as_of,
        days_bought=row.days_bought,
        first_on=row.first_on,
        last_on=row.last_on,
    )


def _model_row(row: ValueModel) -> ModelRow:
    return ModelRow(
        id=row.pk,
        relation=row.relation,
        as_of=row.as_of,
        form=row.form,
        sentence=row.sentence,
        customers=row.customers,
        rests_on=row.rests_on,
        terms=row.terms,
        parameters=row.parameters,
        check=row.check_result,
    )
