"""When source records become one customer, and when they become a question."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.core.identity import (
    IdentityRecord,
    customer_id,
    normalise_email,
    normalise_phone,
    normalise_tax_id,
    resolve,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def record(key: str, day: int = 0, kind: str = "customer", **fields) -> IdentityRecord:
    return IdentityRecord(key=key, kind=kind, known_at=START + timedelta(days=day), **fields)


@pytest.mark.parametrize(
    ("normalise", "text", "expected"),
    [
        (normalise_tax_id, " de 123.456-789 ", "DE123456789"),
        (normalise_tax_id, "１２３４５６", "123456"),  # full-width digits
        (normalise_tax_id, "00000", None),
        (normalise_tax_id, "PENDING", None),
        (normalise_tax_id, None, None),
        (normalise_email, " Info@Example.COM ", "info@example.com"),
        (normalise_email, "info@localhost", None),
        (normalise_email, "n/a", None),
        (normalise_email, "a b@example.com", None),
        (normalise_phone, "0049 30/1234567", "+49301234567"),
        (normalise_phone, "+49 (0)30 1234567", "+49301234567"),
        (normalise_phone, "030 1234567", "0301234567"),
        (normalise_phone, "123-456", None),
        (normalise_phone, "0000000000", None),
    ],
)
def test_what_is_written_differently_is_compared_alike(normalise, text, expected):
    assert normalise(text) == expected


def test_records_that_share_an_exact_key_are_one_customer_named_after_the_oldest():
    found = resolve(
        [
            record("erp:7", 2, tax_id="DE 123456789", phone="030 7654321"),
            record("crm:a", 1, tax_id="de123456789", email="x@example.com"),
            record("desk:u", 3, email="X@Example.com"),
            record("desk:other", 3, email="y@example.com"),
        ]
    )
    one = customer_id("crm:a")
    assert found.crosswalk == {
        "erp:7": one,
        "crm:a": one,
        "desk:u": one,
        "desk:other": customer_id("desk:other"),
    }
    assert [item.because for item in found.memberships] == [
        "same tax id as crm:a",
        "it was known first",
        "same e-mail address as crm:a",
        "it was known first",
    ]
    assert found.questions == ()


def test_a_contact_belongs_to_its_customer():
    found = resolve([record("crm:p", kind="contact", customer_key="crm:a"), record("crm:a", 5)])
    assert set(found.crosswalk.values()) == {customer_id("crm:p")}
    assert {item.because for item in found.memberships} == {
        "it was known first",
        "its contact is crm:p",
    }


def test_a_value_that_too_many_share_joins_nobody_and_is_reported_without_naming_it():
    many = [record(f"crm:{n:02}", n, email="info@example.com") for n in range(21)]
    found = resolve(many)
    assert len(set(found.crosswalk.values())) == 21
    (shared,) = found.not_identifying
    assert (shared.field, shared.count) == ("email", 21)
    assert "info" not in repr(shared)
    assert len(set(resolve(many[:20]).crosswalk.values())) == 1


def test_a_settled_record_keeps_its_customer_when_an_older_one_turns_up():
    settled = {"erp:7": "cus_settled"}
    found = resolve(
        [record("erp:7", 2, tax_id="12345A"), record("crm:a", 1, tax_id="12345a")],
        settled=settled,
    )
    assert set(found.crosswalk.values()) == {"cus_settled"}


def test_a_record_between_two_settled_customers_stays_with_the_older_and_is_asked_about():
    records = [
        record("crm:a", 1, email="a@example.com"),
        record("crm:b", 2, tax_id="99887766"),
        record("erp:new", 3, tax_id="99887766", email="a@example.com"),
        record("desk:b", 4, kind="contact", customer_key="crm:b"),
    ]
    before = resolve(records[:2])
    after = resolve(records, settled=before.crosswalk)
    assert after.crosswalk["crm:a"] == customer_id("crm:a")
    assert after.crosswalk["crm:b"] == customer_id("crm:b")
    assert after.crosswalk["erp:new"] == customer_id("crm:a")
    assert after.crosswalk["desk:b"] == customer_id("crm:b")
    (question,) = after.questions
    assert question.customers == (customer_id("crm:a"), customer_id("crm:b"))
    assert question.key == "erp:new" and "tax id" in question.because
    # Asked again with everything settled: the same question, and nobody moves.
    again = resolve(records, settled=after.crosswalk)
    assert again.questions == after.questions
    assert again.memberships == after.memberships


VALUES = st.sampled_from([None, "10001", "10002", "10003", "10004"])
RECORDS = st.lists(
    st.builds(
        lambda day, tax, mail, owner: (day, tax, mail, owner),
        st.integers(0, 5),
        VALUES,
        VALUES,
        st.one_of(st.none(), st.integers(0, 9)),
    ),
    min_size=1,
    max_size=10,
)


def made(rows) -> list[IdentityRecord]:
    return [
        record(
            f"s:{n}",
            day,
            tax_id=tax,
            email=mail and f"{mail}@example.com",
            customer_key=None if owner is None else f"s:{owner}",
        )
        for n, (day, tax, mail, owner) in enumerate(rows)
    ]


@given(RECORDS, st.dictionaries(st.integers(0, 9), st.sampled_from("AB")), st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_order_of_the_records_does_not_matter_and_settled_ones_stay(rows, held, random):
    records = made(rows)
    settled = {f"s:{n}": f"cus_{name}" for n, name in held.items() if n < len(records)}
    found = resolve(records, settled=settled)
    shuffled = records[:]
    random.shuffle(shuffled)
    other = resolve(shuffled, settled=settled)
    assert other.crosswalk == found.crosswalk
    assert other.questions == found.questions
    assert settled.items() <= found.crosswalk.items()
    if not settled:
        assert found.questions == ()


@given(RECORDS, st.dictionaries(st.integers(0, 9), st.sampled_from("AB")))
@settings(max_examples=150, deadline=None)
def test_resolving_what_is_resolved_changes_nothing(rows, held):
    records = made(rows)
    settled = {f"s:{n}": f"cus_{name}" for n, name in held.items() if n < len(records)}
    found = resolve(records, settled=settled)
    again = resolve(records, settled=found.crosswalk)
    assert again.crosswalk == found.crosswalk
    assert again.questions == found.questions
