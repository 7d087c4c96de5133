"""What is one line of the table of rights, and one line of the table of masks?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from troth.core.access.vocabulary import Purpose, Relation, Right, Role, Standing, State
from troth.core.records.values import Sensitivity


class Effect(StrEnum):
    ALLOW = "allow"
    FORBID = "forbid"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Gives rights to roles, or takes them away, where everything that it names holds."""

    id: str
    effect: Effect
    roles: frozenset[Role]
    rights: frozenset[Right]
    within: Relation = Relation.ALL  # the person stands this near or nearer
    states: frozenset[State] = frozenset()  # the thing is in one of them; none named: in any
    only: frozenset[Standing] = frozenset()  # the person is one of them; none named: anything
    spares: frozenset[Standing] = frozenset()  # whoever is one of them is left alone
    because: str  # a sentence for people


@dataclass(frozen=True, kw_only=True)
class Clear:
    """Shows fields of some classes to some roles for some purposes; all others are masked."""

    id: str
    roles: frozenset[Role]
    purposes: frozenset[Purpose]
    classes: frozenset[Sensitivity]
