"""Do lists filter, sort, page and leave as CSV, on the server and from the address alone?"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.console.company import add_company, add_customers, customer_id

from troth.core.access.roles import Role

Reader = Callable[[Role], Client]


@contextmanager
def counted() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as queries:
        yield queries


def text_of(client: Client, address: str, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200, address
    return response.content.decode()


def test_a_long_list_comes_in_pages_of_fifty(people: object, reader: Reader) -> None:
    add_company(8)  # 8 customers × 7 promises = 56
    client = reader(Role.AGENT)
    first, second = text_of(client, "/orders"), text_of(client, "/orders?page=2")
    assert first.count("<tr data-row>") == 50
    assert second.count("<tr data-row>") == 6
    assert "1–50 of 56" in first
    assert "51–56 of 56" in second


def test_a_page_past_the_end_is_the_last_one(company: None, reader: Reader) -> None:
    assert "1–35 of 35" in text_of(reader(Role.AGENT), "/orders?page=99")


@pytest.mark.parametrize(
    "address",
    ["/orders?page=x", "/orders?page=0", "/orders?sort=colour", "/orders?state=lost",
     "/cases?severity=high", "/policies?state=old", "/measures?by=colour"],
)  # fmt: skip
def test_a_list_that_does_not_exist_is_told_and_not_a_fault(
    company: None, reader: Reader, address: str
) -> None:
    response = reader(Role.AGENT).get(address)
    assert response.status_code == 400
    assert b"Nothing was changed." in response.content


def test_a_filter_stands_in_the_address_and_comes_off_by_its_chip(
    company: None, reader: Reader
) -> None:
    text = text_of(reader(Role.AGENT), "/orders?state=late&tier=gold")
    assert text.count("<tr data-row>") == 2  # customers 0 and 3 are gold, one late order each
    assert 'href="/orders?tier=gold"' in text
    assert 'href="/orders?state=late"' in text


def test_at_risk_is_open_and_expected_too_late(company: None, reader: Reader) -> None:
    text = text_of(reader(Role.AGENT), "/orders?state=at_risk")
    assert text.count("<tr data-row>") == 5  # one a customer


def test_a_head_sorts_and_says_so(company: None, reader: Reader) -> None:
    text = text_of(reader(Role.AGENT), "/customers?sort=name")
    ids = [customer_id(number) for number in range(5)]
    assert sorted(ids, key=text.index) == ids
    assert 'aria-sort="ascending"' in text
    assert 'href="/customers?sort=-name"' in text


def test_the_footer_sums_the_whole_list(people: object, reader: Reader) -> None:
    add_company(8)
    assert "5,600.00 EUR" in text_of(reader(Role.AGENT), "/orders")  # 56 orders of 100


def test_htmx_gets_the_rows_alone(company: None, reader: Reader) -> None:
    headers = {"HX-Request": "true", "HX-Target": "list"}
    text = text_of(reader(Role.AGENT), "/orders?tier=gold", **headers)
    assert "<html" not in text
    assert text.count("<tr data-row>") == 14


def test_the_csv_has_every_row_of_the_filter(people: object, reader: Reader) -> None:
    add_company(8)
    response = reader(Role.AGENT).get("/orders?format=csv&state=kept")
    lines = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(lines))
    assert len(rows) == 16  # two a customer
    assert {row["state"] for row in rows} == {"kept"}


@pytest.mark.parametrize(
    "page", ["/", "/customers", "/orders", "/cases", "/decisions", "/quarantine", "/questions"]
)
def test_more_rows_cost_no_more_queries(people: object, reader: Reader, page: str) -> None:
    client = reader(Role.STEWARD)
    add_company(2)
    client.get(page)
    with counted() as few:
        client.get(page)
    add_customers(range(2, 7))
    with counted() as many:
        client.get(page)
    assert len(many) == len(few)
    # Who looks is set, and set back inside this test's transaction: that is no question.
    asked = [query for query in few.captured_queries if "set_config('troth." not in query["sql"]]
    assert len(asked) < 60
