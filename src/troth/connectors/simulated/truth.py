"""Who is who, and what is really so? Files for tests alone; no mapping reads them."""

from __future__ import annotations

import json
from dataclasses import asdict
from random import Random

from troth.connectors.simulated import names
from troth.connectors.simulated.exports import Exports
from troth.connectors.simulated.parameters import World
from troth.connectors.simulated.setting import Setting, iso
from troth.connectors.simulated.state import Customer

DAY = 86_400


class Truth:
    """Writes truth/ while the simulation runs."""

    def __init__(self, setting: Setting, exports: Exports) -> None:
        self._world = setting.world
        self._identities = exports.csv("truth/identities.csv", "system kind key true_id")
        self._dirt = exports.csv("truth/dirt.csv", "system kind key field fault true_value")
        self._faults = exports.csv("truth/faults.csv", "system feed key column value fault")
        self._customers = exports.csv(
            "truth/customers.csv",
            "true_id region segment joined_at left_at is_alive orders_a_day base_hazard_a_day "
            "hazard_now_a_day spend_log_mean orders deliveries late_deliveries revenue_eur "
            "lines_picked parcels returns case_minutes cost_to_serve_eur",
        )

    def identity(self, system: str, kind: str, key: str, true_id: str) -> None:
        """This key of this system is that true person or company."""
        self._identities.write(system, kind, key, true_id)

    def dirt(self, key: tuple[str, str, str], field: str, fault: str, true_value: str) -> None:
        """A typo, a missing value or a second entry; `key` is system, kind and key."""
        self._dirt.write(*key, field, fault, true_value)

    def fault(self, feed: tuple[str, str], key: str, column: str, value: str, fault: str) -> None:
        """A row that a reader must refuse; `feed` is system and feed."""
        self._faults.write(*feed, key, column, value, fault)

    def customer(self, customer: Customer) -> None:
        costs = self._world.costs
        true_cost = (
            customer.true_cost
            + customer.case_minutes * costs.agent_minute
            + customer.lines_picked * costs.pick_line
            + customer.parcels * costs.pack_parcel
            + customer.returns * costs.handle_return
        )
        self._customers.write(
            customer.true_id,
            customer.region.code,
            customer.segment.name,
            iso(customer.joined_at),
            iso(customer.left_at),
            str(customer.left_at is None).lower(),
            f"{customer.orders_a_second * DAY:.8f}",
            f"{customer.hazard * DAY:.8f}",
            f"{customer.hazard_now * DAY:.8f}",
            f"{customer.spend_log_mean:.5f}",
            customer.orders,
            customer.deliveries,
            customer.late_deliveries,
            f"{customer.revenue:.2f}",
            customer.lines_picked,
            customer.parcels,
            customer.returns,
            f"{customer.case_minutes:.1f}",
            f"{true_cost:.2f}",
        )


class Hands:
    """The people who type things in, and what they leave out."""

    def __init__(self, world: World, chance: Random, truth: Truth) -> None:
        self._dirt, self._chance, self._truth = world.dirt, chance, truth

    def leave_out(
        self, key: tuple[str, str, str], fields: dict[str, str], optional: tuple[str, ...]
    ) -> None:
        """Empty each optional field with the declared probability, and tell the truth."""
        for name in optional:
            if self._chance.random() < self._dirt.optional_missing and fields[name]:
                self._truth.dirt(key, name, "missing", fields[name])
                fields[name] = ""

    def slip(
        self, key: tuple[str, str, str], fields: dict[str, str], candidates: tuple[str, ...]
    ) -> None:
        """Misspell one of the fields, with the declared probability."""
        if self._chance.random() >= self._dirt.accounts_with_typo:
            return
        filled = [name for name in candidates if fields[name]]
        name = self._chance.choice(filled)
        wrong = names.typo(self._chance, fields[name])
        self._truth.dirt(key, name, "typo", fields[name])
        fields[name] = wrong


def parameters_json(setting: Setting, months: int, volumes: dict[str, object]) -> str:
    """truth/parameters.json: the world, and how it was called."""
    return (
        json.dumps(
            {
                "seed": setting.seed,
                "months": months,
                "first_day": setting.first_day.isoformat(),
                "until": iso(setting.until),
                "world": asdict(setting.world),
                "volumes": volumes,
            },
            indent=2,
            ensure_ascii=False,
            sort_keys=True,
        )
        + "\n"
    )
