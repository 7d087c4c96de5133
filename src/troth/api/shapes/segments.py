"""What does the API say of segments?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import Field

from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed


class PlacementFilters(Paging):
    """Which customers?"""

    segment: str = Field("", max_length=200, description="In this segment.", examples=["Core"])
    came_from: str = Field("", max_length=200, description="In this one before.", examples=["New"])


class Segment(Shape):
    """One segment: how large, what it brings in, which service it uses; null is not known."""

    segment: str
    customers: int
    came: int = Field(description="Of them, from another segment.")
    revenue: Decimal = Field(description="Of the last 12 months.")
    revenue_share: Decimal | None = Field(description="Of all segments that you see, 0 to 1.")
    growth_percent: Decimal | None = Field(description="Against the 12 months before.")
    revenue_each: Decimal = Field(description="A customer.")
    goods_cost: Decimal | None = Field(description="Of customers whose goods' costs are known.")
    goods_cost_known: int = Field(description="Of how many customers they are.")
    margin_percent: Decimal | None = Field(description="Of those, what is left after goods.")
    expected_value: Decimal | None
    leaving_percent: Decimal | None = Field(description="Mean chance that we lose a customer.")
    orders: int
    cases_each: Decimal | None
    contacts_each: Decimal | None
    minutes_each: Decimal | None = Field(description="Of contacts.")
    breached_percent: Decimal | None = Field(description="Of cases, that missed a target.")
    broken_percent: Decimal | None = Field(description="Of promises that fell due.")
    load: Decimal | None = Field(description="Cases and contacts for 1,000 of revenue.")
    currency: str = Field(description="ISO 4217 code.")
    as_of: datetime
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "segment": "Core",
        "customers": 212,
        "came": 9,
        "revenue": "1820400.00",
        "revenue_share": "0.6120",
        "growth_percent": "8.4",
        "revenue_each": "8586.79",
        "goods_cost": "1101200.00",
        "goods_cost_known": 212,
        "margin_percent": "39.5",
        "expected_value": "4120000.00",
        "leaving_percent": "4.1",
        "orders": 5120,
        "cases_each": "1.80",
        "contacts_each": "3.20",
        "minutes_each": "14.5",
        "breached_percent": "6.0",
        "broken_percent": "7.2",
        "load": "0.58",
        "currency": "EUR",
        "as_of": "2026-01-31T00:00:00Z",
    }


class Segments(Shape):
    """The segments that somebody is in, the largest revenue first."""

    data: list[Segment]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"data": [Segment.EXAMPLE]}


class Placement(Shape):
    """One customer in its segment."""

    customer_id: str
    customer_name: Maybe = Field(description="The id where you may not see names.")
    tier: Maybe
    segment: str
    since: datetime = Field(description="The moment of the run that first had them in it.")
    came_from: Maybe = Field(description="The segment before.")
    rule: Maybe = Field(description="Of the policy's table; null where none held.")
    policy_version: Maybe
    currency: str = Field(description="ISO 4217 code.")
    as_of: datetime
    figures: dict[str, Any] = Field(description="What the rules look at; null is not known.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer_id": "cus_3f2a9c01b7d4e856",
        "customer_name": "Acme Tools",
        "tier": "Gold",
        "segment": "Core",
        "since": "2025-11-30T00:00:00Z",
        "came_from": "Growing",
        "rule": "core",
        "policy_version": "pol_1f0c2b7a99e04d311f0c2b7a",
        "currency": "EUR",
        "as_of": "2026-01-31T00:00:00Z",
        "figures": {"revenue_12m": "8586.79", "orders_12m": 24, "contacts_12m": None},
    }


class PlacementList(Listing):
    """Some customers with their segments, by id."""

    data: list[Placement]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Placement, "/segments/customers")


class SegmentTest(Shape):
    """One test of a rule, and the figure that it looked at."""

    column: str = Field(description="A figure, or an expression over figures.")
    test: str = Field(description="In FEEL.")
    found: Any = Field(description="null is not known.")
    holds: bool
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "column": "orders_12m",
        "test": ">= 12",
        "found": "24",
        "holds": True,
    }


class SegmentRule(Shape):
    """One rule of the policy as it looked at a customer."""

    rule: str
    then: str = Field(description="The segment that it names, in FEEL.")
    note: Maybe
    holds: bool
    cells: list[SegmentTest]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "rule": "core",
        "then": '"Core"',
        "note": "Buys often, and brings in much.",
        "holds": True,
        "cells": [SegmentTest.EXAMPLE],
    }


class CustomerSegment(Placement):
    """One customer in its segment, and why not in another."""

    rules: list[SegmentRule] = Field(description="In their order: the first that holds decides.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {**Placement.EXAMPLE, "rules": [SegmentRule.EXAMPLE]}


class ProposedSegment(Shape):
    """One group that the figures propose."""

    name: str
    customers: int
    stability: Decimal = Field(description="0 to 1; from 0.75 a pattern.")
    middle: dict[str, Decimal] = Field(description="The median of each figure.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "name": "much revenue, much orders",
        "customers": 60,
        "stability": "0.984",
        "middle": {"revenue_12m": "9120.00", "orders_12m": "24.00"},
    }


class SegmentTrial(Shape):
    """How one number of groups did."""

    groups: int
    weakest: Decimal = Field(description="The stability of its least stable group.")
    agreement: Decimal = Field(description="Adjusted Rand index when customers are drawn again.")
    has_gap: bool
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "groups": 4,
        "weakest": "0.962",
        "agreement": "0.970",
        "has_gap": True,
    }


class SegmentProposal(Shape):
    """Groups that the figures propose, and how far they can be believed."""

    verdict: str = Field(description="groups, cut (stable, but through one cloud) or unstable.")
    as_of: datetime
    customers: int = Field(description="Who ever ordered.")
    grouped: int = Field(description="Of them; a sample where there are many.")
    by: list[str] = Field(description="The figures that were used.")
    groups: list[ProposedSegment]
    agreement: Decimal
    share: Decimal = Field(description="Of customers whom the rules put where the groups do.")
    trials: list[SegmentTrial]
    policy: dict[str, Any] = Field(description="The document of a policy.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "verdict": "groups",
        "as_of": "2026-01-31T00:00:00Z",
        "customers": 360,
        "grouped": 360,
        "by": ["revenue_12m", "orders_12m"],
        "groups": [ProposedSegment.EXAMPLE],
        "agreement": "0.970",
        "share": "0.981",
        "trials": [SegmentTrial.EXAMPLE],
        "policy": {"kind": "segments", "scope": "company"},
    }

    @classmethod
    def of(cls, found: Any) -> SegmentProposal:
        """A proposal with its shares as decimals."""
        return cls.model_validate(
            {
                **{name: getattr(found, name) for name in ("verdict", "as_of", "customers",
                   "grouped", "policy")},
                "by": list(found.by),
                "agreement": _share(found.agreement),
                "share": _share(found.share),
                "groups": [
                    {**vars(group), "stability": _share(group.stability)}
                    for group in found.groups
                ],
                "trials": [
                    {**vars(trial), "weakest": _share(trial.weakest),
                     "agreement": _share(trial.agreement)}
                    for trial in found.trials
                ],
            }
        )  # fmt: skip


class SegmentProposals(Shape):
    """The proposal; empty for who does not see all customers."""

    data: list[SegmentProposal]
    sentence: str | None = Field(description="Why there can be none; null where there can.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"data": [SegmentProposal.EXAMPLE], "sentence": None}


def _share(found: float) -> Decimal:
    return Decimal(repr(float(found))).quantize(Decimal("0.001"))
