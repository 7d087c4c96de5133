"""A clock against a model that only ever counts minutes, one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from troth.core.calendars import BusinessCalendar, Window
from troth.core.work.clock_events import TRANSITIONS, ClockEvent, ClockEventKind, replay
from troth.core.work.clocks import Clock, Refusal, Target, check, start

BEGIN = datetime(2025, 10, 24, 22, tzinfo=UTC)  # Saturday midnight in Berlin
MINUTES = 60 * 24 * 60  # sixty days: beyond what any run of the machine reaches
CALENDAR = BusinessCalendar(
    name="nights and days",
    time_zone="Europe/Berlin",
    weekly=(
        (Window(opens=time(1, 30), closes=time(3, 30)), Window(opens=time(9), closes=time(15))),
    )
    * 7,
    holidays=frozenset({date(2025, 10, 27)}),
).resolve(date(2025, 10, 20), date(2026, 1, 31))
OPEN = [CALENDAR.is_open(BEGIN + timedelta(minutes=step)) for step in range(MINUTES)]


def minute(step: int) -> datetime:
    return BEGIN + timedelta(minutes=step)


def after_open_minutes(step: int, count: int) -> int:
    """Walk on until so many open minutes have passed."""
    while count:
        count -= OPEN[step]
        step += 1
    return step


class ClockMachine(RuleBasedStateMachine):
    """Random time and transitions; the clock must agree with the minutes."""

    @initialize(
        minutes=st.integers(1, 30 * 60), fixed=st.booleans(), begin=st.integers(0, 2 * 24 * 60)
    )
    def begin(self, minutes: int, fixed: bool, begin: int) -> None:
        self.fixed = begin + minutes if fixed else None
        self.target = (
            Target(metric="delivery", due_at=minute(begin + minutes))
            if fixed
            else Target(metric="resolution", working_seconds=minutes * 60)
        )
        self.minutes = minutes
        self.now = begin
        self.clock = start(self.target, CALENDAR, at=minute(begin))
        self.events = [ClockEvent(kind=ClockEventKind.START, at=minute(begin))]
        self.restart()

    def restart(self) -> None:
        self.state, self.elapsed, self.breached = "in_progress", 0, False
        if self.fixed is None:
            self.due, self.left = after_open_minutes(self.now, self.minutes), self.minutes
        else:
            self.due, first = self.fixed, min(self.now, self.fixed)
            between = sum(OPEN[first : max(self.now, self.fixed)])
            self.left = between if first == self.now else -between
        self.notice()

    def notice(self) -> None:
        if self.state == "in_progress" and self.now > self.due:
            self.breached = True

    @rule(minutes=st.one_of(st.integers(0, 90), st.integers(0, 2 * 24 * 60)))
    def time_passes(self, minutes: int) -> None:
        for step in range(self.now, self.now + minutes):
            if self.state == "in_progress" and OPEN[step]:
                self.elapsed += 1
        self.now += minutes
        self.notice()

    @rule()
    def time_passes_until_due(self) -> None:
        self.time_passes(max(0, min(self.due - self.now, 4 * 24 * 60)))

    @rule()
    def is_checked(self) -> None:
        outcome = check(self.clock, CALENDAR, at=minute(self.now))
        assert isinstance(outcome, Clock)
        self.clock = outcome

    @rule(kind=st.sampled_from([kind for kind in ClockEventKind if kind != "start"]))
    def something_happens(self, kind: ClockEventKind) -> None:
        self.events.append(ClockEvent(kind=kind, at=minute(self.now), order=len(self.events)))
        outcome = TRANSITIONS[kind](self.clock, CALENDAR, at=minute(self.now))
        applies = {
            "pause": self.state == "in_progress",
            "resume": self.state == "paused",
            "stop": self.state in ("in_progress", "paused"),
            "cancel": self.state in ("in_progress", "paused"),
            "reset": self.state != "cancelled",
        }[kind.value]
        assert isinstance(outcome, Clock if applies else Refusal)
        if isinstance(outcome, Clock):
            self.clock = outcome
            self.follow(kind.value)

    def follow(self, verb: str) -> None:
        if verb == "reset":
            self.restart()
        elif verb == "pause":
            self.state, self.paused_since = "paused", self.now
        else:
            if self.state == "paused" and not self.breached:
                self.due = after_open_minutes(self.due, sum(OPEN[self.paused_since : self.now]))
            self.state = "in_progress"
            self.notice()
            self.state = {"stop": "completed", "cancel": "cancelled"}.get(verb, self.state)

    @invariant()
    def the_minutes_agree(self) -> None:
        checked = check(self.clock, CALENDAR, at=minute(self.now))
        assert isinstance(checked, Clock)
        assert checked.state == self.state
        assert checked.working_elapsed_seconds == self.elapsed * 60
        assert checked.remaining_seconds == (self.left - self.elapsed) * 60
        assert checked.due_at == minute(self.due)
        assert checked.breached == self.breached
        replayed = replay(self.events, self.target, CALENDAR, as_of=minute(self.now))
        assert replayed.clock == checked


TestClockMachine = ClockMachine.TestCase
TestClockMachine.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
