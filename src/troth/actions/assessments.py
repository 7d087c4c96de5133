"""How is a privacy impact assessment drafted, and who says yes or no to it?

Who brings data in drafts it; who answers for what is kept of people signs or refuses it, never the
same person. Both are only ever added: a new look at the same fields is a new assessment, and the
last word that was signed counts.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path

from django.utils import timezone

from troth.actions.access import AccessRefusedError
from troth.actions.recording import recorded
from troth.connectors.contracts.assessing import collected
from troth.connectors.contracts.checking import contract_named
from troth.core.access.deciding import Thing, decide
from troth.core.access.roles import Right, Role
from troth.core.consent.assessments import (
    LONGEST_TEXT,
    Answers,
    AssessmentError,
    Collected,
    Verdict,
    check_expiry,
)
from troth.store.facts.access import person_of
from troth.store.facts.assessments import standing
from troth.store.facts.consents import declared_purposes
from troth.store.models import Assessment, AssessmentSignOff, User
from troth.store.queries.lists import NotFoundError


class AssessmentSignedError(ValueError):
    """This assessment has its yes or its no already. Draft a new one to look at it again."""

    code = "assessment.signed"


def draft_assessment(
    *,
    workspace: Path,
    contract_id: str,
    fields: Collection[str] = (),
    answers: Answers,
    acting_user: User,
) -> Assessment:
    """Draft an assessment of fields ("crm/accounts/birthday") of a contract.

    Without `fields`: of all that it holds back. Raises UnknownContractError, ContractError,
    AssessmentError, UnknownPurposeError, NotAllowedError.
    """
    with recorded(
        acting_user=acting_user,
        action="privacy:assessment:drafted",
        right=Right.LAND,
        subject=contract_id,
        is_company_wide=True,
    ) as entry:
        now = timezone.now()
        contract = contract_named(workspace, contract_id)
        held = collected(contract)
        chosen = _chosen(held, fields) if fields else _held_back(held)
        declared = declared_purposes()
        for purpose in answers.purposes:
            declared.notice(purpose, now)
        row = Assessment(
            id=f"pia_{secrets.token_hex(8)}",
            contract=contract.id,
            contract_version=contract.version,
            fields={item.name: item.classification for item in chosen},
            description=_text(answers.description),
            purposes=list(dict.fromkeys(answers.purposes)),
            basis=answers.basis.value,
            interest=_text(answers.interest),
            necessity=_text(answers.necessity),
            risks=_text(answers.risks),
            measures=_text(answers.measures),
            retention=_text(answers.retention),
            recipients=_text(answers.recipients),
            drafted_at=now,
            drafted_by=acting_user,
        )
        row.save(force_insert=True)
        entry.wrote(row)
        entry.detail = {"assessment": row.pk, "fields": sorted(row.fields)}
    return row


def sign_assessment(
    assessment_id: str,
    *,
    reason: str,
    expires_on: date,
    conditions: str = "",
    acting_user: User,
) -> AssessmentSignOff:
    """Say yes, until a day, with conditions or without: its fields land from the next sync on.

    Raises NotFoundError, AssessmentError, AssessmentSignedError, AccessRefusedError.
    """
    check_expiry(expires_on, today=timezone.now().date())
    verdict = Verdict.WITH_CONDITIONS if conditions.strip() else Verdict.APPROVED
    return _sign(
        assessment_id,
        verdict,
        reason=reason,
        conditions=conditions,
        expires_on=expires_on,
        acting_user=acting_user,
    )


def refuse_assessment(assessment_id: str, *, reason: str, acting_user: User) -> AssessmentSignOff:
    """Say no: its fields are left out from the next sync on, also those that had a yes before.

    Raises NotFoundError, AssessmentError, AssessmentSignedError, AccessRefusedError.
    """
    return _sign(assessment_id, Verdict.REFUSED, reason=reason, acting_user=acting_user)


def _sign(
    assessment_id: str,
    verdict: Verdict,
    *,
    reason: str,
    conditions: str = "",
    expires_on: date | None = None,
    acting_user: User,
) -> AssessmentSignOff:
    with recorded(
        acting_user=acting_user,
        action=f"privacy:assessment:{'refused' if verdict is Verdict.REFUSED else 'signed'}",
        right=Right.SIGN_ASSESSMENTS,
        reason=_said(reason),
        is_company_wide=True,
    ) as entry:
        drafted = Assessment.objects.select_for_update().filter(pk=assessment_id).first()
        if drafted is None:
            raise NotFoundError("assessment", assessment_id)
        _require_another(drafted, acting_user)
        if AssessmentSignOff.objects.filter(assessment=drafted).exists():
            raise AssessmentSignedError(" ".join((AssessmentSignedError.__doc__ or "").split()))
        row = AssessmentSignOff(
            id=f"pis_{secrets.token_hex(8)}",
            assessment=drafted,
            verdict=verdict.value,
            reason=_said(reason),
            conditions=_text(conditions),
            expires_on=expires_on,
            signed_at=timezone.now(),
            signed_by=acting_user,
        )
        row.save(force_insert=True)
        entry.wrote(row)
        entry.subject = drafted.contract
        entry.detail = {
            "assessment": drafted.pk,
            "fields": sorted(drafted.fields),
            "verdict": verdict.value,
        }
    return row


def _require_another(drafted: Assessment, acting_user: User) -> None:
    """Four eyes. Raises AccessRefusedError where the person drafted it, or is the program."""
    concerns = acting_user.pk if drafted.drafted_by_id == acting_user.pk else None
    verdict = decide(
        person_of(acting_user), Right.SIGN_ASSESSMENTS, Thing(is_common=True, concerns=concerns)
    )
    if not verdict.is_allowed:
        role = Role(acting_user.role)
        raise AccessRefusedError(Right.SIGN_ASSESSMENTS, role, verdict.sentence)


def _chosen(held: Iterable[Collected], names: Collection[str]) -> list[Collected]:
    known = {item.name: item for item in held}
    unknown = sorted(set(names) - known.keys())
    if unknown:
        there = ", ".join(known) or "none"
        raise AssessmentError(
            f"The contract collects no personal field {', '.join(unknown)}. It has {there}: write "
            "one as crm/accounts/birthday."
        )
    return [known[name] for name in dict.fromkeys(names)]


def _held_back(held: Iterable[Collected]) -> list[Collected]:
    found = [item for item in held if not standing(item, at=timezone.now()).is_live]
    if not found:
        raise AssessmentError(
            "The contract holds no field back that needs an assessment. Name the fields to look "
            "at again, as crm/accounts/birthday."
        )
    return found


def _said(reason: str) -> str:
    words = _text(reason)
    if not words:
        raise AssessmentError("A yes and a no need their reason: say it in a sentence.")
    return words


def _text(words: str) -> str:
    """Raises AssessmentError where it is too long."""
    text = words.replace("\0", "").strip()
    if len(text) > LONGEST_TEXT:
        raise AssessmentError(f"An answer has {LONGEST_TEXT:,} signs at most: shorten it.")
    return text
