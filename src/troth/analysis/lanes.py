"""How long did a lane's orders take, as it was known at the start of each day?

The array form of `LaneStatistics.count`: the whole order history is held once, as integers, and
any lane's recent window as of any day is counted from it. Seconds are since the epoch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEVER = np.iinfo(np.int64).max
_DAY_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True)
class OrderSpan:
    """One order's life, in seconds since the epoch; None where it has not happened."""

    placed: int
    known: int  # when the order itself was known
    delivered: int | None
    delivery_known: int | None
    cancelled: int | None  # known to be cancelled: from then on it is not counted
    lanes: tuple[str, ...]  # one name a level, from the narrowest to the widest


class LaneHistory:
    """All orders by lane, each lane in the order in which they were placed."""

    def __init__(self, spans: Iterable[OrderSpan]) -> None:
        by_lane: dict[tuple[int, str], list[int]] = {}
        rows: list[tuple[int, int, int, int, int]] = []
        for place, span in enumerate(spans):
            never = int(NEVER)
            rows.append(
                (
                    span.placed,
                    span.known,
                    never if span.delivered is None else span.delivered,
                    never if span.delivery_known is None else span.delivery_known,
                    never if span.cancelled is None else span.cancelled,
                )
            )
            for level, lane in enumerate(span.lanes):
                by_lane.setdefault((level, lane), []).append(place)
        table = np.array(rows, dtype=np.int64).reshape(-1, 5)
        self._lanes = {lane: _sorted(table[places]) for lane, places in by_lane.items()}

    def exits(
        self, level: int, lane: str, *, as_of: int, history_days: int, unit_seconds: int
    ) -> tuple[tuple[int, int, int], ...]:
        """(duration, delivered, still open) of a lane's window, as `LaneStatistics.exits`.

        `as_of` in seconds since the epoch; orders placed within `history_days` before it count,
        as they were known then. Empty for a lane that nobody has ordered on.
        """
        table = self._lanes.get((level, lane))
        if table is None:
            return ()
        first = np.searchsorted(table[:, 0], as_of - history_days * _DAY_SECONDS, side="left")
        last = np.searchsorted(table[:, 0], as_of, side="left")
        placed, known, delivered, delivery_known, cancelled = table[first:last].T
        counts = (known < as_of) & (cancelled >= as_of)
        has_arrived = counts & (np.maximum(delivered, delivery_known) < as_of)
        is_open = counts & ~has_arrived
        took = np.maximum(1, -((placed - delivered) // unit_seconds))[has_arrived]
        waited = ((as_of - placed) // unit_seconds)[is_open]
        durations = np.union1d(took, waited)
        arrived = np.bincount(np.searchsorted(durations, took), minlength=len(durations))
        waiting = np.bincount(np.searchsorted(durations, waited), minlength=len(durations))
        return tuple(
            (int(duration), int(arrivals), int(open_))
            for duration, arrivals, open_ in zip(durations, arrived, waiting, strict=True)
        )


def _sorted(table: NDArray[np.int64]) -> NDArray[np.int64]:
    return table[np.argsort(table[:, 0], kind="stable")]
