"""Segments over HTTP: side by side, who is in which and why, and what the figures propose."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions.segment_proposals import propose_segments
from troth.analysis.segments.errors import TooFewCustomersError
from troth.api.answering import json_answer
from troth.api.cursors import list_answer, reach_of
from troth.api.routes.describing import described
from troth.api.shapes.segments import (
    CustomerSegment,
    PlacementFilters,
    PlacementList,
    Segment,
    SegmentProposal,
    SegmentProposals,
    Segments,
)
from troth.api.signing_in import viewer
from troth.store.queries.segments import find_segments, placement_of
from troth.store.queries.slices import next_placements

router = Router()


@router.get(
    "/customers/{path:customer_id}/segment",
    **described(
        "segment_show",
        "Show the segment of a customer, and why",
        tag="Customers",
        answers=CustomerSegment,
    ),
)
def segment_show(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The segment, the rule that gave it, and each rule of the policy as it looked at the figures.

    By the customer's id or by the key of any of its source records. The rules are left out for
    who may not see policies.
    """
    found = placement_of(viewer=viewer(request), customer_id=customer_id)
    return json_answer(CustomerSegment.model_validate({**vars(found.row), "rules": found.rules}))


@router.get(
    "/segments",
    **described("segment_list", "Compare segments", tag="Customers", answers=Segments),
)
def segment_list(request: HttpRequest) -> HttpResponse:
    """Every segment that somebody is in, side by side, over the customers whom you see."""
    found = find_segments(viewer=viewer(request))
    return json_answer(Segments(data=[Segment.model_validate(row) for row in found]))


@router.get(
    "/segments/customers",
    **described(
        "segment_customers", "List customers by segment", tag="Customers", answers=PlacementList
    ),
)
def segment_customers(request: HttpRequest, filters: Query[PlacementFilters]) -> HttpResponse:
    """Customers by id with their segment and the figures that it rests on."""
    found = next_placements(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        segment=filters.segment,
        came_from=filters.came_from,
    )
    return list_answer(request, filters, PlacementList, found)


@router.get(
    "/segments/proposal",
    **described(
        "segment_proposal",
        "Show what segments the figures propose",
        tag="Customers",
        answers=SegmentProposals,
    ),
)
def segment_proposal(request: HttpRequest) -> HttpResponse:
    """Groups that the figures of the last run propose, how stable they are, and as which policy.

    Takes some seconds where there are thousands of customers. Empty for who does not see all.
    """
    try:
        found = propose_segments(viewer=viewer(request))
    except TooFewCustomersError as error:
        return json_answer(SegmentProposals(data=[], sentence=str(error)))
    data = [] if found is None else [SegmentProposal.of(found)]
    return json_answer(SegmentProposals(data=data, sentence=None))
