"""Does a new personal field land before somebody signed for it, and after?"""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from tests.connectors.contracts.agreed import CONTRACT, MAPPING, collecting
from tests.databases import unhidden
from tests.workspaces import Troth

from troth.connectors.workspace import make_workspace

ROWS = "id,customer,placed,channel,total,born\n1,C1,2026-01-05T08:00:00Z,web,10,1980-02-03\n"
BROKEN = "2,C1,2026-01-06T08:00:00Z,web,-5,1977-07-07\n3,C1,2026-01-06T08:00:00Z,web\n"
WITH_BIRTHDAY = collecting(CONTRACT)
FIELD = "shop/orders/birthday"
ANSWERS = (
    *("--purpose", "service", "--basis", "legal_obligation"),
    *("--description", "Compared with an age of 18.", "--necessity", "The law asks for the age."),
    *("--risks", "Somebody pretends to be them.", "--measures", "Sealed, and erased with them."),
    *("--retention", "Two years.", "--recipients", "The order desk."),
)


def _lay(directory: Path, contract: str, rows: str = ROWS) -> None:
    if not (directory / "troth.toml").exists():
        make_workspace(directory, name="Shop", now="data")
    (directory / "sources/shop.yaml").write_text(MAPPING + "    custom: {birthday: born}\n")
    (directory / "contracts").mkdir(exist_ok=True)
    (directory / "contracts/orders.yaml").write_text(contract)
    (directory / "exports/orders.csv").write_text(rows)


@pytest.fixture
def shop(blank: Troth) -> Troth:
    _lay(blank.directory, WITH_BIRTHDAY)
    for name, role in (
        ("petra", "privacy_officer"), ("stefan", "steward"), ("ada", "administrator"),
    ):  # fmt: skip
        assert blank("user", "add", name, "--name", name, "--role", role).code == 0
    return blank


def _drafted(shop: Troth, *more: str, by: str = "stefan") -> str:
    answer = shop("assessment", "draft", "shop-orders", *ANSWERS, *more, "--as", by, "--json")
    assert answer.code == 0, answer.err
    return str(answer.json()["id"])


def _kept_anywhere(shop: Troth, value: str) -> bool:
    tables = ("fact_order", "fact_personal", "store_quarantinedrow")
    return any(value in str(row) for table in tables for row in shop.rows(f"SELECT * FROM {table}"))


def test_a_new_personal_field_lands_when_somebody_else_signed_for_it(shop: Troth) -> None:
    check = shop("contract", "check")
    assert check.code == 1 and f"{FIELD} is personal and does not land" in check.err
    told = shop("source", "sync", "shop")
    assert told.code == 0 and FIELD in " ".join(told.out.split())
    assert not _kept_anywhere(shop, "1980-02-03")
    assert shop.rows("SELECT total::text FROM fact_order") == [("10.000000",)]  # the rest landed
    drafted = _drafted(shop)
    assert shop("source", "sync", "shop", "--json").json()[0]["held_back"] == ["birthday"]
    signed = shop(
        *("assessment", "sign", drafted, "--reason", "Fine.", "--as", "petra"),
        *("--conditions", "The desk alone."),
    )
    assert signed.code == 0, signed.err
    (row,) = shop("assessment", "list", "--json").json()
    assert (row["state"], row["drafted_by"], row["signed_by"], row["fields"]) == (
        "approved_with_conditions", "stefan", "petra", {FIELD: "personal"},
    )  # fmt: skip
    assert shop("contract", "check").code == 0
    assert shop("source", "sync", "shop", "--json").json()[0]["held_back"] == []
    # It stands in the part that is erased with the person, and in no other.
    assert "1980-02-03" in str(shop.rows("SELECT raw FROM fact_personal"))
    assert "1980-02-03" not in str(shop.rows("SELECT custom, raw FROM fact_order"))
    # The log has both, and proves them.
    done = [row[0] for row in shop.rows("SELECT action FROM store_auditentry ORDER BY index")]
    assert [it for it in done if "assessment" in it] == [
        "privacy:assessment:drafted", "privacy:assessment:signed",
    ]  # fmt: skip
    assert shop("audit", "verify").code == 0
    # Somebody says no to a new look: it is left out again.
    again = _drafted(shop, "--field", FIELD)
    assert shop("assessment", "refuse", again, "--reason", "No.", "--as", "petra").code == 0
    assert "its assessment is refused" in " ".join(shop("contract", "check").err.split())


def test_nobody_signs_what_they_drafted_nor_twice_nor_without_an_end(shop: Troth) -> None:
    drafted = _drafted(shop, by="ada")
    sign = ("assessment", "sign", drafted, "--reason", "Fine.", "--as")
    own = shop(*sign, "ada")
    assert own.code == 2 and "drafted an assessment does not sign it" in " ".join(own.err.split())
    assert shop(*sign, "stefan").code == 2  # a steward has no right to
    late = shop(*sign, "petra", "--until", "2099-01-01")
    assert late.code == 2 and "Art. 35(11)" in late.err
    assert shop(*sign, "petra").code == 0
    twice = shop(*sign, "petra")
    assert twice.code == 2 and "Draft a new one" in " ".join(twice.err.split())
    silent = shop("assessment", "draft", "shop-orders", *ANSWERS, "--risks", " ", "--field", FIELD)
    assert silent.code == 2 and "risks (Art. 35(7)(c))" in " ".join(silent.err.split())
    unknown = shop("assessment", "draft", "shop-orders", *ANSWERS, "--field", "shop/orders/shoe")
    assert unknown.code == 2 and "collects no personal field" in " ".join(unknown.err.split())


def test_what_is_held_back_is_in_no_row_that_waits_either(shop: Troth) -> None:
    _lay(shop.directory, WITH_BIRTHDAY, ROWS + BROKEN)
    assert shop("source", "sync", "shop").code == 1
    assert len(shop("quarantine", "list", "--json").json()) == 2
    assert not _kept_anywhere(shop, "1977-07-07")


def test_what_landed_before_there_were_assessments_goes_on_landing_and_is_told(
    shop: Troth,
) -> None:
    _lay(shop.directory, CONTRACT)  # nobody calls the field personal yet
    shop("source", "sync", "shop")
    assert shop.rows("SELECT custom ->> 'birthday' FROM fact_order") == [("1980-02-03",)]
    with psycopg.connect(unhidden(shop.owner_url), autocommit=True) as owner:
        owner.execute("UPDATE fact_order SET landed_at = '2020-01-01'")
    _lay(shop.directory, WITH_BIRTHDAY)
    check = shop("contract", "check")
    assert check.code == 0 and "landed before there were assessments" in " ".join(check.err.split())
    assert shop("source", "sync", "shop", "--json").json()[0]["held_back"] == []
    (contract,) = json.loads(shop("contract", "list", "--json").out)
    assert contract["feeds"][0]["fields"][0]["assessment"] == "in_use"
