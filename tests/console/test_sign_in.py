"""Who gets in by name and password, how often may they try, and how long does it last?"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from tests.console.company import PASSWORD

from troth.actions import accounts
from troth.actions.people import issue_login_link, system_user
from troth.core.access.roles import Role
from troth.site.logs import set_up_logs
from troth.store.models import AuditEntry, Session, SharedValue, User
from troth.store.sessions import row_key

CODE_PAGE = "/sign-in/code"


def stranger() -> Client:
    return Client(SERVER_NAME="127.0.0.1", headers={"User-Agent": "Tested browser"})


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    user = people[Role.AGENT]
    user.set_password(PASSWORD)
    user.save()
    return user


def signed_in(user: User) -> Client:
    client = stranger()
    answer = client.post("/sign-in", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def key_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def test_signing_in_is_an_entry_that_names_the_way_and_no_secret(agent: User) -> None:
    signed_in(agent)
    entry = AuditEntry.objects.get(action="access:session:started")
    assert entry.actor == agent
    assert entry.detail == {"methods": ["password"]}
    assert PASSWORD not in entry.envelope


def test_after_five_wrong_passwords_the_right_one_has_to_wait(agent: User) -> None:
    for _attempt in range(5):
        client = stranger()
        assert client.post("/sign-in", {"username": "agent", "password": "no"}).status_code == 401
    form = {"username": "agent", "password": PASSWORD}
    refused = stranger().post("/sign-in", form)
    assert refused.status_code == 429
    assert b"Too many attempts" in refused.content
    # The control: without what was counted, the same form gets in.
    cache.clear()
    assert stranger().post("/sign-in", form).status_code == 302


def test_one_address_cannot_try_one_password_on_many_names(people: dict[Role, User]) -> None:
    codes = [
        stranger().post("/sign-in", {"username": f"name{number}", "password": "no"}).status_code
        for number in range(11)
    ]
    assert codes == [401] * 10 + [429]


def test_attempts_are_counted_for_all_processes_together(agent: User) -> None:
    stranger().post("/sign-in", {"username": "agent", "password": "no"})
    kept = SharedValue.objects.filter(key__contains="login_failed")
    assert kept.exists()
    assert "agent" not in "".join(kept.values_list("key", flat=True))  # names are digests there


def test_of_several_takers_at_once_one_gets_a_value(db: None) -> None:
    assert cache.add("code", True, 60)
    assert not cache.add("code", True, 60)
    SharedValue.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert cache.get("code") is None
    assert cache.add("code", [1.5], 60)  # what has run out is free again
    assert cache.get("code") == [1.5]


def test_the_session_gets_a_new_key_at_sign_in(agent: User) -> None:
    client = stranger()
    client.session.save()
    before = key_of(client) if settings.SESSION_COOKIE_NAME in client.cookies else None
    session = client.session
    session["seen"] = "before"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    before = key_of(client)
    client.post("/sign-in", {"username": "agent", "password": PASSWORD})
    assert key_of(client) != before
    assert not Session.objects.filter(pk=row_key(before)).exists()
    # The control: a request that changes nothing keeps its key.
    kept = key_of(client)
    client.get("/account")
    assert key_of(client) == kept


def test_the_table_of_sessions_signs_nobody_in(agent: User) -> None:
    client = signed_in(agent)
    row = Session.objects.get(user=agent)
    assert row.pk == row_key(key_of(client))
    thief = stranger()
    thief.cookies[settings.SESSION_COOKIE_NAME] = row.pk
    assert thief.get("/").status_code == 302
    thief.cookies[settings.SESSION_COOKIE_NAME] = key_of(client)  # the control: with the key
    assert thief.get("/account").status_code == 200


def test_a_session_nobody_uses_ends(agent: User) -> None:
    client = signed_in(agent)
    row = Session.objects.get(user=agent)
    idle = row.expires_at - row.seen_at
    assert idle == timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    assert client.get("/account").status_code == 200
    Session.objects.filter(user=agent).update(expires_at=timezone.now())
    assert client.get("/account").status_code == 302


def test_a_session_ends_however_much_it_is_used(agent: User, monkeypatch: Any) -> None:
    client = signed_in(agent)
    real = time.time()
    for hours in (1.5, 3, 4.5, 6, 7.5, 9, 10.5, 11.9):
        at = timezone.now() + timedelta(hours=hours)
        monkeypatch.setattr("troth.store.sessions.timezone.now", lambda at=at: at)
        monkeypatch.setattr("troth.site.middleware.time.time", lambda h=hours: real + h * 3600)
        assert client.get("/account").status_code == 200, hours
        monkeypatch.undo()
    row = Session.objects.get(user=agent)  # used a moment before, as far as it knows
    assert row.expires_at == row.started_at + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    after = row.expires_at + timedelta(seconds=1)
    monkeypatch.setattr("troth.store.sessions.timezone.now", lambda: after)
    assert client.get("/account").status_code == 302


def test_a_change_of_role_gives_every_session_a_new_key(agent: User) -> None:
    client = signed_in(agent)
    client.get("/account")
    before = key_of(client)
    client.get("/account")
    assert key_of(client) == before  # the control
    accounts.change_user(
        user=agent, change=accounts.Change(role=Role.STEWARD), acting_user=system_user()
    )
    assert client.get("/account").status_code == 200
    assert key_of(client) != before
    assert not Session.objects.filter(pk=row_key(before)).exists()


def test_signing_out_everywhere_leaves_this_session(agent: User) -> None:
    here, there = signed_in(agent), signed_in(agent)
    page = here.get("/account").content.decode()
    assert page.count("Tested browser") == 2
    here.post("/account/sessions/end")
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_one_session_can_be_ended_and_nobody_else_s(agent: User, people: dict[Role, User]) -> None:
    here, there = signed_in(agent), signed_in(agent)
    other = stranger()
    other.force_login(people[Role.STEWARD])
    here.post("/account/sessions/end", {"session": row_key(key_of(other))})
    assert other.get("/account").status_code == 200
    here.post("/account/sessions/end", {"session": row_key(key_of(there))})
    assert there.get("/account").status_code == 302


def test_choosing_a_password_takes_the_present_one_and_ends_the_other_sessions(
    agent: User,
) -> None:
    here, there = signed_in(agent), signed_in(agent)
    new = "another long enough one"
    wrong = here.post("/account/password", {"old": "no", "new": new, "again": new})
    assert wrong.status_code == 422
    assert there.get("/account").status_code == 200
    short = here.post("/account/password", {"old": PASSWORD, "new": "short", "again": "short"})
    assert short.status_code == 422
    before = key_of(here)
    done = here.post("/account/password", {"old": PASSWORD, "new": new, "again": new})
    assert done["Location"] == "/account"
    assert key_of(here) != before
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302
    form = {"username": "agent", "password": new}
    assert stranger().post("/sign-in", form).status_code == 302


def test_whoever_comes_by_a_link_chooses_a_password_without_the_old_one(agent: User) -> None:
    token = issue_login_link(user=agent, acting_user=system_user())
    client = stranger()
    client.post(f"/sign-in/link/{token}")
    new = {"new": "another long enough one", "again": "another long enough one"}
    assert client.post("/account/password", new).status_code == 302
    # The control: the permission is spent, and the old one is asked for again.
    assert client.post("/account/password", new).status_code == 422


def test_no_password_and_no_link_is_in_a_log(agent: User, capsys: Any) -> None:
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    set_up_logs()
    try:
        token = issue_login_link(user=agent, acting_user=system_user())
        stranger().post("/sign-in", {"username": PASSWORD, "password": "a-wrong-secret"})
        stranger().post("/sign-in", {"username": "agent", "password": PASSWORD})
        stranger().post(f"/sign-in/link/{token}")
        logging.getLogger("troth").warning("the control: %s", "seen-in-the-log")
    finally:
        logging.getLogger().handlers, logging.getLogger().level = handlers, level
    written = capsys.readouterr().err
    assert "seen-in-the-log" in written
    assert "sign-in refused" in written
    for secret in (PASSWORD, "a-wrong-secret", token):
        assert secret not in written
        assert not AuditEntry.objects.filter(envelope__contains=secret).exists()


def test_every_answer_at_the_door_keeps_the_policy_of_content(agent: User) -> None:
    for answer in (
        stranger().get("/sign-in"),
        stranger().post("/sign-in", {"username": "agent", "password": "no"}),
        signed_in(agent).get("/account"),
    ):
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe-inline" not in policy.replace("style-src-attr 'unsafe-inline'", "")
