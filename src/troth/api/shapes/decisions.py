"""What does the API say of a decision, and what does it take to make one?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from ninja import Schema
from pydantic import Field

from troth.api.shapes.shape import Listing, Maybe, Paging, Problem, Shape, listed

PROMISE_INPUT: Mapping[str, Any] = {
    "facts": {
        "order": "erp:SO-1001",
        "customer": "cus_3f2a9c01b7d4e856",
        "placed_at": "2026-01-12T09:30:00Z",
        "time_zone": "America/Sao_Paulo",
    },
    "policy": {"lead_time": {"service_quantile": "0.9", "default_lead_time_days": 14}},
}
PRIORITISE_INPUT: Mapping[str, Any] = {
    "facts": {
        "case": "desk:C-7",
        "opened_at": "2026-01-21T12:00:00Z",
        "severity": 2,
        "tier": "Gold",
    }
}
# One line a decision kind.
INPUTS: Mapping[str, Mapping[str, Any]] = {
    "promise": PROMISE_INPUT,
    "prioritise": PRIORITISE_INPUT,
}


class DecisionFilters(Paging):
    """Which decisions?"""

    kind: str = Field("", max_length=200, description="Of this kind.", examples=["promise"])
    subject: str = Field(
        "", max_length=600, description="About this record.", examples=["erp:SO-1001"]
    )
    customer: str = Field(
        "", max_length=200, description="Id of the customer.", examples=["cus_3f2a9c01b7d4e856"]
    )


class DecisionSummary(Shape):
    """One decision in a list."""

    id: str = Field(description="dec_ and 40 hex digits, derived from its receipt.")
    kind: str
    subject: str = Field(description="Key of the record that it is about.")
    customer_id: Maybe
    at: datetime = Field(description="The moment that was decided for.")
    outcome: dict[str, Any]
    first_reason: Maybe
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "dec_7d1f0c3b5a9e8f2d4c6b1a0f9e8d7c6b5a4f3e2d",
        "kind": "promise",
        "subject": "erp:SO-1001",
        "customer_id": "cus_3f2a9c01b7d4e856",
        "at": "2026-01-12T09:30:00Z",
        "outcome": {"promised_at": "2026-01-20T21:00:00Z"},
        "first_reason": "Nine of ten orders on SP>RJ arrived within 8 days.",
    }


class DecisionList(Listing):
    """Decisions, the newest first."""

    data: list[DecisionSummary]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(DecisionSummary, "/decisions")


class Reason(Shape):
    """One reason for an outcome."""

    code: str = Field(description="Stable, for machines.")
    sentence: str = Field(description="For people.")
    values: dict[str, Any] = Field(description="The figures in the sentence.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "code": "promise:cold_start:too_few",
        "sentence": "Only 0 orders of the company were delivered, 30 are needed: "
        "the company's default of 14 days holds.",
        "values": {"default_lead_time_days": 14, "delivered": 0},
    }


class FactUsed(Shape):
    """One input of a decision, where it came from and how old it was."""

    name: str
    value: Any
    source: str = Field(description="Key of the source record, or what it was computed from.")
    known_at: datetime | None
    age_seconds: int | None
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "name": "order.placed_at",
        "value": "2026-01-12T09:30:00Z",
        "source": "erp:SO-1001",
        "known_at": "2026-01-12T09:31:00Z",
        "age_seconds": 3600,
    }


class PolicyUsed(Shape):
    """One policy value that the decision obeyed, and the layer that it came from."""

    kind: str
    output: str
    value: Any
    layer: str
    scope: Maybe
    version: Maybe = Field(description="Null for a built-in default, or a value of the input.")
    rule: Maybe = Field(default=None, description="Id of the rule of its table.")
    instead_of: list[str] = Field(
        description="Versions in whose place it answers: their tables could not be evaluated."
    )
    overrode: list[str]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "kind": "lead_time",
        "output": "service_quantile",
        "value": "0.95",
        "layer": "tier",
        "scope": "Gold",
        "version": "pol_5d0c8f1e2a",
        "rule": None,
        "instead_of": [],
        "overrode": ["company: 0.9 (pol_11aa22bb33)"],
    }


class Alternative(Shape):
    """An answer that lost, and why."""

    outcome: dict[str, Any]
    because: str
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "outcome": {"promised_at": "2026-01-18T21:00:00Z"},
        "because": "Only 6 of 10 orders arrived by then.",
    }


class Change(Shape):
    """What would change the answer, and to what."""

    if_: str = Field(serialization_alias="if")
    then: str
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "if": "30 orders of the company had been delivered",
        "then": "promised from their lead times",
    }


class ConsentUsed(Shape):
    """Where one purpose stood for the customer, as the decision took it."""

    purpose: str
    basis: str = Field(description="The legal basis.")
    state: str = Field(description="granted, denied, revoked, expired or none.")
    notice: int = Field(description="Version of the notice that was declared.")
    event: Maybe = Field(description="Id of the statement.")
    layers: list[str] = Field(description="Layers of policy that rest on it.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "purpose": "personalisation_tier",
        "basis": "legitimate_interests",
        "state": "denied",
        "notice": 0,
        "event": "cns_3f2a9c01b7d4e8563f2a9c01b7d4e856",
        "layers": ["tier"],
    }


class Decision(Shape):
    """One decision: outcome, every reason, what it rests on and what would change it."""

    kind: str
    semantics: int = Field(description="Version of the kind's rules.")
    subject: str
    customer: Maybe = Field(description="Id of the customer.")
    at: datetime
    outcome: dict[str, Any]
    reasons: list[Reason]
    facts: list[FactUsed]
    policies: list[PolicyUsed]
    consent_basis: str
    alternatives: list[Alternative]
    would_change: list[Change]
    consent: list[ConsentUsed] = Field(
        description="Where each purpose that layers of policy rest on stood."
    )
    floors: list[str] = Field(
        description="Why layers of policy were left out: floor:consent, floor:stale and others."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "kind": "promise",
        "semantics": 2,
        "subject": "erp:SO-1001",
        "customer": "cus_3f2a9c01b7d4e856",
        "at": "2026-01-12T09:30:00Z",
        "outcome": {"promised_at": "2026-01-27T03:00:00Z", "is_cold_start": True},
        "reasons": [Reason.EXAMPLE],
        "facts": [FactUsed.EXAMPLE],
        "policies": [PolicyUsed.EXAMPLE],
        "consent_basis": "contract performance",
        "alternatives": [Alternative.EXAMPLE],
        "would_change": [Change.EXAMPLE],
        "consent": [ConsentUsed.EXAMPLE],
        "floors": ["floor:consent"],
    }


class DecisionDetail(Shape):
    """One recorded decision, read from its receipt."""

    id: str
    input_digest: str = Field(description="Of all that it rests on but the moment.")
    decision: Decision
    earlier: list[DecisionSummary] = Field(
        description="Other decisions of this kind on the subject, newest first."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "dec_7d1f0c3b5a9e8f2d4c6b1a0f9e8d7c6b5a4f3e2d",
        "input_digest": "8f14e45fceea167a5a36dedd4bea2543d1a8c0e77f4c1b0a9d8e7f6c5b4a3928",
        "decision": Decision.EXAMPLE,
        "earlier": [DecisionSummary.EXAMPLE],
    }


class DecisionWish(Schema):
    """How to answer a decision on an input."""

    record: bool = Field(
        default=False,
        description="Keep the decision, with its receipt and its entry in the audit log.",
        examples=[False],
    )


class DryDecision(Shape):
    """The decision on an input, recorded only where that was asked for."""

    receipt_id: str = Field(description="The id under which it is, or would be, recorded.")
    input_digest: str = Field(description="Of all that it rests on but the moment.")
    is_recorded: bool = Field(description="Whether it was kept.")
    decision: Decision
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "receipt_id": "dec_7d1f0c3b5a9e8f2d4c6b1a0f9e8d7c6b5a4f3e2d",
        "input_digest": "8f14e45fceea167a5a36dedd4bea2543d1a8c0e77f4c1b0a9d8e7f6c5b4a3928",
        "is_recorded": False,
        "decision": Decision.EXAMPLE,
    }


class BatchItem(Shape):
    """What became of one input: a decision or a problem, never both."""

    index: int = Field(description="Its place among the inputs, from 0.")
    decision: DryDecision | None
    problem: Problem | None
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "index": 0,
        "decision": DryDecision.EXAMPLE,
        "problem": None,
    }


class BatchAnswer(Shape):
    """The decisions, in the order of the inputs."""

    data: list[BatchItem]
    decided: int
    refused: int
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "data": [BatchItem.EXAMPLE],
        "decided": 1,
        "refused": 0,
    }
