"""Is each fault that is planted in a customer's records found, and nobody shown what is masked?"""

from __future__ import annotations

from typing import Any

import pytest
from tests.workspaces import Troth

CRM = """\
source: crm
system: crm
feeds:
  - name: customers
    record: customer
    files: exports/crm.csv
    key: id
    fields: {name: name, party_kind: kind, tax_id: tax, email: mail, phone: phone,
             address: street, postal_code: zip, city: city, country: country,
             time_zone: zone, language: language}
    known_at: changed
"""
SHOP = CRM.replace("source: crm", "source: shop").replace("system: crm", "system: shop")
SHOP = SHOP.replace("crm.csv", "shop.csv")
SHOP += """\
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
id: crm-customers
version: 1.0.0
status: active
team: [{username: olga, role: owner}, {username: stefan, role: steward}]
schema:
  - name: customer
    physicalName: crm/customers
    properties:
      - {name: email, required: true}
      - name: city
        required: true
        customProperties: [{property: validation, value: batch}]
slaProperties:
  - {property: latency, value: 1, unit: d}
"""
HEAD = "id,name,kind,tax,mail,phone,street,zip,city,country,zone,language,changed\n"
GOOD = "C1,Acme,organisation,DE123456,a@acme.example,+49301234567,Gasse 5,10115,Berlin,DE,"
GOOD += "Europe/Berlin,de,2026-01-05T00:00:00Z\n"
# No telephone, a city left out against the contract, a language by no tag, a postal code of
# another country, a name and an address that the shop has otherwise.
BAD = "C2,Bolt AG,organisation,DE999888,b@bolt.example,,Weg 1,SW1A 1AA,,DE,Europe/Berlin,German,"
BAD += "2026-01-05T00:00:00Z\n"
BAD_AT_SHOP = (
    "S2,Volt AG,organisation,DE 999 888,B@bolt.example,,weg 1,SW1A 1AA,,DE,Europe/Berlin,german,"
)
BAD_AT_SHOP += "2026-01-01T00:00:00Z\n"
ORDERS = "id,customer,placed\n1,S2,2026-01-05T00:00:00Z\n"


@pytest.fixture
def shop(blank: Troth) -> Troth:
    blank.write("sources/crm.yaml", CRM)
    blank.write("sources/shop.yaml", SHOP)
    blank.write("contracts/crm.yaml", CONTRACT)
    blank.write("exports/crm.csv", HEAD + GOOD + BAD)
    blank.write("exports/shop.csv", HEAD + BAD_AT_SHOP)
    blank.write("exports/orders.csv", ORDERS)
    blank.run()
    return blank


def _shown(troth: Troth, key: str) -> tuple[float, dict[str, dict[str, Any]]]:
    row = troth("quality", "show", key, "--json").json()
    return float(row["score"]), {field["name"]: field for field in row["fields"]}


def _losses(fields: dict[str, dict[str, Any]]) -> set[tuple[str, str]]:
    return {(name, loss["code"]) for name, field in fields.items() for loss in field["losses"]}


def test_each_planted_fault_is_found_and_is_gone_when_somebody_settled_it(shop: Troth) -> None:
    # One workspace for both: making it costs more than all that is asked of it.
    _each_planted_fault_is_found_and_a_good_record_loses_nothing(shop)
    _a_stewards_word_verifies_and_a_late_feed_costs_a_point(shop)


def _each_planted_fault_is_found_and_a_good_record_loses_nothing(shop: Troth) -> None:
    score, fields = _shown(shop, "crm:C1")
    assert (score, _losses(fields)) == (1, set())
    assert fields["email"]["verified"] == "1"  # the contract has a rule for it
    assert fields["email"]["fresh"] == "1"
    assert (fields["phone"]["verified"], fields["phone"]["consistent"]) == (None, None)
    score, fields = _shown(shop, "crm:C2")
    waiting = {"name", "party_kind", "tax_id", "email", "address", "postal_code", "country",
               "time_zone", "language"}  # fmt: skip
    assert _losses(fields) == {
        ("phone", "quality:missing"),
        ("city", "quality:missing"),
        ("language", "quality:malformed"),
        ("postal_code", "quality:malformed"),
        ("name", "quality:disagreement"),
        *((name, "quality:unverified") for name in waiting),
    }
    # complete 1, valid 1, consistent 1/2, fresh 1, verified 0
    assert (fields["name"]["consistent"], fields["name"]["score"]) == ("0.5", "0.7")
    (said, _) = fields["name"]["losses"]
    assert said["records"] == ["shop:S2"]
    assert 0 < score < 0.8
    found = shop("quality", "list", "--json").json()
    assert (found["customers"], found["looked_at"]) == (2, 2)
    assert found["worst"][0]["worst_field"] == "phone"  # 2 of weight 2
    by_name = {field["name"]: field for field in found["fields"]}
    assert (by_name["phone"]["complete"], by_name["city"]["complete"]) == ("0.5", "0.5")
    assert by_name["name"]["complete"] == "1"


def _a_stewards_word_verifies_and_a_late_feed_costs_a_point(shop: Troth) -> None:
    said = shop("customer", "believe", "shop:S2", "name", "--reason", "Their letter head.")
    assert said.code == 0, said.err
    _, fields = _shown(shop, "crm:C2")
    name = fields["name"]
    assert (name["value"], name["source"], name["rule"]) == ("Volt AG", "shop:S2", "steward")
    assert name["verified"] == "1"
    assert name["fresh"] is None  # nothing was agreed with the shop
    assert name["consistent"] == "0.5"
    # The shop brings news of five days later, and the CRM none: it fell behind its contract.
    later = "S3,Cold,person,,c@cold.example,,,,,DE,Europe/Berlin,de,2026-01-10T00:00:00Z\n"
    shop.write("exports/shop.csv", HEAD + BAD_AT_SHOP + later)
    shop.write("exports/orders.csv", ORDERS + "2,S3,2026-01-10T00:00:00Z\n")
    shop.run()
    _, fields = _shown(shop, "crm:C1")
    assert _losses(fields) == {(name, "quality:late") for name in fields}
    sentence = fields["email"]["losses"][0]["sentence"]
    assert "crm/customers 120.0 h, 24.0 h agreed" in sentence
    # Of a person no tax id is asked.
    _, fields = _shown(shop, "shop:S3")
    assert fields["tax_id"]["score"] is None
    assert ("tax_id", "quality:missing") not in _losses(fields)
    text = shop("quality", "show", "crm:C1")
    assert (text.code, "quality:late" in text.out) == (0, True)
    assert "The poorest" in shop("quality", "list").out
    assert shop("quality", "show", "crm:nobody").code == 2
