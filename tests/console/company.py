"""A small company with something on every page, made of rows alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.console.customers import (
    NOW,
    Company,
    case_key,
    customer_id,
    difference_id,
    land_customers,
    order_key,
)

from troth.actions.people import system_user
from troth.actions.recording import recorded
from troth.core.access.roles import Role
from troth.core.policies.versions import from_document
from troth.store.facts.policies import row_of
from troth.store.models import (
    FreezeWindow,
    Landing,
    MatchModel,
    PolicyVersion,
    QuarantinedRow,
    ResolutionQuestion,
    Rollout,
    Run,
    User,
    ValueModel,
)

__all__ = [
    "NOW",
    "PASSWORD",
    "READING",
    "add_company",
    "add_customers",
    "add_people",
    "add_rollout",
    "case_key",
    "customer_id",
    "difference_id",
    "order_key",
    "rollouts",
]
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


def add_people() -> dict[Role, User]:
    """One person a role."""
    people = {
        role: User(username=role.value, name=role.value.title(), role=role.value, password="!")
        for role in Role
    }
    User.objects.bulk_create(people.values())
    return people


def add_company(customers: int) -> None:
    """`customers` customers, each with a promise of every state, a case and what belongs to it."""
    Landing.objects.create(
        source="erp", feed="orders", kind="order", landed_at=NOW, fact_count=customers
    )
    Run.objects.create(as_of=NOW, started_at=NOW, finished_at=NOW, stage="finished")
    author = system_user()
    _add_policies(author)
    _add_freezes(author)
    _add_value_model()
    add_customers(range(customers))
    _add_match_model()
    _add_quarantined()
    ResolutionQuestion.objects.create(
        id="question-1",
        source_key="crm:bridge",
        customers=[customer_id(0), customer_id(1)],
        because="the e-mail address of one and the tax id of the other",
        asked_at=NOW - timedelta(days=1),
    )
    with recorded(acting_user=author, action="fact:feed:landed", right=None, subject="erp/orders"):
        pass


def add_customers(numbers: Iterable[int]) -> None:
    """More customers, each with its promises and its case."""
    company = Company(
        landing=Landing.objects.get(),
        policy=PolicyVersion.objects.latest("number").pk,
        model=ValueModel.objects.get(),
    )
    land_customers(numbers, company)


def _add_quarantined() -> None:
    """Three rows that cannot be read, with a name in them."""
    QuarantinedRow.objects.bulk_create(
        QuarantinedRow(
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
        for number in range(3)
    )


def _add_freezes(author: User) -> None:
    """Two that return every year, so far off that they hold nothing up."""
    seasons = (
        ("Harvest", ("tier", "gold"), date(2090, 1, 1), date(2090, 12, 30)),
        ("Close of the year", ("company", ""), date(2090, 12, 31), date(2090, 12, 31)),
    )
    FreezeWindow.objects.bulk_create(
        FreezeWindow(
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
            author=author,
            created_at=NOW,
        )
        for number, (title, scope, first, last) in enumerate(seasons)
    )


def _add_policies(author: User) -> None:
    versions = (
        from_document(
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
        for number, quantile in ((1, "0.9"), (2, "0.95"))
    )
    PolicyVersion.objects.bulk_create(row_of(version, author=author) for version in versions)


def _add_match_model() -> None:
    """What was learnt of how their records differ."""
    point = {"weight": "4.112543", "precision": "0.998805", "recall": "0.989725", "pairs": 230}
    loose = {"weight": "-1.279060", "precision": "0.992710", "recall": "0.992239", "pairs": 232}
    MatchModel.objects.create(
        id="mtm_0000000000000001",
        trained_at=NOW,
        records=560,
        sources=2,
        design="organisation",
        design_digest="d",
        precision=Decimal("0.995"),
        match_from=Decimal("4.112543"),
        possible_from=Decimal("-1.279060"),
        expected=point,
        curve=[point, loose],
        grounds={"pairs": 1204, "verdicts": 0, "for_stewards": 2},
        scored_at=NOW,
    )


def _add_value_model() -> None:
    """The model that says what each is worth."""
    ValueModel.objects.create(
        id="val_0000000000000001",
        relation="non_contractual",
        as_of=NOW,
        form="BG/NBD and Gamma-Gamma",
        customers=984,
        rests_on={"days_bought": 21200, "first_on": "2024-01-01", "last_on": "2026-06-01"},
        terms={"horizon_months": 36, "silence_days": 182, "policy_version": ""},
        parameters={"r": {"value": "0.88", "error": "0.03"}},
        check_result=CHECK,
    )


READING: dict[str, Any] = {
    "measure": "promise_coverage", "unit": "%", "inside": "61", "outside": "93",
    "inside_count": 120, "outside_count": 1080, "worse_by": "5", "bound": None, "minimum": 50,
    "is_higher_better": True, "is_enough": True, "is_crossed": True,
}  # fmt: skip


def rollouts(numbers: Iterable[int], **changed: Any) -> list[Rollout]:
    """Of the company's second version of the promise, in its first stage; not kept yet."""
    version = PolicyVersion.objects.get(kind="lead_time", layer="company", number=2)
    fields: dict[str, Any] = {
        "kind": "lead_time", "layer": "company",
        "document": {"kind": "lead_time", "scope": "company",
                     "outputs": {"service_quantile": "0.95"}},
        "stages": [{"share": "50", "version": version.pk, "published_at": NOW.isoformat()},
                   {"share": "100"}],
        "guardrails": [{"measure": "promise_coverage", "worse_by": "5", "minimum": 50}],
        "state": "running", "stage": 1, "author": system_user(), "created_at": NOW,
        "reason": "Nearer dates sell more.",
    }  # fmt: skip
    return [Rollout(id=f"rol_{number:016x}", **fields | changed) for number in numbers]


def add_rollout(number: int = 0, **changed: Any) -> Rollout:
    """One that is kept."""
    (row,) = rollouts([number], **changed)
    row.save(force_insert=True)
    return row
