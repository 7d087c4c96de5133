"""How is a policy looked up millions of times, with the same answers as the plain reading?

Compiled when policies are published: for each kind and scope a timeline by effective date. Asked
for a subject the first time, its timelines are merged into one; asked again, an answer costs one
look-up and one bisection. The explanation is made only where somebody asks for it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from troth.core.policies.guardrails import ContradictoryGuardrailsError
from troth.core.policies.kinds import PolicyKind, kind_named
from troth.core.policies.resolution import Holding, Resolution, explained, settled
from troth.core.policies.scopes import Layer, Subject
from troth.core.policies.timelines import Timeline, timelines
from troth.core.policies.versions import PolicyVersion, as_instant

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_LANES_KEPT = 262_144  # merged timelines held at once; beyond it they are merged anew


class Row:
    """The values of one kind, in the order of its outputs, and the version that gave each."""

    # Little is kept, so that the rows of many customers fit into the processor's cache.
    __slots__ = ("_held", "_kind", "_resolution", "values", "versions")

    def __init__(self, kind: PolicyKind, held: Holding) -> None:
        outcome = settled(kind, held)
        self._kind, self._held = kind, held
        self._resolution: Resolution | None = None
        self.values: tuple[Any, ...] = tuple([item.value for item in outcome])
        self.versions: tuple[str, ...] = tuple(
            ["" if item.version is None else item.version.id for item in outcome]
        )

    @property
    def resolution(self) -> Resolution:
        """The explanation, made when somebody asks for it."""
        if self._resolution is None:
            self._resolution = explained(self._kind, self._held)
        return self._resolution


# All that holds for one identity over time: the ascending starts, then the row before the first of
# them and the row from each on. One flat tuple, as each step aside costs a miss of the cache. None
# stands where guardrails contradict each other.
_Lane = tuple[Any, ...]


class PolicyBook:
    """All policy versions, compiled. `book.resolve(…)` equals `resolve(…, versions, …)`."""

    def __init__(
        self,
        by_layer: Mapping[tuple[str, Layer], Mapping[str, Timeline]],
        *,
        known_at: datetime | None,
    ) -> None:
        self.known_at = known_at
        self._timelines = by_layer
        self._lanes: dict[str, dict[str, _Lane]] = {}
        # Policies begin on the same few days; shared, these stay in the processor's cache.
        self._starts: dict[tuple[datetime, ...], tuple[datetime, ...]] = {}
        self._rows: dict[tuple[str, tuple[int, ...]], Row] = {}
        for name, _ in by_layer:
            self._lanes[name] = {}

    @classmethod
    def compile(
        cls, versions: Iterable[PolicyVersion], *, known_at: datetime | None = None
    ) -> PolicyBook:
        """The book of what was published by `known_at`; None: of all that is given."""
        known = None if known_at is None else as_instant(known_at)
        chosen = [item for item in versions if known is None or item.published_at <= known]
        return cls(timelines(chosen), known_at=known)

    @classmethod
    def compile_as_known(cls, versions: Iterable[PolicyVersion]) -> PolicyBook:
        """The book that at each instant t knows what was published by t, for reading history.

        Its answer at t equals `resolve(…, at=t, known_at=t)`.
        """
        return cls(timelines(versions, is_known_then=True), known_at=None)

    def values(self, kind: str, subject: Subject, at: datetime) -> Row:
        """Values and version ids at an aware instant: the fast path.

        Raises UnknownKindError, TypeError for a naive instant, ContradictoryGuardrailsError.
        """
        try:
            lane = self._lanes[kind][subject.identity]
        except KeyError:
            lane = self._merged(kind_named(kind).name, subject)
        row: Row | None = lane[bisect_right(lane[0], at) + 1]
        return row if row is not None else self._contradicted(kind, subject, at)

    def resolve(self, kind: str, subject: Subject, at: datetime) -> Resolution:
        """Values with their layers, versions, and what they overrode. Raises as `resolve` does."""
        return self.values(kind, subject, as_instant(at)).resolution

    def _merged(self, kind: str, subject: Subject) -> _Lane:
        """The lane of an identity that was not asked for yet."""
        answering, rails = self._lines(kind, subject)
        starts = tuple(sorted({start for item in (*answering, *rails) for start in item.starts}))
        starts = self._starts.setdefault(starts, starts)
        rows = (self._row(kind, _holding(answering, rails, at)) for at in (_BEFORE_ALL, *starts))
        lane: _Lane = (starts, *rows)
        lanes = self._lanes.setdefault(kind, {})
        if len(lanes) >= _LANES_KEPT:
            lanes.clear()
            self._starts.clear()
        lanes[subject.identity] = lane
        return lane

    def _lines(self, kind: str, subject: Subject) -> tuple[list[Timeline], list[Timeline]]:
        """The timelines that answer for a subject, most specific first, and the guardrails'."""
        answering: list[Timeline] = []
        for layer, keys in subject.layers():
            by_key = self._timelines.get((kind, layer))
            if by_key:
                answering.extend(by_key[key] for key in dict.fromkeys(keys) if key in by_key)
        rails = self._timelines.get((kind, Layer.GUARDRAIL), {})
        return answering, [rails[key] for key in sorted(rails)]

    def _row(self, kind: str, held: Holding) -> Row | None:
        """One row for all who are held by the same versions, none of them a customer's own."""
        try:
            if held.answering and held.answering[0].scope.layer is Layer.CUSTOMER:
                return Row(kind_named(kind), held)
            key = (kind, tuple(id(version) for part in held for version in part))
            row = self._rows.get(key)
            if row is None:
                row = self._rows[key] = Row(kind_named(kind), held)
        except ContradictoryGuardrailsError:
            return None
        return row

    def _contradicted(self, kind: str, subject: Subject, at: datetime) -> Row:
        """Raises what made the lane have no row here."""
        answering, rails = self._lines(kind, subject)
        return Row(kind_named(kind), _holding(answering, rails, at))


def _holding(answering: Sequence[Timeline], rails: Sequence[Timeline], at: datetime) -> Holding:
    return Holding(
        answering=tuple(found for item in answering if (found := item.at(at)) is not None),
        guardrails=tuple(found for item in rails if (found := item.at(at)) is not None),
    )
