"""Is a record about somebody who was erased, so that its personal part must not land again?

A record is erased by itself, or through what it refers to: the shipment of an order of an erased
customer. Such a record joins the erased ones when it lands, so that what refers to it follows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from troth.core.records.fields import FieldType
from troth.core.records.kinds import BY_NAME, RecordKind
from troth.store.models import ErasedSource

# Whose erasure takes what refers to them along; a product, a site or an agent is not whose.
_OWNERS = frozenset({"customer", "contact", "order", "order_line", "shipment", "case"})


def references(kind: RecordKind) -> dict[str, str]:
    """Column → the kind of the record whose part this one is.

    A customer's parent is another customer, so it is not among them.
    """
    return {
        spec.name: spec.refers_to
        for spec in kind.fields
        if spec.type is FieldType.KEY
        and spec.refers_to in _OWNERS
        and spec.name != "key"
        and spec.refers_to != kind.name
    }


@dataclass(frozen=True, kw_only=True)
class ErasedRows:
    """The rows of a batch that are about somebody erased."""

    keys: frozenset[str] = frozenset()
    added: tuple[ErasedSource, ...] = ()  # records that are so through what they refer to


def erased_rows(kind_name: str, batch: pa.RecordBatch) -> ErasedRows:
    """Which records in a batch are about somebody erased; costs one look where nobody was.

    Runs in the transaction of the landing. No erasure begins before that transaction ends.
    """
    _take(_LOCK_SHARED)
    if not ErasedSource.objects.exists():
        return ErasedRows()
    kind = BY_NAME[kind_name]
    own = _erased(kind.name, batch.column("key"))
    added: dict[str, str] = {}
    for column, owner in references(kind).items():
        owners = _erased(owner, batch.column(column))
        if owners:
            is_theirs = pc.is_in(batch.column(column), pa.array(list(owners), pa.string()))
            theirs = batch.filter(is_theirs)
            pairs = zip(
                theirs.column("key").to_pylist(), theirs.column(column).to_pylist(), strict=True
            )
            added |= {key: owners[of] for key, of in pairs if key not in own}
    rows = tuple(
        ErasedSource(kind=kind.name, key=key, erasure_id=added[key]) for key in sorted(added)
    )
    return ErasedRows(keys=frozenset({*own, *added}), added=rows)


def exclude_landings() -> None:
    """Wait until every landing under way has ended, and keep others out, until the transaction
    ends: a landing that looked before the erasure could write after it."""
    _take(_LOCK)


def exclude_erasures() -> None:
    """Keep erasures out until the transaction ends; others that do so are not kept out."""
    _take(_LOCK_SHARED)


_NUMBER = 0x54726F74684572  # "TrothEr"
_LOCK = f"SELECT pg_advisory_xact_lock({_NUMBER})"
_LOCK_SHARED = f"SELECT pg_advisory_xact_lock_shared({_NUMBER})"


def _take(lock: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(lock)


def rows_about_erased(rows: Sequence[str]) -> list[bool]:
    """Of rows that could not be landed, as JSON: which hold a key of somebody who was erased.

    A key in a row stands as its source writes it, without the system before it.
    """
    # Nothing that was erased has a NUL in its key: no database keeps one.
    said = [{text for text in _texts(json.loads(row)) if _is_storable(text)} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT split_part(key, ':', 2) FROM store_erasedsource"
            " WHERE kind = ANY(%s) AND (split_part(key, ':', 2) = ANY(%s) OR key = ANY(%s))",
            [sorted(_OWNERS), *[sorted(set[str]().union(*said))] * 2],
        )
        found = {key for (key,) in cursor.fetchall()}
    return [any(text.rpartition(":")[2] in found for text in texts) for texts in said]


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def without_personal(
    kind: RecordKind, batch: pa.RecordBatch, keys: frozenset[str]
) -> pa.RecordBatch:
    """The batch with nothing personal in the rows of the keys."""
    is_erased = pc.is_in(batch.column("key"), pa.array(sorted(keys), pa.string()))
    for name in ("raw_personal", *(name for name, _ in kind.personal_columns)):
        place = batch.schema.get_field_index(name)
        column = batch.column(place)
        emptied = pc.if_else(is_erased, pa.scalar(None, column.type), column)
        batch = batch.set_column(place, batch.schema.field(place), emptied)
    return batch


def _erased(kind: str, keys: pa.Array) -> dict[str, str]:
    wanted = [key for key in keys.unique().to_pylist() if key is not None]
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, erasure_id FROM store_erasedsource WHERE kind = %s AND key = ANY(%s)",
            [kind, wanted],
        )
        return dict(cursor.fetchall())


def left_of(erasures: Sequence[str]) -> dict[str, int]:
    """Erasure → personal parts of its records that are there all the same."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT erased.erasure_id, count(*) FROM store_erasedsource AS erased"
            " JOIN fact_personal AS personal"
            "   ON personal.kind = erased.kind AND personal.key = erased.key"
            " WHERE erased.erasure_id = ANY(%s) GROUP BY 1",
            [list(erasures)],
        )
        return dict(cursor.fetchall())
