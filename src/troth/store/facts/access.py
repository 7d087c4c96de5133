"""What does the table of rights need to know of a user, a customer and a broken glass?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from troth.core.access.deciding import Person, Thing
from troth.core.access.roles import Role
from troth.core.access.vocabulary import State
from troth.store.facts.aliases import survivor_of
from troth.store.models import BreakGlass, Crosswalk, Customer, CustomerAccess, Erasure, User

_THE_PROGRAM = "troth"


@dataclass(frozen=True, kw_only=True)
class Glass:
    """One time that somebody took access in an emergency."""

    id: str
    customer_id: str
    username: str
    name: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    is_running: bool
    reviewed_by: str
    reviewed_at: datetime | None
    verdict: str  # justified, not_justified; "" until it is reviewed
    comment: str

    @property
    def is_waiting(self) -> bool:
        """Over, and not reviewed."""
        return not self.is_running and not self.verdict


def glass_of(row: BreakGlass, now: datetime) -> Glass:
    """The record of a row whose user is loaded."""
    return Glass(
        id=row.pk,
        customer_id=row.customer_id,
        username=row.user.username,
        name=row.user.name,
        reason=row.reason,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        is_running=row.starts_at <= now < row.ends_at,
        reviewed_by="" if row.reviewed_by is None else row.reviewed_by.name,
        reviewed_at=row.reviewed_at,
        verdict=row.verdict,
        comment=row.comment,
    )


def person_of(user: User) -> Person:
    """A user as the table of rights takes them."""
    return Person(
        user_id=user.pk,
        role=Role(user.role),
        agent_key=user.agent_key,
        team=user.team,
        regions=frozenset(user.regions),
        is_the_program=user.is_program and user.username == _THE_PROGRAM,
    )


def customer_thing(row: Customer) -> Thing:
    """A customer as the table of rights takes it, with who is named. Ask as the program."""
    now = timezone.now()
    states = {State.RESTRICTED} if row.is_restricted else set()
    if Erasure.objects.filter(subject=row.pk).exists():
        states.add(State.ERASED)
    broken = BreakGlass.objects.filter(customer=row, starts_at__lte=now, ends_at__gt=now)
    return Thing(
        account_manager=row.account_manager,
        team=row.team,
        region=row.sales_region,
        states=frozenset(states),
        named=frozenset(names_in_force(ids=[row.pk]).values_list("user", flat=True)),
        broken_by=frozenset(broken.values_list("user", flat=True)),
    )


def find_customer(key: str) -> Customer | None:
    """A customer by its id, an alias or a source key. Ask as the program."""
    found = Customer.objects.filter(pk=survivor_of(key)).first()
    if found is None:
        linked = Crosswalk.objects.filter(source_key=key).values("customer")
        found = Customer.objects.filter(pk__in=linked).first()
    return found


def names_in_force(*, ids: Collection[str]) -> QuerySet[CustomerAccess]:
    now = timezone.now()
    ends = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    return CustomerAccess.objects.filter(ends, customer__in=ids).order_by("user__username")
