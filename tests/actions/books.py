"""The books of a company: orders, shipments, returns and invoices, as they land."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from troth.actions.people import system_user
from troth.actions.reconciling import Reconciled, reconcile
from troth.core.work.reconciliation import Tolerances
from troth.store.models import (
    FACTS,
    CommitmentDifference,
    Crosswalk,
    Customer,
    Decision,
    Landing,
    Promise,
)

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Books:
    """Two customers, and what lands of their orders."""

    def __init__(self) -> None:
        self.boss = system_user()
        self.landing = Landing.objects.create(
            source="erp", feed="f", kind="order", landed_at=NOW - 90 * DAY
        )
        self.revisions: dict[tuple[str, str], int] = {}
        self.decision = Decision.objects.create(
            id="dec_1", kind="promise", subject="erp:1", region="default", at=NOW,
            input_digest="d", receipt="{}",
        )  # fmt: skip
        for name in ("a", "b"):
            Customer.objects.create(id=f"cus_{name}", region="default", first_known_at=NOW)
            for system in ("erp", "crm"):
                Crosswalk.objects.create(
                    source_key=f"{system}:{name}", customer_id=f"cus_{name}", because="it"
                )

    def land(self, kind: str, key: str, *, known_at: datetime | None = None, **more: Any) -> None:
        """A new version of a record."""
        revision = self.revisions[kind, key] = self.revisions.get((kind, key), 0) + 1
        FACTS[kind]._default_manager.create(
            **{
                "key": key, "revision": revision, "region": "default", "op": "upsert",
                "landing": self.landing, "known_at": known_at or NOW - 60 * DAY,
                "landed_at": NOW, "row_hash": uuid.uuid4(), **more,
            }
        )  # fmt: skip

    def order(self, key: str, *, promised_at: datetime | None = NOW - 5 * DAY, **more: Any) -> None:
        about = {"customer": "erp:a", "placed_at": NOW - 40 * DAY, **more}
        self.land("order", key, **about)
        if promised_at is not None:
            Promise.objects.update_or_create(
                order_key=key,
                defaults={
                    "region": "default", "placed_at": NOW - 40 * DAY, "state": "open",
                    "first_promised_at": promised_at, "promised_at": promised_at,
                    "first_decision": self.decision, "latest_decision": self.decision,
                },
            )  # fmt: skip

    def line(self, order: str, number: int, quantity: int = 10, **more: Any) -> str:
        key = f"{order}/{number}"
        about = {
            "order": order, "quantity": Decimal(quantity), "quantity_unit": "piece",
            "unit_price": Decimal("12.50"), "unit_price_currency": "EUR",
            "discount_rate": Decimal("0.2"), **more,
        }  # fmt: skip
        self.land("order_line", key, **about)
        return key

    def parcel(self, key: str, order: str, lines: dict[str, int], **more: Any) -> None:
        """A shipment that left ten days ago, with its lines."""
        about = {"order": order, "status": "shipped", "shipped_at": NOW - 10 * DAY, **more}
        self.land("shipment", key, **about)
        for line, quantity in lines.items():
            self.land(
                "shipment_line", f"{key}/{line}", shipment=key, order_line=line,
                quantity=Decimal(quantity),
            )  # fmt: skip

    def back(self, key: str, line: str, quantity: int) -> None:
        self.land(
            "return", key, order=line.split("/")[0], order_line=line, quantity=Decimal(quantity),
            returned_at=NOW - 8 * DAY,
        )  # fmt: skip

    def bill(self, key: str, line: str, quantity: int, amount: str | None = None,
             **more: Any) -> None:  # fmt: skip
        """An invoice line, nine days ago; 10.00 net a piece."""
        about = {
            "customer": "erp:a", "order": line.split("/")[0], "order_line": line,
            "quantity": Decimal(quantity), "amount": Decimal(amount or 10 * quantity),
            "amount_currency": "EUR", "invoiced_at": NOW - 9 * DAY, **more,
        }  # fmt: skip
        self.land("invoice_line", key, **about)

    def whole(self, order: str, *, lines: int = 1) -> list[str]:
        """An order all of which was sent and billed as it should."""
        self.order(order)
        keys = [self.line(order, number) for number in range(1, lines + 1)]
        self.parcel(f"{order}-p", order, dict.fromkeys(keys, 10))
        for key in keys:
            self.bill(f"{key}-i", key, 10)
        return keys

    def reconcile(self, *, at: datetime = NOW, tolerances: Tolerances | None = None) -> Reconciled:
        return reconcile(as_of=at, tolerances=tolerances or Tolerances(), acting_user=self.boss)


def waiting() -> set[tuple[str, str]]:
    """Line (or order) and kind of each difference that is not over."""
    rows = CommitmentDifference.objects.filter(righted_at=None)
    return {(row.line_key or row.order_key, row.kind) for row in rows}


def random_books(books: Books, *, orders: int, seed: int) -> set[tuple[str, str]]:
    """Orders in which differences are planted, among others that look much alike; the planted."""
    dice, planted = random.Random(seed), set()
    for number in range(orders):
        order = f"erp:{number:03d}"
        is_off = dice.random() < 0.1
        at = {"delivered_at": NOW - 3 * DAY, "status": "cancelled" if is_off else "delivered"}
        arrived = dice.choice([NOW - 3 * DAY, NOW - 4 * DAY, NOW - 5 * DAY])
        books.order(order, **at)
        keys = [books.line(order, place) for place in range(1, dice.randint(2, 4))]
        if not is_off and arrived == NOW - 5 * DAY:
            planted.add((order, "delivered_otherwise"))
        for key in keys:
            found = _one_line(books, dice, order, key, arrived, is_off=is_off)
            planted |= {(key, kind) for kind in found}
    return planted


def _one_line(
    books: Books, dice: random.Random, order: str, key: str, arrived: datetime, *, is_off: bool
) -> set[str]:
    """One line of ten: sent in parcels, perhaps sent back, billed; which differences it has."""
    sent = dice.choice([10, 10, 10, 8, 12])
    first = dice.randint(1, sent)
    for place, quantity in enumerate((first, sent - first)):
        if quantity:
            books.parcel(f"{key}-p{place}", order, {key: quantity}, delivered_at=arrived)
    books.parcel(f"{key}-lost", order, {key: 10}, status="lost")
    back = dice.choice([0, 0, 2, sent])
    if back:
        books.back(f"{key}-r", key, back)
    kept = sent - back
    billed = dice.choice([sent, sent, kept, sent + 1, max(kept - 1, 0)])
    wrong = dice.choice([0, 0, 0, 5])
    to = dice.choice(["erp:a", "crm:a", "crm:b"]) if dice.random() < 0.3 else "erp:a"
    if billed + 3 or wrong:  # as much too much, and a credit
        books.bill(f"{key}-i", key, billed + 3, customer=to)
        books.bill(f"{key}-c", key, -3, str(-30 + wrong))
    rules = {
        "not_sent": not is_off and sent < 10,
        "sent_too_much": not is_off and kept > 10,
        "sent_though_cancelled": is_off and kept > 0,
        "billed_not_sent": billed > sent,
        "sent_not_billed": not is_off and billed < kept,
        "billed_otherwise": wrong != 0,
        "billed_to_another": to == "crm:b",
    }
    return {kind for kind, is_there in rules.items() if is_there}
