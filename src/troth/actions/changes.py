"""How does a change of policies come about: written, checked, signed and published?

Each verb locks the change, asks the table of transitions, and writes one audit entry. Whoever
publishes holds back all others first, so that what was planned is still true when it is written;
then rows are locked in the order of their ids.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from troth.actions import policies
from troth.actions.access import AccessRefusedError
from troth.actions.change_content import (
    as_written,
    digest_of,
    look_at,
    planned_of,
    replay_document,
    route_again,
    routing_of,
    words_of,
    write,
)
from troth.actions.change_errors import (
    BaseMovedError,
    ChangeError,
    ConflictsError,
    EditedMeanwhileError,
    NotAskedError,
    SignedAlreadyError,
    SignOffsMissingError,
)
from troth.actions.policies import Planned, Written
from troth.actions.recording import Entry, recorded
from troth.actions.replaying import Replayed, ReplayError, replay_planned
from troth.actions.superseding import end_superseded
from troth.core.access.deciding import Thing, decide
from troth.core.access.roles import Right, Role
from troth.core.policies.approvals import SIGNS, Function
from troth.core.policies.changes import ChangeState, Step, after
from troth.core.policies.versions import PolicyVersion
from troth.store.facts.access import person_of
from troth.store.facts.reach import reach_of
from troth.store.models import PolicyChange, PolicySignOff, User
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import as_the_program, viewer_of, viewing

APPROVED, REJECTED = "approved", "rejected"
VERDICTS = (APPROVED, REJECTED)


def draft(
    written: Iterable[Written],
    *,
    title: str,
    reason: str,
    acting_user: User,
    seen: str | None = None,
) -> PolicyChange:
    """Write a change down; nothing is asked of anybody yet.

    `seen`: the id of the last version of the kind and scope when it was read, "" for none; where
    there is another by now, BaseMovedError. Raises PolicyFileError, ChangeReasonError,
    EmptyChangeError, HiddenScopeError, NotAllowedError.
    """
    with recorded(
        acting_user=acting_user,
        action="policy:change:drafted",
        right=Right.PROPOSE_POLICY,
        reason=words_of(reason, "reason"),
    ) as entry:
        now = timezone.now()
        row = PolicyChange(
            id=f"chg_{secrets.token_hex(8)}",
            author=acting_user,
            makers=[acting_user.pk],
            state=ChangeState.DRAFT.value,
            created_at=now,
            changed_at=now,
        )
        write(row, list(written), title, reason, acting_user=acting_user)
        if seen is not None and {*row.base.values()} != {seen}:
            raise BaseMovedError("Somebody published since you read it; nothing was written.")
        row.save(force_insert=True)
        entry.subject = row.pk
        entry.detail = {"digest": row.digest}
        entry.wrote(row)
    return row


def edit(
    change_id: str,
    *,
    written: Iterable[Written] | None = None,
    title: str | None = None,
    reason: str | None = None,
    seen: str | None = None,
    acting_user: User,
) -> int:
    """Write a change anew, wholly or in part, upon what is in force now; how many sign-offs that
    made void. Whoever edits counts as one of those who wrote it.

    `seen`: the digest of what was read; EditedMeanwhileError where it says another by now.
    """
    with _changing(change_id, "edited", Right.PROPOSE_POLICY, acting_user) as (row, entry):
        _step(row, Step.EDIT)
        if seen is not None:
            _require_same(row, seen)
        void = row.sign_offs.filter(digest=row.digest).count()
        row.revision += 1
        row.makers = sorted({*row.makers, acting_user.pk})
        again = as_written(row) if written is None else list(written)
        write(
            row, again, row.title if title is None else title,
            row.reason if reason is None else reason, acting_user=acting_user,
        )  # fmt: skip
        row.findings, row.reach, row.replay, row.needed, row.rule = [], {}, {}, [], ""
        entry.detail = {"digest": row.digest, "void_sign_offs": void}
    return void


def check_change(change_id: str, *, acting_user: User) -> PolicyChange:
    """Look for conflicts, measure whom it reaches, and say who would have to sign."""
    with _changing(change_id, "checked", Right.PROPOSE_POLICY, acting_user) as (row, entry):
        _step(row, Step.CHECK)
        look_at(row, planned_of(row))
        entry.detail = {"findings": len(row.findings), "reach": row.reach}
    return row


def replay_change(
    change_id: str, *, start: datetime, end: datetime, acting_user: User
) -> tuple[PolicyChange, Replayed]:
    """Make the decisions of a period again under a checked change, and keep what moved.

    Raises ReplayError, StepError. What is kept are sums over what this user may see.
    """
    with viewing(viewer_of(acting_user), Right.PROPOSE_POLICY):
        row = _one(change_id)
        after(ChangeState(row.state), Step.REPLAY)
        if start >= end:
            raise ReplayError(f"{start} is not before {end}: name a period that has a beginning.")
        seen, planned = row.digest, planned_of(row)
    found = replay_planned(planned, start=start, end=end, acting_user=acting_user)
    with _changing(change_id, "replayed", Right.PROPOSE_POLICY, acting_user) as (row, entry):
        _step(row, Step.REPLAY)
        _require_same(row, seen)
        row.replay = replay_document(found)
        row.reach = row.reach | {"moved": sum(line.changed for line in found.report.total)}
        route_again(row, planned)
        entry.detail = {"reproduced": found.reproduced, "moved": row.reach["moved"]}
    return row, found


def propose(change_id: str, *, acting_user: User) -> PolicyChange:
    """Ask for the sign-offs that a change needs. Where it needs none it is approved, and published
    if the user may.

    Raises ConflictsError, BaseMovedError, PolicyFileError.
    """
    may_publish = acting_user.may(Right.PUBLISH_POLICY)
    with _changing(
        change_id, "proposed", Right.PROPOSE_POLICY, acting_user, is_publishing=may_publish
    ) as (row, entry):
        planned = planned_of(row)
        if row.state == ChangeState.DRAFT.value:
            _step(row, Step.CHECK)
        _step(row, Step.PROPOSE)
        look_at(row, planned, moved=row.reach.get("moved"))
        _require_clean(row)
        row.proposed_at = timezone.now()
        if not row.needed:
            _step(row, Step.APPROVE)
        entry.detail = {"rule": row.rule, "needed": [item["function"] for item in row.needed]}
    if row.state == ChangeState.APPROVED.value and may_publish:
        return publish_change(change_id, acting_user=acting_user)
    return row


def sign(
    change_id: str,
    *,
    function: Function,
    verdict: str,
    reason: str,
    seen: str,
    acting_user: User,
) -> PolicyChange:
    """Say yes or no for one function to what was read; `seen`: the digest of that.

    Raises AccessRefusedError where the person wrote it or is a program, EditedMeanwhileError,
    NotAskedError, SignedAlreadyError, StepError, ChangeReasonError.
    """
    if verdict not in VERDICTS:
        raise ChangeError(f"{verdict!r} is no verdict. Give one of {', '.join(VERDICTS)}.")
    words, right = words_of(reason, "reason"), SIGNS[function]
    with _changing(change_id, "signed", right, acting_user, reason=words) as (row, entry):
        _require_checker(row, right, acting_user)
        after(ChangeState(row.state), Step.SIGN)
        _require_same(row, seen)
        given = list(row.sign_offs.filter(digest=row.digest))
        _require_asked(row, function, given, acting_user)
        sign_off = PolicySignOff.objects.create(
            id=f"sgn_{secrets.token_hex(8)}",
            change=row,
            function=function.value,
            user=acting_user,
            verdict=verdict,
            reason=words,
            signed_at=timezone.now(),
            digest=row.digest,
        )
        entry.wrote(sign_off)
        has_all = {item.function for item in given} | {function.value} >= _functions(row)
        step = Step.APPROVE if has_all else Step.SIGN
        _step(row, Step.REJECT if verdict == REJECTED else step)
        entry.detail = {"function": function.value, "verdict": verdict, "digest": row.digest}
    return row


def withdraw(change_id: str, *, reason: str, acting_user: User) -> PolicyChange:
    """Take a change back for good. Raises StepError where it was published."""
    words = words_of(reason, "reason")
    with _changing(change_id, "withdrawn", Right.PROPOSE_POLICY, acting_user, reason=words) as (
        row,
        _,
    ):
        _step(row, Step.WITHDRAW)
    return row


def publish_change(change_id: str, *, acting_user: User) -> PolicyChange:
    """Put an approved change into force, planned again upon what is in force now.

    Raises StepError, SignOffsMissingError, BaseMovedError, PolicyFileError, PolicyFrozenError.
    """
    with _changing(
        change_id, "published", Right.PUBLISH_POLICY, acting_user, is_publishing=True
    ) as (row, entry):
        _step(row, Step.PUBLISH)
        planned = planned_of(row)
        _require_signed(row, planned)
        policies.publish(planned, acting_user=acting_user, makers=row.makers, changes=[row.pk])
        versions = [item.version for item in planned]
        row.versions = [version.id for version in versions]
        row.published_at = timezone.now()
        row.live_at = min(version.effective_from for version in versions)
        entry.detail = {"versions": row.versions, "rule": row.rule}
        entry.wrote_all(end_superseded(row))
    return row


@contextmanager
def rolling_out(
    change_id: str, *, acting_user: User
) -> Iterator[tuple[PolicyChange, PolicyVersion]]:
    """An approved change of one policy, to be published in stages by whoever enters.

    They set `versions` and `live_at`. Raises as `publish_change` does, and ChangeError.
    """
    with _changing(
        change_id, "published", Right.PUBLISH_POLICY, acting_user, is_publishing=True
    ) as (row, entry):
        _step(row, Step.PUBLISH)
        planned = planned_of(row)
        _require_signed(row, planned)
        if len(planned) != 1:
            raise ChangeError(
                f"{row.pk} changes {len(planned)} policies; one is rolled out at a time. Publish "
                "it, or write a change of each."
            )
        yield row, planned[0].version
        row.published_at = timezone.now()
        entry.detail = {"versions": row.versions, "rule": row.rule}
        entry.wrote_all(end_superseded(row))


@contextmanager
def _changing(
    change_id: str,
    verb: str,
    right: Right,
    acting_user: User,
    *,
    reason: str = "",
    is_publishing: bool = False,
) -> Iterator[tuple[PolicyChange, Entry]]:
    """A change, locked; what is made of it is saved. Raises NotFoundError, NotAllowedError."""
    with recorded(
        acting_user=acting_user,
        action=f"policy:change:{verb}",
        right=right,
        subject=change_id,
        reason=reason,
    ) as entry:
        if is_publishing:
            policies.hold_publication()
            _lock_neighbours(change_id)
        row = _one(change_id, is_locked=True)
        yield row, entry
        row.changed_at = timezone.now()
        row.save()
        entry.wrote(row)


def _one(change_id: str, *, is_locked: bool = False) -> PolicyChange:
    rows = PolicyChange.objects.all()
    if is_locked:
        rows = rows.select_for_update(of=("self",))
    row = rows.filter(pk=change_id).first()
    if row is None:
        raise NotFoundError("change", change_id)
    return row


def _lock_neighbours(change_id: str) -> None:
    """Lock a change and those whose versions it may supersede, in the order of their ids."""
    slots = list(_one(change_id).base)
    wanted = Q(pk=change_id) | Q(state=ChangeState.SCHEDULED.value, base__has_any_keys=slots)
    list(PolicyChange.objects.select_for_update(of=("self",)).filter(wanted).order_by("pk"))


def _step(row: PolicyChange, step: Step) -> None:
    row.state = after(ChangeState(row.state), step).value


def _functions(row: PolicyChange) -> set[str]:
    return {item["function"] for item in row.needed}


def _require_clean(row: PolicyChange) -> None:
    faults = [item for item in row.findings if item["is_in_the_way"]]
    if faults:
        told = "\n".join(f"{item['kind']}: {item['sentence']}" for item in faults)
        raise ConflictsError(f"A change with conflicts cannot be proposed.\n{told}")


def _require_same(row: PolicyChange, seen: str) -> None:
    if row.digest != seen:
        raise EditedMeanwhileError(
            "The change was edited since you read it. Read it again; nothing of yours was kept."
        )


def _require_checker(row: PolicyChange, right: Right, user: User) -> None:
    concerns = user.pk if user.pk in row.makers else None
    verdict = decide(person_of(user), right, Thing(is_common=True, concerns=concerns))
    if not verdict.is_allowed:
        raise AccessRefusedError(right, Role(user.role), verdict.sentence)


def _require_asked(
    row: PolicyChange, function: Function, given: Iterable[PolicySignOff], user: User
) -> None:
    if function.value not in _functions(row):
        raise NotAskedError(
            f"This change needs no sign-off of {function}. It needs {_joined(_functions(row))}."
        )
    for item in given:
        if item.function == function.value:
            raise NotAskedError(f"{item.user.name or item.user.username} signed for {function}.")
        if item.user_id == user.pk:
            raise SignedAlreadyError(
                f"You signed for {item.function}: somebody else has to sign for {function}."
            )


def _require_signed(row: PolicyChange, planned: Sequence[Planned]) -> None:
    """All sign-offs, of exactly this; where none was needed, still none is."""
    if digest_of(row) != row.digest:
        raise SignOffsMissingError("What is written is not what was signed. Edit the change anew.")
    needed = _functions(row)
    if not needed:
        with as_the_program():
            reach = reach_of(item.version for item in planned)
        routing = routing_of(reach, planned)
        needed = {item.function.value for item in routing.needed}
    signed = row.sign_offs.filter(digest=row.digest, verdict=APPROVED)
    missing = needed - set(signed.values_list("function", flat=True))
    if missing:
        raise SignOffsMissingError(
            f"The sign-off of {_joined(missing)} is missing. Edit the change, so that it is routed "
            "again, or ask for what is missing."
        )


def _joined(names: Iterable[str]) -> str:
    return " and ".join(sorted(names))
