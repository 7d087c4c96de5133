"""Do page and API say what applies to a customer in a case, and where policies are at odds?"""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from tests.console.company import customer_id

from troth.actions.people import system_user
from troth.actions.policies import plan, publish
from troth.core.access.roles import Role

Reader = Callable[[Role], Client]
TABLE = """\
policies:
  - kind: service_level
    scope: company
    effective_from: 1990-01-01T00:00:00Z
    published_at: 1990-01-02T00:00:00Z
    reason: The worst cases are answered at once.
    outputs: {first_response_minutes_1: 30}
    table:
      hit: FIRST
      rules:
        - {id: worst, when: {severity: 1}, then: {first_response_minutes_1: 5}}
        - {id: bad, when: {severity: "<= 2"}, then: {first_response_minutes_1: 15}}
        - {id: never, when: {severity: 2}, then: {first_response_minutes_1: 20}}
  - kind: service_level
    scope: company
    number: 2
    effective_from: 2080-01-01T00:00:00Z
    published_at: 2079-12-01T00:00:00Z
    reason: Nobody waits any more.
    outputs: {first_response_minutes_1: 1}
"""


@pytest.fixture
def tabled(company: None, tmp_path: Path) -> None:
    path = tmp_path / "tables.yaml"
    path.write_text(TABLE, "utf-8")
    publish(plan([path]), acting_user=system_user())


def page(client: Client, query: str = "") -> str:
    response = client.get(f"/customers/{customer_id(0)}/policies{query}")
    assert response.status_code == 200
    return " ".join(unescape(response.content.decode()).split())


def answer(client: Client, *terms: str, **when: str) -> dict[str, object]:
    response = client.get(
        f"/api/v1/customers/{customer_id(0)}/policies", {"case": list(terms), **when}
    )
    assert response.status_code == 200, response.content
    (value,) = [
        item for item in response.json()["values"] if item["output"] == "first_response_minutes_1"
    ]
    return {**response.json(), "value": value["value"], "rule": value["rule"]}


def test_a_page_answers_for_the_case_that_is_told(tabled: None, reader: Reader) -> None:
    client = reader(Role.AGENT)
    unknown, worst = page(client), page(client, "?severity=1")
    assert 'id="in-severity"' in unknown
    assert "#rule-worst" not in unknown
    assert "#rule-worst" in worst


def test_a_value_that_does_not_fit_is_told_at_its_field_and_left_out(
    tabled: None, reader: Reader
) -> None:
    text = page(reader(Role.AGENT), "?severity=dreadful")
    assert 'aria-invalid="true"' in text
    assert 'value="dreadful"' in text or "Expected" in text
    assert "#rule-worst" not in text


def test_a_day_that_is_no_day_is_refused(tabled: None, reader: Reader) -> None:
    response = reader(Role.AGENT).get(f"/customers/{customer_id(0)}/policies?at=someday")
    assert response.status_code == 400


def test_the_api_says_the_same_and_what_it_was_not_told(tabled: None, reader: Reader) -> None:
    client = reader(Role.AGENT)
    silent = answer(client)
    assert (silent["value"], silent["rule"], silent["missing"]) == (30, None, ["severity"])
    told = answer(client, "severity=1")
    assert (told["value"], told["rule"], told["missing"]) == (5, "worst", [])


def test_both_axes_of_time_are_asked_apart(tabled: None, reader: Reader) -> None:
    client = reader(Role.AGENT)
    later = "2080-06-01T00:00:00Z"
    assert answer(client, at=later)["value"] == 1
    assert answer(client, at=later, known_at="2079-01-01T00:00:00Z")["value"] == 30


@pytest.mark.parametrize("term", ["severity", "colour=red", "severity=dreadful"])
def test_the_api_names_what_does_not_fit(tabled: None, reader: Reader, term: str) -> None:
    response = reader(Role.AGENT).get(
        f"/api/v1/customers/{customer_id(0)}/policies", {"case": term}
    )
    assert response.status_code == 422
    assert response.json()["errors"][0]["expected"]


def test_a_check_names_the_rule_that_never_decides_and_a_case(tabled: None, reader: Reader) -> None:
    client = reader(Role.OPERATIONS_ENGINEER)
    text = client.get("/policies/check").content.decode()
    assert "#rule-never" in text
    assert "#rule-worst" not in text.split("Never decides")[0]
    found = client.get("/api/v1/policies/check").json()["findings"]
    (masked,) = [item for item in found if item["kind"] == "masked"]
    assert masked["rules"][0] == "never"
    assert masked["witness"] == {"severity": "2"}


def test_a_check_that_finds_nothing_says_so(company: None, reader: Reader) -> None:
    text = reader(Role.AGENT).get("/policies/check").content.decode()
    assert "Nothing is in conflict" in text
