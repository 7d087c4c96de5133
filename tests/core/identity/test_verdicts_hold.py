"""What stewards said of two records holds in every run, whatever the records share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from troth.core.identity import IdentityRecord, RecordPair, customer_id, resolve

START = datetime(2026, 1, 1, tzinfo=UTC)


def record(key: str, day: int = 0, kind: str = "customer", **fields: str) -> IdentityRecord:
    return IdentityRecord(key=key, kind=kind, known_at=START + timedelta(days=day), **fields)


def pair(one: str, other: str) -> RecordPair:
    return RecordPair(one=one, other=other)


def test_two_records_that_share_nothing_are_one_where_a_steward_said_so() -> None:
    rows = [record("crm:a", 0), record("erp:7", 1)]
    found = resolve(rows, must_link=[pair("erp:7", "crm:a")])
    assert found.crosswalk == dict.fromkeys(("crm:a", "erp:7"), customer_id("crm:a"))
    assert found.memberships[1].because == "a steward said the same as crm:a"
    assert len(set(resolve(rows).crosswalk.values())) == 2


def test_two_records_with_one_address_are_two_where_a_steward_said_so() -> None:
    rows = [record("crm:a", 0, email="o@example.org"), record("erp:7", 1, email="o@example.org")]
    found = resolve(rows, cannot_link=[pair("crm:a", "erp:7")])
    assert found.crosswalk == {"crm:a": customer_id("crm:a"), "erp:7": customer_id("erp:7")}
    assert found.questions == ()  # it has been answered
    assert len(set(resolve(rows).crosswalk.values())) == 1


def test_of_two_that_were_settled_as_one_the_later_leaves_with_what_hangs_on_it() -> None:
    rows = [
        record("crm:a", 0, email="o@example.org"),
        record("erp:7", 1, email="o@example.org", tax_id="DE123456789"),
        record("desk:u", 2, tax_id="DE123456789"),
        record("crm:ida", 3, kind="contact", customer_key="crm:a"),
        record("shop:9", 4),  # settled by history alone: it stays
    ]
    settled = dict.fromkeys(("crm:a", "erp:7", "desk:u", "crm:ida", "shop:9"), "cus_1")
    verdict = [pair("crm:a", "erp:7")]
    found = resolve(rows, settled=settled, cannot_link=verdict)
    left = dict.fromkeys(("erp:7", "desk:u"), customer_id("erp:7"))
    assert found.crosswalk == settled | left
    again = resolve(rows, settled=found.crosswalk, cannot_link=verdict)
    assert (again.crosswalk, again.questions) == (found.crosswalk, ())


def test_a_customer_named_after_the_later_record_keeps_its_name_and_that_record() -> None:
    # An older record came in after the customer had got its id: the id is not given anew.
    rows = [record("crm:a", 0, email="o@example.org"), record("erp:7", 1, email="o@example.org")]
    named = customer_id("erp:7")
    settled = {"crm:a": named, "erp:7": named}
    found = resolve(rows, settled=settled, cannot_link=[pair("crm:a", "erp:7")])
    assert found.crosswalk == {"crm:a": customer_id("crm:a"), "erp:7": named}


def test_what_a_steward_said_of_settled_customers_is_a_question_until_they_are_merged() -> None:
    rows = [record("crm:a", 0), record("erp:7", 1)]
    settled = {"crm:a": "cus_1", "erp:7": "cus_2"}
    said = [pair("crm:a", "erp:7")]
    found = resolve(rows, settled=settled, must_link=said)
    assert found.crosswalk == settled
    assert [question.customers for question in found.questions] == [("cus_1", "cus_2")]
    merged = resolve(rows, settled=settled, must_link=said, merged={"cus_2": "cus_1"})
    assert (merged.crosswalk, merged.questions) == (settled, ())
    other = resolve(rows, settled=settled, must_link=said, merged={"cus_2": "cus_3"})
    assert len(other.questions) == 1


ROWS = st.lists(
    st.tuples(
        st.integers(0, 5), st.sampled_from([None, "a", "b", "c"]), st.sampled_from([None, 1])
    ),
    max_size=9,
)
PAIRS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=4)


@given(ROWS, PAIRS, PAIRS, st.dictionaries(st.integers(0, 8), st.sampled_from("AB")), st.randoms())
@settings(max_examples=250, deadline=None)
def test_no_verdict_is_broken_no_order_matters_and_a_rerun_renames_nobody(
    rows: list[tuple[int, str | None, int | None]],
    same: list[tuple[int, int]],
    apart: list[tuple[int, int]],
    held: dict[int, str],
    random: Random,
) -> None:
    records = [
        record(f"s:{n}", day, **({"email": f"{mail}@example.org"} if mail else {}))
        if tax is None
        else record(f"s:{n}", day, tax_id="DE123456789")
        for n, (day, mail, tax) in enumerate(rows)
    ]
    settled = {f"s:{n}": f"cus_{name}" for n, name in held.items() if n < len(records)}
    must = [pair(f"s:{one}", f"s:{other}") for one, other in same]
    cannot = [pair(f"s:{one}", f"s:{other}") for one, other in apart]
    found = resolve(records, settled=settled, must_link=must, cannot_link=cannot)
    for said in cannot:
        if said.one != said.other and {said.one, said.other} <= found.crosswalk.keys():
            assert found.crosswalk[said.one] != found.crosswalk[said.other]
    shuffled = records[:]
    random.shuffle(shuffled)
    other = resolve(shuffled, settled=settled, must_link=must[::-1], cannot_link=cannot[::-1])
    assert other.crosswalk == found.crosswalk
    assert other.questions == found.questions
    again = resolve(records, settled=found.crosswalk, must_link=must, cannot_link=cannot)
    assert again.crosswalk == found.crosswalk
