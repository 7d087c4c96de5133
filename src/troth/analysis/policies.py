"""Which policy values held for each of a million subjects, each at its own instant?

The batch form of `troth.core.policies`: the same timelines, floors and guardrails, over columns.
Scope keys come as codes (positions in a list of keys, −1: none), so that no text is compared.
A kernel writes one answer id for each output and row; ids lead to exact values and to the ids of
the policy versions and rules, and explanations are made by `core.policies.resolution` where asked
for. Tables are answered by the same kernel where their cells compare inputs with constants; the
other rows are FEEL's, one by one, and counted.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troth.analysis.policy_inputs import InputColumn
from troth.analysis.policy_kernel import CONTRACT, CONTRADICTED, CUSTOMER, OTHER, answer_rows
from troth.analysis.policy_rows import RowByRow, ScopeColumn
from troth.analysis.policy_tables import ORDER, AnswerTable, Codes, CompiledPolicies, compiled
from troth.analysis.policy_walks import walks_of
from troth.core.policies.book import PolicyBook
from troth.core.policies.guardrails import ContradictoryGuardrailsError
from troth.core.policies.kinds import kind_named
from troth.core.policies.scopes import Layer
from troth.core.policies.versions import PolicyVersion, as_instant

MOST_COLUMNS = 15  # one signature of the kernel serves up to so many, and the company

_OF_LAYER = {Layer.CUSTOMER: CUSTOMER, Layer.CONTRACT: CONTRACT}
_ROWS_A_TASK = 65_536
_UNSPOKEN = ("some inputs are of a type that cells do not speak about",)


class BatchError(ValueError):
    """These columns cannot be resolved. The message says which, and what was expected."""


@dataclass(frozen=True, kw_only=True)
class BatchAnswers:
    """The answers of one kind for all rows."""

    policies: BatchPolicies
    ids: dict[str, Codes]  # by output: per row the position in that output's answers
    tables: Mapping[str, AnswerTable]  # by output: all answers that it has
    by_feel: int = 0  # how many rows FEEL answered one by one
    reasons: tuple[str, ...] = ()  # why it may have to, if it had to

    def numbers(self, output: str) -> NDArray[np.float64]:
        """Values as floating-point numbers, NaN where there is no answer. Raises BatchError."""
        table = self.tables[output]
        if not table.spec.is_number:
            raise BatchError(f"{output} is {table.spec.type}, no number: use values()")
        return np.take(table.numbers, self.ids[output])

    def values(self, output: str) -> list[Any]:
        """The exact values: Decimal, int, text, tuple or mapping; None: no answer."""
        values = self.tables[output].values
        return [values[at] for at in self.ids[output].tolist()]

    def versions(self, output: str) -> list[str]:
        """Per row the id of the policy version that gave the value; "": a built-in default."""
        table, ids = self.tables[output], self.policies.version_ids
        return [
            "" if at < 0 else ids[at] for at in np.take(table.versions, self.ids[output]).tolist()
        ]

    def rules(self, output: str) -> list[str]:
        """Per row the id of the rule of the version's table that gave the value; "": none did."""
        rules = self.tables[output].rules
        return [rules[at] for at in self.ids[output].tolist()]


@dataclass(frozen=True, kw_only=True)
class BatchPolicies(CompiledPolicies):
    """The versions of one kind, compiled for columns of coded keys, ready to answer."""

    versions: tuple[PolicyVersion, ...]
    keys: Mapping[Layer, Sequence[str]]
    is_known_then: bool

    @classmethod
    def compile(
        cls,
        kind: str,
        versions: Iterable[PolicyVersion],
        keys: Mapping[Layer, Sequence[str]],
        *,
        known_at: datetime | None = None,
        is_known_then: bool = False,
    ) -> BatchPolicies:
        """Compile the versions of a kind that were published by `known_at` (None: all).

        `keys` lists the keys of each layer in the order of their codes. `is_known_then`: each row
        knows what was published by its own instant. Raises UnknownKindError.
        """
        known = None if known_at is None else as_instant(known_at)
        held = tuple(
            item
            for item in versions
            if item.kind == kind and (known is None or item.published_at <= known)
        )
        fields = compiled(kind_named(kind), held, keys, is_known_then=is_known_then)
        return cls(**fields, versions=held, keys=keys, is_known_then=is_known_then)

    @cached_property
    def book(self) -> PolicyBook:
        """The same policies, case by case."""
        make = PolicyBook.compile_as_known if self.is_known_then else PolicyBook.compile
        return make(self.versions)

    def resolve(
        self,
        columns: Sequence[ScopeColumn],
        at: NDArray[Any],
        *,
        outputs: Sequence[str] | None = None,
        inputs: Mapping[str, InputColumn] | None = None,
    ) -> BatchAnswers:
        """The answers of all rows; `at` is datetime64 in UTC or int64 µs since 1970.

        Columns stand in the order of their layers, and within one layer as a Subject's keys do.
        `outputs`: only these. `inputs`: what tables ask for, by name; null where it is left out.
        Raises BatchError, ContradictoryGuardrailsError.
        """
        instants = _microseconds(at)
        cases = dict(inputs or {})
        self._check(columns, len(instants))
        self._check_inputs(cases, len(instants))
        chosen = self._chosen(outputs)
        out = np.empty((len(chosen), len(instants)), dtype=np.int32)
        by_feel = np.zeros(len(instants) if len(self.of_entry) else 0, dtype=np.bool_)
        arguments = (
            *self._of_columns(columns, chosen),
            instants,
            (self.offsets, self.starts, self.entries),
            self.ranks,
            self.default_ranks,
            self.directions,
            (self.rail_starts, self.rail_answers),
            self.of_entry,
            *walks_of(self.automata, cases, len(instants)),
            by_feel,
            out,
        )
        _in_parallel(arguments, len(instants))
        rows = np.flatnonzero(by_feel)
        tables: Mapping[str, AnswerTable] = self.tables
        if len(rows):
            one_by_one = RowByRow(self.book, self.kind, self.keys, self.tables, self.version_ids)
            out[:, rows], tables = one_by_one.answer(rows, columns, instants, cases, chosen)
        if len(self.rail_starts) and out.size and int(out.min()) == CONTRADICTED:
            raise ContradictoryGuardrailsError(f"guardrails of {self.kind.name} leave no value")
        return BatchAnswers(
            policies=self,
            ids=dict(zip(chosen, out, strict=True)),
            tables=tables,
            by_feel=len(rows),
            reasons=(self.reasons or _UNSPOKEN) if len(rows) else (),
        )

    def _chosen(self, outputs: Sequence[str] | None) -> list[str]:
        names = list(self.kind.by_name)
        chosen = names if outputs is None else list(outputs)
        missing = [name for name in chosen if name not in names]
        if missing:
            raise BatchError(f"{self.kind.name} has no {missing[0]}; it has {', '.join(names)}")
        return chosen

    def _of_columns(self, columns: Sequence[ScopeColumn], chosen: Sequence[str]) -> tuple[Any, ...]:
        """The first arguments of the kernel."""
        everybody = np.empty(0, dtype=np.int32)  # an empty column: code 0 for every row
        padded = [*(column.codes for column in columns), everybody]
        padded += [everybody] * (MOST_COLUMNS + 1 - len(padded))
        layers = [*(column.layer for column in columns), Layer.COMPANY]
        names = list(self.kind.by_name)
        return (
            tuple(padded),
            np.array([self.bases[layer] for layer in layers], dtype=np.int64),
            np.array([_OF_LAYER.get(layer, OTHER) for layer in layers], dtype=np.int8),
            np.array([names.index(name) for name in chosen], dtype=np.int64),
        )

    def _check_inputs(self, inputs: Mapping[str, InputColumn], rows: int) -> None:
        types = {spec.name: spec.type for spec in self.kind.inputs}
        for name, column in inputs.items():
            if types.get(name) != column.type:
                known = ", ".join(f"{name} ({type_})" for name, type_ in types.items())
                raise BatchError(f"{name} is {column.type}; {self.kind.name} asks for {known}")
            if column.keys.dtype != np.int64 or column.keys.shape != (rows,):
                raise BatchError(f"{name}: expected {rows} int64 keys")

    def _check(self, columns: Sequence[ScopeColumn], rows: int) -> None:
        if len(columns) > MOST_COLUMNS:
            raise BatchError(f"{len(columns)} scope columns, at most {MOST_COLUMNS}")
        ranks = [ORDER.index(column.layer) for column in columns if column.layer in ORDER]
        if len(ranks) != len(columns) or ranks != sorted(ranks):
            raise BatchError(f"scope columns must stand in the order {', '.join(ORDER)}")
        for column in columns:
            codes = column.codes
            if codes.dtype != np.int32 or codes.shape != (rows,) or not codes.flags.c_contiguous:
                raise BatchError(f"{column.layer}: expected {rows} int32 codes side by side")
            if column.layer not in self.bases:
                raise BatchError(f"{column.layer}: the policies were compiled without its keys")
            if rows and not -1 <= int(codes.min()) <= int(codes.max()) < self.sizes[column.layer]:
                raise BatchError(f"{column.layer}: a code lies outside of its keys")


def _microseconds(at: NDArray[Any]) -> NDArray[np.int64]:
    if np.issubdtype(at.dtype, np.datetime64):
        at = at.astype("datetime64[us]", copy=False).view(np.int64)
    if at.dtype != np.int64 or at.ndim != 1:
        raise BatchError(f"instants: expected datetime64 or int64 µs, found {at.dtype}")
    return np.ascontiguousarray(at)


def _in_parallel(arguments: tuple[Any, ...], rows: int) -> None:
    """Tasks on threads of our own: numba's are not safe to enter from two threads."""
    tasks = [(begin, min(begin + _ROWS_A_TASK, rows)) for begin in range(0, rows, _ROWS_A_TASK)]
    workers = min(os.cpu_count() or 1, len(tasks))
    if workers <= 1:
        for begin, end in tasks:
            answer_rows(begin, end, *arguments)
        return
    with ThreadPoolExecutor(workers) as pool:
        for future in [pool.submit(answer_rows, *task, *arguments) for task in tasks]:
            future.result()
