"""A small company whose customers are merged and parted at random, and its whole state as bytes."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from troth.actions.customers import resolve_customers
from troth.actions.merging import merge, unmerge
from troth.actions.people import system_user
from troth.actions.policies import plan, publish
from troth.actions.priorities import decide_priorities
from troth.actions.promises import decide_promises
from troth.actions.tiers import assign_tiers
from troth.store.facts.verdicts import merges
from troth.store.models import FACTS, Customer, FactPersonal, Landing, Run

AS_OF = datetime(2026, 6, 30, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
REASON = "They signed one frame contract."
# Table → columns that are not of the state: numbers that count writes, and moments of writing.
TABLES = {
    "store_crosswalk": (),
    "store_customer": (),
    "store_customerpersonal": ("salt",),
    "store_tierassignment": ("id",),
    "store_promise": (),
    "store_casework": (),
    "store_clock": ("id",),
    "store_resolutionquestion": ("asked_at",),
}
POLICIES = """\
policies:
  - kind: tiers
    scope: company
    effective_from: 1990-01-01T00:00:00Z
    reason: Two customers together are often in a better tier.
    outputs:
      currency: EUR
      trailing_months: 3
      thresholds:
        - {{name: Gold, shape: diamond, enter: "900", leave: "700"}}
        - {{name: Silver, shape: diamond, enter: "400", leave: "300"}}
        - {{name: Standard, shape: circle, enter: "0", leave: "0"}}
  - kind: lead_time
    scope: tier:Gold
    effective_from: 1990-01-01T00:00:00Z
    reason: Gold is promised what nearly always holds.
    outputs: {{service_quantile: "0.99"}}
  - kind: service_level
    scope: tier:Gold
    effective_from: 1990-01-01T00:00:00Z
    reason: Gold is answered sooner.
    outputs: {{first_response_minutes_3: 30, resolution_minutes_3: 120}}
  - kind: lead_time
    scope: customer:{own}
    effective_from: 1990-01-01T00:00:00Z
    reason: Agreed with this customer.
    outputs: {{service_quantile: "0.5"}}
"""


class World:
    """What lands, who is merged, and how all of it stands."""

    def __init__(self, folder: Path, *, customers: int, seed: int) -> None:
        self.dice, self.boss = random.Random(seed), system_user()
        self.landing = Landing.objects.create(
            source="erp", feed="f", kind="customer", landed_at=START
        )
        self.count = 0
        for number in range(customers):
            self.customer(f"erp:{number}", email=f"{number}@example.org")
            self.orders(f"erp:{number}", self.dice.randint(0, 4))
            if number % 3 == 0:
                self.case(f"erp:{number}")
        self.fact("contact", "crm:ida", customer="crm:nobody", personal={"name": "Ida"})
        resolve_customers(acting_user=self.boss)
        own = Customer.objects.order_by("pk").values_list("pk", flat=True)[1]
        file = folder / "policies.yaml"
        file.write_text(POLICIES.format(own=own), "utf-8")
        publish(plan([file]), acting_user=self.boss)
        self.run()
        Run.objects.create(as_of=AS_OF, started_at=AS_OF, finished_at=timezone.now(), stage="f")

    def fact(self, kind: str, key: str, *, personal: dict[str, str], **more: Any) -> None:
        self.count += 1
        at = START + timedelta(hours=self.count)
        FACTS[kind]._default_manager.create(
            key=key, revision=1, region="default", op="upsert", landing=self.landing,
            known_at=more.pop("known_at", at), landed_at=AS_OF, row_hash=uuid.uuid4(), **more,
        )  # fmt: skip
        if personal:
            FactPersonal.objects.create(
                kind=kind, key=key, revision=1, region="default", fields=personal
            )

    def customer(self, key: str, *, email: str) -> None:
        region = self.dice.choice(["SP", "RJ"])
        self.fact(
            "customer", key, country="BR", sales_region=region, city=f"C{self.count}",
            personal={"name": f"Company {key}", "email": email},
        )  # fmt: skip

    def orders(self, customer: str, number: int) -> None:
        for _ in range(number):
            placed_at = START + timedelta(days=self.dice.randint(1, 175))
            delivered_at = placed_at + timedelta(days=self.dice.randint(1, 20))
            ends = {"delivered_at": delivered_at} if delivered_at < AS_OF else {}
            self.fact(
                "order", f"erp:o{self.count}", customer=customer, placed_at=placed_at,
                known_at=placed_at, total=Decimal(self.dice.randint(10, 500)),
                total_currency="EUR", status="delivered" if ends else "open", personal={}, **ends,
            )  # fmt: skip

    def case(self, customer: str) -> None:
        opened_at = START + timedelta(days=self.dice.randint(1, 178))
        self.fact(
            "case", f"desk:c{self.count}", customer=customer, opened_at=opened_at, severity=3,
            known_at=opened_at, status="open", personal={},
        )  # fmt: skip

    def run(self) -> None:
        """The main job, as far as customers go."""
        resolve_customers(acting_user=self.boss)
        assign_tiers(as_of=AS_OF, currency="EUR", acting_user=self.boss)
        decide_promises(as_of=AS_OF, acting_user=self.boss)
        decide_priorities(as_of=AS_OF, acting_user=self.boss)

    def arrivals(self, number: int) -> list[Callable[[], None]]:
        """What will land while customers are merged: records of old ones, orders, new customers."""
        found: list[Callable[[], None]] = []
        for place in range(number):
            key, old = f"shop:{place}", place

            def land(key: str = key, old: int = old) -> None:
                self.customer(key, email=f"{old if old % 2 else key}@example.org")
                self.orders(key, 2)
                self.orders(f"erp:{old}", 1)
                self.case(key)
                self.run()

            found.append(land)
        return found

    def join(self, one: str, other: str) -> None:
        merge(customers=(one, other), reason=REASON, acting_user=self.boss)

    def shuffle(self, steps: int, dice: random.Random) -> int:
        """Merge and unmerge at random; how many merges."""
        merged = 0
        for _ in range(steps):
            aliases = sorted(merges())
            if aliases and dice.random() < 0.5:
                unmerge(customer_id=dice.choice(aliases), reason=REASON, acting_user=self.boss)
                continue
            free = Customer.objects.filter(merged_into=None).order_by("pk")
            one, other = dice.sample(list(free.values_list("pk", flat=True)), 2)
            self.join(one, other)
            merged += 1
        return merged

    def part_all(self, dice: random.Random) -> None:
        """Take every merge back, in any order."""
        aliases = sorted(merges())
        for alias in dice.sample(aliases, len(aliases)):
            unmerge(customer_id=alias, reason=REASON, acting_user=self.boss)


def state() -> dict[str, list[str]]:
    """Every row of every table of the state, as text, in order."""
    found = {}
    with connection.cursor() as cursor:
        for table, left_out in TABLES.items():
            cursor.execute(
                f"SELECT (to_jsonb(row) - %s::text[])::text FROM {table} AS row", [list(left_out)]
            )
            found[table] = sorted(text for (text,) in cursor.fetchall())
    return found


def salts() -> dict[str, str]:
    """Customer → the salt of its personal row, which is made at random once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id, encode(salt, 'hex') FROM store_customerpersonal")
        return dict(cursor.fetchall())


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> str:
    """What differs, for a message: the first row of each table that one side alone has."""
    return json.dumps(
        {
            table: [sorted(set(one[table]) ^ set(other[table]))[:2]]
            for table in one
            if one[table] != other[table]
        },
        indent=1,
    )
