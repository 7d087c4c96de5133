"""Roll-outs: which there are, how one goes, and the buttons that widen it or undo it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from troth.actions import rollout_checks
from troth.actions.change_errors import ChangeError
from troth.actions.freeze_gate import PolicyFrozenError
from troth.actions.policies import PolicyFileError
from troth.actions.rollouts import NoSuchRolloutError, RolloutError, advance, roll_back, start
from troth.analysis.rollouts import MEASURES
from troth.console.pages.lists import show_list
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.core.policies.changes import StepError
from troth.core.policies.rollouts import InvalidRolloutError
from troth.store.models import User
from troth.store.queries.lists import Choice, NotFoundError, Page
from troth.store.queries.policies import policy
from troth.store.queries.rollouts import (
    STATES,
    RolloutReading,
    RolloutRow,
    customers_inside,
    find_rollouts,
    rollout,
)

_COLUMNS = (
    Column(name="policy", label=gettext_lazy("Policy"), sort="kind", is_fixed=True),
    Column(name="state", label=gettext_lazy("State"), sort="state"),
    Column(name="scope", label=gettext_lazy("For")),
    Column(name="stage", label=gettext_lazy("Stage"), is_number=True),
    Column(name="inside", label=gettext_lazy("In force for")),
    Column(name="created", label=gettext_lazy("Begun"), sort="created"),
    Column(name="author", label=gettext_lazy("Begun by")),
    Column(name="reason", label=gettext_lazy("Reason")),
)
_FILTERS = (Filter(name="state", label=gettext_lazy("Show"), default="open"),)
_CSV = (
    "id", "kind", "layer", "scope", "state", "stage", "stages", "created_at", "ended_at", "author",
    "reason", "end_reason",
)  # fmt: skip
EXAMPLE = """\
change: chg_
stages:
  - {share: 10}
  - {share: 50}
  - {share: 100}
guardrails:
  - {measure: promise_coverage, worse_by: 5, minimum: 50}
reason:
"""
_REFUSALS = (
    ChangeError, NoSuchRolloutError, NotFoundError, PolicyFileError, PolicyFrozenError,
    RolloutError, StepError,
)  # fmt: skip
_WIDEST = 100  # a bar of percent ends here


@dataclass(frozen=True, kw_only=True)
class Bars:
    """One guardrail as the page draws it: two bars on one scale."""

    reading: RolloutReading
    inside: float
    outside: float
    end: float  # where the scale ends


@page(Right.SEE_POLICIES)
def index(request: PageRequest) -> HttpResponseBase:
    """Roll-outs; at first those that are open."""
    viewer = request.reading.viewer
    listing = Listing(request, name="rollouts", columns=_COLUMNS, filters=_FILTERS, sort="-created")

    def fetch(number: int, size: int) -> Page[RolloutRow]:
        return find_rollouts(
            viewer=viewer, q=listing.q, **listing.chosen, sort=listing.sort, page=number, size=size
        )

    if listing.is_csv:
        return csv_of("rollouts", _CSV, fetch, _cells)
    context = {
        "listing": listing,
        "found": fetch(listing.page, 50),
        "may_start": request.reading.may(Right.PUBLISH_POLICY),
    }
    states = [Choice(value=name, count=None) for name in STATES]
    listing.offer("state", states, everything=False)
    return show_list(request, "rollouts", context)


def _cells(row: RolloutRow) -> list[object]:
    return [
        row.id, row.kind, row.layer, row.scope, row.state, row.stage, len(row.stages),
        row.created_at, row.ended_at, row.author, row.reason, row.end_reason,
    ]  # fmt: skip


@page(Right.SEE_POLICIES)
def one(request: PageRequest, rollout_id: str) -> HttpResponse:
    """Its stages, who is in, and the measures inside and outside."""
    viewer = request.reading.viewer
    row = rollout(viewer=viewer, rollout_id=rollout_id)
    listing = Listing(request, name="rollout", columns=(), sort="id")
    context = {
        "row": row,
        "bars": [_bars(item) for item in row.readings],
        "listing": listing,
        "found": customers_inside(viewer=viewer, rollout_id=rollout_id, page=listing.page),
        "may_publish": request.reading.may(Right.PUBLISH_POLICY),
        "may_check": request.reading.may(Right.RUN),
    }
    return render(request, "pages/rollout.html", context)


def _bars(reading: RolloutReading) -> Bars:
    values = [float(value or 0) for value in (reading.inside, reading.outside)]
    end = _WIDEST if reading.unit == "%" else max(*values, 1.0)
    return Bars(reading=reading, inside=values[0], outside=values[1], end=end)


@page(Right.PUBLISH_POLICY)
def begin(request: PageRequest) -> HttpResponse:
    """The form that begins one; what is wrong with it is told beside it."""
    text = EXAMPLE
    faults: tuple[str, ...] = ()
    if request.method == "POST":
        text = request.POST.get("document", "").replace("\0", "")
        try:
            row = start(_read(text), acting_user=_me(request))
        except InvalidRolloutError as error:
            faults = tuple(fault.sentence for fault in error.faults)
        except _REFUSALS as error:
            faults = (str(error),)
        else:
            messages.success(request, _("The roll-out has begun."), extra_tags="good")
            return HttpResponseRedirect(f"/rollouts/{row.pk}")
    context = {"document": text, "faults": faults, "measures": MEASURES}
    return render(request, "pages/rollout_begin.html", context, status=422 if faults else 200)


def _read(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RolloutError(_("This is not readable as YAML.") + f" {error}") from error


@require_POST
@page(Right.PUBLISH_POLICY)
def widen(request: PageRequest, rollout_id: str) -> HttpResponse:
    """Put the next stage into force."""
    rollout(viewer=request.reading.viewer, rollout_id=rollout_id)
    return _done(
        request,
        lambda: advance(
            rollout_id, reason=_reason(request), acting_user=_me(request), stage=_stage(request)
        ),
        _("The next stage is in force."),
        f"/rollouts/{rollout_id}",
    )


def _stage(request: PageRequest) -> int | None:
    """Which stage the page showed as the next one."""
    found = request.POST.get("stage", "")
    return int(found) if found.isdecimal() else None


@require_POST
@page(Right.RUN)
def measure(request: PageRequest, rollout_id: str) -> HttpResponse:
    """Measure it now; where a guardrail is crossed, it is undone."""
    rollout(viewer=request.reading.viewer, rollout_id=rollout_id)
    return _done(
        request,
        lambda: rollout_checks.check(rollout_id, acting_user=_me(request)),
        _("Measured. What came out is below."),
        f"/rollouts/{rollout_id}",
    )


@require_POST
@page(Right.PUBLISH_POLICY)
def undo(request: PageRequest, target: str) -> HttpResponse:
    """Roll back: a roll-out, or a version that is in force."""
    viewer = request.reading.viewer
    if target.startswith("rol_"):
        where = f"/rollouts/{rollout(viewer=viewer, rollout_id=target).id}"
    else:
        where = f"/policies/{policy(viewer=viewer, policy_id=target).row.id}"
    return _done(
        request,
        lambda: roll_back(target, reason=_reason(request), acting_user=_me(request)),
        _("Rolled back. What held before is in force again."),
        where,
    )


def _done(
    request: PageRequest, act: Callable[[], object], told: str, where: str
) -> HttpResponseRedirect:
    try:
        act()
    except _REFUSALS as error:
        messages.error(request, str(error), extra_tags="bad")
    else:
        messages.success(request, told, extra_tags="good")
    return HttpResponseRedirect(where)


def _reason(request: PageRequest) -> str:
    return request.POST.get("reason", "").replace("\0", "")[:2_000]


def _me(request: PageRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
