"""Can an identity provider add people, change them, and lock a leaver out at the next request?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client, override_settings

from troth.actions.people import add_user, issue_token, system_user
from troth.api.scim.documents import OURS, PATCH, USER
from troth.core.access.roles import Right, Role
from troth.store.models import AuditEntry, User

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Provider:
    """An identity provider with a token."""

    def __init__(self, token: str) -> None:
        self.client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {token}"}

    def send(self, method: str, address: str, body: Any = None) -> Any:
        data = "" if body is None else json.dumps(body)
        return self.client.generic(
            method,
            f"/scim/v2{address}",
            data,
            content_type="application/scim+json",
            headers=self.headers,
        )


@pytest.fixture(autouse=True)
def site() -> Any:
    """The whole site, with the console."""
    with override_settings(ROOT_URLCONF="troth.site.urls", ALLOWED_HOSTS=["*"]):
        yield


@pytest.fixture
def provider(db: None) -> Provider:
    system = system_user()
    program = add_user(
        username="provisioning", name="P", role=Role.ADMINISTRATOR, is_program=True,
        acting_user=system,
    )  # fmt: skip
    scopes = [Right.ADMINISTER]
    return Provider(issue_token(user=program, label="scim", scopes=scopes, acting_user=system))


def person(name: str = "ada", role: str = "agent") -> dict[str, Any]:
    return {
        "schemas": [USER, OURS],
        "userName": name,
        "displayName": "Ada L.",
        "active": True,
        "emails": [{"value": "left@aside.example"}],
        OURS: {"role": role, "regions": ["SP"], "team": "south"},
    }


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


ONE = "/Users/provisioning"
ACTIVE = patch({"op": "add", "path": "active", "value": True})


def test_a_person_is_added_found_and_shown(provider: Provider) -> None:
    made = provider.send("POST", "/Users", person())
    assert made.status_code == 201
    assert made["Content-Type"] == "application/scim+json"
    assert made["Location"].endswith("/scim/v2/Users/ada")
    shown = provider.send("GET", "/Users/ada").json()
    assert shown == made.json()
    assert shown["active"] is True
    assert shown[OURS] == {"role": "agent", "regions": ["SP"], "team": "south", "agentKey": ""}
    found = provider.send("GET", "/Users?filter=userName%20eq%20%22ada%22").json()
    assert found["schemas"] == [LIST]
    assert [item["userName"] for item in found["Resources"]] == ["ada"]
    none = provider.send("GET", "/Users?filter=userName%20eq%20%22bob%22").json()
    assert (none["totalResults"], none["Resources"]) == (0, [])
    assert not User.objects.get(username="ada").has_usable_password()


def test_a_list_is_read_part_by_part(provider: Provider) -> None:
    provider.send("POST", "/Users", person("a1"))
    provider.send("POST", "/Users", person("a2"))
    part = provider.send("GET", "/Users?startIndex=2&count=1").json()
    assert (part["startIndex"], part["itemsPerPage"], part["totalResults"]) == (2, 1, 4)


@pytest.mark.parametrize(
    "change",
    [
        patch({"op": "replace", "path": "active", "value": False}),
        patch({"op": "Replace", "value": {"active": "False"}}),  # as Entra ID sends it
    ],
)
def test_a_leaver_is_out_at_the_next_request(provider: Provider, change: Any) -> None:
    for name in ("ada", "bob"):
        provider.send("POST", "/Users", person(name))
    tokens, sessions = {}, {}
    for name in ("ada", "bob"):
        user = User.objects.get(username=name)
        tokens[name] = {
            "Authorization": f"Bearer {issue_token(user=user, label='t', acting_user=user)}"
        }
        sessions[name] = Client(SERVER_NAME="127.0.0.1")
        sessions[name].force_login(user)

    def statuses(name: str) -> tuple[int, int]:
        asked = Client(SERVER_NAME="127.0.0.1").get("/api/v1/orders", headers=tokens[name])
        return sessions[name].get("/account").status_code, asked.status_code

    assert statuses("ada") == statuses("bob") == (200, 200)
    answer = provider.send("PATCH", "/Users/ada", change)
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert statuses("ada") == (302, 401)
    assert statuses("bob") == (200, 200)  # the control: who stays gets in
    assert User.objects.filter(username="ada").exists()
    assert AuditEntry.objects.get(action="access:user:deactivated").subject == "ada"
    again = provider.send(
        "PATCH", "/Users/ada", patch({"op": "add", "path": "active", "value": True})
    )
    assert again.json()["active"] is True
    assert statuses("ada") == (302, 401)  # what ended stays ended


def test_role_regions_and_team_are_replaced(provider: Provider) -> None:
    provider.send("POST", "/Users", person())
    provider.send("PATCH", "/Users/ada", patch(
        {"op": "replace", "path": f"{OURS}:role", "value": "steward"},
        {"op": "replace", "path": f"{OURS}:regions", "value": ["RJ", "MG"]},
    ))  # fmt: skip
    user = User.objects.get(username="ada")
    assert (user.role, user.regions, user.team) == ("steward", ["MG", "RJ"], "south")
    whole = person() | {OURS: {"role": "auditor", "team": ""}}
    assert provider.send("PUT", "/Users/ada", whole).status_code == 200
    user.refresh_from_db()
    assert (user.role, user.team) == ("auditor", "")


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "kind"),
    [
        ("POST", "/Users", person("provisioning"), 409, "uniqueness"),
        ("POST", "/Users", {"schemas": [USER], "userName": "x"}, 400, "invalidValue"),
        ("POST", "/Users", person() | {OURS: {"role": "king"}}, 400, "invalidValue"),
        ("POST", "/Users", person() | {"userName": "nul\0"}, 400, "invalidSyntax"),
        ("POST", "/Users", [], 400, "invalidSyntax"),
        ("GET", "/Users?filter=title%20co%20%22x%22", None, 400, "invalidFilter"),
        ("GET", "/Users?count=x", None, 400, "invalidValue"),
        ("GET", "/Users/nobody", None, 404, None),
        ("PATCH", "/Users/nobody", ACTIVE, 404, None),
        ("PATCH", ONE, patch({"op": "remove", "path": "x"}), 400, "invalidSyntax"),
        ("PATCH", ONE, patch({"op": "add", "path": "x", "value": 1}), 400, "invalidPath"),
        ("PUT", ONE, person("other"), 400, "mutability"),
        ("DELETE", ONE, None, 405, None),
        ("GET", "/Groups", None, 404, None),
    ],
)  # fmt: skip
def test_errors_have_the_shape_of_the_standard(
    provider: Provider, method: str, address: str, body: Any, status: int, kind: str | None
) -> None:
    answer = provider.send(method, address, body)
    told = answer.json()
    assert (answer.status_code, told["schemas"], told["status"]) == (status, [ERROR], str(status))
    assert told.get("scimType") == kind
    assert told["detail"]


def test_the_last_administrator_stays(provider: Provider) -> None:
    provider.send("POST", "/Users", person("boss", "administrator"))
    off = patch({"op": "replace", "path": "active", "value": False})
    answer = provider.send("PATCH", "/Users/boss", off)
    assert answer.status_code == 400
    assert "the last administrator" in answer.json()["detail"]
    assert User.objects.get(username="boss").is_active
    provider.send("POST", "/Users", person("second", "administrator"))
    assert provider.send("PATCH", "/Users/boss", off).status_code == 200  # the control


def test_what_is_here_is_described(provider: Provider) -> None:
    config = provider.send("GET", "/ServiceProviderConfig").json()
    assert config["patch"] == {"supported": True}
    assert config["bulk"]["supported"] is False
    types = provider.send("GET", "/ResourceTypes").json()
    assert [item["endpoint"] for item in types["Resources"]] == ["/Users"]
    known = provider.send("GET", "/Schemas").json()
    assert [item["id"] for item in known["Resources"]] == [USER, OURS]


def test_only_a_token_that_may_administer_gets_in(provider: Provider) -> None:
    system = system_user()
    agent = add_user(username="agent", name="A", role=Role.AGENT, acting_user=system)
    boss = add_user(username="boss", name="B", role=Role.ADMINISTRATOR, acting_user=system)
    narrow = issue_token(user=boss, label="narrow", scopes=[Right.SEE_ORDERS], acting_user=system)
    for token, status in (
        ("", 401), ("troth_wrong", 401),
        (issue_token(user=agent, label="t", acting_user=system), 403), (narrow, 403),
    ):  # fmt: skip
        answer = Provider(token).send("GET", "/Users")
        assert (answer.status_code, answer.json()["schemas"]) == (status, [ERROR])
    session = Client(SERVER_NAME="127.0.0.1")
    session.force_login(boss)  # a page of another site could use a session
    assert session.get("/scim/v2/Users").status_code == 401
    assert provider.send("GET", "/Users").status_code == 200  # the control
