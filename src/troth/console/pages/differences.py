"""Where do order, shipment and invoice tell different stories, and who lets one be?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from troth.actions.reconciling import (
    DifferenceOverError,
    DifferenceReasonError,
    accept_difference,
)
from troth.console.pages.lists import show_list
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.console.parts.words import Text
from troth.core.access.roles import Right
from troth.store.models import User
from troth.store.queries.differences import (
    STATES,
    DifferenceRow,
    difference,
    difference_choices,
    find_differences,
)
from troth.store.queries.lists import Choice, Page

_COLUMNS = (
    Column(name="order", label=_("Order"), sort="order", is_fixed=True),
    Column(name="kind", label=_("Difference"), sort="kind"),
    Column(name="customer", label=_("Customer"), sort="customer"),
    Column(name="expected", label=_("Expected"), is_number=True),
    Column(name="found", label=_("Found"), is_number=True),
    Column(name="opened", label=_("First seen"), sort="opened"),
    Column(name="state", label=_("State"), sort="state"),
)
_FILTERS = (
    Filter(name="state", label=_("State"), default="open"),
    Filter(name="kind", label=_("Difference")),
    Filter(name="order_key", label=_("Order")),
    Filter(name="customer_id", label=_("Customer")),
)
_CSV = (
    "id", "order_key", "line_key", "kind", "number", "customer_id", "customer_name", "expected",
    "found", "unit", "state", "opened_at", "changed_at", "righted_at", "accepted_at",
    "accepted_by", "reason",
)  # fmt: skip
# What is compared, and what makes it right.
_ABOUT: Mapping[str, Text] = {
    "not_sent": _("The promised instant is past, and less has left than was ordered. It is right "
                  "when the rest leaves or the line is cancelled."),
    "sent_too_much": _("More has left, less what came back, than was ordered."),
    "sent_though_cancelled": _("The order or the line is cancelled, and goods of it are out. It is "
                               "right when they are back."),
    "billed_not_sent": _("More is billed, less what was credited, than has left."),
    "sent_not_billed": _("Less is billed, less what was credited, than has left and stayed with "
                         "the customer."),
    "billed_otherwise": _("The amount is not the billed quantity at the order's price less its "
                          "discount."),
    "billed_in_another_currency": _("The invoice is in another currency than the order's price. "
                                    "Amounts in two currencies are not compared."),
    "billed_to_another": _("The invoice names another customer than the order."),
    "delivered_otherwise": _("The order and the last of its shipments name different days of "
                             "delivery."),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of one record; None: not known."""

    value: Decimal | datetime | None
    unit: str = ""
    is_money: bool = False


@dataclass(frozen=True, kw_only=True)
class Side:
    """One figure, as each kind of record tells it; None where such a record has none."""

    name: Text
    figures: tuple[Figure | None, ...]  # of order, shipments, returns, invoices


@page(Right.SEE_ORDERS)
def index(request: PageRequest) -> HttpResponseBase:
    """The differences that wait, or those that the address asks for."""
    viewer = request.reading.viewer
    listing = Listing(
        request, name="differences", columns=_COLUMNS, filters=_FILTERS, sort="-opened"
    )

    def fetch(number: int, size: int) -> Page[DifferenceRow]:
        return find_differences(
            viewer=viewer, **listing.chosen, sort=listing.sort, page=number, size=size
        )

    if listing.is_csv:
        return csv_of("differences", _CSV, fetch, lambda row: [getattr(row, it) for it in _CSV])
    found = fetch(listing.page, 50)
    offered = difference_choices(viewer=viewer)
    counted = {choice.value: choice.count for choice in offered.states}
    states = [Choice(value=name, count=counted.get(name, 0)) for name in STATES]
    listing.offer("state", [*states, Choice(value="all", count=None)], everything=False)
    listing.offer("kind", offered.kinds)
    return show_list(request, "differences", {"listing": listing, "found": found})


@page(Right.SEE_ORDERS)
def one(request: PageRequest, difference_id: str) -> HttpResponse:
    """Why is it a difference? The figures side by side, and the way to let it be."""
    row = difference(viewer=request.reading.viewer, difference_id=difference_id)
    context = {
        "row": row,
        "about": _ABOUT.get(row.kind, ""),
        "sides": _sides(row),
        "may_accept": row.is_open and request.reading.may(Right.SETTLE_DIFFERENCES),
    }
    return render(request, "pages/difference.html", context)


@require_POST
@page(Right.SETTLE_DIFFERENCES)
def accept(request: PageRequest, difference_id: str) -> HttpResponse:
    """Let one be, then back to it."""
    assert isinstance(request.user, User)
    reason = request.POST.get("reason", "").replace("\0", "")[:2_000]
    try:
        accept_difference(difference_id=difference_id, reason=reason, acting_user=request.user)
    except DifferenceReasonError:
        messages.error(
            request, _t("Nothing was accepted: say in a sentence why it may stay."),
            extra_tags="bad",
        )  # fmt: skip
    except DifferenceOverError:
        messages.error(request, _t("Nothing was accepted: it is not open any more."),
                       extra_tags="bad")  # fmt: skip
    else:
        messages.success(
            request, _t("Accepted. It waits no more, unless its figures move."), extra_tags="good"
        )
    return HttpResponseRedirect(f"/differences/{difference_id}")


def _sides(row: DifferenceRow) -> tuple[Side, ...]:
    said = row.figures
    if row.is_of_instants:
        days = (_instant(said, "said_at"), _instant(said, "arrived_at"), None, None)
        return (Side(name=_("Delivered"), figures=days),)
    unit, currency = said.get("unit", ""), said.get("currency", "")
    quantities = tuple(_number(said, it, unit) for it in ("ordered", "sent", "returned", "billed"))
    price = _number(said, "unit_price", currency, is_money=True)
    billed = _number(said, "billed_amount", said.get("billed_currency", ""), is_money=True)
    discount = _number(said, "discount_rate")
    when = (_instant(said, "promised_at"), _instant(said, "last_sent_at"), None,
            _instant(said, "last_billed_at"))  # fmt: skip
    return (
        Side(name=_("Quantity"), figures=quantities),
        Side(name=_("Unit price"), figures=(price, None, None, None)),
        Side(name=_("Discount, 0 to 1"), figures=(discount, None, None, None)),
        Side(name=_("Amount"), figures=(None, None, None, billed)),
        Side(name=_("Promised for, last sent, last billed"), figures=when),
    )


def _number(
    said: Mapping[str, str], name: str, unit: str = "", *, is_money: bool = False
) -> Figure:
    text = said.get(name)
    return Figure(value=Decimal(text) if text else None, unit=unit, is_money=is_money)


def _instant(said: Mapping[str, str], name: str) -> Figure:
    text = said.get(name)
    return Figure(value=datetime.fromisoformat(text) if text else None)
