"""Does a table that is read as sets of rules answer as its cells do, one after the other?"""

import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.random_policies import SHAPES, odd_case, table

from troth.core.policies.kinds import kind_named
from troth.core.policies.table_documents import read_table
from troth.core.policies.tables import PolicyTable, said, said_at_once, said_by_feel

AT = datetime(2026, 3, 28, 2, tzinfo=UTC)


def table_of(rules: list[dict[str, Any]], kind: str = "lead_time", **more: Any) -> PolicyTable:
    found, faults = read_table(kind_named(kind), {"rules": rules, **more}, path="table")
    assert found is not None, faults
    return found


@pytest.mark.parametrize("seed", range(4))
def test_every_answer_rule_and_fault_is_the_one_that_feel_gives(seed: int) -> None:
    chance = random.Random(seed)
    at_once = faulty = 0
    for number in range(40):
        shape = SHAPES[number % len(SHAPES)]
        found = table(chance, shape)
        for _ in range(15):
            asked = odd_case(chance, shape.kind)
            plain = said_by_feel(found, asked, at=AT)
            for _ in range(2):  # the second time from what is kept
                assert said(found, asked, at=AT) == plain, (found, asked)
            quick = said_at_once(found, asked)
            assert quick in (None, plain)
            at_once += quick is not None
            faulty += bool(plain.faults)
    assert at_once > 200
    assert faulty > 20


def test_equal_numbers_at_an_end_are_told_apart_beyond_what_floats_hold() -> None:
    end = Decimal("10.0000000000000000000001")
    found = table_of([{"id": "r", "when": {"total": f"< {end}"}, "then": {"history_days": 9}}])
    assert said(found, {"total": Decimal("10.0000000000000000000000")}, at=AT).rule == "r"
    assert said(found, {"total": end}, at=AT).rule == ""
    assert said(found, {"total": Decimal("10.0000000000000000000002")}, at=AT).rule == ""
    assert said(found, {"total": 10}, at=AT).rule == "r"
    assert said(found, {"total": 11}, at=AT).rule == ""


def test_what_a_table_does_not_ask_for_cannot_make_it_fail() -> None:
    found = table_of([{"id": "r", "when": {"total": "> 1"}, "then": {"history_days": 9}}])
    for asked in ({"total": 2, "country": object()}, {"total": 2, "country": Decimal("NaN")}):
        assert said(found, asked, at=AT) == said_by_feel(found, asked, at=AT)
        assert said(found, asked, at=AT).rule == "r"


def test_a_thousand_rules_of_which_a_few_need_feel_answer_alike() -> None:
    rules = [
        {"id": f"r{at}", "when": {"total": f"[{at}..{at + 2}]", "country": '"DE"'},
         "then": {"history_days": at % 300 + 1}}
        for at in range(1_000)
    ]  # fmt: skip
    rules[500]["when"] = {"total": "? * 2 = 1001", "country": '"DE"'}
    first = table_of(rules, hit="FIRST")
    for total in ("0", "499.5", "500.5", "501", "1001", "1001.5", "77"):
        asked = {"total": Decimal(total), "country": "DE"}
        assert said(first, asked, at=AT) == said_by_feel(first, asked, at=AT)


def test_a_budget_that_cells_use_up_fails_alike_however_it_is_asked() -> None:
    """Each of the two endless cells by itself is within the budget, both together are not."""
    endless = "count(for i in 1..{0} return i) = total"
    for size, is_fault in ((4_000, False), (120_000, True)):
        rules = [
            {"id": name, "when": {"total": f"? > 0 and {endless.format(size)}"},
             "then": {"history_days": 9}}
            for name in "ab"
        ]  # fmt: skip
        found = table_of([*rules, {"id": "c", "then": {"history_days": 8}}], hit="FIRST")
        asked = {"total": 3}
        assert said(found, asked, at=AT) == said_by_feel(found, asked, at=AT)
        assert bool(said(found, asked, at=AT).faults) is is_fault


def test_sets_of_many_codes_are_kept_in_part_and_worked_out_between() -> None:
    rules = [
        {"when": {"total": f"[{at}..{at + 4}]"}, "then": {"history_days": at % 300 + 1}}
        for at in range(0, 900, 3)
    ]
    found = table_of(rules, hit="FIRST")
    (column,) = found.matcher.coded.columns
    assert column.sets._every == 1
    from troth.core.dmn import coded

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coded, "_DENSE_BITS", 10)
        again = table_of(rules, hit="FIRST").matcher.coded.columns[0]
    assert again.sets._every > 1
    assert all(again.sets.at(code) == column.sets.at(code) for code in range(column.sets.size))
