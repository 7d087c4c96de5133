"""How does a steward settle who is who, where records would join two settled customers?

Keeping them apart is a verdict that outlives every later run: the question is not asked again.
Making them one is a merge (troth.actions.merging). Either can be taken back: then the question is
open again.
"""

from __future__ import annotations

import secrets

from django.utils import timezone

from troth.actions.merging import Merged, merge, preview_merge, seen, unmerge
from troth.actions.outbox import Audience, Event
from troth.actions.recording import Entry, recorded, writing
from troth.core.access.roles import Right
from troth.store.facts.verdicts import are_one, lock_identity, merges
from troth.store.models import Crosswalk, IdentityVerdict, ResolutionQuestion, User
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import as_the_program, viewer_of

VERDICTS = ("same", "apart")


class NoSuchQuestionError(LookupError):
    """There is no open question with this id. The page Stewardship lists the open ones."""


class NoSuchVerdictError(LookupError):
    """There is no verdict with this id that holds. `troth verdict list` shows them."""

    code = "identity.verdict.unknown"


class ReasonMissingError(ValueError):
    """A verdict needs its reason. Say in a sentence how you know."""


class BadVerdictError(ValueError):
    """A verdict is `same` or `apart`, of two different records that have landed."""

    code = "identity.verdict"


def keep_apart(*, question_id: str, reason: str, acting_user: User) -> None:
    """Settle that the customers are not one. Raises NoSuchQuestionError, ReasonMissingError."""
    require_reason(reason)
    with recorded(
        acting_user=acting_user,
        action="customer:identity:kept_apart",
        right=Right.SETTLE_IDENTITY,
        subject=question_id,
        reason=reason.strip(),
    ) as entry:
        lock_identity()
        question = _open(question_id)
        if len(question.customers) == 2:
            entry.wrote(_verdict("apart", "customer", question.customers, reason, acting_user))
        question.settled_at, question.verdict = timezone.now(), "apart"
        question.save(update_fields=["settled_at", "verdict"])
        entry.wrote(question)
        _tell_settled(question)


def preview_one(*, question_id: str, acting_user: User) -> Merged:
    """What making a question's customers one would change. Nothing is kept of it.

    Raises NoSuchQuestionError, and as `preview_merge`.
    """
    viewer_of(acting_user).require(Right.SETTLE_IDENTITY)
    return preview_merge(customers=_customers(question_id, acting_user), acting_user=acting_user)


def make_one(*, question_id: str, reason: str, acting_user: User) -> Merged:
    """Settle that the customers are one, by merging them.

    Raises NoSuchQuestionError, ReasonMissingError, and as `merge`.
    """
    require_reason(reason)
    viewer_of(acting_user).require(Right.SETTLE_IDENTITY)
    with writing():
        customers = _customers(question_id, acting_user)
        done = merge(customers=customers, reason=reason, acting_user=acting_user)
        with as_the_program():
            _tell_settled(ResolutionQuestion.objects.get(pk=question_id))
        return done


def say_of_records(
    *, records: tuple[str, str], verdict: str, reason: str, acting_user: User
) -> IdentityVerdict:
    """Say of two source records that they are the `same`, or `apart`. The next run goes by it.

    Two that are the same and belong to different customers are a merge of these: a question until
    then. Raises BadVerdictError, ReasonMissingError, NotFoundError, NotAllowedError.
    """
    require_reason(reason)
    if verdict not in VERDICTS or records[0] == records[1]:
        raise BadVerdictError(
            f"{verdict!r} of {records[0]} and {records[1]}: say same or apart, of two records."
        )
    with recorded(
        acting_user=acting_user,
        action=f"customer:records:{'joined' if verdict == 'same' else 'kept_apart'}",
        right=Right.SETTLE_IDENTITY,
        subject=records[0],
        reason=reason.strip(),
    ) as entry:
        lock_identity()
        held = [seen(key, acting_user=acting_user) for key in records]
        with as_the_program():
            known = set(Crosswalk.objects.filter(pk__in=records).values_list("pk", flat=True))
        for key in records:
            if key not in known:
                raise NotFoundError("source record", key)
        pair = sorted(records)
        with as_the_program():
            said = IdentityVerdict.objects.filter(
                level="record", one=pair[0], other=pair[1], withdrawn_at=None
            ).first()
            if said is not None:
                raise BadVerdictError(
                    f"A steward said {said.verdict!r} of these two already ({said.pk}). "
                    "Take that verdict back first."
                )
            row = _verdict(verdict, "record", pair, reason, acting_user, customers=held)
        entry.wrote(row)
        return row


def withdraw(*, verdict_id: str, reason: str, acting_user: User) -> IdentityVerdict:
    """Take a verdict back: a merge is undone, a question that it settled is open again.

    Raises NoSuchVerdictError, ReasonMissingError, and as `unmerge`.
    """
    require_reason(reason)
    viewer_of(acting_user).require(Right.SETTLE_IDENTITY)
    row = _holding(verdict_id, acting_user)
    if (row.level, row.verdict) == ("customer", "same"):
        unmerge(customer_id=row.other, reason=reason, acting_user=acting_user)
        with as_the_program():
            row.refresh_from_db()
        return row
    with recorded(
        acting_user=acting_user,
        action="customer:identity:withdrawn",
        right=Right.SETTLE_IDENTITY,
        subject=verdict_id,
        reason=reason.strip(),
    ) as entry:
        lock_identity()
        row = _holding(verdict_id, acting_user)
        row.withdrawn_at, row.withdrawn_by = timezone.now(), acting_user
        row.withdrawal = reason.strip()
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal"])
        entry.wrote(row)
        _open_again(row, entry)
    return row


def _open_again(row: IdentityVerdict, entry: Entry) -> None:
    edges = merges()
    for question in ResolutionQuestion.objects.filter(verdict="apart", customers=row.customers):
        if not are_one(question.customers, edges):
            question.settled_at, question.verdict = None, ""
            question.save(update_fields=["settled_at", "verdict"])
            entry.wrote(question)


def _holding(verdict_id: str, acting_user: User) -> IdentityVerdict:
    """A verdict that holds and that this person may see: all of its customers."""
    with as_the_program():
        row = IdentityVerdict.objects.filter(pk=verdict_id, withdrawn_at=None).first()
    try:
        if row is not None:
            for customer in row.customers:
                seen(customer, acting_user=acting_user)
            return row
    except NotFoundError:
        pass
    raise NoSuchVerdictError(
        f"There is no verdict {verdict_id!r} that holds. "
        "The page Stewardship and `troth verdict list` show those that hold."
    )


# exempt: the words of one row
def _verdict(
    verdict: str,
    level: str,
    pair: list[str],
    reason: str,
    acting_user: User,
    *,
    customers: list[str] | None = None,
) -> IdentityVerdict:
    return IdentityVerdict.objects.create(
        id="idv_" + secrets.token_hex(8),
        verdict=verdict,
        level=level,
        one=pair[0],
        other=pair[1],
        customers=customers or pair,
        author=acting_user,
        reason=reason.strip(),
        given_at=timezone.now(),
    )


def _customers(question_id: str, acting_user: User) -> tuple[str, str]:
    with as_the_program():
        row = ResolutionQuestion.objects.filter(pk=question_id, settled_at=None).first()
    if row is None:
        raise _no_such(question_id)
    try:
        for customer in row.customers:
            seen(customer, acting_user=acting_user)
    except NotFoundError as error:
        raise _no_such(question_id) from error
    if len(row.customers) != 2:
        raise _no_such(question_id)
    return row.customers[0], row.customers[1]


def _open(question_id: str) -> ResolutionQuestion:
    question = (
        ResolutionQuestion.objects.select_for_update()
        .filter(pk=question_id, settled_at=None)
        .first()
    )
    if question is None:
        raise _no_such(question_id)
    return question


def _no_such(question_id: str) -> NoSuchQuestionError:
    return NoSuchQuestionError(
        f"There is no open question {question_id!r}. "
        "The page Stewardship and `troth question list` show the open ones."
    )


def _tell_settled(question: ResolutionQuestion) -> None:
    settled = Event(
        type="identity.question_settled",
        data={"question_id": question.pk, "verdict": question.verdict},
        customers=tuple(question.customers),
    )
    Audience.load().tell([settled])


def require_reason(reason: str) -> None:
    """Raises ReasonMissingError where a verdict came without its reason."""
    if not reason.strip():
        raise ReasonMissingError("A verdict needs its reason: say in a sentence how you know.")
