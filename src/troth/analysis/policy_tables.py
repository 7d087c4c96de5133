"""What do policy versions look like as arrays?

Each version is an entry, and behind one with a table stand its rules, an entry each. Each key of a
layer has its timeline between two offsets, and each output's distinct values a rank in ascending
order, so that the kernel compares integers where the rules compare values. What guardrails put in
the place of each value is worked out here once, by the same function as in
`troth.core.policies`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troth.analysis.policy_automata import Automaton
from troth.analysis.policy_entries import Entries, Entry
from troth.analysis.policy_kernel import CONTRADICTED, UNCHANGED
from troth.core.policies.guardrails import ContradictoryGuardrailsError, clamped, refuses
from troth.core.policies.scopes import Layer
from troth.core.policies.specs import OutputSpec, PolicyKind
from troth.core.policies.timelines import Timeline, slots
from troth.core.policies.versions import PolicyVersion

Codes = NDArray[np.int32]
ORDER = (Layer.CUSTOMER, Layer.CONTRACT, Layer.TIER, Layer.SEGMENT, Layer.REGION)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class AnswerTable:
    """All answers that one output can have: 0 the default, then each version's, then clamped."""

    spec: OutputSpec
    values: list[Any]
    versions: Codes  # positions in `version_ids`; −1: the built-in default
    rules: list[str]  # the ids of the rules that gave them; "" where none did

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        return np.array(
            [np.nan if value is None else float(value) for value in self.values], dtype=np.float64
        )


@dataclass(frozen=True, kw_only=True)
class CompiledPolicies:
    """The versions of one kind, compiled for columns of coded keys."""

    kind: PolicyKind
    version_ids: list[str]
    tables: dict[str, AnswerTable]
    bases: dict[Layer, int]  # where a layer's keys begin in `offsets`; its keys stand in order
    sizes: dict[Layer, int]
    offsets: NDArray[np.int64]
    starts: NDArray[np.int64]  # µs since 1970; ascending within a key
    entries: Codes  # the entry from each start on; −1: none
    automata: tuple[Automaton, ...]  # of the tables
    of_entry: Codes  # the automaton of each entry, NO_TABLE or FEEL; empty: there are no tables
    reasons: tuple[str, ...]  # why rows may need FEEL
    ranks: Codes  # [output, entry]: rank of its answer among the output's values; −1: none
    default_ranks: Codes  # [output]
    directions: NDArray[np.int8]  # 1: higher is better, −1: lower, 0: neither
    rail_starts: NDArray[np.int64]
    rail_answers: Codes  # [season, output, rank + 1]: what guardrails put in its place


def microseconds(at: datetime) -> int:
    """µs since 1970 of an aware instant."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def compiled(
    kind: PolicyKind,
    held: Sequence[PolicyVersion],
    keys: Mapping[Layer, Sequence[str]],
    *,
    is_known_then: bool,
) -> dict[str, Any]:
    """The fields of CompiledPolicies for the versions of one kind."""
    laid = Entries(held)
    lines = {
        layer: {key: laid.line(slot) for key, slot in by_key.items()}
        for layer, by_key in slots(held, is_known_then=is_known_then).items()
    }
    seasons, bounds = _seasons(lines.get((kind.name, Layer.GUARDRAIL), {}))
    codes = np.full((len(kind.outputs), len(laid.entries) + 1), -1, dtype=np.int32)
    defaults = np.full(len(kind.outputs), -1, dtype=np.int32)
    answers, tables = [], {}
    for place, spec in enumerate(kind.outputs):
        values, ranks = _ranked(spec, laid.entries)
        for entry, rank in ranks.items():
            codes[place, entry] = rank
        defaults[place] = -1 if spec.default is None else _position(values, spec.default)
        put, tables[spec.name] = _clamped_answers(spec, laid, values, bounds)
        answers.append(put)
    wide = max((len(put[0]) for put in answers), default=1)
    rail_answers = np.full((len(bounds), len(answers), wide), UNCHANGED, dtype=np.int32)
    for place, put in enumerate(answers):
        for season, row in enumerate(put):
            rail_answers[season, place, : len(row)] = row
    return dict(
        kind=kind,
        version_ids=[version.id for version in held],
        tables=tables,
        **_laid_out(kind, lines, keys, laid),
        **laid.fields(),
        ranks=codes,
        default_ranks=defaults,
        directions=np.array(
            [{"higher": 1, "lower": -1, None: 0}[spec.better] for spec in kind.outputs],
            dtype=np.int8,
        ),
        rail_starts=np.array([microseconds(at) for at in seasons], dtype=np.int64),
        rail_answers=rail_answers,
    )


def _seasons(
    rails: Mapping[str, Timeline],
) -> tuple[list[datetime], list[list[PolicyVersion]]]:
    """(when guardrails change, those that hold before the first change and from each on)"""
    seasons = sorted({start for line in rails.values() for start in line.starts})
    bounds = [
        [found for key in sorted(rails) if (found := rails[key].at(at)) is not None]
        for at in (_BEFORE_ALL, *seasons)
    ]
    return seasons, bounds


def _ranked(spec: OutputSpec, entries: Sequence[Entry]) -> tuple[list[Any], dict[int, int]]:
    """An output's distinct values, numbers ascending; and the place of each entry's answer."""
    answers = {
        at: entry.outputs[spec.name]
        for at, entry in enumerate(entries)
        if not entry.is_rail and entry.outputs.get(spec.name) is not None
    }
    found = [*answers.values(), *([] if spec.default is None else [spec.default])]
    if spec.is_number:
        values = sorted(set(found))
        places = {value: at for at, value in enumerate(values)}
        return values, {at: places[value] for at, value in answers.items()}
    values = []
    for value in found:  # a mapping has no hash
        if value not in values:
            values.append(value)
    return values, {at: _position(values, value) for at, value in answers.items()}


def _position(values: list[Any], value: Any) -> int:
    return values.index(value)


def _clamped_answers(
    spec: OutputSpec,
    laid: Entries,
    values: list[Any],
    bounds: Sequence[Sequence[PolicyVersion]],
) -> tuple[list[list[int]], AnswerTable]:
    """What guardrails make of each value in each season, and all answers of the output."""
    answers: list[Any] = [
        spec.default,
        *(None if entry.is_rail else entry.outputs.get(spec.name) for entry in laid.entries),
    ]
    sources = [-1, *(entry.version for entry in laid.entries)]
    rules = ["", *(entry.rule for entry in laid.entries)]
    put: list[list[int]] = []
    for rails in bounds:
        biting = [item for item in rails if item.outputs.get(spec.name) is not None]
        row = [UNCHANGED] * (len(values) + 1)
        for at, value in enumerate([None, *values] if biting else []):
            try:
                allowed = clamped(spec, value, [item.outputs[spec.name] for item in biting])
            except ContradictoryGuardrailsError:
                row[at] = CONTRADICTED
                continue
            if allowed != value:
                first = next(
                    item for item in biting if refuses(spec, value, item.outputs[spec.name])
                )
                row[at] = len(answers)
                answers.append(allowed)
                sources.append(laid.place[id(first)])
                rules.append("")
        put.append(row)
    found = np.array(sources, dtype=np.int32)
    return put, AnswerTable(spec=spec, values=answers, versions=found, rules=rules)


def _laid_out(
    kind: PolicyKind,
    lines: Mapping[tuple[str, Layer], Mapping[str, Timeline]],
    keys: Mapping[Layer, Sequence[str]],
    laid: Entries,
) -> dict[str, Any]:
    """All timelines end to end, those of a layer in the order of its codes."""
    bases: dict[Layer, int] = {}
    counts: list[NDArray[np.int64]] = []
    starts: list[int] = []
    entries: list[int] = []
    total = 0
    sized = {**{layer: keys[layer] for layer in ORDER if layer in keys}, Layer.COMPANY: ("",)}
    for layer, names in sized.items():
        bases[layer], total = total, total + len(names)
        by_key = lines.get((kind.name, layer), {})
        count = np.zeros(len(names), dtype=np.int64)
        ruled = [(at, by_key[name]) for at, name in enumerate(names) if name in by_key]
        for at, line in ruled:
            count[at] = len(line.starts)
            starts.extend(microseconds(start) for start in line.starts)
            entries.extend(map(laid.number, line.entries[1:]))
        counts.append(count)
    offsets = np.zeros(total + 1, dtype=np.int64)
    np.cumsum(np.concatenate(counts), out=offsets[1:])
    return {
        "bases": bases,
        "sizes": {layer: len(names) for layer, names in sized.items()},
        "offsets": offsets,
        "starts": np.array(starts, dtype=np.int64),
        "entries": np.array(entries, dtype=np.int32),
    }
