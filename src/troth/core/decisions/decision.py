"""What is a decision, whatever its kind?

A value: what was decided, every reason, what it rests on and what would change it. It is made by
`decide(facts, policy, *, at)` of its kind, which reads nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason for an outcome: a stable code for machines, a sentence for people."""

    code: str  # "promise:lane:borrowed"
    sentence: str
    values: Mapping[str, Any] = field(default_factory=dict)  # the figures in the sentence


@dataclass(frozen=True, kw_only=True)
class FactUsed:
    """One input of a decision, where it came from and how old it was."""

    name: str  # "order.placed_at"
    value: Any
    source: str  # the source record's key, or what it was computed from
    known_at: datetime | None
    age_seconds: int | None  # at − known_at


@dataclass(frozen=True, kw_only=True)
class PolicyUsed:
    """One policy value that the decision obeyed, and the layer that it came from."""

    kind: str
    output: str
    value: Any
    layer: str  # guardrail, customer, contract, tier, segment, region, company, default
    scope: str  # the key within the layer, "" for the company
    version: str  # the id of the policy version; "" for a built-in default
    overrode: tuple[str, ...] = ()  # "company: 30 (pol_…)"
    rule: str = ""  # of the version's table; "" where it has none
    # Ids of the versions in whose place it answers, as their tables could not be evaluated.
    instead_of: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ConsentUsed:
    """Where one purpose stood for the customer, as the decision took it."""

    purpose: str
    basis: str  # a core.consent.purposes.Basis
    state: str  # a core.consent.states.State
    notice: int = 0  # the version of the notice that was declared
    event: str = ""  # the id of the statement; "" where nothing was said
    layers: tuple[str, ...] = ()  # the layers of policy that rest on it


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """An answer that lost, and why."""

    outcome: Mapping[str, Any]
    because: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """What would change the answer, and to what."""

    if_: str
    then: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The answer of one decision kind about one subject at one instant."""

    kind: str
    semantics: int  # version of the kind's rules; an old one stays executable
    subject: str  # the source record's key that it is about
    customer: str | None  # customer id; never a personal field
    at: datetime
    outcome: Mapping[str, Any]
    reasons: tuple[Reason, ...]
    facts: tuple[FactUsed, ...]
    policies: tuple[PolicyUsed, ...]
    consent_basis: str
    alternatives: tuple[Alternative, ...] = ()
    would_change: tuple[Change, ...] = ()
    consent: tuple[ConsentUsed, ...] = ()  # of each purpose that layers of policy rest on
    floors: tuple[str, ...] = ()  # why layers were left out: "floor:consent"
