"""Privacy impact assessments over HTTP: read, draft, sign and refuse them."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from troth.actions import assessments as actions
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cursors import list_answer, reach_of, slice_of
from troth.api.routes.describing import described, json_body
from troth.api.shapes.assessments import (
    Assessment,
    AssessmentFilters,
    AssessmentList,
    NewAssessment,
    RefuseAssessment,
    SignAssessment,
)
from troth.api.signing_in import user_of, viewer
from troth.core.access.roles import Right
from troth.core.consent.assessments import Answers
from troth.core.consent.purposes import Basis
from troth.store.queries.assessments import assessment, find_assessments

_TAG = "Privacy"
router = Router()


@router.get(
    "/assessments",
    **described("assessment_list", "List assessments", tag=_TAG, answers=AssessmentList),
)
def assessment_list(request: HttpRequest, filters: Query[AssessmentFilters]) -> HttpResponse:
    """Privacy impact assessments with their sign-offs, the oldest first."""
    rows = find_assessments(
        viewer=viewer(request),
        at=timezone.now(),
        state=filters.state,
        contract=filters.contract,
    )
    found = slice_of(
        rows, reach_of(request, filters), key=lambda row: (row.drafted_at.isoformat(), row.id)
    )
    return list_answer(request, filters, AssessmentList, found)


@router.post(
    "/assessments",
    **described(
        "assessment_draft",
        "Draft an assessment",
        tag=_TAG,
        answers=Assessment,
        extra=json_body(NewAssessment.model_json_schema(), {"answers": NewAssessment.EXAMPLE}),
    ),
)
def assessment_draft(request: HttpRequest) -> HttpResponse:
    """Draft an assessment of personal fields of a contract. Somebody else signs it."""
    viewer(request).require(Right.LAND)
    asked = body_of(request, NewAssessment)
    row = actions.draft_assessment(
        workspace=Path(settings.WORKSPACE),
        contract_id=asked.contract,
        fields=asked.fields,
        answers=Answers(
            description=asked.description,
            purposes=tuple(asked.purposes),
            basis=Basis(asked.basis),
            interest=asked.interest,
            necessity=asked.necessity,
            risks=asked.risks,
            measures=asked.measures,
            retention=asked.retention,
            recipients=asked.recipients,
        ),
        acting_user=user_of(request),
    )
    return _shown(request, row.pk)


@router.get(
    "/assessments/{assessment_id}",
    **described("assessment_show", "Show an assessment", tag=_TAG, answers=Assessment),
)
def assessment_show(request: HttpRequest, assessment_id: str) -> HttpResponse:
    """One assessment: what it answers, and who signed it."""
    return _shown(request, assessment_id)


@router.post(
    "/assessments/{assessment_id}/sign",
    **described(
        "assessment_sign",
        "Sign an assessment",
        tag=_TAG,
        answers=Assessment,
        extra=json_body(SignAssessment.model_json_schema(), {"yes": SignAssessment.EXAMPLE}),
    ),
)
def assessment_sign(request: HttpRequest, assessment_id: str) -> HttpResponse:
    """Say yes until a day; its fields land from the next sync on. Never by who drafted it."""
    viewer(request).require(Right.SIGN_ASSESSMENTS)
    asked = body_of(request, SignAssessment)
    actions.sign_assessment(
        assessment_id,
        reason=asked.reason,
        expires_on=asked.expires_on,
        conditions=asked.conditions,
        acting_user=user_of(request),
    )
    return _shown(request, assessment_id)


@router.post(
    "/assessments/{assessment_id}/refuse",
    **described(
        "assessment_refuse",
        "Refuse an assessment",
        tag=_TAG,
        answers=Assessment,
        extra=json_body(RefuseAssessment.model_json_schema(), {"no": RefuseAssessment.EXAMPLE}),
    ),
)
def assessment_refuse(request: HttpRequest, assessment_id: str) -> HttpResponse:
    """Say no; its fields are left out from the next sync on. Never by who drafted it."""
    viewer(request).require(Right.SIGN_ASSESSMENTS)
    asked = body_of(request, RefuseAssessment)
    actions.refuse_assessment(assessment_id, reason=asked.reason, acting_user=user_of(request))
    return _shown(request, assessment_id)


def _shown(request: HttpRequest, assessment_id: str) -> HttpResponse:
    found = assessment(viewer=viewer(request), assessment_id=assessment_id, at=timezone.now())
    return json_answer(Assessment.model_validate(found))
