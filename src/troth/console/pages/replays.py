"""How does somebody try quarantined rows again from a page?"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from troth.actions.quarantine import replay
from troth.connectors.contracts.errors import ContractError
from troth.connectors.errors import MappingError, SourceError
from troth.connectors.workspace import WorkspaceError
from troth.console.parts.reading import PageRequest, page
from troth.console.parts.workplace import workspace
from troth.core.access.roles import Right
from troth.store.models import User


@require_POST
@page(Right.LAND)
def replay_all(request: PageRequest) -> HttpResponse:
    """Read every waiting row again."""
    return _replayed(request, None)


@require_POST
@page(Right.LAND)
def replay_one(request: PageRequest, row_id: int) -> HttpResponse:
    """Read one waiting row again."""
    return _replayed(request, [row_id])


def _replayed(request: PageRequest, ids: list[int] | None) -> HttpResponse:
    assert isinstance(request.user, User)
    try:
        came = replay(workspace(), ids=ids, acting_user=request.user)
    except (WorkspaceError, ContractError, MappingError, SourceError) as error:
        messages.error(
            request,
            _("The replay stopped; what had landed stays. %(reason)s") % {"reason": error},
            extra_tags="bad",
        )
    else:
        messages.success(
            request,
            _("%(tried)s tried, %(resolved)s are out of quarantine; the rest kept its reason.")
            % {"tried": came.tried, "resolved": came.resolved},
            extra_tags="good",
        )
    return HttpResponseRedirect("/quarantine")
