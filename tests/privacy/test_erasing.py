"""What goes when somebody is erased, what stays, and does it stay gone?"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.privacy.canaries import CANARY, key_of, lay_aviary, word
from tests.workspaces import Troth

from troth.actions.people import add_user, system_user
from troth.actions.personal_exports import export_personal
from troth.actions.privacy import ErasureReason, erase, plan_of
from troth.cli.starting import database
from troth.connectors.workspace import find_workspace
from troth.core.access.roles import Role
from troth.store.facts.persons import UnknownSubjectError
from troth.store.queries.viewing import NotAllowedError

PEOPLE = 3
_RESTRICT = (
    "UPDATE store_customer SET is_restricted = true"
    " WHERE id = (SELECT customer_id FROM store_crosswalk WHERE source_key = %s)"
)
_PERSONAL = "SELECT kind, key, fields::text FROM fact_personal WHERE fields::text ~* %s"


@pytest.fixture
def aviary(blank: Troth, monkeypatch: pytest.MonkeyPatch) -> Iterator[Troth]:
    """A workspace with three canaries in it."""
    for name, value in blank.environment.items():
        monkeypatch.setenv(name, value)
    lay_aviary(blank, PEOPLE)
    blank.run()
    yield blank


def _words_of(troth: Troth, number: int) -> list[tuple[object, ...]]:
    return troth.rows(_PERSONAL, word(number))


def _erase(troth: Troth, subject: str) -> dict[str, object]:
    answer = troth("privacy", "erase", subject, "--json")
    assert answer.code == 0, answer.err
    found: dict[str, object] = answer.json()
    return found


def test_a_dry_run_says_what_would_go_and_changes_nothing(aviary: Troth) -> None:
    before = _words_of(aviary, 1)
    plan = aviary("privacy", "erase", key_of(1), "--dry-run", "--json").json()
    # Customer, contact, shipment, case, call, survey; the order that has no amount waits.
    assert plan["deleted"]["fact_personal"] == len(before) == 6
    assert plan["deleted"]["store_quarantinedrow"] == 1
    assert plan["records"] == {"customer": 1, "contact": 1, "order": 1, "shipment": 1,
                               "invoice_line": 1, "case": 1, "interaction": 1,
                               "survey_response": 1}  # fmt: skip
    assert _words_of(aviary, 1) == before
    assert aviary.rows("SELECT * FROM store_erasure") == []


def test_erasing_takes_one_persons_words_and_nobody_elses(aviary: Troth) -> None:
    others = _words_of(aviary, 0) + _words_of(aviary, 2)
    facts = aviary.one("SELECT count(*) FROM fact_order")
    erased = _erase(aviary, key_of(1))
    assert _words_of(aviary, 1) == []
    assert _words_of(aviary, 0) + _words_of(aviary, 2) == others
    assert aviary.one("SELECT count(*) FROM fact_order") == facts
    assert aviary.rows("SELECT raw FROM store_quarantinedrow WHERE raw ~* %s", word(1)) == []
    assert len(aviary.rows("SELECT raw FROM store_quarantinedrow WHERE raw ~* 'kanarie'")) == 2
    rows = aviary.rows("SELECT subject, reason FROM store_erasure")
    assert rows == [(erased["subject"], "request")]


def test_what_is_sent_again_lands_without_its_words(aviary: Troth) -> None:
    _erase(aviary, key_of(1))
    # Another street, a new order and its shipment: each would bring words of the erased again.
    exports = aviary.directory / "exports" / "aviary"
    customers = exports / "customers.csv"
    customers.write_text(customers.read_text().replace("Kanarie0001straat 1", "Kanarie0001weg 2"))
    with (exports / "orders.csv").open("a") as file:
        file.write("N0001,B0001,2026-06-01 09:00,,,5.00\n")
    with (exports / "shipments.csv").open("a") as file:
        file.write("T0001,N0001,Kanarie0001 again,2026-06-02 09:00,\n")
    run = aviary.run()
    erased = {feed["record"]: feed["erased"] for feed in run["feeds"]}
    assert (erased["customer"], erased["order"], erased["shipment"]) == (1, 1, 1)
    assert aviary.one("SELECT count(*) FROM fact_customer WHERE key = %s", key_of(1)) == 2
    assert _words_of(aviary, 1) == []
    assert aviary.rows("SELECT * FROM store_customerpersonal WHERE name ~* %s", word(1)) == []
    # The broken order is told again, by its key alone.
    rejected = aviary.rows(
        "SELECT raw, message FROM store_quarantinedrow WHERE key = 'aviary:X0001'"
    )
    assert len(rejected) == 1
    assert not CANARY.search(json.dumps(rejected).encode())


def test_a_contact_is_erased_without_the_customer(aviary: Troth) -> None:
    erased = _erase(aviary, "aviary:P0001")
    kinds = {kind for kind, *_ in _words_of(aviary, 1)}
    assert erased["subject"] == "aviary:P0001"
    assert "contact" not in kinds
    assert "case" not in kinds  # it was the contact's
    assert {"customer", "shipment"} <= kinds


def test_a_database_from_before_forgets_again(aviary: Troth) -> None:
    _erase(aviary, key_of(1))
    # What a restore of an older backup does: the erasure is gone, and the words are back.
    aviary.rows("DELETE FROM store_erasedsource")
    aviary.rows("DELETE FROM store_erasure")
    aviary.rows(
        "INSERT INTO fact_personal SELECT 'customer', key, revision, region,"
        ' \'{"name": "Kanarie0001 van Vogel"}\' FROM fact_customer WHERE key = %s',
        key_of(1),
    )
    assert len(_words_of(aviary, 1)) == 1
    done = aviary("privacy", "replay", "--json").json()
    assert [item["deleted"]["fact_personal"] for item in done] == [1]
    assert _words_of(aviary, 1) == []
    assert aviary("privacy", "replay", "--json").json() == []  # once is enough


def test_the_journal_is_for_its_owner_alone_and_names_nobody(aviary: Troth) -> None:
    _erase(aviary, key_of(1))
    journal = aviary.directory / ".troth" / "erasures.jsonl"
    assert journal.stat().st_mode & 0o777 == 0o600
    assert not CANARY.search(journal.read_bytes())
    journal.write_text(journal.read_text() + "no line\n")
    answer = aviary("privacy", "replay")
    assert answer.code == 2
    assert "erasures.jsonl:2" in answer.err


def test_an_export_holds_every_word_and_is_itself_recorded(aviary: Troth, tmp_path: Path) -> None:
    file = tmp_path / "person.zip"
    answer = aviary("privacy", "export", key_of(1), file, "--json")
    assert answer.code == 0, answer.err
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as pack:
        document = json.loads(pack.read("data.json"))
        customers = list(
            csv.DictReader(io.StringIO(pack.read("csv/records.customer.csv").decode()))
        )
        whole = b"".join(pack.read(name) for name in pack.namelist())
    expected = ("van Vogel", "NL8880001000", "kanarie0001@home.example", "+317770001000",
                "Kanarie0001straat 1", "PC Kanarie0001", "sings", "the son", "at the gate",
                "lost a feather", "cried", "says Kanarie0001", "ask Kanarie0001")  # fmt: skip
    assert [text for text in expected if text.encode() not in whole] == []
    assert document["parts"]["golden_record"][0]["name"] == "Kanarie0001 van Vogel"
    assert customers[0]["key"] == key_of(1)
    assert b"kanarie0002" not in whole.lower()  # nobody else's
    actions = aviary.rows("SELECT action FROM store_auditentry ORDER BY index DESC LIMIT 1")
    assert actions == [("privacy:subject:exported",)]
    assert aviary("privacy", "export", key_of(1), file).code == 2  # it overwrites nothing


def test_nobody_is_erased_or_looked_up_by_a_role_that_may_not(aviary: Troth) -> None:
    with database(find_workspace(aviary.directory)):
        agent = add_user(username="a", name="A", role=Role.AGENT, acting_user=system_user())
        for name in (key_of(1), "crm:nobody"):  # the same answer: it tells nobody who is known
            with pytest.raises(NotAllowedError):
                erase(name, reason=ErasureReason.REQUEST, acting_user=agent)
            with pytest.raises(NotAllowedError):
                plan_of(name, acting_user=agent)
            with pytest.raises(NotAllowedError):
                export_personal(name, company="X", acting_user=agent)
    assert len(_words_of(aviary, 1)) == 6


def test_an_officer_erases_without_a_viewer_being_set_but_nobody_whom_they_may_not_see(
    aviary: Troth,
) -> None:
    aviary.rows(_RESTRICT, key_of(2))
    with database(find_workspace(aviary.directory)):
        officer = add_user(
            username="o", name="O", role=Role.PRIVACY_OFFICER, acting_user=system_user()
        )
        for verb in (
            lambda name: erase(name, reason=ErasureReason.REQUEST, acting_user=officer),
            lambda name: plan_of(name, acting_user=officer),
            lambda name: export_personal(name, company="X", acting_user=officer),
        ):
            with pytest.raises(UnknownSubjectError):
                verb(key_of(2))
        erase(key_of(1), reason=ErasureReason.REQUEST, acting_user=officer)
    assert _words_of(aviary, 1) == []
    assert len(_words_of(aviary, 2)) == 6


def test_an_unknown_subject_is_told(aviary: Troth) -> None:
    answer = aviary("privacy", "erase", "crm:nobody", "--yes")
    assert answer.code == 2
    assert "privacy:subject-unknown" in answer.err


def test_a_new_key_opens_what_the_old_one_wrapped(
    aviary: Troth, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tests' own key comes from the environment; here it is to come from the file.
    monkeypatch.delenv("TROTH_WORKSPACE_KEY", raising=False)
    aviary.rows("DELETE FROM store_subjectkey")
    aviary.run()
    file = aviary.directory / ".troth" / "workspace.key"
    before = file.read_text()
    wrapped = aviary.rows("SELECT subject, wrapped FROM store_subjectkey ORDER BY 1")
    answer = aviary("privacy", "rotate-key", "--json")
    assert answer.code == 0, answer.err
    assert answer.json()["subject_keys"] == len(wrapped) > 0
    assert file.read_text() != before
    assert aviary.rows("SELECT subject, wrapped FROM store_subjectkey ORDER BY 1") != wrapped
    assert aviary.run()["landed"] == 0  # the pepper in the rows' hashes is the same
    file.write_text(before)
    answer = aviary("run", aviary.directory)
    assert answer.code == 2
    assert "sealing:key-wrong" in answer.err


@pytest.mark.parametrize(("allowed", "landed"), [('["default"]', 2), ('["default", "us"]', 3)])
def test_a_region_that_is_not_held_is_refused_and_its_row_not_kept(
    blank: Troth, allowed: str, landed: int
) -> None:
    lay_aviary(blank, PEOPLE)
    mapping = blank.directory / "sources" / "aviary.yaml"
    mapping.write_text(
        mapping.read_text().replace(
            "    key: id\n    fields:\n      name: name\n      tax_id",
            "    key: id\n    region: {column: id, values: {B0001: us, '*': default}}\n"
            "    fields:\n      name: name\n      tax_id",
        )
    )
    setting = blank.directory / "troth.toml"
    text = setting.read_text()
    setting.write_text(text.replace('# regions = ["eu"]', f"regions = {allowed}"))
    blank("source", "sync", "aviary")
    keys = blank.rows("SELECT key FROM fact_customer")
    assert len(keys) == landed
    refused = blank.rows(
        "SELECT key, raw, message FROM store_quarantinedrow WHERE code = 'row:region:refused'"
    )
    if landed == PEOPLE:
        assert refused == []
        return
    ((key, raw, message),) = refused
    assert (key, raw) == (key_of(1), "{}")
    assert "region 'us'" in message
    assert "default alone" in message
    held = blank.rows("SELECT fields::text FROM fact_personal WHERE key = %s", key_of(1))
    assert not CANARY.search(json.dumps(held).encode())
    assert [f for f in blank("doctor", "--json").json() if f["about"] == "regions"]
    # When the setting changes, the row is read from its export once more.
    setting.write_text(text.replace('# regions = ["eu"]', 'regions = ["default", "us"]'))
    replayed = blank("quarantine", "replay", "--all", "--json").json()
    assert replayed["resolved"] == 1
    assert blank.rows("SELECT region FROM fact_customer WHERE key = %s", key_of(1)) == [("us",)]
