"""Which policies of customers could end, or be one, and what shows it? Drafting that change."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from troth.actions.change_errors import ChangeError
from troth.actions.consolidating import consolidate
from troth.actions.policies import PolicyFileError
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.models import User
from troth.store.queries.consolidation import consolidation

_SHOWN = 200  # policies in each part of the page; the rest is in the API and on the command line


@page(Right.SEE_POLICIES)
def show(request: PageRequest) -> HttpResponse:
    """What could end, what could be one, what decides something, and how that is known."""
    found = consolidation(viewer=request.reading.viewer)
    ending = [item for item in found.policies if item.may_end]
    others = [item for item in found.policies if not item.may_end]
    context = {
        "found": found,
        "ending": ending[:_SHOWN],
        "others": others[:_SHOWN],
        "more": max(0, len(ending) - _SHOWN) + max(0, len(others) - _SHOWN),
        "may_draft": request.reading.may(Right.PROPOSE_POLICY),
    }
    return render(request, "pages/policy_consolidation.html", context)


@require_POST
@page(Right.PROPOSE_POLICY)
def draft(request: PageRequest) -> HttpResponse:
    """Draft the change, and go to it; or say why not, with the case."""
    ids = [name.replace("\0", "")[:200] for name in request.POST.getlist("id")]
    reason = request.POST.get("reason", "").replace("\0", "")[:2_000]
    user = request.user
    assert isinstance(user, User)
    try:
        row = consolidate(ids, reason=reason, acting_user=user)
    except (ChangeError, PolicyFileError) as error:
        told = _("Nothing was drafted. %(reason)s") % {"reason": error}
        messages.error(request, told, extra_tags="bad")
        return HttpResponseRedirect("/policies/consolidate")
    messages.success(request, _("Drafted and checked. Propose it next."), extra_tags="good")
    return HttpResponseRedirect(f"/changes/{row.pk}")
