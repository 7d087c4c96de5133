"""What would the first rows of an export become, and how is each field read?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa

from troth.connectors.files.reading import FilesReading
from troth.connectors.mapping.shapes import FeedMap, FieldMap
from troth.connectors.protocol import LANDED, Reject
from troth.core.records.fields import FieldType

_REJECTS = 100
_SHOWN = 40


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The first rows as they would land; every value as text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    rejects: tuple[Reject, ...]  # at most 100
    fields: Mapping[str, str]  # field → in words, how it is read


def make_preview(reading: FilesReading, feed: FeedMap, *, rows: int) -> Preview:
    """Show the first versions, in order of their keys, and what cannot be landed."""
    nothing = pa.RecordBatchReader.from_batches(LANDED, [])
    batch = next(reading.changed(nothing, batch_rows=max(rows, 1_000)), None)
    mapped = [name for field in feed.fields for name, _ in field.spec.columns]
    columns = tuple(dict.fromkeys(["key", "known_at", *mapped]))
    found = batch.slice(0, rows).select(list(columns)).to_pylist() if batch is not None else []
    return Preview(
        columns=columns,
        rows=tuple(tuple(_shown(row[name]) for name in columns) for row in found),
        rejects=tuple(islice(reading.rejects(), _REJECTS)),
        fields=describe(feed),
    )


def describe(feed: FeedMap) -> dict[str, str]:
    """How each field of a feed is read, in words."""
    words = {"key": " / ".join(feed.key)}
    for field in feed.fields:
        words[field.spec.name] = _described(field)
    for field in feed.custom:
        words[f"custom.{field.spec.name}"] = f"{_described(field)}, as {field.spec.type}"
    for name, moment in (("known_at", feed.known_at), ("occurred_at", feed.occurred_at)):
        if moment.columns:
            words[name] = _latest(moment.columns)
    words.setdefault("known_at", "when it is landed")
    return words


def _described(field: FieldMap) -> str:
    if field.constant is not None:
        return f"always {field.constant}{_beside(field)}"
    parts = [" + ".join(field.columns) + _beside(field)]
    if field.values is not None:
        parts.append(f"{len(field.values) + field.has_otherwise} words translated")
    if field.spec.type in (FieldType.INSTANT, FieldType.DATE):
        parts.append(" or ".join(field.formats) if field.formats else "ISO 8601")
    if field.spec.type is FieldType.INSTANT:
        parts.append(f"in {field.time_zone} where it says no zone")
    if field.spec.type is FieldType.KEY:
        parts.append(f"of {field.system}")
    if field.known_at.columns:
        parts.append(f"known from {_latest(field.known_at.columns)}")
    if field.before is not None:
        parts.append(f"{field.before} before")
    return ", ".join(parts)


def _beside(field: FieldMap) -> str:
    if field.spec.type is FieldType.MONEY:
        return f" in {field.currency or field.currency_column}"
    if field.spec.type is FieldType.QUANTITY:
        factor = f" × {field.factor}" if field.factor != "1" else ""
        return f"{factor} in {field.unit_column or field.unit}"
    return ""


def _latest(columns: tuple[str, ...]) -> str:
    return columns[0] if len(columns) == 1 else f"the latest of {', '.join(columns)}"


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes").replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
