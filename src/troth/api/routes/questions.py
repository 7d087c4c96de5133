"""Questions of identity over HTTP: read those that wait, and settle one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions.questions import keep_apart
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cursors import list_answer, reach_of
from troth.api.routes.describing import described, json_body
from troth.api.shapes.questions import KeepApart, Question, QuestionFilters, QuestionList
from troth.api.signing_in import user_of, viewer
from troth.core.access.roles import Right
from troth.store.queries.questions import question
from troth.store.queries.slices import next_questions

_TAG = "Identity"
_SETTLED = {"open": False, "settled": True, "all": None}
router = Router()


@router.get(
    "/questions",
    **described("question_list", "List questions of identity", tag=_TAG, answers=QuestionList),
)
def question_list(request: HttpRequest, filters: Query[QuestionFilters]) -> HttpResponse:
    """Source records that would join settled customers, the oldest question first."""
    found = next_questions(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        customer_id=filters.customer,
        is_settled=_SETTLED[filters.state],
    )
    return list_answer(request, filters, QuestionList, found)


@router.post(
    "/questions/{question_id}/keep-apart",
    **described(
        "question_keep_apart",
        "Keep customers apart",
        tag=_TAG,
        answers=Question,
        extra=json_body(KeepApart.model_json_schema(), {"reason": KeepApart.EXAMPLE}),
    ),
)
def question_keep_apart(request: HttpRequest, question_id: str) -> HttpResponse:
    """Settle that they are not one: both stay customers of their own, and no run asks again.

    A question that is settled already is no open question: 404.
    """
    seen_by = viewer(request)
    seen_by.require(Right.SETTLE_IDENTITY)
    asked = body_of(request, KeepApart)
    keep_apart(question_id=question_id, reason=asked.reason, acting_user=user_of(request))
    return json_answer(Question.model_validate(question(viewer=seen_by, question_id=question_id)))
