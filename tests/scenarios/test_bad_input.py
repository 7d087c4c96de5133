"""What does somebody see whose export, mapping, policy or question is wrong?

A fault of a whole file ends with exit code 2 and lands nothing of that file; a fault of a row ends
with exit code 1, keeps the row and lands the rest. Either way the message says where, what was
expected, and what to do.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from tests.workspaces import Answer, Troth

MAPPING = """\
source: shop
system: shop
time_zone: UTC
feeds:
  - name: sites
    record: site
    files: exports/sites.csv
    key: id
    fields:
      name: name
    known_at: opened
  - name: orders
    record: order
    files: exports/orders.csv*
    key: id
    fields:
      customer: customer
      placed_at: placed
      delivered_at: {column: delivered, known_at: delivered}
      freight: {column: freight, currency: EUR}
    known_at: placed
"""
SITES = "id,name,opened\nS1,Hamburg,2026-01-01T00:00:00Z\nS2,Köln,2026-01-01T00:00:00Z\n"
HEADER = "id,customer,placed,delivered,freight\n"
GOOD = [
    "1,C1,2026-01-05T08:00:00Z,2026-01-09T08:00:00Z,4.90",
    "2,C1,2026-01-06T08:00:00Z,2026-01-12T08:00:00Z,4.90",
    "3,C2,2026-01-07T08:00:00Z,,0",
]
ORDERS = HEADER + "\n".join(GOOD) + "\n"


@pytest.fixture
def shop(blank: Troth) -> Troth:
    blank.write("sources/shop.yaml", MAPPING)
    blank.write("exports/sites.csv", SITES)
    blank.write("exports/orders.csv", ORDERS)
    return blank


def landed(troth: Troth, kind: str) -> int:
    return int(troth.one(f"SELECT count(*) FROM fact_{kind}"))


def test_the_export_as_it_should_be_lands_whole(shop: Troth) -> None:
    answer = shop("run", shop.directory)
    assert answer.code == 0, answer.err
    assert (landed(shop, "site"), landed(shop, "order")) == (2, 5)  # two became known delivered


# --- A whole file ----------------------------------------------------------------------------

WHOLE_FILES = {
    "a column is missing": (
        "orders.csv",
        ORDERS.replace("customer", "kunde").encode(),
        ("column 'customer'", "kunde", "correct the mapping"),
    ),
    "the file is empty": ("orders.csv", b"", ("orders.csv", "Export it again")),
    "the file has no row": ("orders.csv", HEADER.encode(), ("no rows", "may_be_empty")),
    "the encoding is another": (
        "orders.csv",
        ORDERS.replace("C1", "Jürgen").encode("latin-1"),
        ("not utf-8", "line 2", "encoding"),
    ),
    "the gzip is cut off": (
        "orders.csv.gz",
        gzip.compress((HEADER + "\n".join(GOOD * 2000)).encode())[:-200],
        ("cut off", "export it again"),
    ),
    "a quotation mark is never closed": (
        "orders.csv",
        (HEADER + '1,"C1,2026-01-05T08:00:00Z,,1\n').encode(),
        ("quotation mark", "line 2"),
    ),
}


@pytest.mark.parametrize("fault", WHOLE_FILES)
def test_a_fault_of_a_whole_file_lands_nothing_of_it_and_the_other_feeds(
    shop: Troth, fault: str
) -> None:
    name, content, told = WHOLE_FILES[fault]
    (shop.directory / "exports/orders.csv").unlink()
    shop.write(f"exports/{name}", content)
    answer = shop("run", shop.directory)
    assert answer.code == 2
    for words in (name, *told):
        assert words in answer.err, answer.err
    assert (landed(shop, "order"), landed(shop, "site")) == (0, 2)


def test_a_missing_file_is_named(shop: Troth) -> None:
    (shop.directory / "exports/orders.csv").unlink()
    answer = shop("run", shop.directory, "--json")
    assert answer.code == 2
    (failure,) = answer.json()["failures"]
    for told in (failure, answer.err):
        assert "exports/orders.csv*" in told
        assert "Put the export there" in told
    assert (landed(shop, "order"), landed(shop, "site")) == (0, 2)


def test_a_file_that_was_sound_before_and_is_not_now_withdraws_nothing(shop: Troth) -> None:
    shop.run()
    shop.write("exports/orders.csv", HEADER)
    assert shop("run", shop.directory).code == 2
    assert shop.one("SELECT count(*) FROM fact_order WHERE op = 'gone'") == 0


def test_syncing_one_source_alone_tells_the_same(shop: Troth) -> None:
    shop.write("exports/orders.csv", "")
    answer = shop("source", "sync", "shop")
    assert answer.code == 2
    assert "orders.csv" in answer.err
    assert landed(shop, "order") == 0


def test_a_byte_order_mark_is_no_fault(shop: Troth) -> None:
    shop.write("exports/orders.csv", b"\xef\xbb\xbf" + ORDERS.encode())
    answer = shop("run", shop.directory)
    assert answer.code == 0, answer.err
    assert landed(shop, "order") == 5


# --- A row -----------------------------------------------------------------------------------

ROWS = {
    "a date": ("4,C2,tomorrow,,1", "placed", "tomorrow"),
    "an amount": ("4,C2,2026-01-08T08:00:00Z,,4 pounds", "freight", "4 pounds"),
    "a key with two contents": ("1,C9,2026-01-05T08:00:00Z,,1", None, "shop:1"),
}


@pytest.mark.parametrize("fault", ROWS)
def test_a_fault_of_a_row_keeps_the_row_and_lands_the_rest(shop: Troth, fault: str) -> None:
    row, column, found = ROWS[fault]
    shop.write("exports/orders.csv", ORDERS + row + "\n")
    answer = shop("run", shop.directory)
    assert answer.code == 1
    assert "troth quarantine list" in answer.out
    kept = shop("quarantine", "list", "--json").json()
    last = next(item for item in kept if item["row"] == 4)
    assert last["file"].endswith("exports/orders.csv")
    assert last["line"] == 5
    assert last["column"] == column
    assert found in last["message"]
    assert len(last["message"].split()) > 5  # what was expected, and what to do
    keys = {key for (key,) in shop.rows("SELECT key FROM fact_order")}
    bad = {f"shop:{item['row']}" for item in kept} | {"shop:4"}
    assert keys == {"shop:1", "shop:2", "shop:3"} - bad
    assert shop("run", shop.directory).code == 1  # it says so until it is mended
    assert len(shop("quarantine", "list", "--json").json()) == len(kept)


def test_a_unit_that_nobody_declared_keeps_the_row(shop: Troth) -> None:
    mapping = MAPPING.replace(
        "  - name: orders",
        """\
  - name: lines
    record: order_line
    files: exports/lines.csv
    key: id
    fields:
      order: order
      quantity: {column: quantity, unit_column: unit, units: {ST: piece}}
    known_at: at
  - name: orders""",
    )
    shop.write("sources/shop.yaml", mapping)
    at = "2026-01-05T08:00:00Z"
    shop.write("exports/lines.csv", f"id,order,quantity,unit,at\n1,1,2,ST,{at}\n2,1,3,KAR,{at}\n")
    answer = shop("run", shop.directory)
    assert answer.code == 1
    (row,) = shop("quarantine", "list", "--json").json()
    assert (row["line"], row["column"]) == (3, "unit")
    assert "KAR" in row["message"]
    assert landed(shop, "order_line") == 1
    # The mapping learns the unit: the row lands from quarantine, not from a new export.
    shop.write("sources/shop.yaml", mapping.replace("{ST: piece}", "{ST: piece, KAR: box}"))
    replayed = shop("quarantine", "replay", str(row["id"]), "--json")
    assert replayed.code == 0, replayed.err
    assert replayed.json() == {"tried": 1, "landed": 1, "resolved": 1}
    assert landed(shop, "order_line") == 2
    assert shop("quarantine", "list", "--json").json() == []
    assert shop("run", shop.directory).code == 0


def test_a_row_that_still_fails_stays_in_quarantine(shop: Troth) -> None:
    shop.write("exports/orders.csv", ORDERS + "4,C2,tomorrow,,1\n")
    shop("run", shop.directory)
    answer = shop("quarantine", "replay", "--all", "--json")
    assert answer.code == 1
    assert answer.json() == {"tried": 1, "landed": 0, "resolved": 0}
    assert len(shop("quarantine", "list", "--json").json()) == 1


def test_a_row_that_the_source_mended_leaves_quarantine(shop: Troth) -> None:
    shop.write("exports/orders.csv", ORDERS + "4,C2,tomorrow,,1\n")
    shop("run", shop.directory)
    shop.write("exports/orders.csv", ORDERS + "4,C2,2026-01-08T08:00:00Z,,1\n")
    assert shop("run", shop.directory).code == 0
    assert shop("quarantine", "list", "--json").json() == []


def test_a_quarantined_row_is_shown_whole(shop: Troth) -> None:
    shop.write("exports/orders.csv", ORDERS + "4,C2,tomorrow,,1\n")
    shop("run", shop.directory)
    (row,) = shop("quarantine", "list", "--json").json()
    shown = shop("quarantine", "show", str(row["id"]), "--json").json()
    assert json.loads(shown["raw"])["placed"] == "tomorrow"
    assert "tomorrow" in shop("quarantine", "show", str(row["id"])).out
    nobody = shop("quarantine", "show", "999")
    assert nobody.code == 2
    assert "troth quarantine list" in nobody.err
    assert shop("quarantine", "replay").code == 2


# --- Mappings, policies, questions ---------------------------------------------------------------


def test_a_wrong_mapping_names_line_and_column(shop: Troth) -> None:
    wrong = MAPPING.replace("      placed_at: placed", "      placed_by: placed")
    shop.write("sources/shop.yaml", wrong)
    line = 1 + wrong.splitlines().index("      placed_by: placed")
    for command in (("run", shop.directory), ("source", "check", "shop")):
        answer = shop(*command)
        assert answer.code == 2
        assert f"sources/shop.yaml:{line}:7" in answer.err
        assert "placed_by" in answer.err
    assert landed(shop, "site") == 0


def test_a_workspace_without_a_source_is_told_what_to_write(blank: Troth) -> None:
    answer = blank("run", blank.directory)
    assert answer.code == 2
    assert "sources/NAME.yaml" in answer.err


def test_a_folder_that_is_no_workspace_is_told_how_to_become_one(
    blank: Troth, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    answer = blank("run", tmp_path / "elsewhere")
    assert answer.code == 2
    assert "troth init" in answer.err


POLICIES = """\
policies:
  - kind: lead_time
    scope: "tier:Silver"
    effective_from: 2026-01-01T00:00:00Z
    reason: A good one.
    outputs: {service_quantile: "0.8"}
  - kind: lead_time
    scope: "tier:Gold"
    effective_from: 2026-01-01T00:00:00Z
    reason: A bad one.
    outputs: {service_quantil: "0.95"}
"""


def test_a_policy_file_with_one_fault_is_refused_whole(shop: Troth) -> None:
    path = shop.write("policies/tiers.yaml", POLICIES)
    for command in (("run", shop.directory), ("policy", "apply"), ("policy", "plan")):
        answer = shop(*command)
        assert answer.code == 2
        assert f"{path}: policy 2" in answer.err
        assert "service_quantil" in answer.err
        assert shop.one("SELECT count(*) FROM store_policyversion") == 0
    assert landed(shop, "site") == 0


def asked(troth: Troth, document: object) -> Answer:
    path = troth.write("question.json", json.dumps(document))
    return troth("decide", "promise", "--input", path)


def test_a_question_with_a_fault_is_told_the_path(blank: Troth) -> None:
    order = {"order": "erp:SO-1", "placed_at": "2026-01-05T08:00:00Z"}
    wrong = {
        "facts.placed_at": {"facts": order | {"placed_at": "yesterday"}},
        "facts.placed_on": {"facts": order | {"placed_on": "2026-01-05"}},
        "facts.order": {"facts": {"placed_at": order["placed_at"]}},
        "policy.lead_time.service_quantile": {
            "facts": order,
            "policy": {"lead_time": {"service_quantile": "1.5"}},
        },
    }
    for path, document in wrong.items():
        answer = asked(blank, document)
        assert answer.code == 2, path
        assert path in answer.err
    assert asked(blank, {"facts": order}).code == 0
    unreadable = blank("decide", "promise", "--input", blank.write("question.json", "{"))
    assert unreadable.code == 2
    assert "question.json" in unreadable.err
