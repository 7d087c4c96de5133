"""What comes next in a long list, after the row that was read last?

Programs read lists slice by slice, from a place instead of a page number: a row that is added
meanwhile neither repeats nor hides another one. A place is the sort key of the last row read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet

from troth.core.access.roles import Right
from troth.store.facts.aliases import survivor_of
from troth.store.models import (
    AuditEntry,
    CaseWork,
    CustomerSegment,
    CustomerValue,
    Decision,
    PolicyVersion,
    Promise,
    ResolutionQuestion,
    Run,
)
from troth.store.queries import (
    cases,
    customers,
    freezes,
    moment,
    orders,
    policies,
    quarantine,
    questions,
    rollouts,
    segments,
    values,
    verdicts,
)
from troth.store.queries.audit import AuditRow, audit_row
from troth.store.queries.cases import CaseRow, case_row
from troth.store.queries.customers import CustomerRow
from troth.store.queries.decisions import DecisionRow, decision_row
from troth.store.queries.freezes import FreezeRow
from troth.store.queries.lists import BadListError
from troth.store.queries.moment import RunRow
from troth.store.queries.orders import PromiseRow, promise_row
from troth.store.queries.policies import PolicyRow
from troth.store.queries.quarantine import QuarantineRow
from troth.store.queries.questions import QuestionRow
from troth.store.queries.rollouts import RolloutRow
from troth.store.queries.segments import PlacementRow
from troth.store.queries.values import ValueRow
from troth.store.queries.verdicts import VerdictRow
from troth.store.queries.viewing import Viewer, viewing
from troth.store.queries.visibility import (
    visible,
    visible_customers,
    visible_policies,
    visible_questions,
    visible_rollouts,
)

LARGEST_SLICE = 200

Row = TypeVar("Row")
Table = TypeVar("Table", bound=Model)
Place = tuple[str, ...]  # the sort key of a row, as text


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far to read: from behind a place, so many rows."""

    after: Place = ()  # empty: from the beginning
    limit: int = 50


@dataclass(frozen=True, kw_only=True)
class Slice(Generic[Row]):
    """The next rows of a list, and where they end."""

    rows: tuple[Row, ...]
    has_more: bool
    last: Place = field(default=())  # of the last row; empty where there is none


def next_customers(
    *,
    viewer: Viewer,
    reach: Reach,
    q: str = "",
    tier: str = "",
    segment: str = "",
    region: str = "",
) -> Slice[CustomerRow]:
    """Customers by id. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        rows = visible_customers(sight).select_related("customerpersonal")
        rows = _chosen(rows, tier=tier, segment=segment, sales_region=region)
        if q:
            rows = rows.filter(customers._matches(viewer, q.strip()))
        found = sliced(rows, by=("id",), reach=reach, to_row=lambda row: row)
        late, waiting = customers._open_work(sight, (row.pk for row in found.rows))
        return Slice(
            rows=tuple(
                customers._row(viewer, row, late=late.get(row.pk, 0), cases=waiting.get(row.pk, 0))
                for row in found.rows
            ),
            has_more=found.has_more,
            last=found.last,
        )


def next_values(
    *, viewer: Viewer, reach: Reach, tier: str = "", segment: str = ""
) -> Slice[ValueRow]:
    """What customers are worth, by their id. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        rows = visible(CustomerValue.objects.all(), sight)
        rows = _chosen(rows, customer__tier=tier, customer__segment=segment)
        rows = rows.select_related("customer__customerpersonal")
        return sliced(
            rows,
            by=("customer_id",),
            reach=reach,
            to_row=lambda row: values.value_row(viewer, row),
        )


def next_placements(
    *, viewer: Viewer, reach: Reach, segment: str = "", came_from: str = ""
) -> Slice[PlacementRow]:
    """Customers with their segments, by their id. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        rows = visible(CustomerSegment.objects.all(), sight)
        rows = _chosen(rows, segment=segment, came_from=came_from)
        rows = rows.select_related("customer__customerpersonal")
        return sliced(
            rows,
            by=("customer_id",),
            reach=reach,
            to_row=lambda row: segments.placement_row(viewer, row),
        )


def next_orders(
    *,
    viewer: Viewer,
    reach: Reach,
    state: str = "",
    tier: str = "",
    segment: str = "",
    region: str = "",
    customer_id: str = "",
) -> Slice[PromiseRow]:
    """Promises, the newest order first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_ORDERS) as sight:
        rows = visible(Promise.objects.select_related("customer__customerpersonal"), sight)
        rows = orders._in_state(rows, state)
        rows = _chosen(
            rows, tier=tier, segment=segment, sales_region=region, customer=survivor_of(customer_id)
        )
        return sliced(
            rows,
            by=("-placed_at", "order_key"),
            reach=reach,
            to_row=lambda row: promise_row(viewer, row),
        )


def next_cases(
    *,
    viewer: Viewer,
    reach: Reach,
    state: str = "all",
    tier: str = "",
    team: str = "",
    customer_id: str = "",
) -> Slice[CaseRow]:
    """Cases, the newest first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_CASES) as sight:
        rows = cases._with_breach(visible(CaseWork.objects.all(), sight))
        rows = cases._in_state(rows, state)
        rows = _chosen(rows, tier=tier, team=team, customer=survivor_of(customer_id))
        return sliced(
            rows,
            by=("-opened_at", "case_key"),
            reach=reach,
            to_row=lambda row: case_row(viewer, row),
        )


def next_decisions(
    *,
    viewer: Viewer,
    reach: Reach,
    kind: str = "",
    subject: str = "",
    customer_id: str = "",
) -> Slice[DecisionRow]:
    """Decisions, the newest first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_DECISIONS) as sight:
        rows = visible(Decision.objects.all(), sight)
        rows = _chosen(rows, kind=kind, subject=subject, customer=survivor_of(customer_id))
        return sliced(rows, by=("-at", "id"), reach=reach, to_row=decision_row)


def next_policies(
    *, viewer: Viewer, reach: Reach, kind: str = "", layer: str = "", scope: str = ""
) -> Slice[PolicyRow]:
    """Policy versions, the newest first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = visible_policies(PolicyVersion.objects.select_related("author"), sight)
        rows = _chosen(rows, kind=kind, layer=layer, scope=scope)
        return sliced(rows, by=("-published_at", "id"), reach=reach, to_row=policies._row)


def next_freezes(
    *, viewer: Viewer, reach: Reach, at: datetime, kind: str = "", layer: str = "", scope: str = ""
) -> Slice[FreezeRow]:
    """Freezes by the beginning of their first time. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = _chosen(freezes._visible(sight), kind=kind, layer=layer, scope=scope)
        return sliced(
            rows, by=("starts_at", "id"), reach=reach, to_row=lambda row: freezes._row(row, at)
        )


def next_quarantined(
    *,
    viewer: Viewer,
    reach: Reach,
    source: str = "",
    feed: str = "",
    code: str = "",
    is_resolved: bool | None = False,
) -> Slice[QuarantineRow]:
    """Rows in quarantine, the newest first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_QUARANTINE) as sight:
        rows = _chosen(quarantine.rows_with_kind(sight), source=source, feed=feed, code=code)
        if is_resolved is not None:
            rows = rows.filter(resolved_at__isnull=not is_resolved)
        return sliced(
            rows, by=("-id",), reach=reach, to_row=lambda row: quarantine._row(viewer, row)
        )


def next_questions(
    *, viewer: Viewer, reach: Reach, customer_id: str = "", is_settled: bool | None = False
) -> Slice[QuestionRow]:
    """Questions of identity, the oldest first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        rows = visible_questions(ResolutionQuestion.objects.all(), sight)
        if is_settled is not None:
            rows = rows.filter(settled_at__isnull=not is_settled)
        if customer_id:
            rows = rows.filter(customers__contains=[customer_id])
        found = sliced(rows, by=("asked_at", "id"), reach=reach, to_row=lambda row: row)
        return Slice(
            rows=questions._rows(sight, found.rows), has_more=found.has_more, last=found.last
        )


def next_verdicts(
    *, viewer: Viewer, reach: Reach, customer_id: str = "", holds: bool | None = True
) -> Slice[VerdictRow]:
    """What stewards said of who is who, the newest first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        rows = verdicts.chosen(sight, holds=holds, customer_id=customer_id)
        return sliced(
            rows,
            by=("-given_at", "id"),
            reach=reach,
            to_row=lambda row: verdicts.row_of(sight, row),
        )


def next_rollouts(
    *, viewer: Viewer, reach: Reach, state: str = "all", kind: str = ""
) -> Slice[RolloutRow]:
    """Roll-outs, the newest first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = visible_rollouts(rollouts._all(), sight)
        rows = _chosen(rollouts._in_state(rows, state), kind=kind)
        return sliced(
            rows,
            by=("-created_at", "id"),
            reach=reach,
            to_row=lambda row: rollouts._row(row, sight),
        )


def next_runs(*, viewer: Viewer, reach: Reach) -> Slice[RunRow]:
    """Runs of the main job, the newest first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_ORDERS):
        return sliced(Run.objects.all(), by=("-id",), reach=reach, to_row=moment._row)


def next_entries(
    *, viewer: Viewer, reach: Reach, action: str = "", about: str = "", customer_id: str = ""
) -> Slice[AuditRow]:
    """Audit entries, the newest first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_AUDIT):
        rows = _chosen(AuditEntry.objects.select_related("actor"), action=action, subject=about)
        rows = _chosen(rows, customer_id=customer_id)
        return sliced(rows, by=("-index",), reach=reach, to_row=audit_row)


def sliced(
    rows: QuerySet[Table], *, by: Sequence[str], reach: Reach, to_row: Callable[[Table], Row]
) -> Slice[Row]:
    """The rows behind a place. `by` names columns that are never null, "-" for descending.

    Call it inside `viewing`. Raises BadListError where the place belongs to another list.
    """
    if not 1 <= reach.limit <= LARGEST_SLICE:
        raise BadListError(f"Ask for a limit from 1 to {LARGEST_SLICE}, not {reach.limit}.")
    if reach.after:
        rows = rows.filter(_beyond(rows.model, by, reach.after))
    listed = list(rows.order_by(*by)[: reach.limit + 1])
    kept = listed[: reach.limit]
    return Slice(
        rows=tuple(to_row(row) for row in kept),
        has_more=len(listed) > reach.limit,
        last=_place(kept[-1], by) if kept else (),
    )


def _beyond(table: type[Model], by: Sequence[str], after: Place) -> Q:
    """The rows that sort behind a place: the first column that differs decides."""
    if len(after) != len(by):
        raise BadListError("This cursor belongs to another list. Begin again without a cursor.")
    values: dict[str, Any] = {}
    cases_of: list[Q] = []
    for column, text in zip(by, after, strict=True):
        name = column.removeprefix("-")
        try:
            value = _typed(table, name, text)
        except ValidationError as error:
            raise BadListError(
                "This cursor cannot be read. Begin again without a cursor."
            ) from error
        side = "lt" if column.startswith("-") else "gt"
        cases_of.append(Q(**values, **{f"{name}__{side}": value}))
        values[name] = value
    return reduce(or_, cases_of)


def _typed(table: type[Model], name: str, text: str) -> Any:
    column = table._meta.get_field(name)
    return column.to_python(text) if isinstance(column, Field) else text


def _place(row: Model, by: Sequence[str]) -> Place:
    values = (getattr(row, column.removeprefix("-")) for column in by)
    return tuple(
        value.isoformat() if isinstance(value, datetime) else str(value) for value in values
    )


def _chosen(rows: QuerySet[Table], **chosen: str) -> QuerySet[Table]:
    return rows.filter(**{name: value for name, value in chosen.items() if value})
