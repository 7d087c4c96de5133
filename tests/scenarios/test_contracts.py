"""What becomes of a row that breaks what was agreed about it?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.connectors.contracts.agreed import CONTRACT, lay
from tests.workspaces import Troth

GOOD = "1,C1,2026-01-05T08:00:00Z,web,10\n"
BAD = "2,C1,2026-01-06T08:00:00Z,web,-5\n"


@pytest.fixture
def shop(blank: Troth) -> Troth:
    lay(blank.directory, GOOD + BAD)
    return blank


def _landed(troth: Troth) -> list[str]:
    return sorted(key for (key,) in troth.rows("SELECT DISTINCT key FROM fact_order"))


def _waiting(troth: Troth) -> list[tuple[str, str]]:
    found = troth("quarantine", "list", "--json").json()
    return [(row["key"], row["code"]) for row in found]


def test_a_row_that_breaks_its_contract_waits_and_the_others_land(shop: Troth) -> None:
    assert shop("source", "sync", "shop").code == 1
    assert _landed(shop) == ["shop:1"]
    assert _waiting(shop) == [("shop:2", "contract:entry:range")]
    (row,) = shop("quarantine", "list", "--json").json()
    assert "contracts/orders.yaml:20 (order.total, logicalTypeOptions.minimum)" in row["message"]
    # Other terms, agreed with the owner: the same row passes now.
    lay(shop.directory, GOOD + BAD, CONTRACT.replace("minimum: 0", "minimum: -10"))
    assert shop("quarantine", "replay", "--all").code == 0
    assert _landed(shop) == ["shop:1", "shop:2"]
    assert _waiting(shop) == []


def test_in_batch_the_row_lands_and_waits_for_a_steward_until_it_is_corrected(
    shop: Troth,
) -> None:
    held = CONTRACT.replace(
        "schema:", "customProperties: [{property: validation, value: batch}]\nschema:"
    )
    lay(shop.directory, GOOD + BAD, held)
    assert shop("source", "sync", "shop").code == 1
    assert _landed(shop) == ["shop:1", "shop:2"]
    assert _waiting(shop) == [("shop:2", "contract:batch:range")]
    lay(shop.directory, GOOD + BAD.replace("-5", "5"), held)
    assert shop("source", "sync", "shop").code == 0
    assert _waiting(shop) == []


def test_a_wrong_contract_stops_a_sync_with_its_line_and_nothing_lands(shop: Troth) -> None:
    lay(shop.directory, GOOD, CONTRACT.replace("logicalType: number", "logicalType: numbr"))
    for answer in (shop("source", "sync", "shop"), shop("contract", "check")):
        assert answer.code == 2
        assert "contracts/orders.yaml:18:" in answer.err.replace("\n", "")
        assert "number" in answer.err
    assert _landed(shop) == []


def test_the_starter_companys_contract_is_sound_and_not_in_force(simulated: Path) -> None:
    answer = Troth(directory=simulated, app_url="", owner_url="")("contract", "list", "--json")
    (contract,) = json.loads(answer.out)
    assert (contract["status"], contract["owner"]) == ("proposed", "olga")
    assert {feed["feed"] for feed in contract["feeds"]} == {"accounts", "orders"}
