"""What happens next? The event queue of the simulation."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Loop:
    """Events in order of time, then of scheduling. Time is whole seconds since 1970, UTC."""

    def __init__(self, *, starts_at: int) -> None:
        self.now = starts_at
        self._scheduled = 0
        self._events: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []

    def at(self, moment: float, action: Callable[..., None], *given: Any) -> None:
        """Call `action(*given)` at a moment, or now where that has passed."""
        self._scheduled += 1
        when = max(self.now, int(moment))
        heapq.heappush(self._events, (when, self._scheduled, action, given))

    def run(self, *, until: int) -> None:
        """Run all events before `until`; later ones stay undone."""
        while self._events and self._events[0][0] < until:
            self.now, _, action, given = heapq.heappop(self._events)
            action(*given)
        self.now = until
