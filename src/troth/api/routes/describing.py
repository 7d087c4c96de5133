"""How is an operation described? Alike for all: who it is, what it answers, under which noun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from troth.api.shapes.shape import Shape

TAGS: Mapping[str, str] = {
    "Customers": "Who are our customers, and who is this one?",
    "Identity": "Which records might be one customer, and how was it settled?",
    "Orders": "What did we promise, and what became of it?",
    "Cases": "Which cases wait, and by when are they due?",
    "Decisions": "What was decided, why, and what would be decided?",
    "Policies": "What do we promise and allow, to whom?",
    "Changes": "What is to be different in a policy, and who has signed it?",
    "Freezes": "When may nothing change for whom, and what was let through?",
    "Measures": "Was it kept, and what does it say by tier, region, month?",
    "Audit": "Who wrote what, and what proves that nobody changed it since?",
    "Access": "Who may do what to whom, and why? Which customers are restricted?",
    "Users": "Who gets in, with which role and which tokens, and who no more?",
    "Privacy": "What is held about a person, and how are they erased?",
    "Webhooks": "Who is told what happened, and what could not be sent?",
    "Landings": "What came in, what could not be landed, and what did the main job do?",
}


def described(
    operation_id: str,
    summary: str,
    *,
    tag: str,
    answers: type[Shape],
    status: int = 200,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What ninja is told of an operation; its description is the view's docstring."""
    return {
        "operation_id": operation_id,
        "summary": summary,
        "tags": [tag],
        "response": {status: answers},
        "by_alias": True,
        "openapi_extra": dict(extra or {}),
    }


def json_body(schema: Mapping[str, Any], examples: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON body in OpenAPI's words; examples by name."""
    content = {
        "application/json": {
            "schema": dict(schema),
            "examples": {name: {"value": value} for name, value in examples.items()},
        }
    }
    return {"requestBody": {"required": True, "content": content}}
