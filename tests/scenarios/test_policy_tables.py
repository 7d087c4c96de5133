"""Does a decision table promise differently, say which rule it was, and stay reproducible?"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from tests.workspaces import Troth

TABLE = """\
policies:
  - kind: lead_time
    scope: company
    effective_from: 1990-01-01T00:00:00Z
    published_at: 1990-01-02T00:00:00Z
    reason: Large orders are promised more carefully.
    outputs:
      service_quantile: "0.9"
      default_lead_time_days: 30
      history_days: 120
      borrow_weight: 30
    table:
      hit: FIRST
      rules:
        - {id: large, when: {total: ">= LIMIT"}, then: {service_quantile: "0.97",
           default_lead_time_days: "30", history_days: "120", borrow_weight: "30"}}
  - kind: service_level
    scope: "tier:Silver"
    effective_from: 1990-01-01T00:00:00Z
    published_at: 1990-01-02T00:00:00Z
    reason: The worst cases of Silver are answered at once.
    outputs: {first_response_minutes_1: 30, resolution_minutes_1: 240}
    table:
      rules:
        - {id: worst, when: {severity: 1}, then: {first_response_minutes_1: 5}}
"""


@pytest.fixture
def tabled(ran: Troth) -> Troth:
    """The simulated company with two tables in force from its first day."""
    limit = ran.one(  # a tenth of the orders
        "SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY total) FROM fact_order"
        " WHERE revision = 1"
    )
    path = ran.write("policies/tables.yaml", TABLE.replace("LIMIT", str(limit)))
    planned = ran("policy", "plan", path)
    assert "rule large: new: when total >=" in planned.out
    assert ran.publish(path) == 2
    assert ran.run()["failures"] == []
    return ran


def _receipts(troth: Troth, kind: str) -> list[tuple[Any, dict[str, Any]]]:
    """(what the order comes to, or the severity; the receipt), of all that tables answered."""
    fact, what = ("order", "total") if kind == "promise" else ("case", "severity")
    rows = troth.rows(
        f"SELECT fact.{what}, d.receipt FROM store_decision AS d"
        f" JOIN fact_{fact} AS fact ON fact.key = d.subject AND fact.revision = 1"
        f" WHERE d.kind = '{kind}'"
    )
    read = [(value, json.loads(receipt)) for value, receipt in rows]
    return [(value, receipt) for value, receipt in read if "asked" in receipt["inputs"]]


def _used(receipt: dict[str, Any], output: str) -> dict[str, Any]:
    (row,) = [item for item in receipt["policies"]["used"] if item["output"] == output]
    assert isinstance(row, dict)
    return row


def test_orders_and_cases_get_the_answer_of_the_rule_that_they_match(tabled: Troth) -> None:
    limit = tabled.one(
        "SELECT document #>> '{table,rules,0,when,total}' FROM store_policyversion"
        " WHERE kind = 'lead_time' AND document ? 'table'"
    )
    least = Decimal(str(limit).removeprefix(">= "))
    large = small = 0
    for total, receipt in _receipts(tabled, "promise"):
        used = _used(receipt, "service_quantile")
        if used["layer"] != "company":
            continue  # a tier's own answer
        assert Decimal(receipt["inputs"]["asked"]["total"]) == total
        if total >= least:
            assert (used["value"], used["rule"]) == ("0.97", "large")
            large += 1
        else:
            assert (used["value"], "rule" in used) == ("0.9", False)
            small += 1
    assert large > 5
    assert small > 5
    fives = 0
    for severity, receipt in _receipts(tabled, "prioritise"):
        used = _used(receipt, "first_response_minutes_1")
        if used["layer"] == "tier":
            assert receipt["inputs"]["asked"] == {"severity": severity or 4}
            assert used["value"] == (5 if severity == 1 else 30)
            fives += severity == 1
    assert fives > 0


def test_the_receipts_of_tables_re_execute_and_a_second_run_decides_nothing(
    tabled: Troth,
) -> None:
    answer = tabled("receipts", "verify", "--json")
    assert answer.code == 0
    assert answer.json()["differences"] == []
    assert tabled.run("--thorough")["decisions_written"] == 0


def test_what_holds_for_a_customer_is_shown_for_the_case_that_is_given(tabled: Troth) -> None:
    silver = tabled.one("SELECT id FROM store_customer WHERE tier = 'Silver' ORDER BY id LIMIT 1")

    def shown(*options: str) -> dict[str, Any]:
        rows = tabled("policy", "show", silver, "--json", *options).json()
        (row,) = [item for item in rows if item["output"] == "first_response_minutes_1"]
        assert isinstance(row, dict)
        return row

    assert shown()["value"] == 30
    assert shown()["depends_on"] == ["severity"]
    worst = shown("--case", "severity=1")
    assert (worst["value"], worst["rule"]) == (5, "worst")
    assert shown("--case", "severity=1", "--known-at", "1990-01-01T00:00:01Z")["value"] == 60
    wrong = tabled("policy", "show", silver, "--case", "severity=9")
    assert wrong.code == 2
    assert "expected one of 1, 2, 3, 4" in wrong.err
    assert "severity" in tabled("policy", "show", silver).out


def test_a_table_goes_out_as_a_sheet_and_comes_back_changed(tabled: Troth) -> None:
    version = tabled.one(
        "SELECT id FROM store_policyversion WHERE kind = 'service_level' AND document ? 'table'"
    )
    sheet = tabled.directory / "worst.csv"
    assert tabled("policy", "export", version, sheet).code == 0
    assert "1 is the worst, 4 the mildest." in sheet.read_text("utf-8-sig")
    same = tabled.directory / "same.yaml"
    sheet.write_text(sheet.read_text("utf-8-sig").replace("rule,worst,1,5", "rule,worst,<= 2,6"))
    back = tabled("policy", "import", version, sheet, same, "--reason", "Two are bad.",
                  "--from", "2027-01-01")  # fmt: skip
    assert back.code == 0, back.err
    assert "rule worst: severity: 1 → <= 2" in back.out
    assert "rule worst: first response of severity 1: 5 working minutes → 6" in back.out
    assert tabled("policy", "plan", same).code == 0
    again = tabled("policy", "import", version, sheet, same, "--reason", "Again.")
    assert "exists already" in again.err
    sheet.write_text(sheet.read_text().replace("<= 2", "<="))
    wrong = tabled.directory / "wrong.yaml"
    refused = tabled("policy", "import", version, sheet, wrong, "--reason", "Again.")
    assert refused.code == 2
    assert not wrong.exists()
    assert "severity" in refused.err or "C8" in refused.err
