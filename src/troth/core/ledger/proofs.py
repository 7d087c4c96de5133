"""What proves to somebody outside that an entry, or a row, stands in the log?

A proof is plain JSON: the envelope, its path to the root of a signed checkpoint, and for a row its
path to the root that the envelope commits to. Whoever has the log's public key needs nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from troth.core.ledger.envelope import RowChange
from troth.core.ledger.notes import NoteError, VerifierKey, Verify, read_checkpoint, read_note
from troth.core.ledger.notes import verified as signers
from troth.core.ledger.tree import leaf_hash, verify_inclusion


@dataclass(frozen=True, kw_only=True)
class EntryProof:
    """That an envelope is entry `index` of the log that a checkpoint was signed over."""

    index: int
    envelope: str
    path: tuple[bytes, ...]
    checkpoint: str  # the signed note

    def document(self) -> dict[str, Any]:
        """As JSON: hashes in hex."""
        return {
            "index": self.index,
            "envelope": self.envelope,
            "path": [item.hex() for item in self.path],
            "checkpoint": self.checkpoint,
        }


@dataclass(frozen=True, kw_only=True)
class RowProof:
    """That an entry commits to one row."""

    row: RowChange
    position: int
    count: int  # rows that the entry commits to
    path: tuple[bytes, ...]

    def document(self) -> dict[str, Any]:
        """As JSON: hashes in hex."""
        return {
            "table": self.row.table,
            "key": self.row.key,
            "op": self.row.op,
            "digest": self.row.digest.hex(),
            "position": self.position,
            "count": self.count,
            "path": [item.hex() for item in self.path],
        }


@dataclass(frozen=True, kw_only=True)
class Proof:
    """An entry in the log, and those of its rows that were asked for."""

    entry: EntryProof
    rows: tuple[RowProof, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"entry": self.entry.document(), "rows": [row.document() for row in self.rows]}


def faults_of(proof: Proof, keys: Iterable[VerifierKey], verify: Verify) -> tuple[str, ...]:
    """Why a proof does not hold, in sentences; empty: it holds."""
    entry = proof.entry
    try:
        note = read_note(entry.checkpoint)
        signers(note, keys, verify)
        head = read_checkpoint(note.text)
    except NoteError as error:
        return (str(error),)
    leaf = leaf_hash(entry.envelope.encode())
    if not verify_inclusion(
        leaf, index=entry.index, size=head.size, path=entry.path, root=head.root
    ):
        return (f"The path does not lead from entry {entry.index} to the checkpoint's root.",)
    said = json.loads(entry.envelope)["rows"]
    return tuple(
        f"The path does not lead from row {row.position} to the root that the entry commits to."
        for row in proof.rows
        if row.count != said["count"]
        or not verify_inclusion(
            leaf_hash(row.row.leaf),
            index=row.position,
            size=row.count,
            path=row.path,
            root=bytes.fromhex(said["root"]),
        )
    )
