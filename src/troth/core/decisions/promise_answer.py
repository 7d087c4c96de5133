"""By when will this order arrive, at a given share of certainty?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from troth.core.calendars import OutOfSpanError, epoch_second, instant
from troth.core.decisions.lead_time import (
    HOUR_SECONDS,
    LaneStatistics,
    LeadTimeCurve,
    lead_time_curve,
)
from troth.core.decisions.promise_facts import PromiseFacts, PromisePolicy

DAY_SECONDS = 86_400


class ColdStart(StrEnum):
    """Why the company's default lead time stands in for a history."""

    TOO_FEW = "too_few"  # the widest lane has fewer delivered orders than one lane borrows
    BEYOND_HISTORY = "beyond_history"  # no lane's history reaches the share asked for


class Ceiling(StrEnum):
    """What a committed longest lead time did to the promise."""

    BINDING = "binding"
    PASSED = "passed"  # it lies in the past: there is nothing left to promise by it


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseAnswer:
    """What is promised, and what it came from."""

    promised_at: datetime
    ready_at: datetime  # when the order should be there, before windows and ceiling
    aligned_at: datetime  # the close of the first window from then on, before the ceiling
    curve: LeadTimeCurve | None  # that the quantile was read from; None on a cold start
    lane: LaneStatistics | None  # the narrowest with enough orders of its own
    cold_start: ColdStart | None
    ceiling: Ceiling | None
    is_past_horizon: bool  # the delivery windows are not known for so long


def answer(facts: PromiseFacts, policy: PromisePolicy, quantile: Decimal) -> PromiseAnswer:
    """The promise at a quantile: the end of the first delivery window from then on."""
    curve, ready_seconds, cold_start = _ready(facts, policy, quantile)
    placed = epoch_second(facts.placed_at)
    # It has not arrived on any of its elapsed days, and nothing is promised for the past.
    earliest = placed + (facts.elapsed_days + 1) * DAY_SECONDS if facts.elapsed_days else placed
    ready_at = instant(max(placed + ready_seconds, earliest))
    aligned_at, is_past_horizon = _aligned(ready_at, policy)
    promised_at, ceiling = _within_ceiling(aligned_at, instant(earliest), facts, policy)
    return PromiseAnswer(
        promised_at=promised_at,
        ready_at=ready_at,
        aligned_at=aligned_at,
        curve=curve,
        lane=chosen_lane(facts, policy),
        cold_start=cold_start,
        ceiling=ceiling,
        is_past_horizon=is_past_horizon,
    )


def chosen_lane(facts: PromiseFacts, policy: PromisePolicy) -> LaneStatistics | None:
    """The narrowest lane whose own orders weigh at least as much as what it borrows.

    If none does, the widest; None without any.
    """
    for lane in facts.lanes:
        if lane.delivered >= policy.borrow_weight:
            return lane
    return facts.lanes[-1] if facts.lanes else None


def arrival_probability(facts: PromiseFacts, policy: PromisePolicy, by: datetime) -> Decimal | None:
    """The estimated share of such orders that arrive by an instant, four places, half up.

    Whole units of the history count, rounded down. None on a cold start.
    """
    if _has_too_few(facts, policy):
        return None
    curve = lead_time_curve(facts.lanes, policy.borrow_weight)
    unit = curve.lane.unit_seconds
    elapsed = facts.elapsed_days * DAY_SECONDS // unit
    if not curve.survival_at(elapsed):
        return None
    units = (epoch_second(by) - epoch_second(facts.placed_at)) // unit
    return four_places(curve.arrived_by(units, elapsed=elapsed))


def four_places(share: Fraction) -> Decimal:
    """A share rounded half up to four decimal places."""
    scaled = (2 * share.numerator * 10_000 + share.denominator) // (2 * share.denominator)
    return Decimal(scaled) / 10_000


def hours(seconds: int) -> Decimal:
    """Seconds as hours, rounded half up to two decimal places."""
    return Decimal((2 * seconds * 100 + HOUR_SECONDS) // (2 * HOUR_SECONDS)) / 100


def _has_too_few(facts: PromiseFacts, policy: PromisePolicy) -> bool:
    return not facts.lanes or facts.lanes[-1].delivered < max(1, policy.borrow_weight)


def _ready(
    facts: PromiseFacts, policy: PromisePolicy, quantile: Decimal
) -> tuple[LeadTimeCurve | None, int, ColdStart | None]:
    """The curve, seconds from placing to arrival, and whether it is a cold start."""
    if _has_too_few(facts, policy):
        return None, _default_seconds(facts, policy), ColdStart.TOO_FEW
    unit = facts.lanes[0].unit_seconds
    elapsed = facts.elapsed_days * DAY_SECONDS // unit
    for narrowest in range(len(facts.lanes)):
        curve = lead_time_curve(facts.lanes[narrowest:], policy.borrow_weight)
        units = curve.quantile(quantile, elapsed=elapsed)
        if units is not None:
            return curve, units * unit, None
    # Longer than anything that was seen, but no shorter: a default below it would be a lie.
    longest = facts.lanes[-1].exits[-1][0] * unit
    return None, max(_default_seconds(facts, policy), longest), ColdStart.BEYOND_HISTORY


def _default_seconds(facts: PromiseFacts, policy: PromisePolicy) -> int:
    days = policy.default_lead_time_days
    # An order that is older than the default starts on it again.
    return (days if days > facts.elapsed_days else facts.elapsed_days + days) * DAY_SECONDS


def _aligned(ready_at: datetime, policy: PromisePolicy) -> tuple[datetime, bool]:
    try:
        return policy.calendar.next_close(ready_at), False
    except OutOfSpanError:
        last = instant(policy.calendar.span_end)
        return policy.calendar.previous_close(last), True


def _within_ceiling(
    aligned_at: datetime, earliest: datetime, facts: PromiseFacts, policy: PromisePolicy
) -> tuple[datetime, Ceiling | None]:
    if policy.maximum_lead_time_days is None:
        return aligned_at, None
    placed = instant(epoch_second(facts.placed_at))
    ceiling_at = placed + timedelta(days=policy.maximum_lead_time_days)
    if aligned_at <= ceiling_at:
        return aligned_at, None
    if ceiling_at < earliest:
        return aligned_at, Ceiling.PASSED
    try:
        closed_at = policy.calendar.previous_close(ceiling_at)
    except OutOfSpanError:
        closed_at = ceiling_at
    # Where no window closes in time, the commitment still holds.
    return (closed_at if closed_at > earliest else ceiling_at), Ceiling.BINDING
