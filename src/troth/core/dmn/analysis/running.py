"""What does the table itself say to an input? By evaluating it, not by its geometry.

A witness is worth what it shows when it is run: these are the runs. An input expression is given
its value as it is, whether it is a name or computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from troth.core.dmn.analysis.columns import NO_TYPES
from troth.core.dmn.boxes import Boxes
from troth.core.dmn.item_types import Types
from troth.core.dmn.models import HitPolicy, OutputClause, TableBox
from troth.core.feel.compiling import Code
from troth.core.feel.evaluating import root
from troth.core.feel.running import Run
from troth.core.feel.values import Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What a table said."""

    answer: Any  # as FEEL's value
    rules: tuple[int, ...]  # those that match, from 1
    notes: tuple[str, ...]  # why parts are null


class Runner:
    """A table that can be asked by the values of its input expressions."""

    def __init__(self, box: TableBox, types: Types = NO_TYPES) -> None:
        self._names: dict[str, str] = {}
        for clause in box.inputs:
            expression = " ".join(clause.expression.split())
            self._names.setdefault(expression, f"input_{len(self._names) + 1}")
        named = tuple(
            replace(clause, expression=self._names[" ".join(clause.expression.split())])
            for clause in box.inputs
        )
        asked = replace(box, inputs=named)
        self._answer = self._code(asked, types)
        self._matching = self._code(_telling(asked), types)

    def _code(self, box: TableBox, types: Types) -> Code:
        return Boxes(types, ()).code(box, frozenset(self._names.values()))

    def show(self, values: Mapping[str, Value]) -> Shown:
        """The answer to an input, by input expression, and the rules that match."""
        run = Run()
        answer = self._answer(root(run).inner(self._given(values)))
        notes = tuple(note.sentence for note in run.notes)
        return Shown(answer=answer, rules=self.rules(values), notes=notes)

    def rules(self, values: Mapping[str, Value]) -> tuple[int, ...]:
        """The rules that match an input, from 1."""
        matching: Sequence[Any] = self._matching(root(Run()).inner(self._given(values))) or ()
        return tuple(int(rule) for rule in matching)

    def _given(self, values: Mapping[str, Value]) -> dict[str, Value]:
        return {name: values.get(expression) for expression, name in self._names.items()}


def _telling(box: TableBox) -> TableBox:
    """The table that answers which of its rules match."""
    rules = tuple(replace(rule, outputs=(str(number),)) for number, rule in enumerate(box.rules, 1))
    return replace(
        box,
        hit_policy=HitPolicy.RULE_ORDER,
        aggregation=None,
        outputs=(OutputClause(),),
        rules=rules,
        type_ref=None,
    )
