"""Business time against a calendar on the wall, read minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from troth.core.calendars import (
    END_OF_DAY,
    BusinessCalendar,
    OutOfSpanError,
    SpecialDay,
    Window,
    add_days,
    closing_date,
    end_of_local_day,
    local_date,
    start_of_local_day,
)
from troth.core.calendars.instants import instant

MINUTE = timedelta(minutes=1)
# Zone and a day near which its offset jumps, or a plain day.
PLACES = [
    ("Europe/Berlin", date(2025, 3, 30)),  # 02:00 → 03:00
    ("Europe/Berlin", date(2025, 10, 26)),  # 03:00 → 02:00
    ("America/Sao_Paulo", date(2018, 11, 4)),  # midnight does not exist: 00:00 → 01:00
    ("America/Sao_Paulo", date(2018, 2, 18)),  # 00:00 → 23:00 of the day before
    ("Australia/Lord_Howe", date(2025, 4, 6)),  # half an hour: 02:00 → 01:30
    ("Australia/Lord_Howe", date(2025, 10, 5)),  # half an hour: 02:00 → 02:30
    ("Asia/Kolkata", date(2026, 1, 1)),  # +05:30, never jumps
    ("America/Havana", date(2025, 11, 2)),  # midnight happens twice: 01:00 → 00:00
    ("America/St_Johns", date(2010, 11, 7)),  # 00:01 → 23:01 of the day before
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that did not happen
]


@st.composite
def days_of_windows(draw: st.DrawFn) -> tuple[Window, ...]:
    minutes = st.integers(0, 24 * 60)
    edges = sorted(draw(st.lists(minutes, max_size=6, unique=True)))
    pairs = zip(edges[0::2], edges[1::2], strict=False)
    return tuple(
        Window(
            opens=time(opens // 60, opens % 60),
            closes=END_OF_DAY if closes == 24 * 60 else time(closes // 60, closes % 60),
        )
        for opens, closes in pairs
    )


@st.composite
def calendars(draw: st.DrawFn) -> tuple[BusinessCalendar, date]:
    zone, near = draw(st.sampled_from(PLACES))
    days = st.integers(-2, 2).map(lambda step: near + timedelta(days=step))
    special = draw(st.dictionaries(days, days_of_windows(), max_size=2))
    calendar = BusinessCalendar(
        name="drawn",
        time_zone=zone,
        weekly=tuple(draw(days_of_windows()) for _ in range(7)),
        holidays=frozenset(draw(st.lists(days, max_size=2))),
        special_days=tuple(SpecialDay(on=on, windows=windows) for on, windows in special.items()),
    )
    return calendar, near


@cache
def wall_around(zone: str, near: date) -> list[datetime]:
    return [at.astimezone(ZoneInfo(zone)) for at in minutes_around(near)]


def is_open_on_the_wall(calendar: BusinessCalendar, wall: datetime) -> bool:
    special = [day.windows for day in calendar.special_days if day.on == wall.date()]
    if special:
        windows = special[0]
    elif wall.date() in calendar.holidays:
        windows = ()
    else:
        windows = calendar.weekly[wall.weekday()]
    shown = wall.time()
    return any(
        window.opens <= shown and (window.closes is END_OF_DAY or shown < window.closes)
        for window in windows
    )


@cache
def minutes_around(near: date) -> list[datetime]:
    """Every minute of five days of UTC."""
    start = datetime.combine(near - timedelta(days=2), time(0), tzinfo=UTC)
    return [start + MINUTE * step for step in range(5 * 24 * 60)]


@settings(max_examples=40, deadline=None)
@given(calendars(), st.data())
def test_working_time_is_the_count_of_minutes_that_the_wall_clock_shows_open(
    drawn: tuple[BusinessCalendar, date], data: st.DataObject
) -> None:
    calendar, near = drawn
    resolved = calendar.resolve(near - timedelta(days=4), near + timedelta(days=4))
    minutes = minutes_around(near)
    opened = [is_open_on_the_wall(calendar, wall) for wall in wall_around(calendar.time_zone, near)]
    first, last = sorted(
        data.draw(st.lists(st.integers(0, len(minutes) - 1), min_size=2, max_size=2))
    )
    asked = sum(opened[first:last]) * 60

    assert resolved.working_seconds_between(minutes[first], minutes[last]) == asked
    assert resolved.working_seconds_between(minutes[last], minutes[first]) == -asked
    assert calendar.working_seconds_between(minutes[first], minutes[last]) == asked
    assert resolved.is_open(minutes[first]) is opened[first]


@settings(max_examples=40, deadline=None)
@given(calendars(), st.data())
def test_adding_working_time_stops_at_the_minute_that_uses_it_up(
    drawn: tuple[BusinessCalendar, date], data: st.DataObject
) -> None:
    calendar, near = drawn
    resolved = calendar.resolve(near - timedelta(days=4), near + timedelta(days=4))
    minutes = minutes_around(near)
    opened = [is_open_on_the_wall(calendar, wall) for wall in wall_around(calendar.time_zone, near)]
    first = data.draw(st.integers(0, len(minutes) - 1))
    open_after = [step for step in range(first, len(minutes)) if opened[step]]
    open_before = [step for step in range(first - 1, -1, -1) if opened[step]]

    assert resolved.add_working_seconds(minutes[first], 0) == minutes[first]
    if open_after:
        count = data.draw(st.integers(1, len(open_after)))
        due = minutes[open_after[count - 1]] + MINUTE
        assert resolved.add_working_seconds(minutes[first], count * 60) == due
        assert calendar.add_working_seconds(minutes[first], count * 60) == due
        assert resolved.next_open(minutes[first]) == minutes[open_after[0]]
    if open_before:
        count = data.draw(st.integers(1, len(open_before)))
        begin = minutes[open_before[count - 1]]
        assert resolved.add_working_seconds(minutes[first], -count * 60) == begin
        assert calendar.add_working_seconds(minutes[first], -count * 60) == begin


@settings(max_examples=100, deadline=None)
@given(calendars(), st.integers(0, 10 * 86_400), st.integers(0, 10 * 86_400))
def test_any_second_is_counted_and_counting_inverts_adding(
    drawn: tuple[BusinessCalendar, date], second: int, seconds: int
) -> None:
    calendar, near = drawn
    resolved = calendar.resolve(near - timedelta(days=6), near + timedelta(days=40))
    start = datetime.combine(near - timedelta(days=2), time(0), tzinfo=UTC)
    start += timedelta(seconds=second)
    try:
        due = resolved.add_working_seconds(start, seconds)
    except OutOfSpanError:
        end = datetime.fromtimestamp(resolved.span_end, UTC)
        assert resolved.working_seconds_between(start, end) < seconds
        return
    assert resolved.working_seconds_between(start, due) == seconds
    if seconds:
        before = due - timedelta(seconds=1)
        assert resolved.working_seconds_between(start, before) == seconds - 1
        assert resolved.working_seconds_between(start, resolved.add_working_seconds(due, 1)) == (
            seconds + 1
        )


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(PLACES), st.integers(-1, 1))
@example(("Pacific/Apia", date(2011, 12, 30)), 0)
def test_a_local_day_runs_from_its_first_minute_to_its_last(
    place: tuple[str, date], step: int
) -> None:
    zone, near = place
    on = near + timedelta(days=step)
    shown = [at for at in minutes_around(near) if at.astimezone(ZoneInfo(zone)).date() == on]
    if not shown:
        assert start_of_local_day(on, zone) == end_of_local_day(on, zone)
        return
    assert start_of_local_day(on, zone) == shown[0]
    assert end_of_local_day(on, zone) == shown[-1] + MINUTE
    assert local_date(shown[0], zone) == on
    assert closing_date(end_of_local_day(on, zone), zone) == on


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(PLACES),
    st.integers(0, 5 * 86_400 - 1),
    st.integers(-3, 3),
)
@example(("Europe/Berlin", date(2025, 10, 26)), 2 * 86_400 + 3600 + 1800, 0)  # the second 02:30
def test_a_day_later_shows_the_same_local_time_or_the_first_after_a_gap(
    place: tuple[str, date], second: int, days: int
) -> None:
    zone, near = place
    at = datetime.combine(near - timedelta(days=2), time(0), tzinfo=UTC)
    at += timedelta(seconds=second)
    before = at.astimezone(ZoneInfo(zone))
    after = add_days(at, days, zone).astimezone(ZoneInfo(zone))
    asked = before.replace(tzinfo=None) + timedelta(days=days)

    assert add_days(at, 0, zone) == at
    if after.replace(tzinfo=None) != asked:
        # Right before the first instant after a gap, the wall showed an earlier time than asked.
        just_before = (after.astimezone(UTC) - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
        assert just_before.replace(tzinfo=None) < asked < after.replace(tzinfo=None)


BERLIN_NIGHT = BusinessCalendar(
    name="night shift",
    time_zone="Europe/Berlin",
    weekly=((Window(opens=time(1), closes=time(5)),),) * 7,
)


def test_a_calendar_that_is_asked_about_any_year_keeps_few() -> None:
    always = BusinessCalendar.always_open("Europe/Berlin")
    assert BusinessCalendar.always_open("Europe/Berlin") is always
    for year in range(1000, 1300):
        at = datetime(year, 6, 1, tzinfo=UTC)
        assert always.add_working_seconds(at, 3600) == at + timedelta(hours=1)
    assert len(always._years) <= 64


@pytest.mark.parametrize(
    ("on", "hours"),
    [
        (date(2025, 3, 29), 4),  # plain
        (date(2025, 3, 30), 3),  # 02:00-03:00 does not exist
        (date(2025, 10, 26), 5),  # 02:00-03:00 happens twice
    ],
)
def test_a_window_over_a_clock_change_counts_the_hours_that_passed(on: date, hours: int) -> None:
    resolved = BERLIN_NIGHT.resolve(on, on)
    assert resolved.worked[-1] == hours * 3600
    assert len(resolved.opens) == 1  # one window stays one window


def test_sao_paulos_day_without_midnight_has_23_hours_and_the_day_before_its_end_25() -> None:
    always = BusinessCalendar.always_open("America/Sao_Paulo")
    assert always.resolve(date(2018, 11, 4), date(2018, 11, 4)).worked[-1] == 23 * 3600
    assert always.resolve(date(2018, 2, 17), date(2018, 2, 17)).worked[-1] == 25 * 3600


def test_lord_howe_changes_by_half_an_hour() -> None:
    always = BusinessCalendar.always_open("Australia/Lord_Howe")
    assert always.resolve(date(2025, 4, 6), date(2025, 4, 6)).worked[-1] == 24 * 3600 + 1800
    assert always.resolve(date(2025, 10, 5), date(2025, 10, 5)).worked[-1] == 24 * 3600 - 1800


def test_a_window_within_a_gap_does_not_happen_and_within_a_fold_happens_twice() -> None:
    half_past_two = BusinessCalendar(
        name="batch",
        time_zone="Europe/Berlin",
        weekly=((Window(opens=time(2, 15), closes=time(2, 30)),),) * 7,
    )
    assert half_past_two.resolve(date(2025, 3, 30), date(2025, 3, 30)).opens == ()
    twice = half_past_two.resolve(date(2025, 10, 26), date(2025, 10, 26))
    assert twice.worked == (0, 900, 1800)


@pytest.mark.parametrize("second", [10**12, 10**13, 10**17, 10**30, -(10**17)])
def test_a_second_beyond_all_years_is_a_number_too_large_and_no_fault_of_the_system(
    second: int,
) -> None:
    # The platform says OSError (EOVERFLOW) for some of these, which no caller expects.
    with pytest.raises((OverflowError, ValueError)):
        instant(second)
