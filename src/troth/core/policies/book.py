"""How is a policy looked up millions of times, with the same answers as the plain reading?

Compiled when policies are published: for each kind and scope a timeline by effective date. Asked
for a subject the first time, its timelines are merged into one; asked again, an answer costs one
look-up and one bisection. The explanation is made only where somebody asks for it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from troth.core.policies.kinds import PolicyKind, kind_named
from troth.core.policies.resolution import Resolution, settle
from troth.core.policies.scopes import Layer, Subject
from troth.core.policies.timelines import Timeline, timeline
from troth.core.policies.versions import PolicyVersion, as_instant

_LANES_KEPT = 262_144  # merged timelines held at once; beyond it they are merged anew


class Row:
    """The values of one kind, in the order of its outputs, and the version that gave each."""

    __slots__ = ("resolution", "values", "versions")

    def __init__(self, resolution: Resolution) -> None:
        self.resolution = resolution  # the explanation
        self.values: tuple[Any, ...] = tuple(item.value for item in resolution.outputs)
        self.versions: tuple[str, ...] = tuple(item.version for item in resolution.outputs)


_Holding = tuple[PolicyVersion, ...]  # what is in force for one subject, most specific first


class _Lane:
    """All that holds for one identity, over time."""

    __slots__ = ("holding", "rows", "starts")

    def __init__(self, starts: list[datetime], holding: list[_Holding]) -> None:
        self.starts = starts
        self.holding = holding
        self.rows: list[Row | None] = [None] * len(holding)


class PolicyBook:
    """All policy versions, compiled. `book.resolve(…)` equals `resolve(…, versions, …)`."""

    def __init__(
        self,
        timelines: Mapping[tuple[str, Layer], Mapping[str, Timeline]],
        *,
        known_at: datetime | None,
    ) -> None:
        self.known_at = known_at
        self._timelines = timelines
        self._lanes: dict[str, dict[tuple[Any, ...], _Lane]] = {}
        self._rows: dict[tuple[str, tuple[int, ...]], Row] = {}
        for name, _ in timelines:
            self._lanes[name] = {}

    @classmethod
    def compile(
        cls, versions: Iterable[PolicyVersion], *, known_at: datetime | None = None
    ) -> PolicyBook:
        """The book of what was published by `known_at`; None: of all that is given."""
        known = None if known_at is None else as_instant(known_at)
        chosen = [item for item in versions if known is None or item.published_at <= known]
        return cls(_timelines(chosen, is_known_then=False), known_at=known)

    @classmethod
    def compile_as_known(cls, versions: Iterable[PolicyVersion]) -> PolicyBook:
        """The book that at each instant t knows what was published by t, for reading history.

        Its answer at t equals `resolve(…, at=t, known_at=t)`.
        """
        return cls(_timelines(versions, is_known_then=True), known_at=None)

    def values(self, kind: str, subject: Subject, at: datetime) -> Row:
        """Values and version ids at an aware instant: the fast path.

        Raises UnknownKindError, TypeError for a naive instant, ContradictoryGuardrailsError.
        """
        try:
            lane = self._lanes[kind][subject.identity]
        except KeyError:
            lane = self._merged(kind, subject)
        place = bisect_right(lane.starts, at)
        row = lane.rows[place]
        return row if row is not None else self._settled(kind, lane, place)

    def resolve(self, kind: str, subject: Subject, at: datetime) -> Resolution:
        """Values with their layers, versions, and what they overrode. Raises as `resolve` does."""
        return self.values(kind, subject, as_instant(at)).resolution

    def _merged(self, kind: str, subject: Subject) -> _Lane:
        """The lane of an identity that was not asked for yet."""
        answering: list[Timeline] = []
        for layer, keys in subject.layers():
            by_key = self._timelines.get((kind, layer))
            if by_key:
                answering.extend(by_key[key] for key in dict.fromkeys(keys) if key in by_key)
        guardrails = self._timelines.get((kind, Layer.GUARDRAIL), {})
        merged = [*answering, *(guardrails[key] for key in sorted(guardrails))]
        starts = sorted({start for item in merged for start in item.starts})
        holding: list[_Holding] = [()]
        for start in starts:
            held = (item.at(start) for item in merged)
            holding.append(tuple(version for version in held if version is not None))
        lanes = self._lanes.setdefault(kind, {})
        if len(lanes) >= _LANES_KEPT:
            lanes.clear()
        lane = lanes[subject.identity] = _Lane(starts, holding)
        return lane

    def _settled(self, kind: str, lane: _Lane, place: int) -> Row:
        held = lane.holding[place]
        key = (kind, tuple(id(version) for version in held))
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = Row(_resolution(kind_named(kind), held))
        lane.rows[place] = row
        return row


def _resolution(kind: PolicyKind, held: _Holding) -> Resolution:
    guardrails = [item for item in held if item.scope.layer is Layer.GUARDRAIL]
    return settle(kind, held[: len(held) - len(guardrails)], guardrails)


def _timelines(
    versions: Iterable[PolicyVersion], *, is_known_then: bool
) -> dict[tuple[str, Layer], dict[str, Timeline]]:
    grouped: dict[tuple[str, Layer], dict[str, list[PolicyVersion]]] = {}
    for version in versions:
        by_key = grouped.setdefault((version.kind, version.scope.layer), {})
        by_key.setdefault(version.scope.key, []).append(version)
    return {
        layer: {key: timeline(group, is_known_then=is_known_then) for key, group in keys.items()}
        for layer, keys in grouped.items()
    }
