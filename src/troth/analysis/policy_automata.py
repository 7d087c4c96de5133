"""Which rule of a table answers, as whole numbers alone: a step a column from node to node?

The same sets of rules as `core.dmn.matching`, met for all codes beforehand: after column k a node
stands for the rules that are left, and the last step leads to an outcome. A kernel walks it, and
joins walk it in SQL. What it cannot express leads to FEEL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from troth.core.dmn.coded import CodedColumn
from troth.core.policies.kinds import kind_named
from troth.core.policies.specs import InputType
from troth.core.policies.tables import PolicyTable

MOST_STEPS = 1 << 21
BY_FEEL, NO_RULE = -1, 0  # outcomes; rule r, from 0, is r + 1
_OF_INSTANT = re.compile(r"(date|time)\( *(\w+) *\)")

Part = Literal["", "date", "time"]


class InexpressibleError(ValueError):
    """This table cannot be answered without FEEL. The message says why."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What one column asks for: an input of the kind, or the UTC date or time of an instant."""

    column: CodedColumn
    input: str
    type: InputType
    part: Part


@dataclass(frozen=True, kw_only=True)
class Automaton:
    """From codes to the rule that answers."""

    asked: tuple[Asked, ...]
    # [node, code] of each column: the node before the next, after the last one the outcome. The
    # first column has one node. Without columns `start` is the outcome.
    steps: tuple[NDArray[np.int32], ...]
    start: int
    reasons: tuple[str, ...]  # why some outcomes are FEEL's

    @property
    def is_whole(self) -> bool:
        """Whether no outcome is FEEL's."""
        last = self.steps[-1] if self.steps else np.array([self.start])
        return not bool((last == BY_FEEL).any())


def automaton_of(table: PolicyTable) -> Automaton:
    """The automaton of a table. Raises InexpressibleError."""
    coded = table.matcher.coded
    # Few codes first, so that there are few nodes.
    asked = sorted(asked_of(table), key=lambda item: item.column.sets.size)
    rules = [(1 << coded.size) - 1]
    steps: list[NDArray[np.int32]] = []
    made = 0
    for at, item in enumerate(asked):
        sets = item.column.sets
        made += len(rules) * sets.size
        if made > MOST_STEPS:
            raise InexpressibleError(f"its rules overlap in more than {MOST_STEPS:,} ways")
        masks = [sets.at(code) for code in range(sets.size)]
        nodes: dict[int, int] = {}
        step = np.empty((len(rules), sets.size), dtype=np.int32)
        for node, left in enumerate(rules):
            step[node] = [nodes.setdefault(left & mask, len(nodes)) for mask in masks]
        rules = list(nodes)
        if at == len(asked) - 1:
            outcomes = np.array([_outcome(table, left) for left in rules], dtype=np.int32)
            step = outcomes[step]
        steps.append(step)
    start = 0 if asked else _outcome(table, rules[0])
    return Automaton(asked=tuple(asked), steps=tuple(steps), start=start, reasons=coded.reasons)


def asked_of(table: PolicyTable) -> list[Asked]:
    """The columns that cells ask about. Raises InexpressibleError."""
    columns = table.matcher.coded.columns
    limited = [
        column for column in columns if (table.box.inputs[column.place].values or "").strip()
    ]
    if any(column.coding is None for column in limited):
        raise InexpressibleError("of a column FEEL has to tell what is refused")
    return [_asked(table, column) for column in columns if column.coding is not None]


def _outcome(table: PolicyTable, rules: int) -> int:
    """Faults are FEEL's: what answers in the place of a table that fails is not the table's."""
    hit = table.matcher.outcome(rules)
    if hit is None or hit.fault is not None:
        return BY_FEEL
    if hit.rule is None:
        return NO_RULE
    return BY_FEEL if table.read(hit).faults else hit.rule + 1


def _asked(table: PolicyTable, column: CodedColumn) -> Asked:
    types = {spec.name: spec.type for spec in kind_named(table.kind).inputs}
    if column.expression in types:
        name = column.expression
        return Asked(column=column, input=name, type=types[name], part="")
    found = _OF_INSTANT.fullmatch(column.expression)
    if found is None or types.get(found[2]) != "instant":
        raise InexpressibleError(f"the column `{column.expression}` is computed")
    part: Part = "date" if found[1] == "date" else "time"
    return Asked(column=column, input=found[2], type="instant", part=part)
