"""Does the log in the database stand up to its owner, and can a stranger check a pack of it?"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from tests.architecture.source import ROOT
from tests.databases import unhidden
from tests.workspaces import Troth, blank, finished, ran, simulated

from troth.actions import signing
from troth.actions.checkpoints import LogBrokenError, make_checkpoint
from troth.actions.evidence import export
from troth.actions.people import system_user
from troth.actions.recording import recorded
from troth.actions.signing import log_key
from troth.actions.verifying import Kept, Verdict, read_kept, verify_log
from troth.actions.witnessing import LogRefusedError, PackLog, Witness, kept_leaves
from troth.core.ledger.notes import read_checkpoint, read_key, read_note, verified
from troth.core.ledger.tree import Growing, leaf_hash
from troth.store.connecting import connect_to
from troth.store.models import (
    AuditCheckpoint,
    AuditEntry,
    AuditNode,
    AuditRow,
    Clock,
    Crosswalk,
    Customer,
    Promise,
)

__all__ = ["blank", "finished", "ran", "simulated"]
TOOL = ROOT / "tools" / "verify_audit.py"


@contextmanager
def as_owner(troth: Troth) -> Iterator[None]:
    """Django speaks to the database as its owner, who may do anything to it."""
    settings.WORKSPACE = troth.directory
    connect_to(connections, app_url=unhidden(troth.owner_url), owner_url=troth.owner_url)
    yield


def sql(query: str, *parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        return cursor.fetchall() if cursor.description else []


def after(attack: Callable[[], object], since: Kept | None = None) -> Verdict:
    """What verifying says after an attack, which is then undone."""
    with transaction.atomic():
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        attack()
        verdict = verify_log(acting_user=system_user(), since=since)
        transaction.set_rollback(True)
    return verdict


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


def rebuilt(index: int) -> None:
    """Say in one entry that somebody else did it, and make every hash of the log fit again."""
    entry = AuditEntry.objects.get(pk=index)
    text = entry.envelope.replace('"subject":"', '"subject":"x', 1)
    leaf, subject = leaf_hash(text.encode()), f"x{entry.subject}"
    AuditEntry.objects.filter(pk=index).update(envelope=text, leaf_hash=leaf, subject=subject)
    AuditNode.objects.all().delete()
    AuditCheckpoint.objects.all().delete()
    tree = Growing()
    for stored in AuditEntry.objects.order_by("index").values_list("leaf_hash", flat=True):
        for level, place, node in tree.add(bytes(stored)):
            AuditNode.objects.create(level=level, index=place, hash=node)


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


# --- the offline tool ---


def checked(pack: Path, *arguments: str | Path) -> tuple[int, str]:
    """The tool as a process of its own, in which nothing of Troth can be imported."""
    done = subprocess.run(
        [sys.executable, "-I", TOOL, pack, *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def changed_pack(pack: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """A copy of a pack in which one file is another."""
    copy = pack.with_name(f"{pack.stem}-changed.zip")
    with ZipFile(pack) as whole, ZipFile(copy, "w") as other:
        for item in whole.namelist():
            content = whole.read(item)
            other.writestr(item, change(content) if item == name else content)
    return copy


def line_changed(index: int, before: bytes, now: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        lines = content.split(b"\n")
        assert before in lines[index]
        lines[index] = lines[index].replace(before, now, 1)
        return b"\n".join(lines)

    return change


def without_line(index: int) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        lines = content.split(b"\n")
        del lines[index]
        return b"\n".join(lines)

    return change


def test_the_offline_tool_needs_nothing_of_troth_and_stays_short() -> None:
    text = TOOL.read_text("utf-8")
    assert len(text.splitlines()) <= 300
    assert re.search(r"^\s*(from|import) troth", text, re.MULTILINE) is None


def test_a_stranger_finds_an_intact_pack_sound_and_a_tampered_one_not(
    ran: Troth, tmp_path: Path
) -> None:
    pack = tmp_path / "pack.zip"
    told = ran("audit", "export", pack, "--json").json()
    key = told["key"]
    code, said = checked(pack, "--key", key, "--time")
    assert code == 0, said
    assert f"entries 0 to {told['end'] - 1}: as they were written" in said
    assert re.search(r"bare SHA-256 of these [\d,]+ bytes", said)
    code, said = checked(pack)
    assert code == 0
    assert "taken from the pack itself" in said
    drop = {
        "entry edited": ("entries.jsonl", line_changed(6, b'"actor":', b'"actor":1'), "entry 6"),
        "entry gone": ("entries.jsonl", without_line(6), "entry 6"),
        "leaf edited": ("leaves.txt", line_changed(6, b"a", b"b"), "entry 6"),
        "row edited": ("rows.jsonl", line_changed(0, b'"write"', b'"delete"'), "entry 0"),
        "row gone": ("rows.jsonl", without_line(0), "entry 0"),
        "policy edited": (
            "policies.jsonl", line_changed(0, b'"reason":"', b'"reason":"x'), "policy version",
        ),
        "policy gone": ("policies.jsonl", without_line(0), "is not in the pack"),
        "checkpoint edited": (
            "checkpoint.txt", lambda text: text.replace(b"\n", b"\n1", 1), "not over this text",
        ),
        "proof shortened": (
            "proof.json", lambda text: text.replace(b'"to": ', b'"to": 1', 1), "entry ",
        ),
    }  # fmt: skip
    for name, (file, change, expected) in drop.items():
        code, said = checked(changed_pack(pack, file, change), "--key", key)
        assert (name, code) == (name, 1), said
        assert expected in said, name


def test_a_pack_of_a_part_proves_it_within_the_whole_and_a_stranger_needs_the_right_key(
    ran: Troth, tmp_path: Path
) -> None:
    pack, kept = tmp_path / "part.zip", tmp_path / "kept.txt"
    made = ran("audit", "checkpoint", "--output", kept, "--json").json()
    key = made["key"]
    assert ran("audit", "export", pack, "--from", "5", "--to", "11").code == 0
    code, said = checked(pack, "--key", key)
    assert code == 0, said
    assert "entries 5 to 10: as they were written" in said
    code, said = checked(
        changed_pack(pack, "entries.jsonl", line_changed(2, b'"actor":', b'"actor":1')),
        "--key", key,
    )  # fmt: skip
    assert (code, "entry 7" in said) == (1, True)
    behind = tmp_path / "behind.zip"
    ran("audit", "export", behind, "--from", str(made["size"]))
    assert checked(behind, "--key", key)[0] == 0
    assert checked(behind, "--key", key, "--since", kept)[0] == 2  # it is over what is before
    whole = tmp_path / "whole.zip"
    ran("audit", "export", whole)
    assert checked(whole, "--key", key, "--since", kept)[0] == 0
    name, _, _ = key.partition("+")
    other = signing.kept_key(tmp_path / "other.key", name=name, kind=1).verifier.written()
    assert checked(pack, "--key", other)[0] == 1
    assert checked(pack, "--key", "nonsense")[0] == 2
    assert checked(kept)[0] == 2
    refused = ran("audit", "export", pack, "--from", "9", "--to", "9")
    assert refused.code == 2
    assert "ledger.range" in refused.err


def test_the_offline_tool_tells_a_rebuilt_log_by_the_checkpoint_that_the_auditor_kept(
    ran: Troth, tmp_path: Path
) -> None:
    with as_owner(ran):
        author = system_user()
        kept, pack = tmp_path / "kept.txt", tmp_path / "rebuilt.zip"
        kept.write_text(make_checkpoint(acting_user=author).note, "utf-8")
        key = log_key().verifier.written()
        with transaction.atomic():
            rebuilt(5)
            export(pack, acting_user=author)
            transaction.set_rollback(True)
    assert checked(pack, "--key", key)[0] == 0  # the control: without the kept checkpoint
    code, said = checked(pack, "--key", key, "--since", kept)
    assert code == 1
    assert "entry 0: this or one up to" in said


# --- the command line ---


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
