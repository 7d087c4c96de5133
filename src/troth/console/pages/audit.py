"""Who wrote what, when and why?"""

from __future__ import annotations

import json
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from troth.actions.checkpoints import LogBrokenError, make_checkpoint
from troth.actions.signing import log_key, verify
from troth.console.pages.lists import show_list
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.core.ledger.proofs import Proof, faults_of
from troth.core.ledger.tree import leaf_hash
from troth.store.models import User
from troth.store.queries.audit import AuditRow, audit_choices, author_of, find_entries
from troth.store.queries.ledger import envelope, log_size, newest_checkpoint, rows_of
from troth.store.queries.lists import Page
from troth.store.queries.proofs import NotCoveredError, prove_entry

_COLUMNS = (
    Column(name="entry", label=_("Entry"), is_number=True, is_fixed=True),
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
_SHOWN = 200  # rows of an entry that its page lists
_CSV = ("entry", "at", "action", "subject", "actor", "reason", "rows", "rows_root", "detail")


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
    context = {
        "listing": listing,
        "found": fetch(listing.page, 50),
        "size": log_size(viewer=viewer),
        "checkpoint": newest_checkpoint(viewer=viewer),
    }
    actions, actors = audit_choices(viewer=viewer)
    listing.offer("action", actions)
    listing.offer("actor", actors)
    return show_list(request, "audit", context)


@page(Right.SEE_AUDIT)
def one(request: PageRequest, index: int) -> HttpResponse:
    """One entry: what it says to the byte, its rows, and the proof of it."""
    viewer = request.reading.viewer
    text = envelope(viewer=viewer, index=index)
    rows = rows_of(viewer=viewer, index=index, limit=_SHOWN)
    try:
        proof = prove_entry(viewer=viewer, index=index)
    except NotCoveredError:
        proof = None
    context = {
        "index": index,
        "said": json.loads(text),
        "author": author_of(viewer=viewer, index=index),
        "at": datetime.fromisoformat(json.loads(text)["at"]),
        "envelope": text,
        "leaf": leaf_hash(text.encode()).hex(),
        "rows": [(row, row.digest.hex()) for row in rows],
        "proof": proof,
        "path": [item.hex() for item in proof.path] if proof else [],
        "faults": faults_of(Proof(entry=proof), [log_key().verifier], verify) if proof else (),
        "key": log_key().verifier.written(),
    }
    return render(request, "pages/audit_entry.html", context)


@require_POST
@page(Right.SEE_AUDIT)
def checkpoint(request: PageRequest) -> HttpResponse:
    """Sign the head of the log."""
    _sign(request)
    return HttpResponseRedirect("/audit")


@require_POST
@page(Right.SEE_AUDIT)
def prove(request: PageRequest, index: int) -> HttpResponse:
    """Sign the head of the log, so that it covers the entry, and show the entry's proof."""
    _sign(request)
    return HttpResponseRedirect(f"/audit/{index}#proof")


def _sign(request: PageRequest) -> None:
    assert isinstance(request.user, User)
    try:
        made = make_checkpoint(acting_user=request.user)
    except LogBrokenError as error:
        messages.error(request, str(error), extra_tags="bad")
    else:
        said = _("Signed: %(size)s entries. Keep the checkpoint where nobody here can write.")
        messages.success(request, said % {"size": made.size}, extra_tags="good")


def _cells(row: AuditRow) -> list[object]:
    return [
        row.id, row.at, row.action, row.subject, row.actor, row.reason, row.row_count,
        row.rows_root, json.dumps(row.detail, sort_keys=True),
    ]  # fmt: skip
