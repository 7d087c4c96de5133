"""What does the API say of a case?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field

from troth.api.shapes.decisions import DecisionSummary
from troth.api.shapes.orders import Clock
from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed


class CaseFilters(Paging):
    """Which cases?"""

    state: Literal["all", "open", "closed", "breached"] = Field(
        "all", description="breached: open, and past a due time.", examples=["open"]
    )
    tier: str = Field("", max_length=200, description="In this tier.", examples=["Gold"])
    team: str = Field("", max_length=200, description="With this team.", examples=["second line"])
    customer: str = Field(
        "", max_length=200, description="Id of the customer.", examples=["cus_3f2a9c01b7d4e856"]
    )


class Case(Shape):
    """One case with its targets and its place in the queue."""

    key: str = Field(validation_alias="case_key", description="`<system>:<number>`.")
    customer_id: Maybe
    customer_name: Maybe = Field(description="The id where you may not see names.")
    tier: Maybe
    segment: Maybe
    sales_region: Maybe
    order_key: Maybe
    category: Maybe
    team: Maybe
    severity: int = Field(description="1 is the worst, 4 the mildest.")
    status: str
    is_open: bool
    opened_at: datetime
    first_responded_at: datetime | None
    resolved_at: datetime | None
    first_response_due_at: datetime
    resolution_due_at: datetime
    rank: Decimal = Field(description="Lower is served first.")
    reopen_count: int
    decision: str = Field(description="Id of the decision that set its targets.")
    is_breached: bool
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "key": "desk:C-7",
        "customer_id": "cus_3f2a9c01b7d4e856",
        "customer_name": "Acme Tools",
        "tier": "Gold",
        "segment": "retail",
        "sales_region": "SP",
        "order_key": "erp:SO-1001",
        "category": "delivery",
        "team": "second line",
        "severity": 2,
        "status": "in_progress",
        "is_open": True,
        "opened_at": "2026-01-21T12:00:00Z",
        "first_responded_at": None,
        "resolved_at": None,
        "first_response_due_at": "2026-01-21T14:00:00Z",
        "resolution_due_at": "2026-01-22T18:00:00Z",
        "rank": "1769004000.000000",
        "reopen_count": 0,
        "decision": "dec_1b2c3d4e5f60718293a4b5c6d7e8f90123456789",
        "is_breached": False,
    }


class CaseList(Listing):
    """Cases, the newest first."""

    data: list[Case]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Case, "/cases")


class CaseEvent(Shape):
    """One thing that happened to a case, as the source says it."""

    key: str
    event_kind: Maybe
    occurred_at: datetime | None
    agent: Maybe
    team: Maybe
    status: Maybe
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "key": "desk:E-31",
        "event_kind": "assigned",
        "occurred_at": "2026-01-21T12:05:00Z",
        "agent": "desk:A-4",
        "team": "second line",
        "status": "in_progress",
    }


class CaseDetail(Shape):
    """One case: its targets, clocks, events and decisions."""

    case: Case = Field(validation_alias="row")
    subject: Maybe = Field(description="In the customer's words; null where you may not see it.")
    clocks: list[Clock]
    events: list[CaseEvent] = Field(description="Newest first.")
    decisions: list[DecisionSummary] = Field(description="Newest first, at most 50.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "case": Case.EXAMPLE,
        "subject": "Where is my order?",
        "clocks": [Clock.EXAMPLE],
        "events": [CaseEvent.EXAMPLE],
        "decisions": [DecisionSummary.EXAMPLE],
    }
