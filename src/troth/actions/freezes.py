"""Who freezes whose calendar, ends a freeze, or lets one change through all the same?"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any, Literal

from django.utils import timezone

from troth.actions.recording import recorded
from troth.core.access.roles import Right
from troth.core.policies.freezes import (
    Between,
    FreezeKind,
    FreezeWindow,
    WholeDays,
)
from troth.core.policies.recurrence import Recurrence
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


@dataclass(frozen=True, kw_only=True)
class NewFreeze:
    """What somebody asks for, or a calendar says: a window that has no id and no author yet."""

    kind: FreezeKind
    title: str
    reason: str
    span: WholeDays | Between
    time_zone: str
    repeats: Recurrence | None = None
    skips: tuple[date, ...] = ()
    uid: str = ""  # of the calendar's event; "" where there is none


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What importing one event comes to."""

    what: Literal["added", "changed", "unchanged", "ended"]
    window_id: str  # "" where it is not there yet
    title: str
    uid: str
    changed: tuple[str, ...] = ()  # the fields that differ


@dataclass(frozen=True, kw_only=True)
class Importing:
    """What importing a calendar comes to; `vanished` is told and left as it is."""

    events: tuple[Imported, ...]
    vanished: tuple[Imported, ...]  # in the workspace, from this calendar, and no more in the file

    def count(self, what: str) -> int:
        return sum(item.what == what for item in self.events)


def add(new: NewFreeze, *, scope: Scope, acting_user: User) -> FreezeRow:
    """Freeze a scope. Raises InvalidFreezeError, FreezeScopeError, NotFoundError,
    NotAllowedError."""
    with recorded(
        acting_user=acting_user,
        action="freeze:window:added",
        right=Right.MANAGE_FREEZES,
        reason=new.reason,
        customer_id=_customer_of(scope, Right.MANAGE_FREEZES, acting_user),
    ) as entry:
        lock_freezes(is_writing=True)
        row = _row_of(new, scope, author=acting_user, calendar="")
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
        customer_id=_customer_of(_scope(found), Right.MANAGE_FREEZES, acting_user),
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
        customer_id=_customer_of(_scope(found), Right.OVERRIDE_FREEZE, acting_user),
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


def import_freezes(
    events: Iterable[NewFreeze],
    *,
    scope: Scope,
    calendar: str,
    acting_user: User,
    is_preview: bool = False,
) -> Importing:
    """Bring one calendar's events in for one scope, all or none; what became of each.

    An event is known by its UID: the same again changes nothing, one that differs changes its
    window. A window whose event is gone is told and left. Ended ones stay ended.
    Raises as `add` does.
    """
    listed = list(events)
    customer_id = _customer_of(scope, Right.MANAGE_FREEZES, acting_user)
    with recorded(
        acting_user=acting_user,
        action="freeze:calendar:imported",
        right=Right.MANAGE_FREEZES,
        reason=f"calendar {calendar}",
        customer_id=customer_id,
    ) as entry:
        lock_freezes(is_writing=True)
        held = {
            row.uid: row
            for row in FreezeRow.objects.filter(layer=scope.layer.value, scope=scope.key)
        }
        done = []
        for new in listed:
            wanted = _row_of(new, scope, author=acting_user, calendar=calendar)
            done.append(_bring(wanted, held.get(new.uid), entry, is_preview=is_preview))
        entry.subject = calendar[:200]
        entry.detail = {"windows": sorted(item.window_id for item in done if item.window_id)}
        entry.is_empty = not entry.rows
    now = timezone.now()
    uids = {new.uid for new in listed}
    gone = [
        row
        for row in held.values()
        if row.calendar == calendar and row.uid not in uids and row.ended_at is None
        if window_of(row).next_after(now) is not None
    ]
    return Importing(
        events=tuple(done),
        vanished=tuple(
            Imported(what="unchanged", window_id=row.pk, title=row.title, uid=row.uid)
            for row in sorted(gone, key=lambda row: (row.starts_at, row.pk))
        ),
    )


_COMPARED = (
    "kind", "title", "reason", "time_zone", "starts_at", "ends_at", "first_on", "last_on",
    "repeats", "skips",
)  # fmt: skip


def _bring(wanted: FreezeRow, held: FreezeRow | None, entry: Any, *, is_preview: bool) -> Imported:
    if held is None:
        if not is_preview:
            wanted.save(force_insert=True)
            entry.wrote(wanted)
        window_id = "" if is_preview else wanted.pk
        return Imported(what="added", window_id=window_id, title=wanted.title, uid=wanted.uid)
    changed = tuple(name for name in _COMPARED if getattr(held, name) != getattr(wanted, name))
    if held.ended_at is not None:
        return Imported(what="ended", window_id=held.pk, title=held.title, uid=held.uid)
    if changed and not is_preview:
        for name in changed:
            setattr(held, name, getattr(wanted, name))
        held.save(update_fields=list(changed))
        entry.wrote(held)
    return Imported(
        what="changed" if changed else "unchanged",
        window_id=held.pk,
        title=wanted.title,
        uid=held.uid,
        changed=changed,
    )


def _row_of(new: NewFreeze, scope: Scope, *, author: User, calendar: str) -> FreezeRow:
    """The row of a window that is checked. Raises InvalidFreezeError."""
    key = "frz_" + secrets.token_hex(8)
    window = FreezeWindow(
        id=key,
        scope=scope,
        kind=new.kind,
        title=new.title.strip(),
        reason=new.reason.strip(),
        author=str(author.pk),
        span=new.span,
        time_zone=new.time_zone,
        repeats=new.repeats,
        skips=tuple(sorted(set(new.skips))),
    )
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


def _customer_of(scope: Scope, right: Right, acting_user: User) -> str:
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
