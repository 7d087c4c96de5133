"""How does a kernel walk automata over these columns? All of them as flat arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troth.analysis.policy_automata import Automaton, Part
from troth.analysis.policy_inputs import NULL, InputColumn, codes_of, edges_of

_NO_EDGES = -1


def walks_of(
    automata: Sequence[Automaton], inputs: Mapping[str, InputColumn], rows: int
) -> tuple[NDArray[np.int64], tuple[NDArray[Any], ...]]:
    """(the keys by source and row, the automata over them), as the kernel takes them.

    An input that is not given is null.
    """
    sources: dict[tuple[str, Part], int] = {}
    begins, starts = [0], []
    places, nulls, widths = [], [], []
    edges: list[NDArray[np.int64]] = []
    codes: list[NDArray[np.int32]] = []
    spans: list[tuple[int, int, int, int]] = []  # edges from, to; codes from; steps from
    counts = [0, 0, 0]
    for automaton in automata:
        starts.append(automaton.start)
        for asked, step in zip(automaton.asked, automaton.steps, strict=True):
            places.append(sources.setdefault((asked.input, asked.part), len(sources)))
            nulls.append(asked.column.null)
            widths.append(step.shape[1])
            given = inputs.get(asked.input) or _nothing(asked.type)
            edge, code = (
                edges_of(asked.column, asked.part, given),
                codes_of(asked.column, asked.part, given),
            )
            first = _NO_EDGES if edge is None else counts[0]
            if edge is None and given.type in ("number", "instant"):
                edge, code, first = np.empty(0, np.int64), np.full(1, -1, np.int32), counts[0]
            size = 0 if edge is None else len(edge)
            spans.append((first, first + size, counts[1], counts[2]))
            edges.append(np.empty(0, np.int64) if edge is None else edge)
            codes.append(code)
            counts = [counts[0] + size, counts[1] + len(code), counts[2] + step.size]
        begins.append(len(places))
    steps = [step.ravel() for automaton in automata for step in automaton.steps]
    span = np.array(spans, dtype=np.int64).reshape(-1, 4)
    walks = (
        np.array(begins, dtype=np.int64), np.array(starts, dtype=np.int32),
        np.array(places, dtype=np.int64),
        _joined(edges, np.int64), span[:, 0].copy(), span[:, 1].copy(),
        _joined(codes, np.int32), span[:, 2].copy(),
        np.array(nulls, dtype=np.int64), np.array(widths, dtype=np.int64),
        _joined(steps, np.int32), span[:, 3].copy(),
    )  # fmt: skip
    return _given(sources, inputs, rows), walks


def _nothing(type_: Any) -> InputColumn:
    return InputColumn(type=type_, keys=np.empty(0, dtype=np.int64))


def _joined(parts: Sequence[NDArray[Any]], kind: Any) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=kind)


def _given(
    sources: Mapping[tuple[str, Part], int], inputs: Mapping[str, InputColumn], rows: int
) -> NDArray[np.int64]:
    given = np.full((len(sources), rows), NULL, dtype=np.int64)
    for (name, part), place in sources.items():
        if name in inputs:
            given[place] = inputs[name].part(part)
    return given
