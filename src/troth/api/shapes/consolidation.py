"""What does the API say of policies that could end or be one, and take to draft that?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from troth.api.shapes.shape import Maybe, Shape

_Pairs = Annotated[dict[str, str], BeforeValidator(dict)]


class ConsolidationFilters(BaseModel):
    """Which policies of customers and contracts?"""

    kind: str = Field("", max_length=200, description="Of this kind.", examples=["lead_time"])


class PolicyDifference(Shape):
    """A case in which a value would be another one."""

    customer: str
    at: datetime = Field(description="As of when it would.")
    case: _Pairs = Field(description="Input → value; what is left out is not known.")
    output: str
    before: str = Field(description="As people say it.")
    after: str
    sentence: str
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer": "cus_3f2a9c01b7d4e856",
        "at": "2026-07-01T00:00:00Z",
        "case": {"severity": "1"},
        "output": "first_response_minutes_1",
        "before": "30 min",
        "after": "1 h",
        "sentence": "first response of severity 1: 30 min → 1 h",
    }


class PolicyVerdict(Shape):
    """Whether policies may end or become one without changing anything for anybody."""

    is_same: bool
    is_proved: bool = Field(description="By geometry, for every case; a difference always is.")
    sentence: str = Field(description="How that is known.")
    regions: int = Field(description="Cases of geometry that were asked.")
    observed: int = Field(description="Cases that happened that were asked.")
    made_up: int = Field(description="Cases by chance that were asked.")
    rests_on: list[str] = Field(
        description="What customers must stay in as they are: tier, segment, region."
    )
    witness: PolicyDifference | None = Field(
        description="Null where it is the same, or is of somebody whom you may not see."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "is_same": False,
        "is_proved": True,
        "sentence": "Not the same: first response of severity 1: 30 min → 1 h.",
        "regions": 1,
        "observed": 0,
        "made_up": 0,
        "rests_on": [],
        "witness": PolicyDifference.EXAMPLE,
    }


class PolicyCost(Shape):
    """What a policy costs to keep: a number to compare by, no money."""

    rules: int = Field(description="What holds where no rule matches is one more.")
    changes: int = Field(description="Versions that were ever published.")
    exceptions: int = Field(description="Times that it was departed from, as recorded.")
    product: int = Field(description="rules × changes × (1 + exceptions)")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "rules": 3, "changes": 4, "exceptions": 1, "product": 24,
    }  # fmt: skip


class PolicyUse(Shape):
    """How decisions used a policy."""

    used_at: datetime | None = Field(description="The latest by which an answer of it held.")
    decision: Maybe = Field(description="The id of that decision.")
    overruled: int = Field(description="Decisions in which an answer of it did not stand.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "used_at": "2026-06-12T09:14:00Z",
        "decision": "dec_7d1f0c3b5a9e8f2d4c6b1a0f9e8d7c6b5a4f3e2d",
        "overruled": 1,
    }


class OwnPolicy(Shape):
    """A policy of one customer or contract that is in force."""

    id: str = Field(description="Of the version in force.")
    title: str
    kind: str
    layer: str = Field(description="customer or contract.")
    scope: str
    customers: list[str] = Field(description="Ids of those whom it is for, as far as you see them.")
    outputs: list[str] = Field(description="What it answers.")
    clause: Maybe = Field(description="Of a signed document that it fulfils.")
    cost: PolicyCost
    is_obeyed: bool = Field(description="Whether any decision obeys its kind yet.")
    use: PolicyUse | None = Field(description="Null where you may not see decisions.")
    state: str = Field(description="may_end, decides, staged or changing.")
    verdict: PolicyVerdict | None = Field(description="Null where it is staged or changing.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "pol_5d0c8f1e2a",
        "title": "service level for customer cus_3f2a9c01b7d4e856",
        "kind": "service_level",
        "layer": "customer",
        "scope": "cus_3f2a9c01b7d4e856",
        "customers": ["cus_3f2a9c01b7d4e856"],
        "outputs": ["first_response_minutes_1"],
        "clause": None,
        "cost": PolicyCost.EXAMPLE,
        "is_obeyed": True,
        "use": PolicyUse.EXAMPLE,
        "state": "decides",
        "verdict": PolicyVerdict.EXAMPLE,
    }


class TemplateParameter(Shape):
    """One place of a template whose value is not the same for all."""

    rule: Maybe = Field(description="Of the template's table; null: where no rule matches.")
    name: str = Field(description="The output, or the input whose test differs.")
    values: _Pairs = Field(description="Scope → what it has there.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "rule": "bad",
        "name": "first_response_minutes_2",
        "values": {"customer:cus_1": "30 min", "customer:cus_2": "45 min"},
    }


class PolicyTemplate(Shape):
    """Policies of one kind that could be one."""

    id: str
    how: str = Field(description="same, parameters or history.")
    kind: str
    standard: str = Field(description="The scope whose text is the template's.")
    members: list[str] = Field(description="Scopes.")
    versions: list[str] = Field(description="Ids of their versions, in the same order.")
    parameters: list[TemplateParameter]
    agreed: int = Field(description="Recorded answers that are the same for all.")
    answered: int = Field(description="Of so many.")
    scope: Maybe = Field(description="Whose policy would say it; null: what is below does already.")
    published: int = Field(description="Versions that it would take.")
    verdict: PolicyVerdict
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "tpl_3f2a9c01b7d4e856",
        "how": "parameters",
        "kind": "service_level",
        "standard": "customer:cus_1",
        "members": ["customer:cus_1", "customer:cus_2"],
        "versions": ["pol_5d0c8f1e2a", "pol_77ab03c19f"],
        "parameters": [TemplateParameter.EXAMPLE],
        "agreed": 190,
        "answered": 210,
        "scope": "segment:retail",
        "published": 3,
        "verdict": PolicyVerdict.EXAMPLE,
    }


class PolicyConsolidation(Shape):
    """Policies of customers and contracts, the dearest to keep first, and what could be one."""

    at: datetime = Field(description="From when on it is judged.")
    policies: list[OwnPolicy]
    templates: list[PolicyTemplate]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "at": "2026-07-01T00:00:00Z",
        "policies": [OwnPolicy.EXAMPLE],
        "templates": [PolicyTemplate.EXAMPLE],
    }


class Consolidate(Shape):
    """What is to end, or to become one."""

    model_config = ConfigDict(extra="forbid", strict=True)
    ids: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        min_length=1,
        max_length=200,
        description="Ids of versions in force, or of one template.",
    )
    reason: str = Field("", max_length=2_000, description="Why, in a sentence; it is kept.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "ids": ["pol_5d0c8f1e2a"],
        "reason": "Their tier says the same since March.",
    }
