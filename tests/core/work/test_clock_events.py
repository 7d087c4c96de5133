"""A clock rebuilt from what happened to it: late policies, repeats, disorder."""

from __future__ import annotations

from datetime import UTC, datetime, time

from troth.core.calendars import BusinessCalendar, Window
from troth.core.work.clock_events import ClockEvent, ClockEventKind, Replayed, replay
from troth.core.work.clocks import ClockState, Target

OFFICE = BusinessCalendar(
    name="office",
    time_zone="UTC",
    weekly=((Window(opens=time(9), closes=time(17)),),) * 5 + ((), ()),
)
FOUR_HOURS = Target(metric="resolution", working_seconds=4 * 3600)


def at(day: int, hour: int) -> datetime:
    """March 2026; the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def event(kind: str, day: int, hour: int, order: int = 0) -> ClockEvent:
    return ClockEvent(kind=ClockEventKind(kind), at=at(day, hour), order=order)


def ignored(replayed: Replayed) -> list[tuple[str, str]]:
    return [(entry.event.kind.value, entry.reasons[0].code) for entry in replayed.ignored]


def test_a_policy_that_attaches_late_starts_and_pauses_in_the_past() -> None:
    # Attached on Wednesday to a case opened on Monday that waited for the customer on Tuesday.
    late = replay(
        [event("start", 2, 15), event("pause", 3, 9), event("resume", 3, 17)],
        FOUR_HOURS,
        OFFICE,
        as_of=at(4, 10),
    )
    assert late.ignored == ()
    assert late.clock is not None
    assert late.clock.due_at == at(4, 11)
    assert late.clock.working_elapsed_seconds == 3 * 3600
    assert not late.clock.breached


def test_an_event_that_arrives_late_takes_its_place_in_time() -> None:
    heard = [event("start", 2, 9), event("stop", 2, 16), event("resume", 2, 15)]
    without = replay(heard, FOUR_HOURS, OFFICE, as_of=at(3, 9))
    with_it = replay([*heard, event("pause", 2, 10)], FOUR_HOURS, OFFICE, as_of=at(3, 9))
    assert without.clock is not None and without.clock.breached
    assert with_it.clock is not None and not with_it.clock.breached
    assert with_it.clock.working_elapsed_seconds == 2 * 3600


def test_what_does_not_apply_is_kept_apart_with_its_reason() -> None:
    replayed = replay(
        [
            event("pause", 2, 8),
            event("start", 2, 9),
            event("start", 2, 10),
            event("pause", 2, 11),
            event("pause", 2, 11),
            event("pause", 2, 12),
            event("stop", 2, 13),
            event("resume", 2, 14),
            event("reset", 4, 9),
        ],
        FOUR_HOURS,
        OFFICE,
        as_of=at(3, 9),
    )
    assert ignored(replayed) == [
        ("pause", "clock:event:not_started"),
        ("start", "clock:event:already_started"),
        ("pause", "clock:event:repeated"),
        ("pause", "clock:pause:already_paused"),
        ("resume", "clock:resume:ended"),
        ("reset", "clock:event:later"),
    ]
    assert replayed.clock is not None
    assert replayed.clock.state is ClockState.COMPLETED
    assert replayed.clock.working_elapsed_seconds == 2 * 3600
    assert replayed.clock.working_paused_seconds == 2 * 3600


def test_within_one_instant_the_sources_own_sequence_decides() -> None:
    first_stop = [event("start", 2, 9), event("stop", 2, 10, 1), event("reset", 2, 10, 2)]
    first_reset = [event("start", 2, 9), event("stop", 2, 10, 2), event("reset", 2, 10, 1)]
    running = replay(first_stop, FOUR_HOURS, OFFICE, as_of=at(2, 11)).clock
    stopped = replay(first_reset, FOUR_HOURS, OFFICE, as_of=at(2, 11)).clock
    assert running is not None and running.state is ClockState.IN_PROGRESS
    assert stopped is not None and stopped.state is ClockState.COMPLETED


def test_before_its_start_there_is_no_clock() -> None:
    assert replay([event("start", 3, 9)], FOUR_HOURS, OFFICE, as_of=at(2, 9)).clock is None
    assert replay([], FOUR_HOURS, OFFICE, as_of=at(2, 9)) == Replayed(clock=None, ignored=())
