"""What does an entry of the audit log say, to the byte?

The envelope is RFC 8785 JSON: who, for whom, when, what, why, under which policy version, and the
Merkle root over the rows that were written. It never holds a personal field: what may have to be
erased stands in it as a salted commitment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from troth.core.ledger.canonical import canonical_bytes, strings_text
from troth.core.ledger.tree import merkle_root

FORMAT = 1


@dataclass(frozen=True, kw_only=True, order=True)
class RowChange:
    """One row that an entry commits to. Rows are ordered by their fields, as written here."""

    table: str
    key: str  # the primary key; a composite one as a JSON array
    op: str  # write or delete
    digest: bytes  # SHA-256 of the row's content, 32 bytes

    @property
    def leaf(self) -> bytes:
        """The bytes of this row's leaf in the entry's own tree."""
        return strings_text((self.table, self.key, self.op, self.digest.hex())).encode()


def rows_root(rows: Sequence[RowChange]) -> str:
    """The RFC 9162 Merkle root over the rows in their order, 64 hex digits; "" for none."""
    return merkle_root(row.leaf for row in rows).hex() if rows else ""


def sealed_place(commitments: Mapping[str, str]) -> bytes:
    """Where an entry's sealed values stand: bound to the commitments that its envelope holds."""
    return b"audit:" + sha256(canonical_bytes(dict(commitments))).hexdigest().encode()


def envelope_of(
    *,
    at: datetime,
    actor: int,
    action: str,
    subject: str,
    customer: str,
    policy_version: str,
    reason: str,
    detail: Mapping[str, Any],
    rows: Sequence[RowChange],
    facts: Mapping[str, Any] | None = None,
    commitments: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The envelope of one entry, ready for `canonical_bytes`.

    `commitments`: name of a sealed field → its salted commitment, 64 hex digits.
    """
    return {
        "format": FORMAT,
        "at": at,
        "actor": actor,
        "action": action,
        "subject": subject,
        "customer": customer,
        "policy_version": policy_version,
        "reason": reason,
        "detail": dict(detail),
        "rows": {"count": len(rows), "root": rows_root(rows)},
        "facts": None if facts is None else dict(facts),
        "commitments": dict(commitments or {}),
    }
