"""Which version of one kind and scope is in force when?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from heapq import heappop, heappush
from typing import NamedTuple

from troth.core.policies.scopes import Layer
from troth.core.policies.versions import PolicyVersion

LATEST = datetime.max.replace(tzinfo=UTC)


class Timeline(NamedTuple):
    """`entries[k]` is in force from `starts[k − 1]` until `starts[k]`; `entries[0]` before all.

    Starts are ascending and in UTC, so the entry at `t` is `entries[bisect_right(starts, t)]`.
    """

    starts: list[datetime]
    entries: list[PolicyVersion | None]

    def at(self, instant: datetime) -> PolicyVersion | None:
        """The version in force at an aware instant."""
        return self.entries[bisect_right(self.starts, instant)]


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
    return _swept(ordered, sorted(spans))


def _swept(
    ordered: Sequence[PolicyVersion], spans: list[tuple[datetime, datetime, int]]
) -> Timeline:
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
        if entry is not entries[-1]:
            starts.append(edge)
            entries.append(entry)
    return Timeline(starts=starts, entries=entries)


def timelines(
    versions: Iterable[PolicyVersion], *, is_known_then: bool = False
) -> dict[tuple[str, Layer], dict[str, Timeline]]:
    """All timelines: those of a kind and layer, by key. `is_known_then` as in `timeline`."""
    grouped: dict[tuple[str, Layer], dict[str, list[PolicyVersion]]] = {}
    for version in versions:
        by_key = grouped.setdefault((version.kind, version.scope.layer), {})
        by_key.setdefault(version.scope.key, []).append(version)
    return {
        layer: {key: timeline(group, is_known_then=is_known_then) for key, group in keys.items()}
        for layer, keys in grouped.items()
    }
