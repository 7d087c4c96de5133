"""Who wrote what, when and why?"""

from __future__ import annotations

import json

from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from troth.console.pages.lists import show_list
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.queries.audit import AuditRow, audit_choices, find_entries
from troth.store.queries.lists import Page

_COLUMNS = (
    Column(name="at", label=_("When"), sort="at", is_fixed=True),
    Column(name="action", label=_("What"), sort="action"),
    Column(name="subject", label=_("About"), sort="subject"),
    Column(name="actor", label=_("Who")),
    Column(name="reason", label=_("Reason")),
    Column(name="rows", label=_("Rows"), sort="rows", is_number=True),
    Column(name="root", label=_("Merkle root")),
)
_FILTERS = (
    Filter(name="action", label=_("What")),
    Filter(name="actor", label=_("Who")),
)
_CSV = ("at", "action", "subject", "actor", "reason", "rows", "rows_root", "detail")


@page(Right.SEE_AUDIT)
def index(request: PageRequest) -> HttpResponseBase:
    """Every write, newest first."""
    viewer = request.reading.viewer
    listing = Listing(request, name="audit", columns=_COLUMNS, filters=_FILTERS, sort="-at")

    def fetch(number: int, size: int) -> Page[AuditRow]:
        return find_entries(
            viewer=viewer, q=listing.q, **listing.chosen, sort=listing.sort, page=number, size=size
        )

    if listing.is_csv:
        return csv_of("audit", _CSV, fetch, _cells)
    context = {"listing": listing, "found": fetch(listing.page, 50)}
    actions, actors = audit_choices(viewer=viewer)
    listing.offer("action", actions)
    listing.offer("actor", actors)
    return show_list(request, "audit", context)


def _cells(row: AuditRow) -> list[object]:
    return [
        row.at, row.action, row.subject, row.actor, row.reason, row.row_count, row.rows_root,
        json.dumps(row.detail, sort_keys=True),
    ]  # fmt: skip
