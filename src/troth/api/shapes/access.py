"""What does the API say of access: who may do what to whom, and who took it in an emergency?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from troth.api.shapes.shape import Instant, Listing, Maybe, Paging, Shape, listed
from troth.core.access.roles import Relation, Right

_RightName = Annotated[
    str,
    Field(
        max_length=100,
        json_schema_extra={"enum": [right.value for right in Right]},
        examples=["see_customers"],
    ),
    AfterValidator(lambda value: Right(value).value),
]


class CanQuestion(Shape):
    """May this person do this to that?"""

    model_config = ConfigDict(extra="forbid")
    user: str = Field(max_length=200, description="The user's name.", examples=["anna"])
    right: _RightName = Field(description="The right.", examples=["see_customers"])
    thing: str = Field(
        "",
        max_length=600,
        description="A customer's id, or a key of one's record, order, case, decision, policy or "
        "glass; empty for what belongs to the company.",
        examples=["cus_3f2a9c01b7d4e856"],
    )


class AccessAnswer(Shape):
    """Whether one person may do one thing, and the rules that say so."""

    username: str
    name: str
    role: str
    right: str
    thing: Maybe = Field(description="Null for what belongs to the company.")
    is_allowed: bool
    because: list[str] = Field(description="Rules of docs/reference/access.md; none: no rule.")
    sentence: str
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "username": "anna",
        "name": "Anna Agent",
        "role": "agent",
        "right": "see_customers",
        "thing": "cus_3f2a9c01b7d4e856",
        "is_allowed": False,
        "because": ["forbid:restricted"],
        "sentence": "The customer is restricted: only people who are named for it may see it.",
    }


class WhoFilters(Paging):
    """Who may do this to that?"""

    right: _RightName = Field(description="The right.", examples=["see_customers"])
    thing: str = Field(
        "",
        max_length=600,
        description="As for `/access/can`.",
        examples=["cus_3f2a9c01b7d4e856"],
    )


class AccessAnswerList(Listing):
    """What everybody who may sign in may do, by user."""

    data: list[AccessAnswer]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(AccessAnswer, "/access/who")


class AccessFilters(Paging):
    """Whose rights?"""

    user: str = Field("", max_length=200, description="Of this one alone.", examples=["anna"])


def _word(value: object) -> object:
    return value.name.lower() if isinstance(value, Relation) else value


class PersonRight(Shape):
    """One right of one person, and how far it goes."""

    username: str
    role: str
    right: str
    reach: Annotated[str, BeforeValidator(_word)] = Field(description="own, team, region or all.")
    team: Maybe
    regions: list[str] = Field(description="Sales regions; `*` is every one.")
    agent_key: Maybe = Field(description="Whose account manager the person is.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "username": "anna",
        "role": "agent",
        "right": "see_customers",
        "reach": "region",
        "team": "North",
        "regions": ["SP"],
        "agent_key": "desk:a17",
    }


class PersonRightList(Listing):
    """Rights, by user and right."""

    data: list[PersonRight]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(PersonRight, "/access")


class NamedPerson(Shape):
    """Somebody who is named for a restricted customer."""

    username: str
    name: str
    reason: Maybe = Field(description="Null where you may not see what is personal.")
    granted_by: str
    granted_at: datetime
    ends_at: datetime | None = Field(description="Null: until it is taken back.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "username": "anna",
        "name": "Anna Agent",
        "reason": "Serves this customer alone.",
        "granted_by": "Petra Privacy",
        "granted_at": "2026-01-31T23:59:00Z",
        "ends_at": None,
    }


class RestrictedCustomer(Shape):
    """A customer whom named people alone may see. Nothing else of it is told here."""

    id: str
    named: list[NamedPerson]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "cus_3f2a9c01b7d4e856",
        "named": [NamedPerson.EXAMPLE],
    }


class RestrictedCustomerList(Listing):
    """Restricted customers, by id."""

    data: list[RestrictedCustomer]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(RestrictedCustomer, "/access/restricted")


class GlassFilters(Paging):
    """Which broken glass?"""

    state: Literal["open", "reviewed", "all"] = Field(
        "open", description="Running or waiting for its review, or reviewed.", examples=["open"]
    )


class Glass(Shape):
    """One time that somebody took access in an emergency."""

    id: str
    customer_id: str
    username: str
    reason: Maybe = Field(description="Null where you may not see what is personal.")
    starts_at: datetime
    ends_at: datetime
    is_running: bool
    reviewed_by: Maybe
    reviewed_at: datetime | None
    verdict: Maybe = Field(description="justified or not_justified; null until its review.")
    comment: Maybe = Field(description="Null, too, where you may not see what is personal.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "glass_3f2a9c01b7d4e856",
        "customer_id": "cus_3f2a9c01b7d4e856",
        "username": "anna",
        "reason": "The customer is on the phone and its parcel leaks.",
        "starts_at": "2026-01-31T21:59:00Z",
        "ends_at": "2026-01-31T22:59:00Z",
        "is_running": False,
        "reviewed_by": None,
        "reviewed_at": None,
        "verdict": None,
        "comment": None,
    }


class GlassList(Listing):
    """Broken glass, the oldest first."""

    data: list[Glass]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Glass, "/access/glasses")


class _Asked(Shape):
    model_config = ConfigDict(extra="forbid", strict=True)
    customer: str = Field(min_length=1, max_length=600, description="Its id, or a source key.")
    reason: str = Field(
        min_length=10, max_length=2_000, description="Why, in a sentence; it is kept."
    )


class Restrict(_Asked):
    """Make a customer visible to named people alone, or to all again."""

    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer": "cus_3f2a9c01b7d4e856",
        "reason": "Somebody who works here is this customer.",
    }


class NamePerson(_Asked):
    """Name somebody for a customer."""

    user: str = Field(min_length=1, max_length=200, description="Who is named.")
    ends_at: Instant | None = Field(
        None, description="When the name ends; null: when it is taken back."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer": "cus_3f2a9c01b7d4e856",
        "user": "anna",
        "reason": "Serves this customer alone.",
        "ends_at": "2026-12-31T23:59:00Z",
    }


class UnnamePerson(_Asked):
    """Take a name back."""

    user: str = Field(min_length=1, max_length=200, description="Who is named no more.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer": "cus_3f2a9c01b7d4e856",
        "user": "anna",
        "reason": "Moved to another team.",
    }


class BreakGlass(_Asked):
    """See a restricted customer in an emergency."""

    hours: int = Field(1, ge=1, le=24, description="How long; then it is over by itself.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer": "cus_3f2a9c01b7d4e856",
        "reason": "The customer is on the phone and its parcel leaks.",
        "hours": 1,
    }


class ReviewGlass(Shape):
    """Whether it was justified."""

    model_config = ConfigDict(extra="forbid", strict=True)
    verdict: Literal["justified", "not_justified"] = Field(description="The verdict, once.")
    comment: str = Field("", max_length=2_000, description="For whoever reads it later.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "verdict": "justified",
        "comment": "The call is in the desk's log.",
    }


class Changed(Shape):
    """What is so now."""

    customer: str
    is_restricted: bool
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer": "cus_3f2a9c01b7d4e856",
        "is_restricted": True,
    }
