"""What happens to every request: a log line without personal fields, and a strict CSP."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from troth.site.telemetry import REQUEST_SECONDS, REQUESTS

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
