"""When will this order arrive, and may we say so?

The lane's recent lead times, at the quantile that policy asks for, up to the close of the
customer's next delivery window. docs/decisions/0004 says why this estimator.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from troth.core.calendars import epoch_second
from troth.core.decisions.answers import read_used, write_used
from troth.core.decisions.decision import Decision, FactUsed
from troth.core.decisions.inputs import Fields, refuse
from troth.core.decisions.lead_time import LaneStatistics
from troth.core.decisions.promise_answer import (
    Ceiling,
    ColdStart,
    PromiseAnswer,
    answer,
    arrival_probability,
    hours,
)
from troth.core.decisions.promise_facts import (
    CONSENT_BASIS,
    POLICY_KINDS,
    PromiseFacts,
    PromisePolicy,
)
from troth.core.decisions.promise_reasons import alternatives, reasons, would_change
from troth.core.decisions.shared import Shared, SharedInputs, calendar_shared, read_calendar

__all__ = [
    "KIND",
    "SEMANTICS",
    "Ceiling",
    "ColdStart",
    "PromiseFacts",
    "PromisePolicy",
    "decide",
    "read_inputs",
    "write_inputs",
]

KIND = "promise"
SEMANTICS = 1
_ORDER_FACTS = ("placed_at", "requested_at", "source_promised_at")


def decide(facts: PromiseFacts, policy: PromisePolicy, *, at: datetime) -> Decision:
    """Promise an arrival. `at` only dates the answer and ages the facts.

    Raises DecisionInputError where a lane's statistics come from after `at`.
    """
    for lane in facts.lanes:
        if lane.as_of > at:
            remedy = "Count the lane's orders as they were known at the decision."
            refuse("facts.lanes", lane.as_of, f"statistics as of {at} or before", remedy)
    found = answer(facts, policy, policy.service_quantile)
    return Decision(
        kind=KIND,
        semantics=SEMANTICS,
        subject=facts.order,
        customer=facts.customer,
        at=at,
        outcome=_outcome(facts, policy, found),
        reasons=reasons(facts, policy, found, at=at),
        facts=_facts_used(facts, at),
        policies=policy.used,
        consent_basis=facts.consent_basis,
        alternatives=alternatives(facts, policy, found),
        would_change=would_change(facts, policy, found),
    )


def write_inputs(
    facts: PromiseFacts, policy: PromisePolicy
) -> tuple[dict[str, Any], dict[str, Any], list[Shared]]:
    """The facts and the policy as a receipt keeps them, and what they share with others."""
    written = {
        "order": facts.order,
        "customer": facts.customer,
        "placed_at": facts.placed_at,
        "requested_at": facts.requested_at,
        "source_promised_at": facts.source_promised_at,
        "elapsed_days": facts.elapsed_days,
        "time_zone": facts.time_zone,
        "lanes": [{"$shared": lane.digest} for lane in facts.lanes],
        **({"asked": facts.asked} if facts.asked else {}),
        "known_at": facts.known_at,
        "consent_basis": facts.consent_basis,
    }
    shared = [
        Shared(digest=lane.digest, kind="lane_statistics", content=lane.content)
        for lane in facts.lanes
    ]
    policies: dict[str, Any] = {"used": write_used(policy.used)}
    for key, held in (("calendar", policy), ("standard_calendar", policy.standard)):
        if held is not None:
            calendar = calendar_shared(held.calendar)
            policies[key] = {"$shared": calendar.digest}
            shared.append(calendar)
    if policy.standard is not None:
        policies["standard"] = write_used(policy.standard.used)
    return written, policies, shared


def read_inputs(
    facts: object, policy: object, shared: SharedInputs, *, at: datetime | None
) -> tuple[PromiseFacts, PromisePolicy]:
    """Read what `write_inputs` or a person wrote; lanes may stand in full.

    Delivery windows that are not given are worked out around `at`, or else around the placing.
    Raises DecisionInputError, MissingSharedError.
    """
    read = _read_facts(Fields(facts, path="facts"), shared)
    found = Fields(policy, path="policy")
    is_recorded = isinstance(policy, Mapping) and "used" in policy
    if not is_recorded:
        used = read_used(policy, POLICY_KINDS, path="policy")
        around = at or read.placed_at
        return read, PromisePolicy.resolved(used, time_zone=read.time_zone, at=around)
    standard = None
    if found.sequence("standard", None) is not None:
        standard = PromisePolicy(
            used=read_used(found.sequence("standard"), POLICY_KINDS, path="policy.standard"),
            calendar=read_calendar(
                found.mapping("standard_calendar"), shared, path="policy.standard_calendar"
            ),
        )
    recorded = PromisePolicy(
        used=read_used(found.sequence("used"), POLICY_KINDS, path="policy.used"),
        calendar=read_calendar(found.mapping("calendar"), shared, path="policy.calendar"),
        standard=standard,
    )
    found.finish()
    return read, recorded


def _read_facts(fields: Fields, shared: SharedInputs) -> PromiseFacts:
    lanes = [
        _read_lane(lane, shared, path=f"facts.lanes[{index}]")
        for index, lane in enumerate(fields.sequence("lanes", ()))
    ]
    read = PromiseFacts(
        order=fields.text("order"),
        customer=fields.text("customer", None),
        placed_at=fields.instant("placed_at"),
        requested_at=fields.instant("requested_at", None),
        source_promised_at=fields.instant("source_promised_at", None),
        elapsed_days=fields.integer("elapsed_days", 0, minimum=0),
        time_zone=fields.text("time_zone", None),
        lanes=tuple(lanes),
        asked=dict(fields.mapping("asked", {})),
        known_at=fields.instants("known_at", (*_ORDER_FACTS, "time_zone")),
        consent_basis=fields.text("consent_basis", CONSENT_BASIS),
    )
    fields.finish()
    return read


def _read_lane(found: object, shared: SharedInputs, *, path: str) -> LaneStatistics:
    return shared.read(found, LaneStatistics.from_document, path=path)


def _outcome(facts: PromiseFacts, policy: PromisePolicy, found: PromiseAnswer) -> dict[str, Any]:
    wanted, lane = facts.requested_at, found.lane
    spent = epoch_second(found.promised_at) - epoch_second(facts.placed_at)
    return {
        "promised_at": found.promised_at,
        "lead_time_hours": hours(spent),
        "lane": "" if lane is None else lane.lane,
        "level": "" if lane is None else lane.level,
        "observed_orders": 0 if lane is None else lane.delivered,
        "service_quantile": policy.service_quantile,
        "is_cold_start": found.cold_start is not None,
        "meets_request": None if wanted is None else found.promised_at <= wanted,
        "probability_by_request": None
        if wanted is None
        else arrival_probability(facts, policy, wanted),
    }


def _facts_used(facts: PromiseFacts, at: datetime) -> tuple[FactUsed, ...]:
    values: list[tuple[str, Any, str]] = [
        (f"order.{name}", getattr(facts, name), facts.order) for name in _ORDER_FACTS
    ]
    values.append(("order.elapsed_days", facts.elapsed_days or None, "at − order.placed_at"))
    values.append(("customer.time_zone", facts.time_zone, facts.customer or facts.order))
    used = [
        _fact_used(name, value, source, facts.known_at.get(name.partition(".")[2]), at)
        for name, value, source in values
        if value is not None
    ]
    for lane in facts.lanes:
        counted: Decimal | int = lane.delivered + lane.still_open
        name = f"lane.{lane.level}"
        used.append(_fact_used(name, counted, f"statistics:{lane.digest}", lane.as_of, at))
    return tuple(used)


def _fact_used(
    name: str, value: Any, source: str, known_at: datetime | None, at: datetime
) -> FactUsed:
    age = None if known_at is None else epoch_second(at) - epoch_second(known_at)
    return FactUsed(name=name, value=value, source=source, known_at=known_at, age_seconds=age)
