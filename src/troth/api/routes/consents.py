"""Consent over HTTP: what a customer permits, what it said, and what each purpose is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from troth.actions import consents as actions
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cursors import list_answer, reach_of, slice_of
from troth.api.routes.describing import described, json_body
from troth.api.shapes.consents import (
    ConsentReading,
    CustomerConsents,
    NewConsent,
    NewPurpose,
    PurposeFilters,
    PurposeList,
    PurposeNotice,
)
from troth.api.signing_in import user_of, viewer
from troth.core.access.roles import Right
from troth.core.consent.purposes import Basis
from troth.core.consent.states import State
from troth.store.queries.consents import customer_consents, find_purposes

_TAG = "Privacy"
router = Router()


@router.get(
    "/customers/{path:customer_id}/consents",
    **described("consent_show", "Show what a customer permits", tag=_TAG, answers=CustomerConsents),
)
def consent_show(
    request: HttpRequest, customer_id: str, reading: Query[ConsentReading]
) -> HttpResponse:
    """Where each purpose stands, why, and all that the customer said; by id or source key."""
    found = customer_consents(
        viewer=viewer(request),
        customer_id=customer_id,
        at=reading.at or timezone.now(),
        known_at=reading.known_at,
    )
    return json_answer(CustomerConsents.model_validate(found))


@router.post(
    "/customers/{path:customer_id}/consents",
    **described(
        "consent_record",
        "Record what a customer said",
        tag=_TAG,
        answers=CustomerConsents,
        extra=json_body(NewConsent.model_json_schema(), {"said": NewConsent.EXAMPLE}),
    ),
)
def consent_record(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Record a grant, a denial or a revocation. Nothing that was decided is decided anew."""
    viewer(request).require(Right.RECORD_CONSENT)
    asked = body_of(request, NewConsent)
    actions.record_consent(
        customer_id=customer_id,
        purposes=asked.purposes,
        said=State(asked.said),
        how=actions.How(asked.how),
        source="api",
        effective_at=asked.effective_at,
        expires_at=asked.expires_at,
        acting_user=user_of(request),
    )
    found = customer_consents(viewer=viewer(request), customer_id=customer_id, at=timezone.now())
    return json_answer(CustomerConsents.model_validate(found))


@router.get(
    "/purposes",
    **described("purpose_list", "List purposes", tag=_TAG, answers=PurposeList),
)
def purpose_list(request: HttpRequest, filters: Query[PurposeFilters]) -> HttpResponse:
    """What data is used for, on which basis, and what customers are told; every version."""
    rows = find_purposes(viewer=viewer(request), at=timezone.now())
    found = slice_of(
        rows, reach_of(request, filters), key=lambda row: (row.purpose, f"{row.version:06}")
    )
    return list_answer(request, filters, PurposeList, found)


@router.post(
    "/purposes",
    **described(
        "purpose_declare",
        "Declare a purpose",
        tag=_TAG,
        answers=PurposeNotice,
        extra=json_body(NewPurpose.model_json_schema(), {"notice": NewPurpose.EXAMPLE}),
    ),
)
def purpose_declare(request: HttpRequest) -> HttpResponse:
    """Declare a purpose, or a new version of its notice, from now on."""
    viewer(request).require(Right.DECLARE_PURPOSE)
    asked = body_of(request, NewPurpose)
    row = actions.declare_purpose(
        purpose=asked.purpose,
        basis=Basis(asked.basis),
        title=asked.title,
        text=asked.text,
        layers=asked.layers,
        valid_days=asked.valid_days,
        asks_again=asked.asks_again,
        acting_user=user_of(request),
    )
    found = find_purposes(viewer=viewer(request), at=timezone.now())
    mine = next(it for it in found if (it.purpose, it.version) == (row.purpose, row.version))
    return json_answer(PurposeNotice.model_validate(mine))
