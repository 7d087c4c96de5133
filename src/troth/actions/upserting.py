"""How is a current-state row written only where it differs from what is there?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Model, Q

Row = TypeVar("Row", bound=Model)


def upsert_changed(rows: Sequence[Row], *, key: Sequence[str]) -> list[Row]:
    """Insert or update the rows that differ from the stored ones; which they were.

    `key` names the unique fields. All rows are of one model. Runs in the caller's transaction;
    the rows are written in the order of their key, so that two writers cannot lock each other.
    """
    if not rows:
        return []
    model = type(rows[0])
    columns = [
        field.attname
        for field in model._meta.concrete_fields
        if field.attname not in key and not (field.primary_key and field.attname not in key)
    ]
    manager: Any = model._default_manager
    wanted = {tuple(getattr(row, name) for name in key): row for row in rows}
    stored = {
        found[: len(key)]: found[len(key) :]
        for found in manager.filter(_matches(key, wanted)).values_list(*key, *columns)
    }
    changed = [
        wanted[mark]
        for mark in sorted(wanted)
        if stored.get(mark) != tuple(getattr(wanted[mark], name) for name in columns)
    ]
    if changed:
        names = [
            field.name
            for field in model._meta.concrete_fields
            if field.attname in columns and not field.primary_key
        ]
        manager.bulk_create(
            changed, update_conflicts=True, unique_fields=list(key), update_fields=names
        )
    return changed


def _matches(key: Sequence[str], wanted: dict[tuple[Any, ...], Any]) -> Q:
    """A superset of the wanted rows, by the last part of the key; cheap under an index."""
    condition = Q()
    for place, name in enumerate(key):
        condition &= Q(**{f"{name}__in": sorted({mark[place] for mark in wanted})})
    return condition


def row_digest_bytes(row: Model) -> bytes:
    """What an audit entry commits to for a current-state row: every column, in order."""
    parts = [f"{field.attname}={getattr(row, field.attname)!s}" for field in row._meta.fields]
    return "\x1f".join(parts).encode()
