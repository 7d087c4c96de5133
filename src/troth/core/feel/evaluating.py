"""What is the value of a text of FEEL?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from troth.core.feel import calling, filtering, iterating  # noqa: F401 - they register forms
from troth.core.feel.builtins import FUNCTIONS
from troth.core.feel.compiling import Code, compiled
from troth.core.feel.errors import Note, within_stack
from troth.core.feel.parsing import parse, parse_tests
from troth.core.feel.running import STEPS, Frame, Run
from troth.core.feel.types import Type
from troth.core.feel.values import Value, incoming, outgoing


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """A value, as Python's, and why parts of it are null."""

    value: Any
    notes: tuple[Note, ...]


class Expression:
    """A text that was read once and can be evaluated often. Raises FeelSyntaxError.

    `names` are those in scope, `members` those that values have; both matter where a name has
    several words or signs. `is_cell` reads unary tests over the input `?`.
    """

    def __init__(
        self,
        text: str,
        *,
        names: Iterable[str] = (),
        members: Iterable[str] = (),
        types: Mapping[str, Type] | None = None,
        is_cell: bool = False,
    ) -> None:
        read = parse_tests if is_cell else parse
        self.text = text
        with within_stack():
            self.form = read(text, (*FUNCTIONS, *names), members, types)
            self.code: Code = compiled(self.form)

    def evaluate(
        self,
        context: Mapping[str, object] | None = None,
        *,
        at: dt.datetime | None = None,
        steps: int = STEPS,
    ) -> Evaluation:
        """The value in a context, at a moment, within a budget of steps.

        Raises FeelValueError where the context holds what FEEL has no type for, FeelBudgetError.
        """
        run = Run(at=None if at is None else incoming(at), steps=steps)
        values: dict[str, Value] = incoming(dict(context or {}))
        with within_stack():
            found = outgoing(self.code(root(run).inner(values)))
        return Evaluation(value=found, notes=tuple(run.notes))


def root(run: Run) -> Frame:
    """The outermost frame: the built-in functions."""
    return Frame(FUNCTIONS, None, run)


def evaluate(
    text: str, context: Mapping[str, object] | None = None, *, at: dt.datetime | None = None
) -> Any:
    """The value of a text in a context; `now()` and `today()` tell `at`.

    Raises FeelSyntaxError, FeelValueError, FeelBudgetError.
    """
    known = dict(context or {})
    return Expression(text, names=known, members=members_of(known)).evaluate(known, at=at).value


def members_of(value: object) -> set[str]:
    """The names of all members anywhere in a value."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, Mapping):
            found |= {name for name in inner if isinstance(name, str)}
            waiting += inner.values()
        elif isinstance(inner, list | tuple):
            waiting += inner
    return found
