"""What does one evaluation know and how much may it do?

A Run carries the moment that `now()` tells, what is left of its budget, and the notes of why parts
gave null. A Frame carries the names in scope.
"""

from __future__ import annotations

from collections.abc import Mapping

from troth.core.feel.civil import Moment
from troth.core.feel.errors import FeelBudgetError, Note
from troth.core.feel.values import Value

STEPS = 1_000_000
LARGEST = 1_000_000  # items of a list, characters of a text
_MOST_NOTES = 100
_DEEPEST_CALLS = 250


class Run:
    """One evaluation. Not shared between threads."""

    __slots__ = ("_calls", "_steps", "at", "notes")

    def __init__(self, *, at: Moment | None = None, steps: int = STEPS) -> None:
        self.at = at
        self.notes: list[Note] = []
        self._steps = steps
        self._calls = 0

    def step(self, count: int = 1) -> None:
        """Raises FeelBudgetError where the budget is used up."""
        self._steps -= count
        if self._steps < 0:
            raise FeelBudgetError(
                "the evaluation takes more steps than it may. Look for an iteration over lists "
                "that multiply, or for a function that calls itself without an end."
            )

    def sized(self, size: int) -> None:
        """Ask before something of that size is made. Raises FeelBudgetError."""
        if size > LARGEST:
            raise FeelBudgetError(
                f"the evaluation would make a list or text of {size:,} parts; at most "
                f"{LARGEST:,} are allowed. Filter before you join."
            )

    def enter(self) -> None:
        """A function is called. Raises FeelBudgetError where calls nest too deep."""
        self._calls += 1
        if self._calls > _DEEPEST_CALLS:
            raise FeelBudgetError(
                f"functions call one another more than {_DEEPEST_CALLS} deep. Look for a function "
                "that calls itself without an end."
            )
        self.step()

    def leave(self) -> None:
        self._calls -= 1

    def null(self, position: int, sentence: str) -> None:
        """Give null, and say why."""
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(Note(position=position, sentence=sentence))


class Frame:
    """Names and their values, within an outer frame; and the run that all of them share."""

    __slots__ = ("outer", "run", "values")

    def __init__(self, values: Mapping[str, Value], outer: Frame | None, run: Run) -> None:
        self.values = values
        self.outer = outer
        self.run = run

    def inner(self, values: Mapping[str, Value]) -> Frame:
        return Frame(values, self, self.run)

    def find(self, name: str) -> tuple[Value, bool]:
        """(the value of the nearest such name, whether there is one)"""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.values:
                return frame.values[name], True
            frame = frame.outer
        return None, False
