"""What applies to this customer in this case, from which layer, and what else would it ask?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from troth.core.access.roles import Right
from troth.core.policies.asking import inputs
from troth.store.queries.customers import CustomerRow, customer
from troth.store.queries.moment import moment_of
from troth.store.queries.policies import PolicyValue, policies_for
from troth.store.queries.viewing import Viewer, viewing


@dataclass(frozen=True, kw_only=True)
class AskedInput:
    """One fact that tables in force ask for."""

    name: str
    about: str
    type: str  # number, text, boolean or instant
    unit: str
    allowed: tuple[str, ...]  # all values there are; empty: any of the type
    value: Any  # as told; None: not told


@dataclass(frozen=True, kw_only=True)
class AppliedPolicies:
    """Every value that holds for a customer in a case, at an instant."""

    customer: CustomerRow
    at: datetime
    known_at: datetime
    asks: tuple[AskedInput, ...]
    values: tuple[PolicyValue, ...]

    @property
    def customer_id(self) -> str:
        """The customer's own id, also where it was asked for by a source key."""
        return self.customer.id

    @property
    def missing(self) -> tuple[str, ...]:
        """What tables ask for and nobody told."""
        return tuple(item.name for item in self.asks if item.value is None)


def applied_policies(
    *,
    viewer: Viewer,
    customer_id: str,
    at: datetime | None = None,
    known_at: datetime | None = None,
    case: Mapping[str, Any] | None = None,
) -> AppliedPolicies:
    """What holds for a customer, by its id or by a source key.

    `at`: by default the main job's moment. `known_at`: as published by then; by default by `at`.
    Raises NotFoundError, NotAllowedError.
    """
    with viewing(viewer, Right.SEE_POLICIES):
        moment = at or moment_of(viewer)
        row = customer(viewer=viewer, customer_id=customer_id).row
        told = dict(case or {})
        values = policies_for(
            viewer=viewer, customer_id=row.id, at=moment, known_at=known_at, case=told
        )
        asked = dict.fromkeys(name for value in values for name in value.depends_on)
        specs = inputs()
        return AppliedPolicies(
            customer=row,
            at=moment,
            known_at=known_at or moment,
            asks=tuple(
                AskedInput(
                    name=name,
                    about=specs[name].about,
                    type=specs[name].type,
                    unit=specs[name].unit,
                    allowed=tuple(str(item) for item in specs[name].allowed),
                    value=told.get(name),
                )
                for name in asked
                if name in specs
            ),
            values=values,
        )
