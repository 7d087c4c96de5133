"""What has everybody said, held for a run over many decisions?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from troth.core.consent.purposes import Purposes
from troth.core.consent.states import ConsentEvent, Standing, standings


class ConsentBook:
    """The statements of many subjects. `book.at(…)` equals `standings` of the subject's own."""

    def __init__(
        self, events: Iterable[ConsentEvent] = (), purposes: Purposes | None = None
    ) -> None:
        self.purposes = purposes or Purposes()
        self._events: dict[str, list[ConsentEvent]] = {}
        for event in events:
            self._events.setdefault(event.subject, []).append(event)
        self._changes = self.purposes.changes()
        # Most subjects have said nothing: between two declarations all of those stand alike.
        self._silent: dict[int, tuple[Standing, ...]] = {}

    def at(
        self, subject: str | None, at: datetime, *, known_at: datetime | None = None
    ) -> tuple[Standing, ...]:
        """Where each purpose stands for a subject at `at`; known_at: by default the same."""
        known = at if known_at is None else known_at
        events = self._events.get(subject) if subject else None
        if events is not None:
            return standings(events, self.purposes, at=at, known_at=known)
        place = bisect_right(self._changes, known)
        found = self._silent.get(place)
        if found is None:
            found = self._silent[place] = standings((), self.purposes, at=at, known_at=known)
        return found
