"""Which inputs pass a cell? From unary tests of FEEL to comparisons with constants.

DMN 1.5, 10.3.2.8 and table 55. A test gives true, false or null; what is compared with a value of
another type gives null, and `not` of null is null, so that both sides of each test are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal

from troth.core.feel import syntax as s
from troth.core.feel.builtins import FUNCTIONS
from troth.core.feel.comparing import order
from troth.core.feel.compiling import compiled, mentions
from troth.core.feel.errors import FeelBudgetError, FeelSyntaxError
from troth.core.feel.evaluating import root
from troth.core.feel.lexing import Names
from troth.core.feel.parsing import PROPERTIES, Parser
from troth.core.feel.running import Run
from troth.core.feel.types import Type
from troth.core.feel.values import Range, Value, kind_of

_STEPS = 10_000  # of a constant expression
_UNSTEADY = frozenset(("now", "today"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """What a cell asks of its input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare(Test):
    """The input stands so to a value: `< 5`, `= "a"`."""

    sign: str  # = != < <= > >=
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Test):
    """All of the parts, or any of them."""

    is_and: bool
    parts: tuple[Test, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Test):
    """The opposite; of null, null."""

    part: Test


@dataclass(frozen=True, slots=True, kw_only=True)
class Sure(Test):
    """False where the part gives null."""

    part: Test


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure(Test):
    """Null for every input."""


ALL = Join(is_and=True, parts=())
NONE = Join(is_and=False, parts=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell that was read."""

    text: str
    test: Test | None  # None where it is not analysed
    reason: str = ""  # why it is not analysed, or cannot be read
    is_readable: bool = True
    form: s.Form | None = None

    def values(self) -> Iterator[Value]:
        """The values that it names."""
        return iter(()) if self.test is None else values_of(self.test)

    def passes_null(self) -> bool:
        """Whether an input that is null passes."""
        if self.form is None:
            return False
        return compiled(self.form)(root(Run()).inner({"?": None})) is True


def values_of(test: Test) -> Iterator[Value]:
    """The values that a test compares with."""
    match test:
        case Compare(value=value):
            yield value
        case Join(parts=parts):
            for part in parts:
                yield from values_of(part)
        case Not(part=part) | Sure(part=part):
            yield from values_of(part)


class _BeyondError(Exception):
    """A test is none that can be analysed."""


class Reader:
    """Reads the cells of one table; `names` are those in scope beside the built-in functions."""

    def __init__(self, names: Iterable[str], types: Mapping[str, Type]) -> None:
        self._scope = frozenset(names)
        self._names = Names((*FUNCTIONS, "?", *self._scope))
        self._members = Names(PROPERTIES)
        self._types = types
        self._read: dict[str, Cell] = {}

    def cell(self, text: str) -> Cell:
        """A cell of unary tests; equal texts are read once."""
        found = self._read.get(text)
        if found is None:
            found = self._read[text] = self._new(text)
        return found

    def form(self, text: str, *, is_cell: bool = False) -> s.Form:
        """The tree of a text. Raises FeelSyntaxError."""
        parser = Parser(text, Names((), self._names), Names((), self._members), self._types)
        return parser.unary_tests() if is_cell else parser.expression()

    def constant(self, form: s.Form) -> tuple[Value, bool]:
        """(the value, whether it is one that no input changes)"""
        if isinstance(form, s.Literal):
            return form.value, True
        if not self._is_steady(form):
            return None, False
        try:
            return compiled(form)(root(Run(steps=_STEPS))), True
        except FeelBudgetError:
            return None, False

    def _is_steady(self, form: s.Form) -> bool:
        return all(
            name in FUNCTIONS and name not in self._scope and name not in _UNSTEADY
            for name in names_in(form)
        )

    def _new(self, text: str) -> Cell:
        try:
            form = self.form(text, is_cell=True)
        except FeelSyntaxError as error:
            reason = f"found {error.found}, expected {error.expected}"
            return Cell(text=text, test=NONE, reason=reason, is_readable=False)
        try:
            test = self._cell(form)
        except _BeyondError as beyond:
            return Cell(text=text, test=None, reason=str(beyond))
        return Cell(text=text, test=test, form=form)

    def _cell(self, form: s.Form) -> Test:
        if not isinstance(form, s.UnaryTests):
            return self._tested(form)
        if not form.tests:
            return ALL
        tests = tuple(map(self._tested, form.tests))
        test = tests[0] if len(tests) == 1 else Join(is_and=False, parts=tests)
        return Not(part=test) if form.is_negated else test

    def _tested(self, form: s.Form) -> Test:
        """One positive unary test, as `feel.compiling.tested` runs it."""
        match form:
            case s.UnaryTest(sign=sign, bound=bound):
                return Compare(sign=sign, value=self._value(bound))
            case s.RangeOf(start=low, end=high):
                return self._interval(form, low, high)
        if mentions(form, "?"):
            return self._about_input(form)
        return of_value(self._value(form))

    def _interval(self, form: s.RangeOf, low: s.Form | None, high: s.Form | None) -> Test:
        start = None if low is None else self._value(low)
        end = None if high is None else self._value(high)
        if start is not None and end is not None and order(start, end) is None:
            return Unsure()
        return of_value(Range(start, end, form.has_start, form.has_end))

    def _about_input(self, form: s.Form) -> Test:
        """An expression over `?` that is true or false."""
        match form:
            case s.Comparison(sign=sign, left=s.Name(name="?"), right=right):
                return Compare(sign=sign, value=self._value(right))
            case s.Comparison(sign=sign, left=left, right=s.Name(name="?")):
                return Compare(sign=_FLIPPED[sign], value=self._value(left))
            case s.Between(value=s.Name(name="?"), low=low, high=high):
                return of_value(Range(self._value(low), self._value(high), True, True))
            case s.In(value=s.Name(name="?"), tests=tests):
                return Join(is_and=False, parts=tuple(map(self._tested, tests)))
            case s.Logic(is_and=is_and, left=left, right=right):
                return Join(
                    is_and=is_and, parts=(self._about_input(left), self._about_input(right))
                )
            case s.Call(function=s.Name(name="not"), positional=(inner,), named=()) if (
                "not" not in self._scope
            ):
                return Not(part=self._about_input(inner))
        raise _BeyondError("it computes with its input instead of comparing it")

    def _value(self, form: s.Form) -> Value:
        value, is_constant = self.constant(form)
        if not is_constant:
            raise _BeyondError(self._why(form))
        if kind_of(value) in ("context", "function"):
            raise _BeyondError(f"it compares with a {kind_of(value)}")
        return value

    def _why(self, form: s.Form) -> str:
        if isinstance(form, s.Name) and form.name not in self._scope:
            return f"`{form.name}` is no value; a text needs quotes"
        names = [n for n in names_in(form) if n in self._scope or n not in FUNCTIONS]
        if names:
            return f"it depends on `{names[0]}`"
        return "it depends on the moment of asking, or takes too long to work out"


_FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def of_value(value: Value) -> Test:
    """An input that is the value, within it, or one of it (`feel.compiling.passes`)."""
    if isinstance(value, list):
        return Join(is_and=False, parts=tuple(Sure(part=of_value(item)) for item in value))
    if not isinstance(value, Range):
        return Compare(sign="=", value=value)
    if value.sign in ("=", "!="):
        return Compare(sign=value.sign, value=value.start)
    parts: list[Test] = []
    if not value.sign.startswith("<"):
        parts.append(Compare(sign=">=" if value.has_start else ">", value=value.start))
    if not value.sign.startswith(">"):
        parts.append(Compare(sign="<=" if value.has_end else "<", value=value.end))
    return Join(is_and=True, parts=tuple(parts))


def names_in(form: object) -> Iterator[str]:
    """The names that stand anywhere in an expression, those of its own variables too."""
    waiting = [form]
    while waiting:
        part = waiting.pop()
        if isinstance(part, s.Name):
            yield part.name
        elif isinstance(part, tuple):
            waiting += part
        elif isinstance(part, s.Form | s.Iterator):
            waiting += [getattr(part, field.name) for field in fields(part)]


def is_plain(value: Value) -> bool:
    """Whether a value is equal to another exactly where Python says so."""
    return isinstance(value, bool | Decimal | str | None)
