"""Which policies are there, and which value holds for this customer, from which layer?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from troth.core.access.roles import Right
from troth.core.policies.audiences import Audience
from troth.core.policies.differences import differences
from troth.core.policies.floors import no_worse
from troth.core.policies.kinds import KINDS
from troth.core.policies.resolution import Resolution, resolve
from troth.core.policies.scopes import Subject, standard
from troth.core.policies.stages import Stage, stages
from troth.store.facts.policies import to_version
from troth.store.facts.subjects import left_out_of, subject_of
from troth.store.models import PolicyVersion
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
from troth.store.queries.viewing import Sight, Viewer, viewing
from troth.store.queries.visibility import visible_customers, visible_policies

SORTS = {
    "kind": "kind",
    "layer": "layer",
    "number": "number",
    "from": "effective_from",
    "published": "published_at",
}
STATES = ("in_force", "coming", "past", "all")


@dataclass(frozen=True, kw_only=True)
class PolicyRow:
    """One version of one policy for one scope."""

    id: str
    kind: str
    layer: str
    scope: str  # the key within the layer, "" for the company
    number: int
    effective_from: datetime
    effective_to: datetime | None
    published_at: datetime
    outputs: Mapping[str, Any]
    author: str
    reason: str
    clause: str
    table: TableView | None
    audience: AudienceView | None  # None: it holds for all of its scope


@dataclass(frozen=True, kw_only=True)
class AudienceView:
    """For whom within its scope a version holds."""

    share: str  # percent of customers
    key: str  # what the share is chosen by
    regions: tuple[str, ...]  # empty: all
    sentence: str  # "10 % of customers in SP"


@dataclass(frozen=True, kw_only=True)
class PolicyChange:
    """One thing that a version changed against the version before it, in words."""

    about: str  # "first response of severity 1", "rule phone: rank weight"
    before: str  # "" where there was nothing
    after: str  # "" where there is nothing any more
    sentence: str


@dataclass(frozen=True, kw_only=True)
class TableRule:
    """One rule of a table: its cells in the order of the columns, "" where a cell says nothing."""

    id: str
    when: tuple[str, ...]
    then: tuple[str, ...]
    note: str
    tests: tuple[tuple[str, str], ...]  # (column, cell)
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class TableView:
    """A decision table as people look at it."""

    hit: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rules: tuple[TableRule, ...]


@dataclass(frozen=True, kw_only=True)
class PolicyRecord:
    """One version, with what it changed and the versions around it."""

    row: PolicyRow
    about: str  # what its kind answers
    changes: tuple[PolicyChange, ...]  # against the version before; all outputs in the first
    versions: tuple[PolicyRow, ...]  # all of this kind and scope, newest first


@dataclass(frozen=True, kw_only=True)
class PolicyValue:
    """One value that holds for a customer, and where it came from."""

    kind: str
    output: str
    about: str
    value: Any
    unit: str
    layer: str  # a layer, or "default" for a built-in
    scope: str
    version: str  # "" for a built-in default
    rule: str  # of the version's table; "" where it has none
    overrode: tuple[str, ...]
    clamped_by: tuple[str, ...]
    depends_on: tuple[str, ...]  # what tables in force ask for before they answer this
    instead_of: tuple[str, ...]  # ids of versions that could not be evaluated for the case
    stages: tuple[str, ...]  # roll-outs that answer this, and whether the customer is in them


def find_policies(
    *,
    viewer: Viewer,
    at: datetime,
    q: str = "",
    kind: str = "",
    layer: str = "",
    state: str = "all",
    sort: str = "kind",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[PolicyRow]:
    """Policy versions; `state` is at `at`, `q` the beginning of a scope's key or an id.

    Raises BadListError, NotAllowedError.
    """
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        chosen = {"kind": kind, "layer": layer}
        rows = visible_policies(PolicyVersion.objects.select_related("author"), sight)
        rows = rows.filter(**{name: value for name, value in chosen.items() if value})
        if q:
            rows = rows.filter(Q(pk=q) | Q(scope__istartswith=q))
        rows = _in_state(rows, state, at)
        rows = ordered(rows, sort=sort, columns=SORTS, key="pk")
        return cut(rows, page=page, size=size, to_row=_row)


def policy_choices(*, viewer: Viewer) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """The kinds and the layers that occur."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        everything = visible_policies(PolicyVersion.objects.all(), sight)
        return choices(everything, "kind"), choices(everything, "layer")


def policy(*, viewer: Viewer, policy_id: str) -> PolicyRecord:
    """One version. Raises NotFoundError."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = visible_policies(PolicyVersion.objects.select_related("author"), sight)
        found = rows.filter(pk=policy_id).first()
        if found is None:
            raise NotFoundError("policy version", policy_id)
        held_rows = list(
            rows.filter(kind=found.kind, layer=found.layer, scope=found.scope).order_by("-number")
        )
        siblings = tuple(_row(row) for row in held_rows)
        held = {row.number: to_version(row) for row in held_rows if row.number <= found.number}
        last = max((number for number in held if number < found.number), default=None)
        changes = differences(None if last is None else held[last], held[found.number])
        return PolicyRecord(
            row=_row(found),
            about=next((kind.about for kind in KINDS if kind.name == found.kind), ""),
            changes=tuple(
                PolicyChange(
                    about=item.about, before=item.before, after=item.after, sentence=item.sentence
                )
                for item in changes
            ),
            versions=siblings,
        )


def policies_for(
    *,
    viewer: Viewer,
    customer_id: str,
    at: datetime,
    known_at: datetime | None = None,
    case: Mapping[str, Any] | None = None,
) -> tuple[PolicyValue, ...]:
    """Every value that holds for a customer at `at`, by kind and output.

    `known_at`: as published by then; by default by `at`. `case`: what tables may ask for; what is
    left out is not known. Raises NotFoundError.
    """
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        customer = visible_customers(sight).filter(pk=customer_id).first()
        if customer is None:
            raise NotFoundError("customer", customer_id)
        subject = subject_of(customer.pk, at=at)
        plain = standard(subject)
        is_floored = bool(left_out_of(customer.pk, at=at))
        rows = _applicable(sight, subject)
        versions = [to_version(row) for row in rows]
        values: list[PolicyValue] = []
        for kind in KINDS:
            found = resolve(kind.name, versions, subject, at=at, known_at=known_at or at, case=case)
            if is_floored:
                found = no_worse(
                    found,
                    resolve(kind.name, versions, plain, at=at, known_at=known_at or at, case=case),
                )
            staged = stages(kind.name, versions, subject, at=at, known_at=known_at or at)
            values.extend(_values(found, staged))
        return tuple(values)


def _applicable(sight: Sight, subject: Subject) -> list[PolicyVersion]:
    wanted = Q(layer__in=("company", "guardrail"))
    for layer, keys in subject.layers():
        if keys and layer.value != "company":
            wanted |= Q(layer=layer.value, scope__in=keys)
    rows = visible_policies(PolicyVersion.objects.filter(wanted), sight)
    return list(rows.order_by("kind", "layer", "scope", "number"))


def _in_state(rows: QuerySet[PolicyVersion], state: str, at: datetime) -> QuerySet[PolicyVersion]:
    begun = Q(effective_from__lte=at) & (Q(effective_to=None) | Q(effective_to__gt=at))
    same = {name: OuterRef(name) for name in ("kind", "layer", "scope")}
    newer = PolicyVersion.objects.filter(begun, **same, number__gt=OuterRef("number"))
    match state:
        case "all":
            return rows
        case "in_force":
            return rows.filter(begun & ~Exists(newer))
        case "coming":
            return rows.filter(effective_from__gt=at)
        case "past":
            return rows.filter(effective_from__lte=at).exclude(begun & ~Exists(newer))
    offered = ", ".join(STATES)
    raise BadListError(f"No list of policies is called {state!r}. Use one of {offered}.")


def _outputs(row: PolicyVersion) -> Mapping[str, Any]:
    """What a version answers, as it was published."""
    outputs: Mapping[str, Any] = row.document["outputs"]
    return outputs


def _values(found: Resolution, staged: Sequence[Stage]) -> list[PolicyValue]:
    specs = next(kind.by_name for kind in KINDS if kind.name == found.kind)
    return [
        PolicyValue(
            kind=item.kind,
            output=item.output,
            about=specs[item.output].about,
            value=item.value,
            unit=specs[item.output].unit,
            layer=item.layer,
            scope=item.scope,
            version=item.version,
            rule=item.rule,
            overrode=item.overrode,
            clamped_by=item.clamped_by,
            depends_on=_asked(found, item.output),
            instead_of=item.instead_of,
            stages=tuple(one.sentence for one in staged if item.output in one.outputs),
        )
        for item in found.outputs
    ]


def _asked(found: Resolution, output: str) -> tuple[str, ...]:
    tables = [item.table for item in found.in_force if item.table]
    return tuple(
        dict.fromkeys(name for table in tables if output in table.outputs for name in table.asked)
    )


def _table(row: PolicyVersion) -> TableView | None:
    """The table as it was published, whatever the kinds say today."""
    found = row.document.get("table")
    if not found:
        return None
    inputs, outputs = tuple(found["inputs"]), tuple(found["outputs"])
    return TableView(
        hit=found["hit"],
        inputs=inputs,
        outputs=outputs,
        rules=tuple(
            TableRule(
                id=rule["id"],
                when=tuple(rule["when"].get(name, "") for name in inputs),
                then=tuple(rule["then"].get(name, "") for name in outputs),
                note=rule.get("note", ""),
                tests=tuple((name, rule["when"].get(name, "")) for name in inputs),
                answers=tuple((name, rule["then"].get(name, "")) for name in outputs),
            )
            for rule in found["rules"]
        ),
    )


def _row(row: PolicyVersion) -> PolicyRow:
    return PolicyRow(
        id=row.pk,
        kind=row.kind,
        layer=row.layer,
        scope=row.scope,
        number=row.number,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        published_at=row.published_at,
        outputs=_outputs(row),
        author=row.author.name or row.author.username,
        reason=row.reason,
        clause=row.clause,
        table=_table(row),
        audience=_audience(row),
    )


def _audience(row: PolicyVersion) -> AudienceView | None:
    """As it was published."""
    found = row.document.get("audience")
    if not found:
        return None
    share, key = found.get("share", "100"), found.get("key", "")
    regions = tuple(found.get("regions", ()))
    points = int(Decimal(share) * 100)
    told = str(Audience(share=points, key=key, regions=regions))
    return AudienceView(share=share, key=key, regions=regions, sentence=told)


def tier_shapes(*, viewer: Viewer, at: datetime) -> dict[str, str]:
    """Tier → the word for the shape that marks it, best tier first, by the company's policy."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = visible_policies(
            PolicyVersion.objects.filter(kind="tiers", layer__in=("company", "guardrail")), sight
        )
        versions = [to_version(row) for row in rows]
    found = resolve("tiers", versions, Subject(), at=at, known_at=at)
    return {entry["name"]: entry["shape"] for entry in found["thresholds"]}
