"""Does a contract say what its file says, and is every fault told with its line?"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.connectors.contracts.agreed import CONTRACT, MAPPING, contracts, lay, with_property

from troth.connectors.contracts.errors import ContractError

GOOD = "1,C1,2026-01-05T08:00:00Z,web,10\n"


def test_a_contract_names_its_owner_steward_writers_and_promises(tmp_path: Path) -> None:
    (contract,) = contracts(lay(tmp_path, GOOD))
    (feed,) = contract.feeds
    assert (contract.owner, contract.steward) == ("olga", "stefan")
    assert contract.may_change == ("order_desk",)
    assert (feed.source, feed.feed, feed.record) == ("shop", "orders", "order")
    # 4 h · 3600 s; 2 y · 365 d · 86400 s
    assert (feed.seconds("latency"), feed.seconds("retention")) == (14_400, 63_072_000)
    assert feed.seconds("frequency") is None
    ((field, rule),) = feed.rules
    assert (field.name, field.classification) == ("total", "internal")
    assert (rule.code, rule.place) == ("contract:entry:range", "contracts/orders.yaml:20")


def test_the_older_form_of_a_team_is_read_and_who_left_answers_for_nothing(
    tmp_path: Path,
) -> None:
    old = CONTRACT.replace("  members:\n", "").replace("    - {username: o", "  - {username: o")
    old = old.replace(
        "    - {username: stefan, role: data steward}",
        "  - {username: gone, role: steward, dateOut: 2026-01-01}\n"
        "  - {username: stefan, role: data steward}",
    )
    (contract,) = contracts(lay(tmp_path, GOOD, old))
    assert (contract.owner, contract.steward) == ("olga", "stefan")


# What is wrong → (what the file says instead, its line, words of the fault).
FAULTS = {
    "a word that the standard has not": (
        CONTRACT.replace("status: active", "state: active"),
        5,
        ("no 'state'", "'status'"),
    ),
    "another standard": (CONTRACT.replace("v3.1.0", "v2.2.2"), 1, ("v2.2.2", "v3.1.0")),
    "no owner": (CONTRACT.replace("role: owner", "role: analyst"), 7, ("owner",)),
    "a feed that is not there": (
        CONTRACT.replace("shop/orders", "shop/order"),
        14,
        ("no feed 'order'", "'orders'"),
    ),
    "another record than the feed brings": (
        CONTRACT.replace("- name: order\n", "- name: case\n").replace(
            "element: order", "element: case"
        ),
        14,
        ("brings order, not case",),
    ),
    "a field that the mapping does not read": (
        CONTRACT.replace("name: total", "name: totl"),
        16,
        ("no 'totl'", "'total'"),
    ),
    "a type that the record's field has not": (
        CONTRACT.replace("logicalType: number", "logicalType: boolean").replace(
            "        logicalTypeOptions:\n          minimum: 0\n", ""
        ),
        16,
        ("boolean", "number"),
    ),
    "a column that is not the mapping's": (
        CONTRACT.replace("physicalName: total", "physicalName: sum"),
        16,
        ("'sum'", "total"),
    ),
    "a bound that is no number": (CONTRACT.replace("minimum: 0", "minimum: low"), 20, ("'low'",)),
    "an option of another type": (
        CONTRACT.replace("minimum: 0", "maxLength: 3"),
        20,
        ("maxLength", "minimum"),
    ),
    "a pattern that cannot be read": (
        with_property(
            "      - name: destination_region\n        logicalType: string\n"
            "        logicalTypeOptions: {pattern: '(?=web)'}\n"
        ),
        18,
        ("RE2",),
    ),
    "a rule of shares": (
        with_property(
            "      - name: destination_region\n        quality:\n"
            "          - {metric: nullValues, mustBeLessThan: 1, unit: percent}\n"
        ),
        18,
        ("mustBe: 0",),
    ),
    "freshness by another name": (
        CONTRACT.replace("property: latency", "property: freshness"),
        22,
        ("latency",),
    ),
    "a promise without a unit": (CONTRACT.replace(", unit: h", ""), 22, ("unit",)),
    "an element that is no object": (
        CONTRACT.replace("element: order", "element: case.key"),
        22,
        ("case.key", "order"),
    ),
    "who may change it is nobody who writes": (
        with_property(
            "      - name: total\n"
            "        customProperties: [{property: mayChange, value: [sales]}]\n"
        ),
        17,
        ("'sales'", "order_desk"),
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_wrong_contract_is_refused_with_its_line(case: str, tmp_path: Path) -> None:
    contract, line, words = FAULTS[case]
    with pytest.raises(ContractError) as refused:
        contracts(lay(tmp_path, GOOD, contract))
    found = [fault for fault in refused.value.faults if fault.line == line]
    assert found, refused.value
    assert all(word in str(found[0]) for word in words), found
    assert str(found[0]).startswith(f"contracts/orders.yaml:{line}:")


def test_a_personal_field_cannot_be_called_public(tmp_path: Path) -> None:
    mapping = MAPPING.replace("record: order", "record: customer")
    mapping = mapping.replace("customer: customer", "name: customer").replace(
        "      placed_at: placed\n      destination_region: channel\n"
        "      total: {column: total, currency: EUR}\n",
        "      email: channel\n",
    )
    contract = with_property("      - name: email\n        classification: public\n")
    contract = contract.replace("- name: order\n", "- name: customer\n")
    contract = contract.replace("element: order", "element: customer")
    with pytest.raises(ContractError, match=r"orders\.yaml:17:.*personal"):
        contracts(lay(tmp_path, GOOD, contract, mapping))


def test_a_feed_has_one_contract_in_force(tmp_path: Path) -> None:
    directory = lay(tmp_path, GOOD)
    other = CONTRACT.replace("id: shop-orders", "id: shop-orders-2")
    (directory / "contracts/second.yaml").write_text(other)
    with pytest.raises(ContractError, match=r"second\.yaml:14.*orders\.yaml"):
        contracts(directory)
    (directory / "contracts/second.yaml").write_text(other.replace("active", "draft"))
    assert [item.is_in_force for item in contracts(directory)] == [True, False]
