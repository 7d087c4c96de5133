"""Who buys, who speaks for them, what was signed, and who serves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from troth.core.records.codes import ContractStatus, PartyKind
from troth.core.records.fields import about
from troth.core.records.values import (
    AgentKey,
    ContactKey,
    ContractKey,
    CustomerKey,
    Sensitivity,
)

_PERSONAL = Sensitivity.PERSONAL


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A customer as one source system knows it: an account, a debtor, a requester."""

    key: CustomerKey = about("The system's own id of this customer.", required=True)
    name: str | None = about("Name of the company or person.", sensitivity=_PERSONAL)
    party_kind: PartyKind | None = about("A person or an organisation.")
    tax_id: str | None = about("VAT or tax number.", sensitivity=Sensitivity.RESTRICTED)
    email: str | None = about("Main e-mail address.", sensitivity=_PERSONAL)
    phone: str | None = about("Main telephone number.", sensitivity=_PERSONAL)
    address: str | None = about("Street and number.", sensitivity=_PERSONAL)
    postal_code: str | None = about("Postal code.", sensitivity=_PERSONAL)
    city: str | None = about("Town.")
    sales_region: str | None = about("State, province or sales region.")
    country: str | None = about("ISO 3166-1 alpha-2 country code, or the country's name.")
    time_zone: str | None = about("IANA zone in which the customer lives.")
    language: str | None = about("BCP 47 language tag.")
    segment: str | None = about("The segment that the source system assigns.")
    parent: CustomerKey | None = about("The customer that owns this one.", refers_to="customer")
    account_manager: AgentKey | None = about("Who looks after them.", refers_to="agent")
    created_at: datetime | None = about("When the source system first had this customer.")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A person at a customer."""

    key: ContactKey = about("The system's own id of this contact.", required=True)
    customer: CustomerKey = about("Whose contact.", refers_to="customer", required=True)
    name: str | None = about("Full name.", sensitivity=_PERSONAL)
    email: str | None = about("E-mail address.", sensitivity=_PERSONAL)
    phone: str | None = about("Telephone number.", sensitivity=_PERSONAL)
    role: str | None = about("What they do there.")
    language: str | None = about("BCP 47 language tag.")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What was signed with a customer."""

    key: ContractKey = about("Contract number.", required=True)
    customer: CustomerKey = about("With whom.", refers_to="customer", required=True)
    status: ContractStatus | None = about("Draft, signed or ended.")
    signed_on: date | None = about("Day of signature.")
    starts_on: date | None = about("First day in force.")
    ends_on: date | None = about("Last day in force.")
    document: str | None = about("Where the signed document is kept.")
    lead_time_days: int | None = about("Committed lead time in calendar days, where there is one.")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A person of the company who serves customers."""

    key: AgentKey = about("The system's own id of this agent.", required=True)
    name: str | None = about("Full name.", sensitivity=_PERSONAL)
    email: str | None = about("E-mail address.", sensitivity=_PERSONAL)
    team: str | None = about("Team or assignment group.")
    skills: str | None = about("Skills, separated by commas.")
    language: str | None = about("BCP 47 language tag.")
    is_active: bool | None = about("Still working here.")
    started_at: datetime | None = about("First day of work.")
    custom: Mapping[str, Any] = field(default_factory=dict)
