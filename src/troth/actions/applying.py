"""How do policy files come into force? As a change, which is signed where it has to be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from troth.actions import policies
from troth.actions.changes import draft, propose
from troth.actions.policies import Written, plan_written
from troth.actions.recording import writing
from troth.core.access.roles import Right
from troth.core.policies.changes import ChangeState
from troth.core.policies.differences import title_of
from troth.store.models import PolicyChange, User
from troth.store.queries.viewing import acting


def propose_written(
    written: Iterable[Written], *, acting_user: User, is_automatic: bool = False
) -> PolicyChange | None:
    """A change of all that is written and not in force yet, proposed or published; None: nothing.

    One that says the same and is not over is taken up instead of writing a second one;
    `is_automatic`: also one that was rejected or withdrawn, so that a job does not ask again.
    """
    with writing(), acting(acting_user, Right.PROPOSE_POLICY):
        policies.hold_publication()
        planned = plan_written(written)
        if not planned:
            return None
        documents = [item.document for item in planned]
        found = _like(documents, is_automatic=is_automatic)
        if found is not None:
            return found
        titles = list(dict.fromkeys(title_of(item.version) for item in planned))
        again = [
            Written(document=document, place=item.file, author=item.version.author)
            for document, item in zip(documents, planned, strict=True)
        ]
        row = draft(
            again,
            title=titles[0] if len(titles) == 1 else f"{titles[0]} and {len(titles) - 1} more",
            reason="; ".join(sorted({item.version.reason for item in planned})),
            acting_user=acting_user,
        )
        return propose(row.pk, acting_user=acting_user)


def _like(documents: list[dict[str, Any]], *, is_automatic: bool) -> PolicyChange | None:
    states = [state for state, leads in _TAKEN_UP if is_automatic or leads]
    rows = PolicyChange.objects.filter(state__in=states).order_by("-created_at")
    return next((row for row in rows if row.documents == documents), None)


# (state, whether a person who applies the same again is led to it)
_TAKEN_UP = (
    (ChangeState.PROPOSED.value, True),
    (ChangeState.APPROVED.value, True),
    (ChangeState.REJECTED.value, False),
    (ChangeState.WITHDRAWN.value, False),
)
