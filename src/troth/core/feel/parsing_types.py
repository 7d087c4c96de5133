"""Which type does a text name? `list<context<a: number>>` and the like (DMN 1.5, rule 61)."""

from __future__ import annotations

from collections.abc import Mapping

from troth.core.feel.errors import FeelSyntaxError
from troth.core.feel.lexing import Kind, Names, Token, written
from troth.core.feel.types import ANY, NAMED, Type

_DEEPEST = 20


class TypeReader:
    """Reads a type from tokens. Raises FeelSyntaxError."""

    def __init__(self, text: str, tokens: list[Token], types: Mapping[str, Type]) -> None:
        self._text, self._tokens, self._types = text, tokens, types
        self._names = Names((*NAMED, *types))
        self._at = 0
        self._depth = 0

    def read(self, at: int) -> tuple[Type | None, int]:
        """(the type, or None where none is called so; the place after it)"""
        self._at = at
        kind = self._type()
        return kind, self._at

    def _is(self, text: str) -> bool:
        return self._tokens[self._at].text == text

    def _accept(self, text: str) -> bool:
        is_there = self._is(text)
        self._at += is_there
        return is_there

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            token = self._tokens[self._at]
            raise FeelSyntaxError(self._text, token.start, str(token), f"`{text}` in a type")

    def _type(self) -> Type | None:
        self._depth += 1
        if self._depth > _DEEPEST:
            found = f"a type nested more than {_DEEPEST} deep"
            raise FeelSyntaxError(self._text, self._tokens[self._at].start, found, "a flatter one")
        kind = self._one_type()
        self._depth -= 1
        return kind

    def _one_type(self) -> Type | None:
        token = self._tokens[self._at]
        if token.kind is not Kind.WORD:
            raise FeelSyntaxError(self._text, token.start, str(token), "the name of a type")
        if self._tokens[self._at + 1].text == "<" and token.text in (
            "list", "range", "context", "function",
        ):  # fmt: skip
            self._at += 2
            return self._of(token.text)
        length = self._names.longest(self._tokens, self._at)
        if length == 0:
            self._skip_unknown()
            return None
        start = token.start
        self._at += length
        name = written(self._text[start : self._tokens[self._at - 1].end])
        return self._types.get(name) or NAMED.get(name)

    def _skip_unknown(self) -> None:
        """A name with points in it is read over, so that the rest of the text is."""
        self._at += 1
        while self._is(".") and self._tokens[self._at + 1].kind is Kind.WORD:
            self._at += 2

    def _of(self, name: str) -> Type | None:
        match name:
            case "list" | "range":
                item = self._type()
                self._expect(">")
                return None if item is None else Type(name=name, item=item)
            case "context":
                return self._context()
            case _:
                return self._function()

    def _context(self) -> Type | None:
        members: dict[str, Type] = {}
        is_known = True
        while not self._accept(">"):
            if members:
                self._expect(",")
            start = self._at
            while not self._is(":") and self._tokens[self._at].kind is not Kind.END:
                self._at += 1
            first, last = self._tokens[start], self._tokens[self._at - 1]
            self._expect(":")
            kind = self._type()
            is_known = is_known and kind is not None
            members[written(self._text[first.start : last.end])] = kind or ANY
        return Type(name="context", members=members) if is_known else None

    def _function(self) -> Type | None:
        parameters: list[Type | None] = []
        while not self._accept(">"):
            if parameters:
                self._expect(",")
            parameters.append(self._type())
        self._expect("->")
        result = self._type()
        known = tuple(kind for kind in parameters if kind is not None)
        if result is None or len(known) != len(parameters):
            return None
        return Type(name="function", parameters=known, result=result)
