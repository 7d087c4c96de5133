"""What may an API do to us, and what do we do then?"""

from __future__ import annotations

import base64
import json
import logging
import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from tests.connectors.asked import SECRET, Asked, laid, order
from tests.connectors.fake_api import FakeApi, serving

from troth.connectors.errors import SourceError
from troth.connectors.protocol import LANDED
from troth.connectors.rest.transport import refusal
from troth.connectors.rest.values import as_text, at_path, flat, read_json, since_value

_LIST = "rest:\n      path: {path}\n      rows: data.items\n      "


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Asked]:
    with laid("rest-page", tmp_path, [order(n) for n in range(250)]) as asked:
        yield asked


def api_of(source: Asked) -> FakeApi:
    assert source.api is not None
    return source.api


def keys_read(source: Asked) -> list[str]:
    nothing = LANDED.empty_table().to_reader()
    with source.connector.read("orders") as reading:
        assert not list(reading.rejects())
        return [key for batch in reading.changed(nothing) for key in batch["key"].to_pylist()]


def refused(source: Asked) -> SourceError:
    with pytest.raises(SourceError) as caught:
        keys_read(source)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return caught.value


# --- what is repeated ---


@pytest.mark.parametrize(
    "fault", [(429, {"Retry-After": "7"}), (503, {}), (500, {}), (502, {}), "half", "nothing"]
)
def test_what_may_help_is_repeated_and_every_row_still_comes_once(
    source: Asked, fault: tuple[int, dict[str, str]] | str
) -> None:
    api_of(source).faults = [fault, fault]
    assert len(keys_read(source)) == 250
    assert len(source.waited) == 2
    if isinstance(fault, tuple) and fault[0] == 429:
        assert min(source.waited) >= 7


def test_waiting_grows_and_ends(source: Asked) -> None:
    api_of(source).faults = [(503, {})] * 50
    assert refused(source).code == "source:api:unreachable"
    assert len(api_of(source).asked) == 6
    assert source.waited == sorted(source.waited)
    assert sum(source.waited) < 60


def test_a_host_that_asks_for_an_hour_is_left_alone(source: Asked) -> None:
    api_of(source).faults = [(429, {"Retry-After": "3600"})]
    assert refused(source).code == "source:api:busy"
    assert source.waited == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418])
def test_what_would_not_help_is_not_repeated(source: Asked, status: int) -> None:
    api_of(source).faults = [(status, {})]
    assert refused(source).code == "source:api:refused"
    assert len(api_of(source).asked) == 1


def test_a_source_that_stops_in_the_middle_of_a_list_gives_nothing_of_it(source: Asked) -> None:
    def stop(page: int) -> None:
        if page == 1:
            api_of(source).faults = ["half"] * 50

    api_of(source).on_page = stop
    assert refused(source).code == "source:api:unreachable"


# --- lists that do not hold still ---


def test_a_list_that_changes_while_it_is_read_is_read_again(source: Asked) -> None:
    def take_once(page: int) -> None:
        if page == 1 and len(api_of(source).rows) == 250:
            source.take("00000")  # every row after it moves one to the front

    api_of(source).on_page = take_once
    assert len(keys_read(source)) == 249


def test_a_list_that_never_holds_still_is_refused_rather_than_landed_with_gaps(
    source: Asked,
) -> None:
    api_of(source).on_page = lambda _: source.take(api_of(source).rows[0]["id"])
    assert refused(source).code == "source:api:moved"


def test_a_row_that_changes_and_moves_back_is_what_it_was_last(tmp_path: Path) -> None:
    with laid("rest-offset", tmp_path, [order(n) for n in range(150)]) as source:

        def change(page: int) -> None:
            rows = api_of(source).rows
            if page == 1 and len(rows) == 150:
                api_of(source).rows = [*rows, order(3, amount="99")]

        api_of(source).on_page = change
        with source.connector.read("orders") as reading:
            assert not list(reading.rejects())
            nothing = LANDED.empty_table().to_reader()
            rows = [row for batch in reading.changed(nothing) for row in batch.to_pylist()]
        assert len(rows) == 150
        assert [str(row["total"]) for row in rows if row["key"] == "shop:00003"] == ["99.000000"]


def test_two_contents_of_a_key_on_one_page_are_told(tmp_path: Path) -> None:
    rows = [order(1), order(1, placed="2024-03-02 08:00:00"), order(2)]
    with laid("rest-offset", tmp_path, rows) as source, source.connector.read("orders") as reading:
        assert {reject.code for reject in reading.rejects()} == {"row:key:two-contents"}


def test_an_api_that_gives_the_same_page_for_ever_is_noticed(source: Asked) -> None:
    source.reload(("parameter: page, ", "parameter: pag, "))
    source.reload((", total: total", ""))
    error = refused(source)
    assert error.code == "source:api:answer"
    assert "a page again" in str(error)
    assert len(api_of(source).asked) <= 3


def test_no_more_pages_are_asked_for_than_are_allowed(source: Asked) -> None:
    source.reload(("total: total", "total: total, most: 2"))
    assert "still more" in str(refused(source))


# --- answers of another shape ---


def test_an_answer_of_another_shape_is_told_with_what_there_is(source: Asked) -> None:
    source.reload(("rows: data.items", "rows: data.rows"))
    error = refused(source)
    assert error.code == "source:api:answer"
    assert "items" in str(error)
    api_of(source).faults = ["no json"]
    assert "no JSON" in str(refused(source))


def test_a_column_that_no_row_has_is_told_unless_it_is_optional(source: Asked) -> None:
    source.reload(("customer: customer", "customer: custmer"))
    error = refused(source)
    assert (error.code, "'customer'" in str(error)) == ("source:column:missing", True)
    source.reload(("rows: data.items", "rows: data.items\n      optional: custmer"))
    with source.connector.read("orders") as reading:
        assert reading.rows_read == 250


# --- who asks ---


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ("{type: bearer, token: {env: SHOP_TOKEN}}", "Authorization", f"Bearer {SECRET}"),
        ("{type: bearer, scheme: token, token: {env: SHOP_TOKEN}}", "Authorization",
         f"token {SECRET}"),
        ("{type: header, header: X-Key, value: {env: SHOP_TOKEN}}", "X-Key", SECRET),
        ("{type: basic, user: me, password: {env: SHOP_TOKEN}}", "Authorization",
         "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()),
        ("{type: oauth2, token_url: token, client_id: me, client_secret: {env: SHOP_TOKEN}}",
         "Authorization", "Bearer from-the-token-url"),
        (("{type: session, path: rpc, user: me, password: {env: SHOP_TOKEN}, scheme: Session,"
         " encode: base64, take: {id: result.0, key: result.1}, credentials: 'me:${id}:${key}',"
         " body: {method: login, params: ['${user}', '${password}']}}"),
         "Authorization", "Session " + base64.b64encode(b"me:7:the-session").decode()),
    ],
)  # fmt: skip
def test_every_kind_of_proof_is_sent_as_it_should(
    tmp_path: Path, auth: str, header: str, value: str
) -> None:
    given = {"oauth2": "from-the-token-url", "session": "the-session"}
    with laid("rest-page", tmp_path, [order(1)], auth=f"auth: {auth}") as source:
        api = api_of(source)
        api.token = next((token for kind, token in given.items() if kind in auth), "")
        api.signed_by = lambda headers: headers.get(header) == value  # type: ignore[method-assign]
        assert keys_read(source) == ["shop:00001"]
        api.faults = [(401, {})]
        if any(kind in auth for kind in given):  # a proof that ran out is asked for anew, once
            api.faults = ["none", (401, {})]  # signing in works, and then the proof does not
            assert keys_read(source) == ["shop:00001"]
        else:
            assert refused(source).code == "source:api:refused"


def test_a_refusal_that_repeats_the_secret_is_not_repeated(
    source: Asked, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    api_of(source).token = "another"
    error = refused(source)
    printed = capfd.readouterr()
    assert "not with Bearer •••" in str(error)
    assert SECRET not in str(error) + repr(error.found) + caplog.text + printed.out + printed.err


# --- where it may lead ---


def test_a_redirect_within_the_host_is_followed_and_one_elsewhere_is_not(source: Asked) -> None:
    api = api_of(source)
    api.faults = [(302, {"Location": f"{api.url}rows?page=1&size=100"})]
    assert len(keys_read(source)) == 250
    with serving(FakeApi()) as other:
        api.faults = [(302, {"Location": f"{other.url}rows"})]
        assert refused(source).code == "source:api:address"
        assert other.asked == []


def test_a_link_to_another_host_is_not_asked(tmp_path: Path) -> None:
    with (
        laid("rest-header", tmp_path, [order(n) for n in range(150)]) as source,
        serving(FakeApi()) as other,
    ):
        api = api_of(source)
        api.on_page = lambda _: setattr(api, "host", f"127.0.0.1:{other.port}/x?")
        assert refused(source).code == "source:api:address"
        assert other.asked == []


def test_the_house_is_not_asked_unless_the_mapping_says_so(source: Asked) -> None:
    path = source.directory / "sources" / "shop.yaml"
    path.write_text(path.read_text().replace("http://127", "https://127"))
    source.reload(("network: private", "network: public"))
    assert refused(source).code == "source:api:address"
    assert api_of(source).asked == []


@pytest.mark.parametrize(
    ("address", "network", "is_open"),
    [
        ("93.184.216.34", "public", True),
        ("10.0.0.7", "public", False),
        ("10.0.0.7", "private", True),
        ("127.0.0.1", "private", True),
        ("169.254.169.254", "private", False),
        ("::ffff:169.254.169.254", "private", False),
        ("100.100.100.200", "private", False),
        ("0.0.0.0", "private", False),
        ("224.0.0.1", "private", False),
        ("::1", "public", False),
    ],
)
def test_which_addresses_are_open_to_which_network(
    address: str, network: str, is_open: bool
) -> None:
    assert (refusal("host", [address], network=network) == "") is is_open
    assert refusal("host", ["93.184.216.34", "127.0.0.1"], network="public")


# --- rows by their own calls ---


def test_a_list_of_ids_is_completed_by_a_call_for_each_row(tmp_path: Path) -> None:
    asked = (
        "rest: {path: ids, rows: data.items, detail: 'detail/${id}', detail_rows: row,"
        " page: {by: offset, parameter: offset, size_parameter: size}}"
    )
    with laid("rest-ids", tmp_path, [order(n) for n in range(5)], asked=asked) as source:
        assert len(keys_read(source)) == 5
        assert sum("detail" in call for call in api_of(source).asked) == 5
        with source.connector.read("orders", only_rows=2):
            pass
        assert sum("detail" in call for call in api_of(source).asked) == 7


# --- values ---


def test_values_of_json_keep_their_notation() -> None:
    document = read_json(
        b'{"a": 1.10, "b": true, "c": {"d": null, "e": {"f": "x"}}, "g": [1, {"h": 2}],'
        b' "i": 12345678901234567890123, "j": NaN, "k": {}, "l": "\\ud800", "m": 1E+3}'
    )
    assert flat(document, is_rpc=False) == {
        "a": "1.10", "b": "true", "c.d": None, "c.e.f": "x", "g": '[1, {"h": 2}]',
        "i": "12345678901234567890123", "j": None, "k": "{}", "l": "\ufffd", "m": "1000",
    }  # fmt: skip
    assert at_path(document, "g.1.h") == 2
    with pytest.raises(ValueError, match="deep"):
        read_json(b"[" * 100_000)


def test_json_rpc_writes_days_and_numbers_in_its_own_way() -> None:
    row = {
        "at": {"__class__": "datetime", "year": 2024, "month": 5, "day": 1, "hour": 8,
               "minute": 0, "second": 0, "microsecond": 5},
        "on": {"__class__": "date", "year": 2024, "month": 5, "day": 1},
        "sum": {"__class__": "Decimal", "decimal": "10.20"},
        "odd": {"__class__": "Decimal"},
        "party.": {"code": "7"},
    }  # fmt: skip
    assert flat(row, is_rpc=True) == {
        "at": "2024-05-01T08:00:00.000005+00:00",
        "on": "2024-05-01",
        "sum": "10.20",
        "odd": json.dumps(row["odd"]),
        "party..code": "7",
    }


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("same", "2024-05-01 10:00:00"),
        ("iso", "2024-05-01T08:00:00Z"),
        ("unix", 1714550400),
        ("unix_ms", 1714550400000),
        ("%Y-%m-%d", "2024-05-01"),
    ],
)
def test_an_instant_is_asked_for_as_the_api_wants_it(form: str, expected: object) -> None:
    assert since_value("2024-05-01 10:00:00", form, time_zone="Europe/Berlin") == expected
    assert since_value("tok-en", form, time_zone="UTC") == "tok-en"
    assert as_text(None) is None


def test_the_environment_of_the_test_holds_no_secret_afterwards() -> None:
    with mock.patch.dict(os.environ):
        assert "SHOP_TOKEN" not in os.environ
