"""Which pairs is it worth comparing, in a workspace of this size?

Comparing everybody with everybody grows with the square of the records. A blocking rule picks the
pairs that are alike in something; the narrow rules of a design come first, and a wider one is
taken as long as all pairs together stay within what the workspace can afford.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from troth.analysis.matching.design import Blocking
from troth.analysis.matching.standard.parties import SOURCE

_MOST_A_RECORD = 100  # pairs
_LEAST_A_RECORD = 10
_MOST = 5_000_000  # unless that is fewer than the least a record


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """The rules that are used, and what each costs."""

    rules: tuple[Blocking, ...]
    pairs: tuple[int, ...]  # that each rule gives by itself, in the order of the rules
    left_out: tuple[tuple[str, int], ...]  # rules that would have given too many, and how many


def chosen(
    connection: Any,
    table: str,
    rules: Sequence[Blocking],
    *,
    pairs_per_record: int | None = None,
    across: bool = False,
) -> Chosen:
    """The rules of a design that a table of records in DuckDB can afford.

    `across` counts pairs of different sources only. A rule that alone or with those before it
    gives more than `pairs_per_record` pairs a record is left out; by default a hundred in a
    small workspace, and ten in a large one.
    """
    ((records,),) = connection.sql(f"select count(*) from {table}").fetchall()
    budget = max(_LEAST_A_RECORD * records, min(_MOST_A_RECORD * records, _MOST))
    if pairs_per_record is not None:
        budget = pairs_per_record * records
    taken: list[Blocking] = []
    costs: list[int] = []
    left_out: list[tuple[str, int]] = []
    for rule in rules:
        pairs = pair_count(connection, table, rule, across=across)
        if pairs == 0:
            continue
        if sum(costs) + pairs > budget:
            left_out.append((rule.name, pairs))
        else:
            taken.append(rule)
            costs.append(pairs)
    return Chosen(rules=tuple(taken), pairs=tuple(costs), left_out=tuple(left_out))


def pair_count(connection: Any, table: str, rule: Blocking, *, across: bool = False) -> int:
    """How many pairs a rule gives, counted without making them."""
    keys = ", ".join(f"{key.sql('one')} as k{at}" for at, key in enumerate(rule.keys))
    names = ", ".join(f"k{at}" for at in range(len(rule.keys)))
    there = " and ".join(f"k{at} is not null" for at in range(len(rule.keys)))
    inner = f"select {keys}{f', {SOURCE}' if across else ''} from {table} as one"
    counted = f"select {names}, count(*) as n from ({inner}) where {there} group by {names}"
    if not across:
        query = f"select coalesce(sum(n * (n - 1) // 2), 0)::bigint from ({counted})"
    else:
        by_source = (
            f"select {names}, {SOURCE}, count(*) as n from ({inner}) where {there}"
            f" group by {names}, {SOURCE}"
        )
        query = (
            "select coalesce(sum(alike), 0)::bigint from ("
            f"select (sum(n) * sum(n) - sum(n * n)) // 2 as alike from ({by_source})"
            f" group by {names})"
        )
    ((pairs,),) = connection.sql(query).fetchall()
    return int(pairs)
