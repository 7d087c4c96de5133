"""Of which type is a value, and what becomes of one where another type is expected?

DMN 1.5, 10.3.2.9: conformance and implicit conversions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from troth.core.feel.civil import Clock, Day, Moment
from troth.core.feel.values import Function, Range, Value, kind_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Type:
    """A type of FEEL; `name` says which, the rest says of what."""

    name: str
    item: Type | None = None  # of a list or a range
    members: Mapping[str, Type] | None = None  # of a context
    parameters: tuple[Type, ...] | None = None  # of a function
    result: Type | None = None
    # The names of a function's parameters, where they are known.
    labels: tuple[str, ...] | None = field(default=None, compare=False)
    # A named type may allow only some of its base's values: value → whether it is one of them.
    allows: Callable[[Value], bool] | None = field(default=None, compare=False)
    allowed: str | None = field(default=None, compare=False)  # those values, as unary tests

    def __str__(self) -> str:
        if self.item is not None:
            return f"{self.name}<{self.item}>"
        if self.members is not None:
            inner = ", ".join(f"{name}: {kind}" for name, kind in self.members.items())
            return f"context<{inner}>"
        if self.parameters is not None:
            inner = ", ".join(map(str, self.parameters))
            return f"function<{inner}> -> {self.result}"
        return self.name


ANY = Type(name="Any")
_SPELLINGS = {
    "number": "number", "string": "string", "boolean": "boolean", "date": "date", "time": "time",
    "date and time": "date and time", "dateTime": "date and time",
    "days and time duration": "days and time duration",
    "dayTimeDuration": "days and time duration",
    "years and months duration": "years and months duration",
    "yearMonthDuration": "years and months duration",
    "Any": "Any", "any": "Any", "Null": "null", "null": "null", "context": "context",
    "list": "list", "function": "function", "range": "range",
}  # fmt: skip
NAMED = {spelling: Type(name=name) for spelling, name in _SPELLINGS.items()}


def is_instance(value: Value, kind: Type) -> bool:
    """`instance of`: null is an instance of Null alone. It asks for types, not allowed values."""
    if value is None:
        return kind.name == "null"
    return kind.name == "Any" or (kind_of(value) == kind.name and _inner_conforms(value, kind))


def conforms(value: Value, kind: Type) -> bool:
    """Whether a value may stand where the type is expected; null may stand anywhere."""
    if value is None or kind.name == "Any":
        return kind.allows is None or value is None or kind.allows(value)
    if kind_of(value) != kind.name:
        return False
    return _inner_conforms(value, kind) and (kind.allows is None or kind.allows(value))


def _inner_conforms(value: Value, kind: Type) -> bool:
    match value:
        case list() if kind.item is not None:
            return all(conforms(inner, kind.item) for inner in value)
        case dict() if kind.members is not None:
            return all(
                name in value and conforms(value[name], inner)
                for name, inner in kind.members.items()
            )
        case Range() if kind.item is not None:
            ends = [end for end in (value.start, value.end) if end is not None]
            return all(conforms(end, kind.item) for end in ends)
        case Function() if kind.parameters is not None:
            return _function_conforms(value, kind)
        case _:
            return True


def _function_conforms(value: Function, kind: Type) -> bool:
    expected = kind.parameters or ()
    known = value.signatures[0].types
    if len(known) != len(expected):
        return False
    if any(have is not None and not is_within(want, have) for have, want in
           zip(known, expected, strict=True)):  # fmt: skip
        return False
    result = value.result
    return kind.result is None or result is None or is_within(result, kind.result)


def is_within(narrow: Type, wide: Type) -> bool:
    """Whether each value of the one type may stand where the other is expected."""
    if wide.name == "Any" or narrow.name == "null":
        return True
    if narrow.name != wide.name:
        return False
    if wide.item is not None:
        return narrow.item is not None and is_within(narrow.item, wide.item)
    if wide.members is not None:
        have = narrow.members or {}
        return all(name in have and is_within(have[name], kind)
                   for name, kind in wide.members.items())  # fmt: skip
    if wide.parameters is not None:
        have_parameters = narrow.parameters or ()
        return (
            len(have_parameters) == len(wide.parameters)
            and all(map(is_within, wide.parameters, have_parameters))
            and is_within(narrow.result or ANY, wide.result or ANY)
        )
    return True


def converted(value: Value, kind: Type | None) -> tuple[Value, bool]:
    """(the value where the type is expected, whether there is one)

    From one to a list of one, from a list of one to that one, from a date to its midnight UTC;
    what conforms in no way becomes null.
    """
    if kind is None or conforms(value, kind):
        return value, True
    if isinstance(value, Day) and kind.name == "date and time":
        return Moment(value, Clock(0, 0)), True
    if isinstance(value, list) and len(value) == 1 and kind.name != "list":
        (inner,) = value
        if not isinstance(inner, list) and inner is not None:
            found, is_fit = converted(inner, kind)
            if is_fit:
                return found, True
    if kind.name == "list" and not isinstance(value, list):
        inner, is_fit = converted(value, kind.item)
        if is_fit:
            return [inner], True
    return None, False
