"""How large is a list or a context, with all that it holds?

A list may hold one other list twice, and that another twice: a few steps then make what no walk
would ever end. So each list and context that an evaluation makes knows its weight and its depth,
and one that is too large is never made.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

LARGEST = 1_000_000  # parts of one value
DEEPEST = 64  # lists and contexts within one another: a walk needs Python's stack
_LETTERS = 4  # as a power of two: so many letters weigh as much as one item


class Items(list[Any]):
    """A list that was weighed when it was made."""

    __slots__ = ("depth", "weight")

    def __init__(self, items: Iterable[Any], weight: int, depth: int) -> None:
        super().__init__(items)
        self.weight, self.depth = weight, depth


class Entries(dict[str, Any]):
    """A context that was weighed when it was made."""

    __slots__ = ("depth", "weight")

    def __init__(self, entries: dict[str, Any], weight: int, depth: int) -> None:
        super().__init__(entries)
        self.weight, self.depth = weight, depth


def weight_of(value: object) -> int:
    """The number of parts of a value, itself among them; what is held twice counts twice."""
    return measured(value)[0]


def measured(value: object) -> tuple[int, int]:
    """(weight, depth) of a value; a scalar is not deep."""
    if isinstance(value, Items | Entries):
        return value.weight, value.depth
    if isinstance(value, str):
        return 1 + (len(value) >> _LETTERS), 0
    if isinstance(value, dict):
        return measured_all(value.values())
    return measured_all(value) if isinstance(value, list) else (1, 0)


def measured_all(values: Iterable[object]) -> tuple[int, int]:
    """(weight, depth) of what holds these values."""
    weight, depth = 1, 0
    for value in values:
        if isinstance(value, str | list | dict):
            more, below = measured(value)
            weight += more
            depth = max(depth, below)
        else:
            weight += 1
    return weight, depth + 1
