"""How does a person sign in with the company's identity provider?"""

from __future__ import annotations

import structlog
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from requests import RequestException

from troth.actions.sessions import NotAdmittedError, admit
from troth.connectors.identity_provider import PROVIDER_ID, IdentityProvider
from troth.console.parts.goals import safe_goal
from troth.console.parts.openid import NotVerifiedError, OpenIdAdapter, OpenIdProvider

_LOG = structlog.get_logger("troth.sign_in")


@never_cache
@require_GET
def leave(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider. A link and no form: our policy lets a form lead to our own pages alone."""
    _provider(provider_id)
    # Another site must not start a sign-in in the reader's name.
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return HttpResponseRedirect(settings.LOGIN_URL)
    if ratelimit.consume(request, app="allauth.account", action="login", limit_get=True) is None:
        return _refused(request, why="too many attempts", status=429)
    adapter = OpenIdAdapter(request, provider_id)
    provider: OpenIdProvider = adapter.get_provider()
    try:
        return provider.leave(request, goal=safe_goal(request, request.GET.get("next", "")))
    except (OAuth2Error, RequestException, ValueError, KeyError) as error:
        return _refused(request, why=type(error).__name__, status=502)


@never_cache
@require_GET
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the provider, with a code that is good once."""
    known = _provider(provider_id)
    state = statekit.unstash_state(
        request, provider_id=provider_id, state_id=request.GET.get("state", "")
    )
    if state is None or not request.GET.get("code"):
        return _refused(request, why="no sign-in was under way, or the provider refused")
    adapter = OpenIdAdapter(request, provider_id)
    try:
        client = adapter.get_client(request, adapter.get_provider().app)
        tokens = adapter.trade(client, state=state)
        claims = adapter.claims_of(tokens, nonce=state.get("nonce", ""), provider=known)
        user = admit(provider=known, claims=claims)
    except NotAdmittedError as error:
        return _refused(request, why=str(error), status=403)
    except (OAuth2Error, RequestException, ValueError, KeyError) as error:
        # What a provider answers can hold a token: of other errors the log has the kind alone.
        why = str(error) if isinstance(error, NotVerifiedError) else type(error).__name__
        return _refused(request, why=why)
    if request.user.is_authenticated:
        logout(request)
    record_authentication(request, user, "socialaccount", provider=provider_id)
    login = Login(user=user, redirect_url=safe_goal(request, str(state.get("next", ""))))
    answer: HttpResponse = perform_login(request, login)
    return answer


def _provider(provider_id: str) -> IdentityProvider:
    known = settings.IDENTITY_PROVIDER
    if provider_id != PROVIDER_ID or not isinstance(known, IdentityProvider):
        raise Http404
    return known


def _refused(request: HttpRequest, *, why: str, status: int = 401) -> HttpResponse:
    """One answer for all: the log says which it was, without a token and without a name."""
    _LOG.warning("sign-in refused", by="provider", why=why)
    return render(request, "pages/sign_in_refused.html", status=status)
