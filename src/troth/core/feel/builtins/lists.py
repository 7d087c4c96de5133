"""Functions of lists (DMN 1.5, 10.3.4.4). Places count from 1, or from the end by -1."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key

from troth.core.feel.arithmetic import NoValue, whole
from troth.core.feel.builtins.table import builtin
from troth.core.feel.calling import invoke
from troth.core.feel.comparing import equal
from troth.core.feel.running import Run
from troth.core.feel.sizes import weight_of
from troth.core.feel.values import Function, Value

_Items = list[Value]


def _is_among(run: Run, items: _Items, element: Value) -> bool:
    run.step(len(items) * (1 + (weight_of(element) >> 3)))
    return any(equal(item, element) is True for item in items)


@builtin("list contains(list: list, element: Any?)", needs_run=True)
def _list_contains(run: Run, items: _Items, element: Value) -> Value:
    return _is_among(run, items, element)


@builtin("count(list: list)")
def _count(items: _Items) -> Value:
    return Decimal(len(items))


def _decides(items: _Items, decisive: bool) -> Value:
    if any(item is decisive for item in items):
        return decisive
    return (not decisive) if all(item is (not decisive) for item in items) else None


@builtin("all(list: list)", "all(b: Any?...)")
def _all(*given: Value) -> Value:
    """False where one is false, true where all are true, else null."""
    return _decides(_one_list(given), False)


@builtin("any(list: list)", "any(b: Any?...)")
def _any(*given: Value) -> Value:
    return _decides(_one_list(given), True)


def _one_list(given: tuple[Value, ...]) -> _Items:
    return given[0] if len(given) == 1 and isinstance(given[0], list) else list(given)


def _place(items: _Items, position: Decimal, *, beyond: int = 0) -> int:
    """The index of a place. Raises NoValue where there is none."""
    place = whole(position)
    index = place - 1 if place > 0 else len(items) + place
    if place == 0 or not 0 <= index < len(items) + beyond:
        raise NoValue(f"there is no place {place} in a list of {len(items)}")
    return index


@builtin("sublist(list: list, start position: number, length?: number)")
def _sublist(items: _Items, start: Decimal, length: Decimal | None = None) -> Value:
    index = _place(items, start)
    if length is None:
        return items[index:]
    count = whole(length)
    if count < 0 or index + count > len(items):
        raise NoValue(f"there are no {count} items from there on")
    return items[index : index + count]


@builtin("append(list: list, item: Any?...)", needs_run=True)
def _append(run: Run, items: _Items, *more: Value) -> Value:
    run.sized(len(items) + len(more))
    return [*items, *more]


@builtin("concatenate(list: list...)", needs_run=True)
def _concatenate(run: Run, *lists: _Items) -> Value:
    run.sized(sum(map(len, lists)))
    return [item for items in lists for item in items]


@builtin("insert before(list: list, position: number, newItem: Any?)")
def _insert(items: _Items, position: Decimal, new: Value) -> Value:
    index = _place(items, position)
    return [*items[:index], new, *items[index:]]


@builtin("remove(list: list, position: number)")
def _remove(items: _Items, position: Decimal) -> Value:
    index = _place(items, position)
    return [*items[:index], *items[index + 1 :]]


@builtin("list replace(list: list, position: number, newItem: Any?)")
def _replace(items: _Items, position: Decimal, new: Value) -> Value:
    index = _place(items, position)
    return [*items[:index], new, *items[index + 1 :]]


@builtin("list replace(list: list, match: function, newItem: Any?)", needs_run=True)
def _replace_matching(run: Run, items: _Items, match: Function, new: Value) -> Value:
    made = []
    for item in items:
        found = invoke(match, run, (item, new))
        if not isinstance(found, bool):
            raise NoValue("the function has to say true or false of each item")
        made.append(new if found else item)
    return made


@builtin("reverse(list: list)")
def _reverse(items: _Items) -> Value:
    return items[::-1]


@builtin("index of(list: list, match: Any?)")
def _index_of(items: _Items, match: Value) -> Value:
    return [Decimal(place) for place, item in enumerate(items, 1) if equal(item, match) is True]


def _distinct(run: Run, items: _Items) -> Value:
    made: _Items = []
    for item in items:
        if not _is_among(run, made, item):
            made.append(item)
    return made


@builtin("distinct values(list: list)", needs_run=True)
def _distinct_values(run: Run, items: _Items) -> Value:
    return _distinct(run, items)


@builtin("union(list: list...)", needs_run=True)
def _union(run: Run, *lists: _Items) -> Value:
    return _distinct(run, _concatenate(run, *lists))


@builtin("flatten(list: list)")
def _flatten(items: _Items) -> Value:
    made: _Items = []
    for item in items:
        if isinstance(item, list):
            made += _flatten(item)
        else:
            made.append(item)
    return made


@builtin("sort(list: list, precedes: function)", needs_run=True)
def _sort(run: Run, items: _Items, precedes: Function) -> Value:
    """Stable: what neither precedes keeps its order."""

    def before(one: Value, other: Value) -> int:
        if invoke(precedes, run, (one, other)) is True:
            return -1
        return 1 if invoke(precedes, run, (other, one)) is True else 0

    return sorted(items, key=cmp_to_key(before))
