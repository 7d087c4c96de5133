"""Are the exports as untidy as declared, and is every bit of it told in truth/?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from troth.connectors.simulated import names, simulate
from troth.connectors.simulated.crm import OPTIONAL
from troth.connectors.simulated.randomness import stream

Rows = list[dict[str, str]]
Reader = Callable[[Path, str], Rows]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, read: Reader) -> Callable[[str], Rows]:
    """2,000 customers, so that rates are near their targets."""
    directory = tmp_path_factory.mktemp("many")
    simulate(directory, customers=2000, months=1, seed=5, ends_on=date(2026, 5, 31))
    return lambda name: read(directory, name)


def _dirt(many: Callable[[str], Rows], fault: str) -> Rows:
    of_accounts = [
        row for row in many("truth/dirt.csv") if (row["system"], row["kind"]) == ("crm", "customer")
    ]
    return [row for row in of_accounts if row["fault"] == fault]


# 2,000 customers: a share p has a standard error of sqrt(p (1 - p) / 2000), 0.006 to 0.008.
def test_about_8_percent_of_customers_have_two_accounts(many: Callable[[str], Rows]) -> None:
    accounts = Counter(
        row["true_id"]
        for row in many("truth/identities.csv")
        if (row["system"], row["kind"]) == ("crm", "customer")
    )
    twice = sum(count == 2 for count in accounts.values())
    assert set(accounts.values()) == {1, 2}
    assert twice / len(accounts) == pytest.approx(0.08, abs=0.02)
    assert twice == len(_dirt(many, "entered_twice"))


def test_about_10_percent_of_accounts_have_a_typo(many: Callable[[str], Rows]) -> None:
    accounts = {row["Id"]: row for row in many("exports/crm/accounts.csv")}
    typos = _dirt(many, "typo")
    assert len(typos) / len(accounts) == pytest.approx(0.10, abs=0.025)
    for row in typos:
        assert accounts[row["key"]][row["field"]] not in ("", row["true_value"])


@pytest.mark.parametrize("field", OPTIONAL)
def test_about_15_percent_of_each_optional_field_is_missing(
    many: Callable[[str], Rows], field: str
) -> None:
    accounts = {row["Id"]: row for row in many("exports/crm/accounts.csv")}
    missing = [row for row in _dirt(many, "missing") if row["field"] == field]
    filled = sum(bool(row[field]) for row in accounts.values())
    assert len(missing) / (filled + len(missing)) == pytest.approx(0.15, abs=0.03)
    assert all(accounts[row["key"]][field] == "" for row in missing)


def test_most_debtors_share_a_key_with_their_account_and_a_few_share_none(
    many: Callable[[str], Rows],
) -> None:
    true_ids = {
        (r["system"], r["kind"], r["key"]): r["true_id"] for r in many("truth/identities.csv")
    }

    def plain(text: str) -> str:
        return "".join(letter for letter in text if letter.isalnum()).lower().removeprefix("00")

    known: dict[str, set[str]] = {}
    for row in many("exports/crm/accounts.csv"):
        true_id = true_ids["crm", "customer", row["Id"]]
        keys = (row["TaxNumber"], row["Email"], row["Phone"])
        known.setdefault(true_id, set()).update(plain(key) for key in keys if key)
    linked = []
    for row in many("exports/erp/debitoren.csv.gz"):
        true_id = true_ids["erp", "customer", row["KUNNR"]]
        keys = {plain(row[name]) for name in ("USTID", "EMAIL", "TELEFON") if row[name]}
        linked.append(bool(keys & known[true_id]))
    assert 0.8 < sum(linked) / len(linked) < 0.95


def test_no_key_leads_to_two_true_customers(many: Callable[[str], Rows]) -> None:
    owners: dict[str, set[str]] = {}
    typed = {row["key"] for row in many("truth/dirt.csv") if row["fault"] == "typo"}
    true_ids = {
        r["key"]: r["true_id"] for r in many("truth/identities.csv") if r["kind"] == "customer"
    }
    for row in many("exports/crm/accounts.csv"):
        for key in (row["TaxNumber"], row["Email"], row["Phone"].replace(" ", "")):
            if key and row["Id"] not in typed:
                owners.setdefault(key, set()).add(true_ids[row["Id"]])
    assert owners
    assert all(len(found) == 1 for found in owners.values())


def test_a_typo_never_leaves_a_text_as_it_was() -> None:
    chance = stream(1, "test")
    for text in ("Müller GmbH", "aa", "Otto", "x", "Rua das Flores 12", "Anna"):
        assert all(names.typo(chance, text) != text for _ in range(200))
