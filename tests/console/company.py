"""A small company with something on every page, made of rows alone."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from troth.actions.people import system_user
from troth.actions.recording import recorded
from troth.core.access.roles import Role
from troth.core.policies.versions import from_document
from troth.store.facts.policies import row_of
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
    FreezeWindow,
    Landing,
    MatchModel,
    PolicyVersion,
    Promise,
    QuarantinedRow,
    ResolutionQuestion,
    Rollout,
    Run,
    TierAssignment,
    User,
    ValueModel,
)

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
PASSWORD = "a long enough password"
_BANDS = [
    {"customers": 98, "lowest": str(at / 10), "highest": str((at + 1) / 10),
     "expected": str(at / 10 + 0.05), "actual": str(at / 10 + 0.04)}
    for at in range(10)
]  # fmt: skip
CHECK: dict[str, Any] = {
    "until_day": 20400,
    "days": 182,
    "leaving": {
        "customers": 980, "happened": 304, "auc": "0.919", "brier": "0.101",
        "brier_of_mean": "0.213", "slope": "1.09", "slope_low": "0.97", "slope_high": "1.21",
        "intercept": "0.18", "bands": _BANDS,
    },
    "hold_out": {
        "expected": "5349.65", "actual": "5516", "inside": "0.937",
        "classes": [
            {"frequency": at, "is_open": at == 7, "customers": 60, "expected": str(1 + at),
             "actual": str(1.1 + at)}
            for at in range(8)
        ],
    },
}  # fmt: skip
STATES = ("late", "open", "at_risk", "kept", "broken", "cancelled", "kept")


def add_people() -> dict[Role, User]:
    """One person a role."""
    people = {}
    for role in Role:
        user = User(username=role.value, name=role.value.title(), role=role.value, password="!")
        user.save()
        people[role] = user
    return people


def customer_id(number: int) -> str:
    return f"cus_{number:016x}"


def add_company(customers: int) -> None:
    """`customers` customers, each with a promise of every state, a case and what belongs to it."""
    Landing.objects.create(
        source="erp", feed="orders", kind="order", landed_at=NOW, fact_count=customers
    )
    Run.objects.create(as_of=NOW, started_at=NOW, finished_at=NOW, stage="finished")
    _add_policies()
    _add_freezes()
    add_customers(range(customers))
    add_match_model()
    for number in range(3):
        QuarantinedRow.objects.create(
            source="erp",
            feed="orders",
            fingerprint=f"fingerprint-{number}",
            file="orders.csv",
            row=number + 1,
            line=number + 2,
            key=f"erp:SO-X{number}",
            column="PlacedOn",
            code="row:date:unreadable",
            message="Found '31.02.2026', expected a date. Correct it and deliver it again.",
            raw=json.dumps({"PlacedOn": "31.02.2026", "Contact": "Herta Geheim"}),
            seen_at=NOW,
        )
    ResolutionQuestion.objects.create(
        id="question-1",
        source_key="crm:bridge",
        customers=[customer_id(0), customer_id(1)],
        because="the e-mail address of one and the tax id of the other",
        asked_at=NOW - timedelta(days=1),
    )
    with recorded(
        acting_user=system_user(), action="fact:feed:landed", right=None, subject="erp/orders"
    ):
        pass


def add_customers(numbers: Iterable[int]) -> None:
    """More customers, each with its promises and its case."""
    landing = Landing.objects.get()
    policy = PolicyVersion.objects.latest("number").pk
    for number in numbers:
        _add_customer(number, policy)
        for place, state in enumerate(STATES):
            _add_promise(number, place, state, landing, policy)
        _add_case(number, landing, policy)


def _add_freezes() -> None:
    """Two that return every year, so far off that they hold nothing up."""
    for number, (title, scope, first, last) in enumerate(
        (
            ("Harvest", ("tier", "gold"), date(2090, 1, 1), date(2090, 12, 30)),
            ("Close of the year", ("company", ""), date(2090, 12, 31), date(2090, 12, 31)),
        )
    ):
        FreezeWindow.objects.create(
            id=f"frz_{number:016x}",
            layer=scope[0],
            scope=scope[1],
            kind="season",
            title=title,
            reason="They have no hand free.",
            time_zone="Europe/Berlin",
            starts_at=datetime(first.year, first.month, first.day, tzinfo=UTC),
            ends_at=datetime(2090, 12, 31, tzinfo=UTC),
            first_on=first,
            last_on=last,
            repeats="FREQ=YEARLY",
            uid=f"frz_{number:016x}@troth",
            author=system_user(),
            created_at=NOW,
        )


def _add_policies() -> None:
    for number, quantile in ((1, "0.9"), (2, "0.95")):
        version = from_document(
            {
                "kind": "lead_time",
                "scope": "company",
                "number": number,
                "effective_from": NOW - timedelta(days=300 - number),
                "effective_to": None,
                "published_at": NOW - timedelta(days=300 - number),
                "outputs": {"service_quantile": quantile},
                "author": "troth",
                "reason": f"Version {number} of the promise",
                "clause": None,
            }
        )
        row_of(version, author=system_user()).save(force_insert=True)


def _add_customer(number: int, policy: str) -> None:
    key = customer_id(number)
    row = Customer.objects.create(
        id=key,
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
    CustomerPersonal.objects.create(
        customer=row,
        name=f"Geheim Werke {number:03}",
        email=f"kontakt{number}@geheim.example",
        phone="+49 89 1234567",
        provenance={"name": f"crm:A{number}"},
    )
    Crosswalk.objects.create(source_key=f"erp:D{number}", customer=row, because="known first")
    Crosswalk.objects.create(
        source_key=f"crm:A{number}", customer=row, because=f"same tax id as erp:D{number}"
    )
    TierAssignment.objects.create(
        customer=row,
        tier=row.tier,
        starts_at=NOW - timedelta(days=90),
        code="tier:entered",
        sentence="Revenue over 12 months reaches the threshold.",
        revenue=Decimal(1000 + number),
        currency="EUR",
        policy_version=policy,
    )
    add_worth(row.pk, value=1000 + number)


def add_match_model() -> None:
    """What was learnt of how their records differ."""
    point = {"weight": "4.112543", "precision": "0.998805", "recall": "0.989725", "pairs": 230}
    loose = {"weight": "-1.279060", "precision": "0.992710", "recall": "0.992239", "pairs": 232}
    MatchModel.objects.get_or_create(
        id="mtm_0000000000000001",
        defaults={
            "trained_at": NOW,
            "records": 560,
            "sources": 2,
            "design": "organisation",
            "design_digest": "d",
            "precision": Decimal("0.995"),
            "match_from": Decimal("4.112543"),
            "possible_from": Decimal("-1.279060"),
            "expected": point,
            "curve": [point, loose],
            "grounds": {"pairs": 1204, "verdicts": 0, "for_stewards": 2},
            "scored_at": NOW,
        },
    )


def add_worth(customer: str, *, value: int = 8410) -> CustomerValue:
    """What a customer is worth, by a model that all share."""
    model, _ = ValueModel.objects.get_or_create(
        id="val_0000000000000001",
        defaults={
            "relation": "non_contractual",
            "as_of": NOW,
            "form": "BG/NBD and Gamma-Gamma",
            "customers": 984,
            "rests_on": {"days_bought": 21200, "first_on": "2024-01-01", "last_on": "2026-06-01"},
            "terms": {"horizon_months": 36, "silence_days": 182, "policy_version": ""},
            "parameters": {"r": {"value": "0.88", "error": "0.03"}},
            "check_result": CHECK,
        },
    )
    CustomerSegment.objects.create(
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
    return CustomerValue.objects.create(
        customer_id=customer,
        model=model,
        as_of=NOW,
        form=model.form,
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


def _decision(kind: str, subject: str, customer: str, at: datetime, policy: str) -> Decision:
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
                    "version": policy,
                    "overrode": ["default: 0.9"],
                },
                {"kind": "lead_time", "output": "history_days", "value": 180, "layer": "default"},
            ]
        },
    }
    text = json.dumps(receipt, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Decision.objects.create(
        id=f"dec_{digest[:40]}",
        kind=kind,
        subject=subject,
        customer_id=customer,
        region="eu",
        at=at,
        input_digest=digest,
        receipt=text,
    )


def order_key(number: int, place: int) -> str:
    return f"erp:SO-{number:03}{place}"


def _add_promise(number: int, place: int, state: str, landing: Landing, policy: str) -> None:
    key, customer = order_key(number, place), customer_id(number)
    placed = NOW - timedelta(days=10 + place, hours=number)
    is_open = state in ("late", "open", "at_risk")
    promised = {"late": NOW - timedelta(days=2), "open": NOW + timedelta(days=4)}.get(
        state, NOW + timedelta(days=2) if is_open else placed + timedelta(days=5)
    )
    arrived = None
    if state in ("kept", "broken"):
        arrived = promised + timedelta(hours=8 if state == "broken" else -8)
    decision = _decision("promise", key, customer, placed, policy)
    Promise.objects.create(
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
        "order", key, placed, landing, customer=f"erp:D{number}", placed_at=placed,
        total=Decimal(100),
    )  # fmt: skip
    _fact("order_line", f"{key}/1", placed, landing, order=key, quantity=Decimal(3))
    if state == "late":
        add_difference(number)
    if is_open:
        _add_clock("order", key, "delivery", customer, promised)


def difference_id(number: int) -> str:
    return f"dif_{number:016x}"


def add_difference(number: int) -> None:
    """Of three that were ordered, one left."""
    CommitmentDifference.objects.create(
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
        figures={"ordered": "3", "sent": "1", "unit": "piece", "unit_price": "12.5",
                 "currency": "EUR", "promised_at": NOW.isoformat()},
        state="open",
        opened_at=NOW,
        changed_at=NOW,
    )  # fmt: skip


def _fact(kind: str, key: str, at: datetime, landing: Landing, **columns: Any) -> None:
    FACTS[kind]._default_manager.create(
        key=key,
        revision=1,
        region="eu",
        op="upsert",
        landing=landing,
        occurred_at=at,
        known_at=at,
        landed_at=NOW,
        row_hash=uuid.uuid5(uuid.NAMESPACE_OID, key),
        **columns,
    )


def case_key(number: int) -> str:
    return f"desk:T-{number:03}"


def _add_case(number: int, landing: Landing, policy: str) -> None:
    key, customer = case_key(number), customer_id(number)
    opened = NOW - timedelta(hours=30 + number)
    CaseWork.objects.create(
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
        decision=_decision("prioritise", key, customer, opened, policy),
    )
    _fact(
        "case", key, opened, landing, customer=f"erp:D{number}", opened_at=opened,
        category="delivery", severity=1,
    )  # fmt: skip
    FactPersonal.objects.create(
        kind="case", key=key, revision=1, region="eu", fields={"subject": "Geheim: where is it?"}
    )
    _fact("case_event", f"{key}/1", opened, landing, case=key, event_kind="opened")
    _add_clock("case", key, "first_response", customer, opened + timedelta(hours=4))
    _add_clock("case", key, "resolution", customer, NOW + timedelta(hours=3))


def _add_clock(kind: str, subject: str, metric: str, customer: str, due_at: datetime) -> None:
    is_breached = due_at < NOW
    Clock.objects.create(
        subject_kind=kind,
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


READING: dict[str, Any] = {
    "measure": "promise_coverage", "unit": "%", "inside": "61", "outside": "93",
    "inside_count": 120, "outside_count": 1080, "worse_by": "5", "bound": None, "minimum": 50,
    "is_higher_better": True, "is_enough": True, "is_crossed": True,
}  # fmt: skip


def add_rollout(number: int = 0, **changed: Any) -> Rollout:
    """The company's second version of the promise, in its first stage."""
    version = PolicyVersion.objects.get(kind="lead_time", layer="company", number=2)
    fields: dict[str, Any] = {
        "id": f"rol_{number:016x}", "kind": "lead_time", "layer": "company",
        "document": {"kind": "lead_time", "scope": "company",
                     "outputs": {"service_quantile": "0.95"}},
        "stages": [{"share": "50", "version": version.pk, "published_at": NOW.isoformat()},
                   {"share": "100"}],
        "guardrails": [{"measure": "promise_coverage", "worse_by": "5", "minimum": 50}],
        "state": "running", "stage": 1, "author": system_user(), "created_at": NOW,
        "reason": "Nearer dates sell more.",
    }  # fmt: skip
    return Rollout.objects.create(**fields | changed)
