"""Do `troth webhook` and `troth outbox` say who is told and what could not be sent, and send it?"""

from __future__ import annotations

import pytest
from tests.connectors.webhooks.receivers import receiving, says
from tests.workspaces import Troth

from troth.core.webhooks.signing import key_of

_NOBODY = "http://127.0.0.1:9/in"  # the port of "discard": nobody answers


@pytest.fixture
def troth(blank: Troth) -> Troth:
    """A workspace that may send to the loopback."""
    settings = (blank.directory / "troth.toml").read_text("utf-8")
    blank.write("troth.toml", f"{settings}\n[webhooks]\nallow_loopback = true\n")
    return blank


def added(troth: Troth, url: str = _NOBODY, *more: str) -> str:
    answer = troth("webhook", "add", url, "--json", *more)
    assert answer.code == 0, answer.err
    return str(answer.json()["id"])


def died(troth: Troth, endpoint: str) -> str:
    """A message to an address where nobody answers, given up on."""
    assert troth("webhook", "test", endpoint).code == 1
    troth.rows("UPDATE store_outboxmessage SET next_attempt_at = NULL, dead_at = now()")
    (row,) = troth("outbox", "list", "--json").json()
    return str(row["id"])


def test_an_address_is_added_listed_rotated_and_removed(troth: Troth) -> None:
    shown = troth("webhook", "add", _NOBODY, "--event", "promise.broken", "--json").json()
    assert key_of(shown["secret"])
    (row,) = troth("webhook", "list", "--json").json()
    assert (row["id"], row["event_types"], row["is_active"]) == (
        shown["id"],
        ["promise.broken"],
        True,
    )
    assert shown["secret"] not in troth("webhook", "list").out
    assert troth("webhook", "rotate", shown["id"], "--json").json()["secret"] != shown["secret"]
    assert troth("webhook", "remove", shown["id"]).code == 2  # it takes a reason
    assert troth("webhook", "remove", shown["id"], "--reason", "Moved.").code == 0
    assert troth("webhook", "list", "--json").json() == []
    (gone,) = troth("webhook", "list", "--removed", "--json").json()
    assert gone["disabled_because"] == "removed"
    actions = troth.rows("SELECT action FROM store_auditentry WHERE action LIKE 'webhook:%'")
    assert sorted(action for (action,) in actions) == [
        "webhook:endpoint:added",
        "webhook:endpoint:removed",
        "webhook:secret:rotated",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("webhook", "add", "https://10.0.0.1/in"), "troth explain webhook.destination"),
        (("webhook", "add", _NOBODY, "--event", "promise.kpet"), "promise.kpet"),
        (("webhook", "remove", "ep_none", "--reason", "Moved."), "ep_none"),
        (("webhook", "enable", "ep_none"), "ep_none"),
        (("outbox", "show", "msg_none"), "msg_none"),
        (("outbox", "retry", "msg_none"), "msg_none"),
        (("outbox", "retry"), "Name one message"),
        (("outbox", "retry", "msg_none", "--endpoint", "ep_none"), "Name one message"),
    ],
)
def test_what_cannot_be_done_is_told(troth: Troth, arguments: tuple[str, ...], told: str) -> None:
    answer = troth(*arguments)
    assert answer.code == 2
    assert told in answer.err
    assert troth("webhook", "list", "--json").json() == []


def test_a_test_says_what_the_address_answered(troth: Troth) -> None:
    with receiving(says(204)) as receiver:
        endpoint = added(troth, f"http://127.0.0.1:{receiver.port}/in")
        answer = troth("webhook", "test", endpoint)
    assert (answer.code, "took it: 204" in answer.out) == (0, True)
    assert len(receiver.requests) == 1
    with receiving(says(500)) as receiver:
        endpoint = added(troth, f"http://127.0.0.1:{receiver.port}/in")
        answer = troth("webhook", "test", endpoint)
    assert (answer.code, "answered: 500" in answer.out) == (1, True)


def test_a_dead_message_is_listed_shown_with_its_tries_and_sent_again(troth: Troth) -> None:
    key = died(troth, added(troth))
    shown = troth("outbox", "show", key).json()
    assert shown["state"] == "dead"
    (attempt,) = shown["attempts"]
    assert (attempt["number"], attempt["status"]) == (1, None)
    assert attempt["error"]
    assert "Outbox: 1 dead" in troth("outbox", "list").out
    assert troth("outbox", "list", "--state", "delivered", "--json").json() == []
    assert troth("outbox", "retry", key).code == 0
    assert troth("outbox", "list", "--json").json() == []
    (row,) = troth("outbox", "list", "--state", "waiting", "--json").json()
    assert (row["id"], row["attempt_count"]) == (key, 0)


def test_all_of_an_address_is_sent_again_and_delivered(troth: Troth) -> None:
    with receiving(says(204)) as receiver:
        endpoint = added(troth, f"http://127.0.0.1:{receiver.port}/in")
        assert troth("webhook", "test", endpoint).code == 0
        troth.rows("UPDATE store_outboxmessage SET delivered_at = NULL, dead_at = now()")
        again = troth("outbox", "retry", "--endpoint", endpoint)
        assert (again.code, again.out.startswith("1 will be sent again")) == (0, True)
        assert "1 tried, 1 delivered" in troth("webhook", "deliver").out
        assert "0 tried" in troth("webhook", "deliver").out  # the control
    assert len(receiver.requests) == 2


def test_an_address_that_was_disabled_is_told_again(troth: Troth) -> None:
    with receiving(says(410)) as receiver:
        endpoint = added(troth, f"http://127.0.0.1:{receiver.port}/in")
        assert troth("webhook", "test", endpoint).code == 1
    (row,) = troth("webhook", "list", "--json").json()
    assert (row["is_active"], row["disabled_because"]) == (False, "gone")
    assert troth("webhook", "enable", endpoint).code == 0
    (row,) = troth("webhook", "list", "--json").json()
    assert row["is_active"] is True
