"""What does a check find in an expression, and how is it told?"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from troth.core.feel.syntax import Form


class Effect(Enum):
    """What becomes of a part that is reported, whatever values of the declared types come."""

    UNREADABLE = "the text cannot be read"
    NULL = "its value is always null"
    NEVER = "it is never true"
    MISFIT = "it is never of the type that is taken there"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that is wrong for sure: where, what stands there, what was expected, what to do."""

    position: int  # offset in the text, in characters
    effect: Effect
    part: str  # the part, as it would be written
    found: str
    expected: str
    remedy: str
    form: Form | None = field(default=None, repr=False, compare=False)

    @property
    def sentence(self) -> str:
        """All of it, for people."""
        said = f"`{self.part}`: expected {self.expected}, found {self.found}"
        return f"{said}; {self.remedy}" if self.remedy else said
