"""What applies to this customer, in which case, and why? And are the policies at odds?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from troth.actions.merge_errors import IdentityBusyError
from troth.actions.tier_previews import TierPreviewError, known_tiers, preview_tier
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.core.policies.asking import inputs, read_case
from troth.core.policies.outputs import FaultError
from troth.store.models import User
from troth.store.queries.applying import AskedInput, applied_policies
from troth.store.queries.customers import customer
from troth.store.queries.lists import BadListError
from troth.store.queries.policy_findings import FoundInPolicies, policy_check

_SHOWN = 200  # findings on a page; the rest is in the API and on the command line


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input of the case, as the form shows it."""

    asked: AskedInput
    text: str  # as it was typed
    fault: str  # why it does not fit; "" where it does


@page(Right.SEE_POLICIES)
def to_customer(request: PageRequest, customer_id: str) -> HttpResponse:
    """Each value with its layer, its version, its rule and what it overrode."""
    typed = {name: request.GET[name] for name in inputs() if request.GET.get(name)}
    told, faults = _told(typed)
    times = {name: request.GET.get(name, "") for name in ("at", "known_at")}
    at, known_at = (_instant(text) for text in times.values())
    found = applied_policies(
        viewer=request.reading.viewer,
        customer_id=customer_id,
        at=at or request.reading.at,
        known_at=known_at,
        case=told,
    )
    if found.customer_id != customer_id:
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(
            f"/customers/{found.customer_id}/policies" + (f"?{query}" if query else "")
        )
    fields = [
        Field(asked=item, text=typed.get(item.name, ""), fault=faults.get(item.name, ""))
        for item in found.asks
    ]
    kinds = [
        (kind, list(group)) for kind, group in groupby(found.values, key=lambda item: item.kind)
    ]
    context = {
        "found": found,
        "row": found.customer,
        "decided": [group for group in kinds if any(item.version for item in group[1])],
        "built_in": [group for group in kinds if not any(item.version for item in group[1])],
        "fields": fields,
        "times": times,
        "has_faults": any(field.fault for field in fields),
    }
    return render(request, "pages/customer_policies.html", context)


@page(Right.SEE_POLICIES)
def another_tier(request: PageRequest, customer_id: str) -> HttpResponse:
    """What another tier would change for this customer, worked out by doing it and undoing it."""
    found = customer(viewer=request.reading.viewer, customer_id=customer_id)
    key = found.row.id
    if key != customer_id:
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"/customers/{key}/tier" + (f"?{query}" if query else ""))
    assert isinstance(request.user, User)
    to, since = request.GET.get("to", ""), request.GET.get("since", "")
    context: dict[str, Any] = {
        "row": found.row,
        "to": to,
        "since": since,
        "tiers": known_tiers(request.reading.at),
    }
    if to:
        try:
            context["moved"] = preview_tier(
                customer_id=key, tier=to, since=_instant(since), acting_user=request.user
            )
        except (TierPreviewError, IdentityBusyError) as error:
            context["refusal"] = str(error)
    return render(request, "pages/customer_tier.html", context)


@page(Right.SEE_POLICIES)
def check(request: PageRequest) -> HttpResponse:
    """Conflicts and hints, each with a case that shows it."""
    shown = request.GET.get("show", "conflicts")
    if shown not in ("conflicts", "hints"):
        raise BadListError(f"No list is called {shown!r}. Use one of conflicts, hints.")
    found = policy_check(viewer=request.reading.viewer, at=request.reading.at)
    conflicts = [item for item in found.findings if not item.is_hint]
    hints = [item for item in found.findings if item.is_hint]
    listed = hints if shown == "hints" else conflicts
    context = {
        "found": found,
        "shown": shown,
        "conflicts": len(conflicts),
        "hints": len(hints),
        "groups": _by_version(listed[:_SHOWN]),
        "more": max(0, len(listed) - _SHOWN),
    }
    return render(request, "pages/policy_check.html", context)


def _told(typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The inputs that fit, and why the others do not."""
    told, faults = dict[str, Any](), dict[str, str]()
    for name, text in typed.items():
        try:
            told |= read_case([(name, text)])
        except FaultError as error:
            faults[name] = _("Expected %(expected)s.") % {"expected": error.fault.expected}
    return told, faults


def _instant(text: str) -> datetime | None:
    """The instant of a form's date and time in the reader's zone; "" is none."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadListError(f"{text!r} is no date and time; write 2026-01-31T09:00.") from error
    return found if found.tzinfo else timezone.make_aware(found)


def _by_version(
    found: list[FoundInPolicies],
) -> list[tuple[FoundInPolicies, list[FoundInPolicies]]]:
    groups: dict[str, list[FoundInPolicies]] = {}
    for item in found:
        groups.setdefault(item.version or f"{item.policy}:{item.kind}", []).append(item)
    return [(items[0], items) for items in groups.values()]
