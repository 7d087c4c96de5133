"""What do all lists of the console have in common?"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from troth.console.parts.reading import PageRequest


def show_list(request: PageRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """A list's page, or only its rows where htmx asks for them."""
    is_part = bool(request.htmx) and request.htmx.target == "list"
    template = f"lists/{name}.html" if is_part else f"pages/{name}.html"
    response = render(request, template, {"is_part": is_part, **context})
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
