"""How much of the time we gave ourselves is used up, when is it due, and was it kept?

One clock for promises, cases, approvals, escalations and exceptions. A transition is a function
from a clock to the next one, or to a Refusal; it reads business time from the calendar that it
is handed. Pausing keeps the time elapsed, and on resume the due time moves by the *working*
time paused. Both working and wall-clock time are kept; time paused is in neither.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from troth.core.calendars import epoch_second, whole_second
from troth.core.decisions.decision import Reason


class WorkingTime(Protocol):
    """What a clock asks of a calendar: a resolved one for what must stay, else a business one."""

    def working_seconds_between(self, start: datetime, end: datetime) -> int:
        """Open seconds from `start` to `end`; negative when `end` comes first."""

    def add_working_seconds(self, start: datetime, seconds: int) -> datetime:
        """The first instant by which so many open seconds have passed since `start`."""


class ClockState(StrEnum):
    """Where a clock stands. Breached is no state: a breached clock can be in any."""

    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class ClockTargetError(ValueError):
    """A clock's target needs either working_seconds above zero or a fixed due_at, not both.
    Give a case its working_seconds, and a promise its due_at."""

    code = "clock.target"

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a clock is to meet. Raises ClockTargetError, NaiveInstantError."""

    metric: str  # first_response, next_response, resolution, delivery…
    working_seconds: int | None = None  # counted on the calendar from the start
    due_at: datetime | None = None  # a promise's own instant; its calendar is always open

    def __post_init__(self) -> None:
        if (self.working_seconds is None) == (self.due_at is None):
            raise ClockTargetError
        if self.working_seconds is not None and self.working_seconds <= 0:
            raise ClockTargetError
        if self.due_at is not None:
            object.__setattr__(self, "due_at", whole_second(self.due_at))


@dataclass(frozen=True, kw_only=True)
class Clock:
    """One clock, with its figures as they stood at `as_of`. Instants are UTC, whole seconds."""

    target: Target
    target_seconds: int  # working; of a fixed due time: from the start to it, negative if past
    state: ClockState
    started_at: datetime
    as_of: datetime  # of the last transition or check: what the elapsed figures stand for
    due_at: datetime  # with all pauses that have ended; it no longer moves once it has passed
    working_elapsed_seconds: int = 0  # without pauses
    wall_elapsed_seconds: int = 0  # without pauses
    paused_at: datetime | None = None  # only while paused
    stopped_at: datetime | None = None  # when completed or cancelled
    breached: bool = False  # went on past due_at
    breached_at: datetime | None = None  # the due time that passed
    pauses: int = 0
    working_paused_seconds: int = 0  # of the pauses that have ended
    wall_paused_seconds: int = 0  # of the pauses that have ended
    resets: int = 0

    @property
    def metric(self) -> str:
        """What is measured."""
        return self.target.metric

    @property
    def remaining_seconds(self) -> int:
        """Working seconds left at `as_of`; negative when so much too long was taken."""
        return self.target_seconds - self.working_elapsed_seconds

    @property
    def is_ended(self) -> bool:
        """Whether it was stopped or cancelled."""
        return self.state in (ClockState.COMPLETED, ClockState.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a transition does not apply; the clock stays as it is."""

    reasons: tuple[Reason, ...]


def start(target: Target, calendar: WorkingTime, *, at: datetime) -> Clock:
    """A running clock. `at` may lie in the past: a policy that attaches late starts then.

    A clock that starts after its fixed due time is breached from the start.
    Raises OutOfSpanError when the calendar does not reach the due time, NaiveInstantError.
    """
    started_at = whole_second(at)
    if target.due_at is not None:
        due_at = target.due_at
        seconds = calendar.working_seconds_between(started_at, due_at)
    else:
        seconds = target.working_seconds or 0
        due_at = calendar.add_working_seconds(started_at, seconds)
    return Clock(
        target=target,
        target_seconds=seconds,
        state=ClockState.IN_PROGRESS,
        started_at=started_at,
        as_of=started_at,
        due_at=due_at,
        breached=started_at > due_at,
        breached_at=due_at if started_at > due_at else None,
    )


def pause(clock: Clock, calendar: WorkingTime, *, at: datetime) -> Clock | Refusal:
    """Hold a running clock: what has elapsed stays."""
    at = whole_second(at)
    reasons = [*_ended(clock, "pause"), *_too_early(clock, "pause", at)]
    if clock.state is ClockState.PAUSED:
        reasons.append(_reason("pause:already_paused", f"It is paused since {_say(clock)}."))
    if reasons:
        return Refusal(reasons=tuple(reasons))
    return replace(
        _run_to(clock, calendar, at),
        state=ClockState.PAUSED,
        paused_at=at,
        pauses=clock.pauses + 1,
    )


def resume(clock: Clock, calendar: WorkingTime, *, at: datetime) -> Clock | Refusal:
    """Let a paused clock go on: due later by the working time paused.

    A due time that had passed before the pause stays where it was.
    """
    at = whole_second(at)
    reasons = [*_ended(clock, "resume"), *_too_early(clock, "resume", at)]
    if clock.state is ClockState.IN_PROGRESS:
        reasons.append(_reason("resume:not_paused", "It is running already."))
    if reasons:
        return Refusal(reasons=tuple(reasons))
    return _run_to(_released(clock, calendar, at), calendar, at)


def stop(clock: Clock, calendar: WorkingTime, *, at: datetime) -> Clock | Refusal:
    """The thing is done. A paused clock is resumed at the same instant first."""
    return _end(clock, calendar, ClockState.COMPLETED, at)


def cancel(clock: Clock, calendar: WorkingTime, *, at: datetime) -> Clock | Refusal:
    """The thing no longer matters. A breach that has happened stays on record."""
    return _end(clock, calendar, ClockState.CANCELLED, at)


def reset(clock: Clock, calendar: WorkingTime, *, at: datetime) -> Clock | Refusal:
    """Begin again at `at`, with nothing elapsed: a stopped clock too, a cancelled one not.

    A fixed due time is again the one of the target, whatever pauses had made of it.
    """
    at = whole_second(at)
    reasons = _too_early(clock, "reset", at)
    if clock.state is ClockState.CANCELLED:
        reasons = [*_ended(clock, "reset"), *reasons]
    if reasons:
        return Refusal(reasons=tuple(reasons))
    return replace(start(clock.target, calendar, at=at), resets=clock.resets + 1)


def check(clock: Clock, calendar: WorkingTime, *, at: datetime) -> Clock | Refusal:
    """Bring the figures and the breach flag up to `at`; an ended clock stays as it is."""
    at = whole_second(at)
    if clock.is_ended:
        return clock
    reasons = _too_early(clock, "check", at)
    return Refusal(reasons=tuple(reasons)) if reasons else _run_to(clock, calendar, at)


def _end(clock: Clock, calendar: WorkingTime, state: ClockState, at: datetime) -> Clock | Refusal:
    at = whole_second(at)
    verb = "stop" if state is ClockState.COMPLETED else "cancel"
    reasons = [*_ended(clock, verb), *_too_early(clock, verb, at)]
    if reasons:
        return Refusal(reasons=tuple(reasons))
    running = _released(clock, calendar, at) if clock.state is ClockState.PAUSED else clock
    return replace(_run_to(running, calendar, at), state=state, stopped_at=at)


def _released(clock: Clock, calendar: WorkingTime, at: datetime) -> Clock:
    since = clock.paused_at or at
    paused = calendar.working_seconds_between(since, at)
    return replace(
        clock,
        state=ClockState.IN_PROGRESS,
        as_of=at,
        paused_at=None,
        # To move a due time that has passed would undo a promise that is already broken.
        due_at=clock.due_at
        if clock.breached
        else calendar.add_working_seconds(clock.due_at, paused),
        working_paused_seconds=clock.working_paused_seconds + paused,
        wall_paused_seconds=clock.wall_paused_seconds + epoch_second(at) - epoch_second(since),
    )


def _run_to(clock: Clock, calendar: WorkingTime, at: datetime) -> Clock:
    if clock.state is ClockState.PAUSED:
        return replace(clock, as_of=at)
    breached = clock.breached or at > clock.due_at
    return replace(
        clock,
        as_of=at,
        working_elapsed_seconds=clock.working_elapsed_seconds
        + calendar.working_seconds_between(clock.as_of, at),
        wall_elapsed_seconds=clock.wall_elapsed_seconds
        + epoch_second(at)
        - epoch_second(clock.as_of),
        breached=breached,
        breached_at=clock.due_at if breached else None,
    )


def _ended(clock: Clock, verb: str) -> list[Reason]:
    if not clock.is_ended:
        return []
    return [_reason(f"{verb}:ended", f"It is {clock.state.value} since {_say(clock)}.")]


def _too_early(clock: Clock, verb: str, at: datetime) -> list[Reason]:
    if at >= clock.as_of:
        return []
    sentence = (
        f"It is known up to {clock.as_of.isoformat()}, and this is of {at.isoformat()}. "
        "Replay the clock from all of its events."
    )
    return [_reason(f"{verb}:too_early", sentence)]


def _say(clock: Clock) -> str:
    return (clock.stopped_at or clock.paused_at or clock.as_of).isoformat()


def _reason(code: str, sentence: str) -> Reason:
    return Reason(code=f"clock:{code}", sentence=sentence)
