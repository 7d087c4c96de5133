"""What does the audit log hold, to the byte: its entries, subtrees, checkpoints and proofs?

An entry below the head never changes, so whoever reads the head first may read the rest in as many
statements as needed and still sees one log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.expressions import RawSQL

from troth.core.access.roles import Right
from troth.core.ledger.canonical import instant_text
from troth.core.ledger.checking import StoredEntry, StoredLog, StoredRow
from troth.core.ledger.tree import Nodes
from troth.store.models import AuditCheckpoint, AuditEntry, AuditHead, AuditNode, AuditRow
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import Viewer, viewing

_BATCH = 2_000
_COLUMNS = (
    "index", "envelope", "leaf_hash", "at", "actor_id", "action", "subject", "customer_id",
    "policy_version", "reason", "detail", "row_count", "rows_root",
)  # fmt: skip
_SIZE = """
    SELECT size, (SELECT count(*) FROM store_auditentry AS entry WHERE entry.index >= head.size)
    FROM store_audithead AS head WHERE id = 1
"""


@contextmanager
def one_snapshot(*, viewer: Viewer) -> Iterator[None]:
    """All that is read inside is of one moment, however many statements it takes."""
    with transaction.atomic():
        if not connection.savepoint_ids:  # a block inside another has the snapshot that it has
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with viewing(viewer, Right.SEE_AUDIT):
            yield


def log_size(*, viewer: Viewer) -> int:
    """How many entries the log has."""
    with viewing(viewer, Right.SEE_AUDIT):
        return AuditHead.objects.values_list("size", flat=True).get(pk=1)


def stored_nodes(viewer: Viewer) -> Nodes:
    """The complete subtrees of the log, each read when it is asked for, inside `viewing`.

    Raises NotFoundError for one that is not complete, or is gone.
    """
    viewer.require(Right.SEE_AUDIT)

    @cache
    def node(level: int, index: int) -> bytes:
        found = (
            AuditEntry.objects.filter(pk=index).values_list("leaf_hash", flat=True).first()
            if level == 0
            else AuditNode.objects.filter(level=level, index=index)
            .values_list("hash", flat=True)
            .first()
        )
        if found is None:
            raise NotFoundError("subtree of the log", f"{level}/{index}")
        return bytes(found)

    return node


def leaf_hashes(*, viewer: Viewer, start: int, count: int) -> list[bytes]:
    """The hashes of `count` leaves from `start` on, or of those that there are."""
    with viewing(viewer, Right.SEE_AUDIT):
        found = AuditEntry.objects.filter(index__gte=start, index__lt=start + count)
        return [bytes(leaf) for leaf in found.order_by("index").values_list("leaf_hash", flat=True)]


def newest_checkpoint(*, viewer: Viewer, of_size: int | None = None) -> AuditCheckpoint | None:
    """The newest checkpoint, or the one of a size; None where there is none."""
    with viewing(viewer, Right.SEE_AUDIT):
        rows = AuditCheckpoint.objects.order_by("-size")
        return (rows if of_size is None else rows.filter(size=of_size)).first()


def checkpoints(*, viewer: Viewer) -> list[AuditCheckpoint]:
    """All that were signed, by size."""
    with viewing(viewer, Right.SEE_AUDIT):
        return list(AuditCheckpoint.objects.order_by("size"))


def envelope(*, viewer: Viewer, index: int) -> str:
    """What an entry says, to the byte. Raises NotFoundError."""
    with viewing(viewer, Right.SEE_AUDIT):
        found = AuditEntry.objects.filter(pk=index).values_list("envelope", flat=True).first()
    if found is None:
        raise NotFoundError("entry of the log", str(index))
    return found


def rows_of(*, viewer: Viewer, index: int, limit: int | None = None) -> list[StoredRow]:
    """The rows that an entry commits to, by position; at most `limit`."""
    with viewing(viewer, Right.SEE_AUDIT):
        found = AuditRow.objects.filter(entry=index).order_by("position")
        listed = found.values_list("position", "table", "key", "op", "digest")
        return [_row(*row) for row in listed[:limit]]


def stored_log(viewer: Viewer, *, start: int = 0, end: int | None = None) -> StoredLog:
    """The log from one entry to before another, to be read once inside `viewing`.

    Memory does not grow with it. Without `end`, up to its head.
    """
    viewer.require(Right.SEE_AUDIT)
    with connection.cursor() as cursor:
        cursor.execute(_SIZE)
        size, beyond = cursor.fetchone() or (0, 0)
    end = size if end is None else min(end, size)
    return StoredLog(
        size=end,
        beyond=beyond if end == size else 0,
        entries=_entries(start, end),
        nodes=_nodes(start, end),
    )


def _entries(start: int, end: int) -> Iterator[StoredEntry]:
    entries = (
        AuditEntry.objects.filter(index__gte=start, index__lt=end)
        .order_by("index")
        .values_list(*_COLUMNS)
        .iterator(chunk_size=_BATCH)
    )
    rows = AuditRow.objects.filter(entry__gte=start, entry__lt=end).order_by("entry", "position")
    listed = (
        rows.annotate(of=F("entry_id"))
        .values_list("of", "position", "table", "key", "op", "digest")
        .iterator(chunk_size=_BATCH)
    )
    groups = groupby(listed, key=lambda row: row[0])
    group = next(groups, None)
    for values in entries:
        index = values[0]
        while group is not None and group[0] < index:
            group = next(groups, None)
        mine = group[1] if group is not None and group[0] == index else ()
        yield _entry(values, (_row(*row[1:]) for row in mine))
        if group is not None and group[0] == index:
            group = next(groups, None)


def _entry(values: tuple[Any, ...], rows: Iterator[StoredRow]) -> StoredEntry:
    index, text, leaf, at, actor, action, subject, customer, policy, reason, detail, *count = values
    return StoredEntry(
        index=index,
        envelope=text,
        leaf=bytes(leaf),
        columns={
            "at": instant_text(at),
            "actor": actor,
            "action": action,
            "subject": subject,
            "customer": customer,
            "policy_version": policy,
            "reason": reason,
            "detail": detail,
        },
        row_count=count[0],
        rows_root=count[1],
        rows=rows,
    )


def _row(position: int, table: str, key: str, op: str, digest: bytes | memoryview) -> StoredRow:
    return StoredRow(position=position, table=table, key=key, op=op, digest=bytes(digest))


def _nodes(start: int, end: int) -> Iterator[tuple[int, int, bytes]]:
    """Those that were completed between two sizes, in the order in which they were."""
    completed = RawSQL("(index + 1) << level", [])
    found = (
        AuditNode.objects.annotate(completed=completed)
        .filter(Q(completed__gt=start) & Q(completed__lte=end))
        .order_by("completed", "level")
        .values_list("level", "index", "hash")
        .iterator(chunk_size=_BATCH)
    )
    return ((level, index, bytes(node)) for level, index, node in found)
