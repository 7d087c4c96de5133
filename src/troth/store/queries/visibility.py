"""Which rows may this viewer see?

The first of two walls: every reader in `store.queries` cuts what it reads with `visible`, by the
same rule as the database's own (`troth.store.protection`), so that either alone would hold: the
customers within the viewer's relation, and of the restricted ones those for whom they are named.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from troth.core.access.roles import Relation
from troth.store.models import (
    FACTS,
    AuditEntry,
    BreakGlass,
    Crosswalk,
    Customer,
    CustomerAccess,
    FreezeWindow,
    IdentityVerdict,
    PolicyChange,
    PolicyVersion,
    QuarantinedRow,
    ResolutionQuestion,
    Rollout,
)
from troth.store.queries.viewing import Sight, as_the_program

Table = TypeVar("Table", bound=Model)


def visible_customers(sight: Sight) -> QuerySet[Customer]:
    """The customers whom the viewer may see; one that was merged into another is that one."""
    return _with_aliases(sight).filter(merged_into=None)


def _with_aliases(sight: Sight) -> QuerySet[Customer]:
    """The same with ids that are aliases now: rows from before the merge bear them."""
    rows = Customer.objects.all()
    if sight.viewer.is_the_program:
        return rows
    return rows.filter(_is_within(sight), _is_named(sight) | Q(is_restricted=False))


def visible(rows: QuerySet[Table], sight: Sight, *, by: str = "customer") -> QuerySet[Table]:
    """The rows of customers whom the viewer may see; `by` names the column with the customer.

    A row of no customer is for those alone who see all.
    """
    if sight.viewer.is_the_program:
        return rows
    column = OuterRef(f"{by}_id")
    if sight.is_all:
        return rows.filter(~Exists(_hidden(sight).filter(pk=column)))
    return rows.filter(Exists(_with_aliases(sight).filter(pk=column)))


def visible_or_none(rows: QuerySet[Table], sight: Sight, *, by: str) -> QuerySet[Table]:
    """The rows whose column `by` names nobody, or a customer whom the viewer may see."""
    if sight.viewer.is_the_program:
        return rows
    seen = Exists(_with_aliases(sight).filter(pk=OuterRef(f"{by}_id")))
    return rows.filter(Q(seen) | Q(**{f"{by}__isnull": True}))


def visible_questions(
    rows: QuerySet[ResolutionQuestion], sight: Sight
) -> QuerySet[ResolutionQuestion]:
    """The questions all of whose customers the viewer may see."""
    if sight.viewer.is_the_program:
        return rows
    named = dict(rows.values_list("pk", "customers"))
    asked = {customer for customers in named.values() for customer in customers}
    seen = seen_among(sight, asked)
    return rows.filter(pk__in=[key for key, customers in named.items() if seen >= {*customers}])


def visible_verdicts(rows: QuerySet[IdentityVerdict], sight: Sight) -> QuerySet[IdentityVerdict]:
    """The verdicts both of whose customers the viewer may see."""
    if sight.viewer.is_the_program:
        return rows
    named = dict(rows.values_list("pk", "customers"))
    seen = seen_among(sight, {customer for found in named.values() for customer in found})
    return rows.filter(pk__in=[key for key, found in named.items() if seen >= {*found}])


def visible_policies(rows: QuerySet[PolicyVersion], sight: Sight) -> QuerySet[PolicyVersion]:
    """Policies, but for those of a customer or a contract that the viewer may not see."""
    return _visible_scopes(rows, sight)


def visible_freezes(rows: QuerySet[FreezeWindow], sight: Sight) -> QuerySet[FreezeWindow]:
    """Freeze windows, but for those of a customer or a contract that the viewer may not see."""
    return _visible_scopes(rows, sight)


def visible_rollouts(rows: QuerySet[Rollout], sight: Sight) -> QuerySet[Rollout]:
    """Roll-outs, but for those of a customer or a contract that the viewer may not see."""
    return _visible_scopes(rows, sight)


def _visible_scopes(rows: QuerySet[Table], sight: Sight) -> QuerySet[Table]:
    if sight.viewer.is_the_program:
        return rows
    customers = _with_aliases(sight)
    contracts = _seen_contracts(sight)
    return rows.filter(
        ~Q(layer__in=("customer", "contract"))
        | Q(Exists(customers.filter(pk=OuterRef("scope"))), layer="customer")
        | Q(Exists(contracts.filter(key=OuterRef("scope"))), layer="contract")
    )


def visible_changes(rows: QuerySet[PolicyChange], sight: Sight) -> QuerySet[PolicyChange]:
    """Changes of policies, but for those that name a customer or a contract that the viewer may
    not see."""
    if sight.viewer.is_the_program:
        return rows
    named = rows.exclude(customers=[], contracts=[]).values_list("pk", "customers", "contracts")
    held = list(named)
    hidden = {
        (layer, key)
        for layer, key in _unseen(
            sight,
            customers={key for _, keys, _ in held for key in keys},
            contracts={key for _, _, keys in held for key in keys},
        )
    }
    return rows.exclude(
        pk__in=[
            pk
            for pk, customers, contracts in held
            if hidden
            & {*(("customer", key) for key in customers), *(("contract", key) for key in contracts)}
        ]
    )


def unseen_scopes(sight: Sight, *, customers: Iterable[str], contracts: Iterable[str]) -> list[str]:
    """Those of some scopes that are not there, or that the viewer may not see: "customer cus_1".

    The program may speak of those that have not landed yet.
    """
    if sight.viewer.is_the_program:
        return []
    found = _unseen(sight, customers={*customers}, contracts={*contracts})
    return [f"{layer} {key}" for layer, key in sorted(found)]


def _unseen(sight: Sight, *, customers: set[str], contracts: set[str]) -> set[tuple[str, str]]:
    seen = _seen_contracts(sight).filter(key__in=contracts).values_list("key", flat=True)
    return {("customer", key) for key in customers - seen_among(sight, customers)} | {
        ("contract", key) for key in contracts - set(seen)
    }


def _seen_contracts(sight: Sight) -> QuerySet[Model]:
    customers = visible_customers(sight)
    return FACTS["contract"]._default_manager.filter(
        customer__in=Crosswalk.objects.filter(customer__in=customers).values("source_key")
    )


def visible_entries(sight: Sight) -> QuerySet[AuditEntry]:
    """The log. It names customers by their id alone, and with gaps it would prove nothing."""
    rows = AuditEntry.objects.all()
    return rows if sight.is_all else rows.none()


def visible_quarantine(sight: Sight) -> QuerySet[QuarantinedRow]:
    """Rows in quarantine. Whose they are cannot be told, so they are for those who see all."""
    rows = QuarantinedRow.objects.all()
    return rows if sight.is_all else rows.none()


def seen_among(sight: Sight, ids: Iterable[str]) -> frozenset[str]:
    """Those of some customers whom the viewer may see."""
    wanted = _with_aliases(sight).filter(pk__in=list(ids))
    return frozenset(wanted.values_list("pk", flat=True))


def hidden_customers(sight: Sight) -> frozenset[str]:
    """The restricted customers whom somebody who sees all may not see.

    To be left out of what does not come from the database; not to be shown.
    """
    with as_the_program():
        return frozenset(_hidden(sight).values_list("pk", flat=True))


def _hidden(sight: Sight) -> QuerySet[Customer]:
    if sight.viewer.is_the_program:
        return Customer.objects.none()
    return Customer.objects.filter(is_restricted=True).exclude(_is_named(sight))


def _is_named(sight: Sight) -> Q:
    user = sight.viewer.user_id
    access = CustomerAccess.objects.filter(user=user)
    access = access.filter(Q(ends_at=None) | Q(ends_at__gt=Now()))
    glass = BreakGlass.objects.filter(user=user, starts_at__lte=Now(), ends_at__gt=Now())
    return Q(pk__in=access.values("customer")) | Q(pk__in=glass.values("customer"))


def _is_within(sight: Sight) -> Q:
    """The customers within the viewer's relation; each relation holds those before it."""
    viewer = sight.viewer
    within = Q(pk__in=[])
    if sight.is_all:
        return Q()
    relation = sight.relation or 0
    if relation >= Relation.OWN and viewer.agent_key:
        within |= Q(account_manager=viewer.agent_key)
    if relation >= Relation.TEAM and viewer.team:
        within |= Q(team=viewer.team)
    if relation >= Relation.REGION:
        within |= Q(sales_region__in=[region for region in viewer.regions if region])
    return within
