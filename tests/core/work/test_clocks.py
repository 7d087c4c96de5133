"""What each transition of a clock does, and what holds whatever happens to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.core.calendars import BusinessCalendar, NaiveInstantError, ResolvedCalendar, Window
from troth.core.work.clock_events import TRANSITIONS, ClockEvent, ClockEventKind, replay
from troth.core.work.clocks import (
    Clock,
    ClockState,
    ClockTargetError,
    Refusal,
    Target,
    cancel,
    check,
    pause,
    reset,
    resume,
    start,
    stop,
)

HOUR = 3600
OFFICE = BusinessCalendar(
    name="office",
    time_zone="UTC",
    weekly=((Window(opens=time(9), closes=time(17)),),) * 5 + ((), ()),
).resolve(date(2026, 3, 1), date(2026, 12, 31))
ALWAYS = BusinessCalendar.always_open()
FOUR_HOURS = Target(metric="resolution", working_seconds=4 * HOUR)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """March 2026; the 2nd and the 9th are Mondays."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def done(outcome: Clock | Refusal) -> Clock:
    assert isinstance(outcome, Clock)
    return outcome


def codes(outcome: Clock | Refusal) -> list[str]:
    assert isinstance(outcome, Refusal)
    assert all(reason.sentence for reason in outcome.reasons)
    return [reason.code for reason in outcome.reasons]


def test_a_clock_is_due_when_its_working_time_has_passed() -> None:
    clock = start(FOUR_HOURS, OFFICE, at=at(2, 15))
    assert clock.state is ClockState.IN_PROGRESS
    assert clock.due_at == at(3, 11)  # 2 h on Monday, 2 h on Tuesday


def test_stopping_in_time_keeps_working_and_wall_clock_time() -> None:
    clock = done(stop(start(FOUR_HOURS, OFFICE, at=at(2, 15)), OFFICE, at=at(3, 10)))
    assert (clock.state, clock.stopped_at, clock.breached) == (
        ClockState.COMPLETED,
        at(3, 10),
        False,
    )
    assert clock.working_elapsed_seconds == 3 * HOUR
    assert clock.wall_elapsed_seconds == 19 * HOUR
    assert clock.remaining_seconds == HOUR


def test_stopping_at_the_very_due_time_is_in_time_and_a_second_later_is_not() -> None:
    clock = start(FOUR_HOURS, OFFICE, at=at(2, 9))
    assert not done(stop(clock, OFFICE, at=at(2, 13))).breached
    late = done(stop(clock, OFFICE, at=at(2, 13) + timedelta(seconds=1)))
    assert (late.breached, late.breached_at) == (True, at(2, 13))


def test_after_the_close_at_which_it_was_due_it_is_late_though_no_working_time_has_passed() -> None:
    clock = start(FOUR_HOURS, OFFICE, at=at(2, 13))
    late = done(stop(clock, OFFICE, at=at(2, 20)))
    assert late.breached
    assert late.remaining_seconds == 0


def test_pausing_keeps_what_has_elapsed_and_resuming_moves_the_due_time_by_working_time() -> None:
    paused = done(pause(start(FOUR_HOURS, OFFICE, at=at(2, 9)), OFFICE, at=at(2, 10)))
    assert (paused.state, paused.paused_at) == (ClockState.PAUSED, at(2, 10))
    resumed = done(resume(paused, OFFICE, at=at(3, 11)))
    # Paused 7 h on Monday and 2 h on Tuesday; 3 h are left.
    assert resumed.due_at == at(3, 14)
    assert resumed.working_elapsed_seconds == HOUR
    assert resumed.working_paused_seconds == 9 * HOUR
    assert resumed.wall_paused_seconds == 25 * HOUR
    assert (resumed.pauses, resumed.paused_at) == (1, None)


def test_a_pause_after_the_due_time_does_not_move_it() -> None:
    paused = done(pause(start(FOUR_HOURS, OFFICE, at=at(2, 9)), OFFICE, at=at(2, 14)))
    resumed = done(resume(paused, OFFICE, at=at(3, 14)))
    assert (resumed.breached, resumed.breached_at) == (True, at(2, 13))
    assert resumed.due_at == at(2, 13)


def test_a_clock_does_not_breach_while_it_is_paused() -> None:
    paused = done(pause(start(FOUR_HOURS, OFFICE, at=at(2, 9)), OFFICE, at=at(2, 12)))
    assert not done(check(paused, OFFICE, at=at(6, 9))).breached
    ended = done(stop(paused, OFFICE, at=at(6, 9)))
    assert not ended.breached
    assert ended.stopped_at is not None and ended.stopped_at <= ended.due_at


def test_checking_flags_a_breach_once_and_keeps_the_time_that_was_due() -> None:
    clock = start(FOUR_HOURS, OFFICE, at=at(2, 9))
    first = done(check(clock, OFFICE, at=at(2, 15)))
    second = done(check(first, OFFICE, at=at(3, 15)))
    assert first.breached_at == second.breached_at == at(2, 13)
    assert second.remaining_seconds == 4 * HOUR - 14 * HOUR  # 8 h on Monday, 6 h on Tuesday


def test_cancelling_ends_a_clock_for_good_and_keeps_a_breach() -> None:
    cancelled = done(cancel(start(FOUR_HOURS, OFFICE, at=at(2, 9)), OFFICE, at=at(2, 15)))
    assert (cancelled.state, cancelled.breached) == (ClockState.CANCELLED, True)
    assert codes(reset(cancelled, OFFICE, at=at(3, 9))) == ["clock:reset:ended"]


def test_resetting_begins_again_even_when_stopped() -> None:
    stopped = done(stop(start(FOUR_HOURS, OFFICE, at=at(2, 9)), OFFICE, at=at(2, 15)))
    again = done(reset(stopped, OFFICE, at=at(3, 9)))
    assert (again.started_at, again.due_at, again.resets) == (at(3, 9), at(3, 13), 1)
    assert (again.working_elapsed_seconds, again.breached, again.stopped_at) == (0, False, None)


def test_a_promise_has_a_fixed_due_time_and_a_pause_moves_it_by_the_wall_clock() -> None:
    promise = start(Target(metric="delivery", due_at=at(6, 18)), ALWAYS, at=at(2, 18))
    assert promise.target_seconds == 4 * 24 * HOUR
    held = done(pause(promise, ALWAYS, at=at(3, 18)))
    released = done(resume(held, ALWAYS, at=at(5, 18)))
    assert released.due_at == at(8, 18)
    assert done(reset(released, ALWAYS, at=at(5, 19))).due_at == at(6, 18)


def test_a_promise_made_for_the_past_is_broken_from_the_start() -> None:
    promise = start(Target(metric="delivery", due_at=at(2, 9)), ALWAYS, at=at(2, 10))
    assert promise.target_seconds == -HOUR
    assert (promise.breached, promise.breached_at) == (True, at(2, 9))


def test_what_does_not_apply_is_refused_with_every_reason() -> None:
    running = start(FOUR_HOURS, OFFICE, at=at(2, 10))
    paused = done(pause(running, OFFICE, at=at(2, 11)))
    stopped = done(stop(running, OFFICE, at=at(2, 11)))
    assert codes(resume(running, OFFICE, at=at(2, 11))) == ["clock:resume:not_paused"]
    assert codes(pause(paused, OFFICE, at=at(2, 12))) == ["clock:pause:already_paused"]
    assert codes(stop(stopped, OFFICE, at=at(2, 12))) == ["clock:stop:ended"]
    assert codes(cancel(stopped, OFFICE, at=at(2, 12))) == ["clock:cancel:ended"]
    assert codes(check(running, OFFICE, at=at(2, 9))) == ["clock:check:too_early"]
    assert codes(reset(running, OFFICE, at=at(2, 9))) == ["clock:reset:too_early"]
    assert codes(pause(stopped, OFFICE, at=at(2, 9))) == [
        "clock:pause:ended",
        "clock:pause:too_early",
    ]
    assert codes(resume(running, OFFICE, at=at(2, 9))) == [
        "clock:resume:too_early",
        "clock:resume:not_paused",
    ]


def test_checking_an_ended_clock_leaves_it_as_it_is() -> None:
    stopped = done(stop(start(FOUR_HOURS, OFFICE, at=at(2, 9)), OFFICE, at=at(2, 10)))
    assert check(stopped, OFFICE, at=at(9, 9)) == stopped


def test_a_target_is_working_time_or_an_instant_and_not_both() -> None:
    for fields in ({}, {"working_seconds": 0}, {"working_seconds": 60, "due_at": at(2, 9)}):
        with pytest.raises(ClockTargetError, match="not both"):
            Target(metric="x", **fields)  # type: ignore[arg-type]
    with pytest.raises(NaiveInstantError):
        Target(metric="x", due_at=datetime(2026, 3, 2))
    with pytest.raises(NaiveInstantError):
        start(FOUR_HOURS, OFFICE, at=datetime(2026, 3, 2))


# What holds whatever happens.

BERLIN = BusinessCalendar(
    name="two shifts",
    time_zone="Europe/Berlin",
    weekly=(
        (
            Window(opens=time(1, 30), closes=time(5)),
            Window(opens=time(9), closes=time(12, 30)),
            Window(opens=time(13, 30), closes=time(18)),
        ),
    )
    * 5
    + ((), (Window(opens=time(0), closes=time(4)),)),
    holidays=frozenset({date(2025, 10, 28)}),
).resolve(date(2025, 10, 20), date(2026, 3, 31))
FIRST = datetime(2025, 10, 24, 6, tzinfo=UTC)  # two days before the end of summer time

gaps = st.one_of(st.integers(0, 5), st.integers(0, 60 * HOUR))
steps = st.lists(
    st.tuples(st.sampled_from([kind for kind in ClockEventKind if kind != "start"]), gaps),
    max_size=8,
)
targets = st.one_of(
    st.integers(1, 60 * HOUR).map(lambda n: Target(metric="resolution", working_seconds=n)),
    st.integers(-HOUR, 200 * HOUR).map(
        lambda n: Target(metric="delivery", due_at=FIRST + timedelta(seconds=n))
    ),
)


def events_of(steps: list[tuple[ClockEventKind, int]]) -> list[ClockEvent]:
    events = [ClockEvent(kind=ClockEventKind.START, at=FIRST)]
    for order, (kind, gap) in enumerate(steps, start=1):
        events.append(ClockEvent(kind=kind, at=events[-1].at + timedelta(seconds=gap), order=order))
    return events


def running_or_ended(clock: Clock, calendar: ResolvedCalendar) -> None:
    """Every second since the start is in exactly one of elapsed and paused."""
    end = clock.stopped_at or clock.paused_at or clock.as_of
    wall = int((end - clock.started_at).total_seconds())
    assert clock.working_elapsed_seconds + clock.working_paused_seconds == (
        calendar.working_seconds_between(clock.started_at, end)
    )
    assert clock.wall_elapsed_seconds + clock.wall_paused_seconds == wall


@settings(max_examples=300, deadline=None)
@given(targets, steps, gaps)
def test_elapsed_and_remaining_make_the_target_and_the_due_time_says_the_same(
    target: Target, steps: list[tuple[ClockEventKind, int]], gap: int
) -> None:
    events = events_of(steps)
    as_of = events[-1].at + timedelta(seconds=gap)
    clock = replay(events, target, BERLIN, as_of=as_of).clock
    assert clock is not None
    running_or_ended(clock, BERLIN)
    assert clock.working_elapsed_seconds + clock.remaining_seconds == clock.target_seconds
    end = clock.stopped_at or clock.paused_at or clock.as_of
    if not clock.breached:
        assert end <= clock.due_at
        assert BERLIN.working_seconds_between(end, clock.due_at) == clock.remaining_seconds
    else:
        assert clock.remaining_seconds <= 0
        assert clock.breached_at == clock.due_at < end
    if clock.remaining_seconds < 0:
        assert clock.breached


@settings(max_examples=200, deadline=None)
@given(targets, steps, st.lists(gaps, min_size=1, max_size=4))
def test_no_working_time_elapses_while_a_clock_is_paused(
    target: Target, steps: list[tuple[ClockEventKind, int]], gaps: list[int]
) -> None:
    events = events_of(steps)
    clock = replay(events, target, BERLIN, as_of=events[-1].at).clock
    assert clock is not None
    held = pause(clock, BERLIN, at=clock.as_of) if clock.state == "in_progress" else clock
    if not isinstance(held, Clock) or held.state is not ClockState.PAUSED:
        return
    later, now = held, held.as_of
    for gap in gaps:
        now += timedelta(seconds=gap)
        later = done(check(later, BERLIN, at=now))
    resumed = done(resume(later, BERLIN, at=now))
    assert later.working_elapsed_seconds == held.working_elapsed_seconds
    assert resumed.working_elapsed_seconds == held.working_elapsed_seconds
    assert resumed.wall_elapsed_seconds == held.wall_elapsed_seconds


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 60 * HOUR), st.integers(0, 60 * HOUR), st.data())
def test_a_pause_outside_working_time_moves_the_due_time_by_nothing(
    seconds: int, begin: int, data: st.DataObject
) -> None:
    begun = FIRST + timedelta(seconds=begin)
    clock = start(Target(metric="x", working_seconds=seconds), BERLIN, at=begun)
    closed_at = BERLIN.next_close(begun)
    opens_at = BERLIN.next_open(closed_at)
    span = int((opens_at - closed_at).total_seconds())
    first, last = sorted(data.draw(st.lists(st.integers(0, span), min_size=2, max_size=2)))
    held = done(pause(clock, BERLIN, at=closed_at + timedelta(seconds=first)))
    resumed = done(resume(held, BERLIN, at=closed_at + timedelta(seconds=last)))
    assert resumed.due_at == clock.due_at


@settings(max_examples=200, deadline=None)
@given(targets, steps, st.lists(st.booleans(), min_size=9, max_size=9), st.randoms())
def test_replay_equals_going_step_by_step_whatever_the_order_heard_and_the_checks_between(
    target: Target,
    steps: list[tuple[ClockEventKind, int]],
    checks: list[bool],
    random: Random,
) -> None:
    events = events_of(steps)
    stepped = start(target, BERLIN, at=FIRST)
    refused = []
    for event, is_checked in zip(events[1:], checks, strict=False):
        if is_checked:
            stepped = done(check(stepped, BERLIN, at=event.at))
        outcome = TRANSITIONS[event.kind](stepped, BERLIN, at=event.at)
        if isinstance(outcome, Refusal):
            refused.append(event)
        else:
            stepped = outcome
    stepped = done(check(stepped, BERLIN, at=events[-1].at))

    heard = events + events[::2]
    random.shuffle(heard)
    replayed = replay(heard, target, BERLIN, as_of=events[-1].at)
    assert replayed.clock == stepped
    others = [
        entry.event for entry in replayed.ignored if entry.reasons[0].code != "clock:event:repeated"
    ]
    assert others == refused
    assert len(replayed.ignored) - len(others) == len(events[::2])
