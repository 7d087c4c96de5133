"""How do people get in and out, and what does a page do when something is wrong?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from tests.console.company import NOW, PASSWORD, case_key, customer_id, order_key

import troth.console
from troth.actions.people import issue_login_link, system_user
from troth.console.pages import today as today_page
from troth.console.parts.exports import csv_of
from troth.core.access.roles import Role
from troth.store.models import Decision, User
from troth.store.queries.lists import Page

Reader = Callable[[Role], Client]
_CONSOLE = Path(troth.console.__file__).parent


def stranger() -> Client:
    return Client(SERVER_NAME="127.0.0.1")


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    user = people[Role.AGENT]
    user.set_password(PASSWORD)
    user.save()
    return user


def test_name_and_password_lead_where_the_reader_wanted_to_go(agent: User) -> None:
    client = stranger()
    form = {"username": "agent", "password": PASSWORD, "next": "/orders?state=late"}
    assert client.post("/sign-in", form)["Location"] == "/orders?state=late"
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "goal", ["https://elsewhere.example/", "//elsewhere.example", "javascript:"]
)
def test_nobody_is_sent_to_another_site(agent: User, goal: str) -> None:
    form = {"username": "agent", "password": PASSWORD, "next": goal}
    assert stranger().post("/sign-in", form)["Location"] == "/"


def test_a_wrong_password_is_told_without_telling_which_was_wrong(agent: User) -> None:
    answers = [
        stranger().post("/sign-in", {"username": name, "password": "wrong"})
        for name in ("agent", "nobody")
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert all(b"do not belong together" in answer.content for answer in answers)


def test_a_leaver_does_not_get_in(agent: User) -> None:
    agent.is_active = False
    agent.save()
    form = {"username": "agent", "password": PASSWORD}
    assert stranger().post("/sign-in", form).status_code == 401


def test_a_link_signs_in_once_and_looking_at_it_does_not_use_it_up(agent: User) -> None:
    token = issue_login_link(user=agent, acting_user=system_user())
    for _look in range(2):
        assert stranger().get(f"/sign-in/link/{token}").status_code == 200
    client = stranger()
    assert client.post(f"/sign-in/link/{token}")["Location"] == "/"
    assert client.get("/").status_code == 200
    assert stranger().post(f"/sign-in/link/{token}").status_code == 410


def test_a_form_without_its_token_is_refused(agent: User) -> None:
    client = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    answer = client.post("/sign-in", {"username": "agent", "password": PASSWORD})
    assert answer.status_code == 403
    assert b"Nothing was changed." in answer.content


def test_who_signs_out_is_out(agent: User) -> None:
    client = stranger()
    client.force_login(agent)
    client.post("/sign-out")
    assert client.get("/").status_code == 302


def test_htmx_is_sent_to_the_door_as_a_whole_page(db: None) -> None:
    answer = stranger().get("/orders", headers={"HX-Request": "true", "HX-Target": "list"})
    assert answer.headers["HX-Redirect"].startswith("/sign-in?next=")


@pytest.mark.parametrize(
    "page", ["/customers/nobody", "/orders/none", "/cases/none", "/decisions/dec_0",
             "/policies/pol_0", "/quarantine/999999", "/measures/none", "/shared/0"],
)  # fmt: skip
def test_what_there_is_not_is_told_with_what_to_do(
    company: None, reader: Reader, page: str
) -> None:
    answer = reader(Role.ADMINISTRATOR).get(page)
    assert answer.status_code == 404
    assert b"Nothing was changed." in answer.content


def test_one_part_that_fails_leaves_the_page_standing(
    company: None, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**named: Any) -> Any:
        raise DatabaseError("the disk is gone")

    monkeypatch.setattr(today_page.today, "late_promises", fails)
    answer = reader(Role.AGENT).get("/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.count("This part could not be read") == 1
    assert order_key(0, 2) in text  # at risk, in the part below
    assert "the disk is gone" not in text


def test_a_source_key_leads_to_its_customer(company: None, reader: Reader) -> None:
    answer = reader(Role.AGENT).get("/customers/erp:D3")
    assert answer["Location"] == f"/customers/{customer_id(3)}"


def test_a_customer_s_page_tells_who_what_and_why(company: None, reader: Reader) -> None:
    text = reader(Role.AGENT).get(f"/customers/{customer_id(0)}").content.decode()
    for told in (
        "Geheim Werke 000",
        "same tax id as erp:D0",
        "Revenue over 12 months reaches the threshold.",
        order_key(0, 0),
        case_key(0),
        "Geheim: where is it?",
        "Share that should arrive in time",
        "crm:bridge",
    ):
        assert told in text, told


def test_why_shows_outcome_reasons_ages_policies_and_what_would_change_it(
    company: None, reader: Reader
) -> None:
    decision = Decision.objects.get(subject=order_key(0, 0))
    for page in (f"/decisions/{decision.pk}", f"/decisions/{decision.pk}/why"):
        text = reader(Role.AUDITOR).get(page).content.decode()
        for told in (
            "4 Jul 2026, 12:00 UTC",
            f"Because of {order_key(0, 0)}.",
            "1 h",
            "0.95",
            "default: 0.9",
            "the quantile were 0.9",
            f"/decisions/{decision.pk}/receipt.json",
        ):
            assert told in text, (page, told)


def test_the_receipt_leaves_to_the_byte(company: None, reader: Reader) -> None:
    decision = Decision.objects.filter(kind="promise")[0]
    answer = reader(Role.AUDITOR).get(f"/decisions/{decision.pk}/receipt.json")
    assert answer.content.decode() == decision.receipt


def test_measures_without_a_run_say_what_to_do(company: None, reader: Reader) -> None:
    answer = reader(Role.EXECUTIVE).get("/measures")
    assert b"Nothing has been measured yet" in answer.content
    assert reader(Role.EXECUTIVE).get("/measures/promise_coverage.svg").status_code == 404


def test_a_cell_that_a_spreadsheet_would_run_is_defused() -> None:
    def fetch(number: int, size: int) -> Page[str]:
        return Page(rows=("=1+1", "plain"), total=2, number=1, size=size)

    lines = b"".join(csv_of("x", ("a", "b"), fetch, lambda row: (row, NOW)).streaming_content)  # type: ignore[arg-type]
    assert lines.decode().splitlines() == [
        "a,b",
        "'=1+1,2026-06-30T12:00:00Z",
        "plain,2026-06-30T12:00:00Z",
    ]


def test_no_template_holds_an_inline_style_or_script() -> None:
    for template in sorted((_CONSOLE / "templates").rglob("*.html")):
        text = template.read_text("utf-8")
        assert "style=" not in text, template.name
        assert "<style" not in text, template.name
        assert " onclick" not in text, template.name
        assert "hx-on" not in text, template.name
        assert text.count("<script") == text.count("<script src") + text.count(
            '<script type="module" src'
        ), template.name


def test_bundled_scripts_are_kept_for_a_year_under_their_version(db: None, reader: Reader) -> None:
    from troth.console.parts.bundles import asset_url

    answer = stranger().get(asset_url("htmx"))
    assert answer.status_code == 200
    assert "immutable" in answer["Cache-Control"]
    assert stranger().get("/assets/htmx-0.0.js").status_code == 404
