"""Which segments are there, where does intimacy pay, and who is in each?"""

from __future__ import annotations

from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from troth.console.pages.lists import show_list
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.queries.lists import Page
from troth.store.queries.segments import (
    FIGURES,
    SEGMENT_SORTS,
    PlacementRow,
    SegmentRow,
    find_placements,
    find_segments,
    segment_choices,
)

_COLUMNS = (
    Column(name="segment", label=_("Segment"), sort="segment", is_fixed=True),
    Column(name="customers", label=_("Customers"), sort="customers", is_number=True),
    Column(name="came", label=_("Moved in"), sort="came", is_number=True),
    Column(name="revenue", label=_("Revenue"), sort="revenue", is_number=True),
    Column(name="growth", label=_("Growth"), sort="growth_percent", is_number=True),
    Column(name="margin", label=_("Margin"), sort="margin_percent", is_number=True),
    Column(name="value", label=_("Expected"), sort="expected_value", is_number=True),
    Column(name="leaving", label=_("Leaves"), sort="leaving_percent", is_number=True),
    Column(name="cases", label=_("Cases each"), sort="cases_each", is_number=True),
    Column(name="broken", label=_("Broken"), sort="broken_percent", is_number=True),
    Column(name="load", label=_("Load"), sort="load", is_number=True),
)
_MEMBERS = (
    Column(name="customer", label=_("Customer"), is_fixed=True),
    Column(name="segment", label=_("Segment"), sort="segment"),
    Column(name="from", label=_("Came from")),
    Column(name="since", label=_("Since"), sort="since"),
    Column(name="revenue", label=_("Revenue, 12 months"), sort="revenue", is_number=True),
    Column(name="growth", label=_("Growth"), sort="growth", is_number=True),
    Column(name="orders", label=_("Orders"), sort="orders", is_number=True),
    Column(name="cases", label=_("Cases"), sort="cases", is_number=True),
    Column(name="broken", label=_("Broken promises"), sort="broken", is_number=True),
    Column(name="leaving", label=_("Leaves"), sort="leaving", is_number=True),
)
_FILTERS = (
    Filter(name="segment", label=_("Segment")),
    Filter(name="came_from", label=_("Came from")),
)
_CSV = (*SEGMENT_SORTS, "currency", "as_of")
_MEMBERS_CSV = (
    "customer_id", "customer_name", "tier", "segment", "since", "came_from", "rule",
    "policy_version", "currency", "as_of",
)  # fmt: skip


@page(Right.SEE_CUSTOMERS)
def index(request: PageRequest) -> HttpResponseBase:
    """Segments side by side: profitable, growing, staying; and how much service they use."""
    viewer = request.reading.viewer
    listing = Listing(request, name="segments", columns=_COLUMNS, sort="-revenue")
    rows = find_segments(viewer=viewer, sort=listing.sort)
    found = Page(rows=rows, total=len(rows), number=1, size=max(len(rows), 1))

    def one_page(number: int, size: int) -> Page[SegmentRow]:
        return found

    if listing.is_csv:
        return csv_of("segments", _CSV, one_page, lambda row: [getattr(row, n) for n in _CSV])
    newest = max((row.as_of for row in rows), default=None)
    context = {
        "listing": listing,
        "found": found,
        "as_of": newest,
        "currency": rows[0].currency if rows else "",
    }
    return show_list(request, "segments", context)


@page(Right.SEE_CUSTOMERS)
def members(request: PageRequest) -> HttpResponseBase:
    """Customers by segment, with the figures that it rests on."""
    viewer = request.reading.viewer
    listing = Listing(
        request, name="segment_customers", columns=_MEMBERS, filters=_FILTERS, sort="-revenue"
    )

    def fetch(number: int, size: int) -> Page[PlacementRow]:
        return find_placements(
            viewer=viewer, **listing.chosen, sort=listing.sort, page=number, size=size
        )

    if listing.is_csv:
        return csv_of("segment_customers", (*_MEMBERS_CSV, *FIGURES), fetch, _cells)
    found = fetch(listing.page, 50)
    listing.offer("segment", segment_choices(viewer=viewer))
    return show_list(request, "segment_customers", {"listing": listing, "found": found})


def _cells(row: PlacementRow) -> list[object]:
    return [
        *(getattr(row, name) for name in _MEMBERS_CSV),
        *(row.figures[name] for name in FIGURES),
    ]
