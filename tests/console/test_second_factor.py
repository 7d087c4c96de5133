"""Does the second factor hold: set up, asked for, taken once?"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from tests.console.codes import code_of
from tests.console.company import PASSWORD
from tests.console.test_sign_in import CODE_PAGE, key_of, signed_in, stranger

from troth.actions.people import issue_login_link, system_user
from troth.core.access.roles import Role
from troth.store.models import AuditEntry, User


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    user = people[Role.AGENT]
    user.set_password(PASSWORD)
    user.save()
    return user


def confirmed(client: Client) -> Client:
    """Past the question whether it is you."""
    asked = client.get("/account/second-factor")
    assert asked["Location"].startswith("/account/confirm?")
    answer = client.post(asked["Location"], {"password": PASSWORD})
    assert answer["Location"] == "/account/second-factor"
    return client


def set_up(client: Client) -> tuple[str, list[str]]:
    """Add an app; its secret and the recovery codes."""
    page = confirmed(client).get("/account/second-factor").content.decode()
    assert "<svg" in page
    secret = re.search(r'class="mono">([A-Z2-7 ]{32,})<', page)
    assert secret is not None
    answer = client.post("/account/second-factor", {"code": code_of(secret[1], steps=-1)})
    assert answer["Location"] == "/account/recovery-codes"
    codes = re.findall(r"<li>(\d{10})</li>", client.get(answer["Location"]).content.decode())
    assert len(codes) == 10
    return secret[1], codes


def at_the_code(user: User) -> Client:
    client = stranger()
    answer = client.post("/sign-in", {"username": user.username, "password": PASSWORD})
    assert answer["Location"] == CODE_PAGE
    return client


def test_the_codes_here_are_those_of_the_standard() -> None:
    # RFC 6238 appendix B, SHA-1, the last six digits: 59 s gives 94287082.
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert code_of(secret, at=59) == "287082"
    assert code_of(secret, at=1111111109) == "081804"


def test_with_an_app_the_password_alone_does_not_sign_in(agent: User) -> None:
    assert signed_in(agent).get("/").status_code == 200  # the control: before there is an app
    secret, _codes = set_up(signed_in(agent))
    client = at_the_code(agent)
    assert client.get("/").status_code == 302
    assert client.post(CODE_PAGE, {"code": "000000"}).status_code == 200
    assert client.get("/").status_code == 302
    before = key_of(client)
    assert client.post(CODE_PAGE, {"code": code_of(secret)})["Location"] == "/"
    assert key_of(client) != before
    assert client.get("/").status_code == 200
    assert AuditEntry.objects.filter(detail={"methods": ["password", "mfa"]}).exists()


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_is_taken_once_in_each_step_that_counts(agent: User, steps: int) -> None:
    secret, _codes = set_up(signed_in(agent))
    cache.clear()  # the setting up used one
    code = code_of(secret, steps=steps)
    assert at_the_code(agent).post(CODE_PAGE, {"code": code}).status_code == 302
    # allauth forgets a code after one step and takes those of three; the replay comes then.
    for key in ("allauth",):
        _forget(key)
    assert at_the_code(agent).post(CODE_PAGE, {"code": code}).status_code == 200
    cache.clear()  # the control: forgotten, it would be taken again
    assert at_the_code(agent).post(CODE_PAGE, {"code": code}).status_code == 302


def _forget(beginning: str) -> None:
    from troth.store.models import SharedValue

    SharedValue.objects.filter(key__contains=beginning).delete()


def test_a_code_of_long_ago_is_refused(agent: User) -> None:
    secret, _codes = set_up(signed_in(agent))
    answer = at_the_code(agent).post(CODE_PAGE, {"code": code_of(secret, steps=-3)})
    assert answer.status_code == 200


def test_a_recovery_code_signs_in_once(agent: User) -> None:
    _secret, codes = set_up(signed_in(agent))
    assert at_the_code(agent).post(CODE_PAGE, {"code": codes[0]}).status_code == 302
    assert at_the_code(agent).post(CODE_PAGE, {"code": codes[0]}).status_code == 200
    assert at_the_code(agent).post(CODE_PAGE, {"code": codes[1]}).status_code == 302


def test_recovery_codes_are_shown_once_and_new_ones_end_the_old(agent: User) -> None:
    client = signed_in(agent)
    _secret, codes = set_up(client)
    again = client.get("/account/recovery-codes").content.decode()
    assert codes[0] not in again
    assert client.post("/account/recovery-codes").status_code == 302
    new = client.get("/account/recovery-codes").content.decode()
    assert re.search(r"<li>\d{10}</li>", new)
    assert at_the_code(agent).post(CODE_PAGE, {"code": codes[0]}).status_code == 200


def test_guessing_codes_comes_to_an_end(agent: User) -> None:
    secret, _codes = set_up(signed_in(agent))
    client = at_the_code(agent)
    for guess in range(5):
        client.post(CODE_PAGE, {"code": f"00000{guess}"})
    assert client.post(CODE_PAGE, {"code": code_of(secret)}).status_code == 200
    cache.clear()  # the control
    assert client.post(CODE_PAGE, {"code": code_of(secret)}).status_code == 302


def test_what_an_app_shares_with_us_is_not_in_the_database_as_it_is(agent: User) -> None:
    secret, codes = set_up(signed_in(agent))
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert "secret" in kept
    for told in (secret.replace(" ", ""), *codes):
        assert told not in kept


def test_setting_up_asks_whether_it_is_you(agent: User) -> None:
    client = signed_in(agent)
    asked = client.get("/account/second-factor")
    answer = client.post(asked["Location"], {"password": "not it"})
    assert answer.status_code == 200
    assert client.get("/account/second-factor").status_code == 302
    assert not Authenticator.objects.exists()


def test_it_can_be_turned_off_by_who_proves_to_be_the_owner(agent: User) -> None:
    client = signed_in(agent)
    set_up(client)
    client.post("/account/second-factor/off")
    assert not Authenticator.objects.exists()
    assert AuditEntry.objects.filter(action="access:factor:removed").exists()
    assert (
        stranger().post("/sign-in", {"username": "agent", "password": PASSWORD})["Location"] == "/"
    )


def test_a_link_does_not_go_around_the_second_factor(agent: User) -> None:
    secret, _codes = set_up(signed_in(agent))
    token = issue_login_link(user=agent, acting_user=system_user())
    client = stranger()
    assert client.post(f"/sign-in/link/{token}")["Location"] == CODE_PAGE
    assert client.get("/").status_code == 302
    assert client.post(CODE_PAGE, {"code": code_of(secret)}).status_code == 302
    assert client.get("/").status_code == 200


def test_a_leaver_between_password_and_code_does_not_get_in(agent: User) -> None:
    secret, _codes = set_up(signed_in(agent))
    client = at_the_code(agent)
    User.objects.filter(pk=agent.pk).update(is_active=False)
    client.post(CODE_PAGE, {"code": code_of(secret)})
    assert client.get("/").status_code == 302


def test_the_pages_of_the_second_factor_are_ours(
    agent: User, reader: Callable[[Role], Any]
) -> None:
    client = signed_in(agent)
    confirm = client.get("/account/second-factor", follow=True).content
    assert b"Is it you?" in confirm
    assert b'class="shell"' in confirm
