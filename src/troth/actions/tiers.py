"""Which tier was, and is, each customer in?

Month by month, from what was ordered over the trailing months, under the tiers policy in force at
that month's start. A history that comes out the same is not written again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from troth.actions.outbox import Audience, Event
from troth.actions.recording import Entry, recorded
from troth.actions.upserting import update_rows
from troth.core.access.roles import Right
from troth.core.policies.book import PolicyBook
from troth.core.policies.scopes import Subject
from troth.core.tiers.assign import (
    Threshold,
    TierDecision,
    assign,
    months_held,
    thresholds_from,
)
from troth.store.facts.policies import published_versions
from troth.store.facts.revenue import monthly_revenue
from troth.store.models import Customer, TierAssignment, User

_BATCH = 1_000
_SHOWN = ("tier", "tier_since", "revenue_trailing", "currency")


@dataclass(kw_only=True)
class Tiered:
    """What putting customers into tiers came to."""

    customers: int = 0
    changed: int = 0  # customers whose tier history was written
    unconverted_orders: int = 0  # left out because no exchange rate is known
    by_tier: dict[str, int] | None = None


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """What the tiers policy says at one month's start."""

    thresholds: tuple[Threshold, ...]
    trailing_months: int
    minimum_stay_months: int
    version: str


class _Rules:
    """The tiers policy month by month, each looked up once, and the currency that all count in."""

    def __init__(self, *, as_of: datetime, currency: str) -> None:
        self.as_of = as_of
        self._book = PolicyBook.compile(published_versions())
        self._found: dict[datetime, _Rule] = {}
        stated = self._book.resolve("tiers", Subject(), as_of)["currency"]
        self.currency: str = stated or currency

    def at(self, start: datetime) -> _Rule:
        """What is in force at a month's start."""
        if start not in self._found:
            policy = self._book.resolve("tiers", Subject(), start)
            self._found[start] = _Rule(
                thresholds=tuple(thresholds_from(policy["thresholds"])),
                trailing_months=policy["trailing_months"],
                minimum_stay_months=policy["minimum_stay_months"],
                version=policy.versions[0] if policy.versions else "",
            )
        return self._found[start]


def assign_tiers(*, as_of: datetime, currency: str, acting_user: User) -> Tiered:
    """Bring every customer's tier history up to `as_of`. Commits batch by batch."""
    result = Tiered()
    rules = _Rules(as_of=as_of, currency=currency)
    revenue = _revenue_by_customer(as_of, rules.currency, result)
    customers = Customer.objects.filter(merged_into=None).order_by("id")
    last = ""
    while batch := list(customers.filter(id__gt=last)[:_BATCH]):
        last = batch[-1].pk
        _write_batch(batch, revenue, rules, acting_user=acting_user, result=result)
    counts: dict[str, int] = {}
    for tier in Customer.objects.filter(merged_into=None).values_list("tier", flat=True):
        counts[tier or "(none)"] = counts.get(tier or "(none)", 0) + 1
    result.by_tier = dict(sorted(counts.items()))
    return result


def assign_tiers_again(
    customers: Collection[str], *, as_of: datetime, currency: str, acting_user: User
) -> None:
    """Bring the tier history of some customers up to date, after who they are has changed."""
    result, rules = Tiered(), _Rules(as_of=as_of, currency=currency)
    revenue = _revenue_by_customer(as_of, rules.currency, result, customers)
    rows = list(Customer.objects.filter(pk__in=customers, merged_into=None).order_by("id"))
    _write_batch(
        rows,
        revenue,
        rules,
        acting_user=acting_user,
        result=result,
        right=Right.SETTLE_IDENTITY,
    )


def _revenue_by_customer(
    as_of: datetime, currency: str, result: Tiered, customers: Collection[str] | None = None
) -> dict[str, dict[date, Decimal]]:
    found: dict[str, dict[date, Decimal]] = {}
    rows = monthly_revenue(as_of, currency=currency, customers=customers)
    for customer, months in groupby(rows, key=attrgetter("customer_id")):
        listed = list(months)
        found[customer] = {month.month: month.revenue for month in listed}
        result.unconverted_orders += sum(month.unconverted for month in listed)
    return found


def _write_batch(
    batch: list[Customer],
    revenue: dict[str, dict[date, Decimal]],
    rules: _Rules,
    *,
    acting_user: User,
    result: Tiered,
    right: Right = Right.RUN,
) -> None:
    stored: dict[str, list[TierAssignment]] = {customer.pk: [] for customer in batch}
    for row in TierAssignment.objects.filter(customer__in=batch).order_by("starts_at"):
        stored[row.customer_id].append(row)
    moved: list[Event] = []
    ended: list[TierAssignment] = []
    begun: list[TierAssignment] = []
    shown: list[Customer] = []
    with recorded(
        acting_user=acting_user,
        action="customer:tier:assigned",
        right=right,
        is_company_wide=True,
    ) as entry:
        for customer in batch:
            decisions = _history(customer, revenue.get(customer.pk, {}), rules)
            wanted = _assignments(customer, decisions, rules)
            has_changed = [_content(row) for row in wanted] != [
                _content(row) for row in stored[customer.pk]
            ]
            if has_changed:
                ended += stored[customer.pk]
                begun += wanted
                result.changed += 1
            previous = customer.tier
            if _show(customer, decisions, wanted, rules.currency):
                shown.append(customer)
            if previous and customer.tier != previous:
                moved.append(_moved(customer, previous))
        _write_rows(entry, ended, begun, shown)
        entry.is_empty = not entry.rows
        if moved:
            Audience.load().tell(moved)
    result.customers += len(batch)


def _write_rows(
    entry: Entry,
    ended: list[TierAssignment],
    begun: list[TierAssignment],
    shown: list[Customer],
) -> None:
    """A statement a kind, not one a customer."""
    entry.wrote_all(ended, op="delete")
    TierAssignment.objects.filter(pk__in=[row.pk for row in ended]).delete()
    entry.wrote_all(TierAssignment.objects.bulk_create(begun))
    update_rows(shown, _SHOWN)
    entry.wrote_all(shown)


def _moved(customer: Customer, previous: str) -> Event:
    data = {
        "customer_id": customer.pk,
        "tier": customer.tier,
        "previous_tier": previous,
        "since": customer.tier_since,
    }
    return Event(type="customer.tier_changed", data=data, customers=(customer.pk,))


def _month_starts(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (
            month.replace(year=month.year + 1, month=1)
            if month.month == 12
            else month.replace(month=month.month + 1)
        )


def _history(customer: Customer, revenue: dict[date, Decimal], rules: _Rules) -> list[TierDecision]:
    """One decision at the start of each month, on the months before it."""
    first = min([customer.first_known_at.astimezone(UTC).date(), *revenue])
    found: list[TierDecision] = []
    past: list[Decimal] = []
    for month in _month_starts(first, rules.as_of.astimezone(UTC).date()):
        start = datetime(month.year, month.month, 1, tzinfo=UTC)
        rule = rules.at(start)
        held = found[-1].tier if found else None
        trailing = sum(past[-rule.trailing_months :], Decimal(0))
        found.append(
            assign(
                held,
                trailing,
                rule.thresholds,
                at=start,
                months_held=months_held(found),
                minimum_stay_months=rule.minimum_stay_months,
            )
        )
        past.append(revenue.get(month, Decimal(0)))
    return found


def _assignments(
    customer: Customer, decisions: list[TierDecision], rules: _Rules
) -> list[TierAssignment]:
    changes = [decision for decision in decisions if decision.is_change]
    # Somebody who came after `as_of` has no history yet, and no end.
    ends: list[Any] = [*(decision.at for decision in changes[1:]), None][: len(changes)]
    return [
        TierAssignment(
            customer=customer,
            tier=decision.tier,
            starts_at=decision.at,
            ends_at=end,
            code=decision.code,
            sentence=decision.sentence,
            revenue=decision.revenue,
            currency=rules.currency,
            policy_version=rules.at(decision.at).version,
        )
        for decision, end in zip(changes, ends, strict=True)
    ]


def _content(row: TierAssignment) -> tuple[Any, ...]:
    return (row.tier, row.starts_at, row.ends_at, row.code, row.revenue, row.policy_version)


def _show(
    customer: Customer,
    decisions: list[TierDecision],
    wanted: list[TierAssignment],
    currency: str,
) -> bool:
    """Put the customer's present tier and revenue on its row; whether they differed."""
    if not decisions:
        return False
    now = (decisions[-1].tier, wanted[-1].starts_at, decisions[-1].revenue, currency)
    shown = (customer.tier, customer.tier_since, customer.revenue_trailing, customer.currency)
    if now == shown:
        return False
    customer.tier, customer.tier_since, customer.revenue_trailing, customer.currency = now
    return True
