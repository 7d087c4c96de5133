"""By when is this case to be answered and solved, and whose turn is it?

Target times count on the service level's calendar. The rank is a static sort key, smallest
first: rank = opening hour · aging − points. All cases age alike, so their order never changes
with time and needs no re-sorting, and a case can only be passed by those opened within its
rivals' head start: none waits for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from troth.core.calendars import (
    BusinessCalendar,
    CalendarError,
    OutOfSpanError,
    ResolvedCalendar,
    epoch_second,
)
from troth.core.decisions.answers import Answers, read_used, write_used
from troth.core.decisions.decision import (
    Change,
    ConsentUsed,
    Decision,
    FactUsed,
    PolicyUsed,
    Reason,
)
from troth.core.decisions.feeds import FeedUsed
from troth.core.decisions.inputs import DecisionInputError, Fields, refuse, told
from troth.core.decisions.shared import Shared, SharedInputs, calendar_shared, read_calendar
from troth.core.policies.floors import Floor

KIND = "prioritise"
SEMANTICS = 1
POLICY_KINDS = ("service_level", "queue")
CONSENT_BASIS = "contract performance"
MILDEST = 4
_RANK_PLACES = 1_000_000
_TARGETS = ("first_response", "resolution")
_TARGET_NAMES = {"first_response": "first response", "resolution": "resolution"}


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """One case."""

    case: str  # the case's key
    customer: str | None  # customer id
    opened_at: datetime
    severity: int | None = None  # 1 is the worst, 4 the mildest; unknown counts as 4
    tier: str | None = None
    # What the tables of its policies asked for, by the names that policy kinds declare.
    asked: Mapping[str, Any] = field(default_factory=dict)
    known_at: Mapping[str, datetime] = field(default_factory=dict)  # by the field's name here
    consent_basis: str = CONSENT_BASIS
    consent: tuple[ConsentUsed, ...] = ()  # since semantics 2
    feeds: tuple[FeedUsed, ...] = ()  # those under contract; since semantics 3

    def __post_init__(self) -> None:
        if self.severity is not None and not 1 <= self.severity <= MILDEST:
            path = "facts.severity"
            refuse(path, self.severity, "1 (worst) to 4 (mildest)", "Map the desk's own scale.")


@dataclass(frozen=True, kw_only=True)
class CasePolicy:
    """The service-level and queue policy of one case. Raises DecisionInputError."""

    used: tuple[PolicyUsed, ...]  # every output of POLICY_KINDS, with where it came from
    calendar: ResolvedCalendar  # on which target times count
    # Since semantics 2: the same with the customer, tier and segment layers off, where some of
    # them are left out and that makes a difference; and why, beside consent.
    standard: CasePolicy | None = None
    floors: tuple[Floor, ...] = ()

    @classmethod
    def resolved(
        cls,
        used: tuple[PolicyUsed, ...],
        *,
        opened_at: datetime,
        standard: tuple[PolicyUsed, ...] | None = None,
        floors: tuple[Floor, ...] = (),
    ) -> CasePolicy:
        """Work out the service calendar from `opened_at` to beyond the longest target.

        A `standard` whose values are the same is dropped.
        """
        other = None
        if standard is not None and [item.value for item in standard] != [
            item.value for item in used
        ]:
            other = cls.resolved(standard, opened_at=opened_at)
        answers = Answers(used)
        document = answers.raw("service_level", "calendar")
        try:
            calendar = (
                BusinessCalendar.always_open()
                if document is None
                else BusinessCalendar.from_document(document)
            )
            longest = max(
                answers.integer("service_level", f"{target}_minutes_{severity}")
                for target in _TARGETS
                for severity in range(1, MILDEST + 1)
            )
            last = calendar.add_working_seconds(opened_at, longest * 60)
            covering = calendar.covering(opened_at, last)
            return cls(used=used, calendar=covering, standard=other, floors=floors)
        except CalendarError as error:
            raise DecisionInputError(
                path="policy.service_level.calendar",
                found="a calendar that gives no target time",
                expected="a business calendar with windows",
                remedy=str(error),
            ) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class _Priority:
    due_at: dict[str, datetime]  # by target
    minutes: dict[str, int]
    rank: Decimal
    weight: Decimal  # points of the tier or customer
    severity_points: Decimal
    aging: Decimal  # points per hour


def decide(facts: CaseFacts, policy: CasePolicy, *, at: datetime) -> Decision:
    """Give a case its target times and its place. `at` only dates the answer and ages the facts.

    Raises DecisionInputError where the calendar does not reach the target times.
    """
    severity = facts.severity or MILDEST
    found = _priority(facts, policy, severity)
    return Decision(
        kind=KIND,
        semantics=SEMANTICS,
        subject=facts.case,
        customer=facts.customer,
        at=at,
        outcome={
            "first_response_due_at": found.due_at["first_response"],
            "resolution_due_at": found.due_at["resolution"],
            "rank": found.rank,
            "severity": severity,
        },
        reasons=_reasons(facts, policy, found, severity),
        facts=_facts_used(facts, at),
        policies=policy.used,
        consent_basis=facts.consent_basis,
        would_change=_would_change(facts, policy, found, severity),
    )


def write_inputs(
    facts: CaseFacts, policy: CasePolicy
) -> tuple[dict[str, Any], dict[str, Any], list[Shared]]:
    """The facts and the policy as a receipt keeps them, and what they share with others."""
    written = {
        "case": facts.case,
        "customer": facts.customer,
        "opened_at": facts.opened_at,
        "severity": facts.severity,
        "tier": facts.tier,
        **({"asked": facts.asked} if facts.asked else {}),
        "known_at": facts.known_at,
        "consent_basis": facts.consent_basis,
    }
    calendar = calendar_shared(policy.calendar)
    policies = {"used": write_used(policy.used), "calendar": {"$shared": calendar.digest}}
    return written, policies, [calendar]


def read_inputs(
    facts: object, policy: object, shared: SharedInputs, *, at: datetime | None
) -> tuple[CaseFacts, CasePolicy]:
    """Read what `write_inputs` or a person wrote. Raises DecisionInputError, MissingSharedError."""
    fields = Fields(facts, path="facts")
    read = CaseFacts(
        case=fields.text("case"),
        customer=fields.text("customer", None),
        opened_at=fields.instant("opened_at"),
        severity=fields.integer("severity", None, minimum=1, maximum=MILDEST),
        tier=fields.text("tier", None),
        asked=dict(fields.mapping("asked", {})),
        known_at=fields.instants("known_at", ("opened_at", "severity", "tier")),
        consent_basis=fields.text("consent_basis", CONSENT_BASIS),
    )
    fields.finish()
    if not (isinstance(policy, Mapping) and "used" in policy):
        used = read_used(policy, POLICY_KINDS, path="policy")
        return read, CasePolicy.resolved(used, opened_at=read.opened_at)
    found = Fields(policy, path="policy")
    recorded = CasePolicy(
        used=read_used(found.sequence("used"), POLICY_KINDS, path="policy.used"),
        calendar=read_calendar(found.mapping("calendar"), shared, path="policy.calendar"),
    )
    found.finish()
    return read, recorded


def _priority(facts: CaseFacts, policy: CasePolicy, severity: int) -> _Priority:
    answers = Answers(policy.used)
    minutes = {
        target: answers.integer("service_level", f"{target}_minutes_{severity}")
        for target in _TARGETS
    }
    weight = answers.decimal("queue", "rank_weight")
    points = answers.decimal("queue", f"severity_points_{severity}")
    aging = answers.decimal("queue", "aging_points_per_hour")
    if aging <= 0:
        remedy = "Without aging a case could wait for ever."
        refuse("policy.queue.aging_points_per_hour", aging, "more than 0", remedy)
    exact = Fraction(epoch_second(facts.opened_at), 3600) * Fraction(aging)
    scaled = (exact - Fraction(weight) - Fraction(points)) * _RANK_PLACES
    return _Priority(
        due_at={
            target: _due_at(policy.calendar, facts.opened_at, minutes[target])
            for target in _TARGETS
        },
        minutes=minutes,
        rank=Decimal(scaled.numerator // scaled.denominator) / _RANK_PLACES,
        weight=weight,
        severity_points=points,
        aging=aging,
    )


def _due_at(calendar: ResolvedCalendar, opened_at: datetime, minutes: int) -> datetime:
    try:
        return calendar.add_working_seconds(opened_at, minutes * 60)
    except OutOfSpanError as error:
        raise DecisionInputError(
            path="policy.calendar",
            found=f"{minutes} working minutes from {told(opened_at)}",
            expected="a calendar that was worked out for so long",
            remedy=str(error),
        ) from error


def _reasons(
    facts: CaseFacts, policy: CasePolicy, found: _Priority, severity: int
) -> tuple[Reason, ...]:
    reasons = []
    if facts.severity is None:
        reasons.append(
            Reason(
                code="prioritise:severity:unknown",
                sentence=f"The case has no severity: it counts as {MILDEST}, the mildest.",
                values={"severity": severity},
            )
        )
    for target in _TARGETS:
        minutes, due_at = found.minutes[target], found.due_at[target]
        reasons.append(
            Reason(
                code=f"prioritise:{target}",
                sentence=f"A case of severity {severity} has {minutes} working minutes to "
                f"{_TARGET_NAMES[target]} on the calendar {policy.calendar.name!r}: "
                f"{told(due_at)}.",
                values={"minutes": minutes, "due_at": due_at, "calendar": policy.calendar.name},
            )
        )
    points = found.weight + found.severity_points
    whose = f"tier {facts.tier}" if facts.tier else "no tier"
    reasons.append(
        Reason(
            code="prioritise:rank",
            sentence=f"It starts with {told(points)} points: {told(found.weight)} for {whose} "
            f"and {told(found.severity_points)} for its severity.",
            values={"rank_weight": found.weight, "severity_points": found.severity_points},
        )
    )
    # Who opened h hours earlier leads by h·aging points, and points are never negative.
    bound = Fraction(points) / Fraction(found.aging)
    lead_hours = Decimal(-(-bound.numerator * 100 // bound.denominator)) / 100
    reasons.append(
        Reason(
            code="prioritise:aging",
            sentence=f"Waiting earns {told(found.aging)} points an hour, so that any case opened "
            f"more than {told(lead_hours)} hours earlier goes first, whatever its tier.",
            values={"aging_points_per_hour": found.aging, "head_start_hours": lead_hours},
        )
    )
    return tuple(reasons)


def _would_change(
    facts: CaseFacts, policy: CasePolicy, found: _Priority, severity: int
) -> tuple[Change, ...]:
    changes = []
    for other, how in ((severity - 1, "one worse"), (severity + 1, "one milder")):
        if 1 <= other <= MILDEST:
            moved = _priority(facts, policy, other)
            changes.append(
                Change(
                    if_=f"its severity were {how}",
                    then=f"first response by {told(moved.due_at['first_response'])}, resolution "
                    f"by {told(moved.due_at['resolution'])}, rank {told(moved.rank)}",
                )
            )
    if found.weight:
        changes.append(
            Change(
                if_="its tier and customer had no weight in the queue",
                then=f"rank {told(found.rank + found.weight)}",
            )
        )
    return tuple(changes)


def _facts_used(facts: CaseFacts, at: datetime) -> tuple[FactUsed, ...]:
    values = (
        ("case.opened_at", facts.opened_at, facts.case),
        ("case.severity", facts.severity, facts.case),
        ("customer.tier", facts.tier, facts.customer or facts.case),
    )
    used = []
    for name, value, source in values:
        if value is not None:
            known_at = facts.known_at.get(name.partition(".")[2])
            age = None if known_at is None else epoch_second(at) - epoch_second(known_at)
            used.append(
                FactUsed(name=name, value=value, source=source, known_at=known_at, age_seconds=age)
            )
    return tuple(used)
