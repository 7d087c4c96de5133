"""Are the records that never change the ones that the log commits to?

Decisions, shared inputs and policy versions are named by a digest of their content; the facts of a
landing are committed to by one Merkle root over all that their columns say. Each is computed again,
in memory that does not grow with the rows (the landings' roots apart, some hundred bytes each).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from psycopg import sql

from troth.core.access.roles import Right
from troth.core.decisions.receipt import receipt_id
from troth.core.ledger.canonical import digest, instant_text
from troth.core.ledger.checking import Fault
from troth.core.ledger.tree import HASH_BYTES, Growing
from troth.core.records.kinds import BY_NAME
from troth.store.facts.leaves import leaf_sql, root_of_leaves
from troth.store.models import AuditRow, Decision, LandedLeaves, PolicyVersion, SharedInput
from troth.store.models.facts import table_name
from troth.store.queries.viewing import Viewer, as_the_program

_BATCH = 2_000
_DECISION = ("id", "receipt", "kind", "subject", "customer_id", "at")

_LANDINGS = """
    SELECT audit.key::bigint, audit.entry_id, entry.envelope::jsonb -> 'facts'
    FROM store_auditrow AS audit JOIN store_auditentry AS entry ON entry.index = audit.entry_id
    WHERE audit.table_name = 'store_landing'
    AND jsonb_typeof(entry.envelope::jsonb -> 'facts') = 'object'
"""
# Hashed where they are: what comes over is 32 bytes a fact, and its key.
_FACTS = sql.SQL(
    "SELECT fact.landing_id, fact.key, fact.revision, {leaf} FROM {table} AS fact"
    " JOIN store_landing AS landing ON landing.id = fact.landing_id {condition}"
    ' ORDER BY fact.landing_id, fact.key COLLATE "C", fact.revision'
)
_OF_ONE = sql.SQL("WHERE fact.landing_id = {}")
_EVERY = sql.SQL("")


def content_faults(viewer: Viewer, *, size: int) -> Iterator[Fault]:
    """What is wrong with the records that entries commit to, inside `viewing`; in no order.

    `size` is that of the log: what no entry commits to is told as behind its end.
    """
    viewer.require(Right.SEE_AUDIT)
    with as_the_program():  # whoever may check the log checks what is hidden from them as well
        yield from _content_addressed(Decision, "id", _decision_fault, _DECISION)
        yield from _content_addressed(SharedInput, "digest", _shared_fault, ("digest", "content"))
        yield from _content_addressed(PolicyVersion, "id", _policy_fault, ("id", "document"))
        yield from _landing_faults(size)


def _content_addressed(
    model: Any, key: str, fault_of: Callable[..., str], columns: tuple[str, ...]
) -> Iterator[Fault]:
    """The first changed record by its entry; whether all are there, `current_rows` tells."""
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
    first: tuple[int, str, int] | None = None  # entry, kind and landing
    for name in BY_NAME:
        for landing, count, root in _landed(name):
            if landing not in landings:
                yield _unrecorded(size, f"landing {landing} of {name}")
                continue
            index, said = landings[landing]
            seen.add(landing)
            if (name, count, root.hex()) != (said["kind"], said["count"], said["root"]):
                first = min(first or (index, name, landing), (index, name, landing))
    if first is not None:
        index, name, landing = first
        yield _fault("facts", index, _which(name, landing, landings[landing][1]["root"]))
    for landing in sorted(landings.keys() - seen):
        index, said = landings[landing]
        if said["count"]:
            yield _fault("facts", index, f"the facts of landing {landing} are gone")


def _landed(kind: str) -> Iterator[tuple[int, int, bytes]]:
    """(landing, facts, root) of each landing of a record kind."""
    for landing, rows in groupby(_read(_facts(kind, _EVERY)), key=itemgetter(0)):
        tree = Growing()
        for _, _, _, leaf in rows:
            tree.add(bytes(leaf))
        yield landing, tree.size, tree.root()


def _facts(kind: str, condition: sql.Composable) -> sql.Composable:
    return _FACTS.format(
        leaf=leaf_sql(BY_NAME[kind]),
        table=sql.Identifier(table_name(kind)),
        condition=condition,
    )


def _which(kind: str, landing: int, root: str) -> str:
    """Which fact of a landing is not the one that landed, as far as its kept hashes tell."""
    table = table_name(kind)
    kept = LandedLeaves.objects.filter(pk=landing).values_list("leaves", flat=True).first() or b""
    leaves = [bytes(kept[at : at + HASH_BYTES]) for at in range(0, len(kept), HASH_BYTES)]
    if root_of_leaves(leaves).hex() != root:
        return (
            f"the facts of landing {landing} are not those; which of {table} cannot be told, since "
            "the hashes beside them are not those either"
        )
    landed, before = frozenset(leaves), "the first"
    rows = [
        (f"{key} (revision {revision})", bytes(leaf))
        for _, key, revision, leaf in _read(_facts(kind, _OF_ONE.format(landing)))
    ]
    for name, leaf in rows:
        if leaf not in landed:
            return f"{name} in {table} is not what landing {landing} brought"
    for (name, leaf), wanted in zip(rows, leaves, strict=False):
        if leaf != wanted:
            break
        before = f"the one behind {name}"
    return f"the facts of landing {landing} are not all there: {before} in {table} is gone"


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
