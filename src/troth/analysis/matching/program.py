"""How do a design, the records and a new record become the arrays that the kernel runs over?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from troth.analysis.matching import kernel
from troth.analysis.matching.columns import Coded, as_held, text_bytes, words_of
from troth.analysis.matching.conditions import (
    All,
    Condition,
    Crossed,
    Edits,
    EitherIs,
    Exact,
    Near,
    Shares,
    Similar,
    Simple,
)
from troth.analysis.matching.kernel import Asked, Held, Program
from troth.analysis.matching.model import MatchModel


def program_of(model: MatchModel, places: Mapping[str, int]) -> Program:
    """The design and weights of a model; `places` gives each column its number."""
    comparisons = model.design.comparisons
    most = max(len(item.levels) for item in comparisons) + 1
    rare = np.full((len(comparisons), most), -1, np.int64)
    bases = np.zeros((len(comparisons), most))
    weights = np.zeros((len(comparisons), most))
    steps, limits, steps_from, needs, needs_from = [], [], [0], [], [0]
    for at, (item, odds) in enumerate(zip(comparisons, model.odds, strict=True)):
        weights[at, : len(odds)] = [one.weight for one in odds]
        exact = {
            level.when.column: float(np.log2(one.u))
            for level, one in zip(item.levels, odds, strict=False)
            if isinstance(level.when, Exact)
        }
        for place, level in enumerate(item.levels):
            if level.rare is not None:
                rare[at, place] = places[level.rare]
                bases[at, place] = exact[level.rare]
            for atom in _atoms(level.when):
                op, column, second, number, limit = _atom(atom, places)
                steps.append((at, place, op, column, second, number))
                limits.append(limit)
        steps_from.append(len(steps))
        needs += [places[name] for name in item.needs]
        needs_from.append(len(needs))
    return Program(
        steps=np.array(steps, np.int64).reshape(-1, 6),
        limits=np.array(limits, np.float64),
        steps_from=np.array(steps_from, np.int64),
        needs=np.array(needs, np.int64),
        needs_from=np.array(needs_from, np.int64),
        needs_any=np.array([item.needs_any for item in comparisons], np.bool_),
        rare=rare,
        bases=bases,
        weights=weights,
    )


def _atoms(condition: Condition) -> tuple[Simple, ...]:
    return condition.of if isinstance(condition, All) else (condition,)


def _atom(condition: Simple, places: Mapping[str, int]) -> tuple[int, int, int, int, float]:
    """Op, column, second column, whole number, threshold."""
    match condition:
        case Exact(column=column):
            return kernel.EXACT, places[column], -1, 0, 0.0
        case Similar(column=column, at_least=limit):
            return kernel.SIMILAR, places[column], -1, 0, limit
        case Edits(column=column, at_most=number):
            return kernel.EDITS, places[column], -1, number, 0.0
        case Near(column=column, at_most=number):
            return kernel.NEAR, places[column], -1, number, 0.0
        case Shares(column=column, at_least=number, of_shorter=limit):
            return kernel.SHARES, places[column], -1, number, limit
        case Crossed(first=first, second=second):
            return kernel.CROSSED, places[first], places[second], 0, 0.0
        case EitherIs(first=first, second=second):
            return kernel.EITHER, places[first], places[second], 0, 0.0


def held_of(columns: Mapping[str, Coded], words: dict[str, int]) -> Held:
    """The records' columns side by side. `words` is filled with a number for each word."""
    first, starts, blobs, lists, values, shares = [], [], [], [], [], []
    count, letters, listed = 0, 0, 0
    for column in columns.values():
        first.append(count)
        size = len(column.values)
        here = np.zeros(size + 1, np.int64)
        numbers = np.zeros(size + 1, np.int64)
        if column.is_list:
            found = [
                sorted(words.setdefault(word, len(words)) for word in words_of(text))
                for text in column.values.to_pylist()
            ]
            here[1:] = np.cumsum([len(each) for each in found])
            here += listed
            listed = int(here[-1])
            lists += [word for each in found for word in each]
        elif column.is_text:
            begin, blob = text_bytes(column.values)
            here = begin + letters
            letters += len(blob)
            blobs.append(blob)
        else:
            numbers[:size] = column.values.to_numpy(zero_copy_only=False)
        starts.append(here)
        values.append(numbers)
        shares.append(np.append(column.shares, 0.0))
        count += size + 1
    return Held(
        codes=np.ascontiguousarray(np.stack([each.codes for each in columns.values()], axis=1)),
        first=np.array(first, np.int64),
        starts=np.concatenate(starts),
        blob=np.concatenate([*blobs, np.zeros(0, np.uint8)]),
        words=np.array(lists, np.int64),
        values=np.concatenate(values),
        shares=np.concatenate(shares),
    )


def asked_of(
    record: Mapping[str, Any],
    columns: Mapping[str, Coded],
    words: Mapping[str, int],
    crossings: tuple[tuple[int, str, str], ...],
    steps: int,
) -> Asked:
    """A new record. `crossings` are the atoms of two columns: which, and the columns' names."""
    codes, starts, texts, word_starts, own_words, values = [], [0], [], [0], [], []
    length = 0
    for name, column in columns.items():
        value = record.get(name)
        codes.append(-2 if value is None else column.code_of(value))
        number = 0
        if value is not None and column.is_list:
            # A word that no record has is like no other.
            own = [words.get(word, -1 - at) for at, word in enumerate(words_of(as_held(value)))]
            own_words += sorted(own)
        elif isinstance(value, str):
            texts.append(value.encode())
            length += len(texts[-1])
        elif value is not None:
            number = int(value)
        starts.append(length)
        word_starts.append(len(own_words))
        values.append(number)
    crossed = np.full((steps, 2), -1, np.int32)
    for at, one, other in crossings:
        crossed[at, 0] = columns[one].code_of(record.get(other))
        crossed[at, 1] = columns[other].code_of(record.get(one))
    return Asked(
        codes=np.array(codes, np.int32),
        crossed=crossed,
        starts=np.array(starts, np.int64),
        blob=np.frombuffer(b"".join(texts), np.uint8),
        word_starts=np.array(word_starts, np.int64),
        words=np.array(own_words, np.int64),
        values=np.array(values, np.int64),
    )
