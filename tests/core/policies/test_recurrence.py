"""Does a rule of repetition mean what RFC 5545 says, and is the rest refused?"""

from __future__ import annotations

import random
from datetime import date, datetime, time
from itertools import islice

import pytest
from dateutil.rrule import rrulestr

from troth.core.policies.recurrence import RecurrenceError, parse

FIRST = date(2026, 1, 30)


def days(rule: str, first: date = FIRST, most: int = 40) -> list[date]:
    return list(islice(parse(rule).days(first), most))


def peer(rule: str, first: date = FIRST, most: int = 40) -> list[date]:
    """What python-dateutil makes of it."""
    found = rrulestr(rule, dtstart=datetime.combine(first, time(0)))
    return [at.date() for at in islice(found, most)]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-3,-2,-1",
        "FREQ=YEARLY;BYMONTH=3,6,9,12",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=4FR",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYDAY=-1SU;COUNT=5",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
        "FREQ=YEARLY;BYMONTHDAY=31",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=MONTHLY;UNTIL=20280131;BYMONTHDAY=31",
    ],
)
def test_a_rule_names_the_days_that_dateutil_names(rule: str) -> None:
    assert days(rule) == peer(rule)


def test_three_hundred_random_rules_name_the_days_that_dateutil_names() -> None:
    dice = random.Random(5545)
    for _ in range(300):
        frequency = dice.choice(["YEARLY", "MONTHLY"])
        parts = [f"FREQ={frequency}", f"INTERVAL={dice.randint(1, 5)}"]
        if dice.random() < 0.5:
            parts.append(f"BYMONTH={','.join(map(str, dice.sample(range(1, 13), 3)))}")
        kind = dice.random()
        if kind < 0.4:
            parts.append(f"BYMONTHDAY={dice.choice([1, 15, 28, 29, 30, 31, -1, -2, -30])}")
        elif kind < 0.8:
            parts.append(f"BYDAY={dice.choice(['1', '2', '-1', '4', '5', ''])}"
                         f"{dice.choice(['MO', 'WE', 'SU'])}")  # fmt: skip
        first = date(2026, dice.randint(1, 12), dice.randint(1, 28))
        rule = ";".join(parts)
        assert days(rule, first, 12) == peer(rule, first, 12), (rule, first)


def test_a_rule_is_written_as_it_was_read() -> None:
    text = "FREQ=YEARLY;INTERVAL=2;UNTIL=20301231T000000Z;BYMONTH=3,12;BYDAY=-1FR,MO"
    assert parse(str(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("FREQ=SECONDLY", "returns SECONDLY"),
        ("FREQ=DAILY;COUNT=100000", "returns DAILY"),
        ("FREQ=WEEKLY", "returns WEEKLY"),
        ("COUNT=3", "returns never"),
        ("FREQ=YEARLY;COUNT=99999", "from 1 to 1000"),
        ("FREQ=YEARLY;INTERVAL=0", "from 1 to 120"),
        ("FREQ=YEARLY;COUNT=2;UNTIL=20300101", "exclude each other"),
        ("FREQ=YEARLY;BYHOUR=1", "BYHOUR is not read here"),
        ("FREQ=YEARLY;BYMONTH=13", "from 1 to 12"),
        ("FREQ=YEARLY;BYMONTHDAY=0", "0 is none of them"),
        ("FREQ=YEARLY;BYDAY=XX", "no weekday"),
        ("FREQ=MONTHLY;BYDAY=6MO", "at most five"),
        ("FREQ=YEARLY;UNTIL=20301399", "is no day"),
        ("FREQ=YEARLY;FREQ=YEARLY", "stands there twice"),
        ("FREQ=YEARLY;" + "BYMONTH=1;" * 100, "characters"),
        ("every year", "no NAME=VALUE"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_with_what_is_wrong(rule: str, told: str) -> None:
    with pytest.raises(RecurrenceError, match=told):
        parse(rule)


def test_a_rule_whose_day_never_comes_ends_all_the_same() -> None:
    assert days("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30") == []
