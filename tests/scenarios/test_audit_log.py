"""Does the log in the database stand up to its owner?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from tests.scenarios.under_attack import after, as_owner, rebuilt, sql
from tests.workspaces import Troth, blank, finished, ran, simulated

from troth.actions import signing
from troth.actions.checkpoints import LogBrokenError, make_checkpoint
from troth.actions.evidence import export
from troth.actions.people import system_user
from troth.actions.recording import recorded
from troth.actions.signing import log_key
from troth.actions.verifying import read_kept, verify_log
from troth.actions.witnessing import LogRefusedError, PackLog, Witness, kept_leaves
from troth.core.ledger.notes import read_checkpoint, read_key, read_note, verified
from troth.store.models import (
    AuditCheckpoint,
    AuditEntry,
    AuditRow,
    Clock,
    Crosswalk,
    Customer,
    Promise,
)

__all__ = ["blank", "finished", "ran", "simulated"]


def entry_that(action: str) -> int:
    return int(AuditEntry.objects.filter(action__endswith=action).earliest("index").index)


def newest(table: str, key: object) -> int:
    """The entry that wrote a row last."""
    return int(AuditRow.objects.filter(table=table, key=str(key)).latest("entry").entry_id)


def written_last() -> dict[str, int]:
    """Entries that tampering.md names by the row that they wrote."""
    customer = Customer.objects.earliest("pk").pk
    linked = Crosswalk.objects.exclude(customer=Customer.objects.latest("pk")).earliest("pk")
    return {
        "the promise's": newest("store_promise", Promise.objects.earliest("pk").pk),
        "the clock's": newest("store_clock", Clock.objects.earliest("pk").pk),
        "the customer's": newest("store_customer", customer),
        "the golden record's": newest("store_customerpersonal", customer),
        "the crosswalk's": newest("store_crosswalk", linked.pk),
        "the user's": newest("store_user", system_user().pk),
    }


def attacks() -> Iterator[list[str]]:
    """(attack, SQL, first bad entry, code) of each line of tampering.md."""
    for line in (Path(__file__).parent / "tampering.md").read_text("utf-8").splitlines():
        if line.startswith("| ") and "`" in line:
            yield [cell.strip().strip("`") for cell in line.strip("| ").split(" | ")]


def test_every_attack_on_the_database_is_found_and_names_the_first_bad_entry(ran: Troth) -> None:
    with as_owner(ran):
        make_checkpoint(acting_user=system_user())
        size = AuditEntry.objects.count()
        places = {
            "7": 7, "8": 8, "9": 9, "4": 4, "the decision's": entry_that("promise:decided"),
            "the landing's": entry_that("order:landed"),
            "the publication's": entry_that("version:published"),
            "the last": size - 1, "behind the last": size, **written_last(),
        }  # fmt: skip
        customer = f"'{Customer.objects.earliest('pk').pk}'"
        wanted, found = {}, {}
        for name, query, place, code in attacks():
            entry = {"DECIDED": places["the decision's"], "LAST": size - 1}
            query = query.replace("= CUSTOMER", f"= {customer}")
            for word, index in entry.items():
                query = query.replace(word, str(index))
            fault = after(lambda query=query: sql(query)).fault  # type: ignore[misc]
            found[name] = None if fault is None else (fault.index, fault.code)
            wanted[name] = (places[place], code)
        assert len(found) == 34
        assert found == wanted
        assert verify_log(acting_user=system_user()).fault is None


def test_two_entries_that_change_places_are_found(ran: Troth) -> None:
    def swap() -> None:
        one, other = AuditEntry.objects.get(pk=1), AuditEntry.objects.get(pk=2)
        columns = [item.attname for item in AuditEntry._meta.fields if item.attname != "index"]
        for entry, index in ((one, 2), (other, 1)):
            changed = {name: getattr(entry, name) for name in columns}
            AuditEntry.objects.filter(pk=index).update(**changed)

    with as_owner(ran):
        fault = after(swap).fault
        assert fault is not None
        assert fault.index == 1


def test_a_log_rebuilt_with_its_own_key_is_found_only_by_what_was_kept_elsewhere(
    ran: Troth, tmp_path: Path
) -> None:
    with as_owner(ran):
        author = system_user()
        made = make_checkpoint(acting_user=author)
        pack = tmp_path / "pack.zip"
        export(pack, acting_user=author)
        Witness(tmp_path / "witness").see(PackLog(pack))
        key = log_key().verifier
        bare = read_kept(made.note, key)
        folder = tmp_path / "witness"
        note = (folder / "checkpoint").read_bytes()

        def attack() -> None:
            rebuilt(5)
            make_checkpoint(acting_user=author)

        # Nothing inside the database can tell: this is why checkpoints are kept elsewhere.
        assert after(attack).fault is None
        by_checkpoint = after(attack, bare).fault
        assert by_checkpoint is not None
        assert (by_checkpoint.code, by_checkpoint.index) == ("rewritten", 0)
        assert by_checkpoint.last == made.size - 1
        by_witness = after(attack, read_kept(note, key, leaves=kept_leaves(folder))).fault
        assert by_witness is not None
        assert (by_witness.code, by_witness.index, by_witness.last) == ("rewritten", 5, 5)


def test_a_checkpoint_is_the_same_until_something_is_written_and_never_signs_another_history(
    ran: Troth,
) -> None:
    with as_owner(ran):
        author = system_user()
        first = make_checkpoint(acting_user=author)
        assert make_checkpoint(acting_user=author).note == first.note
        with recorded(acting_user=author, action="test:thing:written", right=None):
            pass
        second = make_checkpoint(acting_user=author)
        assert (second.size, AuditCheckpoint.objects.count()) == (first.size + 1, 2)
        note = read_note(second.note)
        assert verified(note, [log_key().verifier], signing.verify) == (log_key().verifier,)
        assert read_checkpoint(note.text).root == bytes(second.root)
        key_file = ran.directory / ".troth" / "audit.key"
        assert key_file.stat().st_mode & 0o777 == 0o600
        with transaction.atomic():
            sql("UPDATE store_auditnode SET hash = sha256(hash)")
            with pytest.raises(LogBrokenError, match="another log now"):
                make_checkpoint(acting_user=author)
            transaction.set_rollback(True)
        with transaction.atomic():
            sql("UPDATE store_audithead SET size = size - 1")
            with pytest.raises(LogBrokenError, match=f"the log has {second.size - 1}"):
                make_checkpoint(acting_user=author)
            transaction.set_rollback(True)


def test_a_witness_signs_a_log_that_grew_and_refuses_one_that_was_cut_or_forked(
    ran: Troth, tmp_path: Path
) -> None:
    with as_owner(ran):
        author = system_user()
        packs = {}
        for name in ("first", "second"):
            packs[name] = tmp_path / f"{name}.zip"
            export(packs[name], acting_user=author)
        witness = Witness(tmp_path / "state", name="witness.example")
        first = witness.see(PackLog(packs["first"]))
        second = witness.see(PackLog(packs["second"]))
        assert (second.before, second.checkpoint.size) == (
            first.checkpoint.size, first.checkpoint.size + 1,
        )  # fmt: skip
        keys = (log_key().verifier, read_key(second.key))
        assert verified(read_note(second.note), keys, signing.verify) == keys
        assert witness.see(PackLog(packs["second"])).before == second.checkpoint.size
        with pytest.raises(LogRefusedError, match="was shortened"):
            witness.see(PackLog(packs["first"]))
        with transaction.atomic():
            rebuilt(5)
            export(tmp_path / "forked.zip", acting_user=author)
            transaction.set_rollback(True)
        with pytest.raises(LogRefusedError, match="was forked"):
            witness.see(PackLog(tmp_path / "forked.zip"))
        kept = witness.kept()
        assert kept is not None
        assert kept == second.checkpoint
        # The control: a witness that has seen nothing believes the forked log.
        fresh = Witness(tmp_path / "fresh").see(PackLog(tmp_path / "forked.zip"))
        assert fresh.checkpoint.size > second.checkpoint.size


def test_the_command_line_proves_a_decision_and_says_what_is_wrong(
    ran: Troth, tmp_path: Path
) -> None:
    decision = ran.one("SELECT min(id) FROM store_decision")
    told = ran("audit", "prove", decision, "--json").json()
    assert told["faults"] == []
    (proof,) = told["proofs"]
    assert {row["key"] for row in proof["rows"]} == {decision}
    missing = ran("audit", "prove", "dec_nothing")
    assert (missing.code, "list.not-found" in missing.err) == (2, True)
    assert ran("audit", "verify").code == 0
    index = proof["entry"]["index"]
    ran.rows("UPDATE store_auditrow SET op = 'delete' WHERE entry_id = %s AND position = 0", index)
    answer = ran("audit", "verify", "--json")
    assert answer.code == 1
    assert answer.json()["fault"]["index"] == index
    shown = ran("audit", "show", str(index), "--json").json()
    assert shown["envelope"] == json.loads(proof["entry"]["envelope"])
    listed = ran("audit", "list", "--json", "--limit", "3").json()
    assert [row["id"] for row in listed] == sorted((row["id"] for row in listed), reverse=True)


def test_a_witness_at_the_command_line_leaves_with_1_where_it_refuses(
    ran: Troth, tmp_path: Path
) -> None:
    first, second, state = tmp_path / "1.zip", tmp_path / "2.zip", tmp_path / "state"
    for pack in (first, second):
        ran("audit", "export", pack)
    assert ran("audit", "witness", "--log", second, "--state", state, "--json").code == 0
    refused = ran("audit", "witness", "--log", first, "--state", state)
    assert refused.code == 1
    assert "was shortened" in refused.out
    assert ran("audit", "verify", "--since", state).code == 0
    unreadable = ran("audit", "witness", "--log", tmp_path / "nothing.zip", "--state", state)
    assert (unreadable.code, "ledger.unreadable" in unreadable.err) == (2, True)
