"""What does the API say of accounts and tokens, and what does it take to change them?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed
from troth.core.access.roles import Right, Role

RoleName = Annotated[
    str,
    Field(max_length=100, json_schema_extra={"enum": [role.value for role in Role]}),
    AfterValidator(lambda value: Role(value).value),
]
RightName = Annotated[
    str,
    Field(max_length=100, json_schema_extra={"enum": [right.value for right in Right]}),
    AfterValidator(lambda value: Right(value).value),
]
_Reason = Annotated[str, Field(min_length=1, max_length=2_000, description="It is kept.")]
_Region = Annotated[str, Field(min_length=1, max_length=200)]


class User(Shape):
    """One person or program."""

    username: str
    name: str
    role: str
    team: Maybe
    regions: list[str] = Field(description="Sales regions; `*` is every one.")
    agent_key: Maybe = Field(description="Whose account manager this is.")
    is_active: bool = Field(description="Whether they get in.")
    is_program: bool = Field(description="It gets in with tokens alone.")
    has_password: bool
    has_second_factor: bool
    is_linked: bool = Field(description="Whether an identity provider signs them in.")
    created_at: datetime
    last_login: datetime | None
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "username": "anna",
        "name": "Anna Agent",
        "role": "agent",
        "team": "North",
        "regions": ["SP"],
        "agent_key": "desk:a17",
        "is_active": True,
        "is_program": False,
        "has_password": True,
        "has_second_factor": True,
        "is_linked": False,
        "created_at": "2026-01-31T09:00:00Z",
        "last_login": None,
    }


class UserFilters(Paging):
    """Which accounts? All of them."""


class UserList(Listing):
    """Everybody with an account, by username; who is locked out as well."""

    data: list[User]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(User, "/users")


class _Asked(Shape):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewUser(_Asked):
    """Who is to get in."""

    username: str = Field(
        max_length=150,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$",
        description="Letters, digits and . _ @ + -; it never changes.",
    )
    name: str = Field(min_length=1, max_length=200, description="As others read it.")
    role: RoleName
    is_program: bool = Field(False, description="A program: it gets in with tokens alone.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "username": "anna",
        "name": "Anna Agent",
        "role": "agent",
        "is_program": False,
    }


class ChangeUser(_Asked):
    """What is to be changed; what is not named stays."""

    name: str | None = Field(None, min_length=1, max_length=200)
    role: RoleName | None = None
    team: str | None = Field(None, max_length=200, description="Empty for none.")
    regions: list[_Region] | None = Field(
        None, max_length=500, description="Sales regions; `*` is every one."
    )
    agent_key: str | None = Field(None, max_length=200, description="Empty for none.")
    reason: str = Field("", max_length=2_000, description="It is kept.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "role": "steward",
        "team": "North",
        "regions": ["SP", "RJ"],
        "reason": "Moved to the data team.",
    }


class ReasonFor(_Asked):
    """Why."""

    reason: _Reason
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"reason": "Left the company."}


class SignInLink(Shape):
    """A link that signs somebody in once, within a day; shown this once."""

    username: str
    url: str
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "username": "anna",
        "url": "https://troth.example.org/sign-in/link/7b0a5a538c5e4f0e9b0c0f4b8d3a9e11",
    }


class SignedOut(Shape):
    """How many sessions ended."""

    username: str
    sessions: int
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"username": "anna", "sessions": 2}


class Token(Shape):
    """One token, without its secret."""

    id: int
    username: str
    label: str
    scopes: list[str] = Field(description="Rights; none are all of the role's.")
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_on: date | None
    is_in_force: bool
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": 17,
        "username": "erp",
        "label": "orders of the ERP",
        "scopes": ["land"],
        "created_at": "2026-01-31T09:00:00Z",
        "expires_at": "2026-05-01T09:00:00Z",
        "revoked_at": None,
        "last_used_on": "2026-02-01",
        "is_in_force": True,
    }


class TokenFilters(Paging):
    """Whose tokens?"""

    user: str = Field("", max_length=200, description="Of this one alone.", examples=["erp"])


class TokenList(Listing):
    """Tokens, the oldest first; those that ended as well."""

    data: list[Token]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Token, "/tokens")


class NewToken(_Asked):
    """Whose token, what for and for how long."""

    user: str = Field(min_length=1, max_length=200, description="Whose token it is.")
    label: str = Field(min_length=1, max_length=200, description="What it is for.")
    days: int = Field(90, ge=1, le=365, description="How long; then issue a new one.")
    scopes: list[RightName] = Field(
        default_factory=list, max_length=100, description="Rights; none are all of the role's."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "user": "erp",
        "label": "orders of the ERP",
        "days": 90,
        "scopes": ["land"],
    }


class IssuedToken(Shape):
    """A new token, shown this once."""

    username: str
    token: str = Field(description="Send it as `Authorization: Bearer …`.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"username": "erp", "token": "troth_AAECAwQFBgcICQ"}
