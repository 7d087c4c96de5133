"""What customers are worth: two groups, two models, every number with what it rests on.

| customer                                | group           | model                  |
|-----------------------------------------|-----------------|------------------------|
| buys now and then, never signs off      | non_contractual | BG/NBD and Gamma-Gamma |
| under contract, by the policy of "Plan" | contractual     | survival               |
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from tests.workspaces import Troth

NOW = date(2026, 3, 31)
POLICY = """\
policies:
  - kind: value
    scope: company
    effective_from: 2000-01-01T00:00:00Z
    reason: A third is kept.
    outputs: {{margin_percent: "{margin}", horizon_months: 24, silence_days: 120}}
  - kind: value
    scope: "segment:Plan"
    effective_from: 2000-01-01T00:00:00Z
    reason: Plans are cancelled in writing.
    outputs: {{relation: {relation}}}
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
  - name: contracts
    record: contract
    files: exports/contracts.csv
    key: id
    fields:
      customer: customer
      status: {column: status}
      starts_on: starts
      ends_on: ends
    known_at: known
  - name: orders
    record: order
    files: exports/orders.csv
    key: id
    fields:
      customer: customer
      placed_at: placed
      total: {column: total, currency: EUR}
      status: status
    known_at: placed
"""
BUYERS, PLANS = 160, 30


def _write(troth: Troth) -> None:
    chance = np.random.default_rng(9)
    customers, orders, contracts = [], [], []
    for number in range(BUYERS + PLANS):
        since = NOW - timedelta(days=int(chance.integers(200, 700)))
        is_plan = number >= BUYERS
        customers.append(
            f"C{number},Customer {number},{'Plan' if is_plan else ''},{since}T00:00:00Z"
        )
        rate, leaves, mean = chance.gamma(1.2, 1 / 70), chance.beta(1.0, 5.0), chance.gamma(5, 20)
        day = since
        ends = since + timedelta(days=int(500 * chance.weibull(1.3)) + 1)
        while day < NOW:
            if is_plan and day >= ends:
                break
            orders.append((number, day, round(float(chance.gamma(6, mean / 6)), 2)))
            if is_plan:
                day += timedelta(days=90)
            elif chance.random() < leaves:
                break
            else:
                day += timedelta(days=max(1, round(float(chance.exponential(1 / rate)))))
        if is_plan:
            over = ends <= NOW
            contracts.append(
                f"K{number},C{number},{'ended' if over else 'signed'},{since},"
                f"{ends if over else ''},{since}T00:00:00Z"
            )
    lines = [
        f"{at},C{number},{day}T10:00:00Z,{total},open"
        for at, (number, day, total) in enumerate(orders)
    ]
    lines.append(f"{len(orders)},C0,{NOW}T10:00:00Z,99999999,cancelled")
    lines.append(f"{len(orders) + 1},C1,{NOW}T10:00:00Z,50.00,open")
    troth.write("exports/customers.csv", "id,name,segment,since\n" + "\n".join(customers) + "\n")
    troth.write("exports/contracts.csv",
                "id,customer,status,starts,ends,known\n" + "\n".join(contracts) + "\n")  # fmt: skip
    troth.write("exports/orders.csv", "id,customer,placed,total,status\n" + "\n".join(lines) + "\n")
    troth.write("sources/shop.yaml", SOURCE)


@pytest.fixture
def shop(blank: Troth) -> Troth:
    (blank.directory / "policies/company.yaml").unlink()
    blank.write("policies/value.yaml", POLICY.format(margin=33, relation="contractual"))
    _write(blank)
    return blank


GROUPS = """
    SELECT model.relation, worth.form, count(*) FROM store_customervalue AS worth
    JOIN store_valuemodel AS model ON model.id = worth.model_id GROUP BY 1, 2 ORDER BY 1
"""


def test_each_group_has_its_model_and_each_number_its_interval(shop: Troth) -> None:
    done = shop.run()["values"]
    assert (done["customers"], done["refused"]) == (BUYERS + PLANS, {})
    (plans, buyers) = shop.rows(GROUPS)
    assert plans[0] == "contractual" and plans[1].startswith("Survival (") and plans[2] == PLANS
    assert buyers == ("non_contractual", "BG/NBD and Gamma-Gamma", BUYERS)
    rows = shop.rows("SELECT value, low, high, alive, leaving, days_bought, first_on, last_on,"
                     " remaining_months, margin_percent FROM store_customervalue")  # fmt: skip
    for value, low, high, alive, leaving, days, first_on, last_on, remaining, margin in rows:
        assert low <= value and low <= high and first_on <= last_on <= NOW
        assert 0 <= alive <= 1 and 0 <= leaving <= 1 and margin == 33
        assert (days is None) is (remaining is not None)
    ended = shop.rows("SELECT value, alive FROM store_customervalue WHERE last_on < %s"
                      " AND remaining_months IS NOT NULL", NOW)  # fmt: skip
    assert ended and all(row == (0, 0) for row in ended)

    # What was cancelled is no purchase: C0's order of 99,999,999 would be seen.
    most = shop.one("SELECT max(per_purchase) FROM store_customervalue")
    assert most < 10_000

    # Nothing new: nothing is written.
    entries = "SELECT count(*) FROM store_auditentry WHERE action = 'customer:value:assessed'"
    before = shop.one(entries)
    assert shop.run("--thorough")["values"]["changed"] == 0
    assert shop.one(entries) == before

    check = shop.one("SELECT check_result FROM store_valuemodel WHERE relation = %s", buyers[0])
    assert check["days"] == 120
    assert 0.6 < float(check["leaving"]["auc"]) <= 1
    bought = check["hold_out"]
    assert float(bought["expected"]) == pytest.approx(float(bought["actual"]), rel=0.35)
    _is_told(shop)
    _follows_the_policy(shop, plans[2])


def _is_told(shop: Troth) -> None:
    """On the command line."""
    listed = shop("value", "list", "--json", "--sort", "-leaving", "--limit", "5").json()
    chances = [Decimal(row["leaving"]) for row in listed]
    assert chances == sorted(chances, reverse=True) and len(listed) == 5
    shown = shop("value", "show", "shop:C1")
    assert "90 of 100 bring in" in shown.out and "days with a purchase" in shown.out
    models = shop("value", "models").out
    assert "BG/NBD" in models and "Survival" in models and "AUC of leaving" in models
    assert shop("value", "show", "shop:nobody").code != 0


def _follows_the_policy(shop: Troth, plans: int) -> None:
    """Nobody is under contract any more, and twice as much is kept."""
    value = "SELECT sum(value) FROM store_customervalue WHERE days_bought IS NOT NULL"
    before = shop.one(value)
    later = POLICY.format(margin=66, relation="non_contractual")
    later = later.replace("2000-01-01", "2001-01-01")
    shop.publish(shop.write("policies/value2.yaml", later))
    done = shop.run()["values"]
    assert done["refused"] == {}
    assert shop.rows(GROUPS) == [("non_contractual", "BG/NBD and Gamma-Gamma", BUYERS + plans)]
    assert shop.one(value) > 1.5 * float(before)


def test_a_company_of_a_few_days_is_told_nothing_and_why(blank: Troth) -> None:
    blank.write("sources/shop.yaml", SOURCE.replace("contracts", "kontracts"))
    blank.write("exports/customers.csv", "id,name,segment,since\nC1,A,,2026-03-01T00:00:00Z\n")
    blank.write("exports/kontracts.csv", "id,customer,status,starts,ends,known\n"
                "K1,C1,signed,2026-03-01,,2026-03-01T00:00:00Z\n")  # fmt: skip
    blank.write("exports/orders.csv", "id,customer,placed,total,status\n"
                "1,C1,2026-03-02T10:00:00Z,5.00,open\n")  # fmt: skip
    done = blank.run()["values"]
    assert done["customers"] == 0
    assert "second time" in done["refused"]["non_contractual"]
    assert "not fitted" in blank("value", "models").out
    assert blank("value", "list").out.count("C1") == 0
