"""What does a backup say about itself?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file of the archive."""

    sha256: str  # hex
    size: int  # bytes


@dataclass(frozen=True, kw_only=True)
class TableCount:
    """One table at the moment of the backup."""

    rows: int
    digest: str  # the sum of its rows' 64-bit hashes, whatever their order: a decimal number


@dataclass(frozen=True, kw_only=True)
class LogHead:
    """How long the audit log was, and its root."""

    size: int
    root: str  # RFC 9162 Merkle root, 64 hex digits


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The last file but one of the archive; the last is a signature of it."""

    made_at: datetime
    workspace: str
    troth_version: str
    server_version: str
    dump_version: str  # of pg_dump
    database_bytes: int
    migrations: tuple[str, ...]  # "app.name", in the order in which they were applied
    tables: Mapping[str, TableCount]  # "schema.table"
    log: LogHead
    checkpoint: str  # the signed note over `log`; "" where the log could not be signed
    parts: Mapping[str, Part]
    has_keys: bool
    workspace_key_id: str  # tells one workspace's key from another's; "" where there is none
    audit_key: str  # the public key that signed, as "name+id+base64"

    def written(self) -> bytes:
        """As JSON."""
        document = asdict(self) | {"format": FORMAT, "made_at": self.made_at.isoformat()}
        return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def read_manifest(written: bytes) -> Manifest:
    """A manifest from its bytes. Raises ValueError where it is none that this version reads."""
    try:
        document: dict[str, Any] = json.loads(written)
        if document.pop("format") > FORMAT:
            raise ValueError("its format is newer than this version of Troth")
        return Manifest(
            **document
            | {
                "made_at": datetime.fromisoformat(document["made_at"]),
                "migrations": tuple(document["migrations"]),
                "tables": {name: TableCount(**table) for name, table in document["tables"].items()},
                "log": LogHead(**document["log"]),
                "parts": {name: Part(**part) for name, part in document["parts"].items()},
            }
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"its manifest cannot be read ({error!r})") from error
