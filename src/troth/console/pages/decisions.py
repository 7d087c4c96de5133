"""Why? One decision as a page, as a panel beside what it decided, and as its receipt."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from troth.console.pages.lists import show_list
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.core.ledger.canonical import canonical_bytes, plain
from troth.store.queries.decisions import (
    DecisionRow,
    decision,
    decision_kinds,
    find_decisions,
    shared_input,
)
from troth.store.queries.lists import Page

_COLUMNS = (
    Column(name="decision", label=_("Decision"), is_fixed=True),
    Column(name="kind", label=_("Kind"), sort="kind"),
    Column(name="subject", label=_("About"), sort="subject"),
    Column(name="reason", label=_("First reason")),
    Column(name="at", label=_("As of"), sort="at"),
)
_FILTERS = (
    Filter(name="kind", label=_("Kind")),
    Filter(name="customer_id", label=_("Customer")),
)
_CSV = ("decision", "kind", "subject", "customer_id", "at", "outcome", "first_reason")


@page(Right.SEE_DECISIONS)
def index(request: PageRequest) -> HttpResponseBase:
    """All recorded decisions."""
    viewer = request.reading.viewer
    listing = Listing(request, name="decisions", columns=_COLUMNS, filters=_FILTERS, sort="-at")

    def fetch(number: int, size: int) -> Page[DecisionRow]:
        return find_decisions(
            viewer=viewer,
            subject=listing.q,
            **listing.chosen,
            sort=listing.sort,
            page=number,
            size=size,
        )

    if listing.is_csv:
        return csv_of("decisions", _CSV, fetch, _cells)
    context = {"listing": listing, "found": fetch(listing.page, 50)}
    listing.offer("kind", decision_kinds(viewer=viewer))
    if listing.chosen["customer_id"]:
        listing.offer("customer_id", ())
    return show_list(request, "decisions", context)


def _cells(row: DecisionRow) -> list[object]:
    outcome = canonical_bytes(plain(row.outcome)).decode()
    return [row.id, row.kind, row.subject, row.customer_id, row.at, outcome, row.first_reason]


@page(Right.SEE_DECISIONS)
def one(request: PageRequest, decision_id: str) -> HttpResponse:
    """One decision in full."""
    found = decision(viewer=request.reading.viewer, decision_id=decision_id)
    return render(request, "pages/decision.html", {"decision": found, "row": found.row})


@page(Right.SEE_DECISIONS)
def why(request: PageRequest, decision_id: str) -> HttpResponse:
    """The same as a panel beside what it decided."""
    found = decision(viewer=request.reading.viewer, decision_id=decision_id)
    return render(request, "parts/why_panel.html", {"decision": found, "row": found.row})


@page(Right.SEE_DECISIONS)
def receipt(request: PageRequest, decision_id: str) -> HttpResponse:
    """The receipt to the byte, for download."""
    found = decision(viewer=request.reading.viewer, decision_id=decision_id)
    response = HttpResponse(found.receipt_text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{found.row.id}.json"'
    return response


@page(Right.SEE_DECISIONS)
def shared(request: PageRequest, digest: str) -> HttpResponse:
    """One input that receipts share, to the byte."""
    found = shared_input(viewer=request.reading.viewer, digest=digest)
    return HttpResponse(found.content, content_type="application/json")
