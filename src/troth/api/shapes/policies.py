"""What does the API say of a policy?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Field

from troth.api.shapes.shape import Instant, Listing, Maybe, Paging, Shape, listed


class PolicyFilters(Paging):
    """Which policy versions?"""

    kind: str = Field("", max_length=200, description="Of this kind.", examples=["lead_time"])
    layer: str = Field("", max_length=200, description="Of this layer.", examples=["tier"])
    scope: str = Field(
        "", max_length=600, description="For this key within the layer.", examples=["Gold"]
    )


class PullFilters(BaseModel):
    """Which policy versions, as text?"""

    kind: str = Field("", max_length=200, description="Of this kind.", examples=["lead_time"])
    all: bool = Field(
        False, description="Every version ever, not only those that hold.", examples=[False]
    )


class PolicyFile(Shape):
    """One file of policies."""

    name: str = Field(description="kind.layer.yaml")
    text: str = Field(description="YAML, as `troth policy plan` takes it.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "name": "lead_time.company.yaml",
        "text": "policies:\n- kind: lead_time\n  scope: company\n",
    }


class PolicyFiles(Shape):
    """Policies as files."""

    data: list[PolicyFile]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"data": [PolicyFile.EXAMPLE]}


class PolicyRule(Shape):
    """One rule: its cells in the order of the columns, null where a cell says nothing."""

    id: str
    when: list[Maybe] = Field(description="Unary tests of FEEL; null: anything.")
    then: list[Maybe] = Field(description="Expressions of FEEL; null: no answer.")
    note: Maybe
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "large",
        "when": ["> 1000"],
        "then": ["0.98"],
        "note": None,
    }


class PolicyTable(Shape):
    """A decision table of DMN over the inputs of the policy's kind."""

    hit: str = Field(description="UNIQUE, FIRST, ANY or PRIORITY.")
    inputs: list[str] = Field(description="Expressions of FEEL over the kind's inputs.")
    outputs: list[str]
    rules: list[PolicyRule]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "hit": "FIRST",
        "inputs": ["total"],
        "outputs": ["service_quantile"],
        "rules": [PolicyRule.EXAMPLE],
    }


class PolicyAudience(Shape):
    """For whom within its scope a version holds while it is rolled out in stages."""

    share: str = Field(description="Percent of customers, chosen by a stable hash.")
    key: Maybe = Field(description="What the hash is salted with; null: all customers are in.")
    regions: list[str] = Field(description="Sales regions or countries; empty: all.")
    sentence: str
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "share": "10",
        "key": "rol_7f3a",
        "regions": ["SP"],
        "sentence": "10 % of customers in SP",
    }


class Policy(Shape):
    """One version of one policy for one scope. It is never changed."""

    id: str
    kind: str
    layer: str = Field(description="guardrail, customer, contract, tier, segment… or company.")
    scope: Maybe = Field(description="The key within the layer; null for the company.")
    number: int
    effective_from: datetime
    effective_to: datetime | None
    published_at: datetime
    outputs: dict[str, Any]
    author: str
    reason: str
    clause: Maybe
    table: PolicyTable | None = Field(description="Rules that depend on the case; null: none.")
    audience: PolicyAudience | None = Field(description="Null: all of its scope.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "pol_5d0c8f1e2a",
        "kind": "lead_time",
        "layer": "tier",
        "scope": "Gold",
        "number": 2,
        "effective_from": "2026-01-01T00:00:00Z",
        "effective_to": None,
        "published_at": "2025-12-20T10:00:00Z",
        "outputs": {"service_quantile": "0.95"},
        "author": "Olga Operations",
        "reason": "Gold is promised what is kept 19 times of 20.",
        "clause": None,
        "table": PolicyTable.EXAMPLE,
        "audience": None,
    }


class PolicyList(Listing):
    """Policy versions, the newest first."""

    data: list[Policy]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Policy, "/policies")


class PolicyChange(Shape):
    """One thing that a version changed against the version before it, in words."""

    about: str = Field(description="What changed.")
    before: Maybe = Field(description="Null where there was nothing.")
    after: Maybe = Field(description="Null where there is nothing any more.")
    sentence: str
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "about": "service quantile",
        "before": "0.9",
        "after": "0.95",
        "sentence": "service quantile: 0.9 → 0.95",
    }


class PolicyDetail(Shape):
    """One version, with what it changed and the versions around it."""

    policy: Policy = Field(validation_alias="row")
    about: str = Field(description="What its kind answers.")
    changes: list[PolicyChange]
    versions: list[Policy] = Field(description="All of this kind and scope, newest first.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "policy": Policy.EXAMPLE,
        "about": "How long an order takes, and how sure a promise is.",
        "changes": [PolicyChange.EXAMPLE],
        "versions": [Policy.EXAMPLE],
    }


class PolicyValue(Shape):
    """One value that holds for a customer, and where it came from."""

    kind: str
    output: str
    about: str
    value: Any
    unit: Maybe
    layer: str = Field(description="default for a built-in value.")
    scope: Maybe
    version: Maybe
    rule: Maybe = Field(default=None, description="Id of the rule of its table.")
    overrode: list[str]
    clamped_by: list[str] = Field(description="Guardrails that moved it.")
    depends_on: list[str] = Field(description="Inputs of the case that tables ask for.")
    instead_of: list[str] = Field(
        description="Versions in whose place it answers: their tables could not be evaluated."
    )
    stages: list[str] = Field(
        description="Roll-outs that answer this, and whether the customer is in their stage."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "kind": "lead_time",
        "output": "service_quantile",
        "about": "Share of orders that arrive by their promise.",
        "value": "0.95",
        "unit": None,
        "layer": "tier",
        "scope": "Gold",
        "version": "pol_5d0c8f1e2a",
        "rule": None,
        "overrode": ["company: 0.9 (pol_11aa22bb33)"],
        "clamped_by": [],
        "depends_on": [],
        "instead_of": [],
        "stages": [],
    }


class PolicyReading(Shape):
    """As of when, and in which case, does somebody ask what applies?"""

    at: Instant | None = Field(
        None,
        description="In force then; by default at the main job's moment.",
        examples=["2026-01-31T09:00:00Z"],
    )
    known_at: Instant | None = Field(
        None,
        description="As published by then; by default by `at`.",
        examples=["2026-01-31T09:00:00Z"],
    )
    case: list[Annotated[str, Field(max_length=600)]] = Field(
        [],
        max_length=50,
        description="What tables may ask for, as `NAME=VALUE`. Repeat it for each.",
        examples=[["severity=2"]],
    )


class AskedInput(Shape):
    """One fact that tables in force ask for."""

    name: str
    about: str
    type: str = Field(description="number, text, boolean or instant.")
    unit: Maybe
    allowed: list[str] = Field(description="All values there are; empty: any of the type.")
    value: Any = Field(description="As told; null: not told.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "name": "severity",
        "about": "How bad it is, 1 being the worst.",
        "type": "number",
        "unit": None,
        "allowed": ["1", "2", "3", "4"],
        "value": "2",
    }


class CustomerPolicies(Shape):
    """Every value that holds for a customer in a case."""

    customer_id: str
    at: datetime
    known_at: datetime
    asks: list[AskedInput] = Field(description="What tables ask for before they answer.")
    missing: list[str] = Field(description="What they ask for and was not told.")
    values: list[PolicyValue]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer_id": "cus_3f2a9c01b7d4e856",
        "at": "2026-01-31T00:00:00Z",
        "known_at": "2026-01-31T00:00:00Z",
        "asks": [AskedInput.EXAMPLE],
        "missing": [],
        "values": [PolicyValue.EXAMPLE],
    }


class PolicyFinding(Shape):
    """One thing that is wrong with a version, or worth a look."""

    kind: str = Field(description="overlap, masked, guardrail, outranked, impossible, gap…")
    version: Maybe = Field(description="Null: there is none, and that is what is found.")
    policy: str = Field(description="The kind of the policy.")
    layer: str
    scope: Maybe
    rules: list[str] = Field(description="Ids of the rules of its table.")
    sentence: str
    witness: dict[str, str] | None = Field(
        description="A case that shows it, input by input in FEEL; null: every case does."
    )
    is_hint: bool = Field(description="Worth a look, but no conflict.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "kind": "masked",
        "version": "pol_5d0c8f1e2a",
        "policy": "lead_time",
        "layer": "tier",
        "scope": "Gold",
        "rules": ["very_large", "large"],
        "sentence": "Rule 2 never decides: rule 1 matches all that it matches.",
        "witness": {"total": "5000"},
        "is_hint": False,
    }


class PolicyCheck(Shape):
    """What a check of all versions found: conflicts first, then hints."""

    at: datetime
    versions: int
    findings: list[PolicyFinding]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "at": "2026-01-31T00:00:00Z",
        "versions": 31,
        "findings": [PolicyFinding.EXAMPLE],
    }
