"""When will this order arrive, and is a customer who opts out no worse off than standard?

Semantics 2 of `promise`: the rules of `promise.py`, with the customer's consent and the floor of
`floor.py`. Where no layer is left out, the outcome is that of semantics 1. Semantics 3 is the same
where feeds under contract stand among the facts: what is stale or unverified is a floor as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from troth.core.decisions import promise
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
from troth.core.decisions.promise_facts import PromiseFacts, PromisePolicy
from troth.core.decisions.shared import Shared, SharedInputs
from troth.core.policies.specs import Better

SEMANTICS = 2
DATED = 3  # where feeds under contract stand among the facts
# Which outputs of the outcome can be better or worse for the customer, and which way.
BETTER: Mapping[str, Better] = {"promised_at": "lower", "service_quantile": "higher"}


def decide(facts: PromiseFacts, policy: PromisePolicy, *, at: datetime) -> Decision:
    """As `promise.decide`, never worse than standard where layers are left out.

    Raises DecisionInputError, also where a value comes from a layer that is left out.
    """
    semantics = DATED if facts.feeds else SEMANTICS
    return decide_floored(promise.decide, facts, policy, at=at, semantics=semantics, better=BETTER)


def write_inputs(
    facts: PromiseFacts, policy: PromisePolicy
) -> tuple[dict[str, Any], dict[str, Any], list[Shared]]:
    """The facts and the policy as a receipt keeps them, and what they share with others."""
    written, policies, shared = promise.write_inputs(facts, policy)
    if facts.consent:
        written["consent"] = write_consent(facts.consent)
    if facts.feeds:
        written["feeds"] = write_feeds(facts.feeds)
    if policy.floors:
        policies["floors"] = write_floors(policy.floors)
    return written, policies, shared


def read_inputs(
    facts: object, policy: object, shared: SharedInputs, *, at: datetime | None
) -> tuple[PromiseFacts, PromisePolicy]:
    """Read what `write_inputs` or a person wrote. Raises DecisionInputError, MissingSharedError."""
    given = Fields(facts, path="facts")
    consent, feeds = given.sequence("consent", ()), given.sequence("feeds", ())
    found = Fields(policy, path="policy")
    floors = found.sequence("floors", ())
    facts_read, policy_read = promise.read_inputs(
        _without(facts, ("consent", "feeds")), _without(policy, ("floors",)), shared, at=at
    )
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
