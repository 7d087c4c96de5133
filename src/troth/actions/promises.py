"""What was, and is, promised for every order?

Each order is decided as of its own moment, with the lane history known at the start of that day
(UTC). An order that is still open is decided once more at the run's moment, given how long it
has been open: that gives the date by which it is now as likely as not to arrive; the promise stays.
Both go by the policy that was known when the order was first decided, whatever was published since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

from troth.actions.clocks import clock_row, make_late, run_out
from troth.actions.decisions import Sealed, Tally, end_of_year, record, recorded_digests
from troth.actions.news import PROMISE_EVENTS, promise_news, promises_before
from troth.actions.order_spans import span_of
from troth.actions.outbox import Audience
from troth.actions.recording import recorded
from troth.actions.upserting import upsert_changed
from troth.analysis.lanes import LaneHistory
from troth.core.access.roles import Right
from troth.core.calendars import BusinessCalendar, epoch_second
from troth.core.decisions import promise, promise_floored
from troth.core.decisions.answers import policies_used
from troth.core.decisions.decision import Decision
from troth.core.decisions.feeds import FeedUsed, feed_floors
from troth.core.decisions.lead_time import HOUR_SECONDS, LaneStatistics
from troth.core.decisions.promise import PromiseFacts, PromisePolicy
from troth.core.decisions.promise_facts import NOT_OBEYED, POLICY_KINDS
from troth.core.decisions.receipt import seal
from troth.core.policies.book import PolicyBook
from troth.core.policies.floors import permitted
from troth.core.policies.scopes import Subject, standard
from troth.core.work.clock_events import ClockEvent, ClockEventKind, replay
from troth.core.work.clocks import Target
from troth.store.facts.freshness import PROMISE, Freshness
from troth.store.facts.orders import LEVELS, OrderHistory, order_histories
from troth.store.facts.policies import published_versions
from troth.store.facts.subjects import Entitlements
from troth.store.models import Clock, Promise, User

_BATCH = 500
_MEDIAN = Decimal("0.5")
_ALWAYS = BusinessCalendar.always_open("UTC")
Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Decided:
    """One order with its promise and, where it is open, what is expected now."""

    order: OrderHistory
    tier: str | None
    first: Sealed
    latest: Sealed


def decide_promises(
    *, as_of: datetime, acting_user: User, progress: Progress | None = None
) -> Tally:
    """Promise every order known at `as_of`. Commits batch by batch; what is decided stays."""
    tally = Tally()
    decider = PromiseDecider(as_of=as_of)
    for batch in _batches(order_histories(as_of)):
        decided = [decider.decided(order) for order in batch]
        record_promises(decided, tally, as_of=as_of, acting_user=acting_user)
        if progress is not None:
            progress(tally.subjects)
    return tally


def _batches(orders: Iterable[OrderHistory]) -> Iterator[list[OrderHistory]]:
    iterator = iter(orders)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


LaneMark = tuple[datetime, int, str, int]  # day, level, lane, days of history


class PromiseDecider:
    """Holds what many promises share: policies, tiers, and lanes, some of them known already."""

    def __init__(
        self,
        *,
        as_of: datetime,
        book: PolicyBook | None = None,
        lanes: Mapping[LaneMark, LaneStatistics] | None = None,
    ) -> None:
        self._as_of = as_of
        self._known_lanes = lanes or {}
        self._book = book or PolicyBook.compile_as_known(published_versions())
        self._entitlements = Entitlements.load()
        self._freshness = Freshness.load()
        self._history = cache(
            lambda: LaneHistory(span_of(order) for order in order_histories(as_of))
        )  # of all orders, so not before it is asked for
        self._forget()

    def _forget(self) -> None:
        self._days: dict[datetime, dict[tuple[int, str, int], LaneStatistics]] = {}
        self._policies: dict[object, tuple[PromisePolicy, int, tuple[str, ...]]] = {}

    def under(self, book: PolicyBook) -> PromiseDecider:
        """A decider with the same history under other policies."""
        other = copy(self)
        other._book = book
        other._forget()
        return other

    def subject_of(self, order: OrderHistory) -> Subject:
        """For whom policies are asked when the order is first decided."""
        who = self._entitlements.subject_at(
            order.customer_id,
            order.decided_at,
            segment=order.segment,
            regions=(order.sales_region or order.destination, order.country),
        )
        return permitted(who, feed_floors(self._feeds(order)))

    def _feeds(self, order: OrderHistory) -> tuple[FeedUsed, ...]:
        """The feeds under contract that the order rests on, as they were when it was decided."""
        return self._freshness.at(
            order.decided_at, records=PROMISE, keys=(order.key, order.customer)
        )

    def first(self, order: OrderHistory) -> Sealed:
        """What was promised when the order was first decided."""
        # An order that was known late has been open for a while when it is first decided.
        waited = (order.decided_at - order.placed_at) // timedelta(days=1)
        return self._sealed(order, at=order.decided_at, elapsed_days=waited)

    def decided(self, order: OrderHistory) -> Decided:
        """The promise of one order, and what is expected of it now."""
        tier = self._entitlements.tier_at(order.customer_id, order.decided_at)
        first = self.first(order)
        elapsed = (self._as_of - order.placed_at) // timedelta(days=1)
        if not order.is_open or elapsed <= 0 or self._as_of <= order.decided_at:
            return Decided(order=order, tier=tier, first=first, latest=first)
        latest = self._sealed(order, at=self._as_of, elapsed_days=elapsed)
        return Decided(order=order, tier=tier, first=first, latest=latest)

    def _sealed(self, order: OrderHistory, *, at: datetime, elapsed_days: int) -> Sealed:
        # As it was permitted when the order was first decided, like its policy.
        consent = self._entitlements.permitted_at(order.customer_id, order.decided_at).consent
        policy, history_days, asked = self._policy(order, at)
        facts = PromiseFacts(
            order=order.key,
            customer=order.customer_id,
            placed_at=order.placed_at,
            requested_at=order.requested_at,
            source_promised_at=order.source_promised_at,
            elapsed_days=elapsed_days,
            time_zone=order.time_zone,
            lanes=self._lanes(order, history_days, at),
            asked={name: case_of(order)[name] for name in asked},
            known_at={
                name: order.first_known_at
                for name in ("placed_at", "requested_at", "source_promised_at")
                if getattr(order, name) is not None
            },
            consent=consent,
            feeds=self._feeds(order),
        )
        decision = promise_floored.decide(facts, policy, at=at)
        receipt = seal(decision, facts, policy)
        return Sealed(decision=decision, receipt=receipt, region=order.region)

    def _policy(
        self, order: OrderHistory, at: datetime
    ) -> tuple[PromisePolicy, int, tuple[str, ...]]:
        """The policy, how far back its lanes are counted, and what its tables asked for.

        Work in flight stays on the version that it started under: it is that of the first
        decision, its calendar worked out around `at`.
        """
        who, begun, case = self.subject_of(order), order.decided_at, case_of(order)
        # The rows themselves are the mark, so that they live as long as what they stand for.
        rows = tuple(self._book.values(kind, who, begun, case) for kind in POLICY_KINDS)
        plain = standard(who)
        without = tuple(self._book.values(kind, plain, begun, case) for kind in POLICY_KINDS)
        floors = self._entitlements.permitted_at(order.customer_id, begun).floors
        is_floored = bool((*floors, *feed_floors(self._feeds(order))))
        mark = (rows, without, order.time_zone, at.year, is_floored)
        if mark not in self._policies:
            resolved, plainly = ([row.resolution for row in held] for held in (rows, without))
            policy = PromisePolicy.resolved(
                policies_used(*resolved, but=NOT_OBEYED),
                time_zone=order.time_zone,
                at=end_of_year(at),
                standard=policies_used(*plainly, but=NOT_OBEYED),
            )
            asked = {name for row in (*rows, *without) if row.tabled for name in row.tabled.asked}
            # Where layers are left out, both answers are held against each other on the lanes
            # that the standard looks at.
            history_days = (plainly if is_floored else resolved)[0]["history_days"]
            self._policies[mark] = (policy, history_days, tuple(sorted(asked)))
        return self._policies[mark]

    def _lanes(
        self, order: OrderHistory, history_days: int, at: datetime
    ) -> tuple[LaneStatistics, ...]:
        day = datetime.combine(at.astimezone(UTC).date(), time(), tzinfo=UTC)
        if day not in self._days:
            # Orders come in the order of their decision: earlier days are done with, but for
            # the run's own, on which every open order is decided again.
            run_day = {d: held for d, held in self._days.items() if d.date() == self._as_of.date()}
            self._days = {**run_day, day: {}}
        return tuple(
            self._statistics(level, lane, history_days, day)
            for level, lane in enumerate(order.lanes)
        )

    def _statistics(
        self, level: int, lane: str, history_days: int, day: datetime
    ) -> LaneStatistics:
        held, mark = self._days[day], (level, lane, history_days)
        if (day, *mark) in self._known_lanes:
            return self._known_lanes[day, *mark]
        if mark not in held:
            exits = self._history().exits(
                level,
                lane,
                as_of=epoch_second(day),
                history_days=history_days,
                unit_seconds=HOUR_SECONDS,
            )
            held[mark] = LaneStatistics(
                lane=lane,
                level=LEVELS[level],
                as_of=day,
                history_days=history_days,
                exits=exits,
            )
        return held[mark]


def case_of(order: OrderHistory) -> dict[str, Any]:
    """What the tables of an order's policies may ask for, as it was when it was placed."""
    return {
        "placed_at": order.placed_at,
        "requested_at": order.requested_at,
        "origin": order.origin,
        "destination": order.destination,
        "country": order.country,
        "channel": order.channel,
        "total": order.total,
        "total_currency": order.total_currency,
    }


def record_promises(
    decided: list[Decided],
    tally: Tally,
    *,
    as_of: datetime,
    acting_user: User,
    right: Right = Right.DECIDE,
    scanned_until: datetime | None = None,
) -> None:
    """Write what differs, in one entry. Clocks due by `scanned_until` were found run out."""
    known, fresh = _new_among(decided)
    with recorded(
        acting_user=acting_user,
        action="order:promise:decided",
        right=right,
        subject=promise.KIND,
        is_company_wide=True,
    ) as entry:
        record(fresh, entry)
        promises = [_promise_row(item, known, as_of) for item in decided]
        audience = Audience.load()
        is_heard = audience.hears(*PROMISE_EVENTS)
        before = promises_before(row.pk for row in promises) if is_heard else {}
        clocks = [_delivery_clock(item, as_of) for item in decided]
        if scanned_until is not None:
            make_late(promises, run_out(clocks, scanned_until))
        changed, ticked = upsert_promises(promises, clocks)
        entry.wrote_all(changed)
        entry.wrote_all(ticked)
        if is_heard:
            audience.tell(promise_news(before, changed))
        entry.is_empty = not entry.rows
    tally.subjects += len(decided)
    tally.decided += sum(1 + (item.first.receipt.id != item.latest.receipt.id) for item in decided)
    tally.written += len(fresh)
    tally.cold_starts += sum(bool(item.first.decision.outcome["is_cold_start"]) for item in decided)
    tally.rows_changed += len(changed) + len(ticked)


def _new_among(decided: list[Decided]) -> tuple[dict[tuple[str, str], str], list[Sealed]]:
    """(order, input digest) → id of each decision, and those that are not recorded yet."""
    known = recorded_digests(promise.KIND, [item.order.key for item in decided])
    fresh: list[Sealed] = []
    for item in decided:
        for sealed in (item.first, item.latest):
            mark = (sealed.decision.subject, sealed.receipt.input_digest)
            if mark not in known:
                known[mark] = sealed.receipt.id
                fresh.append(sealed)
    return known, fresh


def upsert_promises(
    promises: list[Promise], clocks: list[Clock]
) -> tuple[list[Promise], list[Clock]]:
    """Write what differs; (promises, clocks). Runs in the transaction of whoever decides.

    A clock is held before its promise, as by the scan for clocks that have run out: in another
    order the two could wait for each other.
    """
    ticked = upsert_changed(clocks, key=["subject_kind", "subject", "metric"])
    return upsert_changed(promises, key=["order_key"]), ticked


def _promised_at(decision: Decision) -> datetime:
    promised: datetime = decision.outcome["promised_at"]
    return promised


def _expected_at(decision: Decision) -> datetime:
    """By when it arrives as likely as not: the median, where there is a history to tell it.

    The date that nine of ten make grows the longer an order is open; it would call half of
    them at risk.
    """
    for other in decision.alternatives:
        if other.outcome.get("service_quantile") == _MEDIAN:
            expected: datetime = other.outcome["promised_at"]
            return expected
    return _promised_at(decision)


def _promise_row(item: Decided, ids: dict[tuple[str, str], str], as_of: datetime) -> Promise:
    order, first, latest = item.order, item.first, item.latest
    promised_at = _promised_at(first.decision)
    return Promise(
        order_key=order.key,
        customer_id=order.customer_id,
        region=order.region,
        tier=item.tier or "",
        segment=order.segment or "",
        sales_region=order.sales_region or order.destination or "",
        time_zone=order.time_zone or "UTC",
        lane=order.lanes[0],
        placed_at=order.placed_at,
        requested_at=order.requested_at,
        source_promised_at=order.source_promised_at,
        first_promised_at=promised_at,
        promised_at=promised_at,
        expected_at=_expected_at(latest.decision) if order.is_open else None,
        shipped_at=order.shipped_at,
        delivered_at=order.delivered_at,
        cancelled_at=order.ended_at if order.delivered_at is None else None,
        state=_state(order, promised_at, as_of),
        is_cold_start=bool(first.decision.outcome["is_cold_start"]),
        total=order.total,
        currency=order.total_currency or "",
        first_decision_id=ids[(order.key, first.receipt.input_digest)],
        latest_decision_id=ids[(order.key, latest.receipt.input_digest)],
    )


def _state(order: OrderHistory, promised_at: datetime, as_of: datetime) -> str:
    if order.delivered_at is not None:
        return "kept" if order.delivered_at <= promised_at else "broken"
    if order.ended_at is not None:
        return "cancelled"
    return "late" if as_of > promised_at else "open"


def _delivery_clock(item: Decided, as_of: datetime) -> Clock:
    order = item.order
    events = [ClockEvent(kind=ClockEventKind.START, at=order.placed_at)]
    if order.delivered_at is not None:
        events.append(ClockEvent(kind=ClockEventKind.STOP, at=order.delivered_at))
    elif order.ended_at is not None:
        events.append(ClockEvent(kind=ClockEventKind.CANCEL, at=order.ended_at))
    target = Target(metric="delivery", due_at=_promised_at(item.first.decision))
    replayed = replay(events, target, _ALWAYS, as_of=as_of)
    assert replayed.clock is not None  # it starts when the order is placed, before as_of
    return clock_row(
        replayed.clock,
        subject_kind="order",
        subject=order.key,
        customer_id=order.customer_id,
        region=order.region,
        calendar_digest="",
    )
