"""What customers asked for, what was done about it, and what they said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from troth.core.records.codes import (
    CaseEventKind,
    CaseStatus,
    Channel,
    Direction,
    SurveyMethod,
)
from troth.core.records.fields import about
from troth.core.records.values import (
    AgentKey,
    CaseEventKey,
    CaseKey,
    ContactKey,
    CustomerKey,
    InteractionKey,
    OrderKey,
    Sensitivity,
    SurveyResponseKey,
)

_PERSONAL = Sensitivity.PERSONAL


@dataclass(frozen=True, kw_only=True)
class Case:
    """Something that a customer wants solved."""

    key: CaseKey = about("Case number.", required=True)
    customer: CustomerKey | None = about("Who asks.", refers_to="customer")
    contact: ContactKey | None = about("Which person there.", refers_to="contact")
    order: OrderKey | None = about("About which order.", refers_to="order")
    subject: str | None = about("In a line.", sensitivity=_PERSONAL)
    category: str | None = about("What kind of trouble.")
    severity: int | None = about("1 is the worst, 4 the mildest.")
    status: CaseStatus | None = about("Where it stands.")
    channel: Channel | None = about("How it came in.")
    opened_at: datetime = about("When it was opened.", required=True)
    first_responded_at: datetime | None = about("When a person first answered.")
    resolved_at: datetime | None = about("When it was solved.")
    closed_at: datetime | None = about("When it was closed.")
    agent: AgentKey | None = about("Who has it.", refers_to="agent")
    team: str | None = about("Which group has it.")
    reopen_count: int | None = about("How often it came back.")
    source_met_sla: bool | None = about("Whether the desk says that its own SLA was met.")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CaseEvent:
    """One thing that happened to a case."""

    key: CaseEventKey = about("Event id.", required=True)
    case: CaseKey = about("To which case.", refers_to="case", required=True)
    event_kind: CaseEventKind | None = about("What happened.")
    occurred_at: datetime = about("When.", required=True)
    agent: AgentKey | None = about("Who did it.", refers_to="agent")
    team: str | None = about("Which group had it then.")
    status: CaseStatus | None = about("Where the case stood afterwards.")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """One contact between the company and a customer."""

    key: InteractionKey = about("Interaction id.", required=True)
    customer: CustomerKey | None = about("With whom.", refers_to="customer")
    case: CaseKey | None = about("About which case.", refers_to="case")
    contact: ContactKey | None = about("With which person.", refers_to="contact")
    agent: AgentKey | None = about("By whom.", refers_to="agent")
    channel: Channel | None = about("Through what.")
    direction: Direction | None = about("Who began.")
    occurred_at: datetime = about("When.", required=True)
    duration_minutes: Decimal | None = about("How long it took, in minutes.")
    summary: str | None = about("What was said.", sensitivity=_PERSONAL)
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SurveyResponse:
    """What a customer answered when asked."""

    key: SurveyResponseKey = about("Response id.", required=True)
    customer: CustomerKey | None = about("Who answered.", refers_to="customer")
    order: OrderKey | None = about("About which order.", refers_to="order")
    case: CaseKey | None = about("About which case.", refers_to="case")
    method: SurveyMethod | None = about("NPS, CSAT, CES or stars.")
    score: Decimal | None = about("The answer on the scale.")
    scale_low: int | None = about("Lowest possible answer.")
    scale_high: int | None = about("Highest possible answer.")
    asked_at: datetime | None = about("When they were asked.")
    answered_at: datetime | None = about("When they answered.")
    verbatim: str | None = about("In their own words.", sensitivity=_PERSONAL)
    custom: Mapping[str, Any] = field(default_factory=dict)
