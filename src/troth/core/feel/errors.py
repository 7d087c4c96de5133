"""What can be wrong with an expression, and where?

Only what stops an evaluation is an exception: a text that is no FEEL, a budget used up, a value
from outside that FEEL has no type for. A rule of FEEL that has no value gives null, with a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


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
        shown = text.splitlines()[self.line - 1] if text.splitlines()[self.line - 1 :] else ""
        super().__init__(
            f"line {self.line}, column {self.column}: found {found}, expected {expected}.\n"
            f"  {shown}\n  {' ' * (self.column - 1)}^"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.text, self.position, self.found, self.expected))


class FeelBudgetError(FeelError):
    """An evaluation took more steps, or made something larger, than it may."""

    code = "feel.budget"


class FeelValueError(FeelError):
    """A value from outside has no type in FEEL."""

    code = "feel.value"


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Why a part of an expression gave null."""

    position: int  # offset in the text, in characters
    sentence: str
