"""What can other systems be told, and what does each event carry?

One reviewed table. An event carries ids, keys, codes, instants and counts, and never a personal
field: who is told learns what happened to whom by id, and asks the API for what it may see. Data
that is not declared here is refused where it is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Form(StrEnum):
    """What stands in one field."""

    ID = "id"  # one of ours: cus_…, a decision's, a version's
    KEY = "key"  # of a source record: erp:SO-1001
    CODE = "code"
    INSTANT = "instant"
    COUNT = "count"
    FLAG = "flag"
    IDS = "ids"


_SCHEMAS: dict[Form, dict[str, Any]] = {
    Form.ID: {"type": "string"},
    Form.KEY: {"type": "string"},
    Form.CODE: {"type": "string"},
    Form.INSTANT: {"type": "string", "format": "date-time"},
    Form.COUNT: {"type": "integer", "minimum": 0},
    Form.FLAG: {"type": "boolean"},
    Form.IDS: {"type": "array", "items": {"type": "string"}},
}


@dataclass(frozen=True, kw_only=True)
class EventField:
    """One field of an event's data."""

    name: str
    form: Form
    about: str
    example: Any
    may_be_null: bool = False


@dataclass(frozen=True, kw_only=True)
class EventType:
    """One kind of event."""

    name: str
    about: str
    fields: tuple[EventField, ...]

    @property
    def example(self) -> dict[str, Any]:
        """A whole payload."""
        data = {field.name: field.example for field in self.fields}
        return {"type": self.name, "timestamp": "2026-01-31T09:00:00Z", "data": data}

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the whole payload."""
        return {
            "type": "object",
            "required": ["type", "timestamp", "data"],
            "additionalProperties": False,
            "properties": {
                "type": {"const": self.name},
                "timestamp": _SCHEMAS[Form.INSTANT],
                "data": {
                    "type": "object",
                    "required": [field.name for field in self.fields],
                    "additionalProperties": False,
                    "properties": {field.name: _schema(field) for field in self.fields},
                },
            },
        }


def _schema(field: EventField) -> dict[str, Any]:
    schema = {**_SCHEMAS[field.form], "description": field.about}
    if field.may_be_null:
        schema["type"] = [schema["type"], "null"]
    return schema


class UndeclaredDataError(ValueError):
    """An event carries what its type does not declare. Declare it in core/webhooks/events.py."""


def _field(name: str, form: Form, about: str, example: Any, null: bool = False) -> EventField:
    return EventField(name=name, form=form, about=about, example=example, may_be_null=null)


_CUSTOMER = _field(
    "customer_id", Form.ID, "Whom it is about; null where nobody is known.",
    "cus_3f2a9c01b7d4e856", True,
)  # fmt: skip
_ORDER = _field("order_key", Form.KEY, "The order.", "erp:SO-1001")
_PROMISED = _field("promised_at", Form.INSTANT, "By when it was promised.", "2026-02-05T17:00:00Z")
_DECISION = _field("decision_id", Form.ID, "The decision that gave it.", "dec_5d41402abc4b2a76")
_DELIVERED = _field("delivered_at", Form.INSTANT, "When it arrived.", "2026-02-04T10:12:00Z")
_ROLLOUT = _field("rollout_id", Form.ID, "The roll-out.", "rol_7f3a90b1d4e8563f")
_ALIAS = _field("alias_id", Form.KEY, "The id that was merged.", "cus_90b1d4e8563f2a7c")
_QUESTION = _field("question_id", Form.ID, "The question.", "brg_3f2a9c01b7d4e856")
_FEED = (
    _field("feed", Form.CODE, "Source and feed.", "crm/accounts"),
    _field(
        "newest_known_at", Form.INSTANT, "The newest thing that it told of; null: nothing yet.",
        "2026-01-31T08:00:00Z", True,
    ),
    _field("lag_seconds", Form.COUNT, "How old that is; 0 where nothing came yet.", 90_000),
    _field("promised_seconds", Form.COUNT, "How old it may be.", 14_400),
)  # fmt: skip

# One entry an event. What was over before Troth first saw it is history, and is not told.
_TYPES = (
    EventType(
        name="promise.made",
        about="An open order got its promise.",
        fields=(_ORDER, _CUSTOMER, _PROMISED, _DECISION),
    ),
    EventType(
        name="promise.changed",
        about="The promised instant of an open order became another.",
        fields=(
            _ORDER, _CUSTOMER, _PROMISED,
            _field("previously_promised_at", Form.INSTANT, "What it was.", "2026-02-04T17:00:00Z"),
            _DECISION,
        ),
    ),
    EventType(
        name="promise.late",
        about="An order is open past its promise.",
        fields=(_ORDER, _CUSTOMER, _PROMISED),
    ),
    EventType(
        name="promise.kept",
        about="An order arrived by its promise.",
        fields=(_ORDER, _CUSTOMER, _PROMISED, _DELIVERED),
    ),
    EventType(
        name="promise.broken",
        about="An order arrived after its promise.",
        fields=(_ORDER, _CUSTOMER, _PROMISED, _DELIVERED),
    ),
    EventType(
        name="promise.cancelled",
        about="An order ended without a delivery.",
        fields=(_ORDER, _CUSTOMER, _PROMISED),
    ),
    EventType(
        name="case.clock_breached",
        about="A case's clock ran past its due time.",
        fields=(
            _field("case_key", Form.KEY, "The case.", "desk:C-77"),
            _CUSTOMER,
            _field("metric", Form.CODE, "`first_response` or `resolution`.", "first_response"),
            _field("due_at", Form.INSTANT, "When it was due.", "2026-01-31T08:55:00Z"),
        ),
    ),
    EventType(
        name="customer.tier_changed",
        about="A customer came into another tier. A first tier is no change.",
        fields=(
            _CUSTOMER,
            _field("tier", Form.CODE, "The tier now.", "Gold"),
            _field("previous_tier", Form.CODE, "The tier before.", "Silver"),
            _field("since", Form.INSTANT, "From when on.", "2026-01-01T00:00:00Z"),
        ),
    ),
    EventType(
        name="customer.merged",
        about="A steward made two customers one; the alias stands for the customer from now on.",
        fields=(_CUSTOMER, _ALIAS),
    ),
    EventType(
        name="customer.unmerged",
        about="A steward took a merge back: the alias is a customer of its own again.",
        fields=(_CUSTOMER, _ALIAS),
    ),
    EventType(
        name="identity.question_asked",
        about="A record would join settled customers; a steward decides.",
        fields=(
            _QUESTION,
            _field("source_key", Form.KEY, "The record.", "crm:A-17"),
            _field(
                "customer_ids", Form.IDS, "Whom it would join.",
                ["cus_3f2a9c01b7d4e856", "cus_90b1d4e8563f2a7c"],
            ),
        ),
    ),
    EventType(
        name="identity.question_settled",
        about="A steward settled a question of identity.",
        fields=(_QUESTION, _field("verdict", Form.CODE, "`apart` or `same`.", "apart")),
    ),
    EventType(
        name="policy.published",
        about="A policy version came into force, or will.",
        fields=(
            _field("version_id", Form.ID, "The version.", "pol_1f0c5e2a9b3d4f60"),
            _field("kind", Form.CODE, "The policy's kind.", "lead_time"),
            _field("scope", Form.CODE, "Whom it holds for.", "tier:Gold"),
            _field(
                "effective_from", Form.INSTANT, "From when on it is in force.",
                "2026-02-01T00:00:00Z",
            ),
        ),
    ),
    EventType(
        name="rollout.advanced",
        about="A stage of a roll-out came into force.",
        fields=(
            _ROLLOUT,
            _field("stage", Form.COUNT, "Which stage, from 1.", 2),
            _field("version_id", Form.ID, "The version of the stage.", "pol_1f0c5e2a9b3d4f60"),
        ),
    ),
    EventType(
        name="rollout.rolled_back",
        about="A roll-out was undone: what held before it is in force again.",
        fields=(
            _ROLLOUT,
            _field("stage", Form.COUNT, "How many stages it had come to.", 1),
            _field("by_itself", Form.FLAG, "Whether a guardrail was crossed.", True),
            _field("version_id", Form.ID, "What is in force instead.", "pol_9b3d4f601f0c5e2a"),
        ),
    ),
    EventType(
        name="access.glass_broken",
        about="Somebody took access to a restricted customer in an emergency. Whose it is is not "
        "told: the page Access has it.",
        fields=(
            _field("glass_id", Form.ID, "Of the page Access.", "glass_3f2a9c01b7d4e856"),
            _field("ends_at", Form.INSTANT, "When it is over.", "2026-01-31T10:00:00Z"),
        ),
    ),
    EventType(
        name="access.glass_reviewed",
        about="Somebody else said whether that was justified.",
        fields=(
            _field("glass_id", Form.ID, "Of the page Access.", "glass_3f2a9c01b7d4e856"),
            _field("verdict", Form.CODE, "`justified` or `not_justified`.", "justified"),
        ),
    ),
    EventType(
        name="run.finished",
        about="The main job is done.",
        fields=(
            _field("run_id", Form.ID, "The run.", "41"),
            _field("as_of", Form.INSTANT, "What counted as now.", "2026-01-31T08:00:00Z", True),
            _field("landed", Form.COUNT, "Versions that landed.", 1204),
            _field("rejected", Form.COUNT, "Rows in quarantine.", 2),
            _field("decisions_written", Form.COUNT, "Decisions that were recorded.", 310),
            _field("failed_feeds", Form.COUNT, "Feeds that landed nothing.", 0),
            _field("is_unchanged", Form.FLAG, "Nothing new had come in.", False),
        ),
    ),
    EventType(
        name="source.late",
        about="A feed fell behind what its contract promises.",
        fields=_FEED,
    ),
    EventType(
        name="source.fresh",
        about="A feed that was behind its promise caught up.",
        fields=_FEED,
    ),
    EventType(
        name="webhook.test",
        about="Somebody asked whether this address is reached. Sent to that one alone.",
        fields=(_field("endpoint_id", Form.ID, "The address.", "ep_3f2a9c01b7d4e856"),),
    ),
)  # fmt: skip
EVENT_TYPES: dict[str, EventType] = {item.name: item for item in _TYPES}


def payload(event_type: str, data: Mapping[str, Any], *, at: datetime) -> str:
    """The body, to the byte as it is signed. Raises UndeclaredDataError."""
    declared = EVENT_TYPES.get(event_type)
    if declared is None:
        raise UndeclaredDataError(f"{event_type!r} is no event type.")
    expected = {field.name for field in declared.fields}
    if set(data) != expected:
        odd = ", ".join(sorted(set(data) ^ expected))
        raise UndeclaredDataError(f"{event_type}: missing or not declared: {odd}.")
    for field in declared.fields:
        if not _fits(field, data[field.name]):
            raise UndeclaredDataError(f"{event_type}: {field.name} is no {field.form.value}.")
    shown = {name: _text(value) for name, value in data.items()}
    document = {"type": event_type, "timestamp": _text(at), "data": shown}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def declared_part(event_type: str, text: str) -> str:
    """What of a written payload its type declares today, for whoever may see no more than that."""
    declared = EVENT_TYPES.get(event_type)
    names = {field.name for field in declared.fields} if declared else set()
    try:
        found = json.loads(text)
        data = {name: value for name, value in found["data"].items() if name in names}
        document = {"type": event_type, "timestamp": str(found["timestamp"]), "data": data}
    except (ValueError, KeyError, TypeError, AttributeError):
        document = {"type": event_type, "data": {}}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def _fits(field: EventField, value: Any) -> bool:
    if value is None:
        return field.may_be_null
    match field.form:
        case Form.INSTANT:
            return isinstance(value, datetime) and value.tzinfo is not None
        case Form.COUNT:
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case Form.FLAG:
            return isinstance(value, bool)
        case Form.IDS:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case _:
            return isinstance(value, str)


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value
