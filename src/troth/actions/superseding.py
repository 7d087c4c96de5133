"""From when on does none of a change's versions hold any more, and which changes were undone?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from troth.actions.policies import slot_of
from troth.core.policies.changes import ChangeState, Step, after
from troth.core.policies.timelines import LATEST, timeline
from troth.core.policies.versions import PolicyVersion
from troth.store.facts.policies import published_versions
from troth.store.models import PolicyChange


def end_superseded(row: PolicyChange) -> list[PolicyChange]:
    """Say of a published change, and of those before it, when none of its versions holds any more.

    Gives the others that were changed; all are locked.
    """
    published = published_versions()
    ends: Mapping[str, datetime | None] = {
        version_id: end
        for slot in row.base
        for version_id, end in _ends(
            [version for version in published if " ".join(slot_of(version)) == slot]
        )
    }
    row.ended_at = _last(ends[version_id] for version_id in row.versions)
    by_id = {version.id: version for version in published}
    changed = []
    neighbours = PolicyChange.objects.filter(
        state=ChangeState.SCHEDULED.value, base__has_any_keys=list(row.base)
    ).exclude(pk=row.pk)
    for other in neighbours.order_by("pk"):
        slots = {slot_of(by_id[key]) for key in other.versions if key in by_id}
        found = dict(
            pair for slot in slots for pair in _ends([v for v in published if slot_of(v) == slot])
        )
        ended_at = _last(found.get(version_id) for version_id in other.versions)
        if ended_at != other.ended_at:
            other.ended_at = ended_at
            other.save(update_fields=["ended_at"])
            changed.append(other)
    return changed


def _ends(versions: Sequence[PolicyVersion]) -> Iterator[tuple[str, datetime | None]]:
    """Each version of one slot and from when on it holds for nobody any more; None: it holds on.

    A version that is for an audience ends none that is for all.
    """
    for version in versions:
        line = timeline([item for item in versions if _may_end(item, version)])
        end = version.effective_from  # where it was never in force
        for entry, close in zip(line.entries, [*line.starts, LATEST], strict=True):
            if entry is version:
                end = close
        yield version.id, None if end == LATEST else end


def _may_end(later: PolicyVersion, version: PolicyVersion) -> bool:
    if later is version or later.audience is None:
        return True
    return version.audience is not None and later.audience.covers(version.audience)


def _last(ends: Iterable[datetime | None]) -> datetime | None:
    found = list(ends)
    known = [end for end in found if end is not None]
    return max(known) if known and len(known) == len(found) else None


def rolled_back_with(versions: Iterable[str]) -> list[PolicyChange]:
    """The changes all of whose versions were undone, as rolled back; to be saved and recorded."""
    undone, found = set(versions), []
    wanted = Q()
    for version in sorted(undone):
        wanted |= Q(versions__contains=[version])
    rows = PolicyChange.objects.select_for_update(of=("self",)).filter(wanted).order_by("pk")
    for row in rows:
        if undone.issuperset(row.versions):
            row.state = after(ChangeState(row.state), Step.ROLL_BACK).value
            row.ended_at = row.changed_at = timezone.now()
            found.append(row)
    return found
