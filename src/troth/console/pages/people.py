"""Who has access, and how is somebody locked out?"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from troth.actions import accounts
from troth.actions.accounts import AccountError, Change, NoSuchUserError
from troth.actions.people import issue_login_link
from troth.actions.sessions import end_sessions
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right, Role
from troth.store.models import User
from troth.store.queries.lists import NotFoundError
from troth.store.queries.people import accounts as read_accounts
from troth.store.queries.people import tokens

_LONGEST = 500


@page(Right.ADMINISTER)
def index(request: PageRequest) -> HttpResponse:
    """Everybody, who is locked out as well."""
    return render(
        request, "pages/people.html", {"accounts": read_accounts(viewer=request.reading.viewer)}
    )


@never_cache
@page(Right.ADMINISTER)
def one(request: PageRequest, username: str) -> HttpResponse:
    """One person or program, and what can be done."""
    return _page(request, username)


def _page(
    request: PageRequest, username: str, *, link: str = "", status: int = 200
) -> HttpResponse:
    viewer = request.reading.viewer
    found = read_accounts(viewer=viewer, username=username)
    if not found:
        raise NotFoundError("account", username)
    context = {
        "account": found[0],
        "tokens": tokens(viewer=viewer, username=username),
        "roles": list(Role),
        "link": link,
    }
    return render(request, "pages/person.html", context, status=status)


def _deactivate(request: PageRequest, user: User, reason: str) -> str:
    accounts.deactivate(user=user, reason=reason, acting_user=_own(request))
    return _("Locked out: no session and no token of this account works any more.")


def _activate(request: PageRequest, user: User, reason: str) -> str:
    accounts.activate(user=user, reason=reason, acting_user=_own(request))
    return _("Active again. Sessions and tokens that ended stay ended.")


def _change(request: PageRequest, user: User, reason: str) -> str:
    role = request.POST.get("role", "")
    regions = [part.strip() for part in request.POST.get("regions", "").split(",")]
    change = Change(
        role=Role(role) if role in set(Role) else None,
        team=request.POST.get("team", "").replace("\0", "").strip(),
        regions=[part.replace("\0", "") for part in regions if part] or ["*"],
    )
    accounts.change_user(user=user, change=change, reason=reason, acting_user=_own(request))
    return _("Changed. It counts from the next request on.")


def _sign_out(request: PageRequest, user: User, reason: str) -> str:
    end_sessions(user=user, acting_user=_own(request))
    return _("Signed out everywhere.")


def _remove_factor(request: PageRequest, user: User, reason: str) -> str:
    accounts.remove_second_factor(user=user, reason=reason, acting_user=_own(request))
    return _("The second factor is gone; the person sets up a new one.")


_VERBS: dict[str, Callable[[PageRequest, User, str], str]] = {
    "deactivate": _deactivate,
    "activate": _activate,
    "change": _change,
    "sign-out": _sign_out,
    "remove-factor": _remove_factor,
}


@require_POST
@never_cache
@page(Right.ADMINISTER)
def act(request: PageRequest, username: str, verb: str) -> HttpResponse:
    """Do what a button of the page says, or say why not."""
    try:
        user = accounts.find_user(username)
    except NoSuchUserError as error:
        raise NotFoundError("account", username) from error
    reason = request.POST.get("reason", "").replace("\0", "").strip()[:_LONGEST]
    if verb == "link":
        token = issue_login_link(user=user, acting_user=_own(request))
        address = request.build_absolute_uri(f"/sign-in/link/{token}")
        return _page(request, username, link=address, status=201)
    if verb not in _VERBS:
        raise NotFoundError("verb", verb)
    try:
        told = _VERBS[verb](request, user, reason)
    except AccountError as error:
        messages.error(request, str(error), extra_tags="bad")
    else:
        messages.success(request, told, extra_tags="good")
    return HttpResponseRedirect(f"/people/{username}")


def _own(request: PageRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
