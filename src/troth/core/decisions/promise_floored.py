"""When will this order arrive, and is a customer who opts out no worse off than standard?

Semantics 2 of `promise`: the rules of `promise.py`, with the customer's consent and the floor of
`floor.py`. Where no layer is left out, the outcome is that of semantics 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from troth.core.decisions import promise
from troth.core.decisions.decision import Decision
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
# Which outputs of the outcome can be better or worse for the customer, and which way.
BETTER: Mapping[str, Better] = {"promised_at": "lower", "service_quantile": "higher"}


def decide(facts: PromiseFacts, policy: PromisePolicy, *, at: datetime) -> Decision:
    """As `promise.decide`, never worse than standard where layers are left out.

    Raises DecisionInputError, also where a value comes from a layer that is left out.
    """
    return decide_floored(promise.decide, facts, policy, at=at, semantics=SEMANTICS, better=BETTER)


def write_inputs(
    facts: PromiseFacts, policy: PromisePolicy
) -> tuple[dict[str, Any], dict[str, Any], list[Shared]]:
    """The facts and the policy as a receipt keeps them, and what they share with others."""
    written, policies, shared = promise.write_inputs(facts, policy)
    if facts.consent:
        written["consent"] = write_consent(facts.consent)
    if policy.floors:
        policies["floors"] = write_floors(policy.floors)
    return written, policies, shared


def read_inputs(
    facts: object, policy: object, shared: SharedInputs, *, at: datetime | None
) -> tuple[PromiseFacts, PromisePolicy]:
    """Read what `write_inputs` or a person wrote. Raises DecisionInputError, MissingSharedError."""
    consent = Fields(facts, path="facts").sequence("consent", ())
    found = Fields(policy, path="policy")
    floors = found.sequence("floors", ())
    facts_read, policy_read = promise.read_inputs(
        _without(facts, ("consent",)), _without(policy, ("floors",)), shared, at=at
    )
    return (
        replace(facts_read, consent=read_consent(consent, path="facts.consent")),
        replace(policy_read, floors=read_floors(floors, path="policy.floors")),
    )


def _without(found: object, names: tuple[str, ...]) -> object:
    if not isinstance(found, Mapping):
        return found
    return {name: value for name, value in found.items() if name not in names}
