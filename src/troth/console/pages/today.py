"""What needs this person today?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from troth.console.parts.cards import card
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.queries import moment, today
from troth.store.queries.quarantine import find_quarantined
from troth.store.queries.questions import find_questions


@page(None)
def show(request: PageRequest) -> HttpResponse:
    """The parts that the reader's role has something to do with; each stands on its own."""
    reading = request.reading
    viewer, at = reading.viewer, reading.at
    cards = [
        card("late", lambda: today.late_promises(viewer=viewer)),
        card("at_risk", lambda: today.at_risk_promises(viewer=viewer)),
        card("breached", lambda: today.breached_cases(viewer=viewer)),
        card("soon", lambda: today.soon_due_cases(viewer=viewer, at=at)),
    ]
    if reading.may(Right.SETTLE_IDENTITY):
        cards.append(card("questions", lambda: find_questions(viewer=viewer, size=8)))
    if reading.may(Right.SEE_QUARANTINE):
        cards.append(card("quarantine", lambda: find_quarantined(viewer=viewer, size=8)))
    context = {
        "standing": card("standing", lambda: today.standing(viewer=viewer, at=at)),
        "run": card("run", lambda: moment.last_run(viewer=viewer)),
        "cards": cards,
        "soon_hours": int(today.SOON.total_seconds() // 3600),
    }
    return render(request, "pages/today.html", context)
