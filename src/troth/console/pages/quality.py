"""How good is what is known of customers, field by field, and of whom is it poorest?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.queries.quality import summarise_quality


@page(Right.SEE_CUSTOMERS)
def index(request: PageRequest) -> HttpResponse:
    """Every field over the customers whom the reader may see, and the poorest of them."""
    found = summarise_quality(viewer=request.reading.viewer)
    return render(request, "pages/quality.html", {"found": found})
