"""What does the palette find: pages, customers, orders and cases?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from troth.console.parts.cards import card
from troth.console.parts.frame import GROUPS
from troth.console.parts.reading import PageRequest, page
from troth.console.parts.words import Text, label
from troth.store.queries.cases import find_cases
from troth.store.queries.customers import find_customers
from troth.store.queries.orders import find_promises

_MOST = 5


@dataclass(frozen=True, kw_only=True)
class Found:
    """One thing that the palette offers."""

    href: str
    text: Text
    icon: str
    hint: str = ""
    keys: tuple[str, ...] = ()


@page(None)
def find(request: PageRequest) -> HttpResponse:
    """Options for the palette, by group; without a question, the pages."""
    q = request.GET.get("q", "").strip()[:200]
    groups: list[tuple[Text, list[Found]]] = [(_("Pages"), _pages(request, q))]
    if len(q) >= 2:
        groups += [
            (_("Customers"), _listed(lambda: _customers(request, q))),
            (_("Orders"), _listed(lambda: _orders(request, q))),
            (_("Cases"), _listed(lambda: _cases(request, q))),
        ]
    context = {"groups": [group for group in groups if group[1]], "q": q}
    return render(request, "parts/palette_found.html", context)


def _listed(load: Callable[[], list[Found]]) -> list[Found]:
    """What one search found; nothing where the role or a fault forbids it."""
    found: list[Found] = card("palette", load).content or []
    return found


def _pages(request: PageRequest, q: str) -> list[Found]:
    reading = request.reading
    return [
        Found(href=place.path, text=place.label, icon=place.icon, keys=("g", place.key))
        for group in GROUPS
        for place in group.places
        if (place.right is None or reading.may(place.right))
        and q.casefold() in str(place.label).casefold()
    ]


def _customers(request: PageRequest, q: str) -> list[Found]:
    rows = find_customers(viewer=request.reading.viewer, q=q, size=_MOST).rows
    return [
        Found(
            href=f"/customers/{row.id}",
            text=row.name,
            icon="customers",
            hint=" · ".join(
                item for item in (label(row.tier) if row.tier else "", row.city) if item
            ),
        )
        for row in rows
    ]


def _orders(request: PageRequest, q: str) -> list[Found]:
    rows = find_promises(viewer=request.reading.viewer, q=q, size=_MOST).rows
    return [
        Found(
            href=f"/orders/{row.order_key}",
            text=row.order_key,
            icon="orders",
            hint=f"{label(row.state)} · {row.customer_name}",
        )
        for row in rows
    ]


def _cases(request: PageRequest, q: str) -> list[Found]:
    rows = find_cases(viewer=request.reading.viewer, q=q, state="all", size=_MOST).rows
    return [
        Found(
            href=f"/cases/{row.case_key}",
            text=row.case_key,
            icon="cases",
            hint=f"{label(row.status)} · {row.customer_name}",
        )
        for row in rows
    ]
