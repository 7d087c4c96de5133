"""What was decided, and why? The receipt is read here and shown as it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from troth.core.access.roles import Right
from troth.core.decisions.floor import LIFTED
from troth.store.facts.aliases import survivor_of
from troth.store.models import Decision, SharedInput
from troth.store.queries.lists import PAGE_SIZE, Choice, NotFoundError, Page, choices, cut, ordered
from troth.store.queries.naming import display_name
from troth.store.queries.viewing import Sight, Viewer, viewing
from troth.store.queries.visibility import visible

SORTS = {"at": "at", "kind": "kind", "subject": "subject"}
_LARGEST_SHARED = 200_000  # characters of a shared input that a page shows


@dataclass(frozen=True, kw_only=True)
class DecisionRow:
    """One decision in a list."""

    id: str
    kind: str
    subject: str
    customer_id: str
    at: datetime
    outcome: Mapping[str, Any]
    first_reason: str  # the sentence of the first reason


@dataclass(frozen=True, kw_only=True)
class DecisionRecord:
    """One decision with its receipt, parsed. Everything inside `receipt` is as it was hashed."""

    row: DecisionRow
    customer_name: str
    region: str
    input_digest: str
    receipt_text: str  # RFC 8785 JSON, to the byte
    receipt: Mapping[str, Any]
    outcome: Mapping[str, Any]
    reasons: tuple[Mapping[str, Any], ...]
    facts: tuple[Mapping[str, Any], ...]
    policies: tuple[Mapping[str, Any], ...]
    alternatives: tuple[Mapping[str, Any], ...]
    would_change: tuple[Mapping[str, Any], ...]
    consent_basis: str
    consent: tuple[Mapping[str, Any], ...]  # of each purpose that layers of policy rest on
    earlier: tuple[DecisionRow, ...]  # other decisions of this kind on the subject, newest first


@dataclass(frozen=True, kw_only=True)
class SharedInputRecord:
    """One input that many receipts share."""

    digest: str
    kind: str
    content: str


def find_decisions(
    *,
    viewer: Viewer,
    kind: str = "",
    subject: str = "",
    customer_id: str = "",
    sort: str = "-at",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[DecisionRow]:
    """Decisions, newest first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_DECISIONS) as sight:
        chosen = {"kind": kind, "subject": subject, "customer": survivor_of(customer_id)}
        rows = visible(Decision.objects.all(), sight)
        rows = rows.filter(**{name: value for name, value in chosen.items() if value})
        rows = ordered(rows, sort=sort, columns=SORTS, key="pk")
        return cut(rows, page=page, size=size, to_row=decision_row)


def decision_kinds(*, viewer: Viewer) -> tuple[Choice, ...]:
    """The kinds that occur."""
    with viewing(viewer, Right.SEE_DECISIONS) as sight:
        return choices(visible(Decision.objects.all(), sight), "kind")


def decision(*, viewer: Viewer, decision_id: str) -> DecisionRecord:
    """One decision with its parsed receipt. Raises NotFoundError."""
    with viewing(viewer, Right.SEE_DECISIONS) as sight:
        rows = visible(Decision.objects.select_related("customer__customerpersonal"), sight)
        found = rows.filter(pk=decision_id).first()
        if found is None:
            raise NotFoundError("decision", decision_id)
        receipt = json.loads(found.receipt)
        body = _body(receipt)
        return DecisionRecord(
            row=decision_row(found),
            customer_name=display_name(viewer, found.customer),
            region=found.region,
            input_digest=found.input_digest,
            receipt_text=found.receipt,
            receipt=receipt,
            outcome=body.get("outcome") or {},
            reasons=tuple(body.get("reasons") or ()),
            facts=tuple(body.get("facts") or ()),
            policies=_policies(receipt),
            alternatives=tuple(body.get("alternatives") or ()),
            would_change=tuple(body.get("would_change") or ()),
            consent_basis=body.get("consent_basis") or "",
            consent=tuple((receipt.get("inputs") or {}).get("consent") or ()),
            earlier=decisions_about(sight, found.subject, kind=found.kind, but=found.pk),
        )


def shared_input(*, viewer: Viewer, digest: str) -> SharedInputRecord:
    """One content-addressed input of receipts. Raises NotFoundError."""
    with viewing(viewer, Right.SEE_DECISIONS):
        found = SharedInput.objects.filter(pk=digest).first()
        if found is None:
            raise NotFoundError("shared input", digest)
        return SharedInputRecord(
            digest=found.pk, kind=found.kind, content=found.content[:_LARGEST_SHARED]
        )


def decisions_about(
    sight: Sight, subject: str, *, kind: str = "", but: str = "", most: int = 50
) -> tuple[DecisionRow, ...]:
    """Decisions on one subject, newest first. Call it inside `viewing`."""
    rows = visible(Decision.objects.filter(subject=subject), sight)
    if kind:
        rows = rows.filter(kind=kind)
    if but:
        rows = rows.exclude(pk=but)
    return tuple(decision_row(row) for row in rows.order_by("-at", "pk")[:most])


def decision_row(row: Decision) -> DecisionRow:
    """A decision's row as a record."""
    body = _body(json.loads(row.receipt))
    reasons = body.get("reasons") or ()
    return DecisionRow(
        id=row.pk,
        kind=row.kind,
        subject=row.subject,
        customer_id=row.customer_id or "",
        at=row.at,
        outcome=body.get("outcome") or {},
        first_reason=str(reasons[0].get("sentence", "")) if reasons else "",
    )


def _policies(receipt: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The policy values that a decision obeyed, as its receipt keeps them beside it."""
    kept = receipt.get("policies")
    # Where its own policy would have been worse than standard, it obeyed the standard.
    is_lifted = any(item.get("code") == LIFTED for item in _body(receipt).get("reasons") or ())
    used = kept.get("standard" if is_lifted else "used") if isinstance(kept, Mapping) else kept
    return tuple(used or ())


def _body(receipt: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where the decision stands in a receipt: under its own key, or the receipt itself."""
    inner = receipt.get("decision")
    return inner if isinstance(inner, Mapping) else receipt
