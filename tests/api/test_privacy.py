"""Privacy over HTTP: the same nouns and verbs as on the command line, under the same rights."""

from __future__ import annotations

import base64
import io
import json
import zipfile

import pytest
from tests.api.company import Caller, add_customer, caller
from tests.api.test_problems import problem

from troth.core.access.roles import Role
from troth.store.models import Customer
from troth.store.queries.viewing import as_the_program


@pytest.fixture
def subject(db: None) -> str:
    with as_the_program():
        return add_customer(1)


def _body(subject: str) -> str:
    return json.dumps({"subject": subject})


def test_a_person_is_planned_exported_erased_and_listed(subject: str) -> None:
    officer = caller(Role.PRIVACY_OFFICER)
    plan = officer.get(f"/privacy/plan?subject={subject}").json()
    assert (plan["subject"], plan["kind"]) == (subject, "customer")
    assert officer.get("/privacy/erasures").json()["data"] == []
    export = officer.post("/privacy/export", _body(subject))
    assert (export.status_code, export["Cache-Control"]) == (200, "no-store")
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(export.json()["content"]))) as file:
        assert json.loads(file.read("data.json"))["subject"] == subject
    done = officer.post("/privacy/erase", _body(subject))
    assert (done.status_code, done.json()["deleted"]) == (
        200,
        {table: count for table, count in plan["deleted"].items() if count},
    )
    (row,) = officer.get("/privacy/erasures").json()["data"]
    assert (row["id"], row["subject"], row["state"]) == (done.json()["id"], subject, "erased")


def test_who_is_unknown_or_out_of_sight_is_not_found(subject: str) -> None:
    officer = caller(Role.PRIVACY_OFFICER)
    with as_the_program():
        Customer.objects.filter(pk=subject).update(is_restricted=True)
    for name in (subject, "cus_nobody"):
        assert problem(officer.get(f"/privacy/plan?subject={name}"), 404, "not-found")
        for verb in ("erase", "export"):
            assert problem(officer.post(f"/privacy/{verb}", _body(name)), 404, "not-found")


def test_without_the_right_nobody_learns_who_is_known(subject: str) -> None:
    for role in (Role.AGENT, Role.AUDITOR, Role.INTEGRATION):
        somebody: Caller = caller(role)
        for name in (subject, "cus_nobody"):
            assert somebody.get(f"/privacy/plan?subject={name}").status_code == 403
            assert somebody.post("/privacy/erase", _body(name)).status_code == 403
            assert somebody.post("/privacy/export", _body(name)).status_code == 403
