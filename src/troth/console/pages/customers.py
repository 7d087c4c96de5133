"""Customers: the list, and one customer."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from troth.actions.consents import How
from troth.console.pages.lists import show_list
from troth.console.parts.cards import card
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.core.access.vocabulary import Purpose
from troth.store.queries.cases import find_cases
from troth.store.queries.consents import customer_consents
from troth.store.queries.customers import (
    CustomerRow,
    customer,
    customer_choices,
    find_customers,
)
from troth.store.queries.freezes import freezes_of
from troth.store.queries.lists import NotFoundError, Page
from troth.store.queries.orders import find_promises
from troth.store.queries.policies import PolicyValue, policies_for
from troth.store.queries.quality import quality_of
from troth.store.queries.questions import find_questions
from troth.store.queries.segments import PlacementWhy, placement_of
from troth.store.queries.timeline import timeline
from troth.store.queries.values import ValueRow, value_of
from troth.store.queries.viewing import Viewer

_COLUMNS = (
    Column(name="customer", label=_("Customer"), sort="name", is_fixed=True),
    Column(name="tier", label=_("Tier"), sort="tier"),
    Column(name="segment", label=_("Segment"), sort="segment"),
    Column(name="region", label=_("Sales region"), sort="region"),
    Column(name="sources", label=_("Sources"), sort="sources", is_number=True),
    Column(name="late", label=_("Late orders"), is_number=True),
    Column(name="cases", label=_("Open cases"), is_number=True),
    Column(name="since", label=_("Known since"), sort="since"),
    Column(name="revenue", label=_("Revenue, 12 months"), sort="revenue", is_number=True),
)
_FILTERS = (
    Filter(name="tier", label=_("Tier")),
    Filter(name="segment", label=_("Segment")),
    Filter(name="region", label=_("Sales region")),
)
_MOST_FREEZES = 3
_CSV = (
    "id", "name", "tier", "segment", "sales_region", "country", "city", "sources", "late_orders",
    "open_cases", "first_known_at", "revenue", "currency",
)  # fmt: skip


@page(Right.SEE_CUSTOMERS)
def index(request: PageRequest) -> HttpResponseBase:
    """All customers, filtered and sorted as the address says."""
    viewer = request.reading.viewer
    listing = Listing(
        request, name="customers", columns=_COLUMNS, filters=_FILTERS, sort="-revenue"
    )

    def fetch(number: int, size: int) -> Page[CustomerRow]:
        return find_customers(
            viewer=viewer, q=listing.q, **listing.chosen, sort=listing.sort, page=number, size=size
        )

    if listing.is_csv:
        return csv_of("customers", _CSV, fetch, _cells)
    context = {"listing": listing, "found": fetch(listing.page, 50)}
    offered = customer_choices(viewer=viewer)
    listing.offer("tier", offered.tiers)
    listing.offer("segment", offered.segments)
    listing.offer("region", offered.regions)
    return show_list(request, "customers", context)


def _cells(row: CustomerRow) -> list[object]:
    return [
        row.id, row.name, row.tier, row.segment, row.sales_region, row.country, row.city,
        row.source_count, row.late_orders, row.open_cases, row.first_known_at, row.revenue,
        row.currency,
    ]  # fmt: skip


@page(Right.SEE_CUSTOMERS)
def one(request: PageRequest, customer_id: str) -> HttpResponse:
    """One customer: who it is, what was promised, what is open, which rules hold."""
    viewer, at = request.reading.viewer, request.reading.at
    asked = request.GET.get("purpose", "")
    purpose = Purpose(asked) if asked in list(Purpose) else Purpose.SERVICE
    found = customer(viewer=viewer, customer_id=customer_id, purpose=purpose)
    key = found.row.id
    if key != customer_id:
        return HttpResponseRedirect(f"/customers/{key}")
    context = {
        "customer": found,
        "may_answer": purpose is not Purpose.PRIVACY and request.reading.may(Right.EXPORT_PERSONAL),
        "row": found.row,
        "promises": card(
            "promises", lambda: find_promises(viewer=viewer, customer_id=key, size=10)
        ),
        "cases": card(
            "cases",
            lambda: find_cases(
                viewer=viewer, customer_id=key, state="all", sort="-opened", size=10
            ),
        ),
        "timeline": card("timeline", lambda: timeline(viewer=viewer, customer_id=key, most=40)),
        "policies": card(
            "policies", lambda: _by_kind(policies_for(viewer=viewer, customer_id=key, at=at))
        ),
        "freezes": card(
            "freezes",
            lambda: freezes_of(viewer=viewer, customer_id=key, at=timezone.now())[:_MOST_FREEZES],
        ),
        "worth": card("value", lambda: _worth(viewer, key)),
        "segment": card("segment", lambda: _placed(viewer, key)),
        "quality": card("quality", lambda: quality_of(viewer=viewer, customer_id=key)),
        "consents": card(
            "consents",
            lambda: customer_consents(viewer=viewer, customer_id=key, at=timezone.now()),
        ),
        "hows": [how.value for how in How],
        "may_record": request.reading.may(Right.RECORD_CONSENT),
        "questions": card("questions", lambda: find_questions(viewer=viewer, customer_id=key)),
    }
    return render(request, "pages/customer.html", context)


@page(Right.SEE_CUSTOMERS)
def more_timeline(request: PageRequest, customer_id: str) -> HttpResponse:
    """Earlier events, for the end of a timeline."""
    before = _instant(request.GET.get("before", ""))
    events = timeline(
        viewer=request.reading.viewer, customer_id=customer_id, before=before, most=40
    )
    context = {"events": events, "customer_id": customer_id, "may_have_more": len(events) == 40}
    return render(request, "parts/timeline.html", context)


def _worth(viewer: Viewer, customer_id: str) -> ValueRow | None:
    try:
        return value_of(viewer=viewer, customer_id=customer_id)
    except NotFoundError:
        return None  # nothing could be told of them


def _placed(viewer: Viewer, customer_id: str) -> PlacementWhy | None:
    try:
        return placement_of(viewer=viewer, customer_id=customer_id)
    except NotFoundError:
        return None  # no run placed them yet


def _by_kind(values: tuple[PolicyValue, ...]) -> list[tuple[str, list[PolicyValue]]]:
    return [(kind, list(group)) for kind, group in groupby(values, key=lambda item: item.kind)]


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
