"""Of which type is each form of an expression, and which of them can have no value?

As `compiling`, over types in place of values. What is reported is certain: for values of the
declared types that are not null, and for lists that hold something.
"""

from __future__ import annotations

from decimal import Decimal
from functools import singledispatch

from troth.core.feel import syntax as s
from troth.core.feel.checking import kinds as k
from troth.core.feel.checking.findings import Effect
from troth.core.feel.checking.naming import advice
from troth.core.feel.checking.scopes import Scope
from troth.core.feel.text import feel_of
from troth.core.feel.types import ANY, Type
from troth.core.feel.values import NUMBERS, Range, Value, kind_of


@singledispatch
def typed(form: s.Form, scope: Scope) -> Type:
    """The type of a form; its faults go to the scope's report."""
    raise TypeError(f"{type(form).__name__} is no form of FEEL")


def type_of(value: Value) -> Type:
    """The type of a literal's value."""
    if isinstance(value, Range):
        ends = [type_of(end) for end in (value.start, value.end) if end is not None]
        return Type(name="range", item=k.joined_all(ends))
    return Type(name=kind_of(value))


@typed.register
def _literal(form: s.Literal, scope: Scope) -> Type:
    return type_of(form.value)


@typed.register
def _name(form: s.Name, scope: Scope) -> Type:
    found = scope.find(form.name)
    if found is not None:
        return found
    return scope.tell(
        form, Effect.NULL, found="a name that nothing has here", expected="a known name",
        remedy=scope.report.beyond.get(form.name) or advice(form.name, scope.known(), of="name"),
    )  # fmt: skip


@typed.register
def _path(form: s.Path, scope: Scope) -> Type:
    # A row of members is walked in a row, as it is run.
    steps = []
    first: s.Form = form
    while isinstance(first, s.Path):
        steps.append(first)
        first = first.of
    kind = typed(first, scope)
    for step in reversed(steps):
        kind = _member(kind, step, scope)
    return kind


def _member(kind: Type, form: s.Path, scope: Scope) -> Type:
    match kind.name:
        case "Any":
            return ANY
        case "list":
            return k.list_of(_member(k.item_of(kind), form, scope))
        case "context" if kind.members is None:
            return ANY
        case "context":
            members = kind.members or {}
        case "range" if kind.item is not None:
            members = k.PROPERTIES["range"] | {"start": kind.item, "end": kind.item}
        case name:
            members = k.PROPERTIES.get(name, {})
    if form.name in members:
        return members[form.name]
    return scope.tell(
        form, Effect.NULL, found=f"`{form.name}`",
        expected=f"a member that a {k.called(kind)} has",
        remedy=advice(form.name, members, of="member"),
    )  # fmt: skip


@typed.register
def _negation(form: s.Negation, scope: Scope) -> Type:
    kind = typed(form.inner, scope)
    if not k.kinds(kind) & k.NEGATED:
        return scope.tell(
            form, Effect.NULL, found=k.called(kind), expected="a number or duration after -",
            remedy="only those have a negative",
        )  # fmt: skip
    return kind


@typed.register
def _arithmetic(form: s.Arithmetic, scope: Scope) -> Type:
    steps = []
    first: s.Form = form
    while isinstance(first, s.Arithmetic):
        steps.append(first)
        first = first.left
    kind = typed(first, scope)
    for step in reversed(steps):
        right = typed(step.right, scope)
        found = k.arithmetic(step.sign, kind, right)
        if found is None:
            found = _no_arithmetic(step, kind, right, scope)
        elif step.sign == "/" and number_of(step.right) == 0:
            found = scope.tell(
                step, Effect.NULL, found="0", expected="a divisor other than 0",
                remedy="what is divided by 0 has no value",
            )  # fmt: skip
        kind = found
    return kind


_TAKEN = {
    "+": "+ to join two texts, or to add two numbers, two durations, or a duration to a date",
    "-": "- between two numbers, two durations, two dates, or a date and a duration",
    "*": "* between two numbers, or a duration and a number",
    "/": "/ between two numbers, two durations, or a duration and a number",
    "**": "** between two numbers",
}


def _no_arithmetic(form: s.Arithmetic, left: Type, right: Type, scope: Scope) -> Type:
    return scope.tell(
        form, Effect.NULL, found=f"{k.called(left)} and {k.called(right)}",
        expected=_TAKEN[form.sign], remedy=_arithmetic_remedy(form, left, right),
    )  # fmt: skip


def _arithmetic_remedy(form: s.Arithmetic, left: Type, right: Type) -> str:
    names = {left.name, right.name}
    if "null" in names:
        return "put a value in place of null"
    if "list" in names:
        return "take one item of the list, such as list[1], or use a function such as sum()"
    if "string" in names:
        is_left = left.name == "string"
        part, other = (form.left, form.right) if is_left else (form.right, form.left)
        if form.sign == "+" and (right if is_left else left).name == "number":
            return f"write string({_short(other)}), or number() of the text"
        if form.sign == "+":
            return f"write string({_short(other)})"
        return f"make the text a number with number({_short(part)})"
    if names == {"date", "number"} or names == {"date and time", "number"}:
        return 'write the number as a duration, such as duration("P1D")'
    return "convert one of the two, or write another operator"


def _short(form: s.Form) -> str:
    match form:
        case s.Literal(_, value):
            return feel_of(value)
        case s.Name(_, name):
            return name
        case _:
            return "…"


@typed.register
def _comparison(form: s.Comparison, scope: Scope) -> Type:
    # `a = b = c` stands to the left without end.
    steps = []
    first: s.Form = form
    while isinstance(first, s.Comparison):
        steps.append(first)
        first = first.left
    kind = typed(first, scope)
    for step in reversed(steps):
        right = typed(step.right, scope)
        kind = _compared(step, kind, right, scope)
    return kind


def _compared(form: s.Comparison, left: Type, right: Type, scope: Scope) -> Type:
    is_equality = form.sign in ("=", "!=")
    if is_equality and k.may_equal(left, right):
        for literal, kind in ((form.right, left), (form.left, right)):
            if form.sign == "=" and not is_allowed(literal, kind):
                return _not_allowed(form, literal, kind, scope)
        return k.BOOLEAN
    if not is_equality and k.may_order(left, right):
        return k.BOOLEAN
    expected = "two values of one type"
    if not is_equality and left.name == right.name:
        expected = "values that have an order, such as numbers, texts or dates"
    return scope.tell(
        form, Effect.NULL, found=f"{k.called(left)} and {k.called(right)}", expected=expected,
        remedy=comparison_remedy(left, right),
    )  # fmt: skip


def comparison_remedy(left: Type, right: Type) -> str:
    """What to do about two values that never compare."""
    names = {left.name, right.name}
    match sorted(names):
        case [_, "null"] | ["null", _] | ["null"]:
            return "ask for null with = null"
        case ["number", "string"]:
            return "write the number without quotes, or convert with number() or string()"
        case ["boolean", "string"]:
            return "write true or false without quotes"
        case ["date", "string"]:
            return 'write date("2026-03-29") for the text'
        case ["date and time", "string"]:
            return 'write date and time("2026-03-29T12:00:00Z") for the text'
        case ["date", "date and time"]:
            return "compare days with date(…), or moments with date and time(…)"
        case [_, "list"] | ["list", _]:
            return "write `in` or list contains(), or take one item such as list[1]"
        case _:
            return "convert one of the two" if len(names) > 1 else "compare something within them"


def is_allowed(form: s.Form, kind: Type) -> bool:
    """False where a literal is for sure none of the values that a type allows."""
    if kind.allows is None or not isinstance(form, s.Literal) or form.value is None:
        return True
    return kind_of(form.value) != kind.name or kind.allows(form.value)


def _not_allowed(form: s.Form, literal: s.Form, kind: Type, scope: Scope) -> Type:
    return scope.tell(
        form, Effect.NEVER, found=_short(literal), expected=allowed_of(kind),
        remedy="write one of those, or allow it in the type",
    )  # fmt: skip


def allowed_of(kind: Type) -> str:
    """Which values a type allows, for a sentence."""
    return f"one of {kind.allowed}" if kind.allowed else "a value that the type allows"


def wants_boolean(form: s.Form, kind: Type, scope: Scope, *, where: str) -> None:
    """Report what is asked for its truth and has none."""
    if "boolean" not in k.kinds(kind) and not _is_null(form):
        scope.tell(
            form, Effect.MISFIT, found=k.called(kind), expected=f"true or false {where}",
            remedy="write a comparison",
        )  # fmt: skip


def _is_null(form: s.Form) -> bool:
    """Null that was written as such is meant."""
    return isinstance(form, s.Literal) and form.value is None


@typed.register
def _logic(form: s.Logic, scope: Scope) -> Type:
    parts: list[s.Form] = []
    first: s.Form = form
    while isinstance(first, s.Logic):
        parts.append(first.right)
        first = first.left
    word = "and" if form.is_and else "or"
    for part in (first, *reversed(parts)):
        wants_boolean(part, typed(part, scope), scope, where=f"beside `{word}`")
    return k.BOOLEAN


@typed.register
def _between(form: s.Between, scope: Scope) -> Type:
    value, low, high = (typed(part, scope) for part in (form.value, form.low, form.high))
    for end in (low, high):
        if not k.may_order(value, end):
            scope.tell(
                form, Effect.NEVER, found=f"{k.called(value)} and {k.called(end)}",
                expected="a value and bounds of one type that has an order",
                remedy=comparison_remedy(value, end),
            )  # fmt: skip
            return ANY
    return k.BOOLEAN


@typed.register
def _instance_of(form: s.InstanceOf, scope: Scope) -> Type:
    typed(form.value, scope)
    if form.kind is None:
        return scope.tell(
            form, Effect.NULL, found="a type that nobody declared", expected="a known type",
            remedy="write number, string, date or the name of a declared type",
        )  # fmt: skip
    return k.BOOLEAN


@typed.register
def _list(form: s.ListOf, scope: Scope) -> Type:
    return k.list_of(k.joined_all([typed(item, scope) for item in form.items]))


@typed.register
def _context(form: s.ContextOf, scope: Scope) -> Type:
    members: dict[str, Type] = {}
    inner = scope.inner(members, later=frozenset(name for name, _ in form.entries))
    for name, entry in form.entries:
        kind = typed(entry, inner)
        if name in members:
            return scope.tell(
                form, Effect.NULL, found=f"`{name}` twice", expected="each entry once",
                remedy="give one of the two another name",
            )  # fmt: skip
        members[name] = kind
    return Type(name="context", members=members)


@typed.register
def _range(form: s.RangeOf, scope: Scope) -> Type:
    ends = [typed(end, scope) for end in (form.start, form.end) if end is not None]
    given = [end for end in ends if end.name != "null"]
    if len(given) == 2 and not k.may_order(*given):
        return scope.tell(
            form, Effect.NULL, found=f"{k.called(given[0])} and {k.called(given[1])}",
            expected="two ends of one type that has an order",
            remedy=comparison_remedy(*given),
        )  # fmt: skip
    return Type(name="range", item=k.joined_all(given) if given else None)


@typed.register
def _unary_test(form: s.UnaryTest, scope: Scope) -> Type:
    return Type(name="range", item=typed(form.bound, scope))


@typed.register
def _if(form: s.If, scope: Scope) -> Type:
    found = []
    last: s.Form = form
    while isinstance(last, s.If):
        wants_boolean(last.test, typed(last.test, scope), scope, where="after `if`")
        found.append(typed(last.then, scope))
        last = last.other
    return k.joined_all([*found, typed(last, scope)])


def number_of(form: s.Form) -> Decimal | None:
    """The number that a form plainly is."""
    match form:
        case s.Literal(_, Decimal() as value):
            return value
        case s.Negation(_, inner):
            found = number_of(inner)
            return None if found is None else NUMBERS.minus(found)
        case _:
            return None
