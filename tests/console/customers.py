"""What is one customer of the small company? Rows, which land together, a statement a table."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models

from troth.store.models import (
    FACTS,
    CaseWork,
    Clock,
    CommitmentDifference,
    Crosswalk,
    Customer,
    CustomerPersonal,
    CustomerSegment,
    CustomerValue,
    Decision,
    FactPersonal,
    Landing,
    Promise,
    TierAssignment,
    ValueModel,
)

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
STATES = ("late", "open", "at_risk", "kept", "broken", "cancelled", "kept")
Row = TypeVar("Row", bound=models.Model)


def customer_id(number: int) -> str:
    return f"cus_{number:016x}"


def order_key(number: int, place: int) -> str:
    return f"erp:SO-{number:03}{place}"


def difference_id(number: int) -> str:
    return f"dif_{number:016x}"


def case_key(number: int) -> str:
    return f"desk:T-{number:03}"


@dataclass(frozen=True, kw_only=True)
class Company:
    """What the rows of all customers rest on, and those rows until they land."""

    landing: Landing
    policy: str
    model: ValueModel
    rows: dict[type[models.Model], list[models.Model]] = field(default_factory=dict)

    def add(self, model: type[Row], /, **columns: Any) -> Row:
        row = model(**columns)
        self.rows.setdefault(model, []).append(row)
        return row

    def land(self) -> None:
        """A table is written before those that came up after it, which may name its rows."""
        for model, rows in self.rows.items():
            model._default_manager.bulk_create(rows)


def land_customers(numbers: Iterable[int], company: Company) -> None:
    """Customers, each with a promise of every state, a case and what belongs to it."""
    for number in numbers:
        _customer(number, company)
        _worth(number, company)
        for place, state in enumerate(STATES):
            _promise(number, place, state, company)
        _case(number, company)
    company.land()


def _customer(number: int, company: Company) -> None:
    row = company.add(
        Customer,
        id=customer_id(number),
        region="eu",
        sales_region="Bayern" if number % 2 else "Ontario",
        country="DE" if number % 2 else "CA",
        city="München",
        time_zone="Europe/Berlin" if number % 2 else "America/Toronto",
        segment="retail",
        tier=("gold", "silver", "standard")[number % 3],
        tier_since=NOW - timedelta(days=90),
        first_known_at=NOW - timedelta(days=200),
        source_count=2,
        revenue_trailing=Decimal(1000 + number),
        currency="EUR",
        party_kind="organisation",
    )
    company.add(
        CustomerPersonal,
        customer=row,
        name=f"Geheim Werke {number:03}",
        email=f"kontakt{number}@geheim.example",
        phone="+49 89 1234567",
        provenance={"name": f"crm:A{number}"},
    )
    for source_key, because in (
        (f"erp:D{number}", "known first"),
        (f"crm:A{number}", f"same tax id as erp:D{number}"),
    ):
        company.add(Crosswalk, source_key=source_key, customer=row, because=because)
    company.add(
        TierAssignment,
        customer=row,
        tier=row.tier,
        starts_at=NOW - timedelta(days=90),
        code="tier:entered",
        sentence="Revenue over 12 months reaches the threshold.",
        revenue=Decimal(1000 + number),
        currency="EUR",
        policy_version=company.policy,
    )


def _worth(number: int, company: Company) -> None:
    """What a customer is worth, by a model that all share."""
    customer, value = customer_id(number), 1000 + number
    company.add(
        CustomerSegment,
        customer_id=customer,
        segment="Core",
        since=NOW - timedelta(days=31),
        came_from="Growing",
        as_of=NOW,
        rule="core",
        currency="EUR",
        revenue_12m=Decimal(value),
        revenue_before_12m=Decimal(value) / 2,
        revenue_growth_percent=Decimal(100),
        orders_12m=24,
        days_since_last=11,
        cases_12m=3,
        promises_12m=20,
        broken_promises_12m=1,
        expected_value=Decimal(value),
        leaving_percent=Decimal("4.1"),
    )
    company.add(
        CustomerValue,
        customer_id=customer,
        model=company.model,
        as_of=NOW,
        form=company.model.form,
        horizon_months=36,
        silence_days=182,
        currency="EUR",
        value=Decimal(value),
        low=Decimal(value) / 4,
        high=Decimal(value) * 2,
        alive=Decimal("0.98"),
        leaving=Decimal("0.041"),
        purchases=Decimal("31.4"),
        per_purchase=Decimal("301.15"),
        margin_percent=Decimal(100),
        days_bought=27,
        first_on=NOW.date() - timedelta(days=800),
        last_on=NOW.date() - timedelta(days=11),
    )


def _promise(number: int, place: int, state: str, company: Company) -> None:
    key, customer = order_key(number, place), customer_id(number)
    placed = NOW - timedelta(days=10 + place, hours=number)
    is_open = state in ("late", "open", "at_risk")
    promised = {"late": NOW - timedelta(days=2), "open": NOW + timedelta(days=4)}.get(
        state, NOW + timedelta(days=2) if is_open else placed + timedelta(days=5)
    )
    arrived = None
    if state in ("kept", "broken"):
        arrived = promised + timedelta(hours=8 if state == "broken" else -8)
    decision = _decision("promise", key, customer, placed, company)
    company.add(
        Promise,
        order_key=key,
        customer_id=customer,
        region="eu",
        tier=("gold", "silver", "standard")[number % 3],
        segment="retail",
        sales_region="Bayern" if number % 2 else "Ontario",
        time_zone="Europe/Berlin",
        placed_at=placed,
        first_promised_at=promised,
        promised_at=promised,
        expected_at=promised + timedelta(days=3 if state == "at_risk" else -1) if is_open else None,
        delivered_at=arrived,
        state="open" if state == "at_risk" else state,
        total=Decimal(100),
        currency="EUR",
        first_decision=decision,
        latest_decision=decision,
    )
    _fact(
        "order", key, placed, company, customer=f"erp:D{number}", placed_at=placed,
        total=Decimal(100),
    )  # fmt: skip
    _fact("order_line", f"{key}/1", placed, company, order=key, quantity=Decimal(3))
    if state == "late":
        _difference(number, company)
    if is_open:
        _clock("delivery", promised, company, subject_kind="order", subject=key, customer=customer)


def _difference(number: int, company: Company) -> None:
    """Of three that were ordered, one left."""
    company.add(
        CommitmentDifference,
        id=difference_id(number),
        order_key=order_key(number, 0),
        line_key=f"{order_key(number, 0)}/1",
        kind="not_sent",
        number=1,
        customer_id=customer_id(number),
        region="eu",
        expected="3",
        found="1",
        unit="piece",
        figures={
            "ordered": "3",
            "sent": "1",
            "unit": "piece",
            "unit_price": "12.5",
            "currency": "EUR",
            "promised_at": NOW.isoformat(),
        },
        state="open",
        opened_at=NOW,
        changed_at=NOW,
    )


def _case(number: int, company: Company) -> None:
    key, customer = case_key(number), customer_id(number)
    opened = NOW - timedelta(hours=30 + number)
    decision = _decision("prioritise", key, customer, opened, company)
    company.add(
        CaseWork,
        case_key=key,
        customer_id=customer,
        region="eu",
        tier=("gold", "silver", "standard")[number % 3],
        category="delivery",
        team="North",
        severity=1 + number % 4,
        status="in_progress",
        is_open=True,
        opened_at=opened,
        first_response_due_at=opened + timedelta(hours=4),
        resolution_due_at=NOW + timedelta(hours=3),
        rank=Decimal(number),
        decision=decision,
    )
    _fact(
        "case", key, opened, company, customer=f"erp:D{number}", opened_at=opened,
        category="delivery", severity=1,
    )  # fmt: skip
    company.add(
        FactPersonal,
        kind="case",
        key=key,
        revision=1,
        region="eu",
        fields={"subject": "Geheim: where is it?"},
    )
    _fact("case_event", f"{key}/1", opened, company, case=key, event_kind="opened")
    for metric, due_at in (
        ("first_response", opened + timedelta(hours=4)),
        ("resolution", NOW + timedelta(hours=3)),
    ):
        _clock(metric, due_at, company, subject_kind="case", subject=key, customer=customer)


def _clock(
    metric: str,
    due_at: datetime,
    company: Company,
    *,
    subject_kind: str,
    subject: str,
    customer: str,
) -> None:
    is_breached = due_at < NOW
    company.add(
        Clock,
        subject_kind=subject_kind,
        subject=subject,
        metric=metric,
        customer_id=customer,
        region="eu",
        target_seconds=14_400,
        started_at=NOW - timedelta(days=1),
        due_at=due_at,
        state="in_progress",
        breached=is_breached,
        breached_at=due_at if is_breached else None,
        as_of=NOW,
    )


def _fact(kind: str, key: str, at: datetime, company: Company, **columns: Any) -> None:
    company.add(
        FACTS[kind],
        key=key,
        revision=1,
        region="eu",
        op="upsert",
        landing=company.landing,
        occurred_at=at,
        known_at=at,
        landed_at=NOW,
        row_hash=uuid.uuid5(uuid.NAMESPACE_OID, key),
        **columns,
    )


def _decision(kind: str, subject: str, customer: str, at: datetime, company: Company) -> Decision:
    outcome = {"promised_at": "2026-07-04T12:00:00Z"} if kind == "promise" else {"rank": "12.5"}
    receipt = {
        "at": at.isoformat().replace("+00:00", "Z"),
        "customer": customer,
        "kind": kind,
        "subject": subject,
        "decision": {
            "outcome": outcome,
            "reasons": [{"code": f"{kind}:first", "sentence": f"Because of {subject}."}],
            "facts": [
                {
                    "name": "order.placed_at",
                    "value": "2026-06-01T12:00:00Z",
                    "source": subject,
                    "known_at": "2026-06-01T12:00:00Z",
                    "age_seconds": 3600,
                }
            ],
            "alternatives": [{"outcome": outcome, "because": "The policy asks for 0.95."}],
            "would_change": [{"if": "the quantile were 0.9", "then": "a day earlier"}],
            "consent_basis": "contract performance",
        },
        "policies": {
            "used": [
                {
                    "kind": "lead_time",
                    "output": "service_quantile",
                    "value": "0.95",
                    "layer": "company",
                    "version": company.policy,
                    "overrode": ["default: 0.9"],
                },
                {"kind": "lead_time", "output": "history_days", "value": 180, "layer": "default"},
            ]
        },
    }
    text = json.dumps(receipt, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return company.add(
        Decision,
        id=f"dec_{digest[:40]}",
        kind=kind,
        subject=subject,
        customer_id=customer,
        region="eu",
        at=at,
        input_digest=digest,
        receipt=text,
    )
