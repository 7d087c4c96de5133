"""A small company, and the programs that ask about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.test import Client

from troth.actions.people import add_user, issue_token, system_user
from troth.core.access.roles import Role
from troth.core.decisions.kinds import read_input
from troth.core.decisions.receipt import seal
from troth.store.models import (
    CaseWork,
    Crosswalk,
    Customer,
    CustomerPersonal,
    Decision,
    Promise,
    User,
)

NOON = datetime(2026, 1, 12, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the API with a token."""

    user: User
    token: str
    client: Client

    def get(self, address: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1{address}", headers=self._with(headers))

    def post(self, address: str, body: Any, **headers: str) -> Any:
        content_type = headers.pop("content_type", "application/json")
        return self.client.post(
            f"/api/v1{address}", body, content_type=content_type, headers=self._with(headers)
        )

    def _with(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Authorization": f"Bearer {self.token}"} | named


def caller(role: Role, name: str = "") -> Caller:
    """A new user of this role with a token."""
    system = system_user()
    user = add_user(
        username=name or f"a-{role.value}", name=role.value, role=role, acting_user=system
    )
    token = issue_token(user=user, label="tests", acting_user=system)
    return Caller(user, token, Client(raise_request_exception=False))


def add_company(count: int, *, first: int = 1) -> list[str]:
    return [add_customer(number) for number in range(first, first + count)]


def add_customer(number: int) -> str:
    """One customer with an order, its promise and a case."""
    customer = Customer.objects.create(
        id=f"cus_{number:016x}",
        region="default",
        sales_region="SP",
        tier="Gold" if number % 2 else "Silver",
        segment="retail",
        first_known_at=NOON,
    )
    CustomerPersonal.objects.create(
        customer=customer, name=f"Acme {number}", email=f"acme{number}@example.org"
    )
    Crosswalk.objects.create(
        source_key=f"erp:C-{number}", customer=customer, because="the only one"
    )
    placed_at = NOON + timedelta(hours=number)
    promised = add_decision(
        "promise", {"order": f"erp:SO-{number}", "placed_at": placed_at.isoformat()}, customer
    )
    Promise.objects.create(
        order_key=f"erp:SO-{number}",
        customer=customer,
        region="default",
        tier=customer.tier,
        placed_at=placed_at,
        first_promised_at=placed_at + timedelta(days=8),
        promised_at=placed_at + timedelta(days=8),
        state="open",
        first_decision=promised,
        latest_decision=promised,
    )
    add_case(number, customer)
    return customer.pk


def add_case(number: int, customer: Customer) -> None:
    """An open case of severity 2."""
    placed_at = NOON + timedelta(hours=number)
    ranked = add_decision(
        "prioritise",
        {"case": f"desk:C-{number}", "opened_at": placed_at.isoformat(), "severity": 2},
        customer,
    )
    CaseWork.objects.create(
        case_key=f"desk:C-{number}",
        customer=customer,
        region="default",
        severity=2,
        status="in_progress",
        is_open=True,
        opened_at=placed_at,
        first_response_due_at=placed_at + timedelta(hours=2),
        resolution_due_at=placed_at + timedelta(days=1),
        rank=number,
        decision=ranked,
    )


def add_decision(kind: str, facts: dict[str, Any], customer: Customer) -> Decision:
    read = read_input(kind, {"facts": {**facts, "customer": customer.pk}})
    decision = read.decide()
    receipt = seal(decision, read.facts, read.policy)
    with transaction.atomic():
        return Decision.objects.create(
            id=receipt.id,
            kind=kind,
            subject=decision.subject,
            customer=customer,
            region="default",
            at=decision.at,
            input_digest=receipt.input_digest,
            receipt=receipt.content.decode(),
        )


def event(number: int = 1, **changed: Any) -> dict[str, Any]:
    """An order that was placed, as a CloudEvent."""
    return {
        "specversion": "1.0",
        "id": f"event-{number}",
        "source": "erp",
        "type": "troth.record.order.upserted",
        "subject": f"SO-{number}",
        "time": "2026-01-12T09:31:00Z",
        "data": {
            "customer": "erp:C-1",
            "placed_at": "2026-01-12T09:30:00Z",
            "status": "open",
            "total": {"amount": "129.90", "currency": "BRL"},
        },
    } | changed
