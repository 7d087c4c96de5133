"""How good is what is known of customers, over HTTP: one by fields, and all of them at once."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from troth.api.answering import json_answer
from troth.api.routes.describing import described
from troth.api.shapes.quality import CustomerQuality, QualitySummary
from troth.api.signing_in import viewer
from troth.store.queries.quality import quality_of, summarise_quality

router = Router()


@router.get(
    "/customers/{path:customer_id}/quality",
    **described(
        "quality_show",
        "Show how good a customer's data is",
        tag="Customers",
        answers=CustomerQuality,
    ),
)
def quality_show(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Each field by five measures, where its value came from, and why a point was lost.

    By the customer's id or by the key of any of its source records.
    """
    found = quality_of(viewer=viewer(request), customer_id=customer_id)
    return json_answer(CustomerQuality.model_validate(found))


@router.get(
    "/quality",
    **described(
        "quality_list", "Show how good all data is", tag="Customers", answers=QualitySummary
    ),
)
def quality_list(request: HttpRequest) -> HttpResponse:
    """Each field over the customers whom you may see, a thousand at most, and the poorest."""
    found = summarise_quality(viewer=viewer(request))
    return json_answer(QualitySummary.model_validate(found))
