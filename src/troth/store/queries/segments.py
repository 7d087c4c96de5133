"""Which segments are there, side by side, who is in each, and why is this customer in that one?

Figures are those of the customers whom the viewer sees. No system tells what serving a customer
cost, so no such figure is here; that of goods is, where products state one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, Max, Q, Sum

from troth.core.access.roles import Right
from troth.core.segments import Profile, RuleLook, looked_at
from troth.store.facts.policies import to_version
from troth.store.models import CustomerSegment, PolicyVersion
from troth.store.queries.customers import customer
from troth.store.queries.lists import (
    PAGE_SIZE,
    BadListError,
    Choice,
    NotFoundError,
    Page,
    choices,
    cut,
    ordered,
    summed,
)
from troth.store.queries.naming import display_name
from troth.store.queries.viewing import Viewer, viewing
from troth.store.queries.visibility import visible, visible_policies

FIGURES = tuple(item.name for item in fields(Profile))
SORTS = {
    "segment": "segment",
    "since": "since",
    "revenue": "revenue_12m",
    "growth": "revenue_growth_percent",
    "orders": "orders_12m",
    "last": "days_since_last",
    "cases": "cases_12m",
    "contacts": "contacts_12m",
    "broken": "broken_promises_12m",
    "value": "expected_value",
    "leaving": "leaving_percent",
}
_SUMS = (
    "revenue_12m", "revenue_before_12m", "orders_12m", "cases_12m", "reopened_12m", "breached_12m",
    "contacts_12m", "contact_minutes_12m", "returns_12m", "promises_12m", "broken_promises_12m",
    "goods_cost_12m", "expected_value",
)  # fmt: skip
_PER = Decimal(1_000)  # service is counted for so much revenue


@dataclass(frozen=True, kw_only=True)
class SegmentRow:
    """One segment: how large, what it brings in, which service it uses. None: not known."""

    segment: str
    customers: int
    came: int  # of them, from another segment
    revenue: Decimal  # of 12 months
    revenue_share: Decimal | None  # of all segments, 0 to 1
    growth_percent: Decimal | None  # against the 12 months before
    revenue_each: Decimal  # a customer
    goods_cost: Decimal | None  # of 12 months, of the customers where it is known
    goods_cost_known: int  # of how many
    margin_percent: Decimal | None  # of their revenue, what is left after goods
    expected_value: Decimal | None
    leaving_percent: Decimal | None  # mean
    orders: int
    cases_each: Decimal | None
    contacts_each: Decimal | None
    minutes_each: Decimal | None  # of contacts
    breached_percent: Decimal | None  # of cases
    broken_percent: Decimal | None  # of promises
    load: Decimal | None  # cases and contacts for 1,000 of revenue
    currency: str
    as_of: datetime


SEGMENT_SORTS = tuple(
    item.name for item in fields(SegmentRow) if item.name not in ("currency", "as_of")
)


@dataclass(frozen=True, kw_only=True)
class PlacementRow:
    """One customer in its segment, with the figures that it rests on."""

    customer_id: str
    customer_name: str
    tier: str
    segment: str
    since: datetime
    came_from: str
    rule: str
    policy_version: str
    currency: str
    as_of: datetime
    figures: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class PlacementWhy:
    """Why one customer is in its segment."""

    row: PlacementRow
    # Every rule of the table, in its order, as it looked at the figures; () where the viewer may
    # not see the policy, or none was in force.
    rules: tuple[RuleLook, ...]

    @property
    def note(self) -> str:
        return next((rule.note for rule in self.rules if rule.rule == self.row.rule), "")


def find_segments(*, viewer: Viewer, sort: str = "-revenue") -> tuple[SegmentRow, ...]:
    """Every segment that somebody is in. Raises BadListError, NotAllowedError."""
    name = sort.removeprefix("-")
    if name not in SEGMENT_SORTS:
        offered = ", ".join(SEGMENT_SORTS)
        raise BadListError(f"Segments cannot be sorted by {name!r}. Sort by one of {offered}.")
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        rows = visible(CustomerSegment.objects.all(), sight)
        costed = Q(goods_cost_12m__isnull=False)
        sums: dict[str, Any] = {f"sum_{column}": Sum(column) for column in _SUMS}
        found: list[Any] = list(
            rows.order_by()
            .values("segment")
            .annotate(
                customers=Count("pk"),
                came=Count("pk", filter=~Q(came_from="")),
                costed=Count("pk", filter=costed),
                costed_revenue=Sum("revenue_12m", filter=costed),
                leaving=Avg("leaving_percent"),
                latest=Max("as_of"),
                money=Max("currency"),
                **sums,
            )
            .order_by("segment")
        )
    whole = sum((row["sum_revenue_12m"] or Decimal(0) for row in found), Decimal(0))
    segments = [_segment(row, whole) for row in found]
    known = [row for row in segments if getattr(row, name) is not None]
    known.sort(key=lambda row: getattr(row, name), reverse=sort.startswith("-"))
    return (*known, *(row for row in segments if getattr(row, name) is None))


def find_placements(
    *,
    viewer: Viewer,
    segment: str = "",
    came_from: str = "",
    sort: str = "-revenue",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[PlacementRow]:
    """Customers with their segments. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        rows = visible(CustomerSegment.objects.all(), sight)
        chosen = {"segment": segment, "came_from": came_from}
        rows = rows.filter(**{name: value for name, value in chosen.items() if value})
        sums = summed(rows, amount="revenue_12m")
        rows = ordered(rows, sort=sort, columns=SORTS, key="pk")
        rows = rows.select_related("customer__customerpersonal")
        return cut(
            rows, page=page, size=size, sums=sums, to_row=lambda row: placement_row(viewer, row)
        )


def segment_choices(*, viewer: Viewer) -> tuple[Choice, ...]:
    """The segments that somebody is in, the largest first. Raises NotAllowedError."""
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        return choices(visible(CustomerSegment.objects.all(), sight), "segment")


def placement_of(*, viewer: Viewer, customer_id: str) -> PlacementWhy:
    """The segment of one customer, by its id or a source key, and why.

    Raises NotFoundError where there is no such customer, or no run placed them yet.
    """
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        found = customer(viewer=viewer, customer_id=customer_id)
        rows = visible(CustomerSegment.objects.filter(customer=found.row.id), sight)
        row = rows.select_related("customer__customerpersonal").first()
        if row is None:
            raise NotFoundError("segment of the customer", customer_id)
        placed = placement_row(viewer, row)
        policy = None
        if viewer.may(Right.SEE_POLICIES):
            versions = visible_policies(PolicyVersion.objects.all(), sight)
            policy = versions.filter(pk=row.policy_version).first()
        table = None if policy is None else to_version(policy).table
        looks = () if table is None else looked_at(table, placed.figures, at=row.as_of)
        return PlacementWhy(row=placed, rules=tuple(looks))


def figures_of_buyers(*, viewer: Viewer) -> tuple[tuple[Mapping[str, Any], ...], datetime | None]:
    """The figures of all who ever ordered, by customer, and as of when; for who sees everybody.

    Raises NotAllowedError.
    """
    with viewing(viewer, Right.SEE_MEASURES) as sight:
        if not sight.is_all:
            return (), None
        rows = visible(CustomerSegment.objects.filter(days_since_last__isnull=False), sight)
        found = tuple(rows.order_by("pk").values("as_of", *FIGURES))
        return found, max((row["as_of"] for row in found), default=None)


def placement_row(viewer: Viewer, row: CustomerSegment) -> PlacementRow:
    """A row as this viewer may see it; its customer and that one's name are joined."""
    return PlacementRow(
        customer_id=row.customer_id,
        customer_name=display_name(viewer, row.customer),
        tier=row.customer.tier,
        segment=row.segment,
        since=row.since,
        came_from=row.came_from,
        rule=row.rule,
        policy_version=row.policy_version,
        currency=row.currency,
        as_of=row.as_of,
        figures={name: getattr(row, name) for name in FIGURES},
    )


def _segment(row: Mapping[str, Any], whole: Decimal) -> SegmentRow:
    customers = row["customers"]
    sums = {name: row[f"sum_{name}"] for name in _SUMS}
    revenue = sums["revenue_12m"] or Decimal(0)
    before = sums["revenue_before_12m"] or Decimal(0)
    cost = sums["goods_cost_12m"]
    costed = row["costed_revenue"] or Decimal(0)
    service = [sums[name] for name in ("cases_12m", "contacts_12m") if sums[name] is not None]
    return SegmentRow(
        segment=row["segment"],
        customers=customers,
        came=row["came"],
        revenue=revenue,
        revenue_share=_share(revenue, whole, "0.0001"),
        growth_percent=_share((revenue - before) * 100, before, "0.1"),
        revenue_each=(revenue / customers).quantize(Decimal("0.01")),
        goods_cost=cost,
        goods_cost_known=row["costed"],
        margin_percent=None if cost is None else _share((costed - cost) * 100, costed, "0.1"),
        expected_value=sums["expected_value"],
        leaving_percent=None if row["leaving"] is None else row["leaving"].quantize(_TENTH),
        orders=sums["orders_12m"] or 0,
        cases_each=_share(sums["cases_12m"], customers, "0.01"),
        contacts_each=_share(sums["contacts_12m"], customers, "0.01"),
        minutes_each=_share(sums["contact_minutes_12m"], customers, "0.1"),
        breached_percent=_share(_hundred(sums["breached_12m"]), sums["cases_12m"], "0.1"),
        broken_percent=_share(_hundred(sums["broken_promises_12m"]), sums["promises_12m"], "0.1"),
        load=_share(sum(service) * _PER, revenue, "0.01") if service else None,
        currency=row["money"],
        as_of=row["latest"],
    )


_TENTH = Decimal("0.1")


def _hundred(part: Any) -> Any:
    return None if part is None else part * 100


def _share(part: Any, whole: Any, step: str) -> Decimal | None:
    """part ÷ whole, rounded; None where either is not known or there is no whole."""
    if part is None or not whole or whole < 0:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(Decimal(step))
