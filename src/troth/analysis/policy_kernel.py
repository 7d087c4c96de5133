"""How are policies looked up row by row, over coded columns, without a Python object in between?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

OTHER, CUSTOMER, CONTRACT = 0, 1, 2  # what the rules of floors know of a layer
_BLOCK = 1024  # rows at once, so that what holds for them stays in the cache
_FEW_EDGES = 32
_FEW = 8  # versions of one key, up to which counting beats halving
UNCHANGED, CONTRADICTED = -1, -2  # what guardrails say of a value, beside an answer id
NO_TABLE, FEEL = -1, -2  # what an entry has instead of an automaton

NULL = -(2**63)  # of `given`

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
def _hold(codes: Any, base: int, instants: Any, lines: Any, held: Any) -> None:
    """The version that holds for one column's keys; −1: none."""
    offsets, starts, entries = lines
    for place in range(len(held)):
        code = codes[place] if len(codes) > 0 else 0
        held[place] = -1
        if code >= 0:
            at = instants[place]
            first, end = offsets[base + code], offsets[base + code + 1]
            if end - first <= _FEW:
                found = first - 1
                for start in range(first, end):  # without a branch to guess wrong
                    found += starts[start] <= at
            else:
                found = _last_before(starts, first, end, at)
            if found >= first:
                held[place] = entries[found]


@_kernel
def _outcomes(automaton: int, first: int, given: Any, walks: Any, nodes: Any) -> None:
    """The rule that answers each row from the first on, from 1; 0: none, −1: FEEL has to look.

    Column by column, so that what is read of one stays at hand for all rows.
    """
    begins, starts, sources, edges, edge_begins, edge_ends = walks[:6]
    codes, code_begins, nulls, widths, steps, at = walks[6:]
    nodes[:] = starts[automaton]
    raws = np.empty(len(nodes), dtype=np.int64)
    for column in range(begins[automaton], begins[automaton + 1]):
        keys = given[sources[column], first : first + len(nodes)]
        if edge_begins[column] < 0:
            raws[:] = keys  # each key has its own code
        else:
            _reach(edges[edge_begins[column] : edge_ends[column]], keys, raws)
        null, width = nulls[column], widths[column]
        codes_here, steps_here = codes[code_begins[column] :], steps[at[column] :]
        for place in range(len(nodes)):
            code = null if keys[place] == NULL else codes_here[raws[place]]
            node = nodes[place]
            nodes[place] = steps_here[node * width + code] if node >= 0 and code >= 0 else -1


@_kernel
def _reach(edges: Any, keys: Any, raws: Any) -> None:
    """How many ascending edges are at most each key."""
    if len(edges) <= _FEW_EDGES:  # all of them for many keys at once are soon counted
        raws[:] = 0
        for edge in edges:
            for place in range(len(keys)):
                raws[place] += keys[place] >= edge
        return
    for place in range(len(keys)):
        raws[place] = _last_before(edges, 0, len(edges), keys[place]) + 1


@_kernel
# exempt: a kernel takes arrays, no record
def _read_tables(
    held: Any, begin: int, of_entry: Any, given: Any, walks: Any, by_feel: Any
) -> None:
    """Put what a table's rule answers in the place of its version; mark what FEEL has to read."""
    nodes = np.empty(held.shape[1], dtype=np.int32)
    for column in range(len(held)):
        entries = held[column]
        place = 0
        while place < len(entries):
            entry = entries[place]
            automaton = NO_TABLE if entry < 0 else of_entry[entry]
            # As many rows as have the same version beside one another, at once.
            end = place + 1
            while end < len(entries) and entries[end] == entry:
                end += 1
            if automaton == FEEL:
                by_feel[begin + place : begin + end] = True
            elif automaton >= 0:
                _outcomes(automaton, begin + place, given, walks, nodes[: end - place])
                for at in range(place, end):
                    if nodes[at - place] < 0:
                        by_feel[begin + at] = True
                    else:
                        entries[at] = entry + nodes[at - place]
            place = end


@_kernel
def _most_specific(held: Any, ranks: Any, output: int, winners: Any) -> None:
    """Per row the version of the first column that answers an output; −1: none.

    From the last column on, each overriding: more loads than stopping at the first, but none of
    the branches that a processor would guess wrong for half of the rows.
    """
    for place in range(len(winners)):
        winners[place] = -1
    if ranks.shape[1] == 0:
        return
    for column in range(len(held) - 1, -1, -1):
        versions = held[column]
        for place in range(len(winners)):
            version = versions[place]
            has_answer = (version >= 0) & (ranks[output, max(version, 0)] >= 0)
            winners[place] = version if has_answer else winners[place]


@_kernel
def _lift(held: Any, ranks: Any, of_layer: Any, direction: int, winners: Any) -> None:
    """Put a better signed term in the place of a customer's rule or of another signed term."""
    for place in range(len(winners)):
        winner = winners[place]
        may_lift = False
        for column in range(len(of_layer)):
            version = held[column, place]
            if winner >= 0 and version == winner:
                may_lift = of_layer[column] != OTHER
        if not may_lift:
            continue
        for column in range(len(of_layer)):
            term = held[column, place]
            if of_layer[column] == CONTRACT and term >= 0 and ranks[term] >= 0:
                gain = ranks[term] - ranks[winner]
                winner = term if gain * direction > 0 else winner
        winners[place] = winner


@_kernel
def _clamp(instants: Any, ranks: Any, default: int, rails: Any, answers: Any) -> None:
    """Put what guardrails say in the place of the answers that they refuse."""
    starts, put = rails
    for place in range(len(answers)):
        season = _last_before(starts, 0, len(starts), instants[place]) + 1
        rank = default if answers[place] == 0 else ranks[answers[place] - 1]
        clamped = put[season, rank + 1]
        answers[place] = answers[place] if clamped == UNCHANGED else clamped


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
    ranks: Any,  # int32 [output, entry]
    defaults: Any,  # int32 [output]: the rank of the default
    directions: Any,  # int8 [output]
    rails: Any,  # starts int64, answers int32 [season, output, rank + 1]
    of_entry: Any,  # int32 [entry]: its automaton, NO_TABLE or FEEL; empty: no version has a table
    given: Any,  # int64 [source, row]
    walks: Any,  # the automata
    by_feel: Any,  # bool [row]
    out: Any,  # int32 [asked output, row]
) -> None:
    """Write the answer ids of the rows begin … end − 1, and mark those that are FEEL's.

    0 is the default, k + 1 the answer of entry k; later ones are what guardrails put in place.
    """
    columns = len(bases)
    has_terms = np.any(of_layer == CONTRACT)
    held = np.empty((columns, _BLOCK), dtype=np.int32)
    winners = np.empty(_BLOCK, dtype=np.int32)
    for block in range(begin, end, _BLOCK):
        size = min(_BLOCK, end - block)
        for column in range(columns):
            keys = codes[column][block : block + size]
            _hold(keys, bases[column], instants[block : block + size], lines, held[column, :size])
        if len(of_entry) > 0:
            _read_tables(held[:, :size], block, of_entry, given, walks, by_feel)
        for asked in range(len(outputs)):
            output = outputs[asked]
            _most_specific(held[:, :size], ranks, output, winners[:size])
            if has_terms and directions[output] != 0:
                _lift(held, ranks[output], of_layer, directions[output], winners[:size])
            for place in range(size):
                out[asked, block + place] = winners[place] + 1
            if len(rails[0]) > 0:
                _clamp(
                    instants[block : block + size],
                    ranks[output],
                    defaults[output],
                    (rails[0], rails[1][:, output]),
                    out[asked, block : block + size],
                )
