"""Customers over HTTP: find them, read one, what applies to it, all that is known in a call."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.api.answering import json_answer
from troth.api.cursors import list_answer, reach_of
from troth.api.routes.describing import described
from troth.api.shapes.customers import (
    CustomerContext,
    CustomerDetail,
    CustomerFilters,
    CustomerList,
    CustomerReading,
)
from troth.api.shapes.policies import CustomerPolicies, PolicyReading
from troth.api.signing_in import viewer
from troth.core.access.vocabulary import Purpose
from troth.core.policies.asking import read_terms
from troth.store.queries.applying import applied_policies
from troth.store.queries.context import customer_context
from troth.store.queries.customers import customer
from troth.store.queries.slices import next_customers

router = Router()


@router.get(
    "/customers",
    **described("customer_list", "List customers", tag="Customers", answers=CustomerList),
)
def customer_list(request: HttpRequest, filters: Query[CustomerFilters]) -> HttpResponse:
    """Customers by id, filtered by tier, segment and sales region, or searched with `q`."""
    found = next_customers(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        q=filters.q,
        tier=filters.tier,
        segment=filters.segment,
        region=filters.region,
    )
    return list_answer(request, filters, CustomerList, found)


@router.get(
    "/customers/{path:customer_id}/context",
    **described(
        "customer_context", "Show a customer's context", tag="Customers", answers=CustomerContext
    ),
)
def show_context(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Who is this, what did we promise, what is open, what may I do? In one call.

    By id or by the key of any of its source records.
    """
    found = customer_context(viewer=viewer(request), customer_id=customer_id)
    return json_answer(CustomerContext.model_validate(found))


@router.get(
    "/customers/{path:customer_id}/policies",
    **described(
        "customer_policies",
        "Show what applies to a customer",
        tag="Policies",
        answers=CustomerPolicies,
    ),
)
def customer_policies(
    request: HttpRequest, customer_id: str, reading: Query[PolicyReading]
) -> HttpResponse:
    """Every value that holds in this case: its layer, its version and rule, what it overrode.

    By the customer's id or by the key of any of its source records.
    """
    found = applied_policies(
        viewer=viewer(request),
        customer_id=customer_id,
        at=reading.at,
        known_at=reading.known_at,
        case=read_terms(reading.case),
    )
    return json_answer(CustomerPolicies.model_validate(found))


@router.get(
    "/customers/{path:customer_id}",
    **described("customer_show", "Show a customer", tag="Customers", answers=CustomerDetail),
)
def customer_show(
    request: HttpRequest, customer_id: str, reading: Query[CustomerReading]
) -> HttpResponse:
    """One customer, by its id or by the key of any of its source records."""
    found = customer(
        viewer=viewer(request), customer_id=customer_id, purpose=Purpose(reading.purpose)
    )
    return json_answer(CustomerDetail.model_validate(found))
