"""Privacy over HTTP: what is held about a person, what erasing would do, and doing it."""

from __future__ import annotations

import base64
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions import privacy as actions
from troth.actions.personal_exports import export_personal
from troth.actions.privacy import ErasureReason
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cursors import list_answer, reach_of, slice_of
from troth.api.routes.describing import described, json_body
from troth.api.shapes.privacy import (
    Erased,
    EraseSubject,
    ErasureFilters,
    ErasureList,
    ErasurePlan,
    ExportSubject,
    PersonalExport,
    PlanQuestion,
)
from troth.api.signing_in import user_of, viewer
from troth.connectors.workspace import find_workspace
from troth.core.access.roles import Right
from troth.store.queries.erasures import find_erasures

_TAG = "Privacy"
router = Router()


@router.get(
    "/privacy/erasures",
    **described("erasure_list", "List erasures", tag=_TAG, answers=ErasureList),
)
def erasure_list(request: HttpRequest, filters: Query[ErasureFilters]) -> HttpResponse:
    """Who was erased, by id alone, on whose word, and whether it holds."""
    rows = find_erasures(viewer=viewer(request))
    found = slice_of(
        rows, reach_of(request, filters), key=lambda row: (row.erased_at.isoformat(), row.id)
    )
    return list_answer(request, filters, ErasureList, found)


@router.get(
    "/privacy/plan", **described("privacy_plan", "Plan an erasure", tag=_TAG, answers=ErasurePlan)
)
def privacy_plan(request: HttpRequest, asked: Query[PlanQuestion]) -> HttpResponse:
    """What erasing somebody would delete, and what would stay. Nothing is changed."""
    found = actions.plan_of(asked.subject, acting_user=user_of(request))
    return json_answer(ErasurePlan.model_validate(found))


@router.post(
    "/privacy/erase",
    **described(
        "privacy_erase",
        "Erase a person",
        tag=_TAG,
        answers=Erased,
        extra=json_body(EraseSubject.model_json_schema(), {"asked": EraseSubject.EXAMPLE}),
    ),
)
def privacy_erase(request: HttpRequest) -> HttpResponse:
    """Erase somebody for good: it cannot be undone. `/privacy/plan` says first what would go."""
    viewer(request).require(Right.ERASE)
    asked = body_of(request, EraseSubject)
    done = actions.erase(
        asked.subject, reason=ErasureReason(asked.reason), acting_user=user_of(request)
    )
    return json_answer(Erased.model_validate(done))


@router.post(
    "/privacy/export",
    **described(
        "privacy_export",
        "Export what is held",
        tag=_TAG,
        answers=PersonalExport,
        extra=json_body(ExportSubject.model_json_schema(), {"asked": ExportSubject.EXAMPLE}),
    ),
)
def privacy_export(request: HttpRequest) -> HttpResponse:
    """Everything that is held about somebody, as a zip. The export stands in the audit log."""
    viewer(request).require(Right.EXPORT_PERSONAL)
    asked = body_of(request, ExportSubject)
    company = find_workspace(Path(settings.WORKSPACE)).name
    done = export_personal(asked.subject, company=company, acting_user=user_of(request))
    shown = PersonalExport(
        subject=done.subject,
        rows=dict(done.rows),
        withheld=list(done.withheld),
        content=base64.b64encode(done.content).decode(),
    )
    answer = json_answer(shown)
    answer["Cache-Control"] = "no-store"
    return answer
