"""Who is in which segment: by the first rule that holds, from what they did and used.

As of 31 March 2026. Orders are of 100 each, a case is opened on the first of each month.

| customer | orders, last year | the year before | cases | contacts | segment by the policy   |
|----------|-------------------|-----------------|-------|----------|-------------------------|
| Anna     | 12                | 12              | 0     | 0        | Core: twelve orders     |
| Bob      | 12                | 4               | 9     | 4        | Needy, though Core held |
| Carl     | 2                 | 1               | 0     | 1        | Growing: + 100 %        |
| Dora     | 0                 | 3               | 0     | 0        | Asleep: 400 days        |
| Emil     | 1                 | 0               | 0     | 0        | the default             |
| Fay      | 0                 | 0               | 1     | 0        | Prospect: no order      |
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.workspaces import Troth

NOW = date(2026, 3, 31)
POLICY = """\
policies:
  - kind: segments
    scope: company
    effective_from: 2000-01-01T00:00:00Z
    reason: By what they do.
    table:
      hit: FIRST
      rules:
        - {id: none, when: {days_since_last: "null"}, then: {segment: '"Prospect"'}}
        - {id: needy, when: {"cases_12m / orders_12m": "> 0.5"}, then: {segment: '"Needy"'},
           note: More than a case for two orders.}
        - {id: core, when: {orders_12m: ">= 12"}, then: {segment: '"Core"'}}
        - {id: growing, when: {revenue_growth_percent: "> 50"}, then: {segment: '"Growing"'}}
        - {id: asleep, when: {days_since_last: "> 365"}, then: {segment: '"Asleep"'}}
    outputs: {segment: Occasional}
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
    fields: {name: name, segment: segment, created_at: since}
    known_at: since
  - name: orders
    record: order
    files: exports/orders.csv
    key: id
    fields:
      customer: customer
      placed_at: placed
      delivered_at: {column: delivered, known_at: delivered}
      total: {column: total, currency: EUR}
      status: status
    known_at: placed
  - name: cases
    record: case
    files: exports/cases.csv
    key: id
    fields: {customer: customer, opened_at: opened, channel: channel, reopen_count: reopens}
    known_at: opened
  - name: contacts
    record: interaction
    files: exports/contacts.csv
    key: id
    fields:
      customer: customer
      occurred_at: at
      channel: channel
      direction: direction
      duration_minutes: minutes
    known_at: at
"""
# customer, orders of the last year, of the year before, cases, contacts
SHOP = (("Anna", 12, 12, 0, 0), ("Bob", 12, 4, 9, 4), ("Carl", 2, 1, 0, 1), ("Dora", 0, 3, 0, 0),
        ("Emil", 1, 0, 0, 0), ("Fay", 0, 0, 1, 0))  # fmt: skip
SEGMENTS = {"Anna": "Core", "Bob": "Needy", "Carl": "Growing", "Dora": "Asleep",
            "Emil": "Occasional", "Fay": "Prospect"}  # fmt: skip


def _write(troth: Troth) -> None:
    orders, cases, contacts = [], [], []
    for name, last, before, asked, spoken in SHOP:
        days = [20 + 28 * at for at in range(last)] + [400 + 28 * at for at in range(before)]
        for days_ago in days:
            placed = NOW - timedelta(days=days_ago)
            delivered = placed + timedelta(days=3)
            orders.append(f"{len(orders)},{name},{placed}T10:00:00Z,{delivered}T10:00:00Z,100,")
        for at in range(asked):
            opened = NOW - timedelta(days=10 + 30 * at)
            cases.append(f"{len(cases)},{name},{opened}T09:00:00Z,email,{int(at == 0)}")
        for at in range(spoken):
            when = NOW - timedelta(days=5 + at)
            contacts.append(f"{len(contacts)},{name},{when}T09:00:00Z,phone,inbound,7.5")
        contacts.append(f"{len(contacts)},{name},{NOW - timedelta(days=9)}T09:00:00Z,email,"
                        "outbound,")  # fmt: skip
    orders.append(f"{len(orders)},Emil,{NOW}T10:00:00Z,,9999,cancelled")
    customers = [f"{name},{name},stated,{NOW - timedelta(days=900)}T00:00:00Z" for name, *_ in SHOP]
    for name, head, rows in (
        ("customers", "id,name,segment,since", customers),
        ("orders", "id,customer,placed,delivered,total,status", orders),
        ("cases", "id,customer,opened,channel,reopens", cases),
        ("contacts", "id,customer,at,channel,direction,minutes", contacts),
    ):
        troth.write(f"exports/{name}.csv", "\n".join([head, *rows]) + "\n")
    troth.write("sources/shop.yaml", SOURCE)


@pytest.fixture
def shop(blank: Troth) -> Troth:
    (blank.directory / "policies/company.yaml").unlink()
    blank.write("policies/segments.yaml", POLICY)
    _write(blank)
    return blank


PLACED = """
    SELECT personal.name, placed.segment FROM store_customersegment AS placed
    JOIN store_customerpersonal AS personal USING (customer_id)
"""
FIGURES = """
    SELECT orders_12m, orders_before_12m, revenue_12m, revenue_growth_percent, days_since_last,
      tenure_months, cases_12m, reopened_12m, contacts_12m, contact_minutes_12m, channels_12m,
      returns_12m, goods_cost_12m, monetary_score, rule
    FROM store_customersegment JOIN store_customerpersonal USING (customer_id) WHERE name = %s
"""


def test_the_first_rule_that_holds_names_the_segment(shop: Troth) -> None:
    done = shop.run()["segments"]
    assert (done["customers"], done["moved"]) == (6, 0)
    assert dict(shop.rows(PLACED)) == SEGMENTS
    # Of five buyers three brought in less than Bob: 5 × 3 ÷ 4, rounded up, is the fourth fifth.
    # Two channels: phone, and the cases' email. No system tells of returns or of costs.
    (bob,) = shop.rows(FIGURES, "Bob")
    assert bob == (12, 4, Decimal("1200.00"), Decimal("200.0"), 20, 29, 9, 1, 4, Decimal("30.00"),
                   2, None, None, 4, "needy")  # fmt: skip
    (fay,) = shop.rows(FIGURES, "Fay")
    assert fay[:6] == (0, 0, Decimal("0.00"), None, None, 29) and fay[13:] == (None, "none")
    # What was cancelled is no order, and what a source says of the segment stays.
    (emil,) = shop.rows(FIGURES, "Emil")
    assert emil[0] == 1 and emil[2] == 100 and emil[14] == ""
    assert shop.rows("SELECT DISTINCT segment FROM store_customer") == [("stated",)]

    # Nothing new: nothing is written.
    entries = "SELECT count(*) FROM store_auditentry WHERE action = 'customer:segment:placed'"
    before = shop.one(entries)
    assert shop.run("--thorough")["segments"]["changed"] == 0
    assert shop.one(entries) == before
    _is_told(shop)
    _moves(shop)


def _is_told(shop: Troth) -> None:
    """On the command line: side by side, one customer and why, and why nothing is proposed."""
    rows = {row["segment"]: row for row in shop("segment", "list", "--json").json()}
    core, needy = rows["Core"], rows["Needy"]
    # 1,200 of 1,200 + 1,200 + 200 + 100; nine cases and four contacts for 1,200.
    assert (core["revenue"], core["revenue_share"], core["load"]) == ("1200", "0.4444", "0")
    each = (needy["cases_each"], needy["load"], needy["growth_percent"])
    assert each == ("9", "10.83", "200")
    assert needy["goods_cost"] is None and rows["Prospect"]["load"] is None
    listed = shop("segment", "list", "--sort", "-load").out
    assert listed.index("Needy") < listed.index("Core")
    assert "Bob" in shop("segment", "customers", "Needy").out
    shown = shop("segment", "show", "shop:Bob", "--json").json()
    looks = {rule["rule"]: rule["cells"] for rule in shown["rules"]}
    assert shown["row"]["rule"] == "needy" and looks["needy"][0]["found"] == "0.75"
    assert looks["core"][0]["holds"] is True and looks["asleep"][0]["holds"] is False
    assert "Needy" in shop("segment", "show", "shop:Bob").out
    assert shop("segment", "propose").code != 0  # five buyers are no groups


def _moves(shop: Troth) -> None:
    """A later version has no rule for the needy: Bob moves, and it stands from where."""
    later = POLICY.replace("2000-01-01", "2001-01-01").replace("> 0.5", "> 5")
    shop.publish(shop.write("policies/later.yaml", later))
    done = shop.run()["segments"]
    assert (done["moved"], done["changed"]) == (1, 6)  # all go by the later version
    (bob,) = shop.rows("SELECT segment, came_from FROM store_customersegment"
                       " WHERE came_from <> ''")  # fmt: skip
    assert bob == ("Core", "Needy")


def test_a_figure_that_is_misspelt_is_refused_where_it_stands(blank: Troth) -> None:
    blank.write("policies/segments.yaml", POLICY.replace("{orders_12m:", "{orders_12:"))
    found = blank("policy", "plan")
    assert found.code != 0
    assert "table.inputs[2]" in found.out + found.err
    assert "orders_12m" in found.out + found.err
