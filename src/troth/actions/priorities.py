"""By when is every case due, and whose turn is it?

Each case is decided as of the moment it was opened, by the policy that was known then; its targets
do not move afterwards. Its clocks
are replayed from its events, as known at the run's moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from troth.actions.clocks import clock_row, run_out
from troth.actions.decisions import Sealed, Tally, end_of_year, record, recorded_digests
from troth.actions.news import CASE_EVENT, breached_before, clock_news
from troth.actions.outbox import Audience
from troth.actions.recording import recorded
from troth.actions.upserting import upsert_changed
from troth.core.access.roles import Right
from troth.core.calendars import BusinessCalendar
from troth.core.decisions import prioritise, prioritise_floored
from troth.core.decisions.answers import policies_used
from troth.core.decisions.feeds import feed_floors
from troth.core.decisions.floor import obeyed
from troth.core.decisions.prioritise import CaseFacts, CasePolicy
from troth.core.decisions.receipt import seal
from troth.core.decisions.shared import calendar_shared
from troth.core.policies.book import PolicyBook
from troth.core.policies.floors import left_out, permitted
from troth.core.policies.scopes import Layer, Subject, standard
from troth.core.work.clock_events import ClockEvent, ClockEventKind, replay
from troth.core.work.clocks import Target
from troth.store.facts.cases import CaseHappening, CaseHistory, case_happenings, case_histories
from troth.store.facts.freshness import PRIORITISE, Freshness
from troth.store.facts.policies import published_versions
from troth.store.facts.subjects import Entitlements
from troth.store.models import CaseWork, Clock, User

_BATCH = 500
_MILDEST = 4
_PAUSES = {"waiting": ClockEventKind.PAUSE, "resumed": ClockEventKind.RESUME}


def decide_priorities(
    *, as_of: datetime, acting_user: User, progress: Callable[[int], None] | None = None
) -> Tally:
    """Prioritise every case known at `as_of`. Commits batch by batch."""
    tally = Tally()
    decider = PriorityDecider()
    for batch in _batches(case_histories(as_of)):
        record_priorities(batch, decider, tally, as_of=as_of, acting_user=acting_user)
        if progress is not None:
            progress(tally.subjects)
    return tally


def _batches(cases: Iterator[CaseHistory]) -> Iterator[list[CaseHistory]]:
    while batch := list(islice(cases, _BATCH)):
        yield batch


class PriorityDecider:
    """Holds what many cases share: policies, tiers and calendars."""

    def __init__(self, *, book: PolicyBook | None = None) -> None:
        self._book = book or PolicyBook.compile_as_known(published_versions())
        self._entitlements = Entitlements.load()
        self._freshness = Freshness.load()
        self._policies: dict[object, tuple[CasePolicy, tuple[str, ...]]] = {}

    def sealed(self, case: CaseHistory) -> tuple[str | None, CasePolicy, Sealed]:
        """The tier that the case was opened in, its policy, and its decision."""
        tier = self._entitlements.tier_at(case.customer_id, case.decided_at)
        who = self._entitlements.subject_at(
            case.customer_id,
            case.decided_at,
            segment=case.segment,
            regions=(case.sales_region, case.country),
        )
        feeds = self._freshness.at(
            case.decided_at, records=PRIORITISE, keys=(case.key, case.customer)
        )
        said = self._entitlements.permitted_at(case.customer_id, case.decided_at)
        floors = (*said.floors, *feed_floors(feeds))
        is_tier_off = Layer.TIER in left_out(floors)
        policy, asked = self._policy(permitted(who, floors), case, is_floored=bool(floors))
        facts = CaseFacts(
            case=case.key,
            customer=case.customer_id,
            opened_at=case.opened_at,
            severity=None if case.is_severity_missing else case.severity,
            tier=None if is_tier_off else tier,
            asked={name: case_of(case)[name] for name in asked},
            known_at={"opened_at": case.first_known_at, "severity": case.first_known_at},
            consent=said.consent,
            feeds=feeds,
        )
        decision = prioritise_floored.decide(facts, policy, at=case.decided_at)
        receipt = seal(decision, facts, policy)
        sealed = Sealed(decision=decision, receipt=receipt, region=case.region)
        return tier, obeyed(policy, decision), sealed

    def _policy(
        self, who: Subject, case: CaseHistory, *, is_floored: bool
    ) -> tuple[CasePolicy, tuple[str, ...]]:
        """The policy, with the standard where layers are left out, and what its tables asked."""
        at, asking = case.decided_at, case_of(case)
        # The rows themselves are the mark, so that they live as long as what they stand for.
        rows = tuple(self._book.values(kind, who, at, asking) for kind in prioritise.POLICY_KINDS)
        plain = standard(who)
        without = tuple(
            self._book.values(kind, plain, at, asking)
            for kind in (prioritise.POLICY_KINDS if is_floored else ())
        )
        mark = (rows, without, case.opened_at.year)
        if mark not in self._policies:
            policy = CasePolicy.resolved(
                policies_used(*(row.resolution for row in rows)),
                opened_at=end_of_year(case.opened_at),
                standard=policies_used(*(row.resolution for row in without)) if without else None,
            )
            asked = {name for row in (*rows, *without) if row.tabled for name in row.tabled.asked}
            self._policies[mark] = (policy, tuple(sorted(asked)))
        return self._policies[mark]


def case_of(case: CaseHistory) -> dict[str, Any]:
    """What the tables of a case's policies may ask for, as it was when it was opened."""
    return {
        "severity": case.severity,
        "opened_at": case.opened_at,
        "category": case.category,
        "team": case.team,
        "country": case.country,
        "has_order": case.order_key is not None,
    }


def record_priorities(
    cases: list[CaseHistory],
    decider: PriorityDecider,
    tally: Tally,
    *,
    as_of: datetime,
    acting_user: User,
    right: Right = Right.DECIDE,
    scanned_until: datetime | None = None,
) -> None:
    """Write what is decided of some cases, where it differs; one entry.

    `scanned_until`: clocks due by then were found run out by a scan, and stay so.
    """
    decided = [(case, *decider.sealed(case)) for case in cases]
    known, fresh = _new_among([sealed for *_, sealed in decided])
    happened = case_happenings([case.key for case in cases], as_of)
    with recorded(
        acting_user=acting_user,
        action="case:priority:decided",
        right=right,
        subject=prioritise.KIND,
        is_company_wide=True,
    ) as entry:
        record(fresh, entry)
        works: list[CaseWork] = []
        clocks: list[Clock] = []
        for case, tier, policy, sealed in decided:
            decision_id = known[(case.key, sealed.receipt.input_digest)]
            works.append(_work_row(case, tier, sealed.decision.outcome, decision_id))
            clocks += _clocks(case, happened[case.key], policy, sealed, as_of)
        if scanned_until is not None:
            run_out(clocks, scanned_until)
        changed = upsert_changed(works, key=["case_key"])
        audience = Audience.load()
        is_heard = audience.hears(CASE_EVENT)
        before = breached_before(case.key for case in cases) if is_heard else {}
        ticked = upsert_changed(clocks, key=["subject_kind", "subject", "metric"])
        entry.wrote_all(changed)
        entry.wrote_all(ticked)
        if is_heard:
            audience.tell(clock_news(before, ticked))
        entry.is_empty = not entry.rows
    tally.subjects += len(cases)
    tally.decided += len(cases)
    tally.written += len(fresh)
    tally.rows_changed += len(changed) + len(ticked)


def _new_among(decided: list[Sealed]) -> tuple[dict[tuple[str, str], str], list[Sealed]]:
    """(case, input digest) → id of each decision, and those that are not recorded yet."""
    known = recorded_digests(prioritise.KIND, [sealed.decision.subject for sealed in decided])
    fresh = []
    for sealed in decided:
        mark = (sealed.decision.subject, sealed.receipt.input_digest)
        if mark not in known:
            known[mark] = sealed.receipt.id
            fresh.append(sealed)
    return known, fresh


def _work_row(case: CaseHistory, tier: str | None, outcome: Any, decision_id: str) -> CaseWork:
    return CaseWork(
        case_key=case.key,
        customer_id=case.customer_id,
        region=case.region,
        tier=tier or "",
        segment=case.segment or "",
        sales_region=case.sales_region or "",
        order_key=case.order_key or "",
        category=case.category or "",
        team=case.team or "",
        severity=outcome["severity"],
        status=case.status or ("in_progress" if case.is_open else "closed"),
        is_open=case.is_open,
        opened_at=case.opened_at,
        first_responded_at=case.first_responded_at,
        resolved_at=case.resolved_at,
        first_response_due_at=outcome["first_response_due_at"],
        resolution_due_at=outcome["resolution_due_at"],
        rank=outcome["rank"],
        reopen_count=case.reopen_count,
        decision_id=decision_id,
    )


def _clocks(
    case: CaseHistory,
    happened: list[CaseHappening],
    policy: CasePolicy,
    sealed: Sealed,
    as_of: datetime,
) -> list[Clock]:
    """The case's two clocks. Waiting on the customer pauses them; solving it stops them."""
    calendar_digest = calendar_shared(policy.calendar).digest
    # A clock may run on past its target; the receipt's calendar ends there, the policy's does not.
    calendar = calendar_of(policy)
    found = []
    for metric in ("first_response", "resolution"):
        target = Target(metric=metric, working_seconds=_target_minutes(policy, metric, sealed) * 60)
        replayed = replay(_events(case, happened, metric), target, calendar, as_of=as_of)
        if replayed.clock is not None:
            found.append(
                clock_row(
                    replayed.clock,
                    subject_kind="case",
                    subject=case.key,
                    customer_id=case.customer_id,
                    region=case.region,
                    calendar_digest=calendar_digest,
                )
            )
    return found


def calendar_of(policy: CasePolicy) -> BusinessCalendar:
    """The business calendar that a case policy names; without one, every hour works."""
    for used in policy.used:
        if (used.kind, used.output) == ("service_level", "calendar") and used.value is not None:
            return _calendar(id(used), used.value)
    return _ALWAYS


_ALWAYS = BusinessCalendar.always_open("UTC")
_CALENDARS: dict[int, tuple[Any, BusinessCalendar]] = {}


def _calendar(mark: int, document: Any) -> BusinessCalendar:
    """Reading a calendar once per policy value: its resolved years are kept with it."""
    held = _CALENDARS.get(mark)
    if held is None or held[0] is not document:
        held = (document, BusinessCalendar.from_document(document))
        _CALENDARS[mark] = held
    return held[1]


def _target_minutes(policy: CasePolicy, metric: str, sealed: Sealed) -> int:
    severity = sealed.decision.outcome["severity"]
    wanted = ("service_level", f"{metric}_minutes_{severity}")
    return next(int(used.value) for used in policy.used if (used.kind, used.output) == wanted)


def _events(case: CaseHistory, happened: list[CaseHappening], metric: str) -> list[ClockEvent]:
    events = [ClockEvent(kind=ClockEventKind.START, at=case.opened_at)]
    for order, event in enumerate(happened, start=1):
        if event.kind in _PAUSES and event.occurred_at >= case.opened_at:
            events.append(ClockEvent(kind=_PAUSES[event.kind], at=event.occurred_at, order=order))
    last = len(happened) + 1
    stopped_at = case.first_responded_at if metric == "first_response" else case.resolved_at
    stopped_at = stopped_at or case.resolved_at or case.closed_at
    if stopped_at is not None:
        events.append(ClockEvent(kind=ClockEventKind.STOP, at=stopped_at, order=last))
    elif case.status == "cancelled" or case.is_gone:
        events.append(ClockEvent(kind=ClockEventKind.CANCEL, at=case.latest_known_at, order=last))
    return events
