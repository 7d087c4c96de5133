"""Orders and cases over HTTP: what was promised, what is asked for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.api.answering import json_answer
from troth.api.cursors import list_answer, reach_of
from troth.api.routes.describing import described
from troth.api.shapes.cases import CaseDetail, CaseFilters, CaseList
from troth.api.shapes.orders import OrderDetail, OrderFilters, OrderList
from troth.api.signing_in import viewer
from troth.store.queries.cases import case
from troth.store.queries.orders import order
from troth.store.queries.slices import next_cases, next_orders

router = Router()


@router.get("/orders", **described("order_list", "List orders", tag="Orders", answers=OrderList))
def order_list(request: HttpRequest, filters: Query[OrderFilters]) -> HttpResponse:
    """Orders with their promises, the newest first."""
    found = next_orders(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        state=filters.state,
        tier=filters.tier,
        segment=filters.segment,
        region=filters.region,
        customer_id=filters.customer,
    )
    return list_answer(request, filters, OrderList, found)


@router.get(
    "/orders/{path:key}",
    **described("order_show", "Show an order", tag="Orders", answers=OrderDetail),
)
def order_show(request: HttpRequest, key: str) -> HttpResponse:
    """One order: its promise, the facts behind it, its decisions and its clocks."""
    return json_answer(OrderDetail.model_validate(order(viewer=viewer(request), key=key)))


@router.get("/cases", **described("case_list", "List cases", tag="Cases", answers=CaseList))
def case_list(request: HttpRequest, filters: Query[CaseFilters]) -> HttpResponse:
    """Cases with their targets, the newest first."""
    found = next_cases(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        state=filters.state,
        tier=filters.tier,
        team=filters.team,
        customer_id=filters.customer,
    )
    return list_answer(request, filters, CaseList, found)


@router.get(
    "/cases/{path:key}", **described("case_show", "Show a case", tag="Cases", answers=CaseDetail)
)
def case_show(request: HttpRequest, key: str) -> HttpResponse:
    """One case: its targets, clocks, events and decisions."""
    return json_answer(CaseDetail.model_validate(case(viewer=viewer(request), key=key)))
