"""What a calendar says of single days, and how far it can be asked."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest

from troth.core.calendars import (
    END_OF_DAY,
    BusinessCalendar,
    CalendarDocumentError,
    NaiveInstantError,
    OutOfSpanError,
    ResolvedCalendar,
    ReversedSpanError,
    SpecialDay,
    UnknownTimeZoneError,
    Window,
    epoch_second,
    latest_promise,
    local_date,
    whole_second,
)

MORNING = Window(opens=time(9), closes=time(12, 30))
AFTERNOON = Window(opens=time(13, 30), closes=time(18))
OFFICE = BusinessCalendar(
    name="office",
    time_zone="Europe/Berlin",
    weekly=((MORNING, AFTERNOON),) * 5 + ((), ()),
    holidays=frozenset({date(2026, 1, 1)}),
    special_days=(SpecialDay(on=date(2026, 12, 24), windows=(MORNING,)),),
)


def berlin_winter(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+01:00")


def test_time_that_runs_out_with_a_window_is_due_at_its_close() -> None:
    start = berlin_winter("2026-01-05T09:00")
    assert OFFICE.add_working_seconds(start, 3 * 3600 + 1800) == berlin_winter("2026-01-05T12:30")
    assert OFFICE.add_working_seconds(start, 3 * 3600 + 1801) == berlin_winter(
        "2026-01-05T13:30:01"
    )


def test_a_special_day_beats_a_holiday_and_a_holiday_its_weekday() -> None:
    open_on_holiday = BusinessCalendar(
        name="shop",
        time_zone="Europe/Berlin",
        weekly=((MORNING,),) * 7,
        holidays=frozenset({date(2026, 1, 1), date(2026, 1, 6)}),
        special_days=(SpecialDay(on=date(2026, 1, 6), windows=(AFTERNOON,)),),
    )
    assert open_on_holiday.windows_on(date(2026, 1, 1)) == ()
    assert open_on_holiday.windows_on(date(2026, 1, 6)) == (AFTERNOON,)
    assert open_on_holiday.windows_on(date(2026, 1, 7)) == (MORNING,)


def test_a_clock_over_the_new_year_skips_the_holiday() -> None:
    # Wed 31 Dec 17:00 + 2 h: one hour that day, Thursday is a holiday, one hour on Friday.
    start = berlin_winter("2025-12-31T17:00")
    assert OFFICE.add_working_seconds(start, 2 * 3600) == berlin_winter("2026-01-02T10:00")


def test_working_days_are_days_with_a_window() -> None:
    assert OFFICE.add_working_days(date(2025, 12, 31), 1) == date(2026, 1, 2)
    assert OFFICE.add_working_days(date(2026, 1, 5), -2) == date(2025, 12, 31)
    assert OFFICE.add_working_days(date(2026, 1, 4), 0) == date(2026, 1, 4)
    assert not OFFICE.is_working_day(date(2026, 1, 3))


def test_closes_and_openings_are_found_from_inside_between_and_at_the_edge() -> None:
    assert OFFICE.next_close(berlin_winter("2026-01-05T10:00")) == berlin_winter("2026-01-05T12:30")
    assert OFFICE.next_close(berlin_winter("2026-01-05T12:30")) == berlin_winter("2026-01-05T12:30")
    assert OFFICE.next_close(berlin_winter("2026-01-05T12:31")) == berlin_winter("2026-01-05T18:00")
    assert OFFICE.next_open(berlin_winter("2026-01-05T10:00")) == berlin_winter("2026-01-05T10:00")
    assert OFFICE.next_open(berlin_winter("2026-01-05T12:30")) == berlin_winter("2026-01-05T13:30")
    assert OFFICE.previous_close(berlin_winter("2026-01-05T09:00")) == berlin_winter(
        "2026-01-02T18:00"
    )
    assert not OFFICE.is_open(berlin_winter("2026-01-05T12:30"))


def test_a_delivery_is_promised_by_the_close_of_the_window_that_can_still_be_met() -> None:
    slots = BusinessCalendar(
        name="customer",
        time_zone="America/Sao_Paulo",
        weekly=((Window(opens=time(8), closes=time(10)), Window(opens=time(10), closes=time(12))),)
        * 5
        + ((), ()),
    )
    sao_paulo = timezone(timedelta(hours=-3))
    friday = datetime(2026, 3, 6, 9, 15, tzinfo=sao_paulo)
    # Slots that touch stay two: ready at 09:15, promised by 10:00, not by 12:00.
    assert latest_promise(friday, slots) == friday.replace(hour=10, minute=0)
    assert latest_promise(friday.replace(hour=12, minute=0), slots) == friday.replace(
        hour=12, minute=0
    )
    just_missed = friday.replace(hour=12, minute=0, microsecond=1)
    assert latest_promise(just_missed, slots) == datetime(2026, 3, 9, 10, tzinfo=sao_paulo)


def test_without_windows_of_its_own_a_delivery_is_promised_by_the_end_of_the_local_day() -> None:
    always = BusinessCalendar.always_open("America/Sao_Paulo")
    due = latest_promise(datetime(2026, 3, 6, 12, tzinfo=UTC), always)
    assert due == datetime(2026, 3, 7, 3, tzinfo=UTC)


def test_an_instant_counts_as_its_second_and_comes_back_in_utc() -> None:
    at = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert epoch_second(at) == -1
    assert whole_second(berlin_winter("2026-01-05T10:00:00.999999")).isoformat() == (
        "2026-01-05T09:00:00+00:00"
    )


def test_a_naive_instant_is_refused_everywhere() -> None:
    naive = datetime(2026, 1, 5, 9)
    aware = naive.replace(tzinfo=UTC)
    resolved = OFFICE.resolve(date(2026, 1, 5), date(2026, 1, 6))
    for calendar in (OFFICE, resolved):
        with pytest.raises(NaiveInstantError, match="Attach the zone"):
            calendar.working_seconds_between(aware, naive)
        with pytest.raises(NaiveInstantError):
            calendar.add_working_seconds(naive, 60)
        with pytest.raises(NaiveInstantError):
            calendar.is_open(naive)
        with pytest.raises(NaiveInstantError):
            latest_promise(naive, calendar)
    with pytest.raises(NaiveInstantError):
        local_date(naive, "Europe/Berlin")


def test_outside_its_span_a_resolved_calendar_says_what_to_do() -> None:
    resolved = OFFICE.resolve(date(2026, 1, 5), date(2026, 1, 6))
    with pytest.raises(OutOfSpanError, match="Resolve the calendar for a longer span"):
        resolved.is_open(berlin_winter("2026-01-07T00:00:01"))
    with pytest.raises(OutOfSpanError, match="57601 working seconds from 2026-01-05T08:00"):
        resolved.add_working_seconds(berlin_winter("2026-01-05T09:00"), 16 * 3600 + 1)
    assert resolved.add_working_seconds(
        berlin_winter("2026-01-05T09:00"), 16 * 3600
    ) == berlin_winter("2026-01-06T18:00")


def test_a_calendar_that_never_opens_says_so_instead_of_searching_for_ever() -> None:
    never = BusinessCalendar(name="never", time_zone="UTC", weekly=((),) * 7)
    with pytest.raises(OutOfSpanError, match="never"):
        never.add_working_seconds(datetime(2026, 1, 5, tzinfo=UTC), 1)
    with pytest.raises(OutOfSpanError):
        never.add_working_days(date(2026, 1, 5), 1)


def test_years_are_resolved_as_far_as_the_answer_lies() -> None:
    once = BusinessCalendar(
        name="once",
        time_zone="UTC",
        weekly=((),) * 7,
        special_days=(SpecialDay(on=date(2030, 5, 5), windows=(MORNING,)),),
    )
    far = datetime(2030, 5, 5, 10, tzinfo=UTC)
    assert once.add_working_seconds(datetime(2026, 1, 5, tzinfo=UTC), 3600) == far
    assert once.add_working_seconds(datetime(2041, 1, 5, tzinfo=UTC), -9000) == far
    assert once.next_open(datetime(2026, 1, 5, tzinfo=UTC)) == far.replace(hour=9)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Adak"])
def test_a_local_year_that_begins_earlier_or_later_than_in_utc_is_covered(zone: str) -> None:
    always = BusinessCalendar.always_open(zone)
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert always.working_seconds_between(begin, end) == (end - begin).total_seconds()


def test_the_cache_is_no_part_of_what_a_calendar_is() -> None:
    fresh = BusinessCalendar.from_document(OFFICE.to_document())
    OFFICE.is_open(datetime(2026, 1, 5, tzinfo=UTC))
    assert fresh == OFFICE
    assert hash(fresh) == hash(OFFICE)
    assert pickle.loads(pickle.dumps(OFFICE)) == OFFICE


def test_windows_that_no_day_can_have_are_refused() -> None:
    with pytest.raises(CalendarDocumentError, match="Split a window over midnight"):
        Window(opens=time(22), closes=time(6))
    with pytest.raises(CalendarDocumentError, match="whole minutes"):
        Window(opens=time(9, 0, 30), closes=time(17))
    with pytest.raises(CalendarDocumentError, match="do not overlap"):
        BusinessCalendar(
            name="x",
            time_zone="UTC",
            weekly=((MORNING, Window(opens=time(12), closes=END_OF_DAY)),) * 7,
        )
    with pytest.raises(CalendarDocumentError, match="seven weekdays"):
        BusinessCalendar(name="x", time_zone="UTC", weekly=((MORNING,),) * 5)
    with pytest.raises(UnknownTimeZoneError, match="IANA"):
        BusinessCalendar.always_open("Europe")
    with pytest.raises(ReversedSpanError):
        OFFICE.resolve(date(2026, 1, 2), date(2026, 1, 1))


def test_errors_survive_a_trip_to_another_process() -> None:
    error = OutOfSpanError(asked="x", name="office", first="a", last="b")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    document_error = CalendarDocumentError(path="p", found="f", expected="e", remedy="r")
    assert pickle.loads(pickle.dumps(document_error)).path == "p"


def test_a_resolved_calendar_reads_back_from_what_a_receipt_stores() -> None:
    resolved = OFFICE.resolve(date(2026, 1, 1), date(2026, 12, 31))
    assert ResolvedCalendar.from_document(resolved.to_document()) == resolved
