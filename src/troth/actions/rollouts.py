"""How is a policy rolled out in stages, and how is a change undone?

A roll-out publishes an immutable version for each stage, each wider than the one before. Rolling
back publishes what held before, from now on, for the whole of the kind and scope; it works for a
version that was never in stages too. What was decided stays on its version either way.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from troth.actions.change_content import routing_of
from troth.actions.change_errors import SignOffsMissingError
from troth.actions.changes import rolling_out
from troth.actions.outbox import tell
from troth.actions.policies import Planned, hold_publication, publish
from troth.actions.recording import Entry, recorded
from troth.actions.superseding import rolled_back_with
from troth.analysis.rollouts import MEASURES
from troth.core.access.roles import Right
from troth.core.ledger.canonical import instant_text
from troth.core.policies.outputs import Fault
from troth.core.policies.publication import publishable
from troth.core.policies.rollbacks import is_in_force, restoring, until
from troth.core.policies.rollouts import (
    InvalidRolloutError,
    RolloutPlan,
    Verdict,
    guardrail_document,
    read_rollout,
    stage_document,
    stage_of,
)
from troth.core.policies.versions import PolicyVersion, from_document, to_document
from troth.store.facts.policies import published_versions
from troth.store.facts.reach import reach_of
from troth.store.models import PolicyChange, Rollout, User
from troth.store.queries.viewing import as_the_program

PLANNED, RUNNING, DONE, ROLLED_BACK = "planned", "running", "done", "rolled_back"
OPEN = (PLANNED, RUNNING)
_KEPT = ("kind", "scope", "outputs", "table", "clause")  # of a version, in a roll-out's document


class RolloutError(ValueError):
    """The roll-out cannot do this now. The message says why, and what to do."""

    code = "policy:rollout"


class NoSuchRolloutError(LookupError):
    """There is no such roll-out or version. `troth rollout list` shows all roll-outs."""

    code = "policy:rollout:unknown"


def start(document: Any, *, acting_user: User, at: datetime | None = None) -> Rollout:
    """Begin a roll-out; its first stage comes into force at once, unless it begins later.

    `document` is as `core.policies.rollouts` shows one. What somebody has to sign is rolled out as
    a change that was: `change: chg_…` in place of the policy. Raises InvalidRolloutError,
    RolloutError, ChangeError, StepError, PolicyFrozenError.
    """
    now, change_id = at or timezone.now(), _change_of(document)
    if change_id is None:
        plan = _plan(document, acting_user)
        return _start(plan, acting_user=acting_user, now=now)
    with rolling_out(change_id, acting_user=acting_user) as (change, version):
        plan = _plan(document, acting_user, version)
        if version.effective_from > now and plan.stages[0].starts_at is None:
            first = replace(plan.stages[0], starts_at=version.effective_from)
            plan = replace(plan, stages=(first, *plan.stages[1:]))
        row = _start(plan, acting_user=acting_user, now=now, change=change)
        change.versions = [item["version"] for item in row.stages if item.get("version")]
        change.live_at = plan.stages[0].starts_at or now
    return row


def _change_of(document: Any) -> str | None:
    found = document.get("change") if isinstance(document, Mapping) else None
    if found is None:
        return None
    if not isinstance(found, str) or document.get("policy") is not None:
        raise RolloutError("Name a change (chg_…) or write a policy, and not both.")
    if not PolicyChange.objects.filter(pk=found).exists():
        remedy = "Look it up in `troth change list`."
        fault = Fault(path="change", found=repr(found), expected="a change's id", remedy=remedy)
        raise InvalidRolloutError([fault])
    return found


def _plan(document: Any, user: User, content: PolicyVersion | None = None) -> RolloutPlan:
    author = user.name or user.username
    return read_rollout(document, author=author, measures=MEASURES, content=content)


def _start(
    plan: RolloutPlan, *, acting_user: User, now: datetime, change: PolicyChange | None = None
) -> Rollout:
    with recorded(
        acting_user=acting_user,
        action="rollout:stages:started",
        right=Right.PUBLISH_POLICY,
        reason=plan.reason,
    ) as entry:
        hold_publication()
        row = _row(plan, acting_user, now)
        if change is None:
            _require_unsigned(plan)
        else:
            row.change = change.pk
        same = Rollout.objects.filter(
            kind=row.kind, layer=row.layer, scope=row.scope, state__in=OPEN
        ).first()
        if same is not None:
            raise RolloutError(
                f"{row.kind} for {plan.content.scope} is being rolled out already, by {same.pk}. "
                "Advance it to its end or roll it back, then start this one."
            )
        row.save(force_insert=True)
        entry.subject = row.pk
        entry.detail = {"stages": row.stages, "guardrails": row.guardrails}
        entry.wrote(row)
        first = plan.stages[0].starts_at
        if first is None or first <= now:
            _advance(row, entry, acting_user=acting_user, now=now)
    return row


def advance(
    rollout_id: str,
    *,
    reason: str,
    acting_user: User,
    stage: int | None = None,
    at: datetime | None = None,
) -> Rollout:
    """Publish the next stage. Raises NoSuchRolloutError, RolloutError, PolicyFrozenError.

    `stage`: which one whoever asks means, from 1; refused where somebody was faster, as the one
    after it would come unseen. None: whichever is next.
    """
    now, reason = at or timezone.now(), _said(reason)
    with recorded(
        acting_user=acting_user,
        action="rollout:stage:advanced",
        right=Right.PUBLISH_POLICY,
        subject=rollout_id,
        reason=reason,
    ) as entry:
        hold_publication()
        row = _locked(rollout_id)
        if row.state not in OPEN:
            raise RolloutError(
                f"{row.pk} is over ({row.state.replace('_', ' ')}). Start another roll-out."
            )
        if stage is not None and stage != row.stage + 1:
            raise RolloutError(
                f"Stage {stage} of {row.pk} is not the next one: stage {row.stage} is in force. "
                "Look at it again; somebody may have been faster."
            )
        _advance(row, entry, acting_user=acting_user, now=now)
    return row


def roll_back(
    target: str,
    *,
    reason: str,
    acting_user: User,
    at: datetime | None = None,
    verdicts: Sequence[Verdict] = (),
) -> PolicyVersion | None:
    """Undo a roll-out, or a version that was published at once; what is in force instead.

    `target`: the id of either. None: no stage of it had been published. `verdicts`: what was
    measured, where a guardrail undoes it. No freeze and no approval holds it up: the reason is
    kept in the audit entry. Raises NoSuchRolloutError, RolloutError.
    """
    now, reason = at or timezone.now(), _said(reason)
    with recorded(
        acting_user=acting_user,
        action="rollout:version:rolled_back",
        right=Right.PUBLISH_POLICY,
        subject=target,
        reason=reason,
    ) as entry:
        hold_publication()
        row = _of_target(target)
        entry.detail = {"measured": [_measured(item) for item in verdicts]}
        published = published_versions()
        undone = _undone(row, target, published)
        restored = None
        if undone:
            restored = _restored(undone, published, now, acting_user, reason)
            for change in rolled_back_with(version.id for version in undone):
                change.save(update_fields=["state", "ended_at", "changed_at"])
                entry.wrote(change)
            entry.detail |= {"undone": [v.id for v in undone], "restored": restored.id}
        elif row is None or row.state not in OPEN:
            raise RolloutError(f"{target} has published nothing that could be undone.")
        if row is not None:
            row.state, row.ended_at, row.ended_by = ROLLED_BACK, now, acting_user
            row.end_reason, row.restored = reason, "" if restored is None else restored.id
            row.save(update_fields=["state", "ended_at", "ended_by", "end_reason", "restored"])
            entry.wrote(row)
            tell(
                "rollout.rolled_back",
                {"rollout_id": row.pk, "stage": row.stage, "by_itself": bool(verdicts),
                 "version_id": row.restored},
            )  # fmt: skip
    return restored


def versions_of(row: Rollout, published: Sequence[PolicyVersion]) -> list[PolicyVersion]:
    """The versions that a roll-out's stages published, the first first."""
    by_id = {version.id: version for version in published}
    wanted = [stage["version"] for stage in row.stages if stage.get("version")]
    return [by_id[key] for key in wanted if key in by_id]


def _row(plan: RolloutPlan, author: User, now: datetime) -> Rollout:
    content, scope = plan.content, plan.content.scope
    document = {k: v for k, v in to_document(content).items() if k in _KEPT and v is not None}
    return Rollout(
        id="rol_" + secrets.token_hex(8),
        kind=content.kind,
        layer=scope.layer.value,
        scope=scope.key,
        document=document,
        stages=[stage_document(stage) for stage in plan.stages],
        guardrails=[guardrail_document(item) for item in plan.guardrails],
        state=PLANNED,
        author=author,
        reason=plan.reason,
        created_at=now,
    )


def _locked(rollout_id: str) -> Rollout:
    row = Rollout.objects.select_for_update().filter(pk=rollout_id).first()
    if row is None:
        raise NoSuchRolloutError(
            f"There is no roll-out {rollout_id!r}. `troth rollout list` shows all there are."
        )
    return row


def _of_target(target: str) -> Rollout | None:
    """The roll-out of this id, or the one that published this version; None: no roll-out did."""
    if target.startswith("rol_"):
        return _locked(target)
    rows = Rollout.objects.select_for_update().filter(stages__contains=[{"version": target}])
    return rows.first()


def _undone(
    row: Rollout | None, target: str, published: Sequence[PolicyVersion]
) -> list[PolicyVersion]:
    if row is not None:
        return versions_of(row, published)
    found = [version for version in published if version.id == target]
    if not found:
        raise NoSuchRolloutError(
            f"There is no version {target!r}. `troth policy list` shows all there are."
        )
    return found


def _advance(row: Rollout, entry: Entry, *, acting_user: User, now: datetime) -> None:
    """Publish the stage that comes next, and write how far the roll-out is."""
    stage = stage_of(row.stages[row.stage])
    published = published_versions()
    content = from_document(
        row.document
        | {
            "number": 1,
            "author": acting_user.name or acting_user.username,
            "effective_from": instant_text(now),
            "published_at": instant_text(now),
            "reason": f"{row.reason} Stage {row.stage + 1} of {len(row.stages)}: {stage}.",
        }
    )
    siblings = [v for v in published if (v.kind, v.scope) == (content.kind, content.scope)]
    version = replace(
        content,
        number=max((v.number for v in siblings), default=0) + 1,
        effective_to=until(siblings, at=now),
        audience=stage.audience(row.pk),
    )
    _publish(version, siblings, published, acting_user=acting_user, change=row.change)
    row.stages[row.stage] |= {"version": version.id, "published_at": instant_text(now)}
    row.stage += 1
    is_last = row.stage == len(row.stages)
    row.state, row.ended_at = (DONE, now) if is_last else (RUNNING, None)
    row.save(update_fields=["stages", "stage", "state", "ended_at"])
    entry.wrote(row)
    entry.detail |= {"stage": row.stage, "version": version.id}
    tell(
        "rollout.advanced",
        {"rollout_id": row.pk, "stage": row.stage, "version_id": version.id},
    )


def _restored(
    undone: Sequence[PolicyVersion],
    published: Sequence[PolicyVersion],
    now: datetime,
    acting_user: User,
    reason: str,
) -> PolicyVersion:
    slot = (undone[0].kind, undone[0].scope)
    siblings = [v for v in published if (v.kind, v.scope) == slot]
    if not any(is_in_force(version, siblings, at=now) for version in undone):
        raise RolloutError(
            f"{undone[-1].id} is not in force now, so there is nothing to undo. "
            f"`troth policy list` shows what is in force for {undone[-1].scope}."
        )
    version = restoring(
        undone,
        siblings,
        at=now.astimezone(UTC),
        author=acting_user.name or acting_user.username,
        reason=reason,
    )
    _publish(version, siblings, published, acting_user=acting_user, emergency=reason)
    return version


def _publish(
    version: PolicyVersion,
    siblings: Sequence[PolicyVersion],
    published: Sequence[PolicyVersion],
    *,
    acting_user: User,
    emergency: str = "",
    change: str = "",
) -> None:
    faults = publishable(version, published)
    if faults:
        raise RolloutError(" ".join(fault.sentence for fault in faults))
    before = max(siblings, key=lambda v: v.number, default=None)
    planned = Planned(version=version, replaces=before, file="a roll-out")
    signed = PolicyChange.objects.filter(pk=change).first() if change else None
    publish(
        [planned],
        acting_user=acting_user,
        emergency=emergency,
        makers=() if signed is None else signed.makers,
        changes=() if signed is None else (signed.pk,),
    )


def _require_unsigned(plan: RolloutPlan) -> None:
    """Raises SignOffsMissingError where somebody has to sign what is rolled out."""
    content = plan.content
    slot = (content.kind, content.scope)
    siblings = [v for v in published_versions() if (v.kind, v.scope) == slot]
    before = max(siblings, key=lambda v: v.number, default=None)
    with as_the_program():
        reach = reach_of([content])
    needed = routing_of(reach, [Planned(version=content, replaces=before, file="")]).needed
    if needed:
        names = " and ".join(sorted(item.function.value for item in needed))
        raise SignOffsMissingError(
            f"The sign-off of {names} is missing. Write it as a change, have it signed, and name "
            "the change in place of the policy: docs/guides/roll-out-in-stages.md shows how."
        )


def _said(reason: str) -> str:
    if not reason.strip():
        raise RolloutError("This needs its reason: say in a sentence why.")
    return reason.strip()


def _measured(verdict: Verdict) -> Mapping[str, Any]:
    reading = verdict.reading
    return {
        "measure": reading.measure,
        "inside": None if reading.inside is None else str(reading.inside),
        "outside": None if reading.outside is None else str(reading.outside),
        "inside_count": reading.inside_count,
        "outside_count": reading.outside_count,
        "is_crossed": verdict.is_crossed,
        "told": verdict.sentence,
    }
