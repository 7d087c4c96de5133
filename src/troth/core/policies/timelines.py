"""Which version of one kind and scope is in force when, and for whom?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from heapq import heappop, heappush
from typing import NamedTuple

from troth.core.policies.audiences import Audience
from troth.core.policies.scopes import Layer, Subject
from troth.core.policies.versions import PolicyVersion

LATEST = datetime.max.replace(tzinfo=UTC)
MOST_EARLIER = 7  # versions that are asked after one whose table could not be evaluated


class Timeline(NamedTuple):
    """`entries[k]` is in force from `starts[k − 1]` until `starts[k]`; `entries[0]` before all.

    Starts are ascending and in UTC, so the entry at `t` is `entries[bisect_right(starts, t)]`.
    """

    starts: list[datetime]
    entries: list[PolicyVersion | None]
    ordered: Sequence[PolicyVersion]  # all of them, the lowest rank first
    is_known_then: bool = False

    def at(self, instant: datetime) -> PolicyVersion | None:
        """The version in force at an aware instant."""
        return self.entries[bisect_right(self.starts, instant)]

    def chain(self, instant: datetime) -> tuple[PolicyVersion, ...]:
        """The version in force, then those that answer in its place; empty: none is in force."""
        found = self.at(instant)
        if found is None or found.table is None:
            return () if found is None else (found,)
        return chained(item for item in reversed(self.ordered) if self._covers(item, instant))

    def _covers(self, version: PolicyVersion, instant: datetime) -> bool:
        is_begun = version.effective_from <= instant
        is_known = not self.is_known_then or version.published_at <= instant
        is_over = version.effective_to is not None and version.effective_to <= instant
        return is_begun and is_known and not is_over


class Staged:
    """The versions of one kind and scope, some of them for an audience."""

    def __init__(self, versions: Sequence[PolicyVersion], *, is_known_then: bool = False) -> None:
        self.versions = tuple(versions)
        self.audiences: tuple[Audience, ...] = tuple(
            dict.fromkeys(item.audience for item in versions if item.audience is not None)
        )
        self._is_known_then = is_known_then
        self._lines: dict[tuple[bool, ...], Timeline] = {}

    def line(self, subject: Subject) -> Timeline:
        """What is in force when, for one subject. Those of the same audiences share one."""
        return self.line_of(tuple(audience.has(subject) for audience in self.audiences))

    def line_of(self, membership: tuple[bool, ...]) -> Timeline:
        """The same for whoever is, or is not, in each of the audiences."""
        found = self._lines.get(membership)
        if found is None:
            inside = {who for who, is_in in zip(self.audiences, membership, strict=True) if is_in}
            held = [v for v in self.versions if v.audience is None or v.audience in inside]
            found = timeline(held, is_known_then=self._is_known_then)
            self._lines[membership] = found
        return found


def chained(ranked: Iterable[PolicyVersion]) -> tuple[PolicyVersion, ...]:
    """Of versions that cover an instant, highest rank first, those that may be asked.

    A version without a table can always be evaluated, so none below it is.
    """
    chain: list[PolicyVersion] = []
    for version in ranked:
        chain.append(version)
        if version.table is None or len(chain) > MOST_EARLIER:
            break
    return tuple(chain)


def rank(version: PolicyVersion) -> tuple[datetime, int, str]:
    """Of two versions that cover an instant, the one of higher rank is in force."""
    return (version.published_at, version.number, version.id)


def timeline(versions: Sequence[PolicyVersion], *, is_known_then: bool = False) -> Timeline:
    """The timeline of the versions of one kind and scope, in any order.

    `is_known_then`: a version counts only from its publication on, so that reading it at t
    uses nothing that was not known at t.
    """
    ordered = list(versions) if len(versions) == 1 else sorted(versions, key=rank)
    spans = []
    for at, version in enumerate(ordered):
        start, end = version.effective_from, version.effective_to or LATEST
        if is_known_then:
            start = max(start, version.published_at)
        if start < end:
            spans.append((start, end, at))
    starts, entries = _swept(ordered, sorted(spans))
    return Timeline(starts, entries, ordered, is_known_then)


def _swept(
    ordered: Sequence[PolicyVersion], spans: list[tuple[datetime, datetime, int]]
) -> tuple[list[datetime], list[PolicyVersion | None]]:
    """One pass over all edges, holding what covers them in a heap, highest rank on top."""
    starts: list[datetime] = []
    entries: list[PolicyVersion | None] = [None]
    covering: list[tuple[int, datetime]] = []  # (−rank, end)
    edges = sorted({edge for start, end, _ in spans for edge in (start, end) if edge != LATEST})
    upcoming = 0
    for edge in edges:
        while upcoming < len(spans) and spans[upcoming][0] <= edge:
            _, end, at = spans[upcoming]
            heappush(covering, (-at, end))
            upcoming += 1
        while covering and covering[0][1] <= edge:
            heappop(covering)
        entry = ordered[-covering[0][0]] if covering else None
        # Below a table, who answers in its place may change while the version on top does not.
        if entry is not entries[-1] or (entry is not None and entry.table is not None):
            starts.append(edge)
            entries.append(entry)
    return starts, entries


def timelines(
    versions: Iterable[PolicyVersion], *, is_known_then: bool = False
) -> dict[tuple[str, Layer], dict[str, Timeline]]:
    """All timelines: those of a kind and layer, by key. `is_known_then` as in `timeline`.

    For versions that hold for all of their scope: one with an audience has no timeline that is
    everybody's. Raises ValueError.
    """
    return {
        layer: {key: _unstaged(line) for key, line in keys.items()}
        for layer, keys in slots(versions, is_known_then=is_known_then).items()
    }


def _unstaged(line: Timeline | Staged) -> Timeline:
    if isinstance(line, Staged):
        staged = next(item for item in line.versions if item.audience is not None)
        raise ValueError(f"{staged.id} for {staged.scope} holds for an audience; use slots()")
    return line


def slots(
    versions: Iterable[PolicyVersion], *, is_known_then: bool = False
) -> dict[tuple[str, Layer], dict[str, Timeline | Staged]]:
    """As `timelines`; where a version has an audience, what becomes one for each subject."""
    grouped: dict[tuple[str, Layer], dict[str, list[PolicyVersion]]] = {}
    for version in versions:
        by_key = grouped.setdefault((version.kind, version.scope.layer), {})
        by_key.setdefault(version.scope.key, []).append(version)
    return {
        layer: {key: _slot(group, is_known_then) for key, group in keys.items()}
        for layer, keys in grouped.items()
    }


def _slot(group: list[PolicyVersion], is_known_then: bool) -> Timeline | Staged:
    if any(item.audience is not None for item in group):
        return Staged(group, is_known_then=is_known_then)
    return timeline(group, is_known_then=is_known_then)
