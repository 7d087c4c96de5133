"""How long may a browser keep a bundled script? For ever: its address carries its version."""

from __future__ import annotations

import gzip

from django.http import Http404, HttpRequest, HttpResponse

from troth.console.parts.bundles import packed, release_of


def bundled(request: HttpRequest, name: str, release: str) -> HttpResponse:
    """One bundled script."""
    if release_of(name) != release:
        raise Http404
    content = packed(name)
    response = HttpResponse(content_type="text/javascript; charset=utf-8")
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = content
        response["Content-Encoding"] = "gzip"
    else:
        response.content = gzip.decompress(content)
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
