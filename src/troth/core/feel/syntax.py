"""Of which forms does an expression consist? The tree that `parsing` makes.

DMN 1.5, 10.3.1.2. Each form knows where it begins, in characters of its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from troth.core.feel.types import Type


@dataclass(frozen=True, slots=True)
class Form:
    at: int


@dataclass(frozen=True, slots=True)
class Literal(Form):
    value: Any


@dataclass(frozen=True, slots=True)
class Name(Form):
    name: str


@dataclass(frozen=True, slots=True)
class Path(Form):
    of: Form
    name: str


@dataclass(frozen=True, slots=True)
class Negation(Form):
    inner: Form


@dataclass(frozen=True, slots=True)
class Arithmetic(Form):
    sign: str  # + - * / **
    left: Form
    right: Form


@dataclass(frozen=True, slots=True)
class Comparison(Form):
    sign: str  # = != < <= > >=
    left: Form
    right: Form


@dataclass(frozen=True, slots=True)
class Logic(Form):
    is_and: bool
    left: Form
    right: Form


@dataclass(frozen=True, slots=True)
class Between(Form):
    value: Form
    low: Form
    high: Form


@dataclass(frozen=True, slots=True)
class In(Form):
    value: Form
    tests: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Form):
    value: Form
    kind: Type | None  # None where no type is called so


@dataclass(frozen=True, slots=True)
class ListOf(Form):
    items: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Form):
    entries: tuple[tuple[str, Form], ...]


@dataclass(frozen=True, slots=True)
class RangeOf(Form):
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
    test: Form
    then: Form
    other: Form


@dataclass(frozen=True, slots=True)
class Iterator:
    name: str
    over: Form
    to: Form | None = None  # `1..n`


@dataclass(frozen=True, slots=True)
class For(Form):
    iterators: tuple[Iterator, ...]
    result: Form


@dataclass(frozen=True, slots=True)
class Quantified(Form):
    is_every: bool
    iterators: tuple[Iterator, ...]
    test: Form


@dataclass(frozen=True, slots=True)
class Filter(Form):
    of: Form
    test: Form


@dataclass(frozen=True, slots=True)
class Call(Form):
    function: Form
    positional: tuple[Form, ...]
    named: tuple[tuple[str, Form], ...]


@dataclass(frozen=True, slots=True)
class Lambda(Form):
    parameters: tuple[tuple[str, Type | None], ...]
    body: Form
    is_external: bool = False


@dataclass(frozen=True, slots=True)
class UnaryTests(Form):
    """A cell: whether the input `?` passes one of the tests, or, negated, none of them."""

    tests: tuple[Form, ...]  # empty: `-`, which all pass
    is_negated: bool
