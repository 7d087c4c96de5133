"""How is a part of an expression shown in a sentence? As FEEL, and short."""

from __future__ import annotations

from troth.core.feel import syntax as s
from troth.core.feel.text import feel_of

_DEEPEST, _LONGEST = 4, 60


def shown(form: s.Form | None, depth: int = 0) -> str:
    """The part as it would be written, with … for what is too long to help."""
    if form is None:
        return ""
    text = "…" if depth > _DEEPEST else _written(form, depth + 1)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _written(form: s.Form, depth: int) -> str:
    match form:
        case s.Literal(_, value):
            return feel_of(value)
        case s.Name(_, name):
            return name
        case s.Path(_, of, name):
            return f"{shown(of, depth)}.{name}"
        case s.Negation(_, inner):
            return f"-{shown(inner, depth)}"
        case s.Arithmetic(_, sign, left, right) | s.Comparison(_, sign, left, right):
            return f"{shown(left, depth)} {sign} {shown(right, depth)}"
        case s.Logic(_, is_and, left, right):
            return f"{shown(left, depth)} {'and' if is_and else 'or'} {shown(right, depth)}"
        case s.Between(_, value, low, high):
            return f"{shown(value, depth)} between {shown(low, depth)} and {shown(high, depth)}"
        case s.In(_, value, tests):
            return f"{shown(value, depth)} in ({_row(tests, depth)})"
        case s.InstanceOf(_, value, kind):
            return f"{shown(value, depth)} instance of {kind or '…'}"
        case s.ListOf(_, items):
            return f"[{_row(items, depth)}]"
        case s.RangeOf():
            opening, closing = "[" if form.has_start else "(", "]" if form.has_end else ")"
            return f"{opening}{shown(form.start, depth)}..{shown(form.end, depth)}{closing}"
        case s.UnaryTest(_, sign, bound):
            return f"{sign} {shown(bound, depth)}"
        case s.UnaryTests(_, tests, is_negated):
            return f"not({_row(tests, depth)})" if is_negated else _row(tests, depth) or "-"
        case s.Filter(_, of, test):
            return f"{shown(of, depth)}[{shown(test, depth)}]"
        case s.Call(_, function, positional, named):
            given = [shown(argument, depth) for argument in positional]
            given += [f"{name}: {shown(argument, depth)}" for name, argument in named]
            return f"{shown(function, depth)}({', '.join(given)})"
        case _:
            return _statement(form, depth)


def _statement(form: s.Form, depth: int) -> str:
    match form:
        case s.If(_, test, then, other):
            return f"if {shown(test, depth)} then {shown(then, depth)} else {shown(other, depth)}"
        case s.For(_, iterators, result):
            return f"for {_over(iterators, depth)} return {shown(result, depth)}"
        case s.Quantified(_, is_every, iterators, test):
            word = "every" if is_every else "some"
            return f"{word} {_over(iterators, depth)} satisfies {shown(test, depth)}"
        case s.ContextOf(_, entries):
            return f"{{{', '.join(f'{name}: {shown(inner, depth)}' for name, inner in entries)}}}"
        case s.Lambda(_, parameters, body):
            return f"function({', '.join(name for name, _ in parameters)}) {shown(body, depth)}"
        case _:
            return "…"


def _row(forms: tuple[s.Form, ...], depth: int) -> str:
    return ", ".join(shown(form, depth) for form in forms)


def _over(iterators: tuple[s.Iterator, ...], depth: int) -> str:
    return ", ".join(
        f"{axis.name} in {shown(axis.over, depth)}"
        + (f"..{shown(axis.to, depth)}" if axis.to is not None else "")
        for axis in iterators
    )
