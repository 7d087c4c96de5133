"""What do expressions give, where do errors point, and what stops them?

The conformance kit holds the breadth (tests/core/dmn); here stands what is ours: names of several
words, places of errors, notes on null, budgets, and values from and to Python.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.core.feel import (
    Expression,
    FeelBudgetError,
    FeelSyntaxError,
    FeelValueError,
    YearsMonths,
    evaluate,
)
from troth.core.feel.text import feel_of
from troth.core.feel.values import incoming


@pytest.mark.parametrize(
    ("text", "context", "value"),
    [
        ("order total - discount", {"order total": 5, "discount": 2}, Decimal(3)),
        ("order-total - 1", {"order-total": 5, "order": 100}, Decimal(4)),
        ("order - total", {"order": 5, "total": 2}, Decimal(3)),
        ("line.unit price * 2", {"line": {"unit price": 4}}, Decimal(8)),
        ("lines[unit price > 3].sku", {"lines": [{"unit price": 4, "sku": "a"},
                                                 {"unit price": 3, "sku": "b"}]}, ["a"]),
        ("{first part: 1, sum of it: first part + 1}.sum of it", {}, Decimal(2)),
        ("for next day in 1..2 return next day * 2", {}, [Decimal(2), Decimal(4)]),
        ("(function(a b, c) a b + c)(a b: 1, c: 2)", {}, Decimal(3)),
        ("date and time(\"2026-03-29T00:00:00Z\").time offset", {}, dt.timedelta(0)),
    ],
)  # fmt: skip
def test_names_of_several_words_are_told_by_what_is_known(
    text: str, context: dict[str, Any], value: Any
) -> None:
    assert evaluate(text, context) == value


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("1 +", 1, 4, "an expression"),
        ("if a then b", 1, 12, "`else`"),
        ("[1, 2", 1, 6, "`]`"),
        ("1 +\n  )", 2, 3, "an expression"),
        ('"open', 1, 1, 'a `"`'),
        ("a b", 1, 3, "the end"),
        ("{a 1}", 1, 5, "`:`"),
        ('@"2026-13-01"', 1, 2, "a date"),
        ("x instance of 5", 1, 15, "the name of a type"),
        ("#", 1, 1, "a character"),
    ],
)
def test_an_error_says_where_what_stands_there_and_what_was_expected(
    text: str, line: int, column: int, expected: str
) -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        evaluate(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert expected in caught.value.expected


def test_a_part_that_is_null_says_why_and_where() -> None:
    found = Expression("1 + missing").evaluate({})
    assert found.value is None
    assert [(note.position, note.sentence) for note in found.notes] == [
        (4, "nothing is called `missing` here"),
        (2, "number + null"),
    ]


def test_what_has_a_value_has_no_notes() -> None:
    assert Expression("1 + 1").evaluate({}).notes == ()


@pytest.mark.parametrize(
    "text",
    [
        "for x in 1..10000, y in 1..10000 return x",
        "{f: function(n) f(n + 1), r: f(1)}.r",
        "count(for x in 1..2000000 return x)",
        'count(for x in 1..1000 return string join(for y in 1..2000 return "a"))',
    ],
)
def test_what_would_not_end_soon_is_stopped(text: str) -> None:
    with pytest.raises(FeelBudgetError):
        evaluate(text)


def test_the_budget_is_counted_in_steps_so_that_it_ends_at_the_same_place_everywhere() -> None:
    expression = Expression("for x in 1..1000 return x")
    assert len(expression.evaluate(steps=1_000).value) == 1_000
    with pytest.raises(FeelBudgetError):
        expression.evaluate(steps=999)


def test_deep_texts_are_refused_and_not_a_crash() -> None:
    for text in ("(" * 5_000 + "1" + ")" * 5_000, "-" * 5_000 + "1", "[" * 5_000):
        with pytest.raises(FeelSyntaxError, match="deep"):
            evaluate(text)


def test_long_rows_are_no_deep_nests() -> None:
    assert evaluate(" + ".join(["1"] * 5_000)) == 5_000
    assert evaluate(" or ".join(["false"] * 5_000)) is False
    assert evaluate("if false then 1 else " * 2_000 + "2") == 2


def test_now_tells_the_moment_of_the_evaluation_and_nothing_else() -> None:
    at = dt.datetime(2026, 3, 29, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert evaluate("now()", at=at) == at
    assert evaluate("today()", at=at) == dt.date(2026, 3, 29)
    assert evaluate("now()") is None


def test_a_zone_keeps_its_clock_over_a_day_that_has_23_hours() -> None:
    start = '@"2026-03-28T12:00:00@Europe/Berlin"'
    assert evaluate(f'string({start} + duration("P1D"))') == "2026-03-29T13:00:00@Europe/Berlin"
    assert evaluate(f'{start} + duration("P1D") - {start}') == dt.timedelta(days=1)


@pytest.mark.parametrize("value", [b"bytes", object(), Decimal("Infinity"), {1: 2}, float("nan")])
def test_a_value_that_has_no_type_here_is_refused(value: Any) -> None:
    with pytest.raises(FeelValueError):
        evaluate("x", {"x": value})


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.decimals(places=6, min_value=-(10**15), max_value=10**15)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(dt.UTC) | st.just(ZoneInfo("Europe/Berlin")))
    | st.times()
    | st.timedeltas()
    | st.integers(-(10**6), 10**6).map(YearsMonths),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("a", "b c", "d-e", "f'g")), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(_VALUES)
def test_a_value_goes_in_and_comes_out_the_same(value: Any) -> None:
    assert evaluate("x", {"x": value}) == value


@settings(deadline=None)
@given(_VALUES)
def test_a_value_written_as_feel_reads_back_the_same(value: Any) -> None:
    assert evaluate(feel_of(incoming(value))) == value


@pytest.mark.parametrize(
    ("left", "right", "conjunction", "disjunction"),
    [
        ("true", "true", True, True),
        ("true", "false", False, True),
        ("true", "null", None, True),
        ("false", "null", False, None),
        ("null", "null", None, None),
        ("false", '"text"', False, None),
    ],
)
def test_logic_has_three_values(
    left: str, right: str, conjunction: bool | None, disjunction: bool | None
) -> None:
    for a, b in ((left, right), (right, left)):
        assert evaluate(f"{a} and {b}") is conjunction
        assert evaluate(f"{a} or {b}") is disjunction


def test_numbers_have_34_digits() -> None:
    assert evaluate("1 / 3") == Decimal("0.3333333333333333333333333333333333")
    assert evaluate("0.1 + 0.2 = 0.3") is True


@pytest.mark.parametrize(
    ("cell", "value", "passes"),
    [
        ("[-5..-1[", -1, False),
        ("[-5..-1[", -2, True),
        ("not([-1..-1[)", -1, True),
        ("[1..-[2, 3][1][", 1, False),
        ('[1.."a"]', 1, None),
        ('not([1.."a"])', 1, None),
    ],
)
def test_a_cell_may_hold_an_interval_of_any_ends(
    cell: str, value: int, passes: bool | None
) -> None:
    assert Expression(cell, names=("?",), is_cell=True).evaluate({"?": value}).value is passes
