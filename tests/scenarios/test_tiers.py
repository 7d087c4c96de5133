"""Who is in which tier, month by month: entering takes more than staying, and history stands.

| month | ordered | tier at the start of the next month                          |
|-------|---------|--------------------------------------------------------------|
| Jan   | 10,000  | Silver: entered at 10,000                                     |
| Feb   | 8,500   | Silver: below 10,000, but not below 8,000                     |
| Mar   | 7,999   | Standard: below 8,000                                         |
| Apr   | 9,999   | Standard: not low enough to leave is not enough to enter      |
| May   | 10,000  | Silver                                                        |
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.workspaces import Troth

POLICY = """\
policies:
  - kind: tiers
    scope: company
    effective_from: {since}
    reason: One month counts, so that each row of the table speaks for itself.
    outputs:
      currency: EUR
      trailing_months: 1
      thresholds:
        - {{name: Silver, shape: diamond, enter: "{enter}", leave: "{leave}"}}
        - {{name: Standard, shape: circle, enter: "0", leave: "0"}}
"""
SOURCE = """\
source: shop
system: shop
time_zone: UTC
feeds:
  - name: customers
    record: customer
    files: exports/customers.csv
    key: id
    fields: {name: name, created_at: since}
    known_at: since
  - name: orders
    record: order
    files: exports/orders.csv
    key: id
    fields:
      customer: customer
      placed_at: placed
      total: {column: total, currency_column: currency}
      status: {column: status, known_at: [cancelled], before: open}
      cancelled_at: {column: cancelled, known_at: cancelled}
    known_at: placed
"""
ORDERED = {1: "10000", 2: "8500", 3: "7999", 4: "9999", 5: "10000", 6: "1"}


def order(month: int, total: str, *, currency: str = "EUR", cancelled: str = "") -> str:
    status = "cancelled" if cancelled else "open"
    return f"{month},C1,2026-{month:02}-10T08:00:00Z,{total},{currency},{status},{cancelled}"


def export(troth: Troth, orders: list[str]) -> None:
    header = "id,customer,placed,total,currency,status,cancelled"
    troth.write("exports/orders.csv", "\n".join([header, *orders]) + "\n")


@pytest.fixture
def shop(blank: Troth) -> Troth:
    (blank.directory / "policies/company.yaml").unlink()
    since = "1990-01-01T00:00:00Z"
    blank.write("policies/tiers.yaml", POLICY.format(since=since, enter=10000, leave=8000))
    blank.write("sources/shop.yaml", SOURCE)
    blank.write("exports/customers.csv", "id,name,since\nC1,Acme,2026-01-01T00:00:00Z\n")
    export(blank, [order(month, total) for month, total in ORDERED.items()])
    return blank


def history(troth: Troth) -> list[tuple[Any, ...]]:
    """(month from which, tier, why), in order."""
    return troth.rows(
        "SELECT to_char(starts_at AT TIME ZONE 'UTC', 'MM'), tier, code FROM store_tierassignment"
        " ORDER BY starts_at"
    )


TABLE = [
    ("01", "Standard", "tier:first"),
    ("02", "Silver", "tier:entered"),
    ("04", "Standard", "tier:left"),
    ("06", "Silver", "tier:entered"),
]


def test_entering_takes_more_than_staying(shop: Troth) -> None:
    shop.run()
    assert history(shop) == TABLE
    assert shop.rows("SELECT tier, revenue_trailing, currency FROM store_customer") == [
        ("Silver", 10000, "EUR")
    ]


def test_a_cancellation_counts_from_when_it_was_known(shop: Troth) -> None:
    # January's order is called off in June: in February nobody could have known.
    orders = [order(month, total) for month, total in ORDERED.items()]
    orders[0] = order(1, "10000", cancelled="2026-06-05T08:00:00Z")
    export(shop, orders)
    shop.run()
    assert history(shop) == TABLE
    # Within its month it never counts.
    orders[0] = order(1, "10000", cancelled="2026-01-20T08:00:00Z")
    export(shop, orders)
    shop.run()
    assert history(shop) == [("01", "Standard", "tier:first"), ("06", "Silver", "tier:entered")]


def test_a_new_policy_leaves_the_months_before_it_alone(shop: Troth) -> None:
    shop.run()
    later = POLICY.format(since="2026-05-15T00:00:00Z", enter=20000, leave=15000)
    shop.publish(shop.write("policies/later.yaml", later))
    shop.run()
    assert history(shop) == TABLE[:3]  # the last tier is not entered any more
    versions = shop.one("SELECT count(DISTINCT policy_version) FROM store_tierassignment")
    assert versions == 1


RATES = """\
  - name: rates
    record: exchange_rate
    files: exports/rates.csv
    key: [from, to, day]
    fields: {from_currency: from, to_currency: to, rate: rate, valid_on: day}
    known_at: day
"""


def test_revenue_in_another_currency_is_converted_at_the_last_rate_of_its_day(
    shop: Troth,
) -> None:
    shop.write("sources/shop.yaml", SOURCE + RATES)
    # 10,000 USD on 10 January at 1.1 = 11,000 EUR; on 10 February still 1.1 less than 8,000.
    shop.write(
        "exports/rates.csv",
        "from,to,day,rate\nUSD,EUR,2026-01-09,1.1\nUSD,EUR,2026-01-11,0.1\nUSD,EUR,2026-02-01,0.5\n",
    )
    export(
        shop,
        [
            order(1, "10000", currency="USD"),
            order(2, "10000", currency="USD"),
            order(3, "99999", currency="GBP"),  # no rate is known: left out, and counted
        ],
    )
    result = shop.run()
    assert result["tiers"]["unconverted_orders"] == 1
    assert history(shop) == [
        ("01", "Standard", "tier:first"),
        ("02", "Silver", "tier:entered"),  # 11,000
        ("03", "Standard", "tier:left"),  # 5,000
    ]
