"""What does a text of FEEL say?

A parser by precedence over the grammar of DMN 1.5, 10.3.1.2. Names of several words are told by
those that are known: the longest known name wins (10.3.1.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from troth.core.feel import syntax as s
from troth.core.feel.cursor import NAME_SIGNS
from troth.core.feel.errors import FeelSyntaxError
from troth.core.feel.lexing import Kind, Names, Token
from troth.core.feel.nesting import MOST_FRAMES, frames_of
from troth.core.feel.parsing_values import COMPARISONS, ValueParser
from troth.core.feel.types import Type

PROPERTIES = (
    "time offset", "start included", "end included", "year", "month", "day", "weekday", "hour",
    "minute", "second", "timezone", "years", "months", "days", "hours", "minutes", "seconds",
    "start", "end", "partial", "item",
)  # fmt: skip
_WORK = 5_000  # expressions that are tried, beyond those that a text has room for
_DEEPEST = 50  # nested forms: a parser that calls itself needs Python's stack


class Parser(ValueParser):
    """Reads one text. Raises FeelSyntaxError."""

    def __init__(self, text: str, names: Names, members: Names, types: Mapping[str, Type]) -> None:
        super().__init__(text, names, types)
        self._members = members
        self._work, self._most_work = 0, _WORK + 4 * len(self._tokens)
        self._note_keys()

    def expression(self) -> s.Form:
        form = self._expression()
        self._end()
        return form

    def unary_tests(self) -> s.Form:
        """A cell of a decision table (grammar rules 12 to 17)."""
        at = self._token.start
        if self._is_sign("-") and self._tokens[self._at + 1].kind is Kind.END:
            return s.UnaryTests(at, (), False)
        is_negated = self._token.text == "not" and self._tokens[self._at + 1].text == "("
        start = self._at
        if is_negated:
            self._at += 2
            tests = self._tests()
            self._expect(")")
            if self._token.kind is Kind.END:
                return s.UnaryTests(at, tests, True)
            self._at = start  # `not(a) and b` is an expression
        tests = self._tests()
        self._end()
        return s.UnaryTests(at, tests, False)

    def _note_keys(self) -> None:
        """Keys of contexts may be of several words: paths and filters then know them."""
        for at, token in enumerate(self._tokens):
            if token.text not in ("{", ",") or token.kind is not Kind.SIGN:
                continue
            end = at + 1
            if self._tokens[end].kind is Kind.STRING and self._tokens[end + 1].text == ":":
                self._members.add(self._tokens[end].text)
                continue
            while self._tokens[end].kind is Kind.WORD or (
                self._tokens[end].text in NAME_SIGNS or self._tokens[end].kind is Kind.NUMBER
            ):
                end += 1
            if end > at + 2 and self._tokens[end].text == ":":
                self._members.add(self._between(at + 1, end))

    def _expression(self) -> s.Form:
        self._depth += 1
        self._work += 1
        # What is read twice, because it could be two things, doubles with each such within it.
        if self._depth > _DEEPEST or self._work > self._most_work:
            raise self._wrong(f"an expression nested at most {_DEEPEST} deep")
        try:
            return self._or()
        finally:
            self._depth -= 1

    def _or(self) -> s.Form:
        left = self._and()
        while self._is_word("or"):
            at = self._next().start
            left = s.Logic(at, False, left, self._and())
        return left

    def _and(self) -> s.Form:
        left = self._comparison()
        while self._is_word("and"):
            at = self._next().start
            left = s.Logic(at, True, left, self._comparison())
        return left

    def _comparison(self) -> s.Form:
        left = self._sum()
        while True:
            token = self._token
            if token.kind is Kind.SIGN and token.text in COMPARISONS:
                self._next()
                left = s.Comparison(token.start, token.text, left, self._sum())
            elif self._is_word("between"):
                self._next()
                low = self._sum()
                self._expect("and")
                left = s.Between(token.start, left, low, self._sum())
            elif self._is_word("in"):
                self._next()
                left = s.In(token.start, left, self._in_tests())
            elif self._is_word("instance"):
                self._next()
                self._expect("of")
                left = s.InstanceOf(token.start, left, self._type())
            else:
                return left

    def _sum(self) -> s.Form:
        left = self._product()
        while self._is_sign("+", "-"):
            token = self._next()
            left = s.Arithmetic(token.start, token.text, left, self._product())
        return left

    def _product(self) -> s.Form:
        left = self._power()
        while self._is_sign("*", "/"):
            token = self._next()
            left = s.Arithmetic(token.start, token.text, left, self._power())
        return left

    def _power(self) -> s.Form:
        left = self._negated()
        while self._is_sign("**"):
            token = self._next()
            left = s.Arithmetic(token.start, token.text, left, self._negated())
        return left

    def _negated(self) -> s.Form:
        if not self._is_sign("-"):
            return self._postfix(self._primary())
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong(f"an expression nested at most {_DEEPEST} deep")
        at = self._next().start
        # `[1..-1[`: what is negated ends the range as well.
        outer = self._range_end
        if outer == self._depth - 1:
            self._range_end = self._depth
        try:
            inner = self._negated()
        finally:
            self._range_end = outer
            self._depth -= 1
        return s.Negation(at, inner)

    def _postfix(self, form: s.Form) -> s.Form:
        while True:
            token = self._token
            if self._accept("."):
                form = s.Path(token.start, form, self._member_name())
            elif self._is_sign("["):
                found = self._filter(form)
                if found is None:
                    return form
                form = found
            elif self._is_sign("("):
                form = self._call(form)
            else:
                return form

    def _filter(self, form: s.Form) -> s.Form | None:
        """A filter of what stands before; None where the bracket closes a range: `[1..10[`."""
        start = self._at
        is_at_end_of_range = self._range_end == self._depth
        if is_at_end_of_range and isinstance(form, s.Literal):
            return None
        at = self._next().start
        try:
            test = self._filter_test()
            self._expect("]")
        except FeelSyntaxError:
            if not is_at_end_of_range:
                raise
            self._at = start
            return None
        return s.Filter(at, form, test)

    def _filter_test(self) -> s.Form:
        """Inside of a filter the item's members are names as well."""
        outer, self._names = self._names, _Both(self._names, self._members)
        try:
            return self._expression()
        finally:
            self._names = outer

    def _member_name(self) -> str:
        length = self._members.longest(self._tokens, self._at)
        if length == 0:
            if self._token.kind is not Kind.WORD:
                raise self._wrong("the name of a member")
            length = 1
        start, self._at = self._at, self._at + length
        return self._between(start, self._at)

    def _call(self, function: s.Form) -> s.Form:
        at = self._expect("(").start
        if self._accept(")"):
            return s.Call(at, function, (), ())
        named: list[tuple[str, s.Form]] = []
        positional: list[s.Form] = []
        while True:
            name = self._argument_name()
            if name is not None:
                named.append((name, self._expression()))
            else:
                positional.append(self._expression())
            if not self._accept(","):
                break
        if named and positional:
            raise self._wrong("arguments that are all named, or none")
        self._expect(")")
        return s.Call(at, function, tuple(positional), tuple(named))

    def _argument_name(self) -> str | None:
        """`name:` before an argument; None, and nothing read, where there is none."""
        end = self._at
        while self._tokens[end].kind in (Kind.WORD, Kind.NUMBER) or (
            self._tokens[end].text in NAME_SIGNS and end > self._at
        ):
            end += 1
        if end == self._at or self._tokens[end].text != ":":
            return None
        start, self._at = self._at, end + 1
        return self._between(start, end)

    def _tests(self) -> tuple[s.Form, ...]:
        found = [self._element()]
        while self._accept(","):
            found.append(self._element())
        return tuple(found)

    def _in_tests(self) -> tuple[s.Form, ...]:
        """After `in`: one test, or several in parentheses."""
        if self._token.text in COMPARISONS and self._token.kind is Kind.SIGN:
            return (self._comparison_test(),)
        if not self._is_sign("("):
            return (self._sum(),)
        start = self._at
        self._next()
        tests = self._tests()
        if self._is_sign(")"):
            self._next()
            if len(tests) > 1 or isinstance(tests[0], s.UnaryTest):
                return tests
        self._at = start  # `(a..b]`, or an expression that begins with a parenthesis
        return (self._sum(),)


@lru_cache(maxsize=64)
def _known(names: tuple[str, ...]) -> Names:
    """The cells of a table share their names: told apart once, not for each cell."""
    return Names(names)


class _Both(Names):
    """Names of two kinds at once."""

    def __init__(self, one: Names, other: Names) -> None:
        super().__init__((), one)
        self._other = other

    def longest(self, tokens: list[Token], at: int) -> int:
        return max(super().longest(tokens, at), self._other.longest(tokens, at))


def parse(
    text: str,
    names: Iterable[str] = (),
    members: Iterable[str] = (),
    types: Mapping[str, Type] | None = None,
) -> s.Form:
    """The tree of an expression. Raises FeelSyntaxError.

    `names` are those in scope, `members` those that values may have, `types` those with a name of
    their own; only names of several words or with signs need to be among them.
    """
    known = Names((), _known((*PROPERTIES, *members)))
    parser = Parser(text, Names((), _known(tuple(names))), known, types or {})
    return _bounded(text, parser.expression())


def parse_tests(
    text: str,
    names: Iterable[str] = (),
    members: Iterable[str] = (),
    types: Mapping[str, Type] | None = None,
) -> s.Form:
    """The tree of a cell's unary tests, over the input `?`. Raises FeelSyntaxError."""
    known = Names((), _known((*PROPERTIES, *members)))
    parser = Parser(text, Names((), _known(tuple(names))), known, types or {})
    return _bounded(text, parser.unary_tests())


def _bounded(text: str, form: s.Form) -> s.Form:
    """The form, where it does not nest deeper than it can be run."""
    if frames_of(form) > MOST_FRAMES:
        raise FeelSyntaxError(
            text, form.at, "parts nested too deep within one another", "fewer; name some of them"
        )
    return form
