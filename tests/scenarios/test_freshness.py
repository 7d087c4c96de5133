"""Does a decision rest on what is older than agreed, or on what nobody has verified?"""

from __future__ import annotations

import json

import pytest
from tests.workspaces import Troth

MAPPING = """\
source: shop
system: shop
feeds:
  - name: customers
    record: customer
    files: exports/customers.csv
    key: id
    fields: {name: name, segment: segment, country: country}
    known_at: changed
  - name: orders
    record: order
    files: exports/orders.csv
    key: id
    fields: {customer: customer, placed_at: placed}
    known_at: placed
"""
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: shop-customers
version: 1.0.0
status: active
team: [{username: olga, role: owner}, {username: stefan, role: steward}]
schema:
  - name: customer
    physicalName: shop/customers
slaProperties:
  - {property: latency, value: 1, unit: d}
"""
VIP = """\
policies:
  - kind: lead_time
    scope: "segment:vip"
    effective_from: 1990-01-01T00:00:00Z
    reason: Who matters waits for three days at most.
    outputs: {default_lead_time_days: 3}
"""
CUSTOMERS = "id,name,segment,country,changed\nC1,Acme,vip,DE,2026-01-01T00:00:00Z\n"
ORDERS = "id,customer,placed\n1,C1,2026-01-01T12:00:00Z\n2,C1,2026-01-05T00:00:00Z\n"
# Cold starts, to the end of the day: 3 days for who is known to be a VIP, 30 by the company's own.
OWN, STANDARD = 3, 30


@pytest.fixture
def shop(blank: Troth) -> Troth:
    blank.write("sources/shop.yaml", MAPPING)
    blank.write("contracts/shop.yaml", CONTRACT)
    blank.write("policies/vip.yaml", VIP)
    blank.write("exports/customers.csv", CUSTOMERS)
    blank.write("exports/orders.csv", ORDERS)
    return blank


def _promises(troth: Troth) -> dict[str, tuple[int, list[str]]]:
    """Order → whole days promised, and why layers were left out."""
    rows = troth.rows(
        "SELECT p.order_key, p.promised_at - p.placed_at, d.receipt FROM store_promise AS p"
        " JOIN store_decision AS d ON d.id = p.first_decision_id"
    )
    return {
        key: (span.days, json.loads(receipt)["decision"].get("floors", []))
        for key, span, receipt in rows
    }


def test_a_stale_feed_gives_the_standard_with_its_reason_until_it_has_caught_up(
    shop: Troth,
) -> None:
    # At 5 January the newest news of customers is 4 days old, and a day was promised.
    assert shop.run()["late"] == ["shop/customers"]
    promised = {"shop:1": (OWN, []), "shop:2": (STANDARD, ["floor:stale"])}
    assert _promises(shop) == promised
    answer = shop("source", "lag", "--json")
    (customers, orders) = answer.json()
    assert answer.code == 1
    assert (customers["lag_seconds"], customers["promised_seconds"]) == (4 * 86_400, 86_400)
    assert (orders["lag_seconds"], orders["is_late"]) == (None, False)  # without a contract
    # The next export tells of a customer an hour before the next order.
    shop.write("exports/customers.csv", CUSTOMERS + "C2,Bolt,,DE,2026-01-06T09:00:00Z\n")
    shop.write("exports/orders.csv", ORDERS + "3,C1,2026-01-06T10:00:00Z\n")
    assert shop.run()["late"] == []
    # What was promised meanwhile stays as it was promised.
    assert _promises(shop) == {**promised, "shop:3": (OWN, [])}
    assert shop("source", "lag").code == 0
    assert "0 differences" in shop("receipts", "verify").out


def test_without_a_contract_nothing_is_measured_and_nothing_changes(shop: Troth) -> None:
    (shop.directory / "contracts/shop.yaml").unlink()
    assert shop.run()["late"] == []
    assert _promises(shop) == {"shop:1": (OWN, []), "shop:2": (OWN, [])}
    assert shop.one("SELECT count(*) FROM store_run WHERE summary ? 'feeds'") == 0
    semantics = shop.rows("SELECT DISTINCT (receipt::jsonb)->>'semantics' FROM store_decision")
    assert semantics == [("2",)]


def test_a_customer_who_waits_for_a_steward_does_not_drive_a_promise(shop: Troth) -> None:
    # The account has no country, which is looked at after it came in. Orders have no instant of
    # their own, so that they are known when they land.
    rule = """\
    properties:
      - name: country
        required: true
        customProperties: [{property: validation, value: batch}]
slaProperties:
"""
    shop.write("contracts/shop.yaml", CONTRACT.replace("slaProperties:\n", rule))
    shop.write(
        "sources/shop.yaml",
        MAPPING.replace("    known_at: placed\n", "").replace("    known_at: changed\n", ""),
    )
    shop.write("exports/customers.csv", CUSTOMERS.replace(",DE,", ",,"))
    shop.run()
    assert {floors[0] for _, floors in _promises(shop).values()} == {"floor:unverified"}
    shop.write("exports/customers.csv", CUSTOMERS)
    shop.write("exports/orders.csv", ORDERS + "3,C1,2026-01-06T10:00:00Z\n")
    shop.run()
    assert {key: floors for key, (_, floors) in _promises(shop).items()} == {
        "shop:1": ["floor:unverified"],
        "shop:2": ["floor:unverified"],
        "shop:3": [],
    }
    assert "0 differences" in shop("receipts", "verify").out
