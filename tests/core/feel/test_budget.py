"""Does whatever is asked end with an answer or a clear error, always the same, in little memory?"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from troth.core.feel import Expression, FeelBudgetError, FeelError, FeelSyntaxError, evaluate
from troth.core.feel.checking import check
from troth.core.feel.errors import within_stack
from troth.core.feel.nesting import MOST_FRAMES, frames_of
from troth.core.feel.parsing import parse
from troth.core.feel.sizes import DEEPEST, weight_of

_STEPS = 20_000  # fewer than by default, so that the tests end soon; the limits of size are whole
_MEMORY = 100_000_000  # bytes


def _doubling(call: str, start: str = "[1]") -> str:
    """A list that holds itself twice, 60 times over, and then something done with it."""
    double = "f: function(l, n) if n = 0 then l else f([l, l], n - 1)"
    return f"{{{double}, big: f({start}, 60), r: {call}}}.r"


def _nested(call: str) -> str:
    """A list within a list, 5,000 deep, and then something done with it."""
    return (
        "{big: (for i in 1..5000 return if i = 1 then [{a: 1}] else [partial[-1]])[-1], "
        f"r: {call}}}.r"
    )


_OVER_BUDGET = {
    "a count": "for i in 1..1e12 return i",
    "counts within counts": "for i in 1..1000, j in 1..1000, k in 1..1000 return 1",
    "a search": "some i in 1..1e9 satisfies i < 0",
    "all days": 'for d in date("-999999999-01-01")..date("999999999-01-01") return d',
    "a text that doubles": (
        '{f: function(s, n) if n = 0 then s else f(s + s, n - 1), r: f("ab", 60)}.r'
    ),
    "a list that doubles": "for i in 1..60 return concatenate(partial, partial)",
    "a tree that doubles": _doubling("big"),
    "a tree that doubles, as text": _doubling("string(big)"),
    "a tree that doubles, compared": _doubling("big = big"),
    "a tree that doubles, flat": _doubling("flatten(big)"),
    "a tree that doubles, searched": _doubling("5 in (big)"),
    "a tree that doubles, of contexts": _doubling("big.a", "[{a: 1}]"),
    "a context that doubles": (
        "{f: function(c, n) if n = 0 then c else f({a: c, b: c}, n - 1), r: f({x: 1}, 60)}.r"
    ),
    "a deep list": _nested("big"),
    "a deep list, as text": _nested("string(big)"),
    "a deep list, flat": _nested("flatten(big)"),
    "a function without an end": "{f: function(n) f(n + 1), r: f(1)}.r",
    "two functions without an end": "{f: function(n) g(n), g: function(n) f(n), r: f(1)}.r",
    "a function of itself": "(function(f) f(f))(function(f) f(f))",
    "a wide function of itself": (
        "{f: function(n) " + "(1 + " * 30 + "f(n + 1)" + ")" * 30 + ", r: f(0)}.r"
    ),
    "a function in loops": (
        "{f: function(n) for i in [1] return some j in f(n) satisfies every k in [j] "
        "satisfies k, r: f(1)}.r"
    ),
    "numbers of Fibonacci": "{f: function(n) if n < 2 then n else f(n-1) + f(n-2), r: f(40)}.r",
    "a sort": "sort(for i in 1..15000 return i, function(a, b) a > b)",
    "a sort within a sort": "{f: function(a, b) sort([1, 2], f), r: sort([1, 2], f)}.r",
    "distinct values": "distinct values(for i in 1..20000 return i)",
    "a search in a list that grows": "for i in 1..20000 return list contains(partial, i)",
    "lists that are walked again and again": (
        "{l: for i in 1..10000 return 1, r: for i in 1..10000 return sum(l)}.r"
    ),
    "texts that are made again and again": (
        '{s: string join(for i in 1..9000 return "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), '
        "r: for i in 1..10000 return upper case(s)}.r"
    ),
    "patterns that are matched again and again": (
        f'for i in 1..10000 return matches("{"a" * 300}", "(a|b)*c")'
    ),
    "a replacement that multiplies": f'replace("{"a" * 5000}", "a", "{"b" * 5000}")',
    "a pattern that looks far for each letter": f'replace("{"a" * 2000}", ".*b|a", "x")',
}
_VALUES = {
    "a power": "9 ** 999999999999",
    "a power of a power": "2 ** 0.5 ** 1e6000",
    "an exponential": "exp(1e300)",
    "a number past all": "1e6144 * 10",
    "a place past all": 'substring("abc", 1e6000)',
    "a count past all": "sublist([1], 1, 1e6000)",
    "a year past all": "date(1e6000, 1, 1)",
    "a scale past all": "decimal(1.5, 1e6000)",
    "a duration past all": 'duration("P1D") * 1e6000',
    "months past all": 'duration("P1Y") * 1e6000 * 1e6000',
    "a duration of many digits": f'duration("P{"9" * 5_000}Y")',
    "a sum of long durations": 'duration("P1D") * 1e14 + duration("P1D") * 1e14',
    "a day past all": 'date("2026-01-01") + duration("P999999999999999D")',
    "a number of many digits": f'number("{"9" * 10_000}")',
    "a large exponent": 'number("1e999999999999999999")',
    "a pattern of many groups": f'matches("a", "{"(" * 5_000}a{")" * 5_000}")',
    "a class of classes": f'matches("a", "{"[a-" * 5_000}")',
    "a pattern of counts": 'matches("a", "((a{1000}){1000}){1000}")',
    "a text times a number": '"a" * 1000000000',
    "a long sum": " + ".join(["1"] * 5_000),
    "a range of a nest": f'range("[{"(" * 1_000}1..2]")',
}
_UNREADABLE = {
    "parentheses": "(" * 1_000_000,
    "brackets": "[" * 100_000,
    "contexts": "{a:" * 5_000,
    "signs": "-" * 100_000 + "1",
    "calls": "not(" * 5_000,
    "calls of calls": "count" + "()" * 1_000,
    "members": "a" + ".a" * 1_000,
    "filters": "a" + "[1]" * 1_000,
    "comparisons": "1" + " = 1" * 1_000,
    "comparisons within comparisons": "(" * 40 + "1" + (" = 1" * 40 + ")") * 40,
    "betweens": "1" + " between 1 and 1" * 1_000,
    "ins": "1" + " in 1" * 1_000,
    "ins within ins": "1 in (" * 45 + "1" + ")" * 45,
    "instances": "1" + " instance of number" * 1_000,
    "conditions": "if " * 5_000,
    "functions": "function(x) " * 10_000 + "1",
    "loops": "for x in " * 10_000 + "[1]",
    "iterators": "for " + ", ".join(f"x{i} in [1]" for i in range(500)) + " return 1",
    "types": "1 instance of " + "list<" * 10_000,
    "types of contexts": "1 instance of " + "context<a:" * 10_000,
    "a digit too many": "9" * 100_000 + "e999999",
    "ranges": "[1..a[" * 1_000,
    "an open text": '"' + "a" * 900_000,
    "comments": "/*" * 100_000,
    "too many signs": "[" + "1," * 100_000 + "1]",
}


def _outcome(ask: Callable[[], Any]) -> str:
    """What came of it: an error's sentence, or a value."""
    try:
        return f"a value: {ask()!r:.80}"
    except FeelError as error:
        return f"{type(error).__name__}: {error}"


def _twice(ask: Callable[[], Any]) -> str:
    """The outcome, which is the same each time and takes little memory."""
    tracemalloc.start()
    try:
        first = _outcome(ask)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < _MEMORY, f"{peak:,} bytes"
    assert _outcome(ask) == first
    assert len(first) < 1_000
    return first


@pytest.mark.parametrize("text", _OVER_BUDGET.values(), ids=_OVER_BUDGET)
def test_what_would_not_end_is_stopped_at_the_same_place(text: str) -> None:
    assert _twice(lambda: Expression(text).evaluate(steps=_STEPS)).startswith("FeelBudgetError")


@pytest.mark.parametrize("text", _VALUES.values(), ids=_VALUES)
def test_what_goes_beyond_all_bounds_is_null_or_a_number(text: str) -> None:
    assert _twice(lambda: evaluate(text)).startswith("a value")
    assert _twice(lambda: check(text, {})).startswith("a value")


@pytest.mark.parametrize("text", _UNREADABLE.values(), ids=_UNREADABLE)
def test_what_nests_without_end_is_told_as_a_fault_of_the_text(text: str) -> None:
    assert _twice(lambda: parse(text, ("a", "count"))).startswith("FeelSyntaxError")
    assert len(check(text, {}).findings) == 1


@pytest.mark.parametrize(
    "text",
    [
        "(" * 40 + "1" + ")" * 40,
        "[" * 40 + "1" + "]" * 40,
        "not(" * 40 + "true" + ")" * 40,
        "{a: " * 40 + "1" + "}" * 40,
        "if true then (" * 20 + "1" + ") else 2" * 20,
        "1" + " = 1" * 100,
        "{f: function(n) if n = 0 then 0 else 1 + f(n - 1), r: f(20)}.r",
    ],
)
def test_what_people_may_write_still_runs(text: str) -> None:
    """The control: the limits are far from what is useful."""
    assert evaluate(text) is not None or "=" in text
    assert check(text, {}).findings == () or "1 = 1" in text


def test_the_deepest_that_is_read_is_run_and_checked_without_a_crash() -> None:
    for around in (("not(", ")"), ("[", "]"), ("1 in (", ")"), ("-(", ")"), ("{a: ", "}"),
                   ("for x in [1] return ", ""), ("count([", "])"), ("f(x: ", ")"),
                   ("some x in [1] satisfies ", ""), ("[1][", "]")):  # fmt: skip
        deepest = 0
        for depth in range(2, 60, 3):
            text = around[0] * depth + "true" + around[1] * depth
            try:
                expression = Expression(text, names=("f",))
            except FeelSyntaxError:
                break
            deepest = depth
            expression.evaluate({})
            check(text, {})
            assert frames_of(expression.form) <= MOST_FRAMES
        assert deepest > 10, around


def test_a_stack_that_is_nearly_used_up_is_told_as_such() -> None:
    def below(calls: int) -> Any:
        return below(calls - 1) if calls else evaluate("[" * 40 + "1" + "]" * 40)

    depth, frame = 0, sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back  # type: ignore[assignment]
    assert below(10) is not None
    with pytest.raises(FeelBudgetError, match="stack"):
        below(sys.getrecursionlimit() - depth - 60)
    with pytest.raises(ZeroDivisionError), within_stack():
        raise ZeroDivisionError


def test_a_value_counts_all_its_parts_as_often_as_it_holds_them() -> None:
    inner = ["a" * 160, {"b": 1}]
    assert weight_of(inner) == 1 + 11 + 2
    assert weight_of([inner, inner]) == 1 + 2 * 14


def test_a_value_from_outside_is_as_deep_as_one_from_inside() -> None:
    def deep(levels: int) -> Any:
        return [deep(levels - 1)] if levels else 1

    assert evaluate("string(x)", {"x": deep(DEEPEST - 2)}) is not None
    with pytest.raises(FeelError, match="deep"):
        evaluate("x", {"x": deep(DEEPEST + 2)})
