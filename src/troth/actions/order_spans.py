"""How long did an order take, for the history of its lanes?"""

from __future__ import annotations

from datetime import datetime

from troth.analysis.lanes import OrderSpan
from troth.core.calendars import epoch_second
from troth.store.facts.orders import OrderHistory


def span_of(order: OrderHistory) -> OrderSpan:
    """The order as lanes count it."""

    def second(at: datetime | None) -> int | None:
        return None if at is None else epoch_second(at)

    return OrderSpan(
        placed=epoch_second(order.placed_at),
        known=epoch_second(order.first_known_at),
        delivered=second(order.delivered_at),
        delivery_known=second(order.delivery_known_at),
        cancelled=second(order.cancellation_known_at),
        lanes=order.lanes,
    )
