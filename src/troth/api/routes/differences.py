"""Differences between order, shipment and invoice over HTTP: read them, and accept one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions.reconciling import accept_difference
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cursors import list_answer, reach_of
from troth.api.routes.describing import described, json_body
from troth.api.shapes.differences import (
    AcceptDifference,
    CommitmentDifference,
    DifferenceFilters,
    DifferenceList,
)
from troth.api.signing_in import user_of, viewer
from troth.core.access.roles import Right
from troth.store.queries.differences import difference, next_differences

_TAG = "Orders"
router = Router()


@router.get(
    "/differences",
    **described("difference_list", "List differences", tag=_TAG, answers=DifferenceList),
)
def difference_list(request: HttpRequest, filters: Query[DifferenceFilters]) -> HttpResponse:
    """Where order, shipment and invoice tell different stories, the newest first."""
    found = next_differences(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        kind=filters.kind,
        state=filters.state,
        order_key=filters.order,
        customer_id=filters.customer,
    )
    return list_answer(request, filters, DifferenceList, found)


@router.get(
    "/differences/{difference_id}",
    **described("difference_show", "Show a difference", tag=_TAG, answers=CommitmentDifference),
)
def difference_show(request: HttpRequest, difference_id: str) -> HttpResponse:
    """One difference with the figures side by side."""
    found = difference(viewer=viewer(request), difference_id=difference_id)
    return json_answer(CommitmentDifference.model_validate(found))


@router.post(
    "/differences/{difference_id}/accept",
    **described(
        "difference_accept",
        "Accept a difference",
        tag=_TAG,
        answers=CommitmentDifference,
        extra=json_body(AcceptDifference.model_json_schema(), {"reason": AcceptDifference.EXAMPLE}),
    ),
)
def difference_accept(request: HttpRequest, difference_id: str) -> HttpResponse:
    """Let it be, for as long as its figures stay. One that is not open is refused: 409."""
    viewer(request).require(Right.SETTLE_DIFFERENCES)
    asked = body_of(request, AcceptDifference)
    found = accept_difference(
        difference_id=difference_id, reason=asked.reason, acting_user=user_of(request)
    )
    return json_answer(CommitmentDifference.model_validate(found))
