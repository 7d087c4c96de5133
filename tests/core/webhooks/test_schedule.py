"""Is a message tried as often and as long as Standard Webhooks has it?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.core.webhooks.schedule import TRIES, WAITS, Judged, Verdict, judge, wait_before


def test_ten_tries_take_seventy_five_hours() -> None:
    # 0 + 5 s + 5 min + 30 min + 2 h + 5 h + 10 h + 14 h + 20 h + 24 h
    assert TRIES == 10
    assert sum(WAITS, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


@given(st.integers(1, TRIES), st.floats(0, 1, exclude_max=True))
def test_chance_moves_a_wait_by_a_tenth_at_most(number: int, chance: float) -> None:
    wait = wait_before(number, chance=chance)
    assert WAITS[number - 1] * 0.9 <= wait <= WAITS[number - 1] * 1.1


def test_chance_does_move_it() -> None:
    assert wait_before(5, chance=0) < wait_before(5, chance=0.5) < wait_before(5, chance=0.99)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    assert judge(number=TRIES, status=status, chance=0).verdict is Verdict.DELIVERED


@pytest.mark.parametrize("status", [None, 100, 199, 300, 301, 302, 307, 400, 401, 404, 500, 503])
def test_all_else_is_tried_again_until_the_last_try(status: int | None) -> None:
    assert judge(number=TRIES - 1, status=status, chance=0).verdict is Verdict.AGAIN
    assert judge(number=TRIES, status=status, chance=0) == Judged(verdict=Verdict.DEAD)


def test_gone_ends_it_at_once() -> None:
    assert judge(number=1, status=410, chance=0) == Judged(verdict=Verdict.GONE)


@pytest.mark.parametrize(
    ("status", "asked", "wait"),
    [
        (503, timedelta(minutes=10), timedelta(minutes=10)),
        (429, timedelta(minutes=10), timedelta(minutes=10)),
        (503, timedelta(0), timedelta(seconds=5)),  # never sooner than the schedule
        (503, timedelta(days=9), timedelta(hours=24)),  # never later than a day
        (500, timedelta(minutes=10), timedelta(seconds=5)),  # not one that may ask
    ],
)
def test_a_receiver_may_ask_for_a_later_try(status: int, asked: timedelta, wait: timedelta) -> None:
    judged = judge(number=1, status=status, retry_after=asked, chance=0.5)
    assert judged == Judged(verdict=Verdict.AGAIN, wait=wait)
