"""What is data used for, what are customers told, and what did one of them say to it?"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from itertools import groupby

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from troth.actions import consents as actions
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.core.consent.purposes import PERSONAL_LAYERS, Basis, NoticeError, UnknownPurposeError
from troth.core.consent.states import SAID, ConsentEventError, State
from troth.store.models import User
from troth.store.queries.consents import NoticeRow, find_purposes

_DAYS = re.compile(r"[0-9]{1,5}")
_FIELDS = ("purpose", "basis", "title", "text", "valid_days")


@require_POST
@page(Right.RECORD_CONSENT)
def record(request: PageRequest, customer_id: str) -> HttpResponse:
    """Record what a customer said, then back to the customer's page."""
    assert isinstance(request.user, User)
    said, how = _text(request, "said"), _text(request, "how")
    try:
        if said not in list(SAID) or how not in list(actions.How):
            raise ConsentEventError(_("Choose what the customer said, and how."))
        actions.record_consent(
            customer_id=customer_id,
            purposes=[item[:63] for item in request.POST.getlist("purpose")][:50],
            said=State(said),
            how=actions.How(how),
            source="console",
            effective_at=_day(request, "effective_on"),
            expires_at=_day(request, "expires_on"),
            acting_user=request.user,
        )
    except (ConsentEventError, UnknownPurposeError) as error:
        messages.error(
            request, _("Nothing was recorded. %(reason)s") % {"reason": error}, extra_tags="bad"
        )
    else:
        told = _("Recorded. Decisions from now on go by it; what was promised stays.")
        messages.success(request, told, extra_tags="good")
    return HttpResponseRedirect(f"/customers/{customer_id}#consents")


@page(Right.SEE_CUSTOMERS)
def purposes(request: PageRequest) -> HttpResponse:
    """Every purpose with its notice, its earlier versions, and the form to declare one."""
    may_declare = request.reading.may(Right.DECLARE_PURPOSE)
    if request.method != "POST":
        return _shown(request, _begun(request), may_declare=may_declare)
    request.reading.viewer.require(Right.DECLARE_PURPOSE)
    assert isinstance(request.user, User)
    typed = {name: _text(request, name) for name in _FIELDS}
    layers = [name for name in PERSONAL_LAYERS if name in request.POST.getlist("layers")]
    try:
        if typed["basis"] not in list(Basis):
            raise NoticeError(_("Choose the legal basis."))
        if typed["valid_days"] and not _DAYS.fullmatch(typed["valid_days"]):
            raise NoticeError(_("Write how long a yes lasts as a number of days."))
        actions.declare_purpose(
            purpose=typed["purpose"],
            basis=Basis(typed["basis"]),
            title=typed["title"],
            text=typed["text"],
            layers=layers,
            valid_days=int(typed["valid_days"]) if typed["valid_days"] else None,
            asks_again=bool(request.POST.get("asks_again")),
            acting_user=request.user,
        )
    except NoticeError as error:
        return _shown(request, typed, layers=layers, error=str(error), may_declare=True)
    messages.success(request, _("Declared. It holds from now on."), extra_tags="good")
    return HttpResponseRedirect("/purposes")


def _begun(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").replace("\0", "")[:600] for name in _FIELDS}


def _shown(
    request: PageRequest,
    typed: dict[str, str],
    *,
    layers: list[str] | None = None,
    error: str = "",
    may_declare: bool = False,
) -> HttpResponse:
    found = find_purposes(viewer=request.reading.viewer, at=timezone.now())
    grouped: list[list[NoticeRow]] = [
        list(rows) for _key, rows in groupby(found, key=lambda row: row.purpose)
    ]
    chosen = next((rows[0] for rows in grouped if rows[0].purpose == typed.get("purpose")), None)
    if chosen is not None and not typed.get("text"):
        typed = {**typed, "title": chosen.title, "text": chosen.text, "basis": chosen.basis}
        layers = list(chosen.layers)
    context = {
        "purposes": [(rows[0], rows[1:]) for rows in grouped],
        "typed": typed,
        "layers": layers or [],
        "error": error,
        "may_declare": may_declare,
        "bases": [basis.value for basis in Basis],
        "all_layers": PERSONAL_LAYERS,
    }
    return render(request, "pages/purposes.html", context, status=422 if error else 200)


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "").strip()[:10_000]


def _day(request: HttpRequest, name: str) -> datetime | None:
    """The beginning of a day, UTC. Raises ConsentEventError."""
    typed = _text(request, name)
    if not typed:
        return None
    try:
        return datetime.combine(datetime.fromisoformat(typed).date(), time(), tzinfo=UTC)
    except ValueError as error:
        raise ConsentEventError(_("Write a day as 2026-12-28.")) from error
