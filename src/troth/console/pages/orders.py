"""Orders and what was promised for them: the list, and one order."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from troth.console.pages.lists import show_list
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.queries.differences import differences_of
from troth.store.queries.lists import Page
from troth.store.queries.orders import PromiseRow, find_promises, order, promise_choices

_COLUMNS = (
    Column(name="order", label=_("Order"), sort="order", is_fixed=True),
    Column(name="customer", label=_("Customer"), sort="customer"),
    Column(name="tier", label=_("Tier"), sort="tier"),
    Column(name="region", label=_("Sales region"), sort="region"),
    Column(name="placed", label=_("Placed"), sort="placed"),
    Column(name="promised", label=_("Promised for"), sort="promised"),
    Column(name="arrival", label=_("Arrival"), sort="delivered"),
    Column(name="state", label=_("Promise"), sort="state"),
    Column(name="total", label=_("Value"), sort="total", is_number=True),
)
_FILTERS = (
    Filter(name="state", label=_("Promise")),
    Filter(name="tier", label=_("Tier")),
    Filter(name="region", label=_("Sales region")),
    Filter(name="customer_id", label=_("Customer")),
)
_CSV = (
    "order", "customer_id", "customer", "tier", "segment", "sales_region", "lane", "placed_at",
    "requested_at", "source_promised_at", "first_promised_at", "promised_at", "expected_at",
    "shipped_at", "delivered_at", "state", "total", "currency", "decision",
)  # fmt: skip


@page(Right.SEE_ORDERS)
def index(request: PageRequest) -> HttpResponseBase:
    """All promises, filtered and sorted as the address says."""
    viewer = request.reading.viewer
    listing = Listing(request, name="orders", columns=_COLUMNS, filters=_FILTERS, sort="-placed")

    def fetch(number: int, size: int) -> Page[PromiseRow]:
        return find_promises(
            viewer=viewer, q=listing.q, **listing.chosen, sort=listing.sort, page=number, size=size
        )

    if listing.is_csv:
        return csv_of("orders", _CSV, fetch, _cells)
    context = {"listing": listing, "found": fetch(listing.page, 50)}
    offered = promise_choices(viewer=viewer)
    listing.offer("state", offered.states)
    listing.offer("tier", offered.tiers)
    listing.offer("region", offered.regions)
    if listing.chosen["customer_id"]:
        listing.offer("customer_id", ())
    return show_list(request, "orders", context)


def _cells(row: PromiseRow) -> list[object]:
    return [
        row.order_key, row.customer_id, row.customer_name, row.tier, row.segment, row.sales_region,
        row.lane, row.placed_at, row.requested_at, row.source_promised_at, row.first_promised_at,
        row.promised_at, row.expected_at, row.shipped_at, row.delivered_at, row.state, row.total,
        row.currency, row.latest_decision,
    ]  # fmt: skip


@page(Right.SEE_ORDERS)
def one(request: PageRequest, key: str) -> HttpResponse:
    """One order: the promise, the facts, the clock and each decision."""
    viewer = request.reading.viewer
    found = order(viewer=viewer, key=key)
    context = {
        "order": found,
        "promise": found.promise,
        "differences": differences_of(viewer=viewer, order_key=found.promise.order_key),
    }
    return render(request, "pages/order.html", context)
