"""How does a person get in and out?"""

from __future__ import annotations

from allauth.account.forms import LoginForm
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from troth.actions.people import redeem_login_link
from troth.connectors.identity_provider import PROVIDER_ID
from troth.console.parts.goals import safe_goal
from troth.store.models import User

_YEAR_SECONDS = 60 * 60 * 24 * 365
# Until when whoever came by a link may set a password without the old one, in the session.
MAY_SET_PASSWORD = "troth_may_set_password_until"
_SET_PASSWORD_SECONDS = 15 * 60


@sensitive_post_parameters("password")
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Username and password; back to where the reader wanted to go."""
    goal = safe_goal(request, request.POST.get("next") or request.GET.get("next") or "")
    if request.method != "POST":
        if isinstance(request.user, User):
            return HttpResponseRedirect(goal)
        return _door(request, goal)
    if ratelimit.consume(request, app="allauth.account", action="login") is None:
        return _door(request, goal, error=_too_many(), status=429)
    name = request.POST.get("username", "").replace("\0", "")
    typed = {"login": name, "password": request.POST.get("password", "")}
    form = LoginForm(typed, request=request)
    if form.is_valid():
        if request.user.is_authenticated:
            logout(request)
        answer: HttpResponse = form.login(request, redirect_url=goal)
        return answer
    if any(error.code == "too_many_login_attempts" for error in form.non_field_errors().as_data()):
        return _door(request, goal, username=name, error=_too_many(), status=429)
    error = _("Name and password do not belong together. Nothing was changed; try again.")
    return _door(request, goal, username=name, error=error, status=401)


def _too_many() -> str:
    return _("Too many attempts. Wait some minutes, then try again; nothing was changed.")


def _door(
    request: HttpRequest, goal: str, *, username: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "goal": goal,
        "username": username,
        "error": error,
        "provider": settings.IDENTITY_PROVIDER,
        "provider_id": PROVIDER_ID,
    }
    return render(request, "pages/sign_in.html", context, status=status)


@never_cache
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """A link that signs one person in once. Opening it shows a button; pressing that redeems it,
    so that a program which looks ahead does not use it up."""
    if request.method != "POST":
        return render(request, "pages/sign_in_link.html")
    if ratelimit.consume(request, app="allauth.account", action="login") is None:
        return render(request, "pages/sign_in_link.html", {"is_spent": True}, status=429)
    user = redeem_login_link(token)
    if user is None:
        return render(request, "pages/sign_in_link.html", {"is_spent": True}, status=410)
    if request.user.is_authenticated:
        logout(request)
    record_authentication(request, user, "link")
    request.session[MAY_SET_PASSWORD] = timezone.now().timestamp() + _SET_PASSWORD_SECONDS
    answer: HttpResponse = perform_login(
        request, Login(user=user, redirect_url=settings.LOGIN_REDIRECT_URL)
    )
    return answer


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Out, and back to the door."""
    logout(request)
    return redirect(settings.LOGIN_URL)


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language as a cookie, and show the same page in it."""
    response = HttpResponseRedirect(safe_goal(request, request.POST.get("next", "")))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=_YEAR_SECONDS, samesite="Lax"
        )
        translation.activate(language)
    return response
