"""Which policy values held for each of a million subjects, each at its own instant?

The batch form of `troth.core.policies`: the same timelines, floors and guardrails, over columns.
Scope keys come as codes (positions in a list of keys, −1: none), so that no text is compared.
A kernel writes one answer id for each output and row; ids lead to exact values and to the ids of
the policy versions, and explanations are made by `core.policies.resolution` where asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troth.analysis.policy_kernel import CONTRACT, CONTRADICTED, CUSTOMER, OTHER, answer_rows
from troth.analysis.policy_tables import ORDER, Codes, CompiledPolicies, compiled
from troth.core.policies.guardrails import ContradictoryGuardrailsError
from troth.core.policies.kinds import kind_named
from troth.core.policies.scopes import Layer
from troth.core.policies.versions import PolicyVersion, as_instant

MOST_COLUMNS = 15  # one signature of the kernel serves up to so many, and the company

_OF_LAYER = {Layer.CUSTOMER: CUSTOMER, Layer.CONTRACT: CONTRACT}
_ROWS_A_TASK = 65_536


class BatchError(ValueError):
    """These columns cannot be resolved. The message says which, and what was expected."""


@dataclass(frozen=True, kw_only=True)
class ScopeColumn:
    """One key of each row, as codes: own customer, parent, contract, tier, segment, region."""

    layer: Layer
    codes: Codes  # positions in the keys of the layer; −1 where the row has none


@dataclass(frozen=True, kw_only=True)
class BatchAnswers:
    """The answers of one kind for all rows."""

    policies: BatchPolicies
    ids: dict[str, Codes]  # by output: per row the position in that output's answers

    def numbers(self, output: str) -> NDArray[np.float64]:
        """Values as floating-point numbers, NaN where there is no answer. Raises BatchError."""
        table = self.policies.tables[output]
        if not table.spec.is_number:
            raise BatchError(f"{output} is {table.spec.type}, no number: use values()")
        return np.take(table.numbers, self.ids[output])

    def values(self, output: str) -> list[Any]:
        """The exact values: Decimal, int, text, tuple or mapping; None: no answer."""
        values = self.policies.tables[output].values
        return [values[at] for at in self.ids[output].tolist()]

    def versions(self, output: str) -> list[str]:
        """Per row the id of the policy version that gave the value; "": a built-in default."""
        table, ids = self.policies.tables[output], self.policies.version_ids
        return [
            "" if at < 0 else ids[at] for at in np.take(table.versions, self.ids[output]).tolist()
        ]


@dataclass(frozen=True, kw_only=True)
class BatchPolicies(CompiledPolicies):
    """The versions of one kind, compiled for columns of coded keys, ready to answer."""

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
        knows what was published by its own instant. Raises UnknownKindError; BatchError where a
        version has a table or an audience: the book answers those case by case.
        """
        known = None if known_at is None else as_instant(known_at)
        held = [
            item
            for item in versions
            if item.kind == kind and (known is None or item.published_at <= known)
        ]
        tabled = [item for item in held if item.table is not None]
        if tabled:
            raise BatchError(
                f"{len(tabled)} versions of {kind} have tables, the first {tabled[0].id} for "
                f"{tabled[0].scope}; expected constants. Ask PolicyBook.values for each case."
            )
        staged = [item for item in held if item.audience is not None]
        if staged:
            raise BatchError(
                f"{len(staged)} versions of {kind} are rolled out in stages, the first "
                f"{staged[0].id} for {staged[0].scope}; expected versions that hold for all of "
                "their scope. Ask PolicyBook.values for each customer."
            )
        return cls(**compiled(kind_named(kind), held, keys, is_known_then=is_known_then))

    def resolve(
        self,
        columns: Sequence[ScopeColumn],
        at: NDArray[Any],
        *,
        outputs: Sequence[str] | None = None,
    ) -> BatchAnswers:
        """The answers of all rows; `at` is datetime64 in UTC or int64 µs since 1970.

        Columns stand in the order of their layers, and within one layer as a Subject's keys do.
        `outputs`: only these. Raises BatchError, ContradictoryGuardrailsError.
        """
        instants = _microseconds(at)
        self._check(columns, len(instants))
        names = [spec.name for spec in self.kind.outputs]
        chosen = names if outputs is None else list(outputs)
        missing = [name for name in chosen if name not in names]
        if missing:
            raise BatchError(f"{self.kind.name} has no {missing[0]}; it has {', '.join(names)}")
        out = np.empty((len(chosen), len(instants)), dtype=np.int32)
        everybody = np.empty(0, dtype=np.int32)  # an empty column: code 0 for every row
        padded = [*(column.codes for column in columns), everybody]
        padded += [everybody] * (MOST_COLUMNS + 1 - len(padded))
        layers = [*(column.layer for column in columns), Layer.COMPANY]
        arguments = (
            tuple(padded),
            np.array([self.bases[layer] for layer in layers], dtype=np.int64),
            np.array([_OF_LAYER.get(layer, OTHER) for layer in layers], dtype=np.int8),
            np.array([names.index(name) for name in chosen], dtype=np.int64),
            instants,
            (self.offsets, self.starts, self.entries),
            self.ranks,
            self.default_ranks,
            self.directions,
            (self.rail_starts, self.rail_answers),
            out,
        )
        _in_parallel(arguments, len(instants))
        if len(self.rail_starts) and out.size and int(out.min()) == CONTRADICTED:
            raise ContradictoryGuardrailsError(f"guardrails of {self.kind.name} leave no value")
        return BatchAnswers(policies=self, ids=dict(zip(chosen, out, strict=True)))

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
