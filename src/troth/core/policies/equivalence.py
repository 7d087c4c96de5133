"""Do two sets of versions give these customers the same values in every case?

Where the tables that answer are geometry, a case for each region of them proves it. Where they are
not, cases that happened and cases by chance are asked, and it is said that this proves nothing.
A difference is a case: asked again, it shows the two values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from troth.core.policies.book import PolicyBook
from troth.core.policies.differences import value_told
from troth.core.policies.guardrails import ContradictoryGuardrailsError
from troth.core.policies.kinds import kind_named
from troth.core.policies.regions import Case, Regions, made_up, regions_of
from troth.core.policies.scopes import Layer, Scope, Subject, standard
from troth.core.policies.tables import PolicyTable, said
from troth.core.policies.timelines import Staged, Timeline, slots
from troth.core.policies.versions import PolicyVersion, as_instant

MADE_UP = 2_000  # cases by chance that are asked where geometry does not say all


@dataclass(frozen=True, kw_only=True)
class Asked:
    """For whom, and as of when, values are compared."""

    subject: Subject
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Witness:
    """A case in which a value is another one."""

    kind: str
    subject: Subject
    at: datetime
    case: Case
    output: str
    before: Any
    after: Any
    is_standard: bool  # shown by what holds for whoever opted out of personal treatment

    @property
    def sentence(self) -> str:
        """ "first response of severity 1: 30 min → 60 min"."""
        spec = kind_named(self.kind).by_name[self.output]
        told = [value_told(spec, value) for value in (self.before, self.after)]
        whose = " for whoever opted out" if self.is_standard else ""
        return f"{spec.label}{whose}: {told[0]} → {told[1]}"


@dataclass(frozen=True, kw_only=True)
class Equivalence:
    """Whether the values are the same, and how that is known."""

    is_same: bool
    is_exact: bool  # proved, as a difference always is; `because` says why it is not
    because: tuple[str, ...] = ()
    people: int = 0  # customers, at each instant, that were asked for
    regions: int = 0  # cases of geometry that were asked
    observed: int = 0  # cases that happened
    made_up: int = 0  # cases by chance
    witness: Witness | None = None

    @property
    def sentence(self) -> str:
        """How it is known, in words."""
        if self.witness is not None:
            return f"Not the same: {self.witness.sentence}."
        if not self.people:
            return "Proved: no customer has it."
        if not self.regions:
            return "Proved: nothing that holds for these customers is touched."
        if self.is_exact:
            return f"Proved: the same in every case ({_counted(self.regions, 'region')} of tables)."
        return (
            f"Not proved, as {'; '.join(self.because)}. The same in "
            f"{_counted(self.regions, 'region')} of tables, in "
            f"{_counted(self.observed, 'recorded case')} and in {self.made_up:,} by chance."
        )


def compare(
    kind: str,
    before: Iterable[PolicyVersion],
    after: Iterable[PolicyVersion],
    asked: Iterable[Asked],
    *,
    observed: Sequence[Case] = (),
    certain: Certainty | None = None,
) -> Equivalence:
    """Compare what two sets of versions give, for each subject as it is and as its standard.

    What was `observed` is asked besides, also where geometry says all. `certain`: kept over many
    comparisons of the same versions. Raises UnknownKindError.
    """
    sure = certain or Certainty()
    sides = tuple(_Side(kind, versions) for versions in (before, after))
    because: dict[str, None] = {}
    known: dict[tuple[int, ...], Regions] = {}
    done: set[tuple[object, ...]] = set()
    counts = Counter[str]()
    for item in asked:
        at = as_instant(item.at)
        counts["people"] += 1
        for subject in dict.fromkeys((item.subject, standard(item.subject))):
            chains = [side.chains(subject, at) for side in sides]
            mark = tuple(tuple(tuple(v.id for v in line) for line in held) for held in chains)
            if mark[0] == mark[1] or mark in done or _is_out_of_reach(chains, sure):
                continue
            done.add(mark)
            tables = _tables(chains)
            key = tuple(sorted(map(id, tables)))
            if key not in known:
                known[key] = regions_of(kind, tables)
            regions = known[key]
            because |= dict.fromkeys(regions.because)
            parts: dict[str, Iterable[Case]] = {"regions": regions.cases, "observed": observed}
            if not regions.is_exact:
                parts["made_up"] = made_up(kind, tables, observed, count=MADE_UP)
            for name, cases in parts.items():
                found, count = _first(sides, (subject, item.subject), at, cases)
                counts[name] += count
                if found is not None:
                    return _told(counts, because=(), witness=found)
    return _told(counts, because=tuple(because), witness=None)


def _told(
    counts: Mapping[str, int], *, because: tuple[str, ...], witness: Witness | None
) -> Equivalence:
    return Equivalence(
        is_same=witness is None,
        is_exact=not because,
        because=because,
        people=counts["people"],
        regions=counts["regions"],
        observed=counts["observed"],
        made_up=counts["made_up"],
        witness=witness,
    )


def instants(
    kind: str, versions: Iterable[PolicyVersion], *, at: datetime, more: Iterable[datetime] = ()
) -> tuple[datetime, ...]:
    """`at`, and each later instant at which another version may hold. Raises NaiveInstantError."""
    start = as_instant(at)
    edges = {
        edge
        for version in versions
        if version.kind == kind
        for edge in (version.effective_from, version.effective_to, version.published_at)
        if edge is not None
    }
    later = {as_instant(edge) for edge in chain(edges, more)}
    return (start, *sorted(edge for edge in later if edge > start))


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


class Certainty:
    """Which outputs does a version answer in every case? Each version is looked at once."""

    def __init__(self) -> None:
        self._known: dict[str, frozenset[str]] = {}

    def of(self, version: PolicyVersion) -> frozenset[str]:
        """The outputs that it surely answers, as its table alone says."""
        if version.id not in self._known:
            self._known[version.id] = frozenset(self._outputs(version))
        return self._known[version.id]

    def _outputs(self, version: PolicyVersion) -> Iterable[str]:
        if version.table is None:
            return (name for name, value in version.outputs.items() if value is not None)
        regions = regions_of(version.kind, [version.table])
        if not regions.is_exact:
            return ()
        answered: set[str] | None = None
        for case in regions.cases:
            found = said(version.table, case, at=version.effective_from)
            outputs = found.outputs if found.rule else version.outputs
            names = {name for name, value in outputs.items() if value is not None}
            if found.faults:
                return ()
            answered = names if answered is None else answered & names
        return answered or ()


def _is_out_of_reach(
    chains: Sequence[tuple[tuple[PolicyVersion, ...], ...]], certain: Certainty
) -> bool:
    """Whether what differs is below versions that answer all of it in every case.

    Signed terms may lift what is above them, and guardrails bound it: these reach everything.
    """
    before, after = ({line[0].scope: tuple(v.id for v in line) for line in side} for side in chains)
    changed = {scope for scope in (*before, *after) if before.get(scope) != after.get(scope)}
    if any(scope.layer in (Layer.GUARDRAIL, Layer.CONTRACT) for scope in changed):
        return False
    above: set[str] = set()
    for one, other in zip(*chains, strict=False):
        if one[0].scope != other[0].scope or one[0].scope in changed:
            break
        above |= certain.of(one[0])
    touched = {
        name
        for side in chains
        for line in side
        if line[0].scope in changed
        for version in line
        for name in (*version.outputs, *(version.table.outputs if version.table else ()))
    }
    return touched <= above


class _Side:
    """What one set of versions gives."""

    def __init__(self, kind: str, versions: Iterable[PolicyVersion]) -> None:
        self.kind = kind_named(kind)
        held = [version for version in versions if version.kind == kind]
        self._book = PolicyBook.compile(held)
        self._slots: Mapping[Scope, Timeline | Staged] = {
            Scope(layer=layer, key=key): line
            for (_, layer), by_key in slots(held).items()
            for key, line in by_key.items()
        }

    def chains(self, subject: Subject, at: datetime) -> tuple[tuple[PolicyVersion, ...], ...]:
        """All versions that may answer, most specific scope first, then the guardrails."""
        scopes = [Scope(layer=layer, key=key) for layer, keys in subject.layers() for key in keys]
        rails = sorted(scope for scope in self._slots if scope.layer == "guardrail")
        found = []
        for scope in (*dict.fromkeys(scopes), *rails):
            line = self._slots.get(scope)
            if isinstance(line, Staged):
                line = line.line(subject)
            held = () if line is None else line.chain(at)
            if held:
                found.append(held)
        return tuple(found)

    def values(self, subject: Subject, at: datetime, case: Case) -> tuple[Any, ...] | None:
        """Each output's value; None where guardrails contradict each other."""
        try:
            return self._book.values(self.kind.name, subject, at, case).values
        except ContradictoryGuardrailsError:
            return None


def _tables(
    chains: Iterable[tuple[tuple[PolicyVersion, ...], ...]],
) -> list[PolicyTable]:
    held = {version.id: version for side in chains for line in side for version in line}
    return [version.table for version in held.values() if version.table is not None]


def _first(
    sides: tuple[_Side, ...],
    who: tuple[Subject, Subject],
    at: datetime,
    cases: Iterable[Case],
) -> tuple[Witness | None, int]:
    """The first case that shows a difference, and how many were asked. `who`: asked, and itself."""
    count = 0
    for count, case in enumerate(cases, start=1):
        before, after = (side.values(who[0], at, case) for side in sides)
        if before == after:
            continue
        for output, was, will in _differing(sides[0], before, after):
            found = Witness(
                kind=sides[0].kind.name,
                subject=who[1],
                at=at,
                case={name: value for name, value in case.items() if value is not None},
                output=output,
                before=was,
                after=will,
                is_standard=who[0] != who[1],
            )
            return found, count
    return None, count


def _differing(
    side: _Side, before: tuple[Any, ...] | None, after: tuple[Any, ...] | None
) -> Iterator[tuple[str, Any, Any]]:
    specs = side.kind.outputs
    nothing = (None,) * len(specs)
    pairs = zip(specs, before or nothing, after or nothing, strict=True)
    yield from ((spec.name, was, will) for spec, was, will in pairs if was != will)
