"""How is one record compared with a hundred, in a millionth of a second each?

The conditions of a design as a program of whole numbers over coded columns, run by numba for one
candidate after the other. Texts are bytes of UTF-8 in one block. Jaro–Winkler and
Damerau–Levenshtein are rapidfuzz's, step by step, so that thresholds divide alike: matching
letters from the left, the prefix counted where the similarity is above 0.7; letters that were
swapped may have others between them (Zhao and Sahni 2019).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

_F = TypeVar("_F", bound=Callable[..., Any])
_compiled: Callable[[_F], _F] = numba.njit(nogil=True, cache=True)
Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]
Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_NONE = 1e9
EXACT, SIMILAR, EDITS, NEAR, SHARES, CROSSED, EITHER = range(7)


@_compiled
def jaro_winkler(one: Bytes, other: Bytes) -> float:
    """Of two texts of a letter or more, 0 to 1."""
    first, second = len(one), len(other)
    bound = max(first, second) // 2 - 1 if max(first, second) > 1 else 0
    mine = np.zeros(first, np.bool_)
    theirs = np.zeros(second, np.bool_)
    common = 0
    for at in range(second):
        for place in range(max(0, at - bound), min(first, at + bound + 1)):
            if not mine[place] and one[place] == other[at]:
                mine[place] = theirs[at] = True
                common += 1
                break
    if common == 0:
        return 0.0
    crossed, place = 0, 0
    for at in range(second):
        if theirs[at]:
            while not mine[place]:
                place += 1
            crossed += one[place] != other[at]
            place += 1
    total = common / first + common / second + (common - crossed // 2) / common
    similarity = total / 3.0
    if similarity > 0.7:
        prefix = 0
        while prefix < min(4, first, second) and one[prefix] == other[prefix]:
            prefix += 1
        similarity += prefix * 0.1 * (1.0 - similarity)
    return min(similarity, 1.0)


@_compiled
def edits(one: Bytes, other: Bytes) -> int:
    """Letters added, left out, replaced, or swapped with others between or not."""
    first, second = len(one), len(other)
    far = first + second
    table = np.empty((first + 2, second + 2), np.int64)
    table[0, 0] = far
    for row in range(first + 1):
        table[row + 1, 0], table[row + 1, 1] = far, row
    for column in range(second + 1):
        table[0, column + 1], table[1, column + 1] = far, column
    last = np.zeros(256, np.int64)  # the row in which each letter was seen last
    for row in range(1, first + 1):
        same = 0  # the column in which this row's letter was seen last
        for column in range(1, second + 1):
            from_row, from_column = last[other[column - 1]], same
            differs = 1
            if one[row - 1] == other[column - 1]:
                differs, same = 0, column
            swapped = (
                table[from_row, from_column] + (row - from_row - 1) + 1 + (column - from_column - 1)
            )
            table[row + 1, column + 1] = min(
                table[row, column] + differs,
                table[row + 1, column] + 1,
                table[row, column + 1] + 1,
                swapped,
            )
        last[one[row - 1]] = row
    return int(table[first + 1, second + 1])


@_compiled
def _shared(words: Numbers, mine: Numbers) -> int:
    """How many are in both of two sorted lists."""
    count = at = place = 0
    while at < len(words) and place < len(mine):
        if words[at] == mine[place]:
            count += 1
            at += 1
            place += 1
        elif words[at] < mine[place]:
            at += 1
        else:
            place += 1
    return count


class Held(NamedTuple):
    """The records. A value's place is `first` of its column and its code, added."""

    codes: Codes  # a row a record, a column a standard column; −1 where there is no value
    first: Numbers  # of each column
    starts: Numbers  # where a value begins: in `blob` a text, in `words` a list
    blob: Bytes
    words: Numbers  # sorted within each list
    values: Numbers  # the whole number that a value is
    shares: Floats  # how common a value is


class Program(NamedTuple):
    """The design and its weights. An atom is one simple condition of one level."""

    steps: Numbers  # a row an atom: comparison, level, op, column, second column, whole number
    limits: Floats  # of each atom, its threshold
    steps_from: Numbers  # of each comparison, its first atom; and the end
    needs: Numbers  # columns
    needs_from: Numbers  # of each comparison, its first need; and the end
    needs_any: Flags
    rare: Numbers  # comparison × level: the column whose commonness counts, −1 for none
    bases: Floats  # comparison × level: log2 of the chance that it is the same by chance
    weights: Floats  # comparison × level, "unlike" after the last


class Asked(NamedTuple):
    """The new record."""

    codes: Codes  # of each column: −1 a value that no record has, −2 none
    crossed: Codes  # of each atom of two columns, each column's value as the other's code
    starts: Numbers  # of each column, in `blob`; and the end
    blob: Bytes
    word_starts: Numbers  # of each column, in `words`; and the end
    words: Numbers
    values: Numbers


class Answers(NamedTuple):
    """What is filled in; weights are the prior's before."""

    weights: Floats
    levels: NDArray[np.int8]  # comparison × candidate; −1 missing, one past the last "unlike"
    rarity: Floats  # comparison × candidate


@_compiled
def compare(rows: Numbers, held: Held, program: Program, asked: Asked, found: Answers) -> None:
    """Fill in weights, levels and rarity of each candidate."""
    for at in range(len(rows)):
        record = held.codes[rows[at]]
        for item in range(len(program.needs_any)):
            level = _level(item, record, held, program, asked)
            found.levels[item, at] = level
            if level >= 0:
                added = _rarity(program.rare[item, level], record, held, asked)
                if added < _NONE:
                    added += program.bases[item, level]
                    found.rarity[item, at] = added
                    found.weights[at] += added
                found.weights[at] += program.weights[item, level]


@_compiled
def _level(item: int, record: Codes, held: Held, program: Program, asked: Asked) -> int:
    """The first level that holds; −1 where the comparison says nothing."""
    begin, end = program.needs_from[item], program.needs_from[item + 1]
    mine = theirs = 0
    for at in range(begin, end):
        mine += asked.codes[program.needs[at]] != -2
        theirs += record[program.needs[at]] >= 0
    least = 1 if program.needs_any[item] else end - begin
    if mine < least or theirs < least:
        return -1
    at, end = program.steps_from[item], program.steps_from[item + 1]
    level = 0
    while at < end:
        level = program.steps[at, 1]
        holds = True
        while at < end and program.steps[at, 1] == level:
            holds = holds and _holds(at, record, held, program, asked)
            at += 1
        if holds:
            return int(level)
    return int(level + 1)


@_compiled
def _rarity(column: int, record: Codes, held: Held, asked: Asked) -> float:
    """How rare the commoner of two values is, in bits; far above all where neither is known."""
    if column < 0:
        return _NONE
    share = 0.0
    if asked.codes[column] >= 0:
        share = held.shares[held.first[column] + asked.codes[column]]
    if record[column] >= 0:
        share = max(share, held.shares[held.first[column] + record[column]])
    return -np.log2(share) if share > 0.0 else _NONE


@_compiled
def _holds(at: int, record: Codes, held: Held, program: Program, asked: Asked) -> bool:
    """Whether one simple condition holds for one candidate."""
    op, column, most = program.steps[at, 2], program.steps[at, 3], program.steps[at, 5]
    code = record[column]
    if op in (CROSSED, EITHER):
        other = record[program.steps[at, 4]]
        one = code >= 0 and code == asked.crossed[at, 0]
        two = other >= 0 and other == asked.crossed[at, 1]
        return bool(one and two) if op == CROSSED else bool(one or two)
    if code < 0 or asked.codes[column] == -2:
        return False
    if op == EXACT:
        return bool(code == asked.codes[column])
    place = held.first[column] + code
    if op == NEAR:
        return bool(abs(held.values[place] - asked.values[column]) <= most)
    begin, end = held.starts[place], held.starts[place + 1]
    if op == SHARES:
        mine = asked.words[asked.word_starts[column] : asked.word_starts[column + 1]]
        count = _shared(held.words[begin:end], mine)
        return bool(count >= most and count >= program.limits[at] * min(end - begin, len(mine)))
    if code == asked.codes[column]:
        return True
    own, theirs = asked.blob[asked.starts[column] : asked.starts[column + 1]], held.blob[begin:end]
    if op == SIMILAR:
        return bool(jaro_winkler(own, theirs) >= program.limits[at])
    return bool(abs(len(own) - len(theirs)) <= most and edits(own, theirs) <= most)
