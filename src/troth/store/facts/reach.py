"""Whom does a change of policies reach: how many customers, how much money, which open promises?

Counted over everything that has landed, also over what the asker may not see: who has to sign
does not depend on who asks. Nothing but sums leaves here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from troth.core.decisions import prioritise, promise_facts
from troth.core.policies.approvals import Reach
from troth.core.policies.scopes import Layer
from troth.core.policies.versions import PolicyVersion
from troth.store.facts.aliases import survivor_of
from troth.store.models import FACTS, CaseWork, Crosswalk, Customer, Promise, Run

_YEAR = timedelta(days=365)
_OPEN = ("open", "late")
_PROMISED = {*promise_facts.POLICY_KINDS, "tiers", "delivery"}
_WORKED = {*prioritise.POLICY_KINDS, "tiers"}


def reach_of(versions: Iterable[PolicyVersion]) -> Reach:
    """Whom some versions reach as things stand. Ask as the program.

    A customer counts whose layer a scope names, also where a more specific policy holds for it:
    what is more specific today may end tomorrow.
    """
    listed = list(versions)
    kinds = {version.kind for version in listed}
    customers, is_everybody = _customers(listed)
    orders, cases = Promise.objects.all(), CaseWork.objects.all()
    landed = Customer.objects.filter(merged_into=None).count() + orders.count() + cases.count()
    if not is_everybody:  # else those of no known customer too
        orders, cases = orders.filter(customer__in=customers), cases.filter(customer__in=customers)
    return Reach(
        landed=landed,
        customers=customers.count(),
        money=_money(orders),
        promises=(orders.filter(state__in=_OPEN).count() if kinds & _PROMISED else 0)
        + (cases.filter(is_open=True).count() if kinds & _WORKED else 0),
    )


def _customers(versions: Iterable[PolicyVersion]) -> tuple[QuerySet[Customer], bool]:
    """Those whom the scopes name, and whether that is everybody."""
    wanted, is_everybody = Q(pk__in=[]), False
    for version in versions:
        key = version.scope.key
        match version.scope.layer:
            case Layer.COMPANY | Layer.GUARDRAIL:
                is_everybody = True
            case Layer.REGION:
                wanted |= Q(sales_region=key) | Q(country=key)
            case Layer.SEGMENT:
                wanted |= Q(segment=key)
            case Layer.TIER:
                wanted |= Q(tier=key)
            case Layer.CONTRACT:
                signed = FACTS["contract"]._default_manager.filter(key=key).values("customer")
                linked = Crosswalk.objects.filter(source_key__in=signed).values("customer")
                wanted |= Q(pk__in=linked)
            case Layer.CUSTOMER:
                wanted |= Q(pk=survivor_of(key))
    everybody = Customer.objects.filter(merged_into=None)
    return (everybody if is_everybody else everybody.filter(wanted)), is_everybody


def _money(orders: QuerySet[Promise]) -> dict[str, Decimal]:
    """What was ordered in the trailing year, by currency; cancelled orders are no money."""
    last = Run.objects.exclude(finished_at=None).exclude(as_of=None).order_by("-pk").first()
    now: datetime = timezone.now() if last is None or last.as_of is None else last.as_of
    sums = (
        orders.filter(placed_at__gt=now - _YEAR, placed_at__lte=now)
        .exclude(state="cancelled")
        .exclude(total=None)
        .order_by()
        .values_list("currency")
        .annotate(amount=Sum("total"))
        .order_by("currency")
    )
    return {currency: amount.quantize(Decimal("0.01")) for currency, amount in sums if amount}
