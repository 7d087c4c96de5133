"""Does the page say first what would go, and erase only who was typed twice?"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from django.test import Client
from tests.console.company import customer_id

from troth.core.access.roles import Role
from troth.store.models import CustomerPersonal, Erasure

Reader = Callable[[Role], Client]
SUBJECT = customer_id(0)


@pytest.fixture
def officer(company: None, reader: Reader) -> Client:
    return reader(Role.PRIVACY_OFFICER)


def _is_there() -> bool:
    return CustomerPersonal.objects.filter(pk=SUBJECT).exists()


def test_nothing_is_changed_by_looking_at_what_would_go(officer: Client) -> None:
    empty = officer.get("/privacy").content.decode()
    assert "Nobody was erased yet." in empty
    assert "Erase for good" not in empty
    text = officer.get("/privacy", {"subject": SUBJECT}).content.decode()
    assert "Name and ways to reach them" in text  # goes
    assert "stays, without a personal word" in text
    assert _is_there()
    unknown = officer.get("/privacy", {"subject": "cus_nobody"})
    assert (unknown.status_code, "Nobody of this name" in unknown.content.decode()) == (200, True)


def test_only_who_is_typed_twice_is_erased_and_then_listed(officer: Client) -> None:
    asked = {"subject": SUBJECT, "reason": "request", "typed": customer_id(1)}
    for wrong in (asked, asked | {"typed": SUBJECT, "reason": "whim"}, asked | {"typed": ""}):
        refused = officer.post("/privacy/erase", wrong)
        assert (refused.status_code, _is_there()) == (422, True)
        assert "Nothing was erased." in refused.content.decode()
    done = officer.post("/privacy/erase", asked | {"typed": SUBJECT})
    assert (done.status_code, done["Location"], _is_there()) == (302, "/privacy", False)
    text = officer.get("/privacy").content.decode()
    assert SUBJECT in text
    assert "The person asked" in text
    assert Erasure.objects.get().requested_by.role == Role.PRIVACY_OFFICER


def test_the_export_is_a_file_that_no_cache_keeps(officer: Client) -> None:
    answer = officer.post("/privacy/export", {"subject": SUBJECT})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert "Geheim Werke 000" in file.read("data.json").decode()
    assert officer.post("/privacy/export", {"subject": "cus_nobody"}).status_code == 404


def test_nobody_without_the_right_plans_exports_or_erases(company: None, reader: Reader) -> None:
    for role in set(Role) - {Role.PRIVACY_OFFICER, Role.ADMINISTRATOR}:
        client = reader(role)
        asked = {"subject": SUBJECT, "typed": SUBJECT, "reason": "request"}
        codes = {client.post(f"/privacy/{verb}", asked).status_code for verb in ("erase", "export")}
        assert codes | {client.get("/privacy").status_code} == {403}
    assert _is_there()
