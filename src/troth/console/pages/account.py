"""What is mine: password, second factor, where I am signed in, my tokens?"""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from troth.actions.accounts import set_password
from troth.actions.people import TokenError, issue_token, revoke_token
from troth.actions.sessions import end_sessions
from troth.console.pages.access import MAY_SET_PASSWORD
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.models import User
from troth.store.queries.people import own_account, own_sessions, tokens
from troth.store.queries.viewing import NotAllowedError
from troth.store.sessions import row_key


@never_cache
@page(None)
def show(request: PageRequest) -> HttpResponse:
    """All of it on one page."""
    return _page(request)


def _page(request: PageRequest, *, issued: str = "", status: int = 200) -> HttpResponse:
    viewer = request.reading.viewer
    user = _own(request)
    context = {
        "own": own_account(viewer=viewer),
        "sessions": own_sessions(viewer=viewer),
        "this_session": row_key(request.session.session_key or ""),
        "tokens": [found for found in tokens(viewer=viewer, username=user.username)
                   if found.is_in_force],
        "rights": [right for right in Right if user.may(right)],
        "issued": issued,
    }  # fmt: skip
    return render(request, "pages/account.html", context, status=status)


@sensitive_post_parameters("old", "new", "again")
@never_cache
@page(None)
def password(request: PageRequest) -> HttpResponse:
    """Choose a password. Every other session ends; this one goes on under a new key."""
    user = _own(request)
    needs_old = not _came_by_link(request)
    if request.method != "POST":
        return render(request, "pages/password.html", {"needs_old": needs_old})
    if (
        ratelimit.consume(request, app="allauth.account", action="change_password", user=user)
        is None
    ):
        faults = [_("Too many attempts. Wait a minute, then try again; nothing was changed.")]
        status = 429
    else:
        faults, status = _faults(request, user, needs_old), 422
    if faults:
        context = {"needs_old": needs_old, "faults": faults}
        return render(request, "pages/password.html", context, status=status)
    changed = set_password(user=user, password=request.POST["new"], acting_user=user)
    request.session.pop(MAY_SET_PASSWORD, None)
    update_session_auth_hash(request, changed)
    end_sessions(user=user, keep=row_key(request.session.session_key or ""), acting_user=user)
    messages.success(
        request, _("The password is set. You are signed out everywhere else."), extra_tags="good"
    )
    return redirect("account")


def _came_by_link(request: PageRequest) -> bool:
    return float(request.session.get(MAY_SET_PASSWORD, 0)) > timezone.now().timestamp()


def _faults(request: PageRequest, user: User, needs_old: bool) -> list[str]:
    new = request.POST.get("new", "")
    if needs_old and not user.has_usable_password():
        return [_("This account has no password yet. Ask an administrator for a sign-in link.")]
    if needs_old and not user.check_password(request.POST.get("old", "")):
        return [_("The present password is not right. Nothing was changed.")]
    if new != request.POST.get("again", ""):
        return [_("The two new passwords differ. Nothing was changed.")]
    try:
        validate_password(new, user)
    except ValidationError as error:
        return list(error.messages)
    return []


@require_POST
@page(None)
def end_session(request: PageRequest) -> HttpResponse:
    """Sign out of one session, or of every other one."""
    user = _own(request)
    only = request.POST.get("session") or None
    keep = None if only else row_key(request.session.session_key or "")
    ended = end_sessions(user=user, only=only, keep=keep, acting_user=user)
    told = _("Signed out there.") if ended else _("That session had ended already.")
    messages.success(request, told, extra_tags="good")
    return HttpResponseRedirect("/account")


@require_POST
@never_cache
@page(None)
def add_token(request: PageRequest) -> HttpResponse:
    """A token of one's own. The answer shows it, once: it stands nowhere from which a page could
    be led to it."""
    user = _own(request)
    days = request.POST.get("days", "")
    chosen = request.POST.getlist("scope")
    try:
        token = issue_token(
            user=user,
            label=request.POST.get("label", "").replace("\0", ""),
            days=int(days) if days.isascii() and days.isdigit() else 0,
            scopes=[right for right in Right if right in chosen],
            acting_user=user,
        )
    except TokenError as error:
        messages.error(request, str(error), extra_tags="bad")
        return HttpResponseRedirect("/account")
    return _page(request, issued=token, status=201)


@require_POST
@page(None)
def end_token(request: PageRequest, token_id: int) -> HttpResponse:
    """End a token of one's own, or with the right to administer, of anybody."""
    user = _own(request)
    try:
        revoke_token(token_id=token_id, reason="ended on a page", acting_user=user)
    except NotAllowedError:
        messages.error(request, _("That token is not yours. Nothing was changed."),
                       extra_tags="bad")  # fmt: skip
    else:
        messages.success(request, _("The token has ended."), extra_tags="good")
    goal = "/people" if request.POST.get("from") == "people" else "/account"
    return HttpResponseRedirect(goal)


def _own(request: PageRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
