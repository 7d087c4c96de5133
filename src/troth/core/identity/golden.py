"""Which record's field wins, where several describe one customer?

Survivorship, first version: source systems in a stated order, then the most recent, field by
field; an empty value never wins. Each value keeps the record that it came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFields:
    """What one source record says about a customer."""

    key: str  # "<system>:<the system's own key>"
    known_at: datetime
    fields: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class GoldenRecord:
    """One customer's fields, each from the record that won it."""

    values: Mapping[str, Any]
    provenance: Mapping[str, str]  # field → source key


def golden_record(
    records: Iterable[SourceFields], *, source_order: Sequence[str] = ()
) -> GoldenRecord:
    """The surviving value of every field, fields in the order of their names.

    `source_order` names systems, the most trusted first; others come after them, alike. Among
    alike the most recently known wins, then the smaller key. The order of the records does not
    matter.
    """
    trust = {system: place for place, system in enumerate(source_order)}
    # Sorted by the last criterion first: each sort keeps the order of its equals.
    ranked = sorted(records, key=lambda record: record.key)
    ranked.sort(key=lambda record: record.known_at, reverse=True)
    ranked.sort(key=lambda record: trust.get(record.key.partition(":")[0], len(trust)))
    found: dict[str, tuple[Any, str]] = {}
    for record in ranked:
        for name, value in record.fields.items():
            is_empty = value is None or (isinstance(value, str) and not value.strip())
            if not is_empty and name not in found:
                found[name] = (value, record.key)
    names = sorted(found)
    return GoldenRecord(
        values={name: found[name][0] for name in names},
        provenance={name: found[name][1] for name in names},
    )
