"""Is a lane's window, counted from arrays, what the rule counts from the orders themselves?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from troth.analysis.lanes import LaneHistory, OrderSpan
from troth.core.decisions.lead_time import HOUR_SECONDS, LaneStatistics

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
START = int(EPOCH.timestamp())
DAY = 86_400
SPAN = 40 * DAY


@dataclass(frozen=True, kw_only=True)
class Life:
    """One order's instants, in seconds after EPOCH."""

    placed: int
    known: int
    delivered: int | None
    delivery_known: int | None
    cancelled: int | None
    lane: str


@st.composite
def lives(draw: st.DrawFn) -> Life:
    # Edges are where errors are: whole days and hours come up often.
    second = st.one_of(st.integers(0, SPAN), st.integers(0, SPAN // DAY).map(lambda day: day * DAY))
    placed = draw(second)
    delivered = draw(st.none() | second)
    late = draw(st.sampled_from([0, 1, HOUR_SECONDS, 3 * DAY]))
    return Life(
        placed=placed,
        known=placed + draw(st.sampled_from([0, 0, 1, DAY])),
        delivered=delivered,
        delivery_known=None if delivered is None else delivered + late,
        cancelled=draw(st.none() | second),
        lane=draw(st.sampled_from(["A>B", "B"])),
    )


def history(orders: list[Life]) -> LaneHistory:
    def at(second: int | None) -> int | None:
        return None if second is None else START + second

    return LaneHistory(
        OrderSpan(
            placed=START + order.placed,
            known=START + order.known,
            delivered=at(order.delivered),
            delivery_known=at(order.delivery_known),
            cancelled=at(order.cancelled),
            lanes=(order.lane, ""),
        )
        for order in orders
    )


def counted(orders: list[Life], *, lane: str, now: int, days: int) -> LaneStatistics:
    """By the rule: what was known at `now` of orders that were not known to be cancelled."""

    def instant(second: int) -> datetime:
        return EPOCH + timedelta(seconds=second)

    known = [
        (
            instant(order.placed),
            # A delivery that nobody knew of had not happened yet, as far as anyone could say.
            None
            if order.delivered is None
            or order.delivery_known is None
            or order.delivery_known >= now
            else instant(order.delivered),
        )
        for order in orders
        if order.known < now
        and (order.cancelled is None or order.cancelled >= now)
        and lane in ("", order.lane)
    ]
    return LaneStatistics.count(
        known, lane=lane, level="any", as_of=instant(now), history_days=days
    )


@given(
    orders=st.lists(lives(), max_size=30),
    now=st.integers(0, SPAN // DAY + 2).map(lambda day: day * DAY),
    days=st.sampled_from([1, 7, 120]),
    lane=st.sampled_from(["A>B", "B", ""]),
)
@example(orders=[], now=DAY, days=7, lane="")
def test_counting_from_arrays_is_counting_from_orders(
    orders: list[Life], now: int, days: int, lane: str
) -> None:
    found = history(orders).exits(
        1 if lane == "" else 0,
        lane,
        as_of=START + now,
        history_days=days,
        unit_seconds=HOUR_SECONDS,
    )
    assert found == counted(orders, lane=lane, now=now, days=days).exits


def test_a_lane_that_nobody_ordered_on_has_no_exits() -> None:
    assert history([]).exits(0, "X", as_of=START, history_days=1, unit_seconds=1) == ()
