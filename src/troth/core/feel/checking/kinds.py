"""Which types go together? What an operator makes of two, what two have in common, what fits.

A type that is not known is `Any`; every type but `null` alone may also be null. So each answer
here is about what is certain: no value of the types can do it.
"""

from __future__ import annotations

from troth.core.feel.types import ANY, NAMED, Type

NULL = NAMED["null"]
NUMBER, STRING, BOOLEAN = NAMED["number"], NAMED["string"], NAMED["boolean"]
DATE, TIME, MOMENT = NAMED["date"], NAMED["time"], NAMED["date and time"]
SPAN, MONTHS = NAMED["days and time duration"], NAMED["years and months duration"]
CONTEXT, LIST, FUNCTION, RANGE = (NAMED[n] for n in ("context", "list", "function", "range"))

_POINTS = (NUMBER, STRING, DATE, TIME, MOMENT, SPAN, MONTHS)
# Those with an order (DMN 1.5, table 54).
ORDERED = frozenset(kind.name for kind in _POINTS)
ALL = ORDERED | {"boolean", "context", "list", "function", "range"}
_SPANS = (SPAN, MONTHS)

# (operator, type of the left, type of the right) → type of the result (DMN 1.5, tables 57 to 59).
ARITHMETIC: dict[tuple[str, str, str], Type] = (
    {(sign, "number", "number"): NUMBER for sign in ("+", "-", "*", "/", "**")}
    | {(sign, kind.name, kind.name): kind for sign in ("+", "-") for kind in _SPANS}
    | {("+", "string", "string"): STRING, ("-", "time", "time"): SPAN}
    | {("-", a.name, b.name): SPAN for a in (DATE, MOMENT) for b in (DATE, MOMENT)}
    | {(sign, at.name, by.name): at for sign in "+-" for at in (DATE, MOMENT) for by in _SPANS}
    | {("+", by.name, at.name): at for at in (DATE, MOMENT) for by in _SPANS}
    | {(sign, "time", SPAN.name): TIME for sign in "+-"}
    | {("+", SPAN.name, "time"): TIME}
    | {("*", span.name, "number"): span for span in _SPANS}
    | {("*", "number", span.name): span for span in _SPANS}
    | {("/", span.name, "number"): span for span in _SPANS}
    | {("/", span.name, span.name): NUMBER for span in _SPANS}
)  # fmt: skip
NEGATED = frozenset(("number", SPAN.name, MONTHS.name))

_OF_DAY = dict.fromkeys(("year", "month", "day", "weekday"), NUMBER)
_OF_CLOCK = dict.fromkeys(("hour", "minute", "second"), NUMBER) | {
    "timezone": STRING,
    "time offset": SPAN,
}
# What a value that is no context has (DMN 1.5, table 65).
PROPERTIES: dict[str, dict[str, Type]] = {
    "date": _OF_DAY,
    "time": _OF_CLOCK,
    "date and time": _OF_DAY | _OF_CLOCK,
    SPAN.name: dict.fromkeys(("days", "hours", "minutes", "seconds"), NUMBER),
    MONTHS.name: dict.fromkeys(("years", "months"), NUMBER),
    "range": {"start": ANY, "end": ANY, "start included": BOOLEAN, "end included": BOOLEAN},
}


def kinds(kind: Type) -> frozenset[str]:
    """The names of the types that a value may have, null apart; none where it is always null."""
    if kind.name == "Any":
        return ALL
    return frozenset() if kind.name == "null" else frozenset((kind.name,))


def called(kind: Type) -> str:
    """A type as a reader of policies calls it."""
    match kind.name:
        case "string":
            return "text"
        case "Any":
            return "anything"
        case "list" if kind.item is not None and kind.item.name != "Any":
            return f"list of {called(kind.item)}"
        case "range" if kind.item is not None and kind.item.name != "Any":
            return f"range of {called(kind.item)}"
        case name:
            return name


def list_of(item: Type | None) -> Type:
    """A list; of what is always null, as the empty list, nothing is known."""
    is_known = item is not None and item.name not in ("Any", "null")
    return Type(name="list", item=item) if is_known else LIST


def item_of(kind: Type) -> Type:
    """The type of the items of a list, or of the ends of a range."""
    return kind.item or ANY


def joined(one: Type, other: Type) -> Type:
    """The narrowest type of the values of both; of contexts, with each member that one may have."""
    if one == other and one.allows is other.allows:
        return one
    if "null" in (one.name, other.name):
        return other if one.name == "null" else one
    if one.name != other.name:
        return ANY
    if one.name == "list":
        return list_of(_both(one.item, other.item))
    if one.name == "range":
        return Type(name="range", item=_both(one.item, other.item))
    if one.name == "context" and one.members is not None and other.members is not None:
        members = dict(one.members)
        for name, kind in other.members.items():
            members[name] = joined(members[name], kind) if name in members else kind
        return Type(name="context", members=members)
    return Type(name=one.name)


def _both(one: Type | None, other: Type | None) -> Type | None:
    return None if one is None or other is None else joined(one, other)


def joined_all(found: list[Type]) -> Type:
    """As `joined`, of many; of none it is null."""
    whole = NULL
    for kind in found:
        whole = joined(whole, kind)
    return whole


def arithmetic(sign: str, left: Type, right: Type) -> Type | None:
    """What the operator gives; None where there is nothing that it could."""
    found = {
        result.name: result
        for a in kinds(left)
        for b in kinds(right)
        if (result := ARITHMETIC.get((sign, a, b))) is not None
    }
    if not found:
        return None
    return next(iter(found.values())) if len(found) == 1 else ANY


def may_equal(one: Type, other: Type) -> bool:
    """Whether `=` can have an answer. Null can be asked for; durations of both kinds may be 0."""
    if "null" in (one.name, other.name) or kinds(one) & kinds(other):
        return True
    return {one.name, other.name} == {SPAN.name, MONTHS.name}


def may_order(one: Type, other: Type) -> bool:
    """Whether one can come before the other."""
    return bool(kinds(one) & kinds(other) & ORDERED)


def may_conform(kind: Type, wanted: Type | None) -> bool:
    """Whether a value of the one type can stand, as it is, where the other is wanted."""
    if wanted is None or "Any" in (wanted.name, kind.name) or kind.name == "null":
        return True
    if kind.name != wanted.name:
        return False
    if wanted.item is not None:
        return kind.item is None or may_conform(kind.item, wanted.item)
    if wanted.members is not None and kind.members is not None:
        have = kind.members
        return all(
            name in have and may_conform(have[name], inner)
            for name, inner in wanted.members.items()
        )
    if wanted.parameters is not None and kind.parameters is not None:
        return len(wanted.parameters) == len(kind.parameters)
    return True


def may_fit(kind: Type, wanted: Type | None) -> bool:
    """As `may_conform`, with what is converted on the way (DMN 1.5, 10.3.2.9.4)."""
    if wanted is None or may_conform(kind, wanted):
        return True
    if kind.name == "date" and wanted.name == "date and time":
        return True
    if kind.name == "list" and wanted.name != "list":
        inner = item_of(kind)
        return inner.name != "list" and may_fit(inner, wanted)
    return wanted.name == "list" and kind.name != "list" and may_fit(kind, wanted.item)
