"""A company of some hundred records in two systems, with planted ways of writing one customer."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from troth.store.models import FACTS, FactPersonal, Landing

START = datetime(2026, 1, 1, tzinfo=UTC)
_STARTS = (
    "bar", "cal", "dor", "fen", "gal", "hol", "jun", "kes", "lan", "mor", "nor", "pel", "quin",
    "rad", "sol", "tam", "ul", "ver", "wes", "zan",
)  # fmt: skip
_ENDS = ("ba", "do", "ger", "kin", "lo", "mann", "mo", "na", "po", "ra", "rich", "sen", "ton", "va")
_TRADES = (
    "bakery",
    "carriers",
    "foods",
    "garden",
    "metals",
    "opticians",
    "paper",
    "sails",
    "tools",
)
_STREETS = ("acorn", "birch", "canal", "dock", "elm", "forge", "garden", "island", "kiln", "lime")
_CITIES = (("Leiden", "2311"), ("Delft", "2611"), ("Gouda", "2801"), ("Breda", "4811"),
           ("Zwolle", "8011"), ("Arnhem", "6811"))  # fmt: skip
KEYED, PLANTED, SINGLE = 190, 60, 60  # customers; the first two have two records each


class Company:
    """Its records as facts; `erp:n` and `crm:n` are one customer, whatever they say."""

    def __init__(self) -> None:
        self.dice = random.Random(11)
        self.revisions: dict[str, int] = {}
        self.said: dict[str, dict[str, str]] = {}
        self.hour = 0
        rows = []
        for number in range(KEYED + PLANTED + SINGLE):
            first = self._party(number)
            rows.append((f"crm:{number}", first))
            if number < KEYED:
                typed = self.otherwise(first, keeps_phone=0.5) | {"email": first["email"]}
                rows.append((f"erp:{number}", typed))
            elif number < KEYED + PLANTED:
                rows.append((f"erp:{number}", self.otherwise(first, vague=0.1)))
        self.land(rows)

    @property
    def planted(self) -> list[int]:
        """The customers whose two records share no key."""
        return list(range(KEYED, KEYED + PLANTED))

    def land(self, rows: list[tuple[str, dict[str, str]]]) -> None:
        """One landing of new and changed customer records."""
        landing = Landing.objects.create(
            source="crm", feed="f", kind="customer", landed_at=START + timedelta(days=self.hour)
        )
        facts, personal = [], []
        for key, fields in rows:
            self.hour += 1
            self.said[key] = fields
            revision = self.revisions[key] = self.revisions.get(key, 0) + 1
            own: dict[str, Any] = dict(fields)
            facts.append(
                FACTS["customer"](
                    key=key,
                    revision=revision,
                    region="default",
                    op="upsert",
                    landing=landing,
                    known_at=START + timedelta(hours=self.hour),
                    landed_at=START,
                    row_hash=uuid.uuid4(),
                    country="NL",
                    city=own.pop("city"),
                )
            )
            personal.append(
                FactPersonal(
                    kind="customer", key=key, revision=revision, region="default", fields=own
                )
            )
        FACTS["customer"]._default_manager.bulk_create(facts)
        FactPersonal.objects.bulk_create(personal)

    def otherwise(
        self, fields: dict[str, str], *, vague: float = 0.0, keeps_phone: float = 0.0
    ) -> dict[str, str]:
        """The same customer typed by somebody else: no e-mail, slips, at times little else."""
        dice, name, address = self.dice, fields["name"], fields["address"]
        at = dice.randrange(2, len(name) - 6)
        luck = dice.random()
        if luck < 0.4:
            name = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        elif luck < 0.7:
            name = name[:at] + name[at + 1 :]
        if dice.random() < 0.5:
            address = address.replace("street", "str.")
        found = {**fields, "name": name, "address": address}
        found.pop("email")
        if dice.random() >= keeps_phone:
            found["phone"] = f"+3120{dice.randrange(10**6, 10**7)}"
        if dice.random() < 0.2:
            found["address"] = f"{dice.choice(_STREETS).title()}street {dice.randrange(1, 190)}"
        if dice.random() < vague:
            return {"name": name, "city": found["city"]}
        return found

    def _party(self, number: int) -> dict[str, str]:
        dice = self.dice
        word = dice.choice(_STARTS) + dice.choice(_ENDS) + dice.choice(_ENDS)
        city, post = dice.choice(_CITIES)
        return {
            "name": f"{word.title()} {dice.choice(_TRADES).title()} BV",
            "email": f"office@{word}{number}.example",
            "phone": f"+3110{dice.randrange(10**6, 10**7)}",
            "address": f"{dice.choice(_STREETS).title()}street {dice.randrange(1, 190)}",
            "postal_code": f"{post} {chr(65 + number % 26)}{chr(65 + number // 26)}",
            "city": city,
        }
