"""How does somebody freeze a scope by hand, or bring a calendar in and see first what it does?"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from troth.actions import freezes as actions
from troth.actions.freeze_calendars import CalendarFaultsError, Importing, import_calendar
from troth.connectors.calendars import CalendarFileError
from troth.connectors.calendars.lines import LARGEST
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.core.policies.freezes import (
    Between,
    FreezeKind,
    InvalidFreezeError,
    NewFreeze,
    WholeDays,
    whole_second_in_utc,
)
from troth.core.policies.recurrence import RecurrenceError, parse
from troth.core.policies.scopes import Layer, Scope, ScopeError, parse_scope
from troth.store.models import User
from troth.store.queries.lists import NotFoundError

LAYERS = ("company", "region", "segment", "tier", "contract", "customer")
RULES = {
    "": "",
    "yearly": "FREQ=YEARLY",
    "quarterly": "FREQ=MONTHLY;INTERVAL=3",
    "monthly": "FREQ=MONTHLY",
}
_FIELDS = (
    "layer", "key", "kind", "title", "reason", "first_on", "last_on", "first_time", "last_time",
    "time_zone", "returns", "rule",
)  # fmt: skip
_MOST_SHOWN = 200


@page(Right.MANAGE_FREEZES)
def add(request: PageRequest) -> HttpResponse:
    """The form of a new freeze; then its page."""
    assert isinstance(request.user, User)
    if request.method != "POST":
        return _form(request, _begun(request))
    typed = {name: _text(request, name) for name in _FIELDS}
    try:
        row = actions.add(_new(typed), scope=_scope(typed), acting_user=request.user)
    except (InvalidFreezeError, RecurrenceError, actions.FreezeError, ScopeError) as error:
        return _form(request, typed, error=str(error))
    except NotFoundError as error:
        return _form(request, typed, error=str(error), status=404)
    messages.success(request, _("Frozen. Nothing that reaches it changes in that time."),
                     extra_tags="good")  # fmt: skip
    return HttpResponseRedirect(f"/freezes/{row.pk}")


def _begun(request: PageRequest) -> dict[str, str]:
    """What the form begins with: what its address says, and the reader's own zone."""
    typed = {name: request.GET.get(name, "")[:600] for name in _FIELDS}
    typed["time_zone"] = typed["time_zone"] or str(timezone.get_current_timezone())
    return typed


def _form(
    request: PageRequest, typed: dict[str, str], *, error: str = "", status: int = 422
) -> HttpResponse:
    context = {
        "typed": typed,
        "error": error,
        "layers": LAYERS,
        "kinds": [kind.value for kind in FreezeKind],
        "rules": [name for name in RULES if name],
        "zones": sorted(name for name in available_timezones() if "/" in name),
    }
    return render(request, "pages/freeze_add.html", context, status=status if error else 200)


def _new(typed: dict[str, str]) -> NewFreeze:
    rule = RULES.get(typed["returns"], typed["rule"])
    if typed["kind"] not in {kind.value for kind in FreezeKind}:
        raise InvalidFreezeError("kind", _("choose what the customer is busy with"))
    return NewFreeze(
        kind=FreezeKind(typed["kind"]),
        title=typed["title"],
        reason=typed["reason"],
        span=_span(typed),
        time_zone=typed["time_zone"],
        repeats=parse(rule) if rule else None,
    )


def _scope(typed: dict[str, str]) -> Scope:
    layer, key = typed["layer"], typed["key"]
    return parse_scope(layer if layer == Layer.COMPANY else f"{layer}:{key}")


def _span(typed: dict[str, str]) -> WholeDays | Between:
    """Whole days where no time of day is given; else from one to the other on the zone's wall."""
    first, last = _date(typed, "first_on"), _date(typed, "last_on")
    times = typed["first_time"], typed["last_time"]
    if not any(times):
        return WholeDays(first_on=first, last_on=last)
    if not all(times):
        raise InvalidFreezeError("time", _("give both times of day, or none for whole days"))
    try:
        zone = ZoneInfo(typed["time_zone"])
        start, end = (time.fromisoformat(text) for text in times)
    except (ValueError, KeyError, OSError) as error:
        raise InvalidFreezeError("time", _("write times as 18:00, and a zone as Europe/Berlin")) \
            from error  # fmt: skip
    return Between(
        starts_at=whole_second_in_utc(datetime.combine(first, start, zone), "first_time"),
        ends_at=whole_second_in_utc(datetime.combine(last, end, zone), "last_time"),
    )


def _date(typed: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(typed[name])
    except ValueError as error:
        raise InvalidFreezeError(name, _("write a day as 2026-12-28")) from error


@page(Right.MANAGE_FREEZES)
def bring_in(request: PageRequest) -> HttpResponse:
    """A calendar file: first what it would do, or each fault with its line; then it is done."""
    assert isinstance(request.user, User)
    typed = {name: _text(request, name) for name in ("layer", "key", "kind", "time_zone", "name")}
    context: dict[str, Any] = {
        "typed": typed,
        "layers": LAYERS,
        "kinds": [kind.value for kind in FreezeKind],
        "zones": sorted(name for name in available_timezones() if "/" in name),
    }
    if request.method != "POST":
        typed |= {name: request.GET.get(name, "")[:600] for name in ("layer", "key", "kind")}
        return render(request, "pages/freeze_import.html", context)
    is_preview = request.POST.get("do") != "import"
    document = _document(request)
    if uploaded := request.FILES.get("calendar"):
        typed["name"] = uploaded.name or ""
    try:
        found = import_calendar(
            document,
            scope=_scope(typed),
            kind=FreezeKind(typed["kind"]) if typed["kind"] else FreezeKind.FISCAL_CLOSE,
            time_zone=typed["time_zone"],
            name=typed["name"],
            acting_user=request.user,
            is_preview=is_preview,
        )
    except CalendarFaultsError as error:
        context |= {"faults": error.faults[:_MOST_SHOWN], "fault_count": len(error.faults)}
        return render(request, "pages/freeze_import.html", context, status=422)
    except (CalendarFileError, ScopeError, NotFoundError, actions.FreezeError, ValueError) as error:
        context["error"] = str(error)
        status = 404 if isinstance(error, NotFoundError) else 422
        return render(request, "pages/freeze_import.html", context, status=status)
    if is_preview:
        context |= _preview(found, document)
        return render(request, "pages/freeze_import.html", context)
    return _imported(request, found)


def _preview(found: Importing, document: bytes) -> dict[str, Any]:
    return {
        "found": found,
        "events": found.events[:_MOST_SHOWN],
        "more": max(0, len(found.events) - _MOST_SHOWN),
        "text": document.decode("utf-8-sig"),
        "changes": any(item.what in ("added", "changed") for item in found.events),
    }


def _imported(request: HttpRequest, found: Importing) -> HttpResponse:
    told = _("%(added)s added, %(changed)s changed, %(same)s as they were.") % {
        "added": found.count("added"),
        "changed": found.count("changed"),
        "same": found.count("unchanged") + found.count("ended"),
    }
    messages.success(request, told, extra_tags="good")
    if found.vanished:
        gone = _("No more in the calendar, and still held: %(titles)s.") % {
            "titles": ", ".join(item.title for item in found.vanished[:10])
        }
        messages.warning(request, gone, extra_tags="watch")
    return HttpResponseRedirect("/freezes")


def _document(request: HttpRequest) -> bytes:
    uploaded = request.FILES.get("calendar")
    if uploaded is not None:
        return bytes(uploaded.read(LARGEST + 1))  # what is longer is refused
    return request.POST.get("text", "").encode()


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "").strip()
