"""What happens to every request: a log line without personal fields, a strict CSP, and a session
that ends when nobody uses it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from troth.site.telemetry import REQUEST_SECONDS, REQUESTS
from troth.store.models import User

_LOG = structlog.get_logger("troth.request")
_Handler = Callable[[HttpRequest], HttpResponse]

# Everything comes from our own origin. Vega compiles its expressions to an AST that it
# interprets, so no `unsafe-eval`; its SVG carries style attributes, which `style-src-attr` allows.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "manifest-src 'self'",
    )
)


class ContentSecurityPolicy:
    """Puts the policy on every answer."""

    def __init__(self, get_response: _Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        return response


class SessionKeeper:
    """Says once a minute that a session is in use, and gives it a new key when its person's role,
    team or regions have changed: a key that somebody saw before is worth nothing after."""

    _SEEN = "troth_seen"
    _STANDING = "troth_standing"
    _EVERY_SECONDS = 60

    def __init__(self, get_response: _Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, User):
            self._keep(request, request.user)
        return self._get_response(request)

    def _keep(self, request: HttpRequest, user: User) -> None:
        session = request.session
        standing = [user.role, user.team, sorted(user.regions)]
        if session.get(self._STANDING) != standing:
            if self._STANDING in session:
                session.cycle_key()
            session[self._STANDING] = standing
        if time.time() - session.get(self._SEEN, 0) > self._EVERY_SECONDS:
            session[self._SEEN] = time.time()


class RequestLog:
    """Counts and logs each request by its route, never by its full path or its body."""

    def __init__(self, get_response: _Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self._get_response(request)
        seconds = time.perf_counter() - started
        match = request.resolver_match
        route = match.route if match is not None else "unmatched"
        REQUESTS.labels(route, request.method or "", str(response.status_code)).inc()
        REQUEST_SECONDS.labels(route).observe(seconds)
        _LOG.info(
            "request",
            route=route,
            method=request.method,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
        )
        return response
