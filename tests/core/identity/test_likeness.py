"""Likeness is the last to speak: what was said, settled or shared as a key comes before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random

import pytest

from troth.core.identity import (
    IdentityRecord,
    LikelyPair,
    RecordPair,
    customer_id,
    resolve,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def record(key: str, day: int = 0, **fields: str) -> IdentityRecord:
    return IdentityRecord(key=key, kind="customer", known_at=START + timedelta(days=day), **fields)


def alike(one: str, other: str, *, bits: float = 9.0, is_match: bool = True) -> LikelyPair:
    one, other = sorted((one, other))
    chance = 1 / (1 + 2**-bits)
    return LikelyPair(one=one, other=other, weight=bits, probability=chance, is_match=is_match)


def test_records_that_are_alike_are_joined_and_the_crosswalk_says_how_likely() -> None:
    rows = [record("crm:a", 0), record("erp:7", 1)]
    found = resolve(rows, likely=[alike("erp:7", "crm:a")])
    assert found.crosswalk == dict.fromkeys(("crm:a", "erp:7"), customer_id("crm:a"))
    assert found.memberships[1].because == "match 0.998 with crm:a"  # 1 / (1 + 1/512) = 0.99805
    sure = resolve(rows, likely=[alike("erp:7", "crm:a", bits=40)])
    assert sure.memberships[1].because == "match 0.999 with crm:a"  # nothing is certain


def test_a_possible_pair_is_asked_about_and_joins_nobody() -> None:
    rows = [record("crm:a", 0), record("erp:7", 1)]
    found = resolve(rows, likely=[alike("erp:7", "crm:a", bits=1, is_match=False)])
    (question,) = found.questions
    assert question.customers == (customer_id("crm:a"), customer_id("erp:7"))
    assert question.because == "erp:7: possible match 0.666 with crm:a"
    assert question.pair == ("crm:a", "erp:7")


def test_two_tax_ids_are_two_customers_however_alike_and_through_whomever() -> None:
    rows = [
        record("crm:a", 0, tax_id="DE123456789"),
        record("erp:7", 1, tax_id="DE123456788"),
        record("desk:u", 2),
    ]
    found = resolve(rows, likely=[alike("crm:a", "erp:7")])
    assert len(set(found.crosswalk.values())) == 3
    assert found.questions[0].because == "erp:7: match 0.998, but another tax id than crm:a"
    chain = [alike("crm:a", "desk:u", bits=12), alike("desk:u", "erp:7", bits=9)]
    joined = resolve(rows, likely=chain).crosswalk
    assert joined["desk:u"] == joined["crm:a"] != joined["erp:7"]


def test_settled_customers_are_asked_about_and_never_joined_by_likeness() -> None:
    rows = [record("crm:a", 0), record("erp:7", 1), record("web:1", 2)]
    settled = {"crm:a": "cus_1", "erp:7": "cus_2"}
    pairs = [alike("crm:a", "erp:7", bits=20), alike("web:1", "erp:7")]
    found = resolve(rows, settled=settled, likely=pairs)
    assert found.crosswalk == settled | {"web:1": "cus_2"}
    (question,) = found.questions
    assert (question.customers, question.pair) == (("cus_1", "cus_2"), ("crm:a", "erp:7"))
    merged = {"cus_2": "cus_1"}
    assert resolve(rows, settled=settled, likely=pairs, merged=merged).questions == ()


def test_a_key_that_is_shared_comes_before_likeness_and_the_likelier_before_the_older() -> None:
    rows = [
        record("crm:a", 0),
        record("crm:b", 1, email="o@example.org"),
        record("erp:7", 2, email="o@example.org"),
        record("web:1", 3),
    ]
    settled = {"crm:a": "cus_1", "crm:b": "cus_2"}
    pairs = [
        alike("erp:7", "crm:a", bits=30),
        alike("web:1", "crm:a", bits=9),
        alike("web:1", "crm:b", bits=12),
    ]
    found = resolve(rows, settled=settled, likely=pairs).crosswalk
    assert (found["erp:7"], found["web:1"]) == ("cus_2", "cus_2")


def test_what_a_steward_keeps_apart_likeness_does_not_join() -> None:
    rows = [record("crm:a", 0), record("erp:7", 1)]
    apart = [RecordPair(one="crm:a", other="erp:7")]
    found = resolve(rows, likely=[alike("crm:a", "erp:7", bits=50)], cannot_link=apart)
    assert len(set(found.crosswalk.values())) == 2
    assert found.questions == ()


@pytest.mark.parametrize("seed", range(20))
def test_no_order_matters_a_rerun_renames_nobody_and_what_is_parted_stays_so(seed: int) -> None:
    dice = Random(seed)
    keys = [f"crm:{at}" for at in range(9)]
    rows = [
        record(
            key, dice.randrange(5), **({"tax_id": f"DE{dice.randrange(3):09d}"} if at % 3 else {})
        )
        for at, key in enumerate(keys)
    ]
    pairs = [
        alike(one, other, bits=dice.randrange(1, 20), is_match=dice.random() < 0.7)
        for one, other in dice.sample(list(combinations(keys, 2)), 14)
    ]
    apart = [RecordPair(one=one, other=other) for one, other in [dice.sample(keys, 2)]]
    settled = {key: f"cus_{dice.randrange(3)}" for key in dice.sample(keys, 3)}
    first = resolve(rows, settled=settled, likely=pairs, cannot_link=apart)
    assert first.crosswalk[apart[0].one] != first.crosswalk[apart[0].other]
    for list_ in (rows, pairs):
        dice.shuffle(list_)
    again = resolve(rows, settled=settled, likely=pairs, cannot_link=apart)
    assert (again.crosswalk, again.questions) == (first.crosswalk, first.questions)
    # The next run scores nothing again: what was joined stays joined.
    rerun = resolve(rows, settled=first.crosswalk, cannot_link=apart)
    assert rerun.crosswalk == first.crosswalk
