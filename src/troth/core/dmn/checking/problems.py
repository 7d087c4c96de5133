"""Where in a model is something wrong, and what?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from troth.core.feel.checking import Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A text of a model, or of a table; rows and columns count from 1."""

    node: str = ""  # the decision, knowledge model or service
    path: tuple[str, ...] = ()  # from there to the text: "entry `discount`"
    row: int | None = None  # the rule; None in the head of a table
    column: int | None = None  # inputs first, then outputs
    line: int = 0  # of the document, where it was read from one

    def within(self, part: str) -> Place:
        """A part of what is there."""
        return replace(self, path=(*self.path, part))

    def __str__(self) -> str:
        parts = [f"`{self.node}`"] if self.node else []
        parts += self.path
        if self.row is not None:
            parts.append(f"rule {self.row}")
        if self.column is not None:
            parts.append(f"column {self.column}")
        return ", ".join(parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong in a model, and where; a hint is not wrong, but seldom meant."""

    place: Place
    sentence: str
    position: int = 0  # offset in the text at that place, in characters
    is_hint: bool = False
    finding: Finding | None = field(default=None, compare=False)  # of a text of FEEL

    def __str__(self) -> str:
        where = str(self.place)
        return f"{where}: {self.sentence}" if where else self.sentence
