"""Are the records that never change the ones that the log commits to?

Decisions, shared inputs and policy versions are named by a digest of their content; the facts of a
landing are committed to by one Merkle root. Each is computed again, in memory that does not grow
with the rows (the landings' roots apart, some hundred bytes each).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from django.db import connection
from psycopg import sql

from troth.core.access.roles import Right
from troth.core.decisions.receipt import receipt_id
from troth.core.ledger.canonical import digest, instant_text
from troth.core.ledger.checking import Fault
from troth.core.ledger.tree import Growing, leaf_hash
from troth.core.records.kinds import BY_NAME
from troth.store.models import AuditRow, Decision, PolicyVersion, SharedInput
from troth.store.models.facts import table_name
from troth.store.queries.viewing import Viewer

_BATCH = 2_000
_DECISION = ("id", "receipt", "kind", "subject", "customer_id", "at")

_UNRECORDED = sql.SQL(
    "SELECT kept.{key} FROM {table} AS kept WHERE NOT EXISTS (SELECT FROM store_auditrow AS audit"
    " WHERE audit.table_name = {name} AND audit.key = kept.{key}) ORDER BY 1 LIMIT 1"
)
_GONE = sql.SQL(
    "SELECT audit.entry_id, audit.key FROM store_auditrow AS audit"
    " WHERE audit.table_name = {name} AND audit.op = 'write'"
    " AND NOT EXISTS (SELECT FROM {table} AS kept WHERE kept.{key} = audit.key)"
    " ORDER BY 1, 2 LIMIT 1"
)
_LANDINGS = """
    SELECT audit.key::bigint, audit.entry_id, entry.envelope::jsonb -> 'facts'
    FROM store_auditrow AS audit JOIN store_auditentry AS entry ON entry.index = audit.entry_id
    WHERE audit.table_name = 'store_landing'
    AND jsonb_typeof(entry.envelope::jsonb -> 'facts') = 'object'
"""
_FACTS = sql.SQL(
    "SELECT landing_id, key, revision, replace(row_hash::text, '-', '') FROM {table}"
    ' ORDER BY landing_id, key COLLATE "C", revision'
)


def content_faults(viewer: Viewer, *, size: int) -> Iterator[Fault]:
    """What is wrong with the records that entries commit to, inside `viewing`; in no order.

    `size` is that of the log: what no entry commits to is told as behind its end.
    """
    viewer.require(Right.SEE_AUDIT)
    yield from _content_addressed(Decision, "id", _decision_fault, _DECISION, size)
    yield from _content_addressed(SharedInput, "digest", _shared_fault, ("digest", "content"), size)
    yield from _content_addressed(PolicyVersion, "id", _policy_fault, ("id", "document"), size)
    yield from _landing_faults(size)


def _content_addressed(
    model: Any, key: str, fault_of: Callable[..., str], columns: tuple[str, ...], size: int
) -> Iterator[Fault]:
    """The first changed record by its entry, the first that is gone, and one that is too many."""
    table = model._meta.db_table
    changed: dict[str, str] = {}
    for row in model.objects.order_by(key).values_list(*columns).iterator(chunk_size=_BATCH):
        what = fault_of(*row)
        if what and len(changed) < _BATCH:
            changed[row[0]] = what
    entries = (
        AuditRow.objects.filter(table=table, key__in=list(changed))
        .order_by("entry", "position")
        .values_list("entry", "key")
    )
    for index, name in entries[:1]:
        yield _fault("content", index, f"it wrote {name}, {changed[name]}")
    named = {"table": sql.Identifier(table), "key": sql.Identifier(key), "name": table}
    for index, name in _read(_GONE.format(**named)):
        yield _fault("gone", index, f"it wrote {name} into {table}, which is gone")
    for (name,) in _read(_UNRECORDED.format(**named)):
        yield _unrecorded(size, f"{name} in {table}")


def _decision_fault(key: str, receipt: str, *columns: Any) -> str:
    kind, subject, customer, at = columns
    if receipt_id(receipt.encode("utf-8", "surrogatepass")) != key:
        return "whose receipt does not have that id any more"
    said = json.loads(receipt)
    beside = {"kind": kind, "subject": subject, "customer": customer, "at": instant_text(at)}
    differing = [name for name, value in beside.items() if said.get(name) != value]
    return f"whose {differing[0]} is not the one in its receipt" if differing else ""


def _shared_fault(key: str, content: str) -> str:
    is_same = sha256(content.encode("utf-8", "surrogatepass")).hexdigest() == key
    return "" if is_same else "whose content does not have that digest any more"


def _policy_fault(key: str, document: Any) -> str:
    is_same = "pol_" + digest(document)[:24] == key
    return "" if is_same else "whose document does not have that digest any more"


def _landing_faults(size: int) -> Iterator[Fault]:
    """Each landing's facts against the root that its entry commits to, one pass a kind."""
    landings: dict[int, tuple[int, dict[str, Any]]] = {
        key: (entry, facts if isinstance(facts, dict) else json.loads(facts))
        for key, entry, facts in _read(_LANDINGS)
    }
    seen: set[int] = set()
    for name in BY_NAME:
        for landing, count, root in _landed(name):
            if landing not in landings:
                yield _unrecorded(size, f"landing {landing} of {name}")
                continue
            index, said = landings[landing]
            seen.add(landing)
            if (name, count, root.hex()) != (said["kind"], said["count"], said["root"]):
                yield _fault("facts", index, f"the facts of landing {landing} are not those")
    for landing in sorted(landings.keys() - seen):
        index, said = landings[landing]
        if said["count"]:
            yield _fault("facts", index, f"the facts of landing {landing} are gone")


def _landed(kind: str) -> Iterator[tuple[int, int, bytes]]:
    """(landing, facts, root) of each landing of a record kind."""
    current, tree = None, Growing()
    for landing, key, revision, row_hash in _read(
        _FACTS.format(table=sql.Identifier(table_name(kind)))
    ):
        if landing != current:
            if current is not None:
                yield current, tree.size, tree.root()
            current, tree = landing, Growing()
        tree.add(leaf_hash(f"{key}\x1f{revision}\x1f{row_hash}".encode()))
    if current is not None:
        yield current, tree.size, tree.root()


def _read(query: Any) -> Iterator[Any]:
    """Rows as the server sends them, some thousand at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(_BATCH):
            yield from rows


def _fault(code: str, index: int, what: str) -> Fault:
    return Fault(code=code, index=index, last=index, sentence=f"Entry {index}: {what}.")


def _unrecorded(size: int, what: str) -> Fault:
    return Fault(
        code="unrecorded",
        index=size,
        last=size,
        sentence=f"No entry wrote {what}: it came in past the log.",
    )
