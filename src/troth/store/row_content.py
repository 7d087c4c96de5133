"""What does an audit entry commit to of a row that may change?

Each of its columns with its name, as canonical JSON (RFC 8785): the same bytes from the row in
memory that is being written and from the row as the database gives it back, years later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import DecimalField, Field, JSONField, Model

from troth.core.ledger.canonical import canonical_bytes, decimal_text
from troth.store.protection import fact_tables

UNRECORDED = {
    "store_auditcheckpoint": "a signature over the log itself",
    "store_auditentry": "the log itself",
    "store_audithead": "the log itself",
    "store_auditnode": "the log itself",
    "store_auditrow": "the log itself",
    "store_auditsecret": "the log itself",
    "store_idempotencykey": "answers that are kept for a day, in the transaction of their write",
    "store_landedleaves": "hashes, which have to give the root that the landing's entry holds",
    "store_outboxattempt": "a journal of tries, which is shown as it is",
    "store_outboxmessage": "made by the write that it tells of; sending it changes nothing else",
    "store_run": "a journal of stages; what a stage writes has its entries",
    "store_session": "visits, which come and go; signing in and being signed out have entries",
    "store_sharedvalue": "attempts that are counted for some minutes",
    "store_subjectkey": "a key, which is made for the entry that it seals",
}
"""Table → why no entry speaks of its rows."""

# Secrets and what changes without a decision are not what a row says.
_LEFT_OUT = frozenset(
    {"password", "last_login", "last_used_on", "secret", "previous_secret", "failing_since"}
)
_LARGEST = 2**53
# Columns that came after rows had been committed to: while one is still empty, it says nothing, so
# that what was committed to before the upgrade holds.
_CAME_LATER: Mapping[str, frozenset[str]] = {
    "store_customer": frozenset({"provenance", "merged_into_id"}),
    "store_customerpersonal": frozenset({"rules"}),
    "store_crosswalk": frozenset({"home_id"}),
    "store_resolutionquestion": frozenset({"evidence", "weight", "probability"}),
}


def committed_models() -> list[type[Model]]:
    """Each table of ours whose rows entries commit to one by one."""
    facts = {*fact_tables(), *UNRECORDED}
    models = apps.get_app_config("store").get_models()
    return [model for model in models if model._meta.db_table not in facts]


@cache
def columns_of(model: type[Model]) -> tuple[str, ...]:
    """The attributes of a row that an entry commits to."""
    return tuple(
        item.attname for item in model._meta.concrete_fields if item.attname not in _LEFT_OUT
    )


def row_key(key: object) -> str:
    """A primary key as text; a composite one as a JSON array, as PostgreSQL writes it."""
    return json.dumps(list(key), ensure_ascii=False) if isinstance(key, tuple) else str(key)


def row_content(row: Model) -> bytes:
    """What an entry commits to of a row, as it stands in memory."""
    model = type(row)
    return content_of(model, (getattr(row, name) for name in columns_of(model)))


def content_of(model: type[Model], values: Iterable[Any]) -> bytes:
    """The same of the values of `columns_of(model)`, in their order."""
    forms = _forms(model)
    later = _CAME_LATER.get(model._meta.db_table, frozenset())
    return canonical_bytes(
        {
            name: value if value is None or form is None else form(value)
            for (name, form), value in zip(forms, values, strict=True)
            if name not in later or value not in (None, [], {})
        }
    )


@cache
def _forms(model: type[Model]) -> tuple[tuple[str, Any], ...]:
    """(attribute, how its value becomes one that has a canonical form; None: it is one)"""
    fields = {item.attname: item for item in model._meta.concrete_fields}
    return tuple((name, _form(fields[name])) for name in columns_of(model))


def _form(field: Field[Any, Any]) -> Any:
    if isinstance(field, DecimalField):
        step = Decimal(1).scaleb(-(field.decimal_places or 0))
        return lambda value: Decimal(value).quantize(step, ROUND_HALF_UP)
    if isinstance(field, JSONField):
        return _json
    return {
        "BinaryField": lambda value: bytes(value).hex(),
        "UUIDField": str,
    }.get(field.get_internal_type())


def _json(value: Any) -> Any:
    """JSON with its numbers as text where they have no canonical form."""
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, float):
        return decimal_text(Decimal(repr(value)))
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LARGEST:
        return str(value)
    return value
