"""Users and tokens over HTTP: as on the command line, told to nobody who may not administer."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from tests.api.company import Caller, caller
from tests.api.test_problems import problem

from troth.actions.people import issue_token, redeem_login_link, system_user, user_of_token
from troth.actions.recording import row_content
from troth.core.access.roles import Right, Role
from troth.store.models import ApiToken, AuditEntry, IdempotencyKey, User

WHY = json.dumps({"reason": "Left the company."})
ANNA = {"username": "anna", "name": "Anna Agent", "role": "agent"}


@pytest.fixture
def boss(db: None) -> Caller:
    return caller(Role.ADMINISTRATOR)


def added(boss: Caller, **fields: object) -> Caller:
    """A user made over HTTP, with a token issued over HTTP."""
    asked = ANNA | fields
    assert boss.post("/users", json.dumps(asked)).status_code == 200
    body = {"user": asked["username"], "label": "tests"}
    token = boss.post("/tokens", json.dumps(body)).json()["token"]
    user = User.objects.get(username=asked["username"])
    return Caller(user, token, Client(raise_request_exception=False))


def test_a_user_is_added_listed_and_shown(boss: Caller) -> None:
    anna = added(boss)
    assert anna.get("/orders").status_code == 200
    assert "anna" in [row["username"] for row in boss.get("/users").json()["data"]]
    shown = boss.get("/users/anna").json()
    assert (shown["role"], shown["is_active"], shown["has_password"]) == ("agent", True, False)
    assert "password" not in shown
    problem(boss.get("/users/nobody"), 404, "not-found")


@pytest.mark.parametrize(
    "changed",
    [{}, {"username": "a/b"}, {"username": "x", "role": "king"}, {"username": "x", "scopes": []}],
)
def test_a_user_that_is_there_or_makes_no_sense_is_refused(
    boss: Caller, changed: dict[str, object]
) -> None:
    added(boss)
    before = User.objects.count()
    problem(boss.post("/users", json.dumps(ANNA | changed)), 422, "invalid")
    assert User.objects.count() == before
    assert User.objects.get(username="anna").role == "agent"


def test_a_change_counts_from_the_next_request_on_and_is_recorded(boss: Caller) -> None:
    anna = added(boss)
    problem(anna.get("/audit/entries"), 403, "forbidden")
    change = {"role": "auditor", "regions": ["SP"], "reason": "Moved."}
    told = boss.post("/users/anna/change", json.dumps(change)).json()
    assert (told["role"], told["regions"], told["name"]) == ("auditor", ["SP"], "Anna Agent")
    assert anna.get("/audit/entries").status_code == 200
    entry = AuditEntry.objects.order_by("index").last()
    assert entry is not None
    assert entry.action == "access:user:changed"


def test_a_leaver_is_out_at_once_and_comes_back_without_the_old_token(boss: Caller) -> None:
    anna = added(boss)
    problem(boss.post("/users/anna/deactivate", json.dumps({"reason": ""})), 422, "invalid")
    assert anna.get("/orders").status_code == 200  # the control
    assert boss.post("/users/anna/deactivate", WHY).json()["is_active"] is False
    assert anna.get("/orders").status_code == 401
    assert boss.post("/users/anna/activate", "").json()["is_active"] is True
    assert anna.get("/orders").status_code == 401


def test_the_last_administrator_stays(boss: Caller) -> None:
    told = problem(boss.post(f"/users/{boss.user.username}/deactivate", WHY), 422, "invalid")
    assert "last administrator" in told["detail"]
    assert boss.get("/users").status_code == 200


def test_a_link_signs_in_once_and_is_kept_by_nobody(boss: Caller) -> None:
    added(boss)
    first, again = (boss.post("/users/anna/link", "", Idempotency_Key="k") for _ in range(2))
    assert (first["Cache-Control"], again.content) == ("no-store", first.content)
    token = first.json()["url"].rpartition("/")[2]
    assert token not in IdempotencyKey.objects.get(key="k").answer
    assert redeem_login_link(token) == User.objects.get(username="anna")
    assert redeem_login_link(token) is None


def test_somebody_is_signed_out_and_loses_a_second_factor(boss: Caller) -> None:
    added(boss)
    assert boss.post("/users/anna/sign-out", "").json() == {"username": "anna", "sessions": 0}
    assert boss.post("/users/anna/remove-factor", WHY).json()["has_second_factor"] is False


def test_a_token_is_shown_once_and_stands_in_no_table(boss: Caller) -> None:
    added(boss)
    body = json.dumps({"user": "anna", "label": "phone", "days": 7, "scopes": ["see_orders"]})
    first, again = (boss.post("/tokens", body, Idempotency_Key="k") for _ in range(2))
    assert (first["Cache-Control"], again.content) == ("no-store", first.content)
    token = first.json()["token"]
    row = ApiToken.objects.get(label="phone")
    assert token.encode() not in row_content(row)
    assert token not in IdempotencyKey.objects.get(key="k").answer
    assert user_of_token(token) == row.user
    (listed,) = [t for t in boss.get("/tokens?user=anna").json()["data"] if t["id"] == row.pk]
    assert (listed["scopes"], listed["is_in_force"]) == (["see_orders"], True)
    assert "token_sha256" not in listed


def test_a_token_ends_when_it_is_revoked(boss: Caller) -> None:
    anna = added(boss)
    own = ApiToken.objects.get(user=anna.user).pk
    told = boss.post(f"/tokens/{own}/revoke", WHY).json()
    assert (told["id"], told["is_in_force"]) == (own, False)
    assert anna.get("/orders").status_code == 401
    for unknown in ("999999", "x", "9" * 30):
        problem(boss.post(f"/tokens/{unknown}/revoke", WHY), 404, "not-found")


def test_one_s_own_tokens_are_listed_and_revoked_and_nobody_else_s(boss: Caller) -> None:
    anna = added(boss)
    (own,) = anna.get("/tokens?user=anna").json()["data"]
    others = ApiToken.objects.get(user=boss.user).pk
    for address in ("/tokens", f"/tokens?user={boss.user.username}", "/tokens?user=nobody"):
        problem(anna.get(address), 403, "forbidden")
    for token_id in (others, 999_999):  # the same answer: it tells nobody which there are
        problem(anna.post(f"/tokens/{token_id}/revoke", WHY), 403, "forbidden")
    assert anna.post(f"/tokens/{own['id']}/revoke", WHY).status_code == 200
    assert boss.get("/users").status_code == 200


def test_a_token_issues_no_other_unless_it_may_administer(boss: Caller) -> None:
    anna = added(boss)
    body = json.dumps({"user": "anna", "label": "a second life"})
    problem(anna.post("/tokens", body), 403, "forbidden")
    in_a_session = Client(SERVER_NAME="127.0.0.1")
    in_a_session.force_login(anna.user)
    told = in_a_session.post("/api/v1/tokens", body, content_type="application/json")
    assert told.status_code == 200
    theirs = json.dumps({"user": boss.user.username, "label": "theirs"})
    told = in_a_session.post("/api/v1/tokens", theirs, content_type="application/json")
    problem(told, 403, "forbidden")


def test_a_token_of_one_scope_gives_itself_no_other(boss: Caller) -> None:
    token = issue_token(
        user=boss.user, label="x", scopes=[Right.ADMINISTER], acting_user=system_user()
    )
    narrow = Caller(boss.user, token, Client(raise_request_exception=False))
    asked = {"user": boss.user.username, "label": "more"}
    told = problem(narrow.post("/tokens", json.dumps(asked)), 422, "invalid")
    assert "fewer rights" in told["detail"]
    same = json.dumps(asked | {"scopes": ["administer"]})
    assert narrow.post("/tokens", same).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/users/anna", "/users/nobody"],
)
def test_who_may_not_administer_is_not_told_whether_there_is_an_account(
    boss: Caller, address: str
) -> None:
    anna = added(boss)
    problem(anna.get(address), 403, "forbidden")
    for verb in ("change", "deactivate", "activate", "link", "sign-out", "remove-factor"):
        problem(anna.post(f"{address}/{verb}", WHY), 403, "forbidden")
