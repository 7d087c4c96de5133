"""Does a token with scopes get what they give, and nothing else?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.api.company import Caller, caller

from troth.actions.people import TokenError, issue_token, system_user, user_of_token
from troth.core.access.roles import Right, Role
from troth.store.models import ApiToken
from troth.store.queries.viewing import NotAllowedError

# Each operation with the right that it asks for. A token of every other right is refused.
OPERATIONS = {
    ("GET", "/customers"): Right.SEE_CUSTOMERS,
    ("GET", "/orders"): Right.SEE_ORDERS,
    ("GET", "/decisions"): Right.SEE_DECISIONS,
    ("GET", "/policies"): Right.SEE_POLICIES,
    ("GET", "/questions"): Right.SEE_CUSTOMERS,
    ("GET", "/sources"): Right.SEE_QUARANTINE,
    ("GET", "/quarantine"): Right.SEE_QUARANTINE,
    ("POST", "/events"): Right.LAND,
    ("POST", "/quarantine/replay"): Right.LAND,
    ("POST", "/runs"): Right.RUN,
}


def scoped(of: Caller, *scopes: Right) -> Caller:
    token = issue_token(user=of.user, label="scoped", scopes=scopes, acting_user=system_user())
    return Caller(of.user, token, Client(raise_request_exception=False))


@pytest.mark.parametrize(("method", "address"), OPERATIONS)
def test_an_operation_refuses_a_token_without_its_scope(
    db: None, method: str, address: str
) -> None:
    boss = caller(Role.ADMINISTRATOR)
    right = OPERATIONS[method, address]

    def status(by: Caller) -> int:
        answer = by.get(address) if method == "GET" else by.post(address, {})
        return int(answer.status_code)

    others = scoped(boss, *(other for other in Right if other is not right))
    assert status(others) == 403
    assert status(scoped(boss, right)) not in (401, 403)  # the control


def test_a_scope_gives_nothing_that_the_role_lacks(db: None) -> None:
    agent = caller(Role.AGENT)
    with pytest.raises(TokenError, match="does not have administer"):
        scoped(agent, Right.ADMINISTER)
    token = issue_token(user=agent.user, label="x", acting_user=agent.user)
    ApiToken.objects.filter(label="x").update(scopes=["administer"])  # as if it had been
    user = user_of_token(token)
    assert user is not None
    assert not user.may(Right.ADMINISTER)


def test_a_token_whose_scopes_are_unknown_gives_nothing(db: None) -> None:
    agent = caller(Role.AGENT)
    by = scoped(agent, Right.SEE_ORDERS)
    assert by.get("/orders").status_code == 200
    ApiToken.objects.filter(label="scoped").update(scopes=["a_right_of_tomorrow"])
    assert by.get("/orders").status_code == 403


def test_a_token_of_one_scope_cannot_issue_itself_another(db: None) -> None:
    agent = caller(Role.AGENT)
    user = user_of_token(scoped(agent, Right.SEE_ORDERS).token)
    assert user is not None
    for scopes in ([], [Right.SEE_CASES]):
        with pytest.raises(TokenError, match="fewer rights"):
            issue_token(user=user, label="more", scopes=scopes, acting_user=user)
    issue_token(user=user, label="same", scopes=[Right.SEE_ORDERS], acting_user=user)


def test_a_token_for_somebody_else_takes_the_right_to_administer(db: None) -> None:
    agent, other = caller(Role.AGENT), caller(Role.AGENT, "other")
    with pytest.raises(NotAllowedError):
        issue_token(user=other.user, label="theirs", acting_user=agent.user)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_ends_within_a_year(db: None, days: int) -> None:
    with pytest.raises(TokenError, match="1 to 365 days"):
        issue_token(user=system_user(), label="x", days=days, acting_user=system_user())


def test_a_token_that_has_ended_is_nobody_s(db: None) -> None:
    by = caller(Role.AGENT)
    assert by.get("/orders").status_code == 200
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert by.get("/orders").status_code == 401
    assert by.token.startswith("troth_")
    assert ApiToken.objects.get().last_used_on == timezone.now().date()
