"""What does an expression begin with? Literals, lists, ranges, contexts and words.

DMN 1.5, 10.3.1.2, grammar rules 18 to 49 without operators.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from decimal import Decimal, DecimalException

from troth.core.feel import syntax as s
from troth.core.feel.cursor import Cursor
from troth.core.feel.errors import FeelSyntaxError
from troth.core.feel.lexing import Kind, Names, Token
from troth.core.feel.parsing_types import TypeReader
from troth.core.feel.temporal_text import read_literal
from troth.core.feel.types import Type
from troth.core.feel.values import NUMBERS

# Words that end an expression, so that they never begin a name.
_KEYWORDS = frozenset(
    [
        "and",
        "or",
        "then",
        "else",
        "return",
        "satisfies",
        "in",
        "between",
        "instance",
        "if",
        "for",
        "some",
        "every",
        "function",
        "true",
        "false",
        "null",
        "external",
    ]
)
_MOST_ITERATORS = 20  # of one `for`
COMPARISONS = frozenset(("=", "!=", "<", "<=", ">", ">="))


class ValueParser(Cursor):
    """Reads what operators stand between. Raises FeelSyntaxError."""

    def __init__(self, text: str, names: Names, types: Mapping[str, Type]) -> None:
        super().__init__(text)
        self._depth = 0
        self._range_end = 0  # at which depth the end of a range is being read
        self._names = names
        self._types = types

    @abstractmethod
    def _expression(self) -> s.Form:
        """A whole expression."""

    @abstractmethod
    def _sum(self) -> s.Form:
        """An expression without comparisons and logic."""

    def _type(self) -> Type | None:
        reader = TypeReader(self._text, self._tokens, self._types)
        kind, self._at = reader.read(self._at)
        return kind

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
        if self._token.text in COMPARISONS and self._token.kind is Kind.SIGN:
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
        outer, self._range_end = self._range_end, self._depth + 1
        end = self._expression()
        self._range_end = outer
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
        if self._token.text in COMPARISONS and self._token.kind is Kind.SIGN:
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
            if token.text in _KEYWORDS:
                raise self._wrong("an expression")
        start, self._at = self._at, self._at + max(length, 1)
        return s.Name(token.start, self._between(start, self._at))

    def _if(self) -> s.Form:
        branches: list[tuple[int, s.Form, s.Form]] = []
        # A chain of `else if` is as long as it likes, without nesting the parser.
        while not branches or self._is_word("if"):
            at = self._expect("if").start
            test = self._expression()
            self._expect("then")
            branches.append((at, test, self._expression()))
            self._expect("else")
        form = self._expression()
        for at, test, then in reversed(branches):
            form = s.If(at, test, then, form)
        return form

    def _iterators(self) -> tuple[s.Iterator, ...]:
        found = []
        while True:
            name = self._declared("in", what="the name of an item")
            self._expect("in")
            over = self._expression()
            to = self._expression() if self._accept("..") else None
            found.append(s.Iterator(name, over, to))
            self._names.add(name)
            if len(found) > _MOST_ITERATORS:
                raise self._wrong(f"at most {_MOST_ITERATORS} iterators")
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

    def _comparison_test(self) -> s.Form:
        token = self._next()
        return s.UnaryTest(token.start, token.text, self._sum())
