"""What do expressions give where the conformance kit does not look? Corners of the standard."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from troth.core.dmn import model_of
from troth.core.feel import FeelSyntaxError, YearsMonths, evaluate

_BERLIN = ZoneInfo("Europe/Berlin")
_FIRST = dt.datetime(2024, 10, 27, 2, 30, tzinfo=_BERLIN)  # summer time, told again an hour later
_SECOND = _FIRST.replace(fold=1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # 34 digits, half to even (IEEE 754-2008, decimal128).
        ("9999999999999999999999999999999999 + 1", Decimal("1E+34")),
        ("1000000000000000000000000000000000.5 + 0", Decimal("1E+33")),
        ("1000000000000000000000000000000001.5 + 0", Decimal("1000000000000000000000000000000002")),
        ("2 / 3", Decimal("0.6666666666666666666666666666666667")),
        ("1e6144 * 10", None),
        ("1e-6143 / 1e40", Decimal(0)),
        ("10 ** -1", Decimal("0.1")),
        ("0 ** 0", Decimal(1)),
        ("(-8) ** 0", Decimal(1)),
        ("0 ** -1", None),
        ("(-8) ** (1 / 3)", None),
        ("-2 ** 2", Decimal(4)),
        # One number has one equality and one zero.
        ("1 = 1.0", True),
        ("{a: 1} = {a: 1.00}", True),
        ("is(1, 1.0)", True),
        ("0 = -0", True),
        ("string(0.0 * -1)", "0.0"),
        ("distinct values([1, 1.0, 1.00])", [Decimal(1)]),
        # Texts count characters, also those beyond the Basic Multilingual Plane.
        ('string length("😀a")', Decimal(2)),
        ('substring("😀ab", 2, 1)', "a"),
        ('substring("ab😀", -1)', "😀"),
        (r'"\uD83D\uDE00" = "😀"', True),
        ('substring("foobar", -2)', "ar"),
        ('substring("foobar", -7)', None),
        ('substring("foobar", 0)', None),
        # Places count from 1.
        ("[1, 2, 3][0]", None),
        ("[1, 2, 3][-3]", Decimal(1)),
        ("[1, 2, 3][1.5]", None),
        # What is unknown stays unknown.
        ("some x in null satisfies x", None),
        ("every x in null satisfies x", None),
        ("some x in [] satisfies x", False),
        ("every x in [] satisfies x", True),
        ("some x in [null, true] satisfies x", True),
        ("every x in [null, false] satisfies x", False),
        ("every x in [null, true] satisfies x", None),
        ("[1, null] = [1, null]", True),
        # Days that there are not, and the ends of months.
        ('date("2024-02-30")', None),
        ('date("2023-02-29")', None),
        ('date("2024-02-29") + duration("P1Y")', dt.date(2025, 2, 28)),
        ('date("2024-01-31") + duration("P1M")', dt.date(2024, 2, 29)),
        ('date("2024-03-31") - duration("P1M")', dt.date(2024, 2, 29)),
        ('date("2024-01-01") - duration("PT1H")', dt.date(2023, 12, 31)),
        ('date("2024-01-01") + duration("PT23H")', dt.date(2024, 1, 1)),
        # Durations of two kinds do not mix.
        ('duration("P1Y2D")', None),
        ('duration("P1Y") = duration("P12M")', True),
        ('duration("P1Y") = duration("P365D")', None),
        ('duration("P1Y") < duration("P400D")', None),
        ('duration("P1Y") + duration("P1D")', None),
        ('duration("PT36H") = duration("P1DT12H")', True),
        ('duration("P1M") / 2', YearsMonths(0)),
        # With a zone and without one there is no order, whatever the clock shows.
        ('@"2024-03-31T10:00:00" < @"2024-04-01T10:00:00Z"', None),
        ('@"2024-03-31T10:00:00" = @"2024-03-31T10:00:00Z"', None),
        ('@"2024-03-31T10:00:00@Europe/Berlin" = @"2024-03-31T08:00:00Z"', True),
        ('@"10:00:00Z" - @"10:00:00"', None),
        ('@"00:30:00+01:00" < @"23:45:00Z"', True),
        # A day in March has 23 hours.
        ('@"2024-03-31T01:30:00@Europe/Berlin" + @"PT1H" = @"2024-03-31T03:30:00@Europe/Berlin"',
         True),
        ('@"2024-04-01T00:00:00@Europe/Berlin" - @"2024-03-31T00:00:00@Europe/Berlin"',
         dt.timedelta(hours=23)),
        ('{"a b": 1}.a b', Decimal(1)),
    ],
)  # fmt: skip
def test_corners(text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


def test_the_hour_that_a_zone_tells_twice_is_two_hours() -> None:
    names = {"first": _FIRST, "second": _SECOND, "hour": dt.timedelta(hours=1)}
    assert evaluate("second - first", names) == dt.timedelta(hours=1)
    assert evaluate("first < second", names) is True
    assert evaluate("first = second", names) is False
    assert evaluate("(first + hour) - first", names) == dt.timedelta(hours=1)
    assert evaluate("first + hour = second", names) is True
    later = evaluate("first + hour", names)
    assert (later.utcoffset(), later.fold) == (dt.timedelta(hours=1), 1)
    assert evaluate("first + hour - hour", names).fold == 0
    utc = evaluate('date and time(second, "Etc/UTC")', names)
    assert utc.hour == 1
    assert evaluate('second + duration("P1M")', names).fold == 0
    assert evaluate("is(time(first), time(second))", names) is True


def test_where_an_hour_is_told_once_a_fold_says_nothing() -> None:
    once = dt.datetime(2024, 6, 1, 12, tzinfo=_BERLIN)
    assert evaluate("is(a, b)", {"a": once, "b": once.replace(fold=1)}) is True


def test_a_zero_comes_out_without_a_sign() -> None:
    assert str(evaluate("0 * -1")) == "0"
    assert str(evaluate("-x", {"x": 0})) == "0"
    assert str(evaluate("modulo(-10, 5)")) == "0"


def test_half_of_a_character_is_no_text() -> None:
    for text in (r'"\uD83D"', r'"a\uDE00b"'):
        with pytest.raises(FeelSyntaxError, match="half of a character"):
            evaluate(text)


def test_a_range_whose_ends_never_compare_is_passed_by_nothing() -> None:
    assert evaluate('5 in [1.."a"]') is None


def test_a_long_chain_of_decisions_is_evaluated_and_a_round_is_not() -> None:
    def decision(number: int, text: str, *needed: int) -> str:
        requires = "".join(
            f'<informationRequirement><requiredDecision href="#d{n}"/></informationRequirement>'
            for n in needed
        )
        return (
            f'<decision id="d{number}" name="D{number}"><variable name="D{number}"/>{requires}'
            f"<literalExpression><text>{text}</text></literalExpression></decision>"
        )

    head = '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m">'
    chain = [decision(n, f"D{n - 1} + 1", n - 1) for n in range(1, 2_000)]
    model = model_of(f"{head}{decision(0, '1')}{''.join(chain)}</definitions>")
    assert model.evaluate("D1999", {}) == 2_000
    round_ = model_of(f"{head}{decision(0, 'D1', 1)}{decision(1, 'D0', 0)}</definitions>")
    found = round_.evaluation("D0", {})
    assert found.value is None
    assert any("requires itself" in note.sentence for note in found.notes)
