"""What does the API say of erasing a person, and of what is held about them?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from troth.api.shapes.shape import Listing, Paging, Shape, listed

_SUBJECT = "A customer's id, or the key of a customer's, contact's or agent's record."
_COUNTS = {"fact_personal": 6, "store_customerpersonal": 1}
_RECORDS = {"customer": 1, "contact": 1, "order": 14}


class PlanQuestion(Shape):
    """Whom would it be about?"""

    model_config = ConfigDict(extra="forbid")
    subject: str = Field(
        min_length=1, max_length=600, description=_SUBJECT, examples=["cus_3f2a9c01b7d4e856"]
    )


class ErasurePlan(Shape):
    """What erasing a subject would delete, and what would stay. Nothing was changed."""

    subject: str
    kind: str = Field(description="customer, contact or agent.")
    deleted: dict[str, int] = Field(description="Table → rows that go or are emptied.")
    records: dict[str, int] = Field(
        description="Record kind → records that stay, without a personal word."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "subject": "cus_3f2a9c01b7d4e856",
        "kind": "customer",
        "deleted": _COUNTS,
        "records": _RECORDS,
    }


class EraseSubject(Shape):
    """Erase somebody. It cannot be undone."""

    model_config = ConfigDict(extra="forbid", strict=True)
    subject: str = Field(min_length=1, max_length=600, description=_SUBJECT)
    reason: Literal["request", "retention", "court_order"] = Field(
        "request", description="Why; a code, so that no words about them stay."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "subject": "cus_3f2a9c01b7d4e856",
        "reason": "request",
    }


class Erased(Shape):
    """What erasing came to."""

    id: str = Field(description="Of the erasure.")
    subject: str
    deleted: dict[str, int] = Field(description="Table → rows.")
    records: dict[str, int] = Field(description="Record kind → records that stay.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "era_3f2a9c01b7d4e856",
        "subject": "cus_3f2a9c01b7d4e856",
        "deleted": _COUNTS,
        "records": _RECORDS,
    }


class ExportSubject(Shape):
    """Export what is held about somebody."""

    model_config = ConfigDict(extra="forbid", strict=True)
    subject: str = Field(min_length=1, max_length=600, description=_SUBJECT)
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"subject": "cus_3f2a9c01b7d4e856"}


class PersonalExport(Shape):
    """Everything that is held about a subject. It is shown once and not kept."""

    subject: str
    rows: dict[str, int] = Field(description="Part → rows.")
    withheld: list[str] = Field(
        description="PART.FIELD of what you may not see even to answer the person."
    )
    content: str = Field(description="A zip of JSON and CSV, in base64.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "subject": "cus_3f2a9c01b7d4e856",
        "rows": {"golden_record": 1, "promises": 14},
        "withheld": [],
        "content": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==",
    }


class ErasureFilters(Paging):
    """Which erasures?"""


class Erasure(Shape):
    """One erasure."""

    id: str
    subject: str
    reason: str = Field(description="request, retention or court_order.")
    requested_by: str
    erased_at: datetime
    deleted: dict[str, int] = Field(description="Table → rows.")
    state: str = Field(
        description="erased; or came_back, after a restore, until `troth privacy replay`."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "era_3f2a9c01b7d4e856",
        "subject": "cus_3f2a9c01b7d4e856",
        "reason": "request",
        "requested_by": "Petra Privacy",
        "erased_at": "2026-01-31T23:59:00Z",
        "deleted": _COUNTS,
        "state": "erased",
    }


class ErasureList(Listing):
    """Erasures, the oldest first."""

    data: list[Erasure]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Erasure, "/privacy/erasures")
