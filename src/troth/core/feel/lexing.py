"""Of which tokens does a text consist?

DMN 1.5, 10.3.1.2, grammar rules 20 to 37. A name may hold spaces and signs, so tokens are its
smallest parts, and `parsing` puts them together by the names that are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from troth.core.feel.errors import FeelSyntaxError

_LONGEST = 1_000_000  # characters of one text
_MOST_TOKENS = 50_000
_MOST_PARTS = 64  # of one name


class Kind(Enum):
    NUMBER = "a number"
    STRING = "a text"
    WORD = "a name"
    SIGN = "a sign"
    END = "the end"


@dataclass(frozen=True, slots=True)
class Token:
    """The smallest part of a text, and where it stands there."""

    kind: Kind
    text: str  # as written; of a STRING what it says
    start: int
    end: int

    def __str__(self) -> str:
        return "the end" if self.kind is Kind.END else f"`{self.text}`"


_START = (
    "?A-Z_a-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff"
    "\u200c-\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
    "\U00010000-\U000effff"
)
_PART = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
_SPACE = re.compile(r"(?:[\s\ufeff\u200b\u180e]|//[^\n\r]*|/\*.*?\*/)+", re.DOTALL)
_TOKEN = re.compile(
    rf"(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    rf"|(?P<word>[{_START}][{_PART}]*)"
    rf"|(?P<string>\"[^\"\\\r\n]*(?:\\.[^\"\\\r\n]*)*\")"
    rf"|(?P<sign>\*\*|\.\.|->|<=|>=|!=|[-+*/<>=()\[\]{{}},:.@'])",
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_SINGLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_HALF = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def tokens_of(text: str) -> list[Token]:
    """Tokens in order, the last of them END. Raises FeelSyntaxError."""
    if len(text) > _LONGEST:
        raise FeelSyntaxError("", 0, f"{len(text)} characters", f"at most {_LONGEST}")
    found: list[Token] = []
    at = 0
    while at < len(text):
        space = _SPACE.match(text, at)
        if space:
            at = space.end()
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise _wrong(text, at)
        found.append(_token(match))
        at = match.end()
        if len(found) > _MOST_TOKENS:
            raise FeelSyntaxError(
                text, at, "a text that goes on", f"at most {_MOST_TOKENS} words and signs"
            )
    found.append(Token(Kind.END, "", len(text), len(text)))
    return found


def _token(match: re.Match[str]) -> Token:
    kind = Kind[(match.lastgroup or "sign").upper()]
    text = match[0]
    if kind is Kind.STRING:
        text = _unescaped(text[1:-1])
        if not text.isascii() and _HALF.search(text):
            raise FeelSyntaxError(
                match.string, match.start(), "half of a character", "both halves, as \\uD83D\\uDE00"
            )
    return Token(kind, text, match.start(), match.end())


def _wrong(text: str, at: int) -> FeelSyntaxError:
    if text[at] == '"':
        return FeelSyntaxError(text, at, "a text that is not closed", 'a `"` on the same line')
    if text.startswith("/*", at):
        return FeelSyntaxError(text, at, "a comment that is not closed", "a `*/`")
    return FeelSyntaxError(text, at, f"{text[at]!r}", "a character that FEEL knows")


def _unescaped(text: str) -> str:
    def single(found: re.Match[str]) -> str:
        if found[1] or found[2]:
            code = int(found[1] or found[2], 16)
            return chr(code) if code <= 0x10FFFF else found[0]
        return _SINGLE.get(found[3], found[0])

    read = _ESCAPE.sub(single, text)
    # Two escapes may be the halves of one character beyond the Basic Multilingual Plane.
    return _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), read)


def escaped(text: str) -> str:
    """The text as FEEL writes it, with its quotes."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + inner.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


class Names:
    """Which names are known, so that those of several words or with signs can be told."""

    def __init__(self, names: Iterable[str], outer: Names | None = None) -> None:
        # The first part → how many parts → the parts of each name of so many that begins so.
        self._by_first: dict[str, dict[int, set[tuple[str, ...]]]] = {}
        self._outer = outer
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """One more name is known; one of too many parts is not."""
        parts = parts_of(name)
        if 0 < len(parts) <= _MOST_PARTS:
            lengths = self._by_first.setdefault(parts[0], {})
            lengths.setdefault(len(parts), set()).add(parts)

    def longest(self, tokens: list[Token], at: int) -> int:
        """How many tokens from there on are a known name; 0 where none is."""
        best = 0 if self._outer is None else self._outer.longest(tokens, at)
        known = self._by_first.get(tokens[at].text)
        if known is None or tokens[at].kind is Kind.STRING:
            return best
        for length in sorted(known, reverse=True):
            if length <= best:
                break
            ahead = tokens[at : at + length]
            is_text = any(token.kind is Kind.STRING for token in ahead)
            if not is_text and tuple(token.text for token in ahead) in known[length]:
                return length
        return best


@lru_cache(maxsize=8_192)
def parts_of(name: str) -> tuple[str, ...]:
    """The smallest parts of a name; none where it cannot be one."""
    try:
        return tuple(token.text for token in tokens_of(name)[:-1])
    except FeelSyntaxError:
        return ()


def written(name: str) -> str:
    """A name with its white space as FEEL compares it: one space where there is some."""
    return " ".join(name.split())
