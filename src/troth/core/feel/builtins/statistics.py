"""Functions that make one value of many (DMN 1.5, 10.3.4.4): each of a list, or of arguments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal, DecimalException
from functools import reduce

from troth.core.feel.arithmetic import NoValue, calculate
from troth.core.feel.builtins.table import builtin
from troth.core.feel.comparing import order
from troth.core.feel.values import NUMBERS, Value


def _of_list_or_arguments(name: str) -> Callable[[Callable[[list[Value]], Value]], None]:
    def add(body: Callable[[list[Value]], Value]) -> None:
        def spread(*given: Value) -> Value:
            if len(given) == 1 and isinstance(given[0], list):
                return body(given[0])
            return body(list(given))

        builtin(f"{name}(list: list)", f"{name}(n: Any...)")(spread)

    return add


def _numbers(items: list[Value]) -> list[Decimal]:
    if not items or not all(isinstance(item, Decimal) for item in items):
        raise NoValue("it takes at least one number, and nothing else")
    return items


def _extreme(items: list[Value], way: int) -> Value:
    if not items:
        raise NoValue("there is nothing among which to look")

    def better(one: Value, other: Value) -> Value:
        place = order(one, other)
        if place is None:
            raise NoValue("the items have no order")
        return other if place == -way else one

    if len(items) == 1 and order(items[0], items[0]) is None:
        raise NoValue("the items have no order")
    return reduce(better, items)


@_of_list_or_arguments("min")
def _min(items: list[Value]) -> Value:
    return _extreme(items, -1)


@_of_list_or_arguments("max")
def _max(items: list[Value]) -> Value:
    return _extreme(items, 1)


@_of_list_or_arguments("sum")
def _sum(items: list[Value]) -> Value:
    if not items:
        raise NoValue("there is nothing to add")
    if len(items) == 1:
        return calculate("*", items[0], Decimal(1))
    return reduce(lambda one, other: calculate("+", one, other), _no_texts(items))


def _no_texts(items: list[Value]) -> list[Value]:
    if any(isinstance(item, str) for item in items):
        raise NoValue("texts have no sum; use string join()")
    return items


@_of_list_or_arguments("product")
def _product(items: list[Value]) -> Value:
    return reduce(lambda one, other: calculate("*", one, other), _numbers(items))


@_of_list_or_arguments("mean")
def _mean(items: list[Value]) -> Value:
    return _mean_of(_numbers(items))


def _mean_of(items: list[Decimal]) -> Decimal:
    try:
        return NUMBERS.divide(reduce(NUMBERS.add, items), Decimal(len(items)))
    except DecimalException:
        raise NoValue("the sum is larger than any number") from None


@_of_list_or_arguments("median")
def _median(items: list[Value]) -> Value:
    ordered = sorted(_numbers(items))
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else _mean_of(ordered[middle - 1 : middle + 1])


@_of_list_or_arguments("stddev")
def _stddev(items: list[Value]) -> Value:
    """Of a sample: divided by one less than there are."""
    values = _numbers(items)
    if len(values) < 2:
        raise NoValue("one value does not deviate")
    mean = _mean_of(values)
    try:
        squares = [NUMBERS.power(NUMBERS.subtract(value, mean), 2) for value in values]
        return NUMBERS.sqrt(NUMBERS.divide(reduce(NUMBERS.add, squares), Decimal(len(values) - 1)))
    except DecimalException:
        raise NoValue("the squares are larger than any number") from None


@_of_list_or_arguments("mode")
def _mode(items: list[Value]) -> Value:
    if not items:
        return []
    counts = Counter(_numbers(items))
    most = max(counts.values())
    return sorted(value for value, count in counts.items() if count == most)
