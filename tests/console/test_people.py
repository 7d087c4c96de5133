"""Who has access, and is a leaver out at the next request?"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from tests.console.company import PASSWORD
from tests.console.test_sign_in import signed_in, stranger

from troth.actions.people import issue_token, user_of_token
from troth.core.access.roles import Right, Role
from troth.store.models import ApiToken, AuditEntry, Session, User

Reader = Callable[[Role], Client]


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    user = people[Role.AGENT]
    user.set_password(PASSWORD)
    user.save()
    return user


def test_a_leaver_is_out_at_the_next_request_with_session_and_token(
    agent: User, reader: Reader, people: dict[Role, User]
) -> None:
    leaving = signed_in(agent)
    staying = reader(Role.STEWARD)
    token = issue_token(user=agent, label="own", acting_user=agent)
    bearer = {"Authorization": f"Bearer {token}"}
    assert leaving.get("/account").status_code == 200
    assert stranger().get("/api/v1/orders", headers=bearer).status_code == 200
    answer = reader(Role.ADMINISTRATOR).post("/people/agent/deactivate", {"reason": "left"})
    assert answer.status_code == 302
    assert leaving.get("/account").status_code == 302
    assert stranger().get("/api/v1/orders", headers=bearer).status_code == 401
    assert (
        stranger().post("/sign-in", {"username": "agent", "password": PASSWORD}).status_code == 401
    )
    assert not Session.objects.filter(user=agent).exists()
    assert staying.get("/account").status_code == 200  # the control
    entry = AuditEntry.objects.get(action="access:user:deactivated")
    assert entry.reason == "left"
    assert entry.detail == {"tokens": 1, "sessions": 1}


def test_who_comes_back_signs_in_and_what_ended_stays_ended(agent: User, reader: Reader) -> None:
    token = issue_token(user=agent, label="own", acting_user=agent)
    administrator = reader(Role.ADMINISTRATOR)
    administrator.post("/people/agent/deactivate", {"reason": "a long leave"})
    administrator.post("/people/agent/activate")
    assert signed_in(agent).get("/account").status_code == 200
    assert user_of_token(token) is None


def test_the_last_administrator_cannot_be_locked_out(
    people: dict[Role, User], reader: Reader
) -> None:
    administrator = reader(Role.ADMINISTRATOR)
    form = {"reason": "by mistake"}
    page = administrator.post("/people/administrator/deactivate", form, follow=True)
    assert b"the last administrator who can sign in" in page.content
    page = administrator.post("/people/administrator/change", {"role": "agent"}, follow=True)
    assert b"the last administrator who can sign in" in page.content
    people[Role.ADMINISTRATOR].refresh_from_db()
    assert people[Role.ADMINISTRATOR].is_active
    # The control: with a second one it goes through.
    User.objects.create(username="second", name="S", role="administrator", password="!")
    administrator.post("/people/administrator/deactivate", form)
    people[Role.ADMINISTRATOR].refresh_from_db()
    assert not people[Role.ADMINISTRATOR].is_active


def test_locking_out_takes_a_reason(agent: User, reader: Reader) -> None:
    page = reader(Role.ADMINISTRATOR).post("/people/agent/deactivate", {"reason": " "}, follow=True)
    assert b"say in a sentence why" in page.content
    agent.refresh_from_db()
    assert agent.is_active


def test_role_team_and_regions_change_on_a_page(agent: User, reader: Reader) -> None:
    form = {"role": "steward", "team": "south", "regions": "SP, RJ", "reason": "moved"}
    reader(Role.ADMINISTRATOR).post("/people/agent/change", form)
    agent.refresh_from_db()
    assert (agent.role, agent.team, agent.regions) == ("steward", "south", ["RJ", "SP"])
    assert AuditEntry.objects.get(action="access:user:changed").reason == "moved"


def test_a_link_is_shown_to_the_administrator_once_and_signs_in(
    agent: User, reader: Reader
) -> None:
    administrator = reader(Role.ADMINISTRATOR)
    page = administrator.post("/people/agent/link").content.decode()
    link = re.search(r"(/sign-in/link/[\w-]+)<", page)
    assert link is not None
    assert link[1] not in administrator.get("/people/agent").content.decode()
    assert stranger().post(link[1])["Location"] == "/"


@pytest.mark.parametrize("address", ["/people", "/people/agent"])
def test_only_who_may_administer_sees_people(reader: Reader, address: str) -> None:
    assert reader(Role.AGENT).get(address).status_code == 403
    assert reader(Role.ADMINISTRATOR).get(address).status_code == 200


def test_only_who_may_administer_acts_on_people(people: dict[Role, User], reader: Reader) -> None:
    answer = reader(Role.AGENT).post("/people/steward/deactivate", {"reason": "no"})
    assert answer.status_code == 403
    people[Role.STEWARD].refresh_from_db()
    assert people[Role.STEWARD].is_active


def test_a_token_of_one_s_own_is_shown_once_and_has_the_scopes_that_were_chosen(
    agent: User,
) -> None:
    client = signed_in(agent)
    form = {"label": "my script", "days": "30", "scope": ["see_orders"]}
    page = client.post("/account/tokens", form)
    found = re.search(r"(troth_[\w-]{40,})<", page.content.decode())
    assert page.status_code == 201
    assert found is not None
    assert found[1] not in client.get("/account").content.decode()
    user = user_of_token(found[1])
    assert user is not None
    assert user.may(Right.SEE_ORDERS)
    assert not user.may(Right.SEE_CASES)
    client.post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke")
    assert user_of_token(found[1]) is None


def test_a_token_of_somebody_else_cannot_be_ended(agent: User, people: dict[Role, User]) -> None:
    steward = people[Role.STEWARD]
    token = issue_token(user=steward, label="theirs", acting_user=steward)
    client = signed_in(agent)
    page = client.post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke", follow=True)
    assert b"not yours" in page.content
    assert user_of_token(token) is not None
