"""Does `troth user` let people and programs in, and out again?"""

from __future__ import annotations

import pytest
from tests.workspaces import Troth


@pytest.fixture
def troth(blank: Troth) -> Troth:
    """A workspace with one agent."""
    assert blank("user", "add", "anna", "--name", "Anna", "--role", "agent").code == 0
    return blank


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(troth: Troth) -> None:
    issued = troth("user", "token", "anna", "--label", "phone", "--scope", "see_orders")
    token = issued.out.strip()
    assert (issued.code, token.startswith("troth_")) == (0, True)
    listed = troth("user", "tokens", "--json")
    (row,) = listed.json()
    assert token not in listed.out
    assert (row["username"], row["label"], row["scopes"]) == ("anna", "phone", ["see_orders"])
    assert row["is_in_force"] is True
    assert troth("user", "tokens", "--user", "nobody", "--json").json() == []
    assert troth("user", "revoke", str(row["id"]), "--reason", "Lost.").code == 0
    (row,) = troth("user", "tokens", "--json").json()
    assert row["is_in_force"] is False
    assert "phone" in troth("user", "tokens").out


def test_a_leaver_is_locked_out_with_every_token_and_let_in_again(troth: Troth) -> None:
    assert troth("user", "token", "anna", "--label", "phone").code == 0
    assert troth("user", "deactivate", "anna", "--reason", "Left.").code == 0
    (row,) = troth("user", "tokens", "--json").json()
    assert row["is_in_force"] is False
    assert troth("user", "token", "anna", "--label", "again").code == 2
    assert troth("user", "activate", "anna").code == 0
    states = {row["username"]: row["is_active"] for row in troth("user", "list", "--json").json()}
    assert states["anna"] is True


def test_a_change_is_made_and_what_makes_no_sense_is_told(troth: Troth) -> None:
    assert troth("user", "change", "anna", "--role", "steward", "--region", "SP").code == 0
    (role,) = {row["role"] for row in troth("access", "list", "anna", "--json").json()}
    assert role == "steward"
    unknown = troth("user", "change", "nobody", "--team", "x")
    assert (unknown.code, "nobody" in unknown.err) == (2, True)
    refused = troth("user", "token", "anna", "--label", "x", "--scope", "administer")
    assert (refused.code, "does not have administer" in refused.err) == (2, True)
