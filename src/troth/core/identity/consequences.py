"""What changes for whom when customers are made one, or are parted again?

Both sides are what stands in the rows, before and after; nothing here guesses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one customer stands: what it is, what it gets and who sees it."""

    customer: str  # its id
    aspects: Mapping[tuple[str, str], Any]  # (group, name) → value, comparable


@dataclass(frozen=True, kw_only=True)
class Work:
    """One promise or clock, as it stands."""

    kind: str  # promise, clock
    subject: str  # the order's or the case's key
    metric: str  # delivery, first_response, resolution
    due_at: Any
    state: str
    is_open: bool


@dataclass(frozen=True, kw_only=True)
class Aspect:
    """One thing that is not the same before and after, or not for both customers."""

    group: str  # identity, tier, visibility, consent, policy, field
    name: str
    before: Mapping[str, Any]  # customer id → value
    after: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class WorkChange:
    """One promise or clock that moves."""

    kind: str
    subject: str
    metric: str
    due_before: Any
    due_after: Any
    state_before: str
    state_after: str
    is_open: bool  # before or after


@dataclass(frozen=True, kw_only=True)
class Consequences:
    """All that changes."""

    aspects: tuple[Aspect, ...] = ()
    work: tuple[WorkChange, ...] = ()  # open work first
    unchanged_work: int = 0  # promises and clocks that stay as they are
    warnings: tuple[str, ...] = field(default=())  # codes of what a steward ought to know


def consequences(
    before: Sequence[Standing],
    after: Sequence[Standing],
    work_before: Sequence[Work],
    work_after: Sequence[Work],
) -> Consequences:
    """What differs, in the order of the groups as they are given.

    A promise or clock is the same where its due time and its state are.
    """
    names = dict.fromkeys(name for standing in (*before, *after) for name in standing.aspects)
    aspects = []
    for group, name in names:
        was = {one.customer: one.aspects.get((group, name)) for one in before}
        will = {one.customer: one.aspects.get((group, name)) for one in after}
        values = [*was.values(), *will.values()]
        if any(value != values[0] for value in values):
            aspects.append(Aspect(group=group, name=name, before=was, after=will))
    stood = {_mark(item): item for item in work_before}
    stands = {_mark(item): item for item in work_after}
    moved, unchanged = [], 0
    for mark in sorted(stood.keys() | stands.keys()):
        one, other = stood.get(mark), stands.get(mark)
        if one is not None and other is not None and _same(one, other):
            unchanged += 1
        else:
            moved.append(_change(mark, one, other))
    moved.sort(key=lambda item: not item.is_open)
    return Consequences(aspects=tuple(aspects), work=tuple(moved), unchanged_work=unchanged)


def _mark(item: Work) -> tuple[str, str, str]:
    return (item.kind, item.subject, item.metric)


def _same(one: Work, other: Work) -> bool:
    return (one.due_at, one.state) == (other.due_at, other.state)


def _change(mark: tuple[str, str, str], one: Work | None, other: Work | None) -> WorkChange:
    kind, subject, metric = mark
    return WorkChange(
        kind=kind,
        subject=subject,
        metric=metric,
        due_before=one.due_at if one else None,
        due_after=other.due_at if other else None,
        state_before=one.state if one else "",
        state_after=other.state if other else "",
        is_open=bool((one and one.is_open) or (other and other.is_open)),
    )
