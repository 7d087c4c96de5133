"""How is a policy looked up millions of times, with the same answers as the plain reading?

Compiled when policies are published: for each kind and scope a timeline by effective date. Asked
for a subject the first time, its timelines are merged into one; asked again, an answer costs one
look-up and one bisection. The explanation is made only where somebody asks for it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from troth.core.dmn.matching import Leaf
from troth.core.policies.guardrails import ContradictoryGuardrailsError
from troth.core.policies.kinds import kind_named
from troth.core.policies.resolution import Holding, Resolution, explained, holding, settled
from troth.core.policies.scopes import Layer, Subject
from troth.core.policies.specs import PolicyKind
from troth.core.policies.tables import said_at_once
from troth.core.policies.timelines import Staged, Timeline, slots
from troth.core.policies.versions import PolicyVersion, as_instant

Chain = tuple[PolicyVersion, ...]  # a version, then those that answer in its place

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_LANES_KEPT = 262_144  # merged timelines held at once; beyond it they are merged anew
_CASES_KEPT = 65_536  # answers of one set of tables that are held at once


class Row:
    """The values of one kind, in the order of its outputs, and the version that gave each."""

    # Little is kept, so that the rows of many customers fit into the processor's cache.
    __slots__ = ("_held", "_kind", "_resolution", "tabled", "values", "versions")

    def __init__(self, kind: PolicyKind, held: Holding, tabled: Tabled | None = None) -> None:
        outcome = settled(kind, held)
        self._kind, self._held = kind, held
        self._resolution: Resolution | None = None
        self.tabled = tabled  # what answers differently for other cases; None: nothing does
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


class Tabled:
    """What holds for a subject where some of it depends on the case: a row for each answer."""

    __slots__ = (
        "_alike", "_answering", "_at_once", "_guardrails", "_kind", "_leaf", "_leaves", "_rows",
        "_tables",
    )  # fmt: skip

    def __init__(
        self, kind: PolicyKind, answering: Sequence[Chain], rails: Sequence[PolicyVersion]
    ) -> None:
        self._kind, self._answering, self._guardrails = kind, answering, rails
        self._rows: dict[object, Row] = {}
        self._alike: dict[str, Row] = {}
        self._tables = [chain[0].table for chain in answering if chain[0].table is not None]
        self._leaves = [table.leaf for table in self._tables]
        self._leaf = self._leaves[0]
        self._at_once: dict[tuple[Leaf | None, ...], Row] = {}  # where leaves say all

    @property
    def asked(self) -> tuple[str, ...]:
        """The inputs that the tables look at, in the kind's order."""
        held = [item for chain in self._answering for item in chain]
        wanted = {name for item in held if item.table for name in item.table.asked}
        return tuple(spec.name for spec in self._kind.inputs if spec.name in wanted)

    def row(self, case: Mapping[str, Any] | None, at: datetime) -> Row:
        """The row of a case. Cases that the same rules answer alike share one."""
        given = case or {}
        leaf = self._leaf(given)
        if leaf is not None:
            last: Row | None = leaf.last
            if last is not None and last.tabled is self:
                return last
        key = tuple([leaf_of(given) for leaf_of in self._leaves])
        known = self._at_once.get(key)
        if known is None:
            known = self._read(case, at)
            said = [said_at_once(table, given) for table in self._tables]
            # Where a table fails, another version answers in its place, by rules of its own.
            if any(found is None or found.faults for found in said):
                return known
            if len(self._at_once) >= _CASES_KEPT:
                self._at_once.clear()
            self._at_once[key] = known
        if leaf is not None and len(key) == 1:
            leaf.last = known
        return known

    def _read(self, case: Mapping[str, Any] | None, at: datetime) -> Row:
        held = holding(self._answering, self._guardrails, case, at=at)
        mark = tuple(
            (item.version.number, item.rule, item.faults, repr(item.outputs))
            for item in held.answering
        )
        row = self._rows.get(mark)
        if row is None:
            if len(self._rows) >= _CASES_KEPT:
                self._rows.clear()
                self._alike.clear()
            row = self._rows[mark] = Row(self._kind, held, self)
            # Rules that answer alike share their values, which then stay in the cache.
            alike = self._alike.setdefault(repr((row.values, row.versions)), row)
            row.values, row.versions = alike.values, alike.versions
        return row


# All that holds for one identity over time: the ascending starts, then the row before the first of
# them and the row from each on. One flat tuple, as each step aside costs a miss of the cache. None
# stands where guardrails contradict each other.
_Lane = tuple[Any, ...]


class PolicyBook:
    """All policy versions, compiled. `book.resolve(…)` equals `resolve(…, versions, …)`."""

    def __init__(
        self,
        by_layer: Mapping[tuple[str, Layer], Mapping[str, Timeline | Staged]],
        *,
        known_at: datetime | None,
    ) -> None:
        self.known_at = known_at
        self._timelines = by_layer
        self._lanes: dict[str, dict[str, _Lane]] = {}
        # Policies begin on the same few days; shared, these stay in the processor's cache.
        self._starts: dict[tuple[datetime, ...], tuple[datetime, ...]] = {}
        self._rows: dict[tuple[str, tuple[int, ...]], Row | Tabled] = {}
        # Who has no customer layer says by no identity in which stages it is: the lanes of kinds
        # that are rolled out are held for these by the timelines that they were merged from.
        self._apart: dict[str, dict[tuple[str, tuple[int, ...]], _Lane]] = {}
        for (name, _), by_key in by_layer.items():
            self._lanes[name] = {}
            if any(isinstance(line, Staged) for line in by_key.values()):
                self._apart[name] = {}

    @classmethod
    def compile(
        cls, versions: Iterable[PolicyVersion], *, known_at: datetime | None = None
    ) -> PolicyBook:
        """The book of what was published by `known_at`; None: of all that is given."""
        known = None if known_at is None else as_instant(known_at)
        chosen = [item for item in versions if known is None or item.published_at <= known]
        return cls(slots(chosen), known_at=known)

    @classmethod
    def compile_as_known(cls, versions: Iterable[PolicyVersion]) -> PolicyBook:
        """The book that at each instant t knows what was published by t, for reading history.

        Its answer at t equals `resolve(…, at=t, known_at=t)`.
        """
        return cls(slots(versions, is_known_then=True), known_at=None)

    def values(
        self,
        kind: str,
        subject: Subject,
        at: datetime,
        case: Mapping[str, Any] | None = None,
    ) -> Row:
        """Values and version ids at an aware instant, for the inputs of a case: the fast path.

        Raises UnknownKindError, TypeError for a naive instant, ContradictoryGuardrailsError.
        """
        try:
            lane = self._lanes[kind][subject.identity]
        except KeyError:
            lane = self._merged(kind_named(kind).name, subject)
        row: Row | Tabled | None = lane[bisect_right(lane[0], at) + 1]
        if row is None:
            return self._contradicted(kind, subject, at)
        return row if isinstance(row, Row) else row.row(case, at)

    def resolve(
        self,
        kind: str,
        subject: Subject,
        at: datetime,
        case: Mapping[str, Any] | None = None,
    ) -> Resolution:
        """Values with their layers, versions, and what they overrode. Raises as `resolve` does."""
        return self.values(kind, subject, as_instant(at), case).resolution

    def asked(self, kind: str, subject: Subject, at: datetime) -> tuple[str, ...]:
        """The inputs that tables in force look at for a subject, in the kind's order."""
        row = self.values(kind, subject, at)
        return () if row.tabled is None else row.tabled.asked

    def _merged(self, kind: str, subject: Subject) -> _Lane:
        """The lane of an identity that was not asked for yet."""
        answering, rails = self._lines(kind, subject)
        apart = None if subject.customers else self._apart.get(kind)
        mark = None if apart is None else (subject.identity, tuple(map(id, answering)))
        if apart is not None and mark in apart:
            return apart[mark]
        starts = tuple(sorted({start for item in (*answering, *rails) for start in item.starts}))
        starts = self._starts.setdefault(starts, starts)
        rows = (self._row(kind, *_held(answering, rails, at)) for at in (_BEFORE_ALL, *starts))
        lane: _Lane = (starts, *rows)
        if apart is not None and mark is not None:
            if len(apart) >= _LANES_KEPT:
                apart.clear()
            apart[mark] = lane
            return lane
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
                answering.extend(
                    _line(by_key[key], subject) for key in dict.fromkeys(keys) if key in by_key
                )
        rails = self._timelines.get((kind, Layer.GUARDRAIL), {})
        return answering, [_line(rails[key], subject) for key in sorted(rails)]

    def _row(
        self, kind: str, answering: tuple[Chain, ...], rails: tuple[PolicyVersion, ...]
    ) -> Row | Tabled | None:
        """One row for all who are held by the same versions, none of them a customer's own."""
        spec = kind_named(kind)
        if any(chain[0].table is not None for chain in answering):
            return self._shared(kind, answering, rails, lambda: Tabled(spec, answering, rails))
        held = holding(answering, rails, None, at=_BEFORE_ALL)
        try:
            return self._shared(kind, answering, rails, lambda: Row(spec, held))
        except ContradictoryGuardrailsError:
            return None

    def _shared(
        self,
        kind: str,
        answering: tuple[Chain, ...],
        rails: tuple[PolicyVersion, ...],
        make: Callable[[], Row | Tabled],
    ) -> Row | Tabled:
        if answering and answering[0][0].scope.layer is Layer.CUSTOMER:
            return make()
        # A chain's first version is not enough: what is below it may be another.
        key = (kind, tuple([id(item) for chain in (*answering, rails) for item in chain]))
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = make()
        return found

    def _contradicted(self, kind: str, subject: Subject, at: datetime) -> Row:
        """Raises what made the lane have no row here."""
        answering, rails = _held(*self._lines(kind, subject), at)
        return Row(kind_named(kind), holding(answering, rails, None, at=at))


def _line(slot: Timeline | Staged, subject: Subject) -> Timeline:
    return slot if isinstance(slot, Timeline) else slot.line(subject)


def _held(
    answering: Sequence[Timeline], rails: Sequence[Timeline], at: datetime
) -> tuple[tuple[Chain, ...], tuple[PolicyVersion, ...]]:
    return (
        tuple(chain for item in answering if (chain := item.chain(at))),
        tuple(found for item in rails if (found := item.at(at)) is not None),
    )
