"""Which roll-outs are there, how far has each come, who is in it, and how is it for them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from troth.core.access.roles import Right
from troth.core.policies.audiences import WHOLE
from troth.core.policies.rollbacks import is_in_force
from troth.core.policies.rollouts import StagePlan, stage_of
from troth.core.policies.scopes import Layer
from troth.store.facts.policies import to_version
from troth.store.models import Customer, PolicyVersion, Rollout
from troth.store.queries.lists import PAGE_SIZE, BadListError, NotFoundError, Page, cut, ordered
from troth.store.queries.naming import names_of
from troth.store.queries.viewing import Sight, Viewer, viewing
from troth.store.queries.visibility import visible_customers, visible_policies, visible_rollouts

SORTS = {"created": "created_at", "kind": "kind", "state": "state", "ended": "ended_at"}
STATES = ("open", "planned", "running", "done", "rolled_back", "all")
_OPEN = ("planned", "running")
# core.policies.audiences.bucket: eight bytes as an unsigned whole number, modulo 10,000. What
# PostgreSQL reads as negative is 2^64 too small, and 2^64 modulo 10,000 is 1616.
_BUCKET = (
    "mod(mod(('x' || encode(substr(sha256(convert_to(%s || chr(10) || store_customer.id,"
    " 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint, 10000) + CASE WHEN"
    " ('x' || encode(substr(sha256(convert_to(%s || chr(10) || store_customer.id, 'UTF8')), 1, 1),"
    " 'hex'))::bit(8)::int >= 128 THEN 11616 ELSE 0 END, 10000) < %s"
)


@dataclass(frozen=True, kw_only=True)
class RolloutStage:
    """One stage, from 1."""

    number: int
    sentence: str  # "10 % of customers in SP", "everybody"
    starts_at: datetime | None  # None: when somebody advances to it
    version: str  # that it published; "" where its time has not come
    published_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RolloutReading:
    """One guardrail with what was last measured; numbers as text, null where nothing was."""

    measure: str
    unit: str
    inside: str | None
    outside: str | None
    inside_count: int
    outside_count: int
    worse_by: str | None
    bound: str | None
    minimum: int
    is_higher_better: bool
    is_enough: bool
    is_crossed: bool


@dataclass(frozen=True, kw_only=True)
class RolloutRow:
    """One roll-out of one policy."""

    id: str
    kind: str
    layer: str
    scope: str  # the key within the layer, "" for the company
    state: str  # planned, running, done, rolled_back
    stage: int  # how many stages were published
    stages: tuple[RolloutStage, ...]
    outputs: Mapping[str, Any]
    has_table: bool
    guardrails: tuple[Mapping[str, Any], ...]
    readings: tuple[RolloutReading, ...]  # empty where the viewer does not see every customer
    are_withheld: bool  # there are readings, of customers whom the viewer may not see
    checked_at: datetime | None
    author: str
    reason: str
    created_at: datetime
    change: str  # the signed change that it rolls out; "" for none
    ended_at: datetime | None
    ended_by: str
    end_reason: str
    restored: str

    @property
    def current(self) -> RolloutStage | None:
        """The stage that is in force."""
        is_on = self.stage > 0 and self.state != "rolled_back"
        return self.stages[self.stage - 1] if is_on else None

    @property
    def following(self) -> RolloutStage | None:
        """The stage that comes next."""
        is_over = self.state not in _OPEN or self.stage >= len(self.stages)
        return None if is_over else self.stages[self.stage]


def find_rollouts(
    *,
    viewer: Viewer,
    state: str = "all",
    kind: str = "",
    q: str = "",
    sort: str = "-created",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[RolloutRow]:
    """Roll-outs; `q` is the beginning of a scope's key, or an id. Raises BadListError."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = visible_rollouts(_all(), sight)
        rows = _in_state(rows, state)
        if kind:
            rows = rows.filter(kind=kind)
        if q.strip():
            rows = rows.filter(Q(pk=q.strip()) | Q(scope__istartswith=q.strip()))
        rows = ordered(rows, sort=sort, columns=SORTS, key="pk")
        return cut(rows, page=page, size=size, to_row=lambda row: _row(row, sight))


def rollout(*, viewer: Viewer, rollout_id: str) -> RolloutRow:
    """One roll-out. Raises NotFoundError, NotAllowedError."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        return _row(_one(rollout_id, sight), sight)


def rollout_of(*, viewer: Viewer, version_id: str) -> RolloutRow | None:
    """The roll-out that published this version; None: none did, or it may not be seen."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = _all().filter(stages__contains=[{"version": version_id}])
        row = visible_rollouts(rows, sight).first()
        return None if row is None else _row(row, sight)


def may_be_undone(*, viewer: Viewer, version_id: str, at: datetime) -> bool:
    """Whether a version is in force at `at` for anybody, so that it could be rolled back."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = visible_policies(PolicyVersion.objects.all(), sight)
        row = rows.filter(pk=version_id).first()
        if row is None:
            return False
        same = rows.filter(kind=row.kind, layer=row.layer, scope=row.scope)
        return is_in_force(to_version(row), [to_version(item) for item in same], at=at)


def customers_inside(
    *, viewer: Viewer, rollout_id: str, page: int = 1, size: int = PAGE_SIZE
) -> Page[tuple[str, str]]:
    """(id, name) of the customers in the stage that is in force, whom the viewer may see.

    Within the roll-out's own scope, and by the region and country that each has now: an order may
    go elsewhere. Empty where no stage is in force. Raises NotFoundError, NotAllowedError.
    """
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        row = _one(rollout_id, sight)
        rows = visible_customers(sight)
        is_on = row.stage > 0 and row.state != "rolled_back"
        rows = _inside(rows, row, stage_of(row.stages[row.stage - 1])) if is_on else rows.none()
        found = cut(rows.order_by("pk"), page=page, size=size, to_row=lambda one: one.pk)
        names = names_of(sight, found.rows)
        return Page(
            rows=tuple((key, names[key]) for key in found.rows),
            total=found.total,
            number=found.number,
            size=found.size,
        )


def _inside(rows: QuerySet[Customer], row: Rollout, stage: StagePlan) -> QuerySet[Customer]:
    match Layer(row.layer):
        case Layer.CUSTOMER:
            rows = rows.filter(pk=row.scope)
        case Layer.TIER:
            rows = rows.filter(tier=row.scope)
        case Layer.SEGMENT:
            rows = rows.filter(segment=row.scope)
        case Layer.REGION:
            rows = rows.filter(Q(sales_region=row.scope) | Q(country=row.scope))
        case Layer.CONTRACT:
            keys = RawSQL(  # no part of the text comes from outside
                "SELECT crosswalk.customer_id FROM fact_contract AS contract"
                " JOIN store_crosswalk AS crosswalk ON crosswalk.source_key = contract.customer"
                " WHERE contract.key = %s",
                [row.scope],
            )
            rows = rows.filter(pk__in=keys)
        case Layer.COMPANY | Layer.GUARDRAIL:
            pass
    if stage.regions:
        rows = rows.filter(Q(sales_region__in=stage.regions) | Q(country__in=stage.regions))
    if stage.share < WHOLE:
        mark = RawSQL(  # no part of the text comes from outside
            _BUCKET, [row.pk, row.pk, stage.share], output_field=BooleanField()
        )
        rows = rows.filter(mark)
    return rows


def _all() -> QuerySet[Rollout]:
    return Rollout.objects.select_related("author", "ended_by")


def _one(rollout_id: str, sight: Sight) -> Rollout:
    row = visible_rollouts(_all().filter(pk=rollout_id), sight).first()
    if row is None:
        raise NotFoundError("roll-out", rollout_id)
    return row


def _in_state(rows: QuerySet[Rollout], state: str) -> QuerySet[Rollout]:
    if state == "all":
        return rows
    if state == "open":
        return rows.filter(state__in=_OPEN)
    if state not in STATES:
        offered = ", ".join(STATES)
        raise BadListError(f"No list of roll-outs is called {state!r}. Use one of {offered}.")
    return rows.filter(state=state)


def _row(row: Rollout, sight: Sight) -> RolloutRow:
    stages = tuple(_stage(number, item) for number, item in enumerate(row.stages, start=1))
    # The numbers are counted over all customers: whoever sees a part would learn of the rest.
    readings = tuple(RolloutReading(**item) for item in row.readings)
    return RolloutRow(
        id=row.pk,
        kind=row.kind,
        layer=row.layer,
        scope=row.scope,
        state=row.state,
        stage=row.stage,
        stages=stages,
        outputs=row.document.get("outputs") or {},
        has_table=bool(row.document.get("table")),
        guardrails=tuple(row.guardrails),
        readings=readings if sight.is_all else (),
        are_withheld=bool(readings) and not sight.is_all,
        checked_at=row.checked_at,
        author=row.author.name or row.author.username,
        reason=row.reason,
        created_at=row.created_at,
        change=row.change,
        ended_at=row.ended_at,
        ended_by="" if row.ended_by is None else row.ended_by.name or row.ended_by.username,
        end_reason=row.end_reason if sight.is_all or not readings else "",
        restored=row.restored,
    )


def _stage(number: int, document: Mapping[str, Any]) -> RolloutStage:
    published = document.get("published_at")
    plan = stage_of(document)
    return RolloutStage(
        number=number,
        sentence=str(plan),
        starts_at=plan.starts_at,
        version=document.get("version", ""),
        published_at=None if published is None else datetime.fromisoformat(published),
    )
