"""What does the API say of merges, and of what stewards said?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed

_REASON = Field(
    min_length=1, max_length=2_000, description="How you know, in a sentence; it is kept."
)
_PREVIEW = Field(False, description="True: say what would change, and change nothing.")
_GoldenField = Literal[
    "name", "email", "phone", "tax_id", "address", "postal_code", "sales_region", "party_kind",
    "country", "city", "time_zone", "language", "segment", "account_manager", "team",
]  # fmt: skip
_KEY = Annotated[str, Field(min_length=1, max_length=200)]


class MergeCustomers(Shape):
    """Which customers are one, and how is that known?"""

    model_config = ConfigDict(extra="forbid", strict=True)
    customers: list[_KEY] = Field(
        min_length=2, max_length=2, description="Two ids, aliases or source keys."
    )
    reason: str = _REASON
    is_preview: bool = _PREVIEW
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customers": ["cus_3f2a9c01b7d4e856", "cus_90b1d4e8563f2a7c"],
        "reason": "The register has one company under both names.",
        "is_preview": True,
    }


class UnmergeCustomer(Shape):
    """Which alias is a customer of its own after all?"""

    model_config = ConfigDict(extra="forbid", strict=True)
    customer: _KEY = Field(description="The alias.")
    reason: str = _REASON
    is_preview: bool = _PREVIEW
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer": "cus_90b1d4e8563f2a7c",
        "reason": "They are two companies of one owner.",
        "is_preview": True,
    }


class MakeOne(Shape):
    """How is it known that the customers are one?"""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str = _REASON
    is_preview: bool = _PREVIEW
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "reason": "The register has one company under both names.",
        "is_preview": True,
    }


def _texts(found: Mapping[str, Any]) -> dict[str, str | None]:
    return {key: None if value is None else str(value) for key, value in found.items()}


class MergeAspect(Shape):
    """One thing that is not the same for both, or not before and after."""

    group: str = Field(description="identity, tier, visibility, policy or field.")
    name: str = Field(description="`tier`, `sales_region`, `lead_time.service_quantile`, `city`.")
    before: Annotated[dict[str, str | None], BeforeValidator(_texts)] = Field(
        description="Value by customer id; masked fields are left out."
    )
    after: Annotated[dict[str, str | None], BeforeValidator(_texts)]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "group": "tier",
        "name": "tier",
        "before": {"cus_3f2a9c01b7d4e856": "Silver", "cus_90b1d4e8563f2a7c": "Standard"},
        "after": {"cus_3f2a9c01b7d4e856": "Gold"},
    }


class MergedWork(Shape):
    """One promise or clock that moves."""

    kind: str = Field(description="promise or clock.")
    subject: str = Field(description="Key of the order or the case.")
    metric: str
    due_before: datetime | None
    due_after: datetime | None
    state_before: Maybe
    state_after: Maybe
    is_open: bool
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "kind": "promise",
        "subject": "erp:SO-1",
        "metric": "delivery",
        "due_before": "2026-02-03T23:59:59Z",
        "due_after": "2026-02-05T23:59:59Z",
        "state_before": "open",
        "state_after": "open",
        "is_open": True,
    }


class MergeConsequences(Shape):
    """What changes, worked out by doing it."""

    aspects: list[MergeAspect]
    work: list[MergedWork] = Field(description="Open work first.")
    unchanged_work: int = Field(description="Promises and clocks that stay as they are.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "aspects": [MergeAspect.EXAMPLE],
        "work": [MergedWork.EXAMPLE],
        "unchanged_work": 12,
    }


class Merge(Shape):
    """Customers that were made one or parted, or would be."""

    verdict: Maybe = Field(description="Id of the verdict; null where nothing was done yet.")
    survivor: str = Field(description="The customer known longest; it keeps its id.")
    alias: str = Field(description="The other id; it stands for the survivor while merged.")
    consequences: MergeConsequences
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "verdict": "idv_3f2a9c01b7d4e856",
        "survivor": "cus_3f2a9c01b7d4e856",
        "alias": "cus_90b1d4e8563f2a7c",
        "consequences": MergeConsequences.EXAMPLE,
    }


class VerdictFilters(Paging):
    """Which verdicts?"""

    state: Literal["holds", "withdrawn", "all"] = Field(
        "holds", description="That hold, or were taken back.", examples=["holds"]
    )
    customer: str = Field(
        "", max_length=200, description="That touch this one.", examples=["cus_3f2a9c01b7d4e856"]
    )


class IdentityVerdict(Shape):
    """What a steward said of two customers or two source records."""

    id: str
    verdict: str = Field(description="same or apart.")
    level: str = Field(description="customer or record.")
    one: str = Field(description="Customer id or source key; of a merge, who survives.")
    other: str
    author: str
    reason: Maybe = Field(description="Null where it is masked for you.")
    given_at: datetime
    withdrawn_at: datetime | None
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "idv_3f2a9c01b7d4e856",
        "verdict": "same",
        "level": "customer",
        "one": "cus_3f2a9c01b7d4e856",
        "other": "cus_90b1d4e8563f2a7c",
        "author": "Sanne Steward",
        "reason": "The register has one company under both names.",
        "given_at": "2026-01-31T09:00:00Z",
        "withdrawn_at": None,
    }


class IdentityVerdictList(Listing):
    """Verdicts, the newest first."""

    data: list[IdentityVerdict]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(IdentityVerdict, "/verdicts")


class SayOfRecords(Shape):
    """What is said of two source records?"""

    model_config = ConfigDict(extra="forbid", strict=True)
    records: list[_KEY] = Field(min_length=2, max_length=2, description="Two source keys.")
    verdict: Literal["same", "apart"]
    reason: str = _REASON
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "records": ["crm:A-17", "erp:4711"],
        "verdict": "apart",
        "reason": "Father and son share one address and one telephone.",
    }


class Believe(Shape):
    """Which record is right about which field?"""

    model_config = ConfigDict(extra="forbid", strict=True)
    record: _KEY = Field(description="Source key of a customer record.")
    field: _GoldenField = Field(description="Of the customer.")
    reason: str = _REASON
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "record": "crm:A-17",
        "field": "city",
        "reason": "They moved in May; the ERP has the old address.",
    }


class Disbelieve(Shape):
    """Of which field is nothing said any more?"""

    model_config = ConfigDict(extra="forbid", strict=True)
    customer: _KEY = Field(description="Id, alias or source key.")
    field: _GoldenField
    reason: str = _REASON
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer": "cus_3f2a9c01b7d4e856",
        "field": "city",
        "reason": "The ERP has the new address now.",
    }


class Believed(Shape):
    """What is believed now."""

    field: str
    record: Maybe = Field(description="The record that is believed; null: the rules choose.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"field": "city", "record": "crm:A-17"}


class WithdrawVerdict(Shape):
    """Why does it hold no more?"""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str = _REASON
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"reason": "They told us that they had parted."}
