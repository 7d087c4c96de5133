"""How does a tree of FEEL become something that runs?

Each form becomes a closure from a frame to a value, once; running it walks no tree. A rule of
FEEL that has no value gives null and a note (DMN 1.5, 10.3.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import singledispatch

from troth.core.feel import syntax as s
from troth.core.feel.arithmetic import NoValue, calculate, negate
from troth.core.feel.comparing import equal, order, within
from troth.core.feel.properties import property_of
from troth.core.feel.running import Frame
from troth.core.feel.sizes import weight_of
from troth.core.feel.types import is_instance
from troth.core.feel.values import Range, Value, kind_of

# A frame → the value of an expression in it. Raises FeelBudgetError.
Code = Callable[[Frame], Value]


@singledispatch
def compiled(form: s.Form) -> Code:
    """The expression as code."""
    raise TypeError(f"{type(form).__name__} is no form of FEEL")


@compiled.register
def _literal(form: s.Literal) -> Code:
    value = form.value
    return lambda frame: value


@compiled.register
def _name(form: s.Name) -> Code:
    name, at = form.name, form.at

    def run(frame: Frame) -> Value:
        value, is_known = frame.find(name)
        if not is_known:
            frame.run.null(at, f"nothing is called `{name}` here")
        return value

    return run


@compiled.register
def _path(form: s.Path) -> Code:
    of, name, at = compiled(form.of), form.name, form.at
    return lambda frame: member(of(frame), name, frame, at)


def member(value: Value, name: str, frame: Frame, at: int) -> Value:
    """`value.name`; of a list, that of each of its items."""
    if isinstance(value, dict):
        if name not in value:
            frame.run.null(at, f"the context has no entry `{name}`")
        return value.get(name)
    if isinstance(value, list):
        frame.run.step(len(value))
        return frame.run.items([member(item, name, frame, at) for item in value])
    found, is_known = property_of(value, name)
    if not is_known:
        frame.run.null(at, f"a {kind_of(value)} has no `{name}`")
    return found


@compiled.register
def _negation(form: s.Negation) -> Code:
    inner, at = compiled(form.inner), form.at

    def run(frame: Frame) -> Value:
        try:
            return negate(inner(frame))
        except NoValue as reason:
            return frame.run.null(at, str(reason))

    return run


@compiled.register
def _arithmetic(form: s.Arithmetic) -> Code:
    # What stands in a row is run in a row: a sum of a thousand needs no thousand nested calls.
    first: s.Form = form
    steps = []
    while isinstance(first, s.Arithmetic):
        steps.append((first.sign, compiled(first.right), first.at))
        first = first.left
    steps.reverse()
    start = compiled(first)

    def run(frame: Frame) -> Value:
        value = start(frame)
        for sign, code, at in steps:
            try:
                value = calculate(sign, value, code(frame))
            except NoValue as reason:
                frame.run.null(at, str(reason))
                value = None
            if type(value) is str:
                frame.run.sized(len(value))
                frame.run.step(len(value) >> 10)
        return value

    return run


@compiled.register
def _comparison(form: s.Comparison) -> Code:
    compare, at, sign = COMPARISONS[form.sign], form.at, form.sign
    left, right = compiled(form.left), compiled(form.right)

    def run(frame: Frame) -> Value:
        a, b = left(frame), right(frame)
        if isinstance(a, list | dict):
            frame.run.step(weight_of(a) >> 3)
        value = compare(a, b)
        if value is None:
            frame.run.null(at, f"{kind_of(a)} {sign} {kind_of(b)} cannot be compared")
        return value

    return run


def _unequal(left: Value, right: Value) -> bool | None:
    found = equal(left, right)
    return None if found is None else not found


def _ordered(is_right: Callable[[int], bool]) -> Callable[[Value, Value], bool | None]:
    def compare(left: Value, right: Value) -> bool | None:
        found = order(left, right)
        return None if found is None else is_right(found)

    return compare


COMPARISONS: dict[str, Callable[[Value, Value], bool | None]] = {
    "=": equal,
    "!=": _unequal,
    "<": _ordered(lambda place: place < 0),
    "<=": _ordered(lambda place: place <= 0),
    ">": _ordered(lambda place: place > 0),
    ">=": _ordered(lambda place: place >= 0),
}


@compiled.register
def _logic(form: s.Logic) -> Code:
    # The value that decides alone: false of `and`, true of `or` (DMN 1.5, table 50).
    decisive = not form.is_and
    parts = []
    first: s.Form = form
    while isinstance(first, s.Logic) and first.is_and is form.is_and:
        parts.append(compiled(first.right))
        first = first.left
    parts.append(compiled(first))
    parts.reverse()

    def run(frame: Frame) -> Value:
        is_sure = True
        for part in parts:
            found = part(frame)
            if found is decisive:
                return decisive
            is_sure = is_sure and found is (not decisive)
        return (not decisive) if is_sure else None

    return run


@compiled.register
def _between(form: s.Between) -> Code:
    value, low, high = compiled(form.value), compiled(form.low), compiled(form.high)
    at = form.at

    def run(frame: Frame) -> Value:
        found = within(value(frame), Range(low(frame), high(frame), True, True))
        return frame.run.null(at, "what is between needs an order") if found is None else found

    return run


@compiled.register
def _in(form: s.In) -> Code:
    value = compiled(form.value)
    tests = [tested(test) for test in form.tests]

    def run(frame: Frame) -> Value:
        given = value(frame)
        return any_of([test(frame, given) for test in tests])

    return run


def any_of(found: list[bool | None]) -> bool | None:
    """`or` over many."""
    if True in found:
        return True
    return None if None in found else False


# (frame, input) → whether the input passes.
Test = Callable[[Frame, Value], bool | None]


def tested(form: s.Form) -> Test:
    """One positive unary test (DMN 1.5, 10.3.2.8 and table 55)."""
    code = compiled(form)
    if isinstance(form, s.UnaryTest | s.RangeOf):

        def inside(frame: Frame, given: Value) -> bool | None:
            interval = code(frame)
            return None if interval is None else within(given, interval)

        return inside
    is_about_input = mentions(form, "?")

    def test(frame: Frame, given: Value) -> bool | None:
        value = code(frame)
        if isinstance(value, list):
            frame.run.step(weight_of(value) >> 3)
        if is_about_input and (isinstance(value, bool) or value is None):
            return value
        return passes(given, value)

    return test


def passes(given: Value, value: Value) -> bool | None:
    """Whether an input is that value, or within it, or one of it."""
    if isinstance(value, Range) and not isinstance(given, Range):
        return within(given, value)
    if isinstance(value, list):
        is_same = isinstance(given, list) and equal(given, value) is True
        return is_same or any(passes(given, item) is True for item in value)
    return equal(given, value)


def mentions(form: object, name: str) -> bool:
    """Whether a name stands anywhere in an expression."""
    waiting = [form]
    while waiting:
        part = waiting.pop()
        if isinstance(part, s.Name) and part.name == name:
            return True
        if isinstance(part, tuple):
            waiting += part
        elif isinstance(part, s.Form | s.Iterator):
            waiting += [getattr(part, field.name) for field in fields(part)]
    return False


@compiled.register
def _instance_of(form: s.InstanceOf) -> Code:
    value, kind, at = compiled(form.value), form.kind, form.at
    if kind is None:
        return lambda frame: frame.run.null(at, "no type is called so")
    return lambda frame: is_instance(value(frame), kind)


@compiled.register
def _list(form: s.ListOf) -> Code:
    items = [compiled(item) for item in form.items]
    return lambda frame: frame.run.items([item(frame) for item in items])


@compiled.register
def _context(form: s.ContextOf) -> Code:
    entries = [(name, compiled(inner)) for name, inner in form.entries]
    names = [name for name, _ in entries]
    is_unique, at = len(set(names)) == len(names), form.at

    def run(frame: Frame) -> Value:
        if not is_unique:
            return frame.run.null(at, "an entry is there twice")
        values: dict[str, Value] = {}
        inner = frame.inner(values)
        for name, code in entries:
            values[name] = code(inner)
        return frame.run.entries(values)

    return run


@compiled.register
def _range(form: s.RangeOf) -> Code:
    start = compiled(form.start) if form.start is not None else None
    end = compiled(form.end) if form.end is not None else None
    has_start, has_end, at = form.has_start, form.has_end, form.at

    def run(frame: Frame) -> Value:
        low = start(frame) if start else None
        high = end(frame) if end else None
        if low is not None and high is not None and order(low, high) is None:
            return frame.run.null(at, f"no range runs from {kind_of(low)} to {kind_of(high)}")
        return Range(low, high, has_start, has_end)

    return run


@compiled.register
def _unary_test(form: s.UnaryTest) -> Code:
    bound, sign = compiled(form.bound), form.sign

    def run(frame: Frame) -> Value:
        value = bound(frame)
        match sign:
            case "<" | "<=":
                return Range(None, value, False, sign == "<=", sign)
            case ">" | ">=":
                return Range(value, None, sign == ">=", False, sign)
            case _:
                return Range(value, value, sign == "=", sign == "=", sign)

    return run


@compiled.register
def _unary_tests(form: s.UnaryTests) -> Code:
    tests = [tested(test) for test in form.tests]
    is_negated = form.is_negated

    def run(frame: Frame) -> Value:
        if not tests:
            return True
        given, _ = frame.find("?")
        found = any_of([test(frame, given) for test in tests])
        return found if not is_negated or found is None else not found

    return run


@compiled.register
def _if(form: s.If) -> Code:
    branches = []
    last: s.Form = form
    while isinstance(last, s.If):
        branches.append((compiled(last.test), compiled(last.then)))
        last = last.other
    other = compiled(last)

    def run(frame: Frame) -> Value:
        for test, then in branches:
            if test(frame) is True:
                return then(frame)
        return other(frame)

    return run
