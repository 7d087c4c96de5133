"""What do tests of freezes share: people, two customers, a version to publish, a window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from troth.actions import freezes, policies
from troth.actions.people import add_user, system_user
from troth.core.access.roles import Role
from troth.core.policies.freezes import Between, FreezeKind, NewFreeze
from troth.core.policies.scopes import parse_scope
from troth.core.policies.versions import PolicyVersion, from_document
from troth.store.models import Customer, CustomerAccess, FreezeWindow, TierAssignment, User
from troth.store.queries.viewing import as_the_program

WHY = "The auditors are in the house until then."
ANNA, VIP = "cus_00000000000000a1", "cus_00000000000000a2"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class People:
    """One person a role, and a second administrator."""

    maker: User  # an operations engineer: publishes, manages no freezes
    manager: User
    executive: User
    boss: User
    second_boss: User


def add_people() -> People:
    def user(name: str, role: Role) -> User:
        return add_user(username=name, name=name.title(), role=role, acting_user=system_user())

    return People(
        maker=user("mona", Role.OPERATIONS_ENGINEER),
        manager=user("max", Role.OPERATIONS_MANAGER),
        executive=user("eva", Role.EXECUTIVE),
        boss=user("ada", Role.ADMINISTRATOR),
        second_boss=user("ali", Role.ADMINISTRATOR),
    )


def add_customers(*, named: User) -> None:
    """Anna, Silver in NORD, and a restricted customer, Gold, whom one person is named for."""
    with as_the_program():
        for key, tier, is_restricted in ((ANNA, "Silver", False), (VIP, "Gold", True)):
            Customer.objects.create(
                id=key, region="eu", sales_region="NORD", country="DE", segment="retail",
                tier=tier, is_restricted=is_restricted, first_known_at=LONG_AGO,
            )  # fmt: skip
        TierAssignment.objects.create(
            customer_id=ANNA, tier="Silver", starts_at=LONG_AGO, code="tier:first",
            sentence="Anna begins as Silver.", revenue=0, currency="EUR",
        )  # fmt: skip
        CustomerAccess.objects.create(
            customer_id=VIP, user=named, reason=WHY, granted_by=system_user(),
            granted_at=LONG_AGO,
        )  # fmt: skip


def version(scope: str = "company", *, number: int = 1, **fields: Any) -> PolicyVersion:
    """A version in force since long ago, so that publishing it changes something now."""
    return from_document(
        {
            "kind": "lead_time",
            "scope": scope,
            "number": number,
            "effective_from": LONG_AGO,
            "effective_to": None,
            "published_at": LONG_AGO + timedelta(seconds=number),
            "outputs": {"service_quantile": "0.9"},
            "author": "test",
            "reason": "A test.",
        }
        | fields
    )


def publish(found: PolicyVersion, user: User, **named: Any) -> int:
    planned = policies.Planned(version=found, replaces=None, file="test.yaml")
    return policies.publish([planned], acting_user=user, **named)


def around_now(*, before: timedelta = timedelta(hours=1), hours: float = 2) -> Between:
    """From a while before now, for some hours."""
    start = timezone.now().replace(microsecond=0) - before
    return Between(starts_at=start, ends_at=start + timedelta(hours=hours))


def freeze(scope: str, user: User, **fields: Any) -> FreezeWindow:
    given: dict[str, Any] = {
        "kind": FreezeKind.FISCAL_CLOSE,
        "title": "Close of the year",
        "reason": WHY,
        "span": around_now(),
        "time_zone": "Europe/Berlin",
    }
    new = NewFreeze(**(given | fields))
    return freezes.add(new, scope=parse_scope(scope), acting_user=user)
