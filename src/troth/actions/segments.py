"""In which segment is each customer, by what they buy, bring in and use?

The policy `segments` says it. It is asked after promises and cases were decided, as its figures
count them; what it answers is written beside the segment that a source states, and no decision of
this run or another reads it (docs/decisions/0025).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import Any

import numpy as np

from troth.actions.recording import recorded
from troth.actions.upserting import upsert_changed
from troth.analysis.segments.rfm import scores
from troth.core.access.roles import Right
from troth.core.policies.book import PolicyBook
from troth.core.policies.scopes import Subject
from troth.core.segments import Profile, placed
from troth.store.facts.consumption import Consumption, Known, customers_known
from troth.store.facts.policies import published_versions
from troth.store.facts.revenue import purchases
from troth.store.facts.spells import spells
from troth.store.models import CustomerSegment, CustomerValue, User

YEAR = timedelta(days=365)
_BATCH = 5_000
_EPOCH = date(1970, 1, 1)
_CENT = Decimal("0.01")


@dataclass(kw_only=True)
class Segmented:
    """What placing customers came to."""

    customers: int = 0
    moved: int = 0  # into another segment than before
    changed: int = 0  # rows that were written


@dataclass(kw_only=True)
class _Bought:
    """What one customer bought, added up as it is read."""

    first_day: int
    last_day: int
    revenue: Decimal = Decimal(0)
    revenue_before: Decimal = Decimal(0)
    orders: int = 0
    orders_before: int = 0
    days: int = 0  # with a purchase, of both years

    def profile(self, today: int) -> Profile:
        growth = None
        if self.revenue_before > 0:
            share = (self.revenue - self.revenue_before) / self.revenue_before * 100
            growth = share.quantize(Decimal("0.1"), ROUND_HALF_UP)
        return Profile(
            revenue_12m=self.revenue,
            revenue_before_12m=self.revenue_before,
            revenue_growth_percent=growth,
            orders_12m=self.orders,
            orders_before_12m=self.orders_before,
            days_bought_24m=self.days,
            days_since_last=max(today - self.last_day, 0),
        )


def place_customers(*, as_of: datetime, currency: str, acting_user: User) -> Segmented:
    """Bring every customer's segment up to `as_of`. One transaction a batch of customers."""
    book = PolicyBook.compile(published_versions())
    currency = book.resolve("tiers", Subject(), as_of)["currency"] or currency
    result = Segmented()
    known = list(customers_known())
    profiles = _profiles(known, as_of, currency)
    before = {
        row["customer_id"]: row
        for row in CustomerSegment.objects.values("customer_id", "segment", "since", "came_from")
    }
    waiting = iter(known)
    while batch := list(islice(waiting, _BATCH)):
        rows = []
        for customer in batch:
            found = placed(book, profiles[customer.id], regions=customer.regions, at=as_of)
            row = CustomerSegment(
                customer_id=customer.id,
                segment=found.segment,
                as_of=as_of,
                rule=found.rule,
                policy_version=found.version,
                currency=currency,
                **profiles[customer.id].case,
            )
            result.moved += _since(row, before.get(customer.id), as_of)
            rows.append(row)
        with _placing(acting_user) as entry:
            changed = upsert_changed(rows, key=["customer_id"])
            entry.wrote_all(changed)
            entry.is_empty = not changed
            result.changed += len(changed)
    _forget(before.keys() - profiles.keys(), acting_user, result)
    result.customers = len(known)
    return result


def _since(row: CustomerSegment, before: Mapping[str, Any] | None, as_of: datetime) -> bool:
    """Write since when the customer is in the segment; whether they were in another."""
    row.since, row.came_from = as_of, ""
    if before is None:
        return False
    if before["segment"] != row.segment:
        row.came_from = before["segment"]
        return True
    # A run may look back: then they were in it by then at the latest.
    row.since, row.came_from = min(before["since"], as_of), before["came_from"]
    return False


def _forget(gone: set[str], acting_user: User, result: Segmented) -> None:
    """Customers who are another's alias by now are in no segment."""
    with _placing(acting_user) as entry:
        stale = CustomerSegment.objects.filter(customer_id__in=gone)
        entry.wrote_all(stale.order_by("customer_id"), op="delete")
        entry.is_empty = not entry.rows
        result.changed += len(entry.rows)
        stale.delete()


def _profiles(known: list[Known], as_of: datetime, currency: str) -> dict[str, Profile]:
    """The figures of every customer."""
    today = as_of.astimezone(UTC).date()
    bought = _bought(as_of, currency)
    used = Consumption(since=as_of - YEAR, as_of=as_of, currency=currency)
    begun = {spell.customer_id: spell.begun_on for spell in spells(as_of)}
    worth = {
        customer: (value, leaving)
        for customer, value, leaving in CustomerValue.objects.values_list(
            "customer_id", "value", "leaving"
        )
    }
    found = {}
    for customer in known:
        own = bought.get(customer.id)
        profile = Profile() if own is None else own.profile((today - _EPOCH).days)
        since = [customer.first_known_on, *([begun[customer.id]] if customer.id in begun else [])]
        if own is not None:
            since.append(_EPOCH + timedelta(days=own.first_day))
        service = used.of(customer.id)
        value, leaving = worth.get(customer.id, (None, None))
        found[customer.id] = replace(
            profile,
            tenure_months=_months(min(since), today),
            cases_12m=service.cases,
            reopened_12m=service.reopened,
            breached_12m=service.breached,
            contacts_12m=service.contacts,
            contact_minutes_12m=_rounded(service.minutes),
            channels_12m=service.channels,
            returns_12m=service.returns,
            promises_12m=service.promises,
            broken_promises_12m=service.broken,
            last_nps=_rounded(service.nps),
            goods_cost_12m=service.goods_cost,
            expected_value=value,
            leaving_percent=None if leaving is None else (leaving * 100).quantize(_CENT * _CENT),
        )
    return _scored(found)


def _bought(as_of: datetime, currency: str) -> dict[str, _Bought]:
    today = (as_of.astimezone(UTC).date() - _EPOCH).days
    found: dict[str, _Bought] = {}
    for row in purchases(as_of, currency=currency):
        own = found.setdefault(row.customer_id, _Bought(first_day=row.day, last_day=row.day))
        own.last_day = row.day  # by customer and day, so the last is the latest
        amount = Decimal(repr(row.amount)).quantize(_CENT, ROUND_HALF_UP)
        if row.day > today - YEAR.days:
            own.revenue += amount
            own.orders += row.orders
            own.days += 1
        elif row.day > today - 2 * YEAR.days:
            own.revenue_before += amount
            own.orders_before += row.orders
            own.days += 1
    return found


def _scored(found: dict[str, Profile]) -> dict[str, Profile]:
    """With the scores of those who ever bought, among each other."""
    buyers = [name for name, profile in found.items() if profile.days_since_last is not None]

    def column(of: Iterator[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array(list(of), dtype=np.float64)

    marks = scores(
        column(found[name].days_since_last for name in buyers),
        column(found[name].days_bought_24m for name in buyers),
        column(found[name].revenue_12m + found[name].revenue_before_12m for name in buyers),
    )
    for name, (recency, frequency, money) in zip(buyers, marks.tolist(), strict=True):
        found[name] = replace(
            found[name],
            recency_score=recency,
            frequency_score=frequency,
            monetary_score=money,
        )
    return found


def _months(since: date, until: date) -> int:
    months = (until.year - since.year) * 12 + until.month - since.month
    return max(months - (until.day < since.day), 0)


def _rounded(found: Decimal | None) -> Decimal | None:
    return None if found is None else found.quantize(_CENT, ROUND_HALF_UP)


def _placing(acting_user: User) -> Any:
    return recorded(
        acting_user=acting_user,
        action="customer:segment:placed",
        right=Right.RUN,
        is_company_wide=True,
    )
