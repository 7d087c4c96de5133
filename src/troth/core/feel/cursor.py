"""Where in a text is its reader, and what stands there?"""

from __future__ import annotations

from troth.core.feel.errors import FeelSyntaxError
from troth.core.feel.lexing import Kind, Token, tokens_of, written

NAME_SIGNS = ("-", "+", "*", "/", ".", "'")  # what may stand within a name


class Cursor:
    """The tokens of a text and a place among them. Raises FeelSyntaxError."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens_of(text)
        self._at = 0

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

    def _between(self, start: int, end: int) -> str:
        """The name that some tokens spell, with one space where the text has some."""
        parts = self._tokens[start:end]
        return written(self._text[parts[0].start : parts[-1].end]) if parts else ""

    def _declared(self, *ends: str, what: str) -> str:
        """A name that comes into being here: all up to a sign or word that ends it."""
        start = self._at
        while (self._token.text not in ends and self._token.kind in (Kind.WORD, Kind.NUMBER)) or (
            self._token.text in NAME_SIGNS and self._token.kind is Kind.SIGN
        ):
            self._at += 1
        if self._at == start or self._tokens[start].kind is not Kind.WORD:
            raise self._wrong(what)
        return self._between(start, self._at)
