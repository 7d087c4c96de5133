"""Why this date, which others lost, and what would change it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from troth.core.calendars import epoch_second
from troth.core.decisions.decision import Alternative, Change, Reason
from troth.core.decisions.inputs import percent, told
from troth.core.decisions.lead_time import LaneStatistics, corrected
from troth.core.decisions.promise_answer import (
    Ceiling,
    ColdStart,
    PromiseAnswer,
    answer,
    arrival_probability,
    four_places,
    hours,
)
from troth.core.decisions.promise_facts import PromiseFacts, PromisePolicy

_OTHER_QUANTILES = (Decimal("0.5"), Decimal("0.95"))
_LOWER_QUANTILE = Decimal("0.8")
_PERSONAL_LAYERS = "the customer, tier and segment layers"


def reasons(
    facts: PromiseFacts, policy: PromisePolicy, found: PromiseAnswer, *, at: datetime
) -> tuple[Reason, ...]:
    """Every reason for the answer, in the order in which it came about."""
    return (
        *_known_late(facts, at),
        *_history(facts, policy, found),
        *_elapsed(facts),
        *_delivery(policy, found),
        *_ceiling(facts, policy, found),
        *_request(facts, policy, found),
    )


def alternatives(
    facts: PromiseFacts, policy: PromisePolicy, found: PromiseAnswer
) -> tuple[Alternative, ...]:
    """Answers that lost: other certainties, the standard policy, the requested date."""
    lost: list[Alternative] = []
    if policy.standard is not None:
        other = answer(facts, policy.standard, policy.standard.service_quantile).promised_at
        lost.append(
            Alternative(
                outcome={"promised_at": other},
                because=f"It is what holds with {_PERSONAL_LAYERS} off.",
            )
        )
    if found.cold_start is None:
        for quantile in _OTHER_QUANTILES:
            if quantile != policy.service_quantile:
                lost.append(_at_quantile(facts, policy, quantile))
    for name, wanted in (
        ("The customer asked for it", facts.requested_at),
        ("The source system promised it", facts.source_promised_at),
    ):
        if wanted is not None and wanted != found.promised_at:
            lost.append(_at_instant(facts, policy, wanted, name))
    return tuple(lost)


def would_change(
    facts: PromiseFacts, policy: PromisePolicy, found: PromiseAnswer
) -> tuple[Change, ...]:
    """What would move the promised date, and to when."""
    cases: list[tuple[str, PromisePolicy, Decimal]] = []
    if found.cold_start is None and policy.service_quantile != _LOWER_QUANTILE:
        cases.append(("the service quantile were 0.8", policy, _LOWER_QUANTILE))
    if policy.standard is not None:
        standard = policy.standard
        cases.append((f"{_PERSONAL_LAYERS} were off", standard, standard.service_quantile))
    changes = [
        Change(if_=if_, then=f"promised by {told(other)}")
        for if_, other_policy, quantile in cases
        if (other := answer(facts, other_policy, quantile).promised_at) != found.promised_at
    ]
    if found.ceiling is Ceiling.BINDING:
        then = f"promised by {told(found.aligned_at)}"
        changes.append(Change(if_="there were no committed longest lead time", then=then))
    if found.cold_start is ColdStart.TOO_FEW:
        needed = max(1, policy.borrow_weight)
        changes.append(
            Change(
                if_=f"{needed} orders of the company had been delivered",
                then="promised from their lead times",
            )
        )
    return tuple(changes)


def _known_late(facts: PromiseFacts, at: datetime) -> Iterator[Reason]:
    for name, known_at in sorted(facts.known_at.items()):
        if known_at > at:
            yield Reason(
                code="promise:known_late",
                sentence=f"{name} became known only at {told(known_at)}, after this decision.",
                values={"fact": name, "known_at": known_at},
            )


def _history(facts: PromiseFacts, policy: PromisePolicy, found: PromiseAnswer) -> Iterator[Reason]:
    if found.cold_start is not None:
        yield _cold(facts, policy, found.cold_start)
        return
    narrowest, lane, curve = facts.lanes[0], found.lane, found.curve
    if lane is None or curve is None:
        return
    if lane == narrowest:
        yield Reason(
            code="promise:lane:own",
            sentence=f"{_lane(lane)} has {_orders(lane)} of its own.",
            values=_counts(lane),
        )
    else:
        yield Reason(
            code="promise:lane:wider",
            sentence=f"{_lane(narrowest)} has only {_orders(narrowest)}, so that the history of "
            f"{_lane(lane)} with {_orders(lane)} weighs more.",
            values={"lane_orders": narrowest.delivered, **_counts(lane)},
        )
    if len(facts.lanes) > 1 and policy.borrow_weight:
        wider = [_lane(other) for other in facts.lanes[1:]]
        yield Reason(
            code="promise:lane:borrowed",
            sentence=f"It borrows {policy.borrow_weight} orders' weight from {wider[0]}"
            + "".join(f", which borrows from {other}" for other in wider[1:])
            + ".",
            values={
                "borrow_weight": policy.borrow_weight,
                "from": [_counts(other) for other in facts.lanes[1:]],
            },
        )
    if curve.lane != narrowest:
        yield Reason(
            code="promise:lane:too_short",
            sentence=f"The history of {_lane(narrowest)} does not reach the quantile, so that of "
            f"{_lane(curve.lane)} is read.",
            values=_counts(curve.lane),
        )
    yield _quantile(facts, policy, found)


def _quantile(facts: PromiseFacts, policy: PromisePolicy, found: PromiseAnswer) -> Reason:
    curve, wanted = found.curve, policy.service_quantile
    assert curve is not None  # a quantile was read from it
    elapsed = facts.elapsed_days * 86_400 // curve.lane.unit_seconds
    orders = curve.orders_beyond(elapsed)
    aimed = four_places(corrected(wanted, orders))
    lead = hours(epoch_second(found.ready_at) - epoch_second(facts.placed_at))
    return Reason(
        code="promise:quantile",
        sentence=f"{percent(wanted)} of orders should arrive by the promised time; with {orders} "
        f"orders to learn from that takes the {percent(aimed)} point: {told(lead)} hours.",
        values={
            "service_quantile": wanted,
            "corrected_quantile": aimed,
            "orders": orders,
            "lead_time_hours": lead,
        },
    )


def _cold(facts: PromiseFacts, policy: PromisePolicy, why: ColdStart) -> Reason:
    days = policy.default_lead_time_days
    delivered = facts.lanes[-1].delivered if facts.lanes else 0
    if why is ColdStart.TOO_FEW:
        needed = max(1, policy.borrow_weight)
        told_why = f"Only {delivered} orders of the company were delivered, {needed} are needed"
    else:
        told_why = "No lane's history reaches the quantile"
    return Reason(
        code=f"promise:cold_start:{why.value}",
        sentence=f"{told_why}: the company's default of {days} days holds"
        + ("." if why is ColdStart.TOO_FEW else ", or the longest time on record if that is more."),
        values={"default_lead_time_days": days, "delivered": delivered},
    )


def _elapsed(facts: PromiseFacts) -> Iterator[Reason]:
    if facts.elapsed_days:
        yield Reason(
            code="promise:elapsed",
            sentence=f"The order has been open for {facts.elapsed_days} days: only orders that "
            "took longer count.",
            values={"elapsed_days": facts.elapsed_days},
        )


def _delivery(policy: PromisePolicy, found: PromiseAnswer) -> Iterator[Reason]:
    yield Reason(
        code="promise:window",
        sentence=f"Expected by {told(found.ready_at)}; the customer's first delivery window from "
        f"then on closes at {told(found.aligned_at)} ({policy.calendar.time_zone}).",
        values={
            "ready_at": found.ready_at,
            "closes_at": found.aligned_at,
            "time_zone": policy.calendar.time_zone,
        },
    )
    if found.is_past_horizon:
        yield Reason(
            code="promise:horizon",
            sentence="The lead time is longer than delivery windows are known for; the last "
            "known one is promised.",
            values={"closes_at": found.aligned_at},
        )


def _ceiling(facts: PromiseFacts, policy: PromisePolicy, found: PromiseAnswer) -> Iterator[Reason]:
    days = policy.maximum_lead_time_days
    if found.ceiling is Ceiling.PASSED:
        yield Reason(
            code="promise:ceiling:passed",
            sentence=f"The committed longest lead time of {days} days has passed already.",
            values={"maximum_lead_time_days": days},
        )
    elif found.ceiling is Ceiling.BINDING:
        probability = arrival_probability(facts, policy, found.promised_at)
        odds = "unknown" if probability is None else percent(probability)
        yield Reason(
            code="promise:ceiling:binding",
            sentence=f"The committed longest lead time of {days} days is tighter than the "
            f"history supports: the estimated probability of keeping it is {odds}.",
            values={"maximum_lead_time_days": days, "probability": probability},
        )


def _request(facts: PromiseFacts, policy: PromisePolicy, found: PromiseAnswer) -> Iterator[Reason]:
    wanted = facts.requested_at
    if wanted is None:
        return
    probability = arrival_probability(facts, policy, wanted)
    is_met = found.promised_at <= wanted
    odds = "" if probability is None else f"; {percent(probability)} of such orders arrive by then"
    yield Reason(
        code="promise:request:met" if is_met else "promise:request:missed",
        sentence=f"The customer asked for {told(wanted)}, which is "
        f"{'met' if is_met else 'earlier than can be promised'}{odds}.",
        values={"requested_at": wanted, "probability": probability},
    )


def _at_quantile(facts: PromiseFacts, policy: PromisePolicy, quantile: Decimal) -> Alternative:
    unbounded = policy if policy.maximum_lead_time_days is None else _without_ceiling(policy)
    other = answer(facts, unbounded, quantile).promised_at
    return Alternative(
        outcome={"promised_at": other, "service_quantile": quantile},
        because=f"The policy asks for {told(policy.service_quantile)}, not {told(quantile)}.",
    )


def _without_ceiling(policy: PromisePolicy) -> PromisePolicy:
    used = tuple(
        replace(item, value=None) if item.output == "maximum_lead_time_days" else item
        for item in policy.used
    )
    return PromisePolicy(used=used, calendar=policy.calendar)


def _at_instant(
    facts: PromiseFacts, policy: PromisePolicy, wanted: datetime, name: str
) -> Alternative:
    probability = arrival_probability(facts, policy, wanted)
    asked = told(policy.service_quantile)
    if probability is None:
        because = f"{name}; how likely it is cannot be said without a history."
    else:
        because = f"{name}; it would be kept with {told(probability)}, the policy asks for {asked}."
    return Alternative(outcome={"promised_at": wanted, "probability": probability}, because=because)


def _lane(lane: LaneStatistics) -> str:
    return f"{lane.level} {lane.lane}".strip()


def _orders(lane: LaneStatistics) -> str:
    return (
        f"{lane.delivered} delivered and {lane.still_open} open orders "
        f"of the {lane.history_days} days before {told(lane.as_of)}"
    )


def _counts(lane: LaneStatistics) -> dict[str, Any]:
    return {
        "lane": lane.lane,
        "level": lane.level,
        "delivered": lane.delivered,
        "still_open": lane.still_open,
    }
