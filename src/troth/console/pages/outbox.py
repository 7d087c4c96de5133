"""What could not be sent to whom, and how is it sent again?"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from troth.actions.delivering import NoSuchMessageError, send_again, send_all_again
from troth.actions.webhooks import NoSuchEndpointError
from troth.console.pages.lists import show_list
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.models import User
from troth.store.queries import outbox
from troth.store.queries.lists import Choice, Page
from troth.store.queries.outbox import MessageRow

_COLUMNS = (
    Column(name="message", label=_lazy("Message"), sort="at", is_fixed=True),
    Column(name="type", label=_lazy("Event"), sort="type"),
    Column(name="endpoint", label=_lazy("Address")),
    Column(name="state", label=_lazy("State")),
    Column(name="tries", label=_lazy("Tries"), sort="tries", is_number=True),
    Column(name="created", label=_lazy("Written")),
    Column(name="next", label=_lazy("Next try"), sort="next"),
)
_FILTERS = (
    Filter(name="state", label=_lazy("State"), default="dead"),
    Filter(name="endpoint", label=_lazy("Address")),
    Filter(name="type", label=_lazy("Event")),
)
_CSV = ("id", "endpoint", "url", "event", "state", "tries", "created_at", "next_attempt_at")


@page(Right.SEE_OUTBOX)
def index(request: PageRequest) -> HttpResponseBase:
    """The messages that could not be sent, or those that wait or arrived; and the addresses."""
    viewer = request.reading.viewer
    listing = Listing(request, name="outbox", columns=_COLUMNS, filters=_FILTERS, sort="-at")

    def fetch(number: int, size: int) -> Page[MessageRow]:
        chosen = listing.chosen
        return outbox.find_messages(
            viewer=viewer,
            state=chosen["state"],
            endpoint_id=chosen["endpoint"],
            event_type=chosen["type"],
            sort=listing.sort,
            page=number,
            size=size,
        )

    if listing.is_csv:
        return csv_of("outbox", _CSV, fetch, _cells)
    context = {
        "listing": listing,
        "found": fetch(listing.page, 50),
        "endpoints": outbox.find_endpoints(viewer=viewer),
        "may_send": request.reading.may(Right.MANAGE_WEBHOOKS),
    }
    endpoints, types = outbox.outbox_choices(viewer=viewer)
    states = [Choice(value=name, count=None) for name in outbox.STATES]
    listing.offer("state", states, everything=False)
    listing.offer("endpoint", endpoints)
    listing.offer("type", types)
    return show_list(request, "outbox", context)


def _cells(row: MessageRow) -> list[object]:
    return [
        row.id, row.endpoint_id, row.url, row.event_type, row.state, row.attempt_count,
        row.created_at, row.next_attempt_at,
    ]  # fmt: skip


@page(Right.SEE_OUTBOX)
def one(request: PageRequest, message_id: str) -> HttpResponse:
    """One message as it is sent, with every try."""
    found = outbox.message(viewer=request.reading.viewer, message_id=message_id)
    context = {"row": found, "may_send": request.reading.may(Right.MANAGE_WEBHOOKS)}
    return render(request, "pages/message.html", context)


@require_POST
@page(Right.MANAGE_WEBHOOKS)
def retry_one(request: PageRequest, message_id: str) -> HttpResponse:
    """Send one message again."""
    assert isinstance(request.user, User)
    try:
        send_again(message_id=message_id, acting_user=request.user)
    except NoSuchMessageError as error:
        messages.error(request, str(error), extra_tags="bad")
    else:
        _say_sent(request, 1)
    return HttpResponseRedirect("/outbox")


@require_POST
@page(Right.MANAGE_WEBHOOKS)
def retry_all(request: PageRequest, endpoint_id: str) -> HttpResponse:
    """Send all of one address again."""
    assert isinstance(request.user, User)
    try:
        count = send_all_again(endpoint_id=endpoint_id, acting_user=request.user)
    except NoSuchEndpointError as error:
        messages.error(request, str(error), extra_tags="bad")
    else:
        _say_sent(request, count)
    return HttpResponseRedirect("/outbox")


def _say_sent(request: PageRequest, count: int) -> None:
    text = _("%(count)s to be sent again, from the first try.") % {"count": count}
    messages.success(request, text, extra_tags="good")
