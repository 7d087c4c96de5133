"""How does a table of many rules become joins? A code for each column, then a step a column.

A CASE over thousands of rules asks each row about each rule. Joins ask each row once a column:
which class its input is in, and where that leads from the node that it has reached.
"""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import IntegerValue, Table

from troth.analysis.policy_automata import automaton_of
from troth.analysis.policy_conditions import ColumnConditions
from troth.core.policies.tables import PolicyTable

MANY = 24  # rules, from which joins are faster than a CASE: see bench/tables.py


def joined_outcome(table: PolicyTable, cases: Table) -> tuple[Table, IntegerValue]:
    """(the cases with what was joined, the rule that answers as `policy_sql.outcome_of` gives it)

    Raises InexpressibleError.
    """
    automaton = automaton_of(table)
    node: Any = ibis.literal(automaton.start, "int32")
    for asked, step in zip(automaton.asked, automaton.steps, strict=True):
        codes = ColumnConditions(asked, cases[asked.input]).code(asked.column.null)
        width = step.shape[1]
        place = ibis.ifelse(codes < 0, ibis.literal(-1, "int32"), node * width + codes)
        number = sum(name.startswith("_step") for name in cases.columns)
        here, there = f"_step{number}", f"_node{number}"
        ways = ibis.memtable(
            pa.table({
                there + "_at": pa.array(range(step.size), pa.int32()),
                there: pa.array(step.ravel(), pa.int32()),
            })
        )  # fmt: skip
        cases = cases.mutate(**{here: place})
        cases = cases.left_join(ways, cases[here] == ways[there + "_at"]).drop(there + "_at")
        # What leads nowhere is FEEL's, and stays so.
        node = cases[there].fill_null(-1)
    return cases, node
