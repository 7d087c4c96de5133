"""What becomes of the freezes when a calendar is imported, once more, or changed?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.utils import timezone

from troth.actions.freezes import FreezeError, customer_of, row_of
from troth.actions.recording import Entry, recorded
from troth.connectors.calendars import CalendarFault, Defaults, read_calendar
from troth.core.access.roles import Right
from troth.core.policies.freezes import FreezeKind, NewFreeze
from troth.core.policies.scopes import Scope
from troth.store.facts.freezes import lock_freezes, window_of
from troth.store.models import Customer, User
from troth.store.models import FreezeWindow as FreezeRow
from troth.store.queries.viewing import as_the_program

_LONGEST_NAME = 200


class CalendarFaultsError(FreezeError):
    """Events of the calendar cannot be kept, so nothing of it was. Correct each, import again."""

    code = "freeze.calendar.faults"

    def __init__(self, faults: tuple[CalendarFault, ...]) -> None:
        super().__init__("\n".join(fault.told for fault in faults))
        self.faults = faults


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


def import_calendar(
    document: bytes,
    *,
    scope: Scope,
    kind: FreezeKind,
    time_zone: str = "",
    name: str = "",
    acting_user: User,
    is_preview: bool = False,
) -> Importing:
    """Bring an iCalendar file in for one scope; `is_preview` changes nothing and says what would.

    `time_zone` is that of whole days where the file says none; "": the customer's own, where the
    scope is one customer or contract. `name`: the calendar's, where the file says none.
    Raises CalendarFileError, CalendarFaultsError, and as `import_freezes` does.
    """
    customer_id = customer_of(scope, Right.MANAGE_FREEZES, acting_user=acting_user)
    if not time_zone and customer_id:
        with as_the_program():
            time_zone = Customer.objects.get(pk=customer_id).time_zone
    calendar = name.strip()[:_LONGEST_NAME] or "a calendar"
    read = read_calendar(
        document,
        Defaults(scope=scope, kind=kind, time_zone=time_zone, reason=f"Imported from {calendar}."),
    )
    if read.faults:
        raise CalendarFaultsError(read.faults)
    return import_freezes(
        read.freezes,
        scope=scope,
        calendar=read.name.strip()[:_LONGEST_NAME] or calendar,
        acting_user=acting_user,
        is_preview=is_preview,
    )


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
    customer_id = customer_of(scope, Right.MANAGE_FREEZES, acting_user=acting_user)
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
            wanted = row_of(new, scope, author=acting_user, calendar=calendar)
            done.append(_bring(wanted, held.get(new.uid), entry, is_preview=is_preview))
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


def _bring(
    wanted: FreezeRow, held: FreezeRow | None, entry: Entry, *, is_preview: bool
) -> Imported:
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
