"""What proves that an entry stands in the log, and that a thing was written by it?"""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import apps
from django.db.models import F

from troth.core.access.roles import Right
from troth.core.ledger.envelope import RowChange
from troth.core.ledger.notes import read_checkpoint, read_note
from troth.core.ledger.proofs import EntryProof, Proof, RowProof
from troth.core.ledger.tree import (
    Nodes,
    consistency_path,
    inclusion_path,
    leaf_hash,
    nodes_over,
)
from troth.store.models import AuditEntry, AuditRow
from troth.store.queries.ledger import newest_checkpoint, rows_of, stored_nodes
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import Viewer, viewing

MOST_ENTRIES = 50  # that are proved for one thing, the newest


class NotCoveredError(NotFoundError):
    """No checkpoint covers this entry yet. Make one: troth audit checkpoint."""

    code = "ledger.not-covered"

    def __init__(self, index: int) -> None:
        LookupError.__init__(
            self,
            f"No checkpoint covers entry {index} yet. Make one (`troth audit checkpoint`, "
            "POST /api/v1/audit/checkpoint), then ask again.",
        )
        self.what, self.key = "checkpoint over entry", str(index)


def prove_entry(*, viewer: Viewer, index: int) -> EntryProof:
    """The proof of one entry in the newest checkpoint. Raises NotFoundError, NotCoveredError."""
    with viewing(viewer, Right.SEE_AUDIT):
        text = AuditEntry.objects.filter(pk=index).values_list("envelope", flat=True).first()
        if text is None:
            raise NotFoundError("entry of the log", str(index))
        newest = newest_checkpoint(viewer=viewer)
        if newest is None or newest.size <= index:
            raise NotCoveredError(index)
        size = read_checkpoint(read_note(newest.note).text).size
        return EntryProof(
            index=index,
            envelope=text,
            path=tuple(inclusion_path(index, size, stored_nodes(viewer))),
            checkpoint=newest.note,
        )


def prove(*, viewer: Viewer, key: str) -> list[Proof]:
    """The proof of every entry that wrote a row of this key, newest first; at most MOST_ENTRIES.

    A key of digits alone is an entry's index. Raises NotFoundError, NotCoveredError.
    """
    with viewing(viewer, Right.SEE_AUDIT):
        if key.isascii() and key.isdecimal() and len(key) < 19:
            return [Proof(entry=prove_entry(viewer=viewer, index=int(key)))]
        found = _rows_named(key)
        if not found:
            raise NotFoundError("entry that wrote", key)
        return [
            Proof(
                entry=prove_entry(viewer=viewer, index=index),
                rows=tuple(_row_proofs(viewer, index, positions)),
            )
            for index, positions in found.items()
        ]


def consistency(*, viewer: Viewer, old_size: int, size: int) -> list[bytes]:
    """The proof that the log of `size` begins with the one of `old_size`.

    Raises NotFoundError where the log has never been so long, or would have shrunk.
    """
    with viewing(viewer, Right.SEE_AUDIT):
        if not 0 <= old_size <= size:
            raise NotFoundError("proof of consistency", f"{old_size} to {size}")
        return consistency_path(old_size, size, stored_nodes(viewer))


def _rows_named(key: str) -> dict[int, list[int]]:
    """entry → positions of the rows of this key, newest entry first."""
    # The index leads with the table, of which there are few.
    tables = [model._meta.db_table for model in apps.get_app_config("store").get_models()]
    rows = (
        AuditRow.objects.filter(table__in=tables, key=key)
        .annotate(of=F("entry_id"))
        .order_by("-of", "position")
        .values_list("of", "position")
    )
    found: dict[int, list[int]] = {}
    for index, position in rows.iterator(chunk_size=MOST_ENTRIES):
        if index not in found and len(found) == MOST_ENTRIES:
            break
        found.setdefault(index, []).append(position)
    return found


def _row_proofs(viewer: Viewer, index: int, positions: Sequence[int]) -> list[RowProof]:
    changes = [
        RowChange(table=row.table, key=row.key, op=row.op, digest=row.digest)
        for row in rows_of(viewer=viewer, index=index)
    ]
    nodes: Nodes = nodes_over([leaf_hash(change.leaf) for change in changes])
    return [
        RowProof(
            row=changes[position],
            position=position,
            count=len(changes),
            path=tuple(inclusion_path(position, len(changes), nodes)),
        )
        for position in positions
    ]
