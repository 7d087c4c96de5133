"""Does a source that writes a time zone in a way of its own stop a run?"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from tests.actions.merging_world import START, World

from troth.store.models import Promise


def test_a_zone_that_nobody_knows_stops_no_promise(db: None, tmp_path: Path) -> None:
    world = World(tmp_path, customers=2, seed=3)
    world.fact("customer", "erp:far", country="DE", time_zone="Berlin", personal={"name": "Far"})
    for number, zone in enumerate((None, "Middle-earth/Shire", "Europe/Berlin")):
        placed_at = START + timedelta(days=9)
        world.fact(
            "order", f"erp:far{number}", customer="erp:far", placed_at=placed_at,
            known_at=placed_at, total=Decimal(9), total_currency="EUR", status="open",
            destination_time_zone=zone, personal={},
        )  # fmt: skip
    world.run()
    zones = dict(Promise.objects.filter(pk__startswith="erp:far").values_list("pk", "time_zone"))
    # By the policy's zone or the workspace's, as where none is given.
    assert zones == {"erp:far0": "UTC", "erp:far1": "UTC", "erp:far2": "Europe/Berlin"}
