"""A few orders, lines, shipments, cases and surveys, written straight into the tables."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from troth.store.models import FACTS, CaseWork, Clock, Customer, Decision, Landing, Promise

NOON = datetime(2018, 3, 5, 12, tzinfo=UTC)


class Books:
    """Writes rows with defaults for what a test does not care about."""

    def customer(self, key: str, **more: Any) -> Customer:
        return Customer.objects.create(id=key, region="eu", first_known_at=NOON, **more)

    def promise(self, order: str, **more: Any) -> Promise:
        decision = self._decision(order)
        fields = {
            "region": "eu",
            "placed_at": NOON,
            "first_promised_at": NOON,
            "promised_at": NOON,
            "state": "open",
            "first_decision": decision,
            "latest_decision": decision,
            **more,
        }
        return Promise.objects.create(order_key=order, **fields)

    def case(self, key: str, **more: Any) -> CaseWork:
        fields = {
            "region": "eu",
            "severity": 2,
            "status": "new",
            "is_open": True,
            "opened_at": NOON,
            "first_response_due_at": NOON,
            "resolution_due_at": NOON,
            "rank": Decimal("1.5"),
            "decision": self._decision(key),
            **more,
        }
        return CaseWork.objects.create(case_key=key, **fields)

    def clock(self, case: str, metric: str, **more: Any) -> Clock:
        fields = {
            "region": "eu",
            "started_at": NOON,
            "as_of": NOON,
            "due_at": NOON,
            "state": "completed",
            **more,
        }
        return Clock.objects.create(subject_kind="case", subject=case, metric=metric, **fields)

    def fact(self, kind: str, key: str, revision: int = 1, **more: Any) -> None:
        landing = Landing.objects.create(source="t", feed=kind, kind=kind, landed_at=NOON)
        fields = {
            "region": "eu",
            "op": "upsert",
            "known_at": NOON,
            "landed_at": NOON,
            "row_hash": uuid.UUID(int=revision),
            **more,
        }
        FACTS[kind].objects.create(key=key, revision=revision, landing=landing, **fields)

    def _decision(self, subject: str) -> Decision:
        return Decision.objects.create(
            id=f"dec_{subject}", kind="promise", subject=subject, region="eu", at=NOON, receipt="{}"
        )


@pytest.fixture
def books(db: None) -> Books:
    return Books()


@pytest.fixture
def make_books() -> Callable[[], Books]:
    """For a test that brings its own database."""
    return Books
