"""What was assessed before personal fields are collected, who signed, and what still waits?"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from troth.actions import assessments as actions
from troth.actions.access import AccessRefusedError
from troth.connectors.contracts.assessing import collected
from troth.connectors.contracts.checking import contracts_of
from troth.connectors.contracts.errors import ContractError, UnknownContractError
from troth.connectors.contracts.shapes import Contract
from troth.connectors.errors import MappingError
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.core.consent.assessments import LONGEST_DAYS, Answers, AssessmentError, Collected
from troth.core.consent.purposes import Basis, UnknownPurposeError
from troth.store.models import User
from troth.store.queries.assessments import (
    assessment,
    field_standings,
    find_assessments,
    may_sign,
)
from troth.store.queries.consents import find_purposes

_TEXTS = (
    *("description", "interest", "necessity", "risks", "measures", "retention", "recipients"),
    *("contract", "basis"),
)
_WRONG = (AssessmentError, UnknownPurposeError, UnknownContractError, ContractError, MappingError)
_YEAR = timedelta(days=365)


@page(Right.SEE_CUSTOMERS)
def index(request: PageRequest) -> HttpResponse:
    """Every assessment, where each field stands, and the form to draft one."""
    if request.method != "POST":
        return _shown(request, {"contract": request.GET.get("contract", "")[:300]})
    request.reading.viewer.require(Right.LAND)
    assert isinstance(request.user, User)
    typed = {name: _text(request, name) for name in _TEXTS}
    purposes = _ticked(request, "purposes")
    fields = [item.removeprefix(f"{typed['contract']}:") for item in _ticked(request, "fields")
              if item.startswith(f"{typed['contract']}:")]  # fmt: skip
    try:
        row = actions.draft_assessment(
            workspace=Path(settings.WORKSPACE),
            contract_id=typed["contract"],
            fields=fields,
            answers=_answers(typed, purposes),
            acting_user=request.user,
        )
    except _WRONG as error:
        return _shown(request, typed, error=str(error))
    messages.success(request, _("Drafted. Somebody else has to sign it."), extra_tags="good")
    return HttpResponseRedirect(f"/assessments/{row.pk}")


@page(Right.SEE_CUSTOMERS)
def one(request: PageRequest, assessment_id: str) -> HttpResponse:
    """One assessment, whole, and the form to sign it for those who may."""
    viewer, now = request.reading.viewer, timezone.now()
    row = assessment(viewer=viewer, assessment_id=assessment_id, at=now)
    today = now.date()
    context = {
        "row": row,
        "may_sign": may_sign(row, viewer=viewer),
        "usual": today + _YEAR,
        "today": today,
        "latest": today + timedelta(days=LONGEST_DAYS),
    }
    return render(request, "pages/assessment.html", context)


@require_POST
@page(Right.SIGN_ASSESSMENTS)
def sign(request: PageRequest, assessment_id: str) -> HttpResponse:
    """Say yes, then back to it."""
    assert isinstance(request.user, User)
    try:
        actions.sign_assessment(
            assessment_id,
            reason=_text(request, "reason"),
            expires_on=_day(_text(request, "expires_on")),
            conditions=_text(request, "conditions"),
            acting_user=request.user,
        )
    except (AssessmentError, actions.AssessmentSignedError, AccessRefusedError) as error:
        return _not_signed(request, assessment_id, error)
    told = _("Signed. Its fields land from the next sync on.")
    messages.success(request, told, extra_tags="good")
    return HttpResponseRedirect(f"/assessments/{assessment_id}")


@require_POST
@page(Right.SIGN_ASSESSMENTS)
def refuse(request: PageRequest, assessment_id: str) -> HttpResponse:
    """Say no, then back to it."""
    assert isinstance(request.user, User)
    try:
        actions.refuse_assessment(
            assessment_id, reason=_text(request, "reason"), acting_user=request.user
        )
    except (AssessmentError, actions.AssessmentSignedError, AccessRefusedError) as error:
        return _not_signed(request, assessment_id, error)
    told = _("Refused. Its fields are left out from the next sync on.")
    messages.success(request, told, extra_tags="good")
    return HttpResponseRedirect(f"/assessments/{assessment_id}")


def _not_signed(request: PageRequest, assessment_id: str, error: Exception) -> HttpResponse:
    told = _("Nothing was signed. %(reason)s") % {"reason": error}
    messages.error(request, told, extra_tags="bad")
    return HttpResponseRedirect(f"/assessments/{assessment_id}")


def _answers(typed: dict[str, str], purposes: list[str]) -> Answers:
    if typed["basis"] not in list(Basis):
        raise AssessmentError(_("Choose the legal basis."))
    return Answers(
        description=typed["description"],
        purposes=tuple(purposes),
        basis=Basis(typed["basis"]),
        interest=typed["interest"],
        necessity=typed["necessity"],
        risks=typed["risks"],
        measures=typed["measures"],
        retention=typed["retention"],
        recipients=typed["recipients"],
    )


def _shown(request: PageRequest, typed: dict[str, str], *, error: str = "") -> HttpResponse:
    viewer, now = request.reading.viewer, timezone.now()
    contracts = _contracts()
    fields: list[Collected] = [it for contract in contracts for it in collected(contract)]
    standings = field_standings(viewer=viewer, fields=fields, at=now)
    notices = find_purposes(viewer=viewer, at=now)
    context = {
        "found": find_assessments(viewer=viewer, at=now),
        "fields": [(item, word.value) for item, word in standings.items()],
        "contracts": contracts,
        "purposes": [notice for notice in notices if notice.is_in_force],
        "ticked": (*_ticked(request, "purposes"), *_ticked(request, "fields")),
        "bases": [basis.value for basis in Basis],
        "typed": typed,
        "error": error,
        "may_draft": bool(fields) and request.reading.may(Right.LAND),
    }
    return render(request, "pages/assessments.html", context, status=422 if error else 200)


def _contracts() -> tuple[Contract, ...]:
    """None where one is wrong: the page of contracts tells which, and why."""
    try:
        return contracts_of(Path(settings.WORKSPACE))
    except (ContractError, MappingError):
        return ()


def _text(request: PageRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "").strip()[:10_000]


def _ticked(request: PageRequest, name: str) -> list[str]:
    return [item.replace("\0", "")[:600] for item in request.POST.getlist(name)][:200]


def _day(typed: str) -> date:
    """Raises AssessmentError."""
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise AssessmentError(_("Write a day as 2026-12-28.")) from error
