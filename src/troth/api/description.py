"""What does the OpenAPI description say that ninja does not write by itself?

Problems of every operation, the idempotency header, examples of parameters, the headers of binary
events: what holds for all operations is said here, once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from troth.api.answering import KEY_HEADER, REPEATED_HEADER
from troth.api.cloudevents import JSON
from troth.api.problems import MEDIA_TYPE, PROBLEMS
from troth.api.routes.describing import TAGS
from troth.api.shapes.landings import CloudEvent
from troth.api.shapes.shape import FieldFault, Problem

_ALWAYS = ("unauthorized", "forbidden", "invalid", "unexpected", "unavailable")
_ON_POST = ("malformed", "key-reused", "in-flight", "too-large", "unsupported-media-type")
_REF = "#/components/schemas/{model}"
_KEPT = {Problem.__name__, FieldFault.__name__, CloudEvent.__name__}
_EXAMPLES = {
    "contract_id": "erp-orders",
    "change_id": "chg_3f2a9c01b7d4e856",
    "glass_id": "glass_3f2a9c01b7d4e856",
    "customer_id": "cus_3f2a9c01b7d4e856",
    "key": "erp:SO-1001",
    "decision_id": "dec_7d1f0c3b5a9e8f2d4c6b1a0f9e8d7c6b5a4f3e2d",
    "assessment_id": "pia_3f2a9c01b7d4e856",
    "difference_id": "dif_3f2a9c01b7d4e856",
    "freeze_id": "frz_3f2a9c01b7d4e856",
    "policy_id": "pol_5d0c8f1e2a",
    "rollout_id": "rol_7f3a90b1d4e8563f",
    "question_id": "brg_3f2a9c01b7d4e856",
    "verdict_id": "idv_3f2a9c01b7d4e856",
    "endpoint_id": "ep_3f2a9c01b7d4e856",
    "message_id": "msg_000649f2c3a1b0d25d41402abc4b2a76",
    "username": "anna",
    "token_id": "17",
    "name": "promise_coverage",
    "tier": "Gold",
    "index": "811",
}
_IDEMPOTENCY = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "description": "A key of your choosing, new for each new request, kept for a day. The same "
    "request with the same key gives the same answer again, with "
    f"`{REPEATED_HEADER}: true`; another request with it is refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "example": "7b0a5a53-8c5e-4f0e-9b0c-0f4b8d3a9e11",
}


def complete(found: dict[str, Any]) -> dict[str, Any]:
    """The description with what holds for all operations; `found` is changed and returned."""
    found["tags"] = [{"name": name, "description": about} for name, about in TAGS.items()]
    found["servers"] = [{"url": "/", "description": "The server that this came from."}]
    schemas = found["components"]["schemas"]
    for shape in (Problem, FieldFault, CloudEvent):
        schema = shape.model_json_schema(ref_template=_REF)
        schemas |= schema.pop("$defs", {})
        schemas[shape.__name__] = schema
    text = json.dumps(found["paths"]) + json.dumps(schemas)
    for name in list(schemas):  # ninja lists the models of parameters too
        if f'"{_REF.format(model=name)}"' not in text and name not in _KEPT:
            del schemas[name]
    for address, method, operation in operations(found):
        _complete(operation, method, address)
    return found


def operations(found: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(address, method, operation) of each operation in a description."""
    for address, methods in found["paths"].items():
        for method, operation in methods.items():
            yield address, method, operation


def _complete(operation: dict[str, Any], method: str, address: str) -> None:
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        _show(parameter)
    codes = list(_ALWAYS)
    if "{" in address:
        codes.append("not-found")
    if method == "post":
        codes += _ON_POST
        parameters.append(_IDEMPOTENCY)
    responses = {str(status): told for status, told in operation["responses"].items()}
    match operation["operationId"]:
        case "event_send":
            codes.append("rejected")
            parameters.extend(_event_headers())
            responses["207"] = responses["200"] | {"description": "Some events were rejected."}
        case "decision_receipt":
            responses["200"] = _receipt()
            responses["304"] = {"description": "It is the receipt that you have."}
        case "freeze_export":
            responses["200"] = _calendar()
        case "freeze_add" | "freeze_import":  # the customer or the contract that it is for
            codes.append("not-found")
        case "customer_merge" | "customer_unmerge" | "verdict_add":
            codes.append("not-found")
        case "customer_believe" | "customer_disbelieve" | "assessment_draft":
            codes.append("not-found")
        case "metric_measure":
            codes.append("not-ready")
        case "tier_preview":  # a run works over all customers
            codes.append("not-now")
        case "audit_checkpoint_show" | "audit_consistency" | "access_list" | "access_can":
            codes.append("not-found")
        case "access_who" | "customer_restrict" | "customer_unrestrict":
            codes.append("not-found")
        case "glass_break" | "person_name" | "person_unname" | "user_token":
            codes.append("not-found")
        case "privacy_plan" | "privacy_erase" | "privacy_export":
            codes.append("not-found")
        case "promise_decide" | "prioritise_decide":  # the customer of what is to be recorded
            codes.append("not-found")
        case "audit_checkpoint":
            codes.append("log-broken")
        case "quarantine_replay":
            codes.append("source-unreadable")
    for code in codes:
        _add_problem(responses, code)
    operation["responses"] = dict(sorted(responses.items()))


def _show(parameter: dict[str, Any]) -> None:
    """An example of a parameter: of its schema, or by its name."""
    schema = parameter["schema"]
    schema.pop("title", None)
    given = parameter.pop("examples", None) or schema.pop("examples", None)
    parameter["example"] = given[0] if given else _EXAMPLES[parameter["name"]]
    if parameter["in"] == "path":
        parameter["description"] = "Its id or key."
        schema["minLength"] = 1


def _add_problem(responses: dict[str, Any], code: str) -> None:
    kind = PROBLEMS[code]
    told = responses.setdefault(
        str(kind.status),
        {
            "description": "",
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {},
                }
            },
        },
    )
    sentence = f"`/problems/{code}`: {kind.title}. {kind.remedy}"
    told["description"] = f"{told['description']}\n\n{sentence}".strip()
    told["content"][MEDIA_TYPE]["examples"][code] = {
        "value": {
            "type": f"/problems/{code}",
            "title": kind.title,
            "status": kind.status,
            "detail": kind.remedy,
            "instance": "/api/v1/…",
        }
    }


def _event_headers() -> list[dict[str, Any]]:
    return [
        {
            "name": f"ce-{name}",
            "in": "header",
            "required": False,
            "description": f"In binary mode: the event's `{name}`.",
            "schema": {"type": "string"},
            "example": CloudEvent.EXAMPLE[name],
        }
        for name in ("specversion", "id", "source", "type", "subject", "time")
    ]


def _calendar() -> dict[str, Any]:
    example = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
    return {
        "description": "The calendar.",
        "content": {
            "text/calendar": {
                "schema": {"type": "string", "examples": [example]},
                "examples": {"calendar": {"value": example}},
            }
        },
    }


def _receipt() -> dict[str, Any]:
    return {
        "description": "The receipt, to the byte.",
        "headers": {
            "ETag": {
                "description": "The id, in quotes.",
                "schema": {"type": "string"},
                "example": f'"{_EXAMPLES["decision_id"]}"',
            }
        },
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "examples": [{"format": 1, "kind": "promise", "semantics": 1}],
                },
                "examples": {
                    "receipt": {"value": {"format": 1, "kind": "promise", "semantics": 1}}
                },
            }
        },
    }
