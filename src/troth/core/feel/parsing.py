"""What does a text of FEEL say?

A parser by precedence over the grammar of DMN 1.5, 10.3.1.2. Names of several words are told by
those that are known: the longest known name wins (10.3.1.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, DecimalException

from troth.core.feel import syntax as s
from troth.core.feel.errors import FeelSyntaxError
from troth.core.feel.lexing import Kind, Names, Token, tokens_of, written
from troth.core.feel.parsing_types import TypeReader
from troth.core.feel.temporal_text import read_literal
from troth.core.feel.types import Type
from troth.core.feel.values import NUMBERS

# Words that end an expression, so that they never begin a name.
KEYWORDS = frozenset(
    "and or then else return satisfies in between instance if for some every function true false "
    "null external".split()
)
_COMPARISONS = frozenset(("=", "!=", "<", "<=", ">", ">="))
PROPERTIES = (
    "time offset", "start included", "end included", "year", "month", "day", "weekday", "hour",
    "minute", "second", "timezone", "years", "months", "days", "hours", "minutes", "seconds",
    "start", "end", "partial", "item",
)  # fmt: skip
_DEEPEST = 150  # nested forms: a parser that calls itself needs Python's stack


class Parser:
    """Reads one text. Raises FeelSyntaxError."""

    def __init__(
        self, text: str, names: Names, members: Names, types: Mapping[str, Type]
    ) -> None:
        self._text = text
        self._tokens = tokens_of(text)
        self._at = 0
        self._depth = 0
        self._names = names
        self._members = members
        self._types = types
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

    # -- tokens ------------------------------------------------------------------------------

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _is_sign(self, *signs: str) -> bool:
        return self._token.kind is Kind.SIGN and self._token.text in signs

    def _is_word(self, *words: str) -> bool:
        return self._token.kind is Kind.WORD and self._token.text in words

    def _next(self) -> Token:
        token = self._token
        self._at += token.kind is not Kind.END
        return token

    def _accept(self, text: str) -> bool:
        if self._token.text == text and self._token.kind in (Kind.SIGN, Kind.WORD):
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> Token:
        if not (self._token.text == text and self._token.kind in (Kind.SIGN, Kind.WORD)):
            raise self._wrong(f"`{text}`")
        return self._next()

    def _end(self) -> None:
        if self._token.kind is not Kind.END:
            raise self._wrong("the end, or an operator before it")

    def _wrong(self, expected: str) -> FeelSyntaxError:
        return FeelSyntaxError(self._text, self._token.start, str(self._token), expected)

    def _note_keys(self) -> None:
        """Keys of contexts may be of several words: paths and filters then know them."""
        for at, token in enumerate(self._tokens):
            if token.text not in ("{", ",") or token.kind is not Kind.SIGN:
                continue
            end = at + 1
            while self._tokens[end].kind is Kind.WORD or (
                self._tokens[end].text in ("-", "+", "*", "/", ".", "'")
                or self._tokens[end].kind is Kind.NUMBER
            ):
                end += 1
            if end > at + 2 and self._tokens[end].text == ":":
                self._members.add(self._between(at + 1, end))

    def _between(self, start: int, end: int) -> str:
        """The name that some tokens spell, with one space where the text has some."""
        parts = self._tokens[start:end]
        return written(self._text[parts[0].start : parts[-1].end]) if parts else ""

    # -- expressions, from the loosest to the tightest -----------------------------------------

    def _expression(self) -> s.Form:
        self._depth += 1
        if self._depth > _DEEPEST:
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
            if token.kind is Kind.SIGN and token.text in _COMPARISONS:
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
        inner = self._negated()
        self._depth -= 1
        return s.Negation(at, inner)

    def _postfix(self, form: s.Form) -> s.Form:
        while True:
            token = self._token
            if self._accept("."):
                form = s.Path(token.start, form, self._member_name())
            elif self._is_sign("["):
                self._next()
                form = s.Filter(token.start, form, self._filter_test())
                self._expect("]")
            elif self._is_sign("("):
                form = self._call(form)
            else:
                return form

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
            self._tokens[end].text in ("-", "+", "*", "/", ".", "'") and end > self._at
        ):
            end += 1
        if end == self._at or self._tokens[end].text != ":":
            return None
        start, self._at = self._at, end + 1
        return self._between(start, end)

    def _primary(self) -> s.Form:
        token = self._token
        match token.kind:
            case Kind.NUMBER:
                self._next()
                return s.Literal(token.start, self._number(token))
            case Kind.STRING:
                self._next()
                return s.Literal(token.start, token.text)
            case Kind.SIGN:
                return self._signed()
            case Kind.WORD:
                return self._word()
            case _:
                raise self._wrong("an expression")

    def _number(self, token: Token) -> Decimal:
        try:
            return NUMBERS.create_decimal(token.text)
        except DecimalException:
            raise FeelSyntaxError(
                self._text, token.start, f"`{token.text}`", "a number of at most 34 digits"
            ) from None

    def _signed(self) -> s.Form:
        token = self._token
        match token.text:
            case "(":
                return self._parenthesis()
            case "[" | "]":
                return self._bracket()
            case "{":
                return self._context()
            case "@":
                return self._at_literal()
            case _:
                raise self._wrong("an expression")

    def _at_literal(self) -> s.Form:
        at = self._expect("@").start
        if self._token.kind is not Kind.STRING:
            raise self._wrong('a text such as "2026-03-29"')
        value = read_literal(self._token.text)
        if value is None:
            raise self._wrong("a date, time, date and time or duration")
        self._next()
        return s.Literal(at, value)

    def _parenthesis(self) -> s.Form:
        """`(a)`, `(a..b]`, or a comparison with one side such as `(< 5)`."""
        at = self._expect("(").start
        if self._token.text in _COMPARISONS and self._token.kind is Kind.SIGN:
            test = self._comparison_test()
            self._expect(")")
            return test
        form = self._expression()
        if self._is_sign(".."):
            return self._range(at, form, has_start=False)
        self._expect(")")
        return form

    def _range(self, at: int, start: s.Form, *, has_start: bool) -> s.Form:
        self._expect("..")
        end = self._expression()
        if not self._is_sign(")", "]", "["):
            raise self._wrong("`]`, `)` or `[` to close the range")
        has_end = self._next().text == "]"
        return s.RangeOf(at, start, end, has_start, has_end)

    def _bracket(self) -> s.Form:
        """A list, or a range that begins with a bracket."""
        opening = self._next()
        at = opening.start
        if opening.text == "]":
            return self._range(at, self._expression(), has_start=False)
        if self._accept("]"):
            return s.ListOf(at, ())
        first = self._element()
        if self._is_sign(".."):
            return self._range(at, first, has_start=True)
        items = [first]
        while self._accept(","):
            items.append(self._element())
        self._expect("]")
        return s.ListOf(at, tuple(items))

    def _element(self) -> s.Form:
        if self._token.text in _COMPARISONS and self._token.kind is Kind.SIGN:
            return self._comparison_test()
        return self._expression()

    def _context(self) -> s.Form:
        at = self._expect("{").start
        entries: list[tuple[str, s.Form]] = []
        outer, self._names = self._names, Names((), self._names)
        while not self._accept("}"):
            if entries:
                self._expect(",")
            name = self._key()
            self._expect(":")
            entries.append((name, self._expression()))
            self._names.add(name)
        self._names = outer
        return s.ContextOf(at, tuple(entries))

    def _key(self) -> str:
        if self._token.kind is Kind.STRING:
            return self._next().text
        return self._declared(":", what="the name of an entry")

    def _declared(self, *ends: str, what: str) -> str:
        """A name that comes into being here: all up to a sign or word that ends it."""
        start = self._at
        while self._token.text not in ends and self._token.kind in (Kind.WORD, Kind.NUMBER) or (
            self._token.text in ("-", "+", "*", "/", ".", "'") and self._token.kind is Kind.SIGN
        ):
            self._at += 1
        if self._at == start or self._tokens[start].kind is not Kind.WORD:
            raise self._wrong(what)
        return self._between(start, self._at)

    # -- words ---------------------------------------------------------------------------------

    def _word(self) -> s.Form:
        token = self._token
        length = self._names.longest(self._tokens, self._at)
        if length <= 1:
            match token.text:
                case "true" | "false" | "null":
                    self._next()
                    value = {"true": True, "false": False, "null": None}[token.text]
                    return s.Literal(token.start, value)
                case "if":
                    return self._if()
                case "for":
                    return self._for()
                case "some" | "every":
                    return self._quantified()
                case "function":
                    return self._lambda()
            if token.text in KEYWORDS:
                raise self._wrong("an expression")
        start, self._at = self._at, self._at + max(length, 1)
        return s.Name(token.start, self._between(start, self._at))

    def _if(self) -> s.Form:
        at = self._expect("if").start
        test = self._expression()
        self._expect("then")
        then = self._expression()
        self._expect("else")
        return s.If(at, test, then, self._expression())

    def _iterators(self) -> tuple[s.Iterator, ...]:
        found = []
        while True:
            name = self._declared("in", what="the name of an item")
            self._expect("in")
            over = self._expression()
            to = self._expression() if self._accept("..") else None
            found.append(s.Iterator(name, over, to))
            self._names.add(name)
            if not self._accept(","):
                return tuple(found)

    def _for(self) -> s.Form:
        at = self._expect("for").start
        outer, self._names = self._names, Names(("partial",), self._names)
        iterators = self._iterators()
        self._expect("return")
        result = self._expression()
        self._names = outer
        return s.For(at, iterators, result)

    def _quantified(self) -> s.Form:
        token = self._next()
        outer, self._names = self._names, Names((), self._names)
        iterators = self._iterators()
        self._expect("satisfies")
        test = self._expression()
        self._names = outer
        return s.Quantified(token.start, token.text == "every", iterators, test)

    def _lambda(self) -> s.Form:
        at = self._expect("function").start
        self._expect("(")
        parameters: list[tuple[str, Type | None]] = []
        while not self._accept(")"):
            if parameters:
                self._expect(",")
            name = self._declared(",", ":", ")", what="the name of a parameter")
            parameters.append((name, self._type() if self._accept(":") else None))
        is_external = self._accept("external")
        outer = self._names
        self._names = Names((name for name, _ in parameters), outer)
        body = self._expression()
        self._names = outer
        return s.Lambda(at, tuple(parameters), body, is_external)

    def _type(self) -> Type | None:
        reader = TypeReader(self._text, self._tokens, self._types)
        kind, self._at = reader.read(self._at)
        return kind

    # -- tests ---------------------------------------------------------------------------------

    def _tests(self) -> tuple[s.Form, ...]:
        found = [self._element()]
        while self._accept(","):
            found.append(self._element())
        return tuple(found)

    def _in_tests(self) -> tuple[s.Form, ...]:
        """After `in`: one test, or several in parentheses."""
        if self._token.text in _COMPARISONS and self._token.kind is Kind.SIGN:
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

    def _comparison_test(self) -> s.Form:
        token = self._next()
        return s.UnaryTest(token.start, token.text, self._sum())


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
    known = Names((*PROPERTIES, *members))
    return Parser(text, Names(names), known, types or {}).expression()


def parse_tests(
    text: str,
    names: Iterable[str] = (),
    members: Iterable[str] = (),
    types: Mapping[str, Type] | None = None,
) -> s.Form:
    """The tree of a cell's unary tests, over the input `?`. Raises FeelSyntaxError."""
    known = Names((*PROPERTIES, *members))
    return Parser(text, Names(names), known, types or {}).unary_tests()
