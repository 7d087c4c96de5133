"""The rules of access once more, slowly and from their written definition alone.

A request is allowed if some rule allows it and no rule forbids it. A rule counts for a request if
the request's role and right are among its own, the person stands within its relation, the thing
is in one of its states (or it names none), the person has one of the standings that it is only
for (or it names none) and none of those that it spares. Nothing here is taken from the engine.
"""

from __future__ import annotations

from collections.abc import Iterable

from troth.core.access.deciding import Person, Thing
from troth.core.access.rules import Rule
from troth.core.access.vocabulary import Right

NEARNESS = ["own", "team", "region", "all"]


def relations(person: Person, thing: Thing) -> list[str]:
    """Every relation that holds, not only the nearest."""
    held = ["all"]
    if thing.is_common:
        held += ["own"]
    if person.agent_key != "" and thing.account_manager == person.agent_key:
        held += ["own"]
    if person.team != "" and thing.team == person.team:
        held += ["team"]
    for region in person.regions:
        if region == "*" or (region != "" and region == thing.region):
            held += ["region"]
    return held


def standings(person: Person, thing: Thing) -> list[str]:
    held = []
    for user_id in thing.named:
        if user_id == person.user_id:
            held.append("named")
    for user_id in thing.broken_by:
        if user_id == person.user_id:
            held.append("broke_glass")
    if thing.concerns is not None and thing.concerns == person.user_id:
        held.append("concerned")
    if person.is_the_program:
        held.append("is_the_program")
    return held


def counts(rule: Rule, person: Person, right: Right, thing: Thing) -> bool:
    if str(person.role) not in [str(role) for role in rule.roles]:
        return False
    if str(right) not in [str(its) for its in rule.rights]:
        return False
    widest = NEARNESS.index(rule.within.name.lower())
    if not any(NEARNESS.index(held) <= widest for held in relations(person, thing)):
        return False
    states = [str(state) for state in thing.states]
    if len(rule.states) > 0 and not any(str(state) in states for state in rule.states):
        return False
    held = standings(person, thing)
    if len(rule.only) > 0 and not any(str(standing) in held for standing in rule.only):
        return False
    return not any(str(standing) in held for standing in rule.spares)


def is_allowed(rules: Iterable[Rule], person: Person, right: Right, thing: Thing) -> bool:
    answer = "denied"
    for rule in rules:
        if counts(rule, person, right, thing):
            if rule.effect.value == "forbid":
                answer = "forbidden"
            elif answer != "forbidden":
                answer = "allowed"
    return answer == "allowed"
