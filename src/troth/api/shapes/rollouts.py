"""What does the API say of a roll-out in stages, and what does it take to begin one?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed


class RolloutFilters(Paging):
    """Which roll-outs?"""

    state: Literal["open", "planned", "running", "done", "rolled_back", "all"] = Field(
        "all", description="`open` is planned or running.", examples=["open"]
    )
    kind: str = Field("", max_length=200, description="Of this kind.", examples=["lead_time"])


class RolloutStage(Shape):
    """One stage: for whom, and since when."""

    number: int
    sentence: str = Field(description="For whom it is.")
    starts_at: datetime | None = Field(description="Null: when somebody advances to it.")
    version: Maybe = Field(description="The policy version that it published.")
    published_at: datetime | None
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "number": 1,
        "sentence": "10 % of customers",
        "starts_at": None,
        "version": "pol_5d0c8f1e2a",
        "published_at": "2026-05-02T08:00:00Z",
    }


class RolloutReading(Shape):
    """One guardrail, and what its measure came to inside the stage and outside."""

    measure: str
    unit: str
    inside: str | None = Field(description="Null where there was nothing to measure.")
    outside: str | None
    inside_count: int
    outside_count: int
    worse_by: str | None = Field(description="How much worse than outside is borne.")
    bound: str | None = Field(description="The worst value that is borne.")
    minimum: int = Field(description="How much must be counted on each side.")
    is_enough: bool
    is_crossed: bool
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "measure": "promise_coverage",
        "unit": "%",
        "inside": "91.2",
        "outside": "92.0",
        "inside_count": 120,
        "outside_count": 1080,
        "worse_by": "5",
        "bound": None,
        "minimum": 50,
        "is_enough": True,
        "is_crossed": False,
    }


class Rollout(Shape):
    """One change of one policy, in stages."""

    id: str = Field(description="rol_ and 16 hex digits; shares of customers are chosen by it.")
    kind: str
    layer: str
    scope: Maybe = Field(description="The key within the layer; null for the company.")
    state: str = Field(description="planned, running, done or rolled_back.")
    stage: int = Field(description="How many stages were published.")
    stages: list[RolloutStage]
    outputs: dict[str, Any]
    has_table: bool
    guardrails: list[dict[str, Any]]
    readings: list[RolloutReading] = Field(
        description="Of the last check; empty where you do not see every customer."
    )
    checked_at: datetime | None
    author: str
    reason: str
    created_at: datetime
    change: Maybe = Field(description="The signed change that it rolls out.")
    ended_at: datetime | None
    ended_by: Maybe
    end_reason: Maybe = Field(description="Why it was rolled back.")
    restored: Maybe = Field(description="The version that rolling back published.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "rol_7f3a90b1d4e8563f",
        "kind": "lead_time",
        "layer": "company",
        "scope": None,
        "state": "running",
        "stage": 1,
        "stages": [RolloutStage.EXAMPLE],
        "outputs": {"service_quantile": "0.95"},
        "has_table": False,
        "guardrails": [{"measure": "promise_coverage", "worse_by": "5", "minimum": 50}],
        "readings": [RolloutReading.EXAMPLE],
        "checked_at": "2026-05-03T08:00:00Z",
        "author": "Olga Operations",
        "reason": "Nearer dates sell more.",
        "created_at": "2026-05-02T08:00:00Z",
        "change": "chg_3f2a9c01b7d4e856",
        "ended_at": None,
        "ended_by": None,
        "end_reason": None,
        "restored": None,
    }


class RolloutList(Listing):
    """Roll-outs, the newest first."""

    data: list[Rollout]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Rollout, "/rollouts")


class NewRollout(Shape):
    """A roll-out to begin."""

    model_config = ConfigDict(extra="forbid", strict=True)
    policy: dict[str, Any] | None = Field(
        None, description="kind, scope, outputs, table and clause, where nobody has to sign."
    )
    change: str | None = Field(
        None, description="A signed change of one policy, in place of the policy."
    )
    stages: list[dict[str, Any]] = Field(
        description="Each with share (percent) or regions, and starts_at where it begins by itself."
    )
    guardrails: list[dict[str, Any]] = Field(
        default_factory=list,
        description="Each with measure, worse_by or bound, and minimum: what undoes it by itself.",
    )
    reason: str = Field(max_length=2_000, description="Why, in a sentence; it is kept.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "policy": {
            "kind": "lead_time",
            "scope": "company",
            "outputs": {"service_quantile": "0.95"},
        },
        "stages": [{"share": 10}, {"share": 100}],
        "guardrails": [{"measure": "promise_coverage", "worse_by": 5, "minimum": 50}],
        "reason": "Nearer dates sell more.",
    }


class RolloutReason(Shape):
    """Why a stage is put into force now, or a change undone."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str = Field(
        min_length=1, max_length=2_000, description="Why, in a sentence; it is kept."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"reason": "A week without a complaint."}


class RolloutAdvance(RolloutReason):
    """Why the next stage is put into force now, and which one is meant."""

    stage: int | None = Field(
        None, description="From 1; refused with 409 where another is next. Null: whichever is."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"reason": "A week without a complaint.", "stage": 2}


class RolledBack(Shape):
    """What rolling back came to."""

    target: str = Field(description="The roll-out, or the version, that was undone.")
    restored: str | None = Field(
        description="The version that is in force instead; null: none had been published."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "target": "rol_7f3a90b1d4e8563f",
        "restored": "pol_9b3d4f601f",
    }
