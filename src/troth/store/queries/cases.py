"""Which cases wait, in which order, and what happened to this one?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from troth.core.access.roles import Right
from troth.store.facts.aliases import survivor_of
from troth.store.models import CaseWork, Clock
from troth.store.queries.clocks import ClockRow, clocks_of
from troth.store.queries.decisions import DecisionRow, decisions_about
from troth.store.queries.lists import (
    PAGE_SIZE,
    BadListError,
    Choice,
    NotFoundError,
    Page,
    choices,
    cut,
    ordered,
)
from troth.store.queries.masking import said
from troth.store.queries.naming import display_name
from troth.store.queries.orders import latest_facts
from troth.store.queries.viewing import Sight, Viewer, viewing
from troth.store.queries.visibility import visible

STATES = ("open", "closed", "breached", "all")
SORTS = {
    "rank": "rank",
    "case": "pk",
    "customer": "customer",
    "tier": "tier",
    "severity": "severity",
    "team": "team",
    "opened": "opened_at",
    "first_response_due": "first_response_due_at",
    "resolution_due": "resolution_due_at",
}


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """One case with its targets and its place in the queue."""

    case_key: str
    customer_id: str
    customer_name: str  # the id where the viewer may not see names
    tier: str
    segment: str
    sales_region: str
    order_key: str
    category: str
    team: str
    severity: int  # 1 is the worst
    status: str
    is_open: bool
    opened_at: datetime
    first_responded_at: datetime | None
    resolved_at: datetime | None
    first_response_due_at: datetime
    resolution_due_at: datetime
    rank: Decimal  # lower is served first
    reopen_count: int
    decision: str
    is_breached: bool  # one of its clocks is past due

    @property
    def next_due_at(self) -> datetime:
        """The due time that comes next for whoever works on it."""
        if self.first_responded_at is None:
            return min(self.first_response_due_at, self.resolution_due_at)
        return self.resolution_due_at


@dataclass(frozen=True, kw_only=True)
class CaseEvent:
    """One thing that happened to a case, as the source says it."""

    key: str
    event_kind: str
    occurred_at: datetime | None
    agent: str
    team: str
    status: str


@dataclass(frozen=True, kw_only=True)
class CaseRecord:
    """One case: its targets, clocks, events and decisions."""

    row: CaseRow
    subject: str  # what it is about, in the customer's words; "" where it may not be seen
    clocks: tuple[ClockRow, ...]
    events: tuple[CaseEvent, ...]  # newest first
    decisions: tuple[DecisionRow, ...]


@dataclass(frozen=True, kw_only=True)
class CaseChoices:
    """What a list of cases can be filtered by."""

    tiers: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    categories: tuple[Choice, ...]


def find_cases(
    *,
    viewer: Viewer,
    q: str = "",
    state: str = "open",
    tier: str = "",
    team: str = "",
    category: str = "",
    severity: int | None = None,
    customer_id: str = "",
    sort: str = "rank",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[CaseRow]:
    """Cases, by their place in the queue; `q` is the beginning of a case's key.

    Raises BadListError, NotAllowedError.
    """
    with viewing(viewer, Right.SEE_CASES) as sight:
        rows = _in_state(_with_breach(visible(CaseWork.objects.all(), sight)), state)
        chosen = {
            "tier": tier,
            "team": team,
            "category": category,
            "customer": survivor_of(customer_id),
        }
        rows = rows.filter(**{name: value for name, value in chosen.items() if value})
        if severity is not None:
            rows = rows.filter(severity=severity)
        if q:
            text = q.strip()
            rows = rows.filter(Q(pk__istartswith=text) | Q(pk__icontains=f":{text}"))
        rows = ordered(rows, sort=sort, columns=SORTS, key="pk")
        return cut(rows, page=page, size=size, to_row=lambda row: case_row(viewer, row))


def case_choices(*, viewer: Viewer) -> CaseChoices:
    """The tiers, teams and categories that occur among open cases."""
    with viewing(viewer, Right.SEE_CASES) as sight:
        waiting = visible(CaseWork.objects.filter(is_open=True), sight)
        return CaseChoices(
            tiers=choices(waiting, "tier"),
            teams=choices(waiting, "team"),
            categories=choices(waiting, "category"),
        )


def case(*, viewer: Viewer, key: str) -> CaseRecord:
    """One case with all that is known of it. Raises NotFoundError."""
    with viewing(viewer, Right.SEE_CASES) as sight:
        found = _with_breach(visible(CaseWork.objects.filter(pk=key), sight)).first()
        if found is None:
            raise NotFoundError("case", key)
        events = sorted(
            latest_facts("case_event", case=key),
            key=lambda row: (row.occurred_at or row.known_at, row.key),
            reverse=True,
        )
        return CaseRecord(
            row=case_row(viewer, found),
            subject=_subject(viewer, key),
            clocks=clocks_of(sight, "case", key),
            events=tuple(
                CaseEvent(
                    key=row.key,
                    event_kind=row.event_kind or "",
                    occurred_at=row.occurred_at,
                    agent=row.agent or "",
                    team=row.team or "",
                    status=row.status or "",
                )
                for row in events
            ),
            decisions=decisions_about(sight, key),
        )


def case_row(viewer: Viewer, row: CaseWork) -> CaseRow:
    """A case as this viewer sees it; `row` with its customer and its breach joined."""
    return CaseRow(
        case_key=row.pk,
        customer_id=row.customer.pk if row.customer else "",
        customer_name=display_name(viewer, row.customer),
        tier=row.tier,
        segment=row.segment,
        sales_region=row.sales_region,
        order_key=row.order_key,
        category=row.category,
        team=row.team,
        severity=row.severity,
        status=row.status,
        is_open=row.is_open,
        opened_at=row.opened_at,
        first_responded_at=row.first_responded_at,
        resolved_at=row.resolved_at,
        first_response_due_at=row.first_response_due_at,
        resolution_due_at=row.resolution_due_at,
        rank=row.rank,
        reopen_count=row.reopen_count,
        decision=row.decision_id,
        is_breached=bool(getattr(row, "has_breach", False)),
    )


def soonest_due(sight: Sight, *, until: datetime, after: datetime) -> QuerySet[CaseWork]:
    """Open cases with a running clock that is due after `after` and by `until`, soonest first.

    Call it inside `viewing`.
    """
    running = visible(Clock.objects.all(), sight).filter(
        subject_kind="case",
        state="in_progress",
        breached=False,
        due_at__gt=after,
        due_at__lte=until,
    )
    rows = _with_breach(visible(CaseWork.objects.filter(is_open=True), sight))
    return rows.filter(pk__in=running.values("subject")).order_by("resolution_due_at", "pk")


def breached(sight: Sight) -> QuerySet[CaseWork]:
    """Open cases past a due time, by their place in the queue. Call it inside `viewing`."""
    rows = _with_breach(visible(CaseWork.objects.all(), sight))
    return _in_state(rows, "breached").order_by("rank", "pk")


_HAS_BREACH = Exists(
    Clock.objects.filter(subject_kind="case", subject=OuterRef("pk"), breached=True)
)


def _with_breach(rows: QuerySet[CaseWork]) -> QuerySet[CaseWork]:
    return rows.select_related("customer__customerpersonal").annotate(has_breach=_HAS_BREACH)


def _in_state(rows: QuerySet[CaseWork], state: str) -> QuerySet[CaseWork]:
    if state not in STATES:
        raise BadListError(f"No list of cases is called {state!r}. Use one of {', '.join(STATES)}.")
    if state == "all":
        return rows
    if state == "breached":
        return rows.filter(_HAS_BREACH, is_open=True)
    return rows.filter(is_open=state == "open")


def _subject(viewer: Viewer, key: str) -> str:
    return said(viewer, "case", "subject", [key]).get(key, "")
