"""What does the API say of purposes, and of what customers said to them?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from troth.api.shapes.shape import Instant, Listing, Maybe, Paging, Shape, listed

_Said = Literal["granted", "denied", "revoked"]
_How = Literal["phone", "email", "letter", "in_person", "web_form", "portal"]
_Basis = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
]
_Layer = Literal["customer", "tier", "segment"]
_Key = Annotated[str, Field(min_length=1, max_length=63)]
_STATEMENT = {
    "id": "cns_3f2a9c01b7d4e8563f2a9c01b7d4e856",
    "purpose": "personalisation_tier",
    "said": "denied",
    "effective_at": "2026-01-31T23:59:00Z",
    "known_at": "2026-01-31T23:59:00Z",
    "expires_at": None,
    "notice_version": 0,
    "source": "api",
    "how": "phone",
    "recorded_by": "Ada Agent",
}


class ConsentReading(Shape):
    """At which instants?"""

    at: Instant | None = Field(
        None, description="In force then; by default now.", examples=["2026-01-31T23:59:00Z"]
    )
    known_at: Instant | None = Field(
        None,
        description="As known then; by default at the same instant.",
        examples=["2026-01-31T23:59:00Z"],
    )


class ConsentStatement(Shape):
    """One statement of a customer about a purpose. It is never changed."""

    id: str = Field(description="Derived from what it says.")
    purpose: str
    said: str = Field(description="granted, denied or revoked.")
    effective_at: datetime = Field(description="From when it counts.")
    known_at: datetime = Field(description="When it was recorded; no decision obeyed it before.")
    expires_at: datetime | None = Field(description="When a yes ends; null: when it is taken back.")
    notice_version: int = Field(description="Of the notice that the customer was shown.")
    source: str = Field(description="console, api or cli.")
    how: str = Field(description="How the customer said it.")
    recorded_by: str
    EXAMPLE: ClassVar[Mapping[str, Any]] = _STATEMENT


class ConsentStanding(Shape):
    """Where one purpose stands for a customer."""

    purpose: str
    title: str
    text: str = Field(description="What customers are told.")
    basis: str = Field(description="The legal basis.")
    article: str = Field(description="Of the GDPR.")
    notice_version: int = Field(description="Of the notice in force; 0 comes with the product.")
    layers: list[str] = Field(description="Layers of policy that rest on it.")
    can_be_refused: bool
    state: str = Field(description="granted, denied, revoked, expired or none.")
    is_permitted: bool = Field(description="Whether data may be used for it.")
    ends_at: datetime | None = Field(description="When a yes ends.")
    said: ConsentStatement | None = Field(description="The statement that holds.")
    why: str
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "purpose": "personalisation_tier",
        "title": "Treatment by tier",
        "text": "We treat you by the tier that your revenue puts you in.",
        "basis": "legitimate_interests",
        "article": "Art. 6(1)(f)",
        "notice_version": 0,
        "layers": ["tier"],
        "can_be_refused": True,
        "state": "denied",
        "is_permitted": False,
        "ends_at": None,
        "said": _STATEMENT,
        "why": "It rests on legitimate interests (Art. 6(1)(f)); the customer said no, which is an "
        "objection.",
    }


class CustomerConsents(Shape):
    """All purposes of a customer, and all that it ever said."""

    customer: str
    at: datetime
    known_at: datetime
    left_out: list[str] = Field(description="Layers of policy that no decision rests on.")
    purposes: list[ConsentStanding]
    history: list[ConsentStatement] = Field(description="The newest first.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer": "cus_3f2a9c01b7d4e856",
        "at": "2026-02-01T08:00:00Z",
        "known_at": "2026-02-01T08:00:00Z",
        "left_out": ["tier"],
        "purposes": [ConsentStanding.EXAMPLE],
        "history": [_STATEMENT],
    }


class NewConsent(Shape):
    """What a customer said to one or more purposes."""

    model_config = ConfigDict(extra="forbid")
    purposes: list[_Key] = Field(min_length=1, max_length=50, description="To which.")
    said: _Said
    how: _How = Field(description="How the customer said it.")
    effective_at: Instant | None = Field(None, description="From when it counts; by default now.")
    expires_at: Instant | None = Field(
        None, description="Of a yes: when it ends; by default as its notice says."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "purposes": ["personalisation_tier", "profiling"],
        "said": "denied",
        "how": "phone",
    }


class PurposeFilters(Paging):
    """Which purposes?"""


class PurposeNotice(Shape):
    """One version of what customers are told of a purpose."""

    purpose: str
    version: int = Field(description="0 comes with the product.")
    title: str
    text: str
    basis: str
    article: str
    layers: list[str]
    valid_days: int | None = Field(description="How long a yes lasts that names no end.")
    asks_again: bool = Field(description="Whether a yes to an older version counts no more.")
    declared_at: datetime | None
    declared_by: Maybe
    is_in_force: bool
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "purpose": "personalisation_tier",
        "version": 0,
        "title": "Treatment by tier",
        "text": "We treat you by the tier that your revenue puts you in.",
        "basis": "legitimate_interests",
        "article": "Art. 6(1)(f)",
        "layers": ["tier"],
        "valid_days": None,
        "asks_again": False,
        "declared_at": None,
        "declared_by": None,
        "is_in_force": True,
    }


class PurposeList(Listing):
    """Every version of every notice, by purpose."""

    data: list[PurposeNotice]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(PurposeNotice, "/purposes")


class NewPurpose(Shape):
    """Declare a purpose, or a new version of its notice."""

    model_config = ConfigDict(extra="forbid")
    purpose: _Key
    basis: _Basis
    title: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=10_000, description="What customers are told.")
    layers: list[_Layer] = Field(
        default_factory=list, max_length=3, description="Layers of policy that rest on it."
    )
    valid_days: int | None = Field(None, ge=1, le=3650)
    asks_again: bool = Field(
        False, strict=True, description="A yes to an older version counts no more."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "purpose": "personalisation_tier",
        "basis": "consent",
        "title": "Treatment by tier",
        "text": "With your consent we treat you by the tier that your revenue puts you in.",
        "layers": ["tier"],
        "valid_days": 730,
        "asks_again": True,
    }
