"""Do the tables of types say what the evaluation does?"""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest

from troth.core.feel import syntax as s
from troth.core.feel.arithmetic import NoValue, calculate, negate
from troth.core.feel.builtins import FUNCTIONS
from troth.core.feel.checking import kinds as k
from troth.core.feel.checking.signatures import ITEMS, RESULTS, TAKES, result_of
from troth.core.feel.civil import Clock, Day, Moment, Span, YearsMonths
from troth.core.feel.comparing import equal, order
from troth.core.feel.parsing import PROPERTIES
from troth.core.feel.properties import property_of
from troth.core.feel.types import conforms, converted
from troth.core.feel.values import Range, Value, kind_of

_DAY = Day(2026, 3, 29)
_SAMPLES: tuple[Value, ...] = (
    Decimal(2), "a", True, _DAY, Clock(0, 0), Moment(_DAY, Clock(0, 0)), Span(5), YearsMonths(7),
    [Decimal(1)], {"a": Decimal(1)}, Range(Decimal(1), Decimal(2), True, True),
    FUNCTIONS["count"],
)  # fmt: skip
_PAIRS = list(itertools.product(_SAMPLES, repeat=2))


def _type(value: Value) -> Any:
    return next(kind for kind in (k.NUMBER, k.STRING, k.BOOLEAN, k.DATE, k.TIME, k.MOMENT, k.SPAN,
                                  k.MONTHS, k.LIST, k.CONTEXT, k.RANGE, k.FUNCTION)
                if kind.name == kind_of(value))  # fmt: skip


def test_the_samples_are_of_all_types() -> None:
    assert {kind_of(value) for value in _SAMPLES} == k.ALL


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "**"])
def test_arithmetic_has_a_type_where_it_has_a_value(sign: str) -> None:
    for left, right in _PAIRS:
        try:
            value = calculate(sign, left, right)
        except NoValue:
            value = None
        kind = k.arithmetic(sign, _type(left), _type(right))
        assert (kind is None) == (value is None), (left, right)
        assert kind is None or kind.name == kind_of(value)


def test_what_has_a_negative_is_told() -> None:
    for value in _SAMPLES:
        try:
            negate(value)
        except NoValue:
            assert kind_of(value) not in k.NEGATED
        else:
            assert kind_of(value) in k.NEGATED


def test_what_compares_has_a_type_that_does() -> None:
    for left, right in _PAIRS:
        assert (order(left, right) is not None) == k.may_order(_type(left), _type(right))
        if equal(left, right) is not None:
            assert k.may_equal(_type(left), _type(right))
    zeroes = (Span(0), YearsMonths(0))
    assert equal(*zeroes) is True
    assert k.may_equal(k.SPAN, k.MONTHS)


def test_properties_are_those_that_values_have() -> None:
    for value, name in itertools.product(_SAMPLES, PROPERTIES):
        if isinstance(value, dict | list):
            continue
        found, is_known = property_of(value, name)
        known = k.PROPERTIES.get(kind_of(value), {})
        assert (name in known) == is_known, (value, name)
        assert not is_known or conforms(found, known[name])


def test_what_converts_may_fit() -> None:
    for value, other in _PAIRS:
        wanted = _type(other)
        _, is_fit = converted(value, wanted)
        assert is_fit <= k.may_fit(_type(value), wanted), (value, wanted)
    assert not k.may_fit(k.STRING, k.NUMBER)


def test_each_built_in_function_has_a_result() -> None:
    assert set(RESULTS) == set(FUNCTIONS)


def test_what_functions_make_use_of_is_said_of_parameters_that_they_have() -> None:
    for name, parameter in (*TAKES, *ITEMS):
        declared = {p for signature in FUNCTIONS[name].signatures for p in signature.names}
        assert parameter in declared


def test_a_function_gives_the_type_that_is_said_and_takes_no_more_than_is_said() -> None:
    """Each function of one or two parameters, over every type."""
    from troth.core.feel.calling import invoke
    from troth.core.feel.checking import check
    from troth.core.feel.running import Run

    tried = 0
    for name, function in sorted(FUNCTIONS.items()):
        counts = {len(signature.names) for signature in function.signatures} & {1, 2}
        for count in sorted(counts):
            for values in itertools.product(_SAMPLES, repeat=count):
                names = {f"v{place}": _type(value) for place, value in enumerate(values)}
                text = f"{name}({', '.join(names)})"
                try:
                    value = invoke(function, Run(), values)
                except NoValue:
                    continue
                if value is None:
                    continue
                checked = check(text, names)
                assert checked.findings == (), (text, values)
                assert conforms(value, checked.type), (text, values, checked.type)
                tried += 1
    assert tried > 500
    assert result_of("count", {}) == k.NUMBER
    assert result_of("reverse", {"list": (k.list_of(k.DATE), s.Name(0, "x"))}) == k.list_of(k.DATE)
