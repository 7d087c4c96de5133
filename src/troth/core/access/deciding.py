"""May this person do this to that, and because of which rules?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from troth.core.access.rights import CLEAR, RULES
from troth.core.access.rules import Effect, Rule
from troth.core.access.vocabulary import Purpose, Relation, Right, Role, Standing, State
from troth.core.records.values import Sensitivity

EVERY_REGION = "*"
_NO_RULE = "No rule gives {role} the right {right} {place}."


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who asks."""

    user_id: int
    role: Role
    agent_key: str = ""  # their key in the service desk or CRM, as a customer's account manager
    team: str = ""
    regions: frozenset[str] = frozenset({EVERY_REGION})
    is_the_program: bool = False  # Troth itself


@dataclass(frozen=True, kw_only=True)
class Thing:
    """What is asked about: a customer, something of one, or something of the company."""

    is_common: bool = False  # of no customer, so equally near to everybody
    account_manager: str = ""
    team: str = ""
    region: str = ""
    states: frozenset[State] = frozenset()
    named: frozenset[int] = frozenset()  # users who are named for the customer now
    broken_by: frozenset[int] = frozenset()  # users who broke the glass, its time not over
    concerns: int | None = None  # the user whom a glass or a naming is about


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Yes or no, with every rule that says so (sorted; none where no rule allows)."""

    is_allowed: bool
    because: tuple[str, ...]
    sentence: str


def standings_of(person: Person, thing: Thing) -> frozenset[Standing]:
    """What a person is to a thing, beyond the relation."""
    found = set()
    if person.user_id in thing.named:
        found.add(Standing.NAMED)
    if person.user_id in thing.broken_by:
        found.add(Standing.BROKE_GLASS)
    if person.user_id == thing.concerns:
        found.add(Standing.CONCERNED)
    if person.is_the_program:
        found.add(Standing.IS_THE_PROGRAM)
    return frozenset(found)


def relation_of(person: Person, thing: Thing) -> Relation:
    """The nearest relation. An empty key, team or region equals no other; being named for a
    customer lifts its restriction and brings nobody nearer."""
    if thing.is_common or (person.agent_key and person.agent_key == thing.account_manager):
        return Relation.OWN
    if person.team and person.team == thing.team:
        return Relation.TEAM
    if EVERY_REGION in person.regions or (thing.region and thing.region in person.regions):
        return Relation.REGION
    return Relation.ALL


class Engine:
    """A set of rules, indexed by role and right."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[tuple[Role, Right], tuple[list[Rule], list[Rule]]] = {}
        for rule in rules:
            for role in rule.roles:
                for right in rule.rights:
                    allows, forbids = self._rules.setdefault((role, right), ([], []))
                    (allows if rule.effect is Effect.ALLOW else forbids).append(rule)

    def decide(self, person: Person, right: Right, thing: Thing) -> Verdict:
        """Forbid wins, default deny, in whatever order the rules come."""
        allows, forbids = self._rules.get((person.role, right), ((), ()))
        relation = relation_of(person, thing)
        standings = standings_of(person, thing)
        against = [rule for rule in forbids if _holds(rule, relation, standings, thing.states)]
        if against:
            return _verdict(against, is_allowed=False)
        given = [rule for rule in allows if _holds(rule, relation, standings, thing.states)]
        if given:
            return _verdict(given, is_allowed=True)
        place = "here" if allows else "at all"
        sentence = _NO_RULE.format(role=person.role.value, right=right.value, place=place)
        return Verdict(is_allowed=False, because=(), sentence=sentence)

    def reach(self, role: Role, right: Right) -> Relation | None:
        """How far a role's right goes at most; None where the role does not have it."""
        allows, _ = self._rules.get((role, right), ((), ()))
        return max((rule.within for rule in allows), default=None)


def _holds(
    rule: Rule, relation: Relation, standings: frozenset[Standing], states: frozenset[State]
) -> bool:
    return (
        relation <= rule.within
        and not (rule.states and rule.states.isdisjoint(states))
        and not (rule.only and rule.only.isdisjoint(standings))
        and rule.spares.isdisjoint(standings)
    )


def _verdict(rules: list[Rule], *, is_allowed: bool) -> Verdict:
    ordered = sorted(rules, key=lambda rule: rule.id)
    return Verdict(
        is_allowed=is_allowed,
        because=tuple(rule.id for rule in ordered),
        sentence=" ".join(dict.fromkeys(rule.because for rule in ordered)),
    )


_ENGINE = Engine(RULES)
_REACH: dict[tuple[Role, Right], Relation | None] = {
    (role, right): _ENGINE.reach(role, right) for role in Role for right in Right
}
_CLEAR = frozenset(
    (role, purpose, kind)
    for line in CLEAR
    for role in line.roles
    for purpose in line.purposes
    for kind in line.classes
)


def decide(person: Person, right: Right, thing: Thing) -> Verdict:
    """May this person do this to that? With every rule that says so."""
    return _ENGINE.decide(person, right, thing)


def reach(role: Role, right: Right) -> Relation | None:
    """How far a role's right goes at most (own < team < region < all); None: not at all."""
    return _REACH[role, right]


def may(role: Role, right: Right) -> bool:
    """Whether a role has a right, to anything at all."""
    return _REACH[role, right] is not None


def masked(role: Role, purpose: Purpose, sensitivity: Sensitivity) -> bool:
    """Whether a field of this class is hidden from this role for this purpose."""
    return (role, purpose, sensitivity) not in _CLEAR
