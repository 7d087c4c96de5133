"""Which privacy impact assessments are there, and where does each personal field stand?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from troth.core.access.deciding import Person, Thing, decide
from troth.core.access.roles import Right
from troth.core.consent.assessments import Collected, Standing, Verdict
from troth.core.consent.purposes import Basis
from troth.store.facts import assessments as facts
from troth.store.models import Assessment
from troth.store.queries.lists import BadListError, NotFoundError
from troth.store.queries.viewing import Viewer, as_the_program, viewing

STATES = ("drafted", "approved", "approved_with_conditions", "refused", "expired")


@dataclass(frozen=True, kw_only=True)
class AssessmentRow:
    """One assessment with its sign-off."""

    id: str
    contract: str
    contract_version: str
    fields: Mapping[str, str]  # "crm/accounts/birthday" → its class
    description: str
    purposes: tuple[str, ...]
    basis: str
    article: str  # "Art. 6(1)(f)"
    interest: str
    necessity: str
    risks: str
    measures: str
    retention: str
    recipients: str
    drafted_at: datetime
    drafted_by: str
    drafted_by_id: int
    state: str  # one of STATES
    reason: str
    conditions: str
    expires_on: date | None
    signed_at: datetime | None
    signed_by: str


def find_assessments(
    *, viewer: Viewer, at: datetime, state: str = "all", contract: str = ""
) -> tuple[AssessmentRow, ...]:
    """Every assessment, the newest first. Raises BadListError, NotAllowedError."""
    if state not in (*STATES, "all"):
        raise BadListError(f"There is no state {state!r}. Ask for one of {', '.join(STATES)}, all.")
    with viewing(viewer, Right.SEE_CUSTOMERS):
        rows = Assessment.objects.select_related("drafted_by", "sign_off__signed_by")
        rows = rows.filter(contract=contract) if contract else rows
        found = [_row(row, at) for row in rows.order_by("-drafted_at", "id")]
    return tuple(row for row in found if state in ("all", row.state))


def assessment(*, viewer: Viewer, assessment_id: str, at: datetime) -> AssessmentRow:
    """One assessment. Raises NotFoundError, NotAllowedError."""
    with viewing(viewer, Right.SEE_CUSTOMERS):
        rows = Assessment.objects.select_related("drafted_by", "sign_off__signed_by")
        row = rows.filter(pk=assessment_id).first()
        if row is None:
            raise NotFoundError("assessment", assessment_id)
        return _row(row, at)


def field_standings(
    *,
    viewer: Viewer,
    fields: Iterable[Collected],
    at: datetime,
    right: Right = Right.SEE_CUSTOMERS,
) -> dict[Collected, Standing]:
    """Where each personal field of contracts stands. Raises NotAllowedError."""
    with viewing(viewer, right), as_the_program():  # of fields, not of customers
        return {item: facts.standing(item, at=at) for item in fields}


def may_sign(row: AssessmentRow, *, viewer: Viewer) -> bool:
    """Whether this viewer may say yes or no to it: never who drafted it."""
    concerns = viewer.user_id if viewer.user_id == row.drafted_by_id else None
    thing = Thing(is_common=True, concerns=concerns)
    person = Person(user_id=viewer.user_id, role=viewer.role, is_the_program=viewer.is_the_program)
    return (
        row.state == "drafted"
        and viewer.may(Right.SIGN_ASSESSMENTS)
        and decide(person, Right.SIGN_ASSESSMENTS, thing).is_allowed
    )


def _row(row: Assessment, at: datetime) -> AssessmentRow:
    signed = getattr(row, "sign_off", None)
    return AssessmentRow(
        id=row.pk,
        contract=row.contract,
        contract_version=row.contract_version,
        fields=row.fields,
        description=row.description,
        purposes=tuple(row.purposes),
        basis=row.basis,
        article=Basis(row.basis).article,
        interest=row.interest,
        necessity=row.necessity,
        risks=row.risks,
        measures=row.measures,
        retention=row.retention,
        recipients=row.recipients,
        drafted_at=row.drafted_at,
        drafted_by=row.drafted_by.name,
        drafted_by_id=row.drafted_by_id,
        state="drafted" if signed is None else _state(signed.verdict, signed.expires_on, at),
        reason="" if signed is None else signed.reason,
        conditions="" if signed is None else signed.conditions,
        expires_on=None if signed is None else signed.expires_on,
        signed_at=None if signed is None else signed.signed_at,
        signed_by="" if signed is None else signed.signed_by.name,
    )


def _state(verdict: str, expires_on: date | None, at: datetime) -> str:
    is_over = verdict != Verdict.REFUSED and expires_on is not None and at.date() > expires_on
    return "expired" if is_over else verdict
