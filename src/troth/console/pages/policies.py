"""Policies: every version, and what one of them changed."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from troth.console.pages.lists import show_list
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.core.ledger.canonical import canonical_bytes, plain
from troth.store.queries.freezes import overrides_of
from troth.store.queries.lists import Choice, Page
from troth.store.queries.policies import (
    STATES,
    PolicyRow,
    find_policies,
    policy,
    policy_choices,
)
from troth.store.queries.rollouts import may_be_undone, rollout_of

_COLUMNS = (
    Column(name="policy", label=_("Policy"), sort="kind", is_fixed=True),
    Column(name="layer", label=_("Layer"), sort="layer"),
    Column(name="scope", label=_("For")),
    Column(name="number", label=_("Version"), sort="number", is_number=True),
    Column(name="from", label=_("In force from"), sort="from"),
    Column(name="to", label=_("Until")),
    Column(name="author", label=_("Published by")),
    Column(name="reason", label=_("Reason")),
)
_FILTERS = (
    Filter(name="state", label=_("Show"), default="in_force"),
    Filter(name="kind", label=_("Policy")),
    Filter(name="layer", label=_("Layer")),
)
_CSV = (
    "id", "kind", "layer", "scope", "number", "effective_from", "effective_to", "published_at",
    "author", "reason", "outputs",
)  # fmt: skip


@page(Right.SEE_POLICIES)
def index(request: PageRequest) -> HttpResponseBase:
    """Policy versions; at first those that are in force."""
    viewer, at = request.reading.viewer, request.reading.at
    listing = Listing(request, name="policies", columns=_COLUMNS, filters=_FILTERS, sort="kind")

    def fetch(number: int, size: int) -> Page[PolicyRow]:
        return find_policies(
            viewer=viewer,
            at=at,
            q=listing.q,
            **listing.chosen,
            sort=listing.sort,
            page=number,
            size=size,
        )

    if listing.is_csv:
        return csv_of("policies", _CSV, fetch, _cells)
    context = {"listing": listing, "found": fetch(listing.page, 50)}
    kinds, layers = policy_choices(viewer=viewer)
    states = [Choice(value=name, count=None) for name in STATES]
    listing.offer("state", states, everything=False)
    listing.offer("kind", kinds)
    listing.offer("layer", layers)
    return show_list(request, "policies", context)


def _cells(row: PolicyRow) -> list[object]:
    return [
        row.id, row.kind, row.layer, row.scope, row.number, row.effective_from, row.effective_to,
        row.published_at, row.author, row.reason, canonical_bytes(plain(row.outputs)).decode(),
    ]  # fmt: skip


@page(Right.SEE_POLICIES)
def one(request: PageRequest, policy_id: str) -> HttpResponse:
    """One version: what it says, and what it changed."""
    found = policy(viewer=request.reading.viewer, policy_id=policy_id)
    viewer = request.reading.viewer
    held = may_be_undone(viewer=viewer, version_id=policy_id, at=timezone.now())
    context = {
        "policy": found,
        "row": found.row,
        "rollout": rollout_of(viewer=viewer, version_id=policy_id),
        "may_edit": request.reading.may(Right.PROPOSE_POLICY),
        "may_roll_back": held and request.reading.may(Right.PUBLISH_POLICY),
        "overrides": overrides_of(viewer=viewer, version_id=policy_id),
    }
    return render(request, "pages/policy.html", context)
