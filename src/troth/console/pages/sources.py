"""What came in, how far behind is it, and what could not be landed?"""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from troth.console.pages.lists import show_list
from troth.console.parts.cards import card
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.queries import landings, moment
from troth.store.queries.lists import Page
from troth.store.queries.quarantine import (
    QuarantineRow,
    find_quarantined,
    quarantine_choices,
    quarantined,
)

_COLUMNS = (
    Column(name="row", label=_("Row"), is_fixed=True),
    Column(name="source", label=_("Source"), sort="source"),
    Column(name="code", label=_("Reason"), sort="code"),
    Column(name="message", label=_("What was found, and what to do")),
    Column(name="column", label=_("Column")),
    Column(name="seen", label=_("Seen"), sort="seen"),
)
_FILTERS = (
    Filter(name="source", label=_("Source")),
    Filter(name="feed", label=_("Feed")),
    Filter(name="code", label=_("Reason")),
)
_CSV = ("id", "source", "feed", "file", "row", "line", "key", "column", "code", "message", "seen")


@page(Right.SEE_QUARANTINE)
def index(request: PageRequest) -> HttpResponse:
    """Each source's feeds with their lag, and the newest landings and runs."""
    viewer, at = request.reading.viewer, request.reading.at
    context = {
        "feeds": card(
            "feeds", lambda: [(item, item.lag(at)) for item in landings.feeds(viewer=viewer)]
        ),
        "landings": card("landings", lambda: landings.find_landings(viewer=viewer, size=12)),
        "runs": card("runs", lambda: moment.find_runs(viewer=viewer, size=8)),
    }
    return render(request, "pages/sources.html", context)


@page(Right.SEE_QUARANTINE)
def quarantine(request: PageRequest) -> HttpResponseBase:
    """The rows that wait."""
    viewer = request.reading.viewer
    listing = Listing(request, name="quarantine", columns=_COLUMNS, filters=_FILTERS, sort="-seen")

    def fetch(number: int, size: int) -> Page[QuarantineRow]:
        chosen = listing.chosen
        return find_quarantined(
            viewer=viewer,
            source=chosen["source"],
            feed=chosen["feed"],
            code=chosen["code"],
            sort=listing.sort,
            page=number,
            size=size,
        )

    if listing.is_csv:
        return csv_of("quarantine", _CSV, fetch, _cells)
    context = {"listing": listing, "found": fetch(listing.page, 50)}
    offered = quarantine_choices(viewer=viewer)
    listing.offer("source", offered.sources)
    listing.offer("feed", offered.feeds)
    listing.offer("code", offered.codes)
    return show_list(request, "quarantine", context)


def _cells(row: QuarantineRow) -> list[object]:
    return [
        row.id, row.source, row.feed, row.file, row.row, row.line, row.key, row.column, row.code,
        row.message, row.seen_at,
    ]  # fmt: skip


@page(Right.SEE_QUARANTINE)
def one(request: PageRequest, row_id: int) -> HttpResponse:
    """One row with its reason and the row."""
    found = quarantined(viewer=request.reading.viewer, row_id=row_id)
    return render(request, "pages/quarantined.html", {"row": found})
