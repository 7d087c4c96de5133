"""Changes of policies: which there are, what one says, who has to sign it, and signing it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from troth.actions import changes as actions
from troth.actions.access import AccessRefusedError
from troth.actions.change_errors import ChangeError
from troth.actions.freeze_gate import PolicyFrozenError
from troth.actions.policies import PolicyFileError, Written, text_of, written_as
from troth.actions.replaying import ReplayError
from troth.console.pages.lists import show_list
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.core.policies.approvals import SIGNS, Function
from troth.core.policies.changes import StepError
from troth.store.models import User
from troth.store.queries.changes import STATES, ChangeRow, change, find_changes
from troth.store.queries.lists import Choice, Page

REFUSED = (ChangeError, StepError, PolicyFileError, PolicyFrozenError, ReplayError,
           AccessRefusedError)  # fmt: skip
_COLUMNS = (
    Column(name="change", label=gettext_lazy("Change"), sort="title", is_fixed=True),
    Column(name="state", label=gettext_lazy("State"), sort="state"),
    Column(name="customers", label=gettext_lazy("Reaches"), is_number=True),
    Column(name="missing", label=gettext_lazy("Waits for")),
    Column(name="author", label=gettext_lazy("Written by")),
    Column(name="reason", label=gettext_lazy("Reason")),
    Column(name="changed", label=gettext_lazy("Changed"), sort="changed"),
)
_FILTERS = (Filter(name="state", label=gettext_lazy("Show"), default="open"),)
_CSV = (
    "id", "title", "state", "customers", "needed", "missing", "author", "reason", "created_at",
    "changed_at", "proposed_at", "published_at", "live_at", "ended_at",
)  # fmt: skip
_EXAMPLE = """\
policies:
  - kind: lead_time
    scope: "tier:Gold"
    effective_from: {at}
    reason: Gold customers plan by our date.
    outputs:
      service_quantile: "0.97"
"""


@page(Right.SEE_POLICIES)
def index(request: PageRequest) -> HttpResponseBase:
    """Changes; at first those that are not published and not over."""
    viewer, at = request.reading.viewer, request.reading.at
    listing = Listing(request, name="changes", columns=_COLUMNS, filters=_FILTERS, sort="-changed")

    def fetch(number: int, size: int) -> Page[ChangeRow]:
        return find_changes(
            viewer=viewer,
            at=at,
            q=listing.q,
            **listing.chosen,
            sort=listing.sort,
            page=number,
            size=size,
        )

    if listing.is_csv:
        return csv_of("changes", _CSV, fetch, _cells)
    listing.offer("state", [Choice(value=name, count=None) for name in STATES], everything=False)
    context = {
        "listing": listing,
        "found": fetch(listing.page, 50),
        "may_write": request.reading.may(Right.PROPOSE_POLICY),
    }
    return show_list(request, "changes", context)


def _cells(row: ChangeRow) -> list[object]:
    return [
        row.id, row.title, row.state, row.customers, " ".join(row.needed), " ".join(row.missing),
        row.author, row.reason, row.created_at, row.changed_at, row.proposed_at, row.published_at,
        row.live_at, row.ended_at,
    ]  # fmt: skip


@page(Right.SEE_POLICIES)
def one(request: PageRequest, change_id: str) -> HttpResponse:
    """One change: what it says, whom it reaches, what was found, who has to sign."""
    reading = request.reading
    found = change(viewer=reading.viewer, change_id=change_id, at=reading.at)
    may_write = reading.may(Right.PROPOSE_POLICY)
    steps = {*found.steps} if may_write else set()
    context = {
        "change": found,
        "row": found.row,
        "faults": [item for item in found.findings if not item.is_hint],
        "hints": [item for item in found.findings if item.is_hint],
        "text": text_of(found.documents) if "edit" in steps else "",
        "may_edit": "edit" in steps,
        "may_check": "check" in steps,
        "may_replay": "replay" in steps,
        "may_propose": bool(steps & {"check", "propose"}),
        "may_withdraw": "withdraw" in steps,
        "may_publish": "publish" in found.steps and reading.may(Right.PUBLISH_POLICY),
    }
    return render(request, "pages/change.html", context)


@page(Right.PROPOSE_POLICY)
def draft(request: PageRequest) -> HttpResponse:
    """The form for a new change, and writing it down."""
    typed = {name: _text(request, name) for name in ("title", "reason", "policies")}
    if request.method != "POST":
        at = timezone.now().strftime("%Y-%m-%dT00:00:00Z")
        typed["policies"] = _EXAMPLE.format(at=at)
        return render(request, "pages/change_draft.html", typed)
    try:
        row = actions.draft(
            _written(request),
            title=typed["title"],
            reason=typed["reason"],
            acting_user=_me(request),
        )
    except REFUSED as error:
        typed["error"] = str(error)
        return render(request, "pages/change_draft.html", typed, status=422)
    return HttpResponseRedirect(f"/changes/{row.pk}")


@require_POST
@page(Right.PROPOSE_POLICY)
def edit(request: PageRequest, change_id: str) -> HttpResponse:
    """Write it anew; what was signed is void."""

    def work() -> str:
        void = actions.edit(
            change_id,
            written=_written(request) if _text(request, "policies") else None,
            title=_text(request, "title") or None,
            reason=_text(request, "reason") or None,
            acting_user=_me(request),
        )
        told = _("Written anew. Sign-offs that are void now: %(count)s.")
        return str(told % {"count": void})

    return _done(request, change_id, work)


@require_POST
@page(Right.PROPOSE_POLICY)
def check(request: PageRequest, change_id: str) -> HttpResponse:
    """Look for conflicts and measure whom it reaches."""

    def work() -> str:
        actions.check_change(change_id, acting_user=_me(request))
        return str(_("Checked against what is in force."))

    return _done(request, change_id, work)


@require_POST
@page(Right.PROPOSE_POLICY)
def replay(request: PageRequest, change_id: str) -> HttpResponse:
    """Make the decisions of a period again under it."""

    def work() -> str:
        start, end = (_day(_text(request, name)) for name in ("from", "until"))
        if start is None or end is None:
            raise ReplayError(_("Name the period: from a day, until a day."))
        actions.replay_change(change_id, start=start, end=end, acting_user=_me(request))
        return str(_("Replayed: what moved stands below."))

    return _done(request, change_id, work)


@require_POST
@page(Right.PROPOSE_POLICY)
def propose(request: PageRequest, change_id: str) -> HttpResponse:
    """Ask for its sign-offs."""

    def work() -> str:
        row = actions.propose(change_id, acting_user=_me(request))
        return row.rule

    return _done(request, change_id, work)


@require_POST
@page(Right.SEE_POLICIES)
def sign(request: PageRequest, change_id: str) -> HttpResponse:
    """Say yes or no for one function."""

    def work() -> str:
        name = _text(request, "function")
        if name not in list(Function):
            raise ChangeError(_("Say for which function you sign."))
        actions.sign(
            change_id,
            function=Function(name),
            verdict=_text(request, "verdict"),
            reason=_text(request, "reason"),
            seen=_text(request, "digest"),
            acting_user=_me(request),
        )
        return str(_("Your sign-off is kept."))

    viewer = request.reading.viewer
    if not any(viewer.may(right) for right in SIGNS.values()):
        viewer.require(Right.SIGN_OPERATIONS)
    return _done(request, change_id, work)


@require_POST
@page(Right.PROPOSE_POLICY)
def withdraw(request: PageRequest, change_id: str) -> HttpResponse:
    """Take it back for good."""

    def work() -> str:
        actions.withdraw(change_id, reason=_text(request, "reason"), acting_user=_me(request))
        return str(_("The change is withdrawn."))

    return _done(request, change_id, work)


@require_POST
@page(Right.PUBLISH_POLICY)
def publish(request: PageRequest, change_id: str) -> HttpResponse:
    """Put it into force."""

    def work() -> str:
        actions.publish_change(change_id, acting_user=_me(request))
        return str(_("Published: it holds from its first day on."))

    return _done(request, change_id, work)


def _done(request: PageRequest, change_id: str, work: Callable[[], str]) -> HttpResponse:
    try:
        told = work()
    except REFUSED as error:
        text = _("Nothing was changed. %(reason)s") % {"reason": error}
        messages.error(request, text, extra_tags="bad")
    else:
        messages.success(request, told, extra_tags="good")
    return HttpResponseRedirect(f"/changes/{change_id}")


def _written(request: PageRequest) -> list[Written]:
    """What stands in the form. Raises PolicyFileError."""
    me = _me(request)
    text = _text(request, "policies")
    return written_as(text, name=str(_("the form")), author=me.name or me.username)


def _day(text: str) -> datetime | None:
    """The beginning of a day, on the reader's clock."""
    try:
        return timezone.make_aware(datetime.strptime(text, "%Y-%m-%d"))  # noqa: DTZ007
    except ValueError:
        return None


def _me(request: PageRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _text(request: PageRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()
