"""What does a change of policies say, what does it stand on, whom does it reach, who has to sign?

The rows are written by `actions.changes`; here is what goes into them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from troth.actions.change_errors import (
    BaseMovedError,
    ChangeReasonError,
    EmptyChangeError,
    HiddenScopeError,
)
from troth.actions.change_findings import findings_of
from troth.actions.policies import Planned, Written, plan_written, slot_of
from troth.actions.replaying import Replayed
from troth.connectors.workspace import approval_limits
from troth.core.access.roles import Right
from troth.core.ledger.canonical import digest, plain
from troth.core.policies.approvals import Reach, Routing, read_reach, route
from troth.core.policies.scopes import Layer
from troth.core.policies.versions import PolicyVersion, to_document
from troth.store.facts.policies import published_versions
from troth.store.facts.reach import reach_of
from troth.store.models import PolicyChange, User
from troth.store.queries.viewing import as_the_program, sight_of, viewer_of
from troth.store.queries.visibility import unseen_scopes


def write(
    row: PolicyChange, written: Sequence[Written], title: str, reason: str, *, acting_user: User
) -> None:
    """What the change says from now on, and what it stands on."""
    row.title, row.reason = words_of(title, "title"), words_of(reason, "reason")
    planned = plan_written(written)
    if not planned:
        raise EmptyChangeError("There is nothing to change: what is written is in force already.")
    row.documents = [item.document for item in planned]
    row.base = _base(planned)
    scopes = [item.version.scope for item in planned]
    row.customers = sorted({scope.key for scope in scopes if scope.layer is Layer.CUSTOMER})
    row.contracts = sorted({scope.key for scope in scopes if scope.layer is Layer.CONTRACT})
    sight = sight_of(viewer_of(acting_user), Right.PROPOSE_POLICY)
    unseen = unseen_scopes(sight, customers=row.customers, contracts=row.contracts)
    if unseen:
        raise HiddenScopeError(
            f"There is no {' and no '.join(unseen)}, or you may not see it. Correct the scope."
        )
    row.digest = digest_of(row)


def document_of(version: PolicyVersion) -> dict[str, Any]:
    """As it was written: its number is given when it is published."""
    return {name: value for name, value in to_document(version).items() if name != "number"}


def as_written(row: PolicyChange) -> list[Written]:
    return [
        Written(document=document, place=f"{row.pk}: policy {at}", author=row.author.username)
        for at, document in enumerate(row.documents, start=1)
    ]


def planned_of(row: PolicyChange) -> list[Planned]:
    """What it would publish upon what is in force now. Raises PolicyFileError, BaseMovedError."""
    last: dict[str, str] = {}
    for version in published_versions():
        last[" ".join(slot_of(version))] = version.id
    moved = sorted(slot for slot in row.base if row.base[slot] != last.get(slot, ""))
    if moved:
        raise BaseMovedError(
            f"Since this change was written, somebody published {' and '.join(moved)}: what was "
            "read and signed would replace something else. Edit the change, so that it stands on "
            "what is in force, and have it signed again."
        )
    return plan_written(as_written(row))


def _base(planned: Iterable[Planned]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in planned:
        key = " ".join(slot_of(item.version))
        found.setdefault(key, "" if item.replaces is None else item.replaces.id)
    return found


def digest_of(row: PolicyChange) -> str:
    return digest(
        {name: getattr(row, name) for name in ("revision", "title", "reason", "documents", "base")}
    )


def look_at(row: PolicyChange, planned: Sequence[Planned], *, moved: int | None = None) -> None:
    """Check, measure and route, as things stand."""
    row.findings = findings_of(planned)
    with as_the_program():
        reach = reach_of(item.version for item in planned)
    row.reach = reach.to_document() | {"moved": moved}
    if moved is None:
        row.replay = {}
    route_again(row, planned)


def routing_of(reach: Reach, planned: Iterable[Planned]) -> Routing:
    limits = approval_limits(Path(settings.WORKSPACE))
    return route([(item.version, item.replaces) for item in planned], reach, limits)


def route_again(row: PolicyChange, planned: Iterable[Planned]) -> None:
    routing = routing_of(read_reach(row.reach), planned)
    row.rule = routing.sentence
    row.needed = [
        {"function": item.function.value, "because": list(item.because)} for item in routing.needed
    ]


def replay_document(found: Replayed) -> dict[str, Any]:
    report = found.report
    document: dict[str, Any] = plain(
        {
            "from": report.start,
            "until": report.end,
            "reproduced": found.reproduced,
            "lines": [
                {
                    "measure": line.measure,
                    "decided": line.decided,
                    "changed": line.changed,
                    "sooner": line.sooner,
                    "later": line.later,
                    "done": line.done,
                    "kept_before": line.kept_before,
                    "kept_after": line.kept_after,
                    "owed_before": dict(line.owed_before),
                    "owed_after": dict(line.owed_after),
                }
                for line in report.total
            ],
        }
    )
    return document


def words_of(text: str, what: str) -> str:
    if not text.strip():
        raise ChangeReasonError(f"The {what} is empty. Say it in a sentence.")
    return text.strip()
