"""Who stands for all customers when policies are held against each other?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import QuerySet

from troth.core.policies.layers import SignedTerm
from troth.core.policies.scopes import Layer, Subject
from troth.core.policies.versions import PolicyVersion as Version
from troth.store.facts.subjects import representatives, signed_contracts
from troth.store.models import Customer


def population(
    customers: QuerySet[Customer], versions: Iterable[Version], at: datetime
) -> tuple[list[Subject], list[SignedTerm]]:
    """Who stands for all customers, and what was signed with them."""
    on = at.astimezone(UTC).date()
    signed = [item for item in signed_contracts() if item[1].is_in_force(on)]
    scopes = [version.scope for version in versions]
    own = {scope.key for scope in scopes if scope.layer is Layer.CUSTOMER}
    ruled = {scope.key for scope in scopes if scope.layer is Layer.CONTRACT}
    contracts: dict[str, list[str]] = {}
    for customer, contract in signed:
        if contract.key in ruled:
            contracts.setdefault(customer, []).append(contract.key)
    committed = {customer for customer, contract in signed if contract.lead_time_days is not None}
    seen = set(customers.filter(pk__in=committed).values_list("pk", flat=True))
    terms = [
        SignedTerm(contract=contract.key, customer=customer, lead_time_days=contract.lead_time_days)
        for customer, contract in signed
        if customer in seen and contract.lead_time_days is not None
    ]
    return list(representatives(customers, own=own, contracts=contracts)), terms
