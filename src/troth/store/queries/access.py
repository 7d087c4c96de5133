"""May this person do this to that, who else may, and why? Which customers are restricted?

Answers come from the same table of rights that guards everything (`troth.core.access`). They are
for those who check it, so they tell a restricted customer's id, and nothing else of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from troth.core.access.deciding import Thing, decide
from troth.core.access.roles import Relation, Right, Role, reach
from troth.store.facts.access import (
    Glass,
    customer_thing,
    find_customer,
    glass_of,
    names_in_force,
    person_of,
)
from troth.store.models import (
    BreakGlass,
    CaseWork,
    Customer,
    Decision,
    PolicyVersion,
    Promise,
    User,
)
from troth.store.queries.lists import NotFoundError
from troth.store.queries.masking import written
from troth.store.queries.viewing import Viewer, as_the_program, viewing


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Whether one person may do one thing, with the rules that say so."""

    username: str
    name: str
    role: Role
    right: Right
    thing: str  # a customer's id, a key, or "" for what belongs to the company
    is_allowed: bool
    because: tuple[str, ...]  # ids of rules
    sentence: str


@dataclass(frozen=True, kw_only=True)
class RightOfPerson:
    """One right of one person, and how far it goes."""

    username: str
    name: str
    role: Role
    right: Right
    reach: Relation
    team: str
    regions: tuple[str, ...]
    agent_key: str


@dataclass(frozen=True, kw_only=True)
class NamedPerson:
    """Somebody who is named for a restricted customer."""

    username: str
    name: str
    reason: str
    granted_by: str
    granted_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RestrictedCustomer:
    """A customer whom named people alone may see."""

    id: str
    named: tuple[NamedPerson, ...]


def can(*, viewer: Viewer, username: str, right: Right, thing: str = "") -> Answer:
    """May this person do this to that? Raises NotFoundError, NotAllowedError."""
    with viewing(viewer, Right.SEE_ACCESS):
        user = User.objects.filter(username=username).first()
        if user is None:
            raise NotFoundError("user", username)
        return _answers([user], right, thing)[0]


def who(*, viewer: Viewer, right: Right, thing: str = "") -> tuple[Answer, ...]:
    """What everybody who may sign in may do to that: those who may come first.

    Raises NotFoundError, NotAllowedError.
    """
    with viewing(viewer, Right.SEE_ACCESS):
        users = User.objects.filter(is_active=True).order_by("username")
        answers = _answers(users, right, thing)
        return tuple(sorted(answers, key=lambda answer: not answer.is_allowed))


def rights_of(*, viewer: Viewer, username: str = "") -> tuple[RightOfPerson, ...]:
    """Every right of everybody, or of one. Raises NotFoundError, NotAllowedError."""
    with viewing(viewer, Right.SEE_ACCESS):
        users = User.objects.filter(is_active=True).order_by("username")
        if username:
            users = users.filter(username=username)
            if not users:
                raise NotFoundError("user", username)
        return tuple(
            RightOfPerson(
                username=user.username,
                name=user.name,
                role=Role(user.role),
                right=right,
                reach=how_far,
                team=user.team,
                regions=tuple(user.regions),
                agent_key=user.agent_key,
            )
            for user in users
            for right in Right
            if (how_far := reach(Role(user.role), right)) is not None
        )


def restricted_customers(*, viewer: Viewer) -> tuple[RestrictedCustomer, ...]:
    """Each restricted customer with its named people. Raises NotAllowedError."""
    with viewing(viewer, Right.SEE_ACCESS), as_the_program():
        ids = list(Customer.objects.filter(is_restricted=True).order_by("pk").values_list("pk"))
        named: dict[str, list[NamedPerson]] = {customer_id: [] for (customer_id,) in ids}
        for row in names_in_force(ids=named).select_related("user", "granted_by"):
            named[row.customer_id].append(
                NamedPerson(
                    username=row.user.username,
                    name=row.user.name,
                    reason=written(
                        viewer, row.reason, subject=row.customer_id, author=row.granted_by_id
                    ),
                    granted_by=row.granted_by.name,
                    granted_at=row.granted_at,
                    ends_at=row.ends_at,
                )
            )
        return tuple(
            RestrictedCustomer(id=customer_id, named=tuple(people))
            for customer_id, people in named.items()
        )


def glasses(*, viewer: Viewer, is_reviewed: bool | None = None) -> tuple[Glass, ...]:
    """Every time that access was taken in an emergency, newest first. Raises NotAllowedError."""
    with viewing(viewer, Right.SEE_ACCESS):
        rows = BreakGlass.objects.select_related("user", "reviewed_by").order_by("-starts_at", "pk")
        if is_reviewed is not None:
            rows = rows.filter(reviewed_at__isnull=not is_reviewed)
        now = timezone.now()
        return tuple(_told(viewer, row, now) for row in rows)


def own_glasses(*, viewer: Viewer) -> tuple[Glass, ...]:
    """What the viewer has broken and what is running now, the first to end first."""
    if not viewer.may(Right.BREAK_GLASS):
        return ()
    now = timezone.now()
    with viewing(viewer, Right.BREAK_GLASS):
        rows = BreakGlass.objects.filter(user=viewer.user_id, starts_at__lte=now, ends_at__gt=now)
        return tuple(glass_of(row, now) for row in rows.select_related("user").order_by("ends_at"))


def _told(viewer: Viewer, row: BreakGlass, now: datetime) -> Glass:
    """A glass, with what was written about it as far as it is shown."""
    return replace(
        glass_of(row, now),
        reason=written(viewer, row.reason, subject=row.pk, author=row.user_id),
        comment=written(viewer, row.comment, subject=row.pk, author=row.reviewed_by_id),
    )


def _answers(users: Iterable[User], right: Right, key: str) -> list[Answer]:
    label, thing = _thing(key)
    found = []
    for user in users:
        verdict = decide(person_of(user), right, thing)
        found.append(
            Answer(
                username=user.username,
                name=user.name,
                role=Role(user.role),
                right=right,
                thing=label,
                is_allowed=verdict.is_allowed,
                because=verdict.because,
                sentence=verdict.sentence,
            )
        )
    return found


def _thing(key: str) -> tuple[str, Thing]:
    """What a key names: nothing, a customer, or something of one. Raises NotFoundError."""
    if not key:
        return "", Thing(is_common=True)
    with as_the_program():
        customer = find_customer(key)
        if customer is not None:
            return customer.pk, customer_thing(customer)
        for rows in (
            Promise.objects.filter(pk=key),
            CaseWork.objects.filter(pk=key),
            Decision.objects.filter(pk=key),
            BreakGlass.objects.filter(pk=key),
        ):
            for owner in rows.values_list("customer_id", flat=True):
                return key, _of(owner)
        for policy in PolicyVersion.objects.filter(pk=key):
            return key, _of(policy.scope) if policy.layer == "customer" else Thing(is_common=True)
    raise NotFoundError("customer, order, case, decision, policy or glass", key)


def _of(customer_id: str | None) -> Thing:
    """Something of a customer; what is of an unknown one is near to nobody."""
    customer = Customer.objects.filter(pk=customer_id).first()
    return Thing() if customer is None else customer_thing(customer)
