"""Cases: the queue in the order in which it is worked, and one case."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from troth.console.pages.lists import show_list
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.queries.cases import STATES, CaseRow, case, case_choices, find_cases
from troth.store.queries.lists import BadListError, Choice, Page

_COLUMNS = (
    Column(name="case", label=_("Case"), sort="case", is_fixed=True),
    Column(name="customer", label=_("Customer"), sort="customer"),
    Column(name="tier", label=_("Tier"), sort="tier"),
    Column(name="category", label=_("Category")),
    Column(name="severity", label=_("Severity"), sort="severity", is_number=True),
    Column(name="team", label=_("Team"), sort="team"),
    Column(name="opened", label=_("Opened"), sort="opened"),
    Column(name="due", label=_("Next due"), sort="resolution_due"),
    Column(name="status", label=_("Status")),
    Column(name="rank", label=_("Rank"), sort="rank", is_number=True),
)
_FILTERS = (
    Filter(name="state", label=_("Show"), default="open"),
    Filter(name="tier", label=_("Tier")),
    Filter(name="team", label=_("Team")),
    Filter(name="category", label=_("Category")),
    Filter(name="severity", label=_("Severity")),
    Filter(name="customer_id", label=_("Customer")),
)
_CSV = (
    "case", "customer_id", "customer", "tier", "category", "severity", "team", "status",
    "opened_at", "first_responded_at", "first_response_due_at", "resolved_at",
    "resolution_due_at", "breached", "rank", "decision",
)  # fmt: skip


@page(Right.SEE_CASES)
def index(request: PageRequest) -> HttpResponseBase:
    """The queue; lower ranks are served first."""
    viewer = request.reading.viewer
    listing = Listing(request, name="cases", columns=_COLUMNS, filters=_FILTERS, sort="rank")
    severity = _severity(listing.chosen["severity"])
    chosen = {name: value for name, value in listing.chosen.items() if name != "severity"}

    def fetch(number: int, size: int) -> Page[CaseRow]:
        return find_cases(
            viewer=viewer,
            q=listing.q,
            severity=severity,
            **chosen,
            sort=listing.sort,
            page=number,
            size=size,
        )

    if listing.is_csv:
        return csv_of("cases", _CSV, fetch, _cells)
    context = {"listing": listing, "found": fetch(listing.page, 50)}
    offered = case_choices(viewer=viewer)
    states = [Choice(value=name, count=None) for name in STATES]
    listing.offer("state", states, everything=False)
    listing.offer("tier", offered.tiers)
    listing.offer("team", offered.teams)
    listing.offer("category", offered.categories)
    listing.offer("severity", [Choice(value=str(level), count=None) for level in range(1, 5)])
    if listing.chosen["customer_id"]:
        listing.offer("customer_id", ())
    return show_list(request, "cases", context)


def _severity(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        raise BadListError(f"A severity is a whole number from 1 (the worst), not {text!r}.")
    return int(text)


def _cells(row: CaseRow) -> list[object]:
    return [
        row.case_key, row.customer_id, row.customer_name, row.tier, row.category, row.severity,
        row.team, row.status, row.opened_at, row.first_responded_at, row.first_response_due_at,
        row.resolved_at, row.resolution_due_at, row.is_breached, row.rank, row.decision,
    ]  # fmt: skip


@page(Right.SEE_CASES)
def one(request: PageRequest, key: str) -> HttpResponse:
    """One case: its clocks, its events, why it stands where it stands."""
    found = case(viewer=request.reading.viewer, key=key)
    return render(request, "pages/case.html", {"case": found, "row": found.row})
