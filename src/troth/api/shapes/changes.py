"""What does the API say of a change of policies, and what does it take?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from troth.api.shapes.policies import PolicyChange
from troth.api.shapes.shape import Instant, Listing, Maybe, Paging, Shape, listed
from troth.store.queries.changes import STATES

_Functions = list[Literal["operations", "service", "legal", "finance"]]
_POLICY: Mapping[str, Any] = {
    "kind": "lead_time",
    "scope": "tier:Gold",
    "effective_from": "2026-07-01T00:00:00Z",
    "outputs": {"service_quantile": "0.97"},
    "reason": "Gold is promised what is kept.",
}


class ChangeFilters(Paging):
    """Which changes?"""

    state: str = Field(
        "open",
        description="open: not published yet, and not over.",
        examples=["open"],
        json_schema_extra={"enum": list(STATES)},
    )


class ProposedChange(Shape):
    """One change of policies."""

    id: str = Field(description="chg_ and 16 hex digits.")
    title: str
    reason: str
    author: str
    state: str = Field(description="draft, checked, replayed, proposed, approved, scheduled, live…")
    customers: int | None = Field(description="Whom it reaches; null: not measured yet.")
    needed: _Functions = Field(description="The functions that have to sign.")
    missing: _Functions = Field(description="Of these, those that did not approve yet.")
    created_at: datetime
    changed_at: datetime
    proposed_at: datetime | None
    published_at: datetime | None
    live_at: datetime | None = Field(description="When its first version comes into force.")
    ended_at: datetime | None = Field(description="From when on none of its versions holds.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "chg_3f2a9c01b7d4e856",
        "title": "Gold, sooner",
        "reason": "They asked for it in May.",
        "author": "Olga Operations",
        "state": "proposed",
        "customers": 42,
        "needed": ["operations", "finance"],
        "missing": ["finance"],
        "created_at": "2026-06-01T09:00:00Z",
        "changed_at": "2026-06-02T09:00:00Z",
        "proposed_at": "2026-06-01T10:00:00Z",
        "published_at": None,
        "live_at": None,
        "ended_at": None,
    }


class ChangeList(Listing):
    """Changes, the newest first."""

    data: list[ProposedChange]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(ProposedChange, "/changes")


class ChangedPolicy(Shape):
    """One version that a change adds, in words."""

    title: str
    kind: str
    scope: str
    effective_from: datetime
    effective_to: datetime | None
    reason: str
    version: Maybe = Field(description="Its id once it is published.")
    replaces: Maybe = Field(description="The version before it; null where there was none.")
    differences: list[PolicyChange]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "title": "lead time for tier Gold",
        "kind": "lead_time",
        "scope": "tier:Gold",
        "effective_from": "2026-07-01T00:00:00Z",
        "effective_to": None,
        "reason": "Gold is promised what is kept.",
        "version": None,
        "replaces": "pol_5d0c8f1e2a",
        "differences": [PolicyChange.EXAMPLE],
    }


class ChangeFinding(Shape):
    """One thing that is wrong with a change, or worth a look."""

    kind: str
    sentence: str
    rules: list[str] = Field(description="Ids of the rules of a table.")
    witness: Annotated[dict[str, str], BeforeValidator(dict)] = Field(
        description="Input → FEEL of a case that shows it."
    )
    is_hint: bool
    is_in_the_way: bool = Field(description="The change is not proposed while this stands.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "kind": "masked",
        "sentence": "lead time for tier Gold: Rule 2 never decides.",
        "rules": ["large"],
        "witness": {"total": "1001"},
        "is_hint": False,
        "is_in_the_way": True,
    }


class ChangeMoney(Shape):
    """A sum in one currency."""

    amount: Decimal
    currency: Maybe
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"amount": "120400.00", "currency": "EUR"}


class ChangeReach(Shape):
    """Whom a change reaches, counted over everything that has landed."""

    customers: int
    money: list[ChangeMoney] = Field(description="What they ordered for in a year.")
    promises: int = Field(description="Open orders and cases whose dates depend on it.")
    moved: int | None = Field(description="Dates that moved in the replay; null: not replayed.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customers": 42,
        "money": [ChangeMoney.EXAMPLE],
        "promises": 17,
        "moved": None,
    }


class SignOff(Shape):
    """One yes or no."""

    function: str
    name: str
    verdict: Literal["approved", "rejected"]
    reason: str
    signed_at: datetime
    is_void: bool = Field(description="The change was edited since.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "function": "operations",
        "name": "Mona Manager",
        "verdict": "approved",
        "reason": "We can keep it.",
        "signed_at": "2026-06-02T09:00:00Z",
        "is_void": False,
    }


class NeededSignOff(Shape):
    """One sign-off that a change needs."""

    function: str
    because: list[str]
    given: SignOff | None
    people: list[str] = Field(description="Who may give it, by name.")
    is_mine: bool = Field(description="Whether you may give it now.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "function": "operations",
        "because": ["It changes lead time: service quantile, for which operations answers."],
        "given": SignOff.EXAMPLE,
        "people": [],
        "is_mine": False,
    }


class ChangeDetail(Shape):
    """One change, with all that whoever signs it has to see."""

    change: ProposedChange = Field(validation_alias="row")
    digest: str = Field(description="Of what a sign-off is given to.")
    revision: int
    makers: list[str] = Field(description="Who wrote or edited it: none of them signs.")
    rule: Maybe = Field(description="How its sign-offs were chosen.")
    policies: list[ChangedPolicy]
    findings: list[ChangeFinding]
    reach: ChangeReach | None
    replay: dict[str, Any] = Field(description="What moved in the replay; empty: not replayed.")
    needed: list[NeededSignOff]
    sign_offs: list[SignOff] = Field(description="All that were ever given, the newest first.")
    moved: list[str] = Field(description="What somebody else published in between: kind, scope.")
    documents: list[dict[str, Any]] = Field(description="The versions as they were written.")
    steps: list[str] = Field(description="What can be done to it in its state.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "change": ProposedChange.EXAMPLE,
        "digest": "5d0c8f1e2a",
        "revision": 1,
        "makers": ["Olga Operations"],
        "rule": "It needs the sign-off of operations and finance.",
        "policies": [ChangedPolicy.EXAMPLE],
        "findings": [],
        "reach": ChangeReach.EXAMPLE,
        "replay": {},
        "needed": [NeededSignOff.EXAMPLE],
        "sign_offs": [SignOff.EXAMPLE],
        "moved": [],
        "documents": [_POLICY],
        "steps": ["edit", "sign", "approve", "reject", "withdraw"],
    }


_Policies = Annotated[
    list[dict[str, Any]],
    Field(
        min_length=1,
        max_length=200,
        description="Versions as a policy file has them: kind, scope, effective_from, outputs or "
        "table, reason.",
    ),
]
_Words = Annotated[str, Field(min_length=1, max_length=2_000)]


class ChangeDraft(Shape):
    """A change that is written down."""

    model_config = ConfigDict(extra="forbid", strict=True)
    title: _Words = Field(description="What it is called in the list.")
    reason: _Words = Field(description="Why it changes, in a sentence; it is kept.")
    policies: _Policies
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "title": "Gold, sooner",
        "reason": "They asked for it in May.",
        "policies": [_POLICY],
    }


class ChangeEdit(Shape):
    """What is written anew; what is left out stays, upon what is in force now."""

    model_config = ConfigDict(extra="forbid", strict=True)
    title: _Words | None = None
    reason: _Words | None = None
    policies: _Policies | None = None
    digest: str | None = Field(
        default=None,
        max_length=200,
        description="Of what you read: refused where it was edited since. Left out: not asked.",
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"title": "Gold, much sooner"}


class ChangeReplay(Shape):
    """The period whose decisions are made again."""

    model_config = ConfigDict(extra="forbid", strict=True)
    start: Instant = Field(alias="from", description="From here on.")
    end: Instant = Field(alias="until", description="Until here; not within it.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "from": "2026-01-01T00:00:00Z",
        "until": "2026-04-01T00:00:00Z",
    }


class ChangeSign(Shape):
    """A yes or no for one function."""

    model_config = ConfigDict(extra="forbid", strict=True)
    function: Literal["operations", "service", "legal", "finance"] = Field(
        description="For which function."
    )
    verdict: Literal["approved", "rejected"]
    reason: _Words = Field(description="Why, in a sentence; it is kept.")
    digest: str = Field(max_length=200, description="Of what you read: `digest` of the change.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "function": "operations",
        "verdict": "approved",
        "reason": "We can keep it.",
        "digest": "5d0c8f1e2a",
    }


class ChangeWithdraw(Shape):
    """Why it is taken back."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: _Words = Field(description="Why, in a sentence; it is kept.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"reason": "The contract was not signed."}
