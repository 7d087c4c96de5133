"""Merges and verdicts over HTTP: say what would change, make customers one, part them again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions import field_words, merging, questions
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cursors import list_answer, reach_of
from troth.api.routes.describing import described, json_body
from troth.api.shapes.merges import (
    Believe,
    Believed,
    Disbelieve,
    IdentityVerdict,
    IdentityVerdictList,
    MakeOne,
    Merge,
    MergeCustomers,
    SayOfRecords,
    UnmergeCustomer,
    VerdictFilters,
    WithdrawVerdict,
)
from troth.api.shapes.shape import Shape
from troth.api.signing_in import user_of, viewer
from troth.core.access.roles import Right
from troth.store.models import IdentityVerdict as Row
from troth.store.queries.slices import next_verdicts
from troth.store.queries.verdicts import verdict

_TAG = "Identity"
_HOLDS = {"holds": True, "withdrawn": False, "all": None}
router = Router()


def _takes(shape: type[Shape], example: str) -> dict[str, object]:
    return json_body(shape.model_json_schema(), {example: shape.EXAMPLE})


@router.post(
    "/customers/merges",
    **described(
        "customer_merge",
        "Merge customers",
        tag=_TAG,
        answers=Merge,
        extra=_takes(MergeCustomers, "preview"),
    ),
)
def customer_merge(request: HttpRequest) -> HttpResponse:
    """Make two customers one, or say what that would change: tier, policies, promises, clocks.

    The one known longest survives; the other's id stands for it from then on. Refused (409) where
    what is known of a restricted customer would come before people who may not see it.
    """
    viewer(request).require(Right.SETTLE_IDENTITY)
    asked = body_of(request, MergeCustomers)
    pair = (asked.customers[0], asked.customers[1])
    if asked.is_preview:
        done = merging.preview_merge(customers=pair, acting_user=user_of(request))
    else:
        done = merging.merge(customers=pair, reason=asked.reason, acting_user=user_of(request))
    return json_answer(Merge.model_validate(done))


@router.post(
    "/customers/unmerges",
    **described(
        "customer_unmerge",
        "Unmerge a customer",
        tag=_TAG,
        answers=Merge,
        extra=_takes(UnmergeCustomer, "preview"),
    ),
)
def customer_unmerge(request: HttpRequest) -> HttpResponse:
    """Take a merge back, or say what that would change. Each record goes back to where it was at
    home, what came in meanwhile too.

    An id that is no alias: 409.
    """
    viewer(request).require(Right.SETTLE_IDENTITY)
    asked = body_of(request, UnmergeCustomer)
    if asked.is_preview:
        done = merging.preview_unmerge(customer_id=asked.customer, acting_user=user_of(request))
    else:
        done = merging.unmerge(
            customer_id=asked.customer, reason=asked.reason, acting_user=user_of(request)
        )
    return json_answer(Merge.model_validate(done))


@router.post(
    "/questions/{question_id}/make-one",
    **described(
        "question_make_one",
        "Make customers one",
        tag=_TAG,
        answers=Merge,
        extra=_takes(MakeOne, "preview"),
    ),
)
def question_make_one(request: HttpRequest, question_id: str) -> HttpResponse:
    """Settle a question by merging the customers that it names, or say what that would change."""
    viewer(request).require(Right.SETTLE_IDENTITY)
    asked = body_of(request, MakeOne)
    if asked.is_preview:
        done = questions.preview_one(question_id=question_id, acting_user=user_of(request))
    else:
        done = questions.make_one(
            question_id=question_id, reason=asked.reason, acting_user=user_of(request)
        )
    return json_answer(Merge.model_validate(done))


@router.post(
    "/customers/beliefs",
    **described(
        "customer_believe",
        "Believe a record about a field",
        tag=_TAG,
        answers=Believed,
        extra=_takes(Believe, "city"),
    ),
)
def customer_believe(request: HttpRequest) -> HttpResponse:
    """Let one source record's value of a field survive, before every rule, until taken back."""
    viewer(request).require(Right.SETTLE_IDENTITY)
    asked = body_of(request, Believe)
    word = field_words.believe(
        source_key=asked.record,
        field=asked.field,
        reason=asked.reason,
        acting_user=user_of(request),
    )
    return json_answer(Believed(field=word.field, record=word.source_key))


@router.post(
    "/customers/disbeliefs",
    **described(
        "customer_disbelieve",
        "Let the rules choose a field again",
        tag=_TAG,
        answers=Believed,
        extra=_takes(Disbelieve, "city"),
    ),
)
def customer_disbelieve(request: HttpRequest) -> HttpResponse:
    """Take back what was said of one field of a customer; nothing said: nothing is done."""
    viewer(request).require(Right.SETTLE_IDENTITY)
    asked = body_of(request, Disbelieve)
    field_words.disbelieve(
        customer_id=asked.customer,
        field=asked.field,
        reason=asked.reason,
        acting_user=user_of(request),
    )
    return json_answer(Believed(field=asked.field, record=None))


@router.get(
    "/verdicts",
    **described("verdict_list", "List verdicts", tag=_TAG, answers=IdentityVerdictList),
)
def verdict_list(request: HttpRequest, filters: Query[VerdictFilters]) -> HttpResponse:
    """What stewards said of who is who, the newest first. Merges are among them."""
    found = next_verdicts(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        customer_id=filters.customer,
        holds=_HOLDS[filters.state],
    )
    return list_answer(request, filters, IdentityVerdictList, found)


@router.post(
    "/verdicts",
    **described(
        "verdict_add",
        "Give a verdict on two records",
        tag=_TAG,
        answers=IdentityVerdict,
        extra=_takes(SayOfRecords, "apart"),
    ),
)
def verdict_add(request: HttpRequest) -> HttpResponse:
    """Say of two source records that they are the same, or are not. Every later run goes by it."""
    viewer(request).require(Right.SETTLE_IDENTITY)
    asked = body_of(request, SayOfRecords)
    row = questions.say_of_records(
        records=(asked.records[0], asked.records[1]),
        verdict=asked.verdict,
        reason=asked.reason,
        acting_user=user_of(request),
    )
    return _answer(request, row)


@router.post(
    "/verdicts/{verdict_id}/withdraw",
    **described(
        "verdict_withdraw",
        "Withdraw a verdict",
        tag=_TAG,
        answers=IdentityVerdict,
        extra=_takes(WithdrawVerdict, "reason"),
    ),
)
def verdict_withdraw(request: HttpRequest, verdict_id: str) -> HttpResponse:
    """Take a verdict back: a merge is undone, and what it settled is open again."""
    viewer(request).require(Right.SETTLE_IDENTITY)
    asked = body_of(request, WithdrawVerdict)
    row = questions.withdraw(
        verdict_id=verdict_id, reason=asked.reason, acting_user=user_of(request)
    )
    return _answer(request, row)


def _answer(request: HttpRequest, row: Row) -> HttpResponse:
    shown = verdict(viewer=viewer(request), verdict_id=row.pk)
    return json_answer(IdentityVerdict.model_validate(shown))
