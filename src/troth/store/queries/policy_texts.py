"""What is in force, or will be, as the text that somebody would have written?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from troth.core.access.roles import Right
from troth.core.policies.rollbacks import is_in_force
from troth.core.policies.versions import PolicyVersion as Version
from troth.core.policies.versions import to_document
from troth.store.facts.policies import to_version
from troth.store.models import PolicyVersion
from troth.store.queries.moment import moment_of
from troth.store.queries.viewing import Viewer, viewing
from troth.store.queries.visibility import visible_policies

_FIRST = ("kind", "scope", "effective_from", "effective_to", "published_at", "author", "reason")


@dataclass(frozen=True, kw_only=True)
class PolicyText:
    """One file of policies: those of one kind and one layer."""

    name: str  # "lead_time.tier.yaml"
    documents: tuple[Mapping[str, Any], ...]  # in whole, so that publishing them changes nothing


def policy_texts(
    *, viewer: Viewer, at: datetime | None = None, kind: str = "", is_all: bool = False
) -> tuple[PolicyText, ...]:
    """The versions that a viewer may see, in files by kind and layer.

    Those in force at `at` (by default the main job's moment) and those to come; `is_all`: every
    version ever published. Raises NotAllowedError.
    """
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        moment = at or moment_of(viewer)
        rows = visible_policies(PolicyVersion.objects.all(), sight)
        if kind:
            rows = rows.filter(kind=kind)
        rows = rows.order_by("kind", "layer", "scope", "number")
        versions = [to_version(row) for row in rows]
    slots: dict[tuple[str, str], list[Version]] = defaultdict(list)
    for version in versions:
        slots[version.kind, str(version.scope)].append(version)
    files: dict[str, list[Version]] = defaultdict(list)
    for siblings in slots.values():
        for version in siblings:
            if is_all or version.effective_from > moment or is_in_force(
                version, siblings, at=moment
            ):  # fmt: skip
                files[f"{version.kind}.{version.scope.layer.value}.yaml"].append(version)
    return tuple(
        PolicyText(
            name=name,
            documents=tuple(_written(version) for version in found),
        )
        for name, found in sorted(files.items())
    )


def _written(version: Version) -> dict[str, Any]:
    """A version's document in the order in which people write one, without what it leaves out."""
    document = to_document(version)
    # Whoever edits it proposes the next one, and left out it says so by itself.
    del document["number"]
    if document["published_at"] == document["effective_from"]:
        del document["published_at"]
    keys = (*_FIRST, *(key for key in document if key not in _FIRST))
    return {key: document[key] for key in keys if document.get(key) not in (None, {})}
