"""Who may do what to whom, and why? Restricted customers, named people, broken glass."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from troth.actions import access as actions
from troth.console.parts.cards import card
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.models import User
from troth.store.queries import access
from troth.store.queries.access import Answer
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import NotAllowedError, Viewer

_HERE = "/access"


@page(Right.SEE_ACCESS)
def index(request: PageRequest) -> HttpResponse:
    """What waits for a review, what is restricted, and the answer to one question."""
    reading = request.reading
    viewer = reading.viewer
    right, thing = request.GET.get("right", ""), request.GET.get("thing", "").replace("\0", "")
    found = card("who", lambda: _asked(viewer, right, thing.strip())) if right else None
    context = {
        "rights": [item.value for item in Right],
        "right": right or Right.SEE_CUSTOMERS.value,
        "thing": thing.strip(),
        "who": found,
        "open_glasses": card("glasses", lambda: access.glasses(viewer=viewer, is_reviewed=False)),
        "reviewed": card("reviewed", lambda: access.glasses(viewer=viewer, is_reviewed=True)[:20]),
        "restricted": card("restricted", lambda: access.restricted_customers(viewer=viewer)),
        "may_restrict": reading.may(Right.RESTRICT_CUSTOMERS),
        "may_name": reading.may(Right.NAME_PEOPLE),
        "may_review": reading.may(Right.REVIEW_GLASS),
        "now": timezone.now(),
    }
    return render(request, "pages/access.html", context)


def _asked(viewer: Viewer, right: str, thing: str) -> tuple[Answer, ...] | None:
    """The answers; None where there is no such right or thing."""
    try:
        return access.who(viewer=viewer, right=Right(right), thing=thing)
    except (ValueError, NotFoundError):
        return None


@require_POST
@page(Right.RESTRICT_CUSTOMERS)
def restrict(request: PageRequest) -> HttpResponse:
    """Make a customer visible to named people alone."""
    return _done(
        request,
        lambda: actions.restrict(**_customer(request), acting_user=_me(request)),
        _("The customer is restricted. Name the people who may see it."),
    )


@require_POST
@page(Right.RESTRICT_CUSTOMERS)
def unrestrict(request: PageRequest) -> HttpResponse:
    """Make a customer visible again to whoever's rights reach it."""
    return _done(
        request,
        lambda: actions.unrestrict(**_customer(request), acting_user=_me(request)),
        _("The customer is restricted no more."),
    )


@require_POST
@page(Right.NAME_PEOPLE)
def name_person(request: PageRequest) -> HttpResponse:
    """Name somebody for a customer."""
    return _done(
        request,
        lambda: actions.name_person(
            customer_id=_text(request, "customer"),
            user=_user(request),
            reason=_text(request, "reason"),
            acting_user=_me(request),
        ),
        _("Named. This person may see the customer as far as their role goes."),
    )


@require_POST
@page(Right.NAME_PEOPLE)
def unname_person(request: PageRequest) -> HttpResponse:
    """Take a name back."""
    return _done(
        request,
        lambda: actions.unname_person(
            **_customer(request), user=_user(request), acting_user=_me(request)
        ),
        _("The name is taken back."),
    )


@require_POST
@page(Right.REVIEW_GLASS)
def review_glass(request: PageRequest, glass_id: str) -> HttpResponse:
    """Say whether it was justified."""
    return _done(
        request,
        lambda: actions.review_glass(
            glass_id=glass_id,
            verdict=_text(request, "verdict"),
            comment=_text(request, "comment"),
            acting_user=_me(request),
        ),
        _("The review is kept."),
    )


@page(Right.BREAK_GLASS)
def break_glass(request: PageRequest) -> HttpResponse:
    """The form for an emergency, and what it does; then the customer."""
    context = {
        "customer": _text(request, "customer") or request.GET.get("customer", ""),
        "reason": _text(request, "reason"),
        "hours": _hours(request),
        "most_hours": actions.LONGEST_HOURS,
        "shortest": actions.SHORTEST_REASON,
    }
    if request.method != "POST":
        return render(request, "pages/break_glass.html", context)
    try:
        glass = actions.break_glass(
            **_customer(request), hours=_hours(request), acting_user=_me(request)
        )
    except (actions.AccessError, NotFoundError, NotAllowedError) as error:
        context["error"] = str(error)
        return render(request, "pages/break_glass.html", context, status=422)
    return HttpResponseRedirect(f"/customers/{glass.customer_id}")


def _done(request: PageRequest, work: Callable[[], object], told: str) -> HttpResponse:
    try:
        work()
    except (actions.AccessError, actions.AccessRefusedError, NotFoundError) as error:
        text = _("Nothing was changed. %(reason)s") % {"reason": error}
        messages.error(request, text, extra_tags="bad")
    else:
        messages.success(request, told, extra_tags="good")
    return HttpResponseRedirect(_HERE)


def _customer(request: PageRequest) -> dict[str, str]:
    return {"customer_id": _text(request, "customer"), "reason": _text(request, "reason")}


def _user(request: PageRequest) -> User:
    return actions.active_user(_text(request, "user"))


def _me(request: PageRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _text(request: PageRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "").strip()


def _hours(request: PageRequest) -> int:
    text = _text(request, "hours") or "1"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
