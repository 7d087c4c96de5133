"""Which policy table does a table of DMN hold, as it came back from a sheet?"""

from __future__ import annotations

from typing import Any

from troth.core.dmn.models import TableBox
from troth.core.policies.specs import PolicyKind
from troth.core.policies.tables import ANYTHING


def document_of(kind: PolicyKind, box: TableBox) -> dict[str, Any]:
    """The document that `read_table` reads, and judges. Rules without an id get the next free one.

    Columns that the box's outputs have no name for are told by `read_table` as unknown.
    """
    inputs = [" ".join(clause.expression.split()) for clause in box.inputs]
    outputs = [clause.name or "" for clause in box.outputs]
    taken = {rule.id for rule in box.rules if rule.id}
    rules: list[dict[str, Any]] = []
    for rule in box.rules:
        row: dict[str, Any] = {
            "id": rule.id or _free(taken),
            "when": {n: c for n, c in zip(inputs, rule.inputs, strict=True) if c != ANYTHING},
            "then": {n: c for n, c in zip(outputs, rule.outputs, strict=True) if c.strip()},
        }
        note = "; ".join(text for text in rule.annotations if text)
        if note:
            row["note"] = note
        rules.append(row)
    document: dict[str, Any] = {
        "hit": box.hit_policy.value,
        "inputs": inputs,
        "outputs": outputs,
        "rules": rules,
    }
    priorities = {
        clause.name: clause.values for clause in box.outputs if clause.name and clause.values
    }
    if priorities:
        document["priorities"] = priorities
    return document


def _free(taken: set[str]) -> str:
    number = next(n for n in range(1, len(taken) + 2) if f"r{n}" not in taken)
    taken.add(f"r{number}")
    return f"r{number}"
