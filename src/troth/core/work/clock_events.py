"""What does a clock show, given everything that happened to it, in whatever order we heard?

This is how a policy that attaches late starts and pauses in the past, how an event that arrives
late is taken in, and how a clock comes back after a merge is undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from troth.core.calendars import whole_second
from troth.core.decisions.decision import Reason
from troth.core.work import clocks
from troth.core.work.clocks import Clock, Refusal, Target, WorkingTime


class ClockEventKind(StrEnum):
    """What can happen to a clock."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    CANCEL = "cancel"
    RESET = "reset"


@dataclass(frozen=True, kw_only=True)
class ClockEvent:
    """One thing that happened to a clock."""

    kind: ClockEventKind
    at: datetime  # when it happened; a policy may attach later
    order: int = 0  # the source's own sequence, for events of one instant


@dataclass(frozen=True, kw_only=True)
class IgnoredEvent:
    """An event that changed nothing, and why."""

    event: ClockEvent
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What a list of events comes to."""

    clock: Clock | None  # None: it has not started by then
    ignored: tuple[IgnoredEvent, ...]  # in time order


class _Transition(Protocol):
    def __call__(self, clock: Clock, calendar: WorkingTime, *, at: datetime) -> Clock | Refusal: ...


TRANSITIONS: Mapping[ClockEventKind, _Transition] = MappingProxyType(
    {
        ClockEventKind.PAUSE: clocks.pause,
        ClockEventKind.RESUME: clocks.resume,
        ClockEventKind.STOP: clocks.stop,
        ClockEventKind.CANCEL: clocks.cancel,
        ClockEventKind.RESET: clocks.reset,
    }
)


def replay(
    events: Iterable[ClockEvent], target: Target, calendar: WorkingTime, *, as_of: datetime
) -> Replayed:
    """The clock that `events`, in any order and with repetitions, leave behind at `as_of`.

    Events are taken by (`at`, `order`), then in the order in which the kinds are listed. What
    does not apply (a pause of a paused clock, anything before the start or after `as_of`) is
    kept apart with its reasons. Raises OutOfSpanError, NaiveInstantError.
    """
    rank = list(ClockEventKind)
    in_order = sorted(
        events, key=lambda event: (whole_second(event.at), event.order, rank.index(event.kind))
    )
    clock: Clock | None = None
    ignored: list[IgnoredEvent] = []
    seen: set[ClockEvent] = set()
    for event in in_order:
        outcome: Clock | Refusal
        if event in seen:
            outcome = _refusal("repeated", "The same event came before.")
        elif whole_second(event.at) > whole_second(as_of):
            outcome = _refusal("later", f"It happened after {as_of.isoformat()}.")
        else:
            outcome = _apply(event, clock, target, calendar)
        seen.add(event)
        if isinstance(outcome, Refusal):
            ignored.append(IgnoredEvent(event=event, reasons=outcome.reasons))
        else:
            clock = outcome
    if clock is not None:
        checked = clocks.check(clock, calendar, at=as_of)
        clock = checked if isinstance(checked, Clock) else clock
    return Replayed(clock=clock, ignored=tuple(ignored))


def _apply(
    event: ClockEvent, clock: Clock | None, target: Target, calendar: WorkingTime
) -> Clock | Refusal:
    if event.kind is ClockEventKind.START:
        if clock is None:
            return clocks.start(target, calendar, at=event.at)
        return _refusal(
            "already_started",
            f"It started at {clock.started_at.isoformat()}; only a reset begins again.",
        )
    if clock is None:
        return _refusal("not_started", f"A {event.kind.value} before the start has no clock.")
    return TRANSITIONS[event.kind](clock, calendar, at=event.at)


def _refusal(code: str, sentence: str) -> Refusal:
    return Refusal(reasons=(Reason(code=f"clock:event:{code}", sentence=sentence),))
