"""What do the tests of contracts share? A shop with one feed, and a contract of it."""

from __future__ import annotations

from pathlib import Path

from troth.connectors.contracts.checking import contracts_of
from troth.connectors.contracts.shapes import Contract
from troth.connectors.loading import load
from troth.connectors.protocol import Reject
from troth.connectors.workspace import make_workspace

MAPPING = """\
source: shop
system: shop
feeds:
  - name: orders
    record: order
    files: exports/orders.csv
    key: id
    fields:
      customer: customer
      placed_at: placed
      destination_region: channel
      total: {column: total, currency: EUR}
    known_at: placed
"""
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: shop-orders
version: 1.0.0
status: active
team:
  members:
    - {username: olga, role: owner}
    - {username: stefan, role: data steward}
roles:
  - {role: order_desk, access: write, firstLevelApprovers: olga}
schema:
  - name: order
    physicalName: shop/orders
    properties:
      - name: total
        physicalName: total
        logicalType: number
        logicalTypeOptions:
          minimum: 0
slaProperties:
  - {property: latency, value: 4, unit: h, element: order}
  - {property: retention, value: 2, unit: y}
"""
HEADER = "id,customer,placed,channel,total\n"


def lay(directory: Path, rows: str, contract: str = CONTRACT, mapping: str = MAPPING) -> Path:
    """The shop's workspace with these rows under this contract."""
    if not (directory / "troth.toml").exists():
        make_workspace(directory, name="Shop", now="data")
    (directory / "contracts").mkdir(exist_ok=True)
    (directory / "sources/shop.yaml").write_text(mapping)
    (directory / "contracts/orders.yaml").write_text(contract)
    (directory / "exports/orders.csv").write_text(HEADER + rows)
    return directory


def with_property(text: str) -> str:
    """The contract with other terms in place of those of `total`, indented as they stand."""
    start = CONTRACT.index("      - name: total")
    end = CONTRACT.index("slaProperties")
    return CONTRACT[:start] + text + CONTRACT[end:]


def collecting(contract: str) -> str:
    """The contract with a personal field that the record itself does not know."""
    return contract.replace(
        "      - name: total\n",
        "      - name: birthday\n        classification: personal\n        required: true\n"
        "      - name: total\n",
    )


def contracts(directory: Path) -> tuple[Contract, ...]:
    return contracts_of(directory)


def rejects(directory: Path) -> list[Reject]:
    connector = load(directory / "sources/shop.yaml", workspace=directory)
    with connector.read("orders") as reading:
        return list(reading.rejects())
