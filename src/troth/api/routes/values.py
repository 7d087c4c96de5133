"""What customers are worth over HTTP: one, all of them, and how good such numbers are."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.api.answering import json_answer
from troth.api.cursors import list_answer, reach_of
from troth.api.routes.describing import described
from troth.api.shapes.values import (
    CustomerWorth,
    ValueFilters,
    ValueList,
    ValueModel,
    ValueModels,
)
from troth.api.signing_in import viewer
from troth.store.queries.slices import next_values
from troth.store.queries.values import newest_models, value_of

router = Router()


@router.get(
    "/customers/{path:customer_id}/value",
    **described(
        "value_show", "Show what a customer is worth", tag="Customers", answers=CustomerWorth
    ),
)
def value_show(request: HttpRequest, customer_id: str) -> HttpResponse:
    """What one customer is expected to bring in, with its interval and what it rests on.

    By the customer's id or by the key of any of its source records.
    """
    found = value_of(viewer=viewer(request), customer_id=customer_id)
    return json_answer(CustomerWorth.model_validate(found))


@router.get(
    "/values",
    **described("value_list", "List what customers are worth", tag="Customers", answers=ValueList),
)
def value_list(request: HttpRequest, filters: Query[ValueFilters]) -> HttpResponse:
    """Customers by id with what they are worth; those of whom nothing can be told are left out."""
    found = next_values(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        tier=filters.tier,
        segment=filters.segment,
    )
    return list_answer(request, filters, ValueList, found)


@router.get(
    "/values/models",
    **described("value_models", "Show the models of value", tag="Customers", answers=ValueModels),
)
def value_models(request: HttpRequest) -> HttpResponse:
    """The newest fit of each group: its parameters, what it rests on, and how it did before."""
    found = newest_models(viewer=viewer(request))
    return json_answer(ValueModels(data=[ValueModel.model_validate(row) for row in found]))
