"""What stands in the editor of a policy when it opens, and what has become of it since?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troth.core.access.roles import Right
from troth.core.policies.changes import ChangeState, Step, after
from troth.core.policies.versions import PolicyVersion as Version
from troth.core.policies.versions import from_written
from troth.store.facts.policies import to_version
from troth.store.models import PolicyVersion
from troth.store.queries.changes import readable
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import Sight, Viewer, viewing
from troth.store.queries.visibility import visible_policies


@dataclass(frozen=True, kw_only=True)
class Editable:
    """One version to write anew, and what it would replace."""

    version: Version  # as it was read; the number of what is not published yet says nothing
    document: Mapping[str, Any]
    last: Version | None  # the last published one of its kind and scope
    seen: str  # by what a later edit of somebody else is told: a digest or an id
    change_title: str = ""  # of a change: its title
    documents: tuple[Mapping[str, Any], ...] = ()  # of a change: all that it says


def version_to_edit(*, viewer: Viewer, policy_id: str) -> Editable:
    """A published version. Raises NotFoundError, NotAllowedError."""
    with viewing(viewer, Right.PROPOSE_POLICY) as sight:
        row = visible_policies(PolicyVersion.objects.filter(pk=policy_id), sight).first()
        if row is None:
            raise NotFoundError("policy version", policy_id)
        version = to_version(row)
        last = _last(version, sight)
        return Editable(
            version=version, document=row.document, last=last, seen="" if last is None else last.id
        )


def change_to_edit(*, viewer: Viewer, change_id: str, place: int) -> Editable:
    """The version at a place, from 1, of a change that can be edited.

    Raises NotFoundError, NotAllowedError, StepError.
    """
    with viewing(viewer, Right.PROPOSE_POLICY) as sight:
        row = readable(sight).filter(pk=change_id).first()
        if row is None:
            raise NotFoundError("change", change_id)
        if not 1 <= place <= len(row.documents):
            raise NotFoundError("policy of the change", str(place))
        after(ChangeState(row.state), Step.EDIT)
        document = row.documents[place - 1]
        version = from_written(document)
        return Editable(
            version=version,
            document=document,
            last=_last(version, sight),
            seen=row.digest,
            change_title=row.title,
            documents=tuple(row.documents),
        )


def _last(version: Version, sight: Sight) -> Version | None:
    rows = PolicyVersion.objects.filter(
        kind=version.kind, layer=version.scope.layer.value, scope=version.scope.key
    )
    newest = visible_policies(rows, sight).order_by("-number").first()
    return None if newest is None else to_version(newest)
