"""Is a personal or restricted field anywhere shown to a role that may not see it?

Asked of every operation of the API that reads, every page, list file and chart (the probes of the
matrix of access, to which `tests/access/test_matrix.py` holds every address), of searches, sorts
and filters, errors, logs and what is told to other systems, in every form that a value may take.
The command line is no role's: whoever runs it holds the machine, its keys and its files.
"""

from __future__ import annotations

import io
import logging
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import DataError
from django.test import Client
from django.urls import reverse
from tests.access.probes import PROBES
from tests.privacy.canaries import files_below
from tests.privacy.sensitive import (
    CANARIES,
    PEOPLE,
    PERSONAL,
    RESTRICTED,
    SECRET,
    WORDS,
    Field,
    add_endpoint,
    add_written,
    first_customer,
    found_in,
    lay_coop,
    uncovered,
)
from tests.workspaces import Troth, blank_workspace

from troth.actions.personal_exports import export_personal
from troth.cli.starting import database
from troth.connectors.workspace import find_workspace
from troth.core.access.roles import Role
from troth.core.access.vocabulary import Purpose
from troth.core.records.values import Sensitivity
from troth.site.logs import set_up_logs
from troth.store.models import (
    AuditEntry,
    Decision,
    FreezeWindow,
    OutboxMessage,
    PolicyChange,
    PolicyVersion,
    QuarantinedRow,
    Rollout,
    User,
)
from troth.store.queries import access, masking, quarantine
from troth.store.queries.viewing import as_the_program
from troth.store.server import Server

_NOBODY = {Role.EXECUTIVE, Role.OPERATIONS_ENGINEER, Role.AUDITOR}
_CHECKING = {Role.ADMINISTRATOR, Role.PRIVACY_OFFICER}
# role → what it may be shown, for whatever purpose. Written down here, not asked of the engine.
MAY_SEE: dict[Role, set[Field]] = {
    role: set()
    if role in _NOBODY
    else PERSONAL
    | (WORDS if role in _CHECKING else set())
    | (RESTRICTED if role in (Role.STEWARD, Role.PRIVACY_OFFICER) else set())
    for role in Role
}
# What no page shows to anybody: it is in exports alone.
UNSHOWN = {
    ("agent", "name"),
    ("agent", "email"),
    ("contact", "name"),
    ("contact", "email"),
    ("contact", "phone"),
    ("shipment", "recipient"),
    ("FactPersonal", "raw"),
    ("AuditSecret", "reason"),
}


@pytest.fixture(scope="module")
def coop(
    server: Server, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Troth]:
    """The small world after its main job, only to be looked at."""
    directory = tmp_path_factory.mktemp("coop") / "workspace"
    with blank_workspace(server, template, "coop", directory) as troth:
        before = {name: os.environ.get(name) for name in troth.environment}
        os.environ.update(troth.environment)
        try:
            lay_coop(troth)
            with database(find_workspace(troth.directory)), as_the_program():
                add_endpoint()
            troth.run()
            with database(find_workspace(troth.directory)), as_the_program():
                add_written()
                yield troth
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture
def reader(coop: Troth) -> Callable[[Role], Client]:
    def sign_in(role: Role) -> Client:
        client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
        client.force_login(User.objects.get(username=role.value))
        return client

    return sign_in


def _addresses(*, measured: bool) -> Iterator[str]:
    keys: dict[str, Any] = {
        "customer": first_customer(),
        "order": "coop:O0",
        "case": "coop:C0",
        "difference": "dif_0",
        "decision": Decision.objects.filter(customer=first_customer())[0].pk,
        "policy": PolicyVersion.objects.all()[0].pk,
        "rollout": Rollout.objects.all()[0].pk,
        "change": PolicyChange.objects.get(title="change").pk,
        "draft": PolicyChange.objects.get(title="draft").pk,
        "freeze": FreezeWindow.objects.all()[0].pk,
        "question": "none",
        "said": "none",
        "twin": "none",
        "alias": "none",
        "record": "none",
        "alias_record": "none",
        "glass": "glass_0",
        "message": "msg_0",
        "row": QuarantinedRow.objects.all()[0].pk,
    }
    for probe in PROBES:
        is_measured = probe.surface in ("metric", "chart") or probe.name.startswith("measure ")
        if probe.body is None and (measured or not is_measured):
            yield probe.address.format(**keys)
    for purpose in Purpose:
        yield f"/customers/{keys['customer']}?purpose={purpose.value}"
        yield f"/api/v1/customers/{keys['customer']}?purpose={purpose.value}"
    for row in QuarantinedRow.objects.all():
        yield f"/quarantine/{row.pk}"
    for entry in AuditEntry.objects.exclude(customer_id=""):
        yield f"/audit/{entry.pk}"
        yield f"/api/v1/audit/entries/{entry.pk}"
    yield from ("/api/v1/access/glasses?state=all", "/api/v1/outbox?state=waiting", "/outbox/msg_0")
    yield from ("/api/v1/quarantine?state=all", "/api/v1/decisions?limit=200")


def _text(response: Any) -> str:
    content = b"".join(response) if response.streaming else response.content
    return str(response.headers) + content.decode("utf-8", "replace")


def _seen(client: Client, addresses: Iterator[str]) -> dict[Field, list[str]]:
    """Canary → the addresses that showed it."""
    found: dict[Field, list[str]] = {}
    for address in addresses:
        response = client.get(address)
        assert response.status_code < 500, address
        for field in found_in(_text(response)):
            found.setdefault(field, []).append(address)
    return found


def _leaks(role: Role, seen: dict[Field, list[str]]) -> dict[Field, list[str]]:
    leaks = {field: where for field, where in seen.items() if field not in MAY_SEE[role]}
    if role is Role.PRIVACY_OFFICER:  # a tax id for one purpose alone
        for field in RESTRICTED & seen.keys():
            for_no_purpose = [at for at in seen[field] if "purpose=privacy" not in at]
            if for_no_purpose:
                leaks[field] = for_no_purpose
    return leaks


def test_every_sensitive_field_of_the_records_has_a_canary_that_landed(coop: Troth) -> None:
    assert uncovered() == set()
    landed = str(coop.rows("SELECT fields::text, raw::text FROM fact_personal"))
    waiting = str(coop.rows("SELECT raw, message FROM store_quarantinedrow"))
    for field in set(CANARIES) - SECRET - WORDS - {("OutboxMessage", "payload")}:
        assert CANARIES[field] in landed + waiting, field


@pytest.mark.parametrize("role", list(Role))
def test_no_answer_shows_a_field_that_its_reader_may_not_see(
    reader: Callable[[Role], Client], role: Role
) -> None:
    # No measure is made of what is personal; one reader looks through all of them.
    seen = _seen(reader(role), _addresses(measured=role is Role.AUDITOR))
    assert _leaks(role, seen) == {}
    # And what may be seen is there, so that a word that is missed is missed for a reason.
    wanted = MAY_SEE[role] - UNSHOWN
    if role is not Role.ADMINISTRATOR:  # not every role opens every page
        hidden = {("OutboxMessage", "payload")} | WORDS
        if role not in (Role.OPERATIONS_MANAGER, Role.STEWARD):
            hidden |= {field for field in CANARIES if field[0] == "QuarantinedRow"}
        wanted -= hidden if role is not Role.PRIVACY_OFFICER else hidden - WORDS
    assert wanted - seen.keys() == set()


@pytest.mark.parametrize(
    ("role", "unmask", "field"),
    [
        (Role.OPERATIONS_MANAGER, "class", ("customer", "tax_id")),
        (Role.AUDITOR, "rows", ("QuarantinedRow", "message")),
        (Role.AUDITOR, "words", ("BreakGlass", "reason")),
    ],
)
def test_one_field_without_its_mask_is_found(
    reader: Callable[[Role], Client],
    monkeypatch: pytest.MonkeyPatch,
    role: Role,
    unmask: str,
    field: Field,
) -> None:
    # The control: the same walk, with one mask taken away.
    if unmask == "class":
        monkeypatch.setattr(masking, "class_of", lambda *names: Sensitivity.PERSONAL)
    elif unmask == "rows":
        monkeypatch.setattr(quarantine, "shows_rows", lambda *names, **more: True)
    else:
        monkeypatch.setattr(access, "written", lambda viewer, words, **more: words)
    client = reader(role)
    assert any(
        field in _leaks(role, _seen(client, iter([address])))
        for address in _addresses(measured=False)
    )


def _answer(client: Client, address: str, asked: str, **more: str) -> tuple[int, str]:
    """What a search says, but for the question itself."""
    response = client.get(address, {"q": asked, **more})
    said = _text(response)
    for form in (asked, quote(asked, safe=""), quote(asked)):
        said = said.replace(form, "ASKED")
    return response.status_code, said


_SEARCHES = (("/api/v1/customers", ""), ("/customers", "csv"), ("/search", ""))


@pytest.mark.parametrize("role", sorted(_NOBODY))
def test_a_search_answers_alike_whether_a_hidden_value_is_there_or_not(
    reader: Callable[[Role], Client], role: Role
) -> None:
    client = reader(role)
    for address, form in _SEARCHES:
        for field in (("customer", "name"), ("customer", "email"), ("customer", "tax_id")):
            word = CANARIES[field]
            for asked in (word, word[:6], f"{word} Vogel", f"{word}@home.example"):
                absent = asked.replace(word[:4], "qxqx")
                found = _answer(client, address, asked, format=form)
                assert found == _answer(client, address, absent, format=form), asked


def test_a_restricted_value_is_found_by_nobody_and_a_name_by_who_may_see_it(
    reader: Callable[[Role], Client],
) -> None:
    for role in Role:
        client = reader(role)
        tax = CANARIES["customer", "tax_id"]
        assert client.get("/api/v1/customers", {"q": tax}).json()["data"] == []
        name = CANARIES["customer", "name"]
        found = client.get("/api/v1/customers", {"q": name}).json()["data"]
        # The control: a search that does find.
        assert [row["id"] for row in found] == ([first_customer()] if MAY_SEE[role] else [])


@pytest.mark.parametrize("role", list(Role))
def test_no_sort_and_no_filter_tells_a_hidden_value(
    reader: Callable[[Role], Client], role: Role
) -> None:
    client = reader(role)

    def listed(**asked: str) -> list[str]:
        response = client.get("/customers", {"format": "csv", **asked})
        lines = b"".join(response).decode().splitlines()[1:]  # type: ignore[attr-defined]
        return [line.split(",")[0] for line in lines]

    if role is not Role.INTEGRATION:
        by_name, ids = listed(sort="name"), sorted(listed())
        assert len(ids) in (PEOPLE - 1, PEOPLE)
        # The names run against the ids of nobody; an order by id tells no name.
        assert (by_name == ids) is (role in _NOBODY)
        assert listed(sort="-name") == by_name[::-1]
    for name in ("tax_id", "email", "phone", "customerpersonal__tax_id", "address"):
        refused = client.get("/customers", {"sort": name})
        assert refused.status_code in (400, 404, 422) or found_in(_text(refused)) <= MAY_SEE[role]
        assert client.get("/customers", {"sort": name, "format": "csv"}).status_code >= 400
        plain = client.get("/api/v1/customers").json()["data"]
        for value in (CANARIES["customer", "tax_id"], "nothing"):
            filtered = client.get("/api/v1/customers", {name: value, f"{name}__startswith": value})
            assert filtered.json().get("data", plain) == plain


@pytest.mark.parametrize("role", sorted(_NOBODY))
def test_an_error_answers_alike_whether_a_hidden_value_is_there_or_not(
    reader: Callable[[Role], Client], role: Role
) -> None:
    client = reader(role)
    for address in ("/api/v1/customers/", "/api/v1/orders/", "/api/v1/cases/", "/customers/"):
        for word in CANARIES.values():
            told = client.get(address + word)
            other = client.get(address + "qxqx")
            assert told.status_code == other.status_code == 404
            said = told.content.decode().replace(word, "qxqx")
            assert found_in(said) == set()
    wrong = {"order": "coop:O0", "case": "coop:C0", "customer": first_customer()}
    for path in ("promise", "prioritise"):
        answer = client.post(f"/api/v1/decisions/{path}", wrong, content_type="application/json")
        assert answer.status_code in (403, 422)
        assert found_in(answer.content.decode()) == set()


def test_neither_the_log_nor_an_answer_repeats_what_a_fault_says(
    reader: Callable[[Role], Client],
    monkeypatch: pytest.MonkeyPatch,
    coop: Troth,
) -> None:
    def broken(**asked: object) -> None:
        raise DataError(f"Failing row contains ({CANARIES['customer', 'name']})")

    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    written = io.StringIO()
    try:
        monkeypatch.setattr("sys.stderr", written)
        set_up_logs(level=logging.DEBUG)
        for role in Role:
            _seen(reader(role), iter(["/customers", f"/customers/{first_customer()}", "/cases"]))
        assert found_in(written.getvalue()) == set()
        monkeypatch.setattr("troth.console.pages.customers.find_customers", broken)
        monkeypatch.setattr("troth.api.routes.customers.next_customers", broken)
        for address in ("/customers", "/api/v1/customers", reverse("search") + "?q=zilp"):
            answer = reader(Role.EXECUTIVE).get(address)
            assert found_in(_text(answer)) == set()
            assert answer.status_code == (200 if "search" in address else 500)
    finally:
        root.handlers = handlers
        root.setLevel(level)
    said = written.getvalue()
    assert "500" in said or "unexpected" in said  # something was logged
    assert found_in(said) == set()
    logs = Path(os.environ["TROTH_TEST_SERVER"]) / "log"
    for path in files_below(logs):
        assert found_in(path.read_text("utf-8", "replace")) == set(), path.name


def test_what_is_told_to_other_systems_and_kept_in_tables_holds_no_canary(coop: Troth) -> None:
    told = OutboxMessage.objects.exclude(pk="msg_0").values_list("payload", flat=True)
    assert told  # the main job told something
    assert found_in(" ".join(told)) == set()
    tables = list(files_below(coop.directory / ".troth" / "tables"))
    assert tables
    for path in tables:
        assert found_in(path.read_bytes().decode("latin-1")) == set(), path.name


def test_the_export_of_a_person_holds_what_whoever_asks_may_see_to_answer_them(
    coop: Troth,
) -> None:
    found = {}
    for role in (Role.ADMINISTRATOR, Role.PRIVACY_OFFICER):
        user = User.objects.get(username=role.value)
        export = export_personal("coop:B0", company="Coop", acting_user=user)
        with zipfile.ZipFile(io.BytesIO(export.content)) as file:
            found[role] = found_in("".join(file.read(name).decode() for name in file.namelist()))
        assert bool(export.withheld) is (role is Role.ADMINISTRATOR)
    assert ("customer", "tax_id") in found[Role.PRIVACY_OFFICER]
    assert ("customer", "tax_id") not in found[Role.ADMINISTRATOR]
    everyone = {("customer", "name")} | (UNSHOWN - {("agent", "name"), ("agent", "email")})
    # What no mapping names of a customer's row may be as sensitive as a tax id.
    assert ("FactPersonal", "raw") in found[Role.PRIVACY_OFFICER]
    everyone.discard(("FactPersonal", "raw"))
    assert everyone <= found[Role.ADMINISTRATOR] & found[Role.PRIVACY_OFFICER]
