"""By when is this case due, and is a customer who opts out no worse off than standard?

Semantics 2 of `prioritise`: the rules of `prioritise.py`, with the consent and the floor of
`floor.py`. Where no layer is left out, the outcome is that of semantics 1. Semantics 3 is the same
where feeds under contract stand among the facts: what is stale or unverified is a floor as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from troth.core.decisions import prioritise
from troth.core.decisions.answers import read_used, write_used
from troth.core.decisions.decision import Decision
from troth.core.decisions.feeds import read_feeds, write_feeds
from troth.core.decisions.floor import (
    decide_floored,
    read_consent,
    read_floors,
    write_consent,
    write_floors,
)
from troth.core.decisions.inputs import Fields
from troth.core.decisions.prioritise import POLICY_KINDS, CaseFacts, CasePolicy
from troth.core.decisions.shared import Shared, SharedInputs, calendar_shared, read_calendar
from troth.core.policies.specs import Better

SEMANTICS = 2
DATED = 3  # where feeds under contract stand among the facts
# Which outputs of the outcome can be better or worse for the customer, and which way.
BETTER: Mapping[str, Better] = {
    "first_response_due_at": "lower",
    "resolution_due_at": "lower",
    "rank": "lower",
}


def decide(facts: CaseFacts, policy: CasePolicy, *, at: datetime) -> Decision:
    """As `prioritise.decide`, never worse than standard where layers are left out.

    Raises DecisionInputError, also where a value comes from a layer that is left out.
    """
    semantics = DATED if facts.feeds else SEMANTICS
    return decide_floored(
        prioritise.decide, facts, policy, at=at, semantics=semantics, better=BETTER
    )


def write_inputs(
    facts: CaseFacts, policy: CasePolicy
) -> tuple[dict[str, Any], dict[str, Any], list[Shared]]:
    """The facts and the policy as a receipt keeps them, and what they share with others."""
    written, policies, shared = prioritise.write_inputs(facts, policy)
    if facts.consent:
        written["consent"] = write_consent(facts.consent)
    if facts.feeds:
        written["feeds"] = write_feeds(facts.feeds)
    if policy.floors:
        policies["floors"] = write_floors(policy.floors)
    if policy.standard is not None:
        calendar = calendar_shared(policy.standard.calendar)
        policies["standard"] = write_used(policy.standard.used)
        policies["standard_calendar"] = {"$shared": calendar.digest}
        shared.append(calendar)
    return written, policies, shared


def read_inputs(
    facts: object, policy: object, shared: SharedInputs, *, at: datetime | None
) -> tuple[CaseFacts, CasePolicy]:
    """Read what `write_inputs` or a person wrote. Raises DecisionInputError, MissingSharedError."""
    given = Fields(facts, path="facts")
    consent, feeds = given.sequence("consent", ()), given.sequence("feeds", ())
    found = Fields(policy, path="policy")
    floors = found.sequence("floors", ())
    standard = found.sequence("standard", None)
    calendar = None if standard is None else found.mapping("standard_calendar")
    facts_read, policy_read = prioritise.read_inputs(
        _without(facts, ("consent", "feeds")),
        _without(policy, ("floors", "standard", "standard_calendar")),
        shared,
        at=at,
    )
    if standard is not None:
        other = CasePolicy(
            used=read_used(standard, POLICY_KINDS, path="policy.standard"),
            calendar=read_calendar(calendar, shared, path="policy.standard_calendar"),
        )
        policy_read = replace(policy_read, standard=other)
    return (
        replace(
            facts_read,
            consent=read_consent(consent, path="facts.consent"),
            feeds=read_feeds(feeds, path="facts.feeds"),
        ),
        replace(policy_read, floors=read_floors(floors, path="policy.floors")),
    )


def _without(found: object, names: tuple[str, ...]) -> object:
    if not isinstance(found, Mapping):
        return found
    return {name: value for name, value in found.items() if name not in names}
