"""When does a freeze hold, for whom, and is what somebody wrote a freeze at all?

A freeze is a window on a customer's own calendar in which nothing may change that reaches them. It
holds from an instant until another, or for whole days in a named zone, once or returning; a window
holds at its start and no more at its end. RFC 5545 (iCalendar) is where its words come from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NoReturn

from troth.core.calendars.errors import UnknownTimeZoneError
from troth.core.calendars.instants import (
    add_days,
    end_of_local_day,
    local_date,
    start_of_local_day,
    zone_named,
)
from troth.core.policies.recurrence import Recurrence
from troth.core.policies.scopes import Layer, Scope

LONGEST_DAYS = 366  # of one time; what is frozen for longer is not frozen but abandoned
LONGEST_TITLE = 200
LONGEST_REASON = 2_000
EARLIEST, LATEST = 1970, 2200  # years in which a window may begin
_MOST_SKIPS = 200


class FreezeKind(StrEnum):
    """What the customer is busy with."""

    FISCAL_CLOSE = "fiscal_close"
    SEASON = "season"
    LAUNCH = "launch"
    DOWNTIME = "downtime"


class FreezeState(StrEnum):
    """What a window is at an instant."""

    PLANNED = "planned"  # it holds later
    RUNNING = "running"
    OVER = "over"  # it holds never again
    ENDED = "ended"  # somebody ended it early
    CANCELLED = "cancelled"  # before it ever held


class InvalidFreezeError(ValueError):
    """This is no freeze window. The message names the field and what belongs there."""

    code = "freeze.window"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True, kw_only=True)
class WholeDays:
    """From the first day through the last, both whole, by the calendar on the customer's wall."""

    first_on: date
    last_on: date


@dataclass(frozen=True, kw_only=True)
class Between:
    """From one instant until another, the second not included. Both in UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True, order=True)
class Occurrence:
    """One time that a window holds: from `starts_at` until before `ends_at`, in UTC."""

    starts_at: datetime
    ends_at: datetime

    def holds_at(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


def state_of(upcoming: Occurrence | None, at: datetime) -> FreezeState:
    """What a window is that nobody ended, by the time that holds or comes next."""
    if upcoming is None:
        return FreezeState.OVER
    return FreezeState.RUNNING if upcoming.holds_at(at) else FreezeState.PLANNED


@dataclass(frozen=True, kw_only=True)
class FreezeWindow:
    """For whom nothing may change, when, and why. Raises InvalidFreezeError where it is none."""

    id: str
    scope: Scope
    kind: FreezeKind
    title: str  # names no person
    reason: str
    author: str
    span: WholeDays | Between
    time_zone: str  # in which days are counted and repetitions fall
    repeats: Recurrence | None = None
    skips: tuple[date, ...] = ()  # local days on which a repetition does not begin
    ended_at: datetime | None = None  # from here on it holds no more

    def __post_init__(self) -> None:
        _check_words(self)
        _check_span(self)
        _check_repeats(self)

    @property
    def is_whole_days(self) -> bool:
        return isinstance(self.span, WholeDays)

    @property
    def first_on(self) -> date:
        """The local day on which it begins for the first time."""
        if isinstance(self.span, WholeDays):
            return self.span.first_on
        return local_date(self.span.starts_at, self.time_zone)

    def first(self) -> Occurrence:
        """When it holds for the first time, whether or not it was ended since."""
        return self._on(self.first_on)

    def state(self, at: datetime) -> FreezeState:
        """What it is at an instant."""
        if self.ended_at is not None and self.ended_at <= at:
            is_before = self.ended_at <= self.first().starts_at
            return FreezeState.CANCELLED if is_before else FreezeState.ENDED
        return state_of(self.next_after(at), at)

    def next_after(self, at: datetime) -> Occurrence | None:
        """The first time that ends after `at`: the one that holds, else the next."""
        return next((item for item in self.occurrences() if item.ends_at > at), None)

    def within(self, start: datetime, end: datetime) -> tuple[Occurrence, ...]:
        """Each time that holds somewhere from `start` until before `end`."""
        found = []
        for item in self.occurrences():
            if item.starts_at >= end:
                break
            if item.ends_at > start:
                found.append(item)
        return tuple(found)

    def occurrences(self) -> Iterator[Occurrence]:
        """Each time that it holds, in order, cut where it was ended; it may go on for ever."""
        for on in self._days():
            try:
                item = self._on(on)
            except (OverflowError, ValueError):  # beyond the last year that there is
                return
            if self._is_past(item):
                return
            if self.ended_at is not None:
                if item.starts_at >= self.ended_at:
                    return
                cut = min(item.ends_at, self.ended_at)
                item = Occurrence(starts_at=item.starts_at, ends_at=cut)
            yield item

    def _days(self) -> Iterator[date]:
        if self.repeats is None:
            yield self.first_on
            return
        skipped = frozenset(self.skips)
        yield from (on for on in self.repeats.days(self.first_on) if on not in skipped)

    def _is_past(self, item: Occurrence) -> bool:
        until = None if self.repeats is None else self.repeats.until
        return isinstance(until, datetime) and item.starts_at > until

    def _on(self, on: date) -> Occurrence:
        """The time that begins on a local day.

        Days are whole whatever the clocks do, so one of them may last 23 or 25 hours. What is
        bounded by instants keeps its exact length, as RFC 5545 (3.8.5.3) asks for.
        """
        if isinstance(self.span, WholeDays):
            last = on + (self.span.last_on - self.span.first_on)
            return Occurrence(
                starts_at=start_of_local_day(on, self.time_zone),
                ends_at=end_of_local_day(last, self.time_zone),
            )
        days = (on - self.first_on).days
        starts_at = add_days(self.span.starts_at, days, self.time_zone)
        return Occurrence(
            starts_at=starts_at, ends_at=starts_at + (self.span.ends_at - self.span.starts_at)
        )


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

    def window(self, id: str, scope: Scope, *, author: str) -> FreezeWindow:
        """The window that it becomes. Raises InvalidFreezeError."""
        return FreezeWindow(
            id=id,
            scope=scope,
            kind=self.kind,
            title=self.title.strip(),
            reason=self.reason.strip(),
            author=author,
            span=self.span,
            time_zone=self.time_zone,
            repeats=self.repeats,
            skips=tuple(sorted(set(self.skips))),
        )


@dataclass(frozen=True, kw_only=True)
class CalendarEvent:
    """A window as a calendar that is given away knows it."""

    window: FreezeWindow
    uid: str
    created_at: datetime


def whole_second_in_utc(at: datetime, field: str) -> datetime:
    """An instant as a window keeps it. Raises InvalidFreezeError."""
    if at.tzinfo is None:
        _refuse(field, f"{at} has no offset; write it as 2026-12-24T18:00:00+01:00")
    return at.astimezone(UTC).replace(microsecond=0)


def _check_words(window: FreezeWindow) -> None:
    for field, text, most in (
        ("title", window.title, LONGEST_TITLE),
        ("reason", window.reason, LONGEST_REASON),
    ):
        if not text.strip():
            _refuse(field, "it is empty; say it in a few words")
        if len(text) > most:
            _refuse(field, f"it has {len(text)} characters, at most {most} are kept")
        if any(ord(sign) < 32 and sign not in "\t\n\r" for sign in text):
            _refuse(field, "it holds a control character; remove it")
    if window.scope.layer is Layer.GUARDRAIL:
        _refuse("scope", "a guardrail is no customer; write 'company' to freeze for everybody")
    if any(ord(sign) < 32 for sign in window.scope.key):
        _refuse("scope", "its key holds a control character; remove it")


def _check_span(window: FreezeWindow) -> None:
    try:
        zone_named(window.time_zone)
    except UnknownTimeZoneError:
        _refuse("time_zone", f"{window.time_zone!r} is no zone; write one as Europe/Berlin")
    span = window.span
    if isinstance(span, WholeDays):
        if span.last_on < span.first_on:
            _refuse("last_on", f"{span.last_on} lies before the first day, {span.first_on}")
        days = (span.last_on - span.first_on).days + 1
        year = span.first_on.year
    else:
        if span.ends_at <= span.starts_at:
            _refuse("ends_at", f"{span.ends_at} does not lie after the start, {span.starts_at}")
        days = (span.ends_at - span.starts_at) // timedelta(days=1)
        year = span.starts_at.year
    if days > LONGEST_DAYS:
        _refuse("span", f"it lasts {days} days, at most {LONGEST_DAYS}; end it sooner")
    if not EARLIEST <= year < LATEST:
        _refuse("span", f"it begins in the year {year}; give one from {EARLIEST} to {LATEST - 1}")


def _check_repeats(window: FreezeWindow) -> None:
    rule = window.repeats
    if rule is None:
        if window.skips:
            _refuse("skips", "what does not return has no day to leave out")
        return
    if len(window.skips) > _MOST_SKIPS:
        _refuse("skips", f"{len(window.skips)} days are left out, at most {_MOST_SKIPS}")
    days = rule.days(window.first_on)
    first, second = next(days, None), next(days, None)
    if first != window.first_on:
        _refuse(
            "repeats",
            f"it begins on {window.first_on}, which is no day of its rule {rule}; "
            "begin on the first day that the rule names",
        )
    if second is not None and window._on(second).starts_at < window.first().ends_at:
        _refuse("repeats", f"it returns on {second}, before it ends; make it shorter")


def _refuse(field: str, sentence: str) -> NoReturn:
    raise InvalidFreezeError(field, sentence)
