"""What do tests of changes need: people, a company, policies as somebody writes them?"""

from __future__ import annotations

from typing import Any

from tests.console.company import add_company, add_people

from troth.actions import changes
from troth.actions.policies import Written
from troth.core.access.roles import Role
from troth.core.policies.approvals import Function
from troth.store.models import PolicyChange, User
from troth.store.queries.viewing import as_the_program

GOLD: dict[str, Any] = {
    "kind": "lead_time",
    "scope": "tier:gold",
    "effective_from": "2026-07-01T00:00:00Z",
    "outputs": {"service_quantile": "0.97"},
    "reason": "Gold is promised what is kept.",
}
CREDIT: dict[str, Any] = {
    "kind": "price_terms",
    "scope": "guardrail:company",
    "effective_from": "2026-07-01T00:00:00Z",
    "outputs": {"late_delivery_credit_percent": {"maximum": 50}},
    "reason": "Nobody is credited more than half.",
}
ANSWER: dict[str, Any] = {
    "kind": "service_level",
    "scope": "guardrail:company",
    "effective_from": "2026-07-01T00:00:00Z",
    "outputs": {"first_response_minutes_1": {"maximum": 240}},
    "reason": "Nobody waits longer.",
}
REASON = "It was talked through on Monday."


def written(*documents: dict[str, Any], **changed: Any) -> list[Written]:
    """Documents as somebody wrote them; `changed` in each."""
    return [
        Written(document=document | changed, place=f"policy {at}", author="author")
        for at, document in enumerate(documents, start=1)
    ]


def make_company(customers: int = 3) -> dict[Role, User]:
    """Somebody of each role, and customers of each tier with orders and cases."""
    people = add_people()
    add_company(customers)
    return people


def drafted(user: User, *documents: dict[str, Any]) -> PolicyChange:
    """A change that somebody wrote."""
    return changes.draft(
        written(*(documents or (GOLD,))), title="Gold", reason=REASON, acting_user=user
    )


def proposed(user: User, *documents: dict[str, Any]) -> PolicyChange:
    """A change that waits for its sign-offs."""
    return changes.propose(drafted(user, *documents).pk, acting_user=user)


def signed(row: PolicyChange, function: str, user: User, verdict: str = changes.APPROVED) -> (
    PolicyChange
):  # fmt: skip
    """What a sign-off makes of a change, as it stands now."""
    with as_the_program():
        seen = PolicyChange.objects.get(pk=row.pk).digest
    return changes.sign(
        row.pk,
        function=Function(function),
        verdict=verdict,
        reason=REASON,
        seen=seen,
        acting_user=user,
    )
