"""What does the text of a regular expression ask for?

The grammar of XML Schema 1.1 part 2, appendix G, with what XPath functions 3.1, 5.6.1 adds:
anchors, reluctant quantifiers, groups that capture or not, back-references.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from troth.core.feel.patterns.characters import (
    ESCAPES,
    Characters,
    Test,
    between,
    one_of,
    opposite,
    property_named,
)

_SINGLE = {"n": "\n", "r": "\r", "t": "\t"} | {mark: mark for mark in "\\|.?*+(){}-[]^$"}
_SPACES = " \t\n\r"
_MOST_REPEATS = 1_000
_DEEPEST = 40
_Read = TypeVar("_Read")
_COUNT = re.compile(r"\{([0-9]{1,9})(,([0-9]{1,9})?)?\}", re.ASCII)
_PROPERTY = re.compile(r"\{([A-Za-z0-9-]+)\}", re.ASCII)


class PatternError(ValueError):
    """A text is no regular expression: what is wrong, and at which character."""

    code = "feel.pattern"


@dataclass(frozen=True, slots=True)
class One:
    """One character of a set."""

    characters: Characters


@dataclass(frozen=True, slots=True)
class Edge:
    """`^` or `$`."""

    is_start: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A part in parentheses; `number` from 1 where it captures."""

    number: int | None
    inner: Node


@dataclass(frozen=True, slots=True)
class Same:
    """What a group has captured, again."""

    number: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part, again and again."""

    inner: Node
    least: int
    most: int | None
    is_greedy: bool


@dataclass(frozen=True, slots=True)
class Row:
    """Parts, one after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Parts, one of which is there."""

    options: tuple[Node, ...]


Node = One | Edge | Group | Same | Repeat | Row | Choice


class Reader:
    """Reads one pattern. Raises PatternError."""

    def __init__(self, text: str, *, is_dot_all: bool) -> None:
        self._text = text
        self._at = 0
        self._is_dot_all = is_dot_all
        self.groups = 0
        self._depth = 0
        self._closed: set[int] = set()
        self.has_references = False

    def read(self) -> Node:
        node = self._choice()
        if self._at < len(self._text):
            raise self._wrong("a ) that closes nothing")
        return node

    def _wrong(self, what: str) -> PatternError:
        return PatternError(f"character {self._at + 1} of the pattern {self._text!r}: {what}")

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, what: str) -> str:
        if self._at >= len(self._text):
            raise self._wrong(f"the pattern ends within {what}")
        self._at += 1
        return self._text[self._at - 1]

    def _choice(self) -> Node:
        options = [self._row()]
        while self._peek() == "|":
            self._at += 1
            options.append(self._row())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _row(self) -> Node:
        parts: list[Node] = []
        while self._peek() and self._peek() not in "|)":
            parts.append(self._repeated(self._atom()))
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def _repeated(self, inner: Node) -> Node:
        mark = self._peek()
        if not mark or mark not in "?*+{":
            return inner
        if mark == "{":
            found = _COUNT.match(self._text, self._at)
            if found is None:
                raise self._wrong("a { that is not followed by a count such as {2} or {2,5}")
            least = int(found[1])
            most = least if found[2] is None else None if found[3] is None else int(found[3])
            self._at = found.end()
        else:
            least, most = {"?": (0, 1), "*": (0, None), "+": (1, None)}[mark]
            self._at += 1
        if max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
            raise self._wrong(f"a count must rise and be at most {_MOST_REPEATS}")
        is_reluctant = self._peek() == "?"
        self._at += is_reluctant
        if self._peek() in ("?", "*", "+", "{") and self._peek():
            raise self._wrong("a quantifier after a quantifier")
        return Repeat(inner, least, most, not is_reluctant)

    def _atom(self) -> Node:
        mark = self._take("an atom")
        match mark:
            case "(":
                return self._group()
            case "[":
                return One(self._class())
            case "\\":
                return self._escape()
            case "^" | "$":
                return Edge(mark == "^")
            case ".":
                excluded = "" if self._is_dot_all else "\n\r"
                return One(Characters((one_of(excluded),), is_complement=True))
            case "?" | "*" | "+" | "{" | "}" | "]":
                self._at -= 1
                raise self._wrong(f"a {mark} that stands alone; write \\{mark} for the character")
            case _:
                return One(Characters((between(mark, mark),)))

    def _deeper(self, read: Callable[[], _Read]) -> _Read:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong(f"groups and classes nest at most {_DEEPEST} deep")
        found = read()
        self._depth -= 1
        return found

    def _group(self) -> Node:
        number = None
        if self._text.startswith("?:", self._at):
            self._at += 2
        elif self._peek() == "?":
            raise self._wrong("only (?: is known after a (")
        else:
            self.groups += 1
            number = self.groups
        inner = self._deeper(self._choice)
        if self._take("a group") != ")":
            raise self._wrong("a group is not closed")
        if number is not None:
            self._closed.add(number)
        return Group(number, inner)

    def _escape(self) -> Node:
        letter = self._peek()
        if letter and letter in "123456789":
            number = int(self._take("an escape"))
            while self._peek().isdecimal() and number * 10 + int(self._peek()) <= self.groups:
                number = number * 10 + int(self._take("an escape"))
            if number not in self._closed:
                raise self._wrong(f"\\{number} refers to a group that is not closed before it")
            self.has_references = True
            return Same(number)
        return One(Characters((self._escaped(),)))

    def _escaped(self) -> Test:
        """The set after a backslash, which is read already."""
        letter = self._take("an escape")
        if letter in _SINGLE:
            return between(_SINGLE[letter], _SINGLE[letter])
        if letter in ESCAPES:
            return ESCAPES[letter]
        if letter in "pP":
            found = _PROPERTY.match(self._text, self._at)
            test = property_named(found[1]) if found else None
            if found is None or test is None:
                raise self._wrong("a category such as \\p{Lu} or a block such as \\p{IsBasicLatin}")
            self._at = found.end()
            return test if letter == "p" else opposite(test)
        raise self._wrong(f"\\{letter} is no escape")

    def _class(self) -> Characters:
        """What stands in brackets; the first is read already."""
        is_complement = self._peek() == "^"
        self._at += is_complement
        tests: list[Test] = []
        less = None
        while True:
            if self._peek() == "]" and tests:
                self._at += 1
                return Characters(tuple(tests), is_complement, less)
            if less is not None:
                raise self._wrong("nothing may follow a subtraction but ]")
            if self._text.startswith("-[", self._at) and tests:
                self._at += 2
                less = self._deeper(self._class)
                continue
            tests.append(self._range())

    def _range(self) -> Test:
        first, test = self._member()
        is_range = self._peek() == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", "[")
        if first is None or not is_range:
            return test
        self._at += 1
        last, _ = self._member()
        if last is None or last < first:
            raise self._wrong("a range must rise from one character to another")
        return between(first, last)

    def _member(self) -> tuple[str | None, Test]:
        """(the character, where it is one; its test)"""
        mark = self._take("a class")
        if mark == "[":
            raise self._wrong("a [ inside of a class; write \\[")
        if mark == "]":
            raise self._wrong("a class is empty")
        if mark != "\\":
            return mark, between(mark, mark)
        letter = self._peek()
        return _SINGLE.get(letter), self._escaped()


def without_spaces(pattern: str) -> str:
    """Flag x: white space outside of classes says nothing."""
    kept, depth, is_escaped = [], 0, False
    for character in pattern:
        if depth == 0 and character in _SPACES:
            continue
        if not is_escaped:
            depth += (character == "[") - (character == "]" and depth > 0)
        is_escaped = character == "\\" and not is_escaped
        kept.append(character)
    return "".join(kept)
