"""What do the built-in functions take and give, beyond what their signatures say?

The parameters are those of `builtins`, as the standard prints them (DMN 1.5, 10.3.4). Where those
say `Any` or a list of anything, here stands what the function makes use of, and what it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from troth.core.feel import syntax as s
from troth.core.feel.checking import kinds as k
from troth.core.feel.types import ANY, Type

# What was given: of each parameter that was, its type and its form.
Given = Mapping[str, tuple[Type, s.Form]]
Result = Type | Callable[[Given], Type]

_DAYS = frozenset(("date", "date and time"))
_SPANS = frozenset((k.SPAN.name, k.MONTHS.name))
_SUMMED = _SPANS | {"number"}
_ONE_NUMBER = frozenset(("number",))
_POINT_OR_RANGE = k.ORDERED | {"range"}
_RANGED = ("before", "after")
_POINTED = ("includes", "during")  # the others call what has no order not equal

# (function, parameter declared as Any) → the types that it makes use of.
TAKES: dict[tuple[str, str], frozenset[str]] = (
    {
        ("date", "from"): _DAYS | {"string"},
        ("date and time", "date"): _DAYS,
        ("date and time", "from"): _DAYS | {"string"},
        ("time", "from"): _DAYS | {"string", "time"},
        ("duration", "from"): _SPANS | {"string"},
        ("years and months duration", "from"): _DAYS,
        ("years and months duration", "to"): _DAYS,
        ("abs", "n"): _SUMMED,
        ("min", "n"): k.ORDERED,
        ("max", "n"): k.ORDERED,
        ("sum", "n"): _SUMMED,
    }
    | {(name, "date"): _DAYS for name in ("day of year", "day of week", "month of year",
                                          "week of year")}
    | {(name, "n"): _ONE_NUMBER for name in ("product", "mean", "median", "stddev", "mode")}
    | {(name, parameter): _POINT_OR_RANGE for name in _RANGED
       for parameter in ("point1", "point2", "range1", "range2", "point", "range")}
    | {(name, parameter): _POINT_OR_RANGE for name in _POINTED
       for parameter in ("point", "range1", "range2")}
)  # fmt: skip

# (function, parameter that is a list) → the types of items that it makes use of.
ITEMS: dict[tuple[str, str], frozenset[str]] = (
    {
        ("min", "list"): k.ORDERED,
        ("max", "list"): k.ORDERED,
        ("sum", "list"): _SUMMED,
        ("string join", "list"): frozenset(("string",)),
        ("context", "entries"): frozenset(("context",)),
        ("context merge", "contexts"): frozenset(("context",)),
    }
    | {(name, "list"): _ONE_NUMBER for name in ("product", "mean", "median", "stddev", "mode")}
)  # fmt: skip


def _of(given: Given, name: str) -> Type:
    found = given.get(name)
    return ANY if found is None else found[0]


def _listed(kind: Type) -> Type:
    """A parameter's list: of one value that one."""
    if kind.name == "list":
        return kind
    return k.LIST if kind.name == "Any" else k.list_of(kind)


def _same_list(given: Given) -> Type:
    return _listed(_of(given, "list"))


def _with_item(name: str) -> Callable[[Given], Type]:
    def result(given: Given) -> Type:
        of, item = _listed(_of(given, "list")), _of(given, name)
        if of.item is None or given.get("item 2") is not None:
            return k.LIST
        return k.list_of(k.joined(of.item, item))

    return result


def _all_lists(given: Given) -> Type:
    """Of several lists; each stands under its own name."""
    found = [_listed(kind) for kind, _ in given.values()]
    if any(kind.item is None for kind in found):
        return k.LIST
    return k.list_of(k.joined_all([k.item_of(kind) for kind in found]))


def _one_of_many(given: Given) -> Type:
    """Of min, max and sum: the type of the items."""
    kinds = [kind for kind, _ in given.values()]
    if len(kinds) == 1 and kinds[0].name == "list":
        kinds = [k.item_of(kinds[0])]
    found = k.joined_all(kinds)
    return ANY if found.name == "null" else Type(name=found.name)


def _abs(given: Given) -> Type:
    return _of(given, "n")


def _duration(given: Given) -> Type:
    kind = _of(given, "from")
    return kind if kind.name in _SPANS else ANY


def _value(given: Given) -> Type:
    context = given.get("context") or given.get("m")
    key = given.get("key")
    if context is None or key is None or context[0].members is None:
        return ANY
    if not isinstance(key[1], s.Literal):
        return ANY
    return context[0].members.get(key[1].value, ANY)


def _put(given: Given) -> Type:
    context, key = _of(given, "context"), given.get("key")
    if context.members is None or key is None or not isinstance(key[1], s.Literal):
        return k.CONTEXT
    if key[0].name != "string":
        return k.CONTEXT
    return Type(name="context", members={**context.members, key[1].value: _of(given, "value")})


_ENTRIES = k.list_of(Type(name="context", members={"key": k.STRING, "value": ANY}))

RESULTS: dict[str, Result] = {
    "get value": _value, "get entries": _ENTRIES, "context": k.CONTEXT, "context put": _put,
    "context merge": k.CONTEXT, "number": k.NUMBER, "string": k.STRING, "not": k.BOOLEAN,
    "date": k.DATE, "date and time": k.MOMENT, "time": k.TIME, "duration": _duration,
    "years and months duration": k.MONTHS, "list contains": k.BOOLEAN, "count": k.NUMBER,
    "all": k.BOOLEAN, "any": k.BOOLEAN, "sublist": _same_list, "append": _with_item("item"),
    "concatenate": _all_lists, "insert before": _with_item("newItem"), "remove": _same_list,
    "list replace": _with_item("newItem"), "reverse": _same_list,
    "index of": k.list_of(k.NUMBER), "distinct values": _same_list, "union": _all_lists,
    "flatten": k.LIST, "sort": _same_list, "range": k.RANGE, "min": _one_of_many,
    "max": _one_of_many, "sum": _one_of_many, "mode": k.list_of(k.NUMBER), "abs": _abs,
    "split": k.list_of(k.STRING), "is": k.BOOLEAN, "now": k.MOMENT, "today": k.DATE,
}  # fmt: skip
_GIVING: tuple[tuple[Type, tuple[str, ...]], ...] = (
    (k.NUMBER, (
        "decimal", "floor", "ceiling", "round up", "round down", "round half up",
        "round half down", "modulo", "sqrt", "log", "exp", "product", "mean", "median", "stddev",
        "string length", "day of year", "week of year",
    )),
    (k.STRING, (
        "substring", "upper case", "lower case", "substring before", "substring after", "replace",
        "string join", "day of week", "month of year",
    )),
    (k.BOOLEAN, (
        "odd", "even", "contains", "starts with", "ends with", "matches", "before", "after",
        "meets", "met by", "overlaps", "overlaps before", "overlaps after", "finishes",
        "finished by", "includes", "during", "starts", "started by", "coincides",
    )),
)  # fmt: skip
RESULTS |= {name: kind for kind, names in _GIVING for name in names}


def result_of(name: str, given: Given) -> Type:
    """What a call of the function gives."""
    result = RESULTS[name]
    return result if isinstance(result, Type) else result(given)
