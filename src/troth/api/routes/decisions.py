"""Decisions over HTTP: read what was decided, with its receipt; decide on an input of your own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions.decisions import Sealed, record_decision
from troth.actions.event_records import Fault
from troth.api.answering import json_answer
from troth.api.cloudevents import require_json
from troth.api.cursors import list_answer, reach_of
from troth.api.problems import ProblemError, document, problem_of
from troth.api.routes.describing import described, json_body
from troth.api.shapes.decisions import (
    INPUTS,
    BatchAnswer,
    BatchItem,
    Decision,
    DecisionDetail,
    DecisionFilters,
    DecisionList,
    DecisionWish,
    DryDecision,
)
from troth.api.shapes.shape import Problem
from troth.api.signing_in import user_of, viewer
from troth.core.access.roles import Right
from troth.core.decisions.decision import Decision as Made
from troth.core.decisions.inputs import DecisionInputError
from troth.core.decisions.kinds import KINDS, DecisionKind, kind_named, read_input
from troth.core.decisions.receipt import Receipt, read, seal
from troth.core.ledger.canonical import NotCanonicalError
from troth.store.queries.customers import customer
from troth.store.queries.decisions import decision
from troth.store.queries.slices import next_decisions

LARGEST_BATCH = 1_000
_TAG = "Decisions"
router = Router()


@router.get(
    "/decisions",
    **described("decision_list", "List decisions", tag=_TAG, answers=DecisionList),
)
def decision_list(request: HttpRequest, filters: Query[DecisionFilters]) -> HttpResponse:
    """Recorded decisions, the newest first."""
    found = next_decisions(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        kind=filters.kind,
        subject=filters.subject,
        customer_id=filters.customer,
    )
    return list_answer(request, filters, DecisionList, found)


def _add_kind(kind: DecisionKind) -> None:
    """The two operations of a decision kind."""

    def decide(request: HttpRequest, wish: Query[DecisionWish]) -> HttpResponse:
        viewer(request).require(Right.DECIDE)
        asked = require_json(request)
        if not wish.record:
            return json_answer(dry_decision(kind.name, asked))
        return json_answer(recorded_decision(request, kind.name, asked))

    def decide_batch(request: HttpRequest) -> HttpResponse:
        viewer(request).require(Right.DECIDE)
        return json_answer(batch_answer(kind.name, require_json(request), request.path))

    about = f"{kind.about} Decided on the input alone: nothing else is read."
    schema = {key: value for key, value in kind.input_schema.items() if key != "$schema"}
    example = INPUTS.get(kind.name, {})
    _post(
        f"/decisions/{kind.name}",
        decide,
        f"{about}\n\nThe same input gives the same decision and the same receipt id, always. With "
        "`record=true` the decision is kept, with its receipt and its entry in the audit log.",
        described(
            f"{kind.name}_decide",
            f"Decide: {kind.name}",
            tag=_TAG,
            answers=DryDecision,
            extra=json_body({**schema, "examples": [example]}, {kind.name: example}),
        ),
    )
    _post(
        f"/decisions/{kind.name}/batch",
        decide_batch,
        f"{about}\n\nUp to {LARGEST_BATCH} inputs; each is answered with a decision or a problem, "
        "in their order.",
        described(
            f"{kind.name}_decide_batch",
            f"Decide many: {kind.name}",
            tag=_TAG,
            answers=BatchAnswer,
            extra=json_body(_batch_schema(schema, example), {kind.name: {"items": [example]}}),
        ),
    )


def _batch_schema(schema: Mapping[str, Any], example: Mapping[str, Any]) -> dict[str, Any]:
    items = {"type": "array", "minItems": 1, "maxItems": LARGEST_BATCH, "items": schema}
    return {
        "type": "object",
        "properties": {"items": items},
        "required": ["items"],
        "additionalProperties": False,
        "examples": [{"items": [example]}],
    }


def _post(path: str, view: Callable[..., HttpResponse], about: str, told: dict[str, Any]) -> None:
    view.__name__ = told["operation_id"]
    router.post(path, description=about, **told)(view)


for _kind in {kind.name: kind for kind in KINDS}.values():
    _add_kind(_kind)


@router.post("/decisions/{decision_id}", include_in_schema=False)
@router.post("/decisions/{decision_id}/batch", include_in_schema=False)
def decide_unknown(request: HttpRequest, decision_id: str) -> HttpResponse:
    """A kind that is not there: each that is has an address of its own, above."""
    viewer(request).require(Right.DECIDE)
    kind_named(decision_id)
    raise ProblemError("not-found")


@router.get(
    "/decisions/{decision_id}/receipt",
    operation_id="decision_receipt",
    summary="Show a receipt",
    tags=[_TAG],
    response={200: dict[str, Any]},
)
def decision_receipt(request: HttpRequest, decision_id: str) -> HttpResponse:
    """The bytes that prove a decision: RFC 8785 JSON, exactly as it was hashed.

    The ETag is the id; the id is `dec_` and the first 40 hex digits of the SHA-256 of the bytes.
    """
    found = decision(viewer=viewer(request), decision_id=decision_id)
    tag = f'"{found.row.id}"'
    known = [item.strip().removeprefix("W/") for item in _if_none_match(request)]
    if tag in known or "*" in known:
        answer = HttpResponse(status=304)
    else:
        answer = HttpResponse(found.receipt_text.encode(), content_type="application/json")
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer


@router.get(
    "/decisions/{decision_id}",
    **described("decision_show", "Show a decision", tag=_TAG, answers=DecisionDetail),
)
def decision_show(request: HttpRequest, decision_id: str) -> HttpResponse:
    """One recorded decision, read from its receipt: every reason, input and policy value."""
    found = decision(viewer=viewer(request), decision_id=decision_id)
    return json_answer(
        DecisionDetail.model_validate(
            {
                "id": found.row.id,
                "input_digest": found.input_digest,
                "decision": Decision.model_validate(read(found.receipt_text)),
                "earlier": list(found.earlier),
            }
        )
    )


def dry_decision(kind: str, found: object) -> DryDecision:
    """The decision on an input document; nothing is recorded.

    Raises DecisionInputError, MissingSharedError, NotCanonicalError, ProblemError (invalid).
    """
    made, receipt = _decided(kind, found)
    return DryDecision(
        receipt_id=receipt.id,
        input_digest=receipt.input_digest,
        is_recorded=False,
        decision=Decision.model_validate(made),
    )


def recorded_decision(request: HttpRequest, kind: str, found: object) -> DryDecision:
    """The decision on an input document, kept. The same again is kept once.

    Raises what `dry_decision` raises, and NotFoundError where the customer is not there.
    """
    made, receipt = _decided(kind, found)
    region = ""
    if made.customer is not None:
        region = customer(viewer=viewer(request), customer_id=made.customer).row.region
    record_decision(
        Sealed(decision=made, receipt=receipt, region=region), acting_user=user_of(request)
    )
    return DryDecision(
        receipt_id=receipt.id,
        input_digest=receipt.input_digest,
        is_recorded=True,
        decision=Decision.model_validate(made),
    )


def _decided(kind: str, found: object) -> tuple[Made, Receipt]:
    try:
        asked = read_input(kind, found)
        made = asked.decide()
        return made, seal(made, asked.facts, asked.policy)
    except (DecisionInputError, NotCanonicalError):
        raise
    except (ArithmeticError, ValueError) as error:  # a date after the year 9999, say
        raise ProblemError(
            "invalid", "A value is beyond what can be computed with: correct dates and numbers."
        ) from error


def batch_answer(kind: str, found: object, path: str) -> BatchAnswer:
    """A decision or a problem for each input. Raises ProblemError (invalid) for no batch."""
    answers = [_item(kind, index, item, path) for index, item in enumerate(_items(found))]
    decided = sum(answer.decision is not None for answer in answers)
    return BatchAnswer(data=answers, decided=decided, refused=len(answers) - decided)


def _items(found: object) -> list[Any]:
    items = found.get("items") if isinstance(found, Mapping) and len(found) == 1 else None
    if isinstance(items, list) and 1 <= len(items) <= LARGEST_BATCH:
        return items
    fault = Fault(
        path="items",
        found=f"{len(items)} inputs" if isinstance(items, list) else "no list of inputs",
        expected=f"a list of 1 to {LARGEST_BATCH} inputs, and nothing beside it",
        remedy='Send {"items": [ … ]}, in several batches where there are more.',
    )
    raise ProblemError("invalid", errors=[fault])


def _item(kind: str, index: int, found: object, path: str) -> BatchItem:
    try:
        return BatchItem(index=index, decision=dry_decision(kind, found), problem=None)
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            raise
        told = document(problem, instance=f"{path}#/items/{index}")
        return BatchItem(index=index, decision=None, problem=Problem.model_validate(told))


def _if_none_match(request: HttpRequest) -> list[str]:
    return request.headers.get("If-None-Match", "").split(",")
