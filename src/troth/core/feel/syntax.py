"""Of which forms does an expression consist? The tree that `parsing` makes.

DMN 1.5, 10.3.1.2. Each form knows where it begins, in characters of its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from troth.core.feel.types import Type


@dataclass(frozen=True, slots=True)
class Form:
    """A part of an expression; `at` is where it begins."""

    at: int


@dataclass(frozen=True, slots=True)
class Literal(Form):
    """A value, as it is: `5`, `"a"`, `true`."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name(Form):
    """The value that a name has in its scope."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Form):
    """A member or property: `order.total`."""

    of: Form
    name: str


@dataclass(frozen=True, slots=True)
class Negation(Form):
    """`-x`."""

    inner: Form


@dataclass(frozen=True, slots=True)
class Arithmetic(Form):
    """`a + b` and the like."""

    sign: str  # + - * / **
    left: Form
    right: Form


@dataclass(frozen=True, slots=True)
class Comparison(Form):
    """`a < b` and the like."""

    sign: str  # = != < <= > >=
    left: Form
    right: Form


@dataclass(frozen=True, slots=True)
class Logic(Form):
    """`a and b`, `a or b`, of three values."""

    is_and: bool
    left: Form
    right: Form


@dataclass(frozen=True, slots=True)
class Between(Form):
    """`x between low and high`."""

    value: Form
    low: Form
    high: Form


@dataclass(frozen=True, slots=True)
class In(Form):
    """`x in (tests)`: whether one of them holds."""

    value: Form
    tests: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Form):
    """`x instance of type`."""

    value: Form
    kind: Type | None  # None where no type is called so


@dataclass(frozen=True, slots=True)
class ListOf(Form):
    """`[a, b]`."""

    items: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Form):
    """`{name: a}`; an entry sees those before it."""

    entries: tuple[tuple[str, Form], ...]


@dataclass(frozen=True, slots=True)
class RangeOf(Form):
    """`[a..b]`, `(a..b)` and the like."""

    start: Form | None
    end: Form | None
    has_start: bool
    has_end: bool


@dataclass(frozen=True, slots=True)
class UnaryTest(Form):
    """`< 5` and the like: a range without the other end, or what is not equal."""

    sign: str
    bound: Form


@dataclass(frozen=True, slots=True)
class If(Form):
    """`if test then a else b`."""

    test: Form
    then: Form
    other: Form


@dataclass(frozen=True, slots=True)
class Iterator:
    """`name in list`, or `name in 1..n`, of a `for`, `some` or `every`."""

    name: str
    over: Form
    to: Form | None = None  # `1..n`


@dataclass(frozen=True, slots=True)
class For(Form):
    """`for x in list return …`."""

    iterators: tuple[Iterator, ...]
    result: Form


@dataclass(frozen=True, slots=True)
class Quantified(Form):
    """`some x in list satisfies …`, or `every`."""

    is_every: bool
    iterators: tuple[Iterator, ...]
    test: Form


@dataclass(frozen=True, slots=True)
class Filter(Form):
    """`list[test]`, or the item at a place."""

    of: Form
    test: Form


@dataclass(frozen=True, slots=True)
class Call(Form):
    """`f(a, b)`, or `f(name: a)`."""

    function: Form
    positional: tuple[Form, ...]
    named: tuple[tuple[str, Form], ...]


@dataclass(frozen=True, slots=True)
class Lambda(Form):
    """`function(a, b) body`."""

    parameters: tuple[tuple[str, Type | None], ...]
    body: Form
    is_external: bool = False


@dataclass(frozen=True, slots=True)
class UnaryTests(Form):
    """A cell: whether the input `?` passes one of the tests, or, negated, none of them."""

    tests: tuple[Form, ...]  # empty: `-`, which all pass
    is_negated: bool
