"""What does each component look like in every state? Served where DEBUG is on, never else."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render

from troth.console.parts.cards import Card
from troth.console.parts.icons import ICONS
from troth.console.parts.reading import PageRequest, page
from troth.console.parts.words import STATES


@page(None)
def show(request: PageRequest) -> HttpResponse:
    """Every component, with values that no customer has."""
    at = request.reading.at
    context = {
        "states": tuple(STATES),
        "tones": ("good", "watch", "bad", "info", ""),
        "icons": ICONS,
        "tiers": (*request.reading.tier_shapes, "unknown"),
        "instants": [at + timedelta(hours=hours) for hours in (-2000, -60, -30, -2, 0, 2, 30, 900)],
        "amounts": [(Decimal("0"), "EUR"), (Decimal("1234567.5"), "USD"), (None, "EUR")],
        "rows": range(1, 1001),
        "failed": Card(name="sample", has_failed=True),
        "refused": Card(name="sample", is_refused=True),
    }
    return render(request, "pages/samples.html", context)
