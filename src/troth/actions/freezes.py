"""Who freezes whose calendar, ends a freeze, or lets one change through all the same?"""

from __future__ import annotations

import secrets
from datetime import UTC
from typing import Any

from django.utils import timezone

from troth.actions.recording import recorded
from troth.core.access.roles import Right
from troth.core.policies.freezes import (
    NewFreeze,
    WholeDays,
)
from troth.core.policies.scopes import Layer, Scope
from troth.store.facts.freezes import StoredDirectory, lock_freezes, window_of
from troth.store.models import FACTS, Crosswalk, FreezeOverride, PolicyVersion, User
from troth.store.models import FreezeWindow as FreezeRow
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import as_the_program, sight_of, viewer_of
from troth.store.queries.visibility import visible_customers, visible_freezes

SHORTEST_REASON = 10
_LONGEST_REASON = 2_000
_DOMAIN = "@troth"  # of the events that are ours


class FreezeError(ValueError):
    """A freeze cannot be changed like that. The message says why, and what to do instead."""

    code = "freeze"


class FreezeReasonError(FreezeError):
    """A reason is missing or too short to be understood by whoever reads it later."""

    code = "freeze.reason"


class FreezeOverError(FreezeError):
    """The freeze holds no more, so there is nothing to end and nothing to override."""

    code = "freeze.over"


class FreezeScopeError(FreezeError):
    """Nobody is in this scope, so the freeze would hold for nobody. Check how it is written."""

    code = "freeze.scope"


def add(new: NewFreeze, *, scope: Scope, acting_user: User) -> FreezeRow:
    """Freeze a scope. Raises InvalidFreezeError, FreezeScopeError, NotFoundError,
    NotAllowedError."""
    with recorded(
        acting_user=acting_user,
        action="freeze:window:added",
        right=Right.MANAGE_FREEZES,
        reason=new.reason,
        customer_id=customer_of(scope, Right.MANAGE_FREEZES, acting_user=acting_user),
    ) as entry:
        lock_freezes(is_writing=True)
        row = row_of(new, scope, author=acting_user, calendar="")
        row.save(force_insert=True)
        entry.subject = row.pk
        entry.wrote(row)
        entry.detail = _noted(row)
    return row


def cancel(*, freeze_id: str, reason: str, acting_user: User) -> FreezeRow:
    """End a freeze now: it holds no more, and what has held stays in the calendar.

    Raises FreezeReasonError, FreezeOverError, NotFoundError, NotAllowedError.
    """
    reason = _reason(reason)
    found = _find(freeze_id, Right.MANAGE_FREEZES, acting_user)
    with recorded(
        acting_user=acting_user,
        action="freeze:window:ended",
        right=Right.MANAGE_FREEZES,
        reason=reason,
        subject=freeze_id,
        customer_id=customer_of(_scope(found), Right.MANAGE_FREEZES, acting_user=acting_user),
    ) as entry:
        lock_freezes(is_writing=True)
        now = timezone.now()
        row = FreezeRow.objects.select_for_update(of=("self",)).get(pk=freeze_id)
        window = window_of(row)
        if row.ended_at is not None or window.next_after(now) is None:
            raise FreezeOverError(f"{freeze_id} holds no more. Nothing was changed.")
        row.ended_at, row.ended_by, row.end_reason = now, acting_user, reason
        row.save(update_fields=["ended_at", "ended_by", "end_reason"])
        entry.wrote(row)
        entry.detail = _noted(row)
    return row


def override(*, freeze_id: str, change: str, reason: str, acting_user: User) -> FreezeOverride:
    """Let one change be published within a freeze. `change` is the id of the version, as
    `troth policy plan` shows it, or of the change that it is in.

    Whoever gives it cannot use it: the change is published by somebody else, who did not make it
    with them. Given already: the reason is replaced. Raises FreezeReasonError, FreezeOverError,
    NotFoundError, NotAllowedError.
    """
    reason = _reason(reason)
    change = change.strip()
    if not 1 <= len(change) <= 200 or not change.isprintable():
        raise FreezeError("Name the change: the version's id, as `troth policy plan` shows it.")
    found = _find(freeze_id, Right.OVERRIDE_FREEZE, acting_user)
    with recorded(
        acting_user=acting_user,
        action="freeze:window:overridden",
        right=Right.OVERRIDE_FREEZE,
        reason=reason,
        subject=freeze_id,
        customer_id=customer_of(_scope(found), Right.OVERRIDE_FREEZE, acting_user=acting_user),
    ) as entry:
        lock_freezes(is_writing=True)
        now = timezone.now()
        window = window_of(FreezeRow.objects.get(pk=freeze_id))
        if window.next_after(now) is None:
            raise FreezeOverError(f"{freeze_id} holds no more: the change needs no override.")
        row, _ = FreezeOverride.objects.update_or_create(
            window_id=freeze_id,
            change=change,
            authority=acting_user,
            defaults={"reason": reason, "given_at": now},
            create_defaults={
                "id": "ovr_" + secrets.token_hex(8), "reason": reason, "given_at": now,
            },
        )  # fmt: skip
        entry.wrote(row)
        entry.detail = {"override": row.pk, "window": freeze_id, "change": change}
    return row


def row_of(new: NewFreeze, scope: Scope, *, author: User, calendar: str) -> FreezeRow:
    """The row of a window that is checked. Raises InvalidFreezeError."""
    key = "frz_" + secrets.token_hex(8)
    window = new.window(key, scope, author=str(author.pk))
    first = window.first()
    days = new.span if isinstance(new.span, WholeDays) else None
    return FreezeRow(
        id=key,
        layer=scope.layer.value,
        scope=scope.key,
        kind=window.kind.value,
        title=window.title,
        reason=window.reason,
        time_zone=window.time_zone,
        starts_at=first.starts_at.astimezone(UTC),
        ends_at=first.ends_at.astimezone(UTC),
        first_on=None if days is None else days.first_on,
        last_on=None if days is None else days.last_on,
        repeats="" if window.repeats is None else str(window.repeats),
        skips=[day.isoformat() for day in window.skips],
        calendar=calendar,
        uid=new.uid or key + _DOMAIN,
        author=author,
        created_at=timezone.now(),
    )


def _find(freeze_id: str, right: Right, acting_user: User) -> FreezeRow:
    """A window that this person may see. Raises NotFoundError, NotAllowedError."""
    viewer = viewer_of(acting_user)
    viewer.require(right)
    with as_the_program():
        rows = visible_freezes(FreezeRow.objects.all(), sight_of(viewer, right))
        found = rows.filter(pk=freeze_id).first()
    if found is None:
        raise NotFoundError("freeze", freeze_id)
    return found


def _scope(row: FreezeRow) -> Scope:
    return Scope(layer=Layer(row.layer), key=row.scope)


def customer_of(scope: Scope, right: Right, *, acting_user: User) -> str:
    """Whose freeze it is, where it is of one customer; "" otherwise.

    Raises NotFoundError where this person may not see them, FreezeScopeError where there is nobody.
    """
    viewer = viewer_of(acting_user)
    viewer.require(right)
    sight = sight_of(viewer, right)
    with as_the_program():
        customers = visible_customers(sight)
        if scope.layer is Layer.CUSTOMER:
            if not customers.filter(pk=scope.key).exists():
                raise NotFoundError("customer", scope.key)
            return scope.key
        if scope.layer is Layer.CONTRACT:
            sources = FACTS["contract"]._default_manager.filter(key=scope.key).values("customer")
            found = Crosswalk.objects.filter(source_key__in=sources, customer__in=customers)
            customer = found.values_list("customer_id", flat=True).first()
            if customer is None:
                raise NotFoundError("contract", scope.key)
            return customer
        _require_somebody(scope)
    return ""


def _require_somebody(scope: Scope) -> None:
    if scope.layer in (Layer.COMPANY, Layer.GUARDRAIL):
        return
    is_known = PolicyVersion.objects.filter(layer=scope.layer.value, scope=scope.key).exists()
    if not is_known and not StoredDirectory().has_any(scope):
        raise FreezeScopeError(
            f"Nobody is in {scope}, and no policy is for it. Check how it is written: capitals "
            "count, and the page Customers shows each tier, segment and region."
        )


def _reason(text: str) -> str:
    reason = text.strip()
    if not SHORTEST_REASON <= len(reason) <= _LONGEST_REASON:
        raise FreezeReasonError(
            f"Say why in {SHORTEST_REASON} to {_LONGEST_REASON} characters; it is kept."
        )
    return reason


def _noted(row: FreezeRow) -> dict[str, Any]:
    """What the log may say of a window: nothing that a person wrote."""
    return {
        "window": row.pk,
        "scope": str(_scope(row)),
        "kind": row.kind,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
    }
