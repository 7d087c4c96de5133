"""What does one evaluation know and how much may it do?

A Run carries the moment that `now()` tells, what is left of its budget, and the notes of why parts
gave null. A Frame carries the names in scope.
"""

from __future__ import annotations

from collections.abc import Mapping

from troth.core.feel.civil import Moment
from troth.core.feel.errors import FeelBudgetError, Note
from troth.core.feel.nesting import MOST_FRAMES
from troth.core.feel.sizes import DEEPEST, LARGEST, Entries, Items, measured_all
from troth.core.feel.values import Value

STEPS = 1_000_000
_MOST_NOTES = 100


class Run:
    """One evaluation. Not shared between threads."""

    __slots__ = ("_frames", "_steps", "at", "notes")

    def __init__(self, *, at: Moment | None = None, steps: int = STEPS) -> None:
        self.at = at
        self.notes: list[Note] = []
        self._steps = steps
        self._frames = 0

    @property
    def left(self) -> int:
        """How many steps it may still take."""
        return self._steps

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

    def items(self, made: list[Value]) -> Items:
        """A list, weighed. Raises FeelBudgetError where it is too large or too deep."""
        return Items(made, *self._within_bounds(measured_all(made)))

    def entries(self, made: dict[str, Value]) -> Entries:
        """A context, weighed. Raises FeelBudgetError where it is too large or too deep."""
        return Entries(made, *self._within_bounds(measured_all(made.values())))

    def _within_bounds(self, measured: tuple[int, int]) -> tuple[int, int]:
        weight, depth = measured
        self.sized(weight)
        if depth > DEEPEST:
            raise FeelBudgetError(
                f"the evaluation would nest lists and contexts more than {DEEPEST} deep. Keep them "
                "beside one another."
            )
        return measured

    def enter(self, frames: int) -> None:
        """A function is called whose code nests so deep. Raises FeelBudgetError."""
        self._frames += frames
        if self._frames > MOST_FRAMES:
            raise FeelBudgetError(
                "functions call one another deeper than an evaluation may. Look for a function "
                "that calls itself without an end, and go through a list with `for` instead."
            )
        self.step()

    def leave(self, frames: int) -> None:
        """The function that was entered is done."""
        self._frames -= frames

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
