"""What does the API say of a contract about data?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from troth.api.shapes.shape import Listing, Maybe, Shape, listed

_RULE: Mapping[str, Any] = {
    "test": "range",
    "says": "logicalTypeOptions.minimum",
    "asks": "at least 0",
    "validation": "entry",
    "code": "contract:entry:range",
    "line": 21,
}
_FIELD: Mapping[str, Any] = {
    "name": "total",
    "column": "amount",
    "description": "What the customer pays.",
    "logical_type": "number",
    "classification": "internal",
    "assessment": None,
    "is_critical": True,
    "may_change": ["order_desk"],
    "validation": "entry",
    "rules": [_RULE],
}
_FEED: Mapping[str, Any] = {
    "source": "erp",
    "feed": "orders",
    "record": "order",
    "description": "Every order, once it is placed.",
    "latency": "4 h",
    "latency_seconds": 14_400,
    "frequency": None,
    "retention": "10 y",
    "kept_out": 2,
    "let_in": 0,
    "fields": [_FIELD],
}


class ContractRule(Shape):
    """One thing that every value of a field has to keep."""

    test: str = Field(description="required, unique, pattern, length, range, step, values, missing")
    says: str = Field(description="How the contract names it.")
    asks: str
    validation: str = Field(description="entry: the row is kept out; batch: it is let in.")
    code: str = Field(description="Under which rows that break it are kept in quarantine.")
    line: int = Field(description="Of the contract's file.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = _RULE


class ContractField(Shape):
    """What is agreed about one field."""

    name: str
    column: Maybe = Field(description="Of the source; null where the contract names none.")
    description: Maybe
    logical_type: Maybe
    classification: str
    assessment: Maybe = Field(
        description="Of a personal field: known, assessed, in_use, missing, refused or expired; "
        "the last three do not land."
    )
    is_critical: bool
    may_change: list[str] = Field(description="Roles that may change it in the source.")
    validation: str = Field(description="Where its rules are held: entry or batch.")
    rules: list[ContractRule]
    EXAMPLE: ClassVar[Mapping[str, Any]] = _FIELD


class ContractFeed(Shape):
    """What is agreed about one feed, and how many rows break it."""

    source: str
    feed: str
    record: str
    description: Maybe
    latency: Maybe = Field(description="How old its newest news may be.")
    latency_seconds: int | None
    frequency: Maybe
    retention: Maybe
    kept_out: int = Field(description="Rows in quarantine because of it.")
    let_in: int = Field(description="Rows that landed, and that a steward has to look at.")
    fields: list[ContractField]
    EXAMPLE: ClassVar[Mapping[str, Any]] = _FEED


class Contract(Shape):
    """One contract, after the Open Data Contract Standard."""

    id: str
    name: str
    version: str
    status: str = Field(description="Only `active` and `deprecated` are held.")
    api_version: str = Field(description="Of the standard.")
    file: str
    purpose: Maybe
    owner: Maybe = Field(description="Who is accountable.")
    steward: Maybe = Field(description="Who operates it.")
    may_change: list[str] = Field(description="Roles that may change the data.")
    feeds: list[ContractFeed]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "erp-orders",
        "name": "Orders of the ERP",
        "version": "1.0.0",
        "status": "active",
        "api_version": "v3.1.0",
        "file": "contracts/erp.yaml",
        "purpose": "Promises rest on it.",
        "owner": "olga",
        "steward": "stefan",
        "may_change": ["order_desk"],
        "feeds": [_FEED],
    }


class ContractList(Listing):
    """Contracts, by id."""

    data: list[Contract]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Contract, "/contracts")
