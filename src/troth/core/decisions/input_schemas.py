"""What does the input of each decision kind look like, as JSON Schema (2020-12)?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from troth.core.consent.purposes import PERSONAL_LAYERS, Basis
from troth.core.consent.states import State
from troth.core.decisions import prioritise, promise_facts
from troth.core.policies.kinds import BY_NAME
from troth.core.policies.specs import OutputSpec

_INSTANT = {"type": "string", "format": "date-time", "examples": ["2026-01-31T09:00:00Z"]}
_TEXT = {"type": "string"}


def _instant(about: str) -> dict[str, Any]:
    return {**_INSTANT, "description": about}


def _text(about: str) -> dict[str, Any]:
    return {**_TEXT, "description": about}


def _count(about: str, minimum: int = 0) -> dict[str, Any]:
    return {"type": "integer", "minimum": minimum, "description": about}


def _object(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    """What is not required may be missing or null, as `inputs.Fields` reads it."""
    return {
        "type": "object",
        "properties": {
            name: schema if name in required else _or_null(schema)
            for name, schema in properties.items()
        },
        "required": list(required),
        "additionalProperties": False,
    }


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    types = schema["type"]
    return {**schema, "type": [*([types] if isinstance(types, str) else types), "null"]}


_TYPES: Mapping[str, Any] = {
    "integer": {"type": "integer"},
    "decimal": {"type": ["string", "number"]},
    "text": {"type": "string"},
    "boolean": {"type": "boolean"},
    "list": {"type": "array"},
    "mapping": {"type": "object"},
}


def _output(spec: OutputSpec) -> dict[str, Any]:
    unit = f" In {spec.unit}." if spec.unit else ""
    schema = {**_TYPES[spec.type], "description": spec.about + unit}
    if spec.minimum is not None and spec.type == "integer":
        schema["minimum"] = spec.minimum
    if spec.maximum is not None and spec.type == "integer":
        schema["maximum"] = spec.maximum
    return schema


def _policy(kinds: tuple[str, ...]) -> dict[str, Any]:
    outputs = {
        kind: _object({spec.name: _output(spec) for spec in BY_NAME[kind].outputs})
        for kind in kinds
    }
    return {**_object(outputs), "description": "Values to obey; what is left out is the default."}


def _input(facts: dict[str, Any], kinds: tuple[str, ...], moment: str) -> dict[str, Any]:
    at = _instant(f"The moment that is decided for; by default facts.{moment}.")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_object({"at": at, "facts": facts, "policy": _policy(kinds)}, "facts"),
    }


_LANE = _object(
    {
        "format": _text("lane-statistics/1"),
        "lane": _text("Which lane: 'SP>RJ'."),
        "level": _text("How wide it is: origin-destination, destination, company."),
        "as_of": _instant("Nothing that became known later is counted."),
        "history_days": _count("Orders placed within so many days before.", 1),
        "unit_seconds": _count("Length of one unit of duration; an hour by default.", 1),
        "exits": {
            "type": "array",
            "description": "[duration in units, delivered after it, still open after it].",
            "items": {
                "type": "array",
                "items": {"type": "integer", "minimum": 0},
                "minItems": 3,
                "maxItems": 3,
            },
        },
    },
    "level",
    "as_of",
    "history_days",
    "exits",
)

_ASKED: Mapping[str, Any] = {
    "type": "object",
    "description": "What the tables of its policies asked for, by name.",
}

_CONSENT = {
    "type": "array",
    "description": "Where each purpose that layers of policy rest on stands for the customer.",
    "items": _object(
        {
            "purpose": _text("Which: 'personalisation_tier'."),
            "basis": {
                "type": "string",
                "enum": [item.value for item in Basis],
                "description": "The legal basis, GDPR Art. 6(1).",
            },
            "state": {
                "type": "string",
                "enum": [item.value for item in State],
                "description": "What the customer has said to it.",
            },
            "notice": _count("Version of the notice that declares it; 0 comes with the product."),
            "event": _text("Id of the statement."),
            "layers": {
                "type": "array",
                "items": {"type": "string", "enum": list(PERSONAL_LAYERS)},
                "description": "Layers that rest on it; by default those of the built-in purpose.",
            },
        },
        "purpose",
        "basis",
        "state",
    ),
}

_FEEDS = {
    "type": "array",
    "description": "Feeds under contract, as they stood when the subject was first decided.",
    "items": _object(
        {
            "feed": _text("Source and feed: 'crm/accounts'."),
            "record": _text("The kind of record that it brings."),
            "known_at": _instant("The newest thing that it had told of."),
            "age_seconds": _count("How old that was then."),
            "promised_seconds": _count("How old it may be by its contract."),
            "unverified": {
                "type": "array",
                "items": _TEXT,
                "description": "Records that broke their terms and wait for a steward.",
            },
        },
        "feed",
        "record",
    ),
}

PROMISE: Mapping[str, Any] = _input(
    _object(
        {
            "order": _text("Key of the order: 'erp:SO-1001'."),
            "customer": _text("Id of the customer."),
            "placed_at": _instant("When it was placed."),
            "requested_at": _instant("By when the customer wants it."),
            "source_promised_at": _instant("What the source system promised."),
            "elapsed_days": _count("Whole days that it has been open; 0 when first decided."),
            "time_zone": _text("IANA zone of the place that it goes to."),
            "lanes": {
                "type": "array",
                "items": _LANE,
                "description": "Lanes to learn from, the narrowest first, the company last.",
            },
            "asked": _ASKED,
            "known_at": {
                "type": "object",
                "additionalProperties": _or_null(_INSTANT),
                "description": "When each fact became known, by its name.",
            },
            "consent_basis": _text("Why the data may be used."),
            "consent": _CONSENT,
            "feeds": _FEEDS,
        },
        "order",
        "placed_at",
    ),
    promise_facts.POLICY_KINDS,
    "placed_at",
)

PRIORITISE: Mapping[str, Any] = _input(
    _object(
        {
            "case": _text("Key of the case: 'desk:C-7'."),
            "customer": _text("Id of the customer."),
            "opened_at": _instant("When it was opened."),
            "severity": {
                "type": "integer",
                "minimum": 1,
                "maximum": prioritise.MILDEST,
                "description": "1 is the worst, 4 the mildest.",
            },
            "tier": _text("The customer's tier."),
            "asked": _ASKED,
            "known_at": {
                "type": "object",
                "additionalProperties": _or_null(_INSTANT),
                "description": "When each fact became known, by its name.",
            },
            "consent_basis": _text("Why the data may be used."),
            "consent": _CONSENT,
            "feeds": _FEEDS,
        },
        "case",
        "opened_at",
    ),
    prioritise.POLICY_KINDS,
    "opened_at",
)


def _before(schema: Mapping[str, Any], *later: str) -> Mapping[str, Any]:
    """What was read before these facts were."""
    facts = schema["properties"]["facts"]
    kept = {name: item for name, item in facts["properties"].items() if name not in later}
    return {
        **schema,
        "properties": {**schema["properties"], "facts": {**facts, "properties": kept}},
    }


PROMISE_2, PRIORITISE_2 = _before(PROMISE, "feeds"), _before(PRIORITISE, "feeds")
PROMISE_1, PRIORITISE_1 = _before(PROMISE_2, "consent"), _before(PRIORITISE_2, "consent")
