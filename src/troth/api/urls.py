"""Which addresses does the API have? Include these under `api/` and `problems/`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path

from troth.api import v1
from troth.api.problems import PROBLEMS


def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """What a problem's `type` leads to: what it means and what to do, as plain text."""
    kind = PROBLEMS.get(code)
    if kind is None:
        known = ", ".join(PROBLEMS)
        text, status = f"No problem is called {code!r}. There are: {known}.\n", 404
    else:
        text, status = f"{kind.title} ({kind.code}, HTTP {kind.status})\n\n{kind.remedy}\n", 200
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


problem_urlpatterns = [path("<str:code>", problem_page, name="problem")]
urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(v1.urls())),
    re_path(r"^[\s\S]*$", v1.unknown),
]
