"""What does the API say of the audit log, its checkpoints and its proofs?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed

_NOTE = (
    "troth/acme/1f2e3d4c\n812\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— troth/acme/1f2e3d4c Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGz"
    "Gku9nTo+zyWE+xeMcTOAYQ8=\n"
)
_HASH = "0ac5186a91863e8e1d90c8080148a89bf5da8e3ee1d9f07630f0378f68f1ab62"
_LARGEST = 2**53 - 1
LARGEST_READ = 1_000


class AuditFilters(Paging):
    """Which entries?"""

    action: str = Field(
        "", max_length=200, description="Of this action.", examples=["order:promise:decided"]
    )
    about: str = Field(
        "", max_length=600, description="With this subject.", examples=["erp/orders"]
    )
    customer: str = Field(
        "", max_length=200, description="Id of the customer.", examples=["cus_3f2a9c01b7d4e856"]
    )


class ConsistencyQuestion(BaseModel):
    """Between which two sizes of the log?"""

    old: int = Field(ge=0, le=_LARGEST, description="Entries that were seen.", examples=[800])
    new: int = Field(ge=0, le=_LARGEST, description="Entries of the newer one.", examples=[812])


class LeafRange(BaseModel):
    """Which leaves?"""

    start: int = Field(0, ge=0, le=_LARGEST, description="The first one.", examples=[800])
    count: int = Field(
        LARGEST_READ, ge=1, le=LARGEST_READ, description="At most so many.", examples=[12]
    )


class AuditEntry(Shape):
    """One write, in the transaction of that write."""

    index: int = Field(validation_alias="id", description="Its number in the log, from 0.")
    at: datetime
    actor: str = Field(description="The user's name.")
    action: str = Field(description="source:subject:verb.")
    subject: Maybe
    customer_id: Maybe
    policy_version: Maybe
    reason: Maybe
    row_count: int = Field(description="Rows that were written.")
    rows_root: Maybe = Field(description="Merkle root over those that are listed, hex.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "index": 811,
        "at": "2026-01-12T09:30:00Z",
        "actor": "troth",
        "action": "order:promise:decided",
        "subject": None,
        "customer_id": None,
        "policy_version": None,
        "reason": None,
        "row_count": 3,
        "rows_root": _HASH,
    }


class AuditList(Listing):
    """Entries, the newest first."""

    data: list[AuditEntry]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(AuditEntry, "/audit/entries")


class AuditRow(Shape):
    """One row that an entry commits to."""

    table: str
    key: str
    op: str = Field(description="write or delete.")
    digest: str = Field(description="SHA-256 of its content, hex; salted where it is personal.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "table": "store_promise",
        "key": "erp:SO-1001",
        "op": "write",
        "digest": _HASH,
    }


class AuditEntryDetail(Shape):
    """One entry, to the byte."""

    index: int
    envelope: str = Field(description="RFC 8785 JSON; SHA-256(0x00 ‖ envelope) is the leaf.")
    rows: list[AuditRow] = Field(description=f"The first {LARGEST_READ} that it commits to.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "index": 811,
        "envelope": '{"action":"order:promise:decided","actor":1}',
        "rows": [AuditRow.EXAMPLE],
    }


class AuditCheckpoint(Shape):
    """The signed size and root of the log."""

    size: int
    root: str = Field(description="Hex.")
    at: datetime
    note: str = Field(description="C2SP tlog-checkpoint, signed with Ed25519.")
    key: str = Field(description="The public key, a C2SP verifier key: compare it with yours.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "size": 812,
        "root": _HASH,
        "at": "2026-01-12T09:31:00Z",
        "note": _NOTE,
        "key": "troth/acme/1f2e3d4c+033de0ae+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    }


class EntryProof(Shape):
    """That an entry is in the log which a checkpoint was signed over (RFC 9162, 2.1.3)."""

    index: int
    envelope: str
    path: list[str] = Field(description="Hashes from the leaf to the root, hex.")
    checkpoint: str
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "index": 811,
        "envelope": '{"action":"order:promise:decided","actor":1}',
        "path": [_HASH],
        "checkpoint": _NOTE,
    }


class RowProof(AuditRow):
    """That an entry commits to a row."""

    position: int
    count: int = Field(description="Rows of the entry's own tree.")
    path: list[str] = Field(description="Hashes from the row's leaf to `rows.root`, hex.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        **AuditRow.EXAMPLE,
        "position": 0,
        "count": 3,
        "path": [_HASH],
    }


class AuditProof(Shape):
    """One entry in the log, and those of its rows that were asked for."""

    entry: EntryProof
    rows: list[RowProof]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "entry": EntryProof.EXAMPLE,
        "rows": [RowProof.EXAMPLE],
    }


class AuditProofs(Shape):
    """The proofs of all that was written about a thing, newest first."""

    data: list[AuditProof]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"data": [AuditProof.EXAMPLE]}


class ConsistencyProof(Shape):
    """That the newer log begins with the older one (RFC 9162, 2.1.4)."""

    old: int
    new: int
    path: list[str] = Field(description="Hex.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"old": 800, "new": 812, "path": [_HASH]}


class Leaves(Shape):
    """Hashes of entries, for a witness who keeps them."""

    start: int
    leaves: list[str] = Field(description="SHA-256(0x00 ‖ envelope) of each, hex.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"start": 811, "leaves": [_HASH]}
