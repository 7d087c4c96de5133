"""How do policies of customers end, or become one, without anything changing for anybody?

As a change like any other, written by a program: it is drafted and checked here, then proposed and
signed as every change is. What would change something for somebody is refused with a case; whoever
means it writes the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from troth.actions import policies
from troth.actions.change_content import document_of
from troth.actions.change_errors import ChangeError, NotTheSameError
from troth.actions.changes import check_change, draft
from troth.actions.policies import Written
from troth.actions.recording import writing
from troth.core.access.roles import Right
from troth.store.models import PolicyChange, User
from troth.store.queries.consolidation import Wanted, wanted
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import acting, viewer_of

_WHY = "It changes nothing for anybody, and costs nothing to keep any more."


def consolidate(ids: Sequence[str], *, acting_user: User, reason: str = "") -> PolicyChange:
    """Draft and check the change that ends policies by their version's id, or makes a template.

    Nobody may publish in between, so that what is judged is what the change stands on. Raises
    NotTheSameError, ChangeError, NotAllowedError.
    """
    if not ids:
        raise ChangeError("Nothing is named. Name policies or a template by id.")
    if len(set(ids)) > 1 and any(name.startswith("tpl_") for name in ids):
        raise ChangeError(
            "A template is made by itself, as it may end the same policies. Name it alone."
        )
    words = reason.strip() or _WHY
    with writing(), acting(acting_user, Right.PROPOSE_POLICY):
        policies.hold_publication()
        viewer = viewer_of(acting_user)
        viewer.require(Right.PROPOSE_POLICY)
        try:
            found = wanted(viewer=viewer, ids=ids, author=acting_user.username, reason=words)
        except NotFoundError as error:
            raise ChangeError(
                f"{error.key!r} is no policy of a customer or contract in force that could end, "
                "and no template. `troth policy consolidate` lists their ids."
            ) from error
        _require_same(found)
        row = draft(
            _written(found, acting_user),
            title="; ".join(item.title for item in found),
            reason=" ".join([words, *dict.fromkeys(item.verdict.sentence for item in found)]),
            acting_user=acting_user,
        )
        return check_change(row.pk, acting_user=acting_user)


def _require_same(found: Iterable[Wanted]) -> None:
    told = []
    for item in found:
        if item.verdict.is_same:
            continue
        shown, command = item.verdict.witness, ""
        if shown is not None:
            terms = "".join(f" --case {name}={text}" for name, text in shown.case.items())
            command = f" See it: `troth policy show {shown.customer}{terms}`."
        told.append(f"{item.title}: {item.verdict.sentence}{command}")
    if told:
        raise NotTheSameError(
            "\n".join(told) + "\nNothing was drafted. If it is meant, write it as a change of your "
            "own: `troth change draft FILES`."
        )


def _written(found: Iterable[Wanted], acting_user: User) -> list[Written]:
    versions = [version for item in found for version in item.proposal.versions]
    return [
        Written(
            document=document_of(version),
            place=f"consolidation: policy {at}",
            author=acting_user.username,
        )
        for at, version in enumerate(versions, start=1)
    ]
