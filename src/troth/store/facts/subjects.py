"""For whom does a policy apply: which customer, tier, segment and regions, at an instant?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from troth.core.policies.scopes import Subject
from troth.store.models import Customer, TierAssignment


class UnknownCustomerError(LookupError):
    """There is no such customer. Search for it on the page Customers, or by a source key."""


class TierHistory:
    """Every customer's tiers over time, held for a run over many decisions."""

    def __init__(self, assignments: Iterable[tuple[str, datetime, str]]) -> None:
        self._starts: dict[str, list[datetime]] = {}
        self._tiers: dict[str, list[str]] = {}
        for customer, starts_at, tier in assignments:
            self._starts.setdefault(customer, []).append(starts_at)
            self._tiers.setdefault(customer, []).append(tier)

    @classmethod
    def load(cls) -> TierHistory:
        """All assignments."""
        return cls(
            TierAssignment.objects.order_by("customer_id", "starts_at")
            .values_list("customer_id", "starts_at", "tier")
            .iterator(chunk_size=10_000)
        )

    def tier_at(self, customer: str | None, at: datetime) -> str | None:
        """The tier in force at `at`; None for a customer who was in none yet."""
        if customer is None:
            return None
        place = bisect_right(self._starts.get(customer, []), at)
        return self._tiers[customer][place - 1] if place else None


def subject(
    *,
    customer: str | None,
    tier: str | None,
    segment: str | None,
    regions: tuple[str | None, ...],
) -> Subject:
    """A policy subject from what a decision knows; `regions` from the narrowest to the widest."""
    return Subject(
        customers=(customer,) if customer else (),
        tier=tier or None,
        segments=(segment,) if segment else (),
        regions=tuple(dict.fromkeys(region for region in regions if region)),
    )


def subject_of(customer_id: str, *, at: datetime) -> Subject:
    """A customer as policies see it at `at`. Raises UnknownCustomerError."""
    row = Customer.objects.filter(pk=customer_id).first()
    if row is None:
        raise UnknownCustomerError(
            f"There is no customer {customer_id!r}. Search on the page Customers."
        )
    tiers = TierHistory(
        TierAssignment.objects.filter(customer=row)
        .order_by("starts_at")
        .values_list("customer_id", "starts_at", "tier")
    )
    return subject(
        customer=row.pk,
        tier=tiers.tier_at(row.pk, at),
        segment=row.segment,
        regions=(row.sales_region, row.country),
    )
