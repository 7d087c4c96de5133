"""How does a person get in and out?"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from troth.actions.people import redeem_login_link
from troth.store.models import User

_YEAR_SECONDS = 60 * 60 * 24 * 365


@sensitive_post_parameters("password")
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Username and password; back to where the reader wanted to go."""
    goal = _safe(request, request.POST.get("next") or request.GET.get("next") or "")
    if request.method != "POST":
        if isinstance(request.user, User):
            return HttpResponseRedirect(goal)
        return render(request, "pages/sign_in.html", {"goal": goal})
    name = request.POST.get("username", "")
    user = authenticate(request, username=name, password=request.POST.get("password", ""))
    if not isinstance(user, User):
        context = {
            "goal": goal,
            "username": name,
            "error": _("Name and password do not belong together. Nothing was changed; try again."),
        }
        return render(request, "pages/sign_in.html", context, status=401)
    login(request, user)
    return HttpResponseRedirect(goal)


@never_cache
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """A link that signs one person in once. Opening it shows a button; pressing that redeems it,
    so that a program which looks ahead does not use it up."""
    if request.method != "POST":
        return render(request, "pages/sign_in_link.html")
    user = redeem_login_link(token)
    if user is None:
        return render(request, "pages/sign_in_link.html", {"is_spent": True}, status=410)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect(settings.LOGIN_REDIRECT_URL)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Out, and back to the door."""
    logout(request)
    return redirect(settings.LOGIN_URL)


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language as a cookie, and show the same page in it."""
    response = HttpResponseRedirect(_safe(request, request.POST.get("next", "")))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=_YEAR_SECONDS, samesite="Lax"
        )
        translation.activate(language)
    return response


def _safe(request: HttpRequest, goal: str) -> str:
    """Where to go next, if it is on this site."""
    is_ours = url_has_allowed_host_and_scheme(
        goal, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return goal if goal and is_ours else settings.LOGIN_REDIRECT_URL
