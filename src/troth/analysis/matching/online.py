"""Which of a million customers is this new record, at once?

An `Index` holds the records by code: each column's values once, each record as its codes, and for
each blocking rule the records in the order of its keys. A new record is found and scored there
with the same model, so it gets the same pairs, weights and verdicts as Splink would give it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from troth.analysis.matching.columns import Coded, coded, prefixed
from troth.analysis.matching.conditions import All, Crossed, EitherIs
from troth.analysis.matching.design import Blocking
from troth.analysis.matching.kernel import Answers, compare
from troth.analysis.matching.model import MatchModel
from troth.analysis.matching.pairs import MISSING, UNLIKE, Evidence, ScoredPair
from troth.analysis.matching.program import asked_of, held_of, program_of
from troth.analysis.matching.standard.parties import KEY, SOURCE

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class _Finder:
    """One blocking rule: the records sorted by the code of their keys."""

    parts: tuple[Coded, ...]  # a column, or the first letters of one, for each key
    letters: tuple[int | None, ...]
    columns: tuple[str, ...]
    codes: NDArray[np.int64]  # in order
    rows: Rows  # the record that each code is of

    def find(self, record: Mapping[str, Any]) -> Rows:
        """The records that are alike in all keys."""
        code = 0
        for part, column, letters in zip(self.parts, self.columns, self.letters, strict=True):
            value = record.get(column)
            own = part.code_of(value[:letters] if letters and value is not None else value)
            if own < 0:
                return self.rows[:0]
            code = code * len(part.values) + own
        start, end = self.codes.searchsorted((code, code + 1)).tolist()
        return self.rows[start:end]


@dataclass(frozen=True, kw_only=True)
class Found:
    """The records that a new one was compared with, in their own order."""

    rows: Rows
    weights: Floats  # bits
    levels: NDArray[np.int8]  # a row a comparison; −1 missing, one past the last is unlike
    rarity: Floats  # the same, in bits


class Index:
    """Records laid out for looking one up."""

    def __init__(self, records: pa.Table, model: MatchModel) -> None:
        """Of standardised records; takes seconds for a million, and is read only after."""
        self.model = model
        self.keys: list[str] = records.column(KEY).to_pylist()
        self._rows = {key: row for row, key in enumerate(self.keys)}
        design = model.design
        wanted = dict.fromkeys(
            [*(name for item in design.comparisons for name in item.columns),
             *(name for rule in design.blocking for name in rule.columns)]
        )  # fmt: skip
        self._columns = {name: coded(records.column(name)) for name in wanted}
        self._sources = coded(records.column(SOURCE)) if model.grounds.duplicate_free else None
        self._finders = [_finder(rule, self._columns) for rule in design.blocking]
        self._words: dict[str, int] = {}
        self._held = held_of(self._columns, self._words)
        self._program = program_of(model, {name: at for at, name in enumerate(self._columns)})
        self._crossings = _crossings(model)

    def candidates(self, record: Mapping[str, Any]) -> Rows:
        """The records that it is compared with: those that a blocking rule finds, but itself."""
        found = [rows for finder in self._finders if len(rows := finder.find(record))]
        if not found:
            return np.zeros(0, np.int64)
        rows = np.unique(np.concatenate(found))
        own = self._rows.get(str(record.get(KEY)))
        if own is not None:
            rows = rows[rows != own]
        if self._sources is not None:
            source = self._sources.code_of(record.get(SOURCE))
            rows = rows[self._sources.codes[rows] != source]
        return rows

    def find(self, record: Mapping[str, Any]) -> Found:
        """A standardised record against all that it is compared with."""
        rows = self.candidates(record)
        shape = len(self.model.design.comparisons), len(rows)
        found = Answers(
            weights=np.full(len(rows), self.model.prior_weight),
            levels=np.full(shape, -1, np.int8),
            rarity=np.zeros(shape),
        )
        if len(rows):
            asked = asked_of(
                record, self._columns, self._words, self._crossings, len(self._program.limits)
            )
            compare(rows, self._held, self._program, asked, found)
        return Found(rows=rows, weights=found.weights, levels=found.levels, rarity=found.rarity)

    def pairs(self, record: Mapping[str, Any], *, at_least: float) -> Iterator[ScoredPair]:
        """The pairs of so many bits or more, the likeliest first, with their evidence."""
        found = self.find(record)
        likely = np.flatnonzero(found.weights >= at_least)
        order = np.lexsort((likely, -found.weights[likely]))
        for place in likely[order].tolist():
            yield self._pair(record, found, place)

    def _pair(self, record: Mapping[str, Any], found: Found, place: int) -> ScoredPair:
        evidence = []
        for at, item in enumerate(self.model.design.comparisons):
            level, rarity = int(found.levels[at, place]), float(found.rarity[at, place])
            name, bare = MISSING, 0.0
            if level >= 0:
                name = item.levels[level].name if level < len(item.levels) else UNLIKE
                bare = self.model.odds[at][level].weight
            evidence.append(
                Evidence(comparison=item.name, level=name, weight=bare + rarity, by_rarity=rarity)
            )
        keys = sorted((str(record[KEY]), self.keys[int(found.rows[place])]))
        weight = float(found.weights[place])
        return ScoredPair(
            left=keys[0],
            right=keys[1],
            weight=weight,
            probability=float(1.0 / (1.0 + np.exp2(-min(max(weight, -1000.0), 1000.0)))),
            prior_weight=self.model.prior_weight,
            evidence=tuple(evidence),
        )


def _finder(rule: Blocking, columns: Mapping[str, Coded]) -> _Finder:
    parts = tuple(
        columns[key.column] if key.letters is None else prefixed(columns[key.column], key.letters)
        for key in rule.keys
    )
    code = np.zeros(len(parts[0].codes), np.int64)
    there = np.ones(len(code), bool)
    for part in parts:
        code = code * len(part.values) + part.codes
        there &= part.codes >= 0
    rows = np.flatnonzero(there)
    order = np.argsort(code[rows], kind="stable")
    return _Finder(
        parts=parts,
        letters=tuple(key.letters for key in rule.keys),
        columns=rule.columns,
        codes=code[rows][order],
        rows=rows[order],
    )


def _crossings(model: MatchModel) -> tuple[tuple[int, str, str], ...]:
    """The places of the conditions over two columns among all simple ones, and the columns."""
    simple = [
        one
        for item in model.design.comparisons
        for level in item.levels
        for one in (level.when.of if isinstance(level.when, All) else (level.when,))
    ]
    return tuple(
        (at, one.first, one.second)
        for at, one in enumerate(simple)
        if isinstance(one, Crossed | EitherIs)
    )
