"""What does the API say of privacy impact assessments?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed

_Text = Annotated[str, Field(min_length=1, max_length=10_000)]
_Name = Annotated[str, Field(min_length=1, max_length=600)]
_Basis = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
]
_ANSWERS: Mapping[str, Any] = {
    "description": "The shop asks for the day of birth; it is compared with an age of 18.",
    "purposes": ["service"],
    "basis": "legal_obligation",
    "interest": "",
    "necessity": "The law asks for the age before such goods are sold; the day is the least.",
    "risks": "Somebody could pretend to be the customer with it.",
    "measures": "Kept apart and sealed, shown to named people, erased with the person.",
    "retention": "Two years after the last order.",
    "recipients": "The order desk.",
}


class AssessmentFilters(Paging):
    """Which assessments?"""

    state: Literal[
        "drafted", "approved", "approved_with_conditions", "refused", "expired", "all"
    ] = Field("all", description="Not signed yet, signed, refused, or over.", examples=["all"])
    contract: str = Field(
        "", max_length=300, description="Of this contract.", examples=["crm-customers"]
    )


class Assessment(Shape):
    """A privacy impact assessment, after GDPR Art. 35(7), with its sign-off."""

    id: str = Field(description="pia_ and 16 hex digits.")
    contract: str
    contract_version: str = Field(description="For which it was drafted.")
    fields: dict[str, str] = Field(description="source/feed/field: its class.")
    description: str
    purposes: list[str]
    basis: str
    article: str = Field(description="Of the GDPR.")
    interest: Maybe = Field(description="Where the basis is a legitimate interest.")
    necessity: str
    risks: str
    measures: str
    retention: str
    recipients: str
    drafted_at: datetime
    drafted_by: str
    state: str = Field(description="As in the filter.")
    reason: Maybe = Field(description="Of the yes or the no.")
    conditions: Maybe
    expires_on: date | None = Field(description="The last day on which a yes counts.")
    signed_at: datetime | None
    signed_by: Maybe
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "pia_3f2a9c01b7d4e856",
        "contract": "crm-customers",
        "contract_version": "1.1.0",
        "fields": {"crm/accounts/birthday": "personal"},
        **_ANSWERS,
        "article": "Art. 6(1)(c)",
        "interest": None,
        "drafted_at": "2026-01-30T09:00:00Z",
        "drafted_by": "Stefan Steward",
        "state": "approved",
        "reason": "The risks are covered.",
        "conditions": None,
        "expires_on": "2027-01-31",
        "signed_at": "2026-01-31T09:00:00Z",
        "signed_by": "Petra Privacy",
    }


class AssessmentList(Listing):
    """Assessments, the oldest first."""

    data: list[Assessment]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Assessment, "/assessments")


class NewAssessment(Shape):
    """Draft an assessment."""

    model_config = ConfigDict(extra="forbid")
    contract: _Name = Field(description="Its id.")
    fields: list[_Name] = Field(
        default_factory=list,
        max_length=200,
        description="As crm/accounts/birthday; none named is all that are held back.",
    )
    description: _Text = Field(description="Art. 35(7)(a): what is done with the fields, and how.")
    purposes: list[_Name] = Field(min_length=1, max_length=50, description="Declared ones.")
    basis: _Basis
    interest: str = Field("", max_length=10_000, description="The legitimate interest.")
    necessity: _Text = Field(description="Art. 35(7)(b): why it cannot be done with less.")
    risks: _Text = Field(description="Art. 35(7)(c): to the people.")
    measures: _Text = Field(description="Art. 35(7)(d): against the risks.")
    retention: _Text
    recipients: _Text
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "contract": "crm-customers",
        "fields": ["crm/accounts/birthday"],
        **_ANSWERS,
    }


class SignAssessment(Shape):
    """A yes."""

    model_config = ConfigDict(extra="forbid")
    reason: _Text
    expires_on: date = Field(
        strict=False, description="The last day on which it counts; three years at most."
    )
    conditions: str = Field("", max_length=10_000, description="Under which it is a yes.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "reason": "The risks are covered.",
        "expires_on": "2027-01-31",
        "conditions": "",
    }


class RefuseAssessment(Shape):
    """A no."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: _Text
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"reason": "The age alone would do."}
