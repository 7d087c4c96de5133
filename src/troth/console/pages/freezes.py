"""When may nothing change for whom: months, the list, one freeze, and its calendar to take away?"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from troth.actions import freezes as actions
from troth.connectors.calendars import written_calendar
from troth.console.pages.lists import show_list
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Chip, Column, Filter, Listing
from troth.console.parts.months import (
    SHOWN,
    month_of,
    months_of,
    on_day,
    reading_span,
    shifted,
    weekday_names,
)
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.models import User
from troth.store.queries import freezes
from troth.store.queries.freezes import FreezeRow, FreezeTime
from troth.store.queries.lists import Choice, Page

_COLUMNS = (
    Column(name="title", label=_lazy("Freeze"), sort="title", is_fixed=True),
    Column(name="scope", label=_lazy("For"), sort="scope"),
    Column(name="kind", label=_lazy("What"), sort="kind"),
    Column(name="state", label=_lazy("State")),
    Column(name="from", label=_lazy("From"), sort="next"),
    Column(name="until", label=_lazy("Until")),
    Column(name="returns", label=_lazy("Returns")),
    Column(name="author", label=_lazy("Author")),
)
_FILTERS = (
    Filter(name="state", label=_lazy("Show"), default="current"),
    Filter(name="layer", label=_lazy("For")),
    Filter(name="kind", label=_lazy("What")),
    Filter(name="day", label=_lazy("Day")),
    Filter(name="month", label=_lazy("Month")),
)
_CSV = (
    "id", "layer", "scope", "kind", "title", "reason", "state", "next_starts_at", "next_ends_at",
    "time_zone", "first_on", "last_on", "starts_at", "ends_at", "repeats", "calendar", "uid",
    "author", "created_at", "ended_at", "ended_by", "end_reason",
)  # fmt: skip


class _Calendar(Listing):
    """A list beside months: which month is looked at narrows nothing."""

    @property
    def chips(self) -> list[Chip]:
        return [chip for chip in super().chips if chip.label != str(_("Month"))]


@page(Right.SEE_POLICIES)
def index(request: PageRequest) -> HttpResponseBase:
    """Three months and the list; a day narrows the list to what holds on it."""
    viewer, at = request.reading.viewer, timezone.now()
    listing = _Calendar(request, name="freezes", columns=_COLUMNS, filters=_FILTERS, sort="next")
    chosen = {"q": listing.q, "kind": listing.chosen["kind"], "layer": listing.chosen["layer"]}
    today = timezone.localdate(at)
    day = _day(listing.chosen["day"])
    first = month_of(listing.chosen["month"], otherwise=day or today)
    start, end = reading_span(first, SHOWN)

    def fetch(number: int, size: int) -> Page[FreezeRow]:
        return freezes.find_freezes(
            viewer=viewer, at=at, **chosen, state=listing.chosen["state"], sort=listing.sort,
            page=number, size=size, ids=ids,
        )  # fmt: skip

    times = freezes.freeze_times(viewer=viewer, at=at, start=start, end=end, **chosen)
    zone = timezone.get_current_timezone()
    ids = None if day is None else _ids(on_day(_read_for(request, day, times, chosen), day, zone))
    if listing.is_csv:
        return csv_of("freezes", _CSV, fetch, _cells)
    context = {
        "listing": listing,
        "found": fetch(listing.page, 50),
        "months": months_of(first, times, zone=zone, today=today, chosen=day),
        "weekdays": weekday_names(),
        "earlier": listing.href(month=f"{shifted(first, -SHOWN):%Y-%m}"),
        "later": listing.href(month=f"{shifted(first, SHOWN):%Y-%m}"),
        "this_month": listing.href(month="", day=""),
        "may_manage": request.reading.may(Right.MANAGE_FREEZES),
        "day": day,
    }
    kinds, layers = freezes.freeze_choices(viewer=viewer)
    listing.offer("state", [Choice(value=n, count=None) for n in freezes.STATES], everything=False)
    listing.offer("layer", layers)
    listing.offer("kind", kinds)
    return show_list(request, "freezes", context)


def _read_for(
    request: PageRequest, day: date, times: tuple[FreezeTime, ...], chosen: dict[str, str]
) -> tuple[FreezeTime, ...]:
    """The times of the chosen day's month, where it is none of those that are shown."""
    start, end = reading_span(day.replace(day=1), 1)
    return freezes.freeze_times(
        viewer=request.reading.viewer, at=timezone.now(), start=start, end=end, **chosen
    )


def _ids(times: tuple[FreezeTime, ...]) -> frozenset[str]:
    return frozenset(time.row.id for time in times)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _cells(row: FreezeRow) -> list[Any]:
    return [getattr(row, name) for name in _CSV]


@page(Right.SEE_POLICIES)
def feed(request: PageRequest) -> HttpResponse:
    """Every freeze that was not ended, as an iCalendar file."""
    events = freezes.freeze_events(viewer=request.reading.viewer, at=timezone.now())
    document = written_calendar(events, name=_("Troth: freezes"))
    answer = HttpResponse(document, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="freezes.ics"'
    answer["Cache-Control"] = "private, no-cache"
    return answer


@page(Right.SEE_POLICIES)
def one(request: PageRequest, freeze_id: str) -> HttpResponse:
    """One freeze: when it holds, who let what through, and how it is ended."""
    return _show(request, freeze_id)


def _show(
    request: PageRequest, freeze_id: str, *, status: int = 200, **more: object
) -> HttpResponse:
    found = freezes.freeze(viewer=request.reading.viewer, freeze_id=freeze_id, at=timezone.now())
    is_live = found.row.state in ("planned", "running")
    context = {
        "freeze": found,
        "row": found.row,
        "may_end": is_live and request.reading.may(Right.MANAGE_FREEZES),
        "may_override": is_live and request.reading.may(Right.OVERRIDE_FREEZE),
        **more,
    }
    return render(request, "pages/freeze.html", context, status=status)


@require_POST
@page(Right.MANAGE_FREEZES)
def cancel(request: PageRequest, freeze_id: str) -> HttpResponse:
    """End a freeze now."""
    assert isinstance(request.user, User)
    reason = request.POST.get("reason", "")
    try:
        actions.cancel(freeze_id=freeze_id, reason=reason, acting_user=request.user)
    except actions.FreezeError as error:
        return _show(request, freeze_id, status=422, end_error=str(error), end_reason=reason)
    messages.success(request, _("The freeze is ended. It stays in the list."), extra_tags="good")
    return HttpResponseRedirect(f"/freezes/{freeze_id}")


@require_POST
@page(Right.OVERRIDE_FREEZE)
def override(request: PageRequest, freeze_id: str) -> HttpResponse:
    """Let one change through."""
    assert isinstance(request.user, User)
    change, reason = request.POST.get("change", ""), request.POST.get("reason", "")
    try:
        actions.override(
            freeze_id=freeze_id, change=change, reason=reason, acting_user=request.user
        )
    except actions.FreezeError as error:
        typed = {"override_error": str(error), "change": change, "override_reason": reason}
        return _show(request, freeze_id, status=422, **typed)
    told = _("The change may be published within this freeze, by somebody else.")
    messages.success(request, told, extra_tags="good")
    return HttpResponseRedirect(f"/freezes/{freeze_id}")
