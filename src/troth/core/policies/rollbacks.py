"""What held before a version, and must hold again when it is rolled back?

Rolling back is publishing: what held before comes into force again for the whole of the kind and
scope, as a new version. Nothing that was decided moves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from troth.core.policies.timelines import rank, timeline
from troth.core.policies.versions import PolicyVersion

_INSTANT = timedelta(microseconds=1)


def held_before(
    undone: Sequence[PolicyVersion], siblings: Iterable[PolicyVersion], *, at: datetime
) -> PolicyVersion | None:
    """The version that all of a slot would have at `at` without those that are undone.

    One that still covers the instant; else the one that held when the first of them began, though
    it has ended since. None: nothing did. What holds for an audience alone is not what all had.
    """
    gone = {version.id for version in undone}
    others = [v for v in siblings if v.id not in gone and v.audience is None]
    held = timeline(others, is_known_then=True).at(at)
    if held is not None:
        return held
    first = min(undone, key=rank)
    begun = max(first.effective_from, first.published_at)
    return timeline(others, is_known_then=True).at(begun - _INSTANT)


def restoring(
    undone: Sequence[PolicyVersion],
    siblings: Sequence[PolicyVersion],
    *,
    at: datetime,
    author: str,
    reason: str,
) -> PolicyVersion:
    """The version that puts what held before into force at `at`, for the whole of the slot.

    Where nothing held, it gives no answer to whatever the undone ones answered, so that the next
    layer does. What is published already for later still comes.
    """
    before = held_before(undone, siblings, at=at)
    newest = max(undone, key=rank)
    base = newest if before is None else before
    return replace(
        base,
        number=max(version.number for version in siblings) + 1,
        effective_from=at,
        effective_to=until(siblings, at=at),
        published_at=at,
        outputs=_silent(undone) if before is None else before.outputs,
        table=None if before is None else before.table,
        clause=None if before is None else before.clause,
        audience=None,
        author=author,
        reason=reason,
    )


def until(siblings: Iterable[PolicyVersion], *, at: datetime) -> datetime | None:
    """When the next version begins that is published for later than `at`; None: there is none."""
    return min((v.effective_from for v in siblings if v.effective_from > at), default=None)


def is_in_force(
    version: PolicyVersion, siblings: Collection[PolicyVersion], *, at: datetime
) -> bool:
    """Whether a version holds at `at` for anybody: no other took its place for all it is for."""
    if not _covers(version, at):
        return False
    return not any(
        rank(other) > rank(version)
        and _covers(other, at)
        and (
            other.audience is None
            or (version.audience is not None and other.audience.covers(version.audience))
        )
        for other in siblings
    )


def _covers(version: PolicyVersion, at: datetime) -> bool:
    is_over = version.effective_to is not None and version.effective_to <= at
    return version.effective_from <= at and version.published_at <= at and not is_over


def _silent(undone: Iterable[PolicyVersion]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for version in undone:
        names |= dict.fromkeys(
            (*version.outputs, *(version.table.outputs if version.table else ()))
        )
    return names
