"""What did source systems say? One table a record kind, generated from core.records.

A fact is never edited. Its columns are the record's own, so that a reader needs no decoding and
a landing is one COPY. Personal columns and the personal part of the payload stand apart, in
FactPersonal, keyed by the source record, so that they can be erased without touching a fact.
The primary key ends with `region`: the tables can be partitioned by it without a rewrite
(docs/decisions/0003).
"""

from __future__ import annotations

from typing import Any

from django.db import models

from troth.core.records.fields import FieldType
from troth.core.records.kinds import KINDS, RecordKind

# Key columns that pages and decisions look a fact up by; every other key column has no index,
# because each one is paid for at every landing.
LOOKED_UP_BY: dict[str, tuple[str, ...]] = {
    "contact": ("customer",),
    "contract": ("customer",),
    "order": ("customer",),
    "order_line": ("order",),
    "shipment": ("order",),
    "shipment_line": ("shipment",),
    "return": ("order",),
    "invoice_line": ("customer", "order"),
    "case": ("customer",),
    "case_event": ("case",),
    "interaction": ("customer", "case"),
    "survey_response": ("customer", "order"),
}


def column_name(name: str) -> str:
    """The table's column for a record's column: as it is, but for words that SQL reserves."""
    return f"{name}_key" if name in ("order", "case") else name


# A record's own `occurred_at` is the fact's: it stands in the envelope, once.
_IN_ENVELOPE = frozenset({"occurred_at"})


def stored_columns(kind: RecordKind) -> tuple[tuple[str, str, FieldType], ...]:
    """(record column, table column, type) of a kind's plain columns beside the envelope."""
    return tuple(
        (name, column_name(name), field_type)
        for name, field_type in kind.plain_columns
        if name not in _IN_ENVELOPE
    )


def _model_field(field_type: FieldType, column: str) -> models.Field[Any, Any]:
    match field_type:
        case FieldType.INTEGER:
            return models.BigIntegerField(null=True, db_column=column)
        case FieldType.DECIMAL:
            return models.DecimalField(null=True, max_digits=24, decimal_places=6, db_column=column)
        case FieldType.BOOLEAN:
            return models.BooleanField(null=True, db_column=column)
        case FieldType.INSTANT:
            return models.DateTimeField(null=True, db_column=column)
        case FieldType.DATE:
            return models.DateField(null=True, db_column=column)
        case _:
            return models.TextField(null=True, db_column=column)


def _envelope() -> dict[str, Any]:
    return {
        "pk": models.CompositePrimaryKey("key", "revision", "region"),
        "key": models.TextField(),
        "revision": models.IntegerField(),
        "region": models.TextField(),
        "op": models.TextField(),
        "landing": models.ForeignKey(
            "store.Landing", on_delete=models.PROTECT, related_name="+", db_index=False
        ),
        "occurred_at": models.DateTimeField(null=True),
        "known_at": models.DateTimeField(),
        "landed_at": models.DateTimeField(),
        "row_hash": models.UUIDField(),  # 128 bits of the delivered row
        "raw": models.TextField(null=True),  # the plain part of the payload, as JSON
        "custom": models.JSONField(null=True),
    }


def table_name(kind: str) -> str:
    """The fact table of a record kind."""
    return f"fact_{kind}"


def _fact_model(kind: RecordKind) -> type[models.Model]:
    fields = _envelope()
    for name, column, field_type in stored_columns(kind):
        fields[name] = _model_field(field_type, column)
    indexes = [
        models.Index(fields=[name], name=f"fact_{kind.name}_{name}"[:30])
        for name in LOOKED_UP_BY.get(kind.name, ())
    ]
    meta = type("Meta", (), {"db_table": table_name(kind.name), "indexes": indexes})
    camel = "".join(part.title() for part in kind.name.split("_"))
    return type(
        f"Fact{camel}",
        (models.Model,),
        {"__module__": __name__, "__doc__": f"Facts: {kind.name}.", "Meta": meta, **fields},
    )


FACTS: dict[str, type[models.Model]] = {kind.name: _fact_model(kind) for kind in KINDS}


class FactPersonal(models.Model):
    """The personal part of one version of one source record."""

    pk = models.CompositePrimaryKey("kind", "key", "revision", "region")
    kind = models.TextField()
    key = models.TextField()
    revision = models.IntegerField()
    region = models.TextField()
    fields = models.JSONField()  # personal columns, by name
    raw = models.TextField(null=True)  # the personal part of the payload, as JSON

    class Meta:
        db_table = "fact_personal"
