"""What can be wrong with an expression, and where?

Only what stops an evaluation is an exception: a text that is no FEEL, a budget used up, a value
from outside that FEEL has no type for. A rule of FEEL that has no value gives null, with a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

_SHOWN = 60  # characters of a line, to each side of a fault


class FeelError(ValueError):
    """An expression cannot be read or evaluated."""

    code: ClassVar[str] = "feel"


class FeelSyntaxError(FeelError):
    """A text is not an expression of FEEL: where, what stands there, what was expected."""

    code = "feel.syntax"

    def __init__(self, text: str, position: int, found: str, expected: str) -> None:
        self.text, self.position, self.found, self.expected = text, position, found, expected
        self.line = text.count("\n", 0, position) + 1
        self.column = position - (text.rfind("\n", 0, position) + 1) + 1
        if len(found) > _SHOWN:
            found = f"{found[:_SHOWN]}…"
        start = position - self.column + 1
        end = text.find("\n", start)
        # Of a long line, what stands around the place.
        first = max(start, position - _SHOWN)
        last = min(len(text) if end < 0 else end, position + _SHOWN)
        super().__init__(
            f"line {self.line}, column {self.column}: found {found}, expected {expected}.\n"
            f"  {text[first:last]}\n  {' ' * (position - first)}^"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.text, self.position, self.found, self.expected))


class FeelBudgetError(FeelError):
    """An evaluation took more steps, or made something larger, than it may."""

    code = "feel.budget"


@contextmanager
def within_stack() -> Iterator[None]:
    """Tell as a budget used up where whoever asks stands too deep in Python's own stack.

    What expressions nest is counted beforehand and stays far below; this is for the rest.
    """
    try:
        yield
    except RecursionError:
        raise FeelBudgetError(
            "the evaluation nests deeper than Python's stack has room from here. Ask from fewer "
            "calls within one another."
        ) from None


class FeelValueError(FeelError):
    """A value from outside has no type in FEEL."""

    code = "feel.value"


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Why a part of an expression gave null."""

    position: int  # offset in the text, in characters
    sentence: str
