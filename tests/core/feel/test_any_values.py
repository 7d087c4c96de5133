"""Does each operator and function answer, or say why not, whatever it is given?"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from decimal import Decimal

import pytest

from troth.core.feel import FeelError
from troth.core.feel.arithmetic import NoValue, calculate
from troth.core.feel.builtins import FUNCTIONS
from troth.core.feel.calling import invoke
from troth.core.feel.civil import DAY, LAST_YEAR, Clock, Day, Moment, Span, YearsMonths
from troth.core.feel.comparing import equal, identical, order
from troth.core.feel.compiling import passes
from troth.core.feel.running import Run
from troth.core.feel.text import text_of
from troth.core.feel.values import Range, Value, outgoing

# The ends of each type, and what looks like something else.
_SAMPLES: tuple[Value, ...] = (
    None, True, Decimal(0), Decimal("-0"), Decimal("-1.5"), Decimal(3), Decimal("1e6144"),
    Decimal("-1e-6176"), Decimal("9" * 34), "", "a", "\U0001f600", "[1..", "(", "$1", "2024-02-30",
    "Etc/UTC", "1e3", "[1..2]", Day(LAST_YEAR, 12, 31), Day(-LAST_YEAR, 1, 1), Clock(0),
    Clock(5, None, "Asia/Tokyo"), Clock(0, 64_800), Moment(Day(2024, 2, 29), Clock(0)),
    Span(10**28), Span(-(10**28)),
    Moment(Day(LAST_YEAR, 12, 31), Clock(DAY - 1, -64_800)), YearsMonths(-12 * 10**12),
    Moment(Day(-LAST_YEAR, 1, 1), Clock(0, None, "Asia/Tokyo")), Span(0), YearsMonths(0),
    [], [None], [[Decimal(1), "a"]], [{"key": "a", "value": 1}], {}, {"a": None},
    Range(Decimal(1), Decimal(2), True, True), Range(None, "b", False, True, "<="),
    Range(None, None, True, True), FUNCTIONS["count"], FUNCTIONS["is"],
)  # fmt: skip
_PAIRS = tuple(itertools.product(_SAMPLES, repeat=2))


def _is_number_of_feel(value: Value) -> bool:
    match value:
        case Decimal():
            return value.is_finite()
        case list():
            return all(map(_is_number_of_feel, value))
        case dict():
            return all(map(_is_number_of_feel, value.values()))
        case _:
            return True


def _answers(ask: Callable[[], Value]) -> bool:
    """Whether there was an answer, one that can be written and handed out."""
    try:
        value = ask()
    except (NoValue, FeelError):
        return False
    assert _is_number_of_feel(value)
    outgoing(value)
    text_of(value)
    return True


def test_operators() -> None:
    answered = 0
    for one, other in _PAIRS:
        for sign in ("+", "-", "*", "/", "**"):
            answered += _answers(lambda a=one, b=other, s=sign: calculate(s, a, b))  # type: ignore[misc]
        for compare in (equal, order, identical, passes):
            answered += _answers(lambda a=one, b=other, c=compare: c(a, b))  # type: ignore[misc]
    assert answered > len(_PAIRS)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_functions(name: str) -> None:
    function, dice = FUNCTIONS[name], random.Random(name)
    given: list[tuple[Value, ...]] = [(), *((one,) for one in _SAMPLES)]
    given += dice.sample(_PAIRS, 300)
    given += [tuple(dice.choices(_SAMPLES, k=count)) for count in (3, 4) for _ in range(150)]
    for arguments in given:
        _answers(lambda a=arguments: invoke(function, Run(), a))  # type: ignore[misc]


def test_an_answer_is_told_from_none_and_a_crash_from_both() -> None:
    """The control of both tests above."""
    assert _answers(lambda: invoke(FUNCTIONS["count"], Run(), ([],)))
    assert not _answers(lambda: invoke(FUNCTIONS["count"], Run(), (None,)))
    with pytest.raises(AssertionError):
        _answers(lambda: [Decimal("Infinity")])
    with pytest.raises(ValueError, match="no such day"):
        _answers(lambda: Day(2024, 2, 30))
