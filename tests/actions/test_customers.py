"""Who is who: what does resolving write, and what does it leave alone?"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from troth.actions.customers import resolve_customers
from troth.actions.people import system_user
from troth.store.models import FACTS, AuditEntry, Crosswalk, Customer, FactPersonal, Landing

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def landing(db: None) -> Landing:
    return Landing.objects.create(source="erp", feed="f", kind="customer", landed_at=NOON)


def fact(landing: Landing, kind: str, key: str, *, personal: dict[str, str], **more: Any) -> None:
    FACTS[kind]._default_manager.create(
        key=key,
        revision=1,
        region="default",
        op="upsert",
        landing=landing,
        known_at=NOON,
        landed_at=NOON,
        row_hash=uuid.uuid4(),
        **more,
    )
    FactPersonal.objects.create(kind=kind, key=key, revision=1, region="default", fields=personal)


def crosswalk() -> dict[tuple[str, str], str]:
    return {(row.kind, row.source_key): row.customer_id for row in Crosswalk.objects.all()}


def test_records_of_two_systems_with_one_address_are_one_customer(landing: Landing) -> None:
    fact(landing, "customer", "erp:1", personal={"email": "Ida@Example.org", "name": "Ida Berg"})
    fact(landing, "customer", "crm:9", personal={"email": "ida@example.org"})
    fact(landing, "customer", "crm:8", personal={"email": "bo@example.org"})
    resolve_customers(acting_user=system_user())
    found = crosswalk()
    assert found["customer", "erp:1"] == found["customer", "crm:9"]
    assert found["customer", "crm:8"] != found["customer", "erp:1"]
    assert Customer.objects.count() == 2


def test_a_contact_under_its_customers_own_key_is_told_apart(landing: Landing) -> None:
    # One row of an export that says who the customer is, and whom to ask for there.
    fact(landing, "customer", "erp:1", personal={"name": "Berg AG"})
    fact(landing, "contact", "erp:1", personal={"email": "ida@example.org"}, customer="erp:1")
    fact(landing, "contact", "erp:2", personal={"email": "bo@example.org"}, customer="erp:1")
    result = resolve_customers(acting_user=system_user())
    assert (result.records, result.customers) == (3, 1)
    assert set(crosswalk()) == {
        ("customer", "erp:1"),
        ("contact", "erp:1/contact"),
        ("contact", "erp:2"),
    }


def test_resolving_again_writes_nothing(landing: Landing) -> None:
    fact(landing, "customer", "erp:1", personal={"email": "ida@example.org"})
    resolve_customers(acting_user=system_user())
    entries, before = AuditEntry.objects.count(), crosswalk()
    result = resolve_customers(acting_user=system_user())
    assert result.changed == 0
    assert crosswalk() == before
    assert AuditEntry.objects.count() == entries
