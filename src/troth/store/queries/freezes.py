"""Which freezes are there, when do they hold, and what was published within them?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Count, Q, QuerySet

from troth.core.access.roles import Right
from troth.core.calendars.instants import closing_date, local_date
from troth.core.policies.freezes import (
    CalendarEvent,
    FreezeState,
    FreezeWindow,
    Occurrence,
    state_of,
)
from troth.store.facts.freezes import window_of
from troth.store.facts.subjects import subject_of
from troth.store.models import FreezeOverride, PolicyVersion
from troth.store.models import FreezeWindow as FreezeTable
from troth.store.queries.lists import (
    LARGEST_SIZE,
    PAGE_SIZE,
    BadListError,
    Choice,
    NotFoundError,
    Page,
    choices,
)
from troth.store.queries.viewing import Sight, Viewer, viewing
from troth.store.queries.visibility import (
    visible_customers,
    visible_freezes,
    visible_policies,
)

STATES = ("current", "running", "planned", "past", "all")
SORTS = ("next", "title", "scope", "kind", "created")
_PAST = (FreezeState.OVER, FreezeState.ENDED, FreezeState.CANCELLED)
_WITHIN = {
    "current": (FreezeState.RUNNING, FreezeState.PLANNED),
    "running": (FreezeState.RUNNING,),
    "planned": (FreezeState.PLANNED,),
    "past": _PAST,
    "all": tuple(FreezeState),
}
_SHOWN_TIMES = 6  # of a window that returns


@dataclass(frozen=True, kw_only=True)
class FreezeRow:
    """One freeze window as people look at it."""

    id: str
    layer: str
    scope: str  # the key within the layer, "" for the company
    kind: str
    title: str
    reason: str
    time_zone: str
    is_whole_days: bool
    starts_at: datetime  # of the first time
    ends_at: datetime
    first_on: date | None  # where it is of whole days
    last_on: date | None
    repeats: str  # an RRULE; "" holds once
    skips: tuple[str, ...]
    calendar: str
    uid: str
    author: str
    created_at: datetime
    state: str
    next_first_on: date | None  # of whole days: those of the time that holds, else of the next
    next_last_on: date | None
    next_starts_at: datetime | None  # of the time that holds, else of the next
    next_ends_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    end_reason: str
    override_count: int


@dataclass(frozen=True, kw_only=True)
class FreezeTime:
    """One time that a window holds."""

    row: FreezeRow
    starts_at: datetime
    ends_at: datetime  # not included


@dataclass(frozen=True, kw_only=True)
class OverrideRow:
    """That one change might be published within a window."""

    id: str
    window_id: str
    window_title: str
    change: str
    authority: str
    reason: str
    given_at: datetime
    used_at: datetime | None
    version: str  # that was published by it


@dataclass(frozen=True, kw_only=True)
class FreezeRecord:
    """One window, its next times, and what changes or changed within it all the same."""

    row: FreezeRow
    times: tuple[Occurrence, ...]  # from the one that holds or comes next; a few of them
    overrides: tuple[OverrideRow, ...]
    scheduled: tuple[tuple[str, str, str, datetime], ...]  # (version, kind, scope, instant)


def find_freezes(
    *,
    viewer: Viewer,
    at: datetime,
    q: str = "",
    kind: str = "",
    layer: str = "",
    state: str = "current",
    sort: str = "next",
    page: int = 1,
    size: int = PAGE_SIZE,
    ids: Collection[str] | None = None,
) -> Page[FreezeRow]:
    """Windows by their next time; `q` is in the title, or begins a scope's key, or is an id.

    `ids`: of these alone.

    Raises BadListError, NotAllowedError.
    """
    if state not in _WITHIN:
        raise BadListError(f"No list of freezes is called {state!r}. Use one of {STATES}.")
    if page < 1 or not 1 <= size <= LARGEST_SIZE:
        raise BadListError(f"Ask for a page from 1 and a size from 1 to {LARGEST_SIZE}.")
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = _chosen(_visible(sight), q=q, kind=kind, layer=layer)
        if ids is not None:
            rows = rows.filter(pk__in=ids)
        found = [row for row in (_row(item, at) for item in rows) if row.state in _WITHIN[state]]
    found = _sorted(found, sort)
    number = min(page, max(1, -(-len(found) // size)))
    listed = found[(number - 1) * size : number * size]
    return Page(rows=tuple(listed), total=len(found), number=number, size=size)


def freeze_times(
    *,
    viewer: Viewer,
    at: datetime,
    start: datetime,
    end: datetime,
    q: str = "",
    kind: str = "",
    layer: str = "",
) -> tuple[FreezeTime, ...]:
    """Each time that holds somewhere from `start` until before `end`, the earliest first."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = list(_chosen(_visible(sight), q=q, kind=kind, layer=layer))
    found = [
        FreezeTime(row=_row(item, at), starts_at=time.starts_at, ends_at=time.ends_at)
        for item in rows
        for time in window_of(item).within(start, end)
    ]
    return tuple(sorted(found, key=lambda time: (time.starts_at, time.row.id)))


def freeze_choices(*, viewer: Viewer) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """The kinds and the layers that occur."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = visible_freezes(FreezeTable.objects.all(), sight)
        return choices(rows, "kind"), choices(rows, "layer")


def freeze(*, viewer: Viewer, freeze_id: str, at: datetime) -> FreezeRecord:
    """One window. Raises NotFoundError, NotAllowedError."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        found = _visible(sight).filter(pk=freeze_id).first()
        if found is None:
            raise NotFoundError("freeze", freeze_id)
        window = window_of(found)
        times = tuple(_next_times(window, at))
        given = FreezeOverride.objects.filter(window=found).select_related("authority", "window")
        return FreezeRecord(
            row=_row(found, at),
            times=times,
            overrides=tuple(_override(row) for row in given.order_by("-given_at", "id")),
            scheduled=_scheduled(sight, window, times),
        )


def freezes_of(*, viewer: Viewer, customer_id: str, at: datetime) -> tuple[FreezeRow, ...]:
    """The windows that hold for a customer now or later, as they are in each scope at `at`.

    Raises NotFoundError, NotAllowedError.
    """
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        customer = visible_customers(sight).filter(pk=customer_id).first()
        if customer is None:
            raise NotFoundError("customer", customer_id)
        wanted = Q(layer="company")
        for layer, keys in subject_of(customer.pk, at=at).layers():
            if keys and layer.value != "company":
                wanted |= Q(layer=layer.value, scope__in=keys)
        rows = [_row(item, at) for item in _visible(sight).filter(wanted)]
    return tuple(_sorted([row for row in rows if row.state in _WITHIN["current"]], "next"))


def overrides_of(*, viewer: Viewer, version_id: str) -> tuple[OverrideRow, ...]:
    """The overrides by which a version was published; of windows that the viewer may see."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        given = FreezeOverride.objects.filter(version=version_id, window__in=_visible(sight))
        rows = given.select_related("authority", "window").order_by("given_at", "id")
        return tuple(_override(row) for row in rows)


def seen_windows(*, viewer: Viewer, ids: Collection[str]) -> frozenset[str]:
    """Those of some windows that the viewer may see; none without the right to see policies."""
    if not viewer.may(Right.SEE_POLICIES):
        return frozenset()
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = visible_freezes(FreezeTable.objects.filter(pk__in=ids), sight)
        return frozenset(rows.values_list("pk", flat=True))


def freeze_events(
    *, viewer: Viewer, at: datetime, q: str = "", kind: str = "", layer: str = ""
) -> tuple[CalendarEvent, ...]:
    """Every window that was not ended, past ones too: for a calendar that is given away."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = _chosen(_visible(sight), q=q, kind=kind, layer=layer)
        kept = rows.filter(Q(ended_at=None) | Q(ended_at__gt=at)).order_by("starts_at", "id")
        return tuple(
            CalendarEvent(window=window_of(row), uid=row.uid, created_at=row.created_at)
            for row in kept
        )


def _visible(sight: Sight) -> QuerySet[FreezeTable]:
    rows = FreezeTable.objects.select_related("author", "ended_by")
    return visible_freezes(rows.annotate(override_count=Count("overrides")), sight)


def _chosen(rows: QuerySet[FreezeTable], *, q: str, kind: str, layer: str) -> QuerySet[FreezeTable]:
    wanted = {"kind": kind, "layer": layer}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if q:
        rows = rows.filter(Q(pk=q) | Q(scope__istartswith=q) | Q(title__icontains=q))
    return rows


def _sorted(rows: list[FreezeRow], sort: str) -> list[FreezeRow]:
    name = sort.removeprefix("-")
    if name not in SORTS:
        offered = ", ".join(SORTS)
        raise BadListError(f"The list cannot be sorted by {name!r}. Sort by one of {offered}.")

    def key(row: FreezeRow) -> tuple[object, ...]:
        match name:
            case "title":
                return (row.title.casefold(), row.id)
            case "scope":
                return (row.layer, row.scope, row.id)
            case "kind":
                return (row.kind, row.id)
            case "created":
                return (row.created_at, row.id)
        return (row.next_starts_at or row.starts_at, row.id)

    return sorted(rows, key=key, reverse=sort.startswith("-"))


def _next_times(window: FreezeWindow, at: datetime) -> Iterator[Occurrence]:
    left = _SHOWN_TIMES
    for item in window.occurrences():
        if item.ends_at > at:
            yield item
            left -= 1
        if not left:
            return


def _scheduled(
    sight: Sight, window: FreezeWindow, times: Iterable[Occurrence]
) -> tuple[tuple[str, str, str, datetime], ...]:
    """Published versions of the very same scope, the company or a guardrail that begin within."""
    found = []
    rows = visible_policies(PolicyVersion.objects.all(), sight).filter(
        Q(layer__in=("company", "guardrail")) | Q(layer=window.scope.layer, scope=window.scope.key)
    )
    for time in times:
        begins = rows.filter(effective_from__gte=time.starts_at, effective_from__lt=time.ends_at)
        found += [
            (row.pk, row.kind, f"{row.layer}:{row.scope}" if row.scope else row.layer,
             row.effective_from)
            for row in begins.order_by("effective_from", "pk")[:20]
        ]  # fmt: skip
    return tuple(found)


def _override(row: FreezeOverride) -> OverrideRow:
    return OverrideRow(
        id=row.pk,
        window_id=row.window_id,
        window_title=row.window.title,
        change=row.change,
        authority=row.authority.name or row.authority.username,
        reason=row.reason,
        given_at=row.given_at,
        used_at=row.used_at,
        version=row.version,
    )


def _local_day(window: FreezeWindow, time: Occurrence | None, *, is_last: bool) -> date | None:
    """The first or last day of a time of whole days, on the customer's own calendar."""
    if time is None or not window.is_whole_days:
        return None
    local = closing_date if is_last else local_date
    return local(time.ends_at if is_last else time.starts_at, window.time_zone)


def _row(row: FreezeTable, at: datetime) -> FreezeRow:
    window = window_of(row)
    upcoming = window.next_after(at)
    ended_by = row.ended_by
    return FreezeRow(
        id=row.pk,
        layer=row.layer,
        scope=row.scope,
        kind=row.kind,
        title=row.title,
        reason=row.reason,
        time_zone=row.time_zone,
        is_whole_days=window.is_whole_days,
        starts_at=row.starts_at.astimezone(UTC),
        ends_at=row.ends_at.astimezone(UTC),
        first_on=row.first_on,
        last_on=row.last_on,
        repeats=row.repeats,
        skips=tuple(row.skips),
        calendar=row.calendar,
        uid=row.uid,
        author=row.author.name or row.author.username,
        created_at=row.created_at,
        state=(window.state(at) if window.ended_at else state_of(upcoming, at)).value,
        next_first_on=_local_day(window, upcoming, is_last=False),
        next_last_on=_local_day(window, upcoming, is_last=True),
        next_starts_at=None if upcoming is None else upcoming.starts_at,
        next_ends_at=None if upcoming is None else upcoming.ends_at,
        ended_at=row.ended_at,
        ended_by="" if ended_by is None else ended_by.name or ended_by.username,
        end_reason=row.end_reason,
        override_count=getattr(row, "override_count", 0),
    )
