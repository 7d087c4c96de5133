"""How are policies looked up row by row, over coded columns, without a Python object in between?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

OTHER, CUSTOMER, CONTRACT = 0, 1, 2  # what the rules of floors know of a layer
UNCHANGED, CONTRADICTED = -1, -2  # what guardrails say of a value, beside an answer id

_F = TypeVar("_F", bound=Callable[..., Any])
_kernel: Callable[[_F], _F] = numba.njit(nogil=True, cache=True)


@_kernel
def _last_before(starts: Any, begin: int, end: int, at: int) -> int:
    """The last position in starts[begin:end] that is ≤ at; begin − 1 where there is none."""
    low, high = begin, end
    while low < high:
        middle = (low + high) >> 1
        if starts[middle] <= at:
            low = middle + 1
        else:
            high = middle
    return low - 1


@_kernel
def _winning(held: Any, ranks: Any, of_layer: Any, output: int, direction: int) -> int:
    """The column whose version answers an output: the most specific, or a better signed term.

    −1 where none answers. The same rule as `core.policies.resolution`.
    """
    columns = len(of_layer)
    winner = -1
    for column in range(columns):
        if held[column] >= 0 and ranks[held[column], output] >= 0:
            winner = column
            break
    if winner < 0 or direction == 0 or of_layer[winner] == OTHER:
        return winner
    best = ranks[held[winner], output]
    for column in range(winner + 1, columns):
        if of_layer[column] == CONTRACT and held[column] >= 0:
            rank = ranks[held[column], output]
            if rank >= 0 and (rank - best) * direction > 0:
                winner, best = column, rank
    return winner


@_kernel
def answer_rows(  # exempt: a kernel takes arrays, no record
    begin: int,
    end: int,
    codes: Any,  # a tuple of int32 columns; an empty one is code 0 for every row
    bases: Any,  # int64 [column]: where the keys of its layer begin in offsets
    of_layer: Any,  # int8 [column]: OTHER, CUSTOMER or CONTRACT
    outputs: Any,  # int64: the outputs asked for
    instants: Any,  # int64 [row]
    lines: Any,  # offsets int64 [key + 1], starts int64, entries int32
    ranks: Any,  # int32 [version, output]
    defaults: Any,  # int32 [output]: the rank of the default
    directions: Any,  # int8 [output]
    rails: Any,  # starts int64, answers int32 [season, output, rank + 1]
    out: Any,  # int32 [asked output, row]
) -> None:
    """Write the answer ids of the rows begin … end − 1.

    0 is the default, k + 1 the answer of version k; later ones are what guardrails put in place.
    """
    offsets, starts, entries = lines
    rail_starts, rail_answers = rails
    columns = len(bases)
    held = np.empty(columns, dtype=np.int64)
    for row in range(begin, end):
        at = instants[row]
        for column in range(columns):
            held[column] = -1
            code = codes[column][row] if len(codes[column]) > 0 else 0
            if code >= 0:
                key = bases[column] + code
                first = offsets[key]
                found = _last_before(starts, first, offsets[key + 1], at)
                if found >= first:
                    held[column] = entries[found]
        season = _last_before(rail_starts, 0, len(rail_starts), at) + 1
        for place in range(len(outputs)):
            output = outputs[place]
            winner = _winning(held, ranks, of_layer, output, directions[output])
            answer = 0 if winner < 0 else held[winner] + 1
            if len(rail_starts) > 0:
                rank = defaults[output] if winner < 0 else ranks[held[winner], output]
                clamped = rail_answers[season, output, rank + 1]
                answer = answer if clamped == UNCHANGED else clamped
            out[place, row] = answer
