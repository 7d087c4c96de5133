"""Does `troth access` say who may and why, and do what it says?"""

from __future__ import annotations

import pytest
from tests.workspaces import Troth

VIP = "cus_00000000000000a1"
WHY = ("--reason", "The customer is on the telephone.")
_ADD = (
    "INSERT INTO store_customer (id, region, sales_region, party_kind, country, city, time_zone,"
    " language, segment, tier, first_known_at, source_count, currency, account_manager, team,"
    " is_restricted, content_digest, provenance)"
    " VALUES (%s, 'eu', 'NORD', '', '', '', '', '', '', '', now(), 1, '', '', '', false, '', '{}')"
)


@pytest.fixture
def troth(blank: Troth) -> Troth:
    """An agent, a privacy officer, and a customer."""
    for name, role in (("anna", "agent"), ("petra", "privacy_officer")):
        assert blank("user", "add", name, "--name", name.title(), "--role", role).code == 0
    blank.rows(_ADD, VIP)
    return blank


def test_can_answers_by_its_exit_code_too(troth: Troth) -> None:
    assert troth("access", "can", "anna", "see_customers", VIP).code == 0
    assert troth("access", "restrict", VIP, *WHY).code == 0
    refused = troth("access", "can", "anna", "see_customers", VIP)
    assert refused.code == 1
    assert "forbid:restricted" in refused.out
    assert troth("access", "can", "nobody", "see_customers", VIP).code == 2
    assert troth("access", "can", "anna", "see_customers", "nothing").code == 2
    (found,) = troth("access", "restricted", "--json").json()
    assert found == {"customer": VIP, "named": []}


def test_a_name_opens_and_is_taken_back(troth: Troth) -> None:
    troth("access", "restrict", VIP, *WHY)
    assert troth("access", "name", VIP, "anna", *WHY).code == 0
    who = troth("access", "who", "see_customers", VIP, "--json").json()
    assert {row["user"] for row in who if row["is_allowed"]} == {"anna", "troth"}
    assert troth("access", "unname", VIP, "anna", *WHY).code == 0
    assert troth("access", "can", "anna", "see_customers", VIP).code == 1
    assert troth("access", "unrestrict", VIP, *WHY).code == 0
    assert troth("access", "can", "anna", "see_customers", VIP).code == 0


def test_a_glass_is_broken_by_somebody_listed_and_reviewed_by_somebody_else(troth: Troth) -> None:
    troth("access", "restrict", VIP, *WHY)
    assert troth("access", "break", VIP, "--as", "petra", "--reason", "now").code == 2
    assert troth("access", "break", VIP, "--as", "petra", *WHY).code == 0
    (row,) = troth("access", "glasses", "--json").json()
    assert (row["user"], row["state"]) == ("petra", "running")
    troth.rows("UPDATE store_breakglass SET ends_at = now() - interval '1 second'")
    review = ("access", "review", row["id"], "--verdict", "justified", "--as")
    own = troth(*review, "petra")
    assert own.code == 2
    assert "does not review it" in own.err
    assert troth("user", "add", "paul", "--name", "P", "--role", "privacy_officer").code == 0
    assert troth(*review, "paul").code == 0
    assert troth("access", "glasses", "--json").json() == []
    assert [row["state"] for row in troth("access", "glasses", "--all", "--json").json()] == [
        "justified"
    ]


def test_list_names_every_right_of_one_and_how_far_it_goes(troth: Troth) -> None:
    rows = troth("access", "list", "anna", "--json").json()
    assert {(row["user"], row["reach"]) for row in rows} == {("anna", "region")}
    assert "see_customers" in {row["right"] for row in rows}
    assert troth("access", "list", "nobody").code == 2
