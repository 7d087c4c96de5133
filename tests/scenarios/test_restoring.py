"""Is a workspace the same after it was restored, and is a changed backup refused?"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import tarfile
import time
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from tests.scenarios.backing_up import ask, backed_up, digests, empty, reads_all, seeing, seen
from tests.workspaces import Troth, spawn

from troth.actions.backups import manifest_text
from troth.actions.signing import read_signing_key
from troth.core.ledger.notes import ED25519, Note, signed
from troth.core.ledger.tree import Growing, leaf_hash
from troth.store.backups import archive as archives
from troth.store.backups.archive import DUMP, KEYS, MANIFEST, SIGNATURE, read_archive
from troth.store.backups.errors import DamagedBackupError
from troth.store.server import Server

__all__ = ["reads_all"]  # for every test here


def changed(path: Path, to: Path, at: int) -> Path:
    """A copy with one bit flipped."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    to.write_bytes(content)
    return to


def places(path: Path) -> dict[str, int]:
    """The middle byte of each part."""
    with tarfile.open(path) as tar:
        return {item.name: item.offset_data + item.size // 2 for item in tar}


def test_a_restored_workspace_is_the_same_and_proves_it(
    ran: Troth, server: Server, tmp_path: Path
) -> None:
    path = backed_up(ran, tmp_path / "one.troth-backup", "--with-keys")
    assert path.stat().st_mode & 0o777 == 0o600
    before = digests(ran)
    assert before["store_decision"][0] > 100  # there is something to compare
    size = seen(ran, "SELECT size FROM store_audithead")[0][0]
    with empty(server, tmp_path / "other") as other:
        code, out, err = ask(
            other, "restore", path, "--into", other.directory, "--with-keys", "--json"
        )
        assert code == 0, err
        done = json.loads(out)
        assert digests(other) == before
        assert done["receipts"] == 200
        assert done["lost"] is None
        # The one entry more is the restore's own; the last of the old ones told of the backup.
        entries = seen(
            other, "SELECT index, action FROM store_auditentry ORDER BY index DESC LIMIT 1"
        )
        assert entries == [(done["log_size"], "workspace:backup:restored")]
        assert done["log_size"] == size - 1
        for name in ("workspace.key", "audit.key"):
            mine, theirs = ran.directory / ".troth" / name, other.directory / ".troth" / name
            if mine.exists():
                assert mine.read_bytes() == theirs.read_bytes()
        assert (other.directory / "sources/erp.yaml").read_bytes() == (
            ran.directory / "sources/erp.yaml"
        ).read_bytes()
        verified = other("receipts", "verify", "--json")
        assert verified.json()["differences"] == []
        audited = other("audit", "verify")
        assert audited.code == 0, audited.out + audited.err
        # What is landed and decided already is neither landed nor decided again.
        shutil.copytree(ran.directory / "exports", other.directory / "exports", dirs_exist_ok=True)
        assert other.run()["decisions_written"] == 0


def test_a_flipped_bit_in_any_part_is_refused_before_anything_is_touched(
    ran: Troth, tmp_path: Path
) -> None:
    path = backed_up(ran, tmp_path / "one.troth-backup", "--with-keys")
    before = digests(ran)
    found = places(path)
    assert {DUMP, KEYS, MANIFEST, SIGNATURE, "troth.toml"} <= found.keys()
    assert sum(name.startswith("sources/") for name in found) == 4
    for name, at in found.items():
        bad = changed(path, tmp_path / "bad.troth-backup", at)
        code, _, err = ask(ran, "restore", bad, "--replace", "--confirm", "Simulated company")
        assert code == 2, name
        assert "backup:damaged" in err or "backup:signature" in err, name
    assert digests(ran) == before
    with pytest.raises(DamagedBackupError, match="not a whole backup"):
        (tmp_path / "cut").write_bytes(path.read_bytes()[:-4096])
        read_archive(tmp_path / "cut")
    # The control: unchanged, it is read to its end.
    assert read_archive(path).manifest.log.size > 0
    assert ask(ran, "backup", "verify", path)[0] == 0


def test_a_log_that_was_rewritten_and_hashed_again_is_caught_by_a_checkpoint_kept_elsewhere(
    ran: Troth, server: Server, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.note"
    honest = backed_up(ran, tmp_path / "honest.troth-backup")
    kept.write_text(read_archive(honest).manifest.checkpoint)
    rewrite(ran)
    shutil.rmtree(ran.directory / ".troth" / "checkpoints")  # and the traces in the workspace
    seen(ran, "DELETE FROM store_auditcheckpoint")
    forged = backed_up(ran, tmp_path / "forged.troth-backup")
    public = read_archive(honest).manifest.audit_key
    code, _, err = ask(ran, "backup", "verify", forged, "--since", kept)
    assert (code, "restore:log-differs" in err) == (2, True), err
    with empty(server, tmp_path / "other") as other:
        arguments = ["restore", forged, "--into", other.directory, "--audit-key", public]
        code, _, err = ask(other, *arguments, "--since", kept)
        assert (code, "restore:log-differs" in err) == (2, True), err
        assert not (digests(other))
    # The control: who kept no checkpoint elsewhere cannot know.
    with empty(server, tmp_path / "third") as third:
        arguments = ["restore", forged, "--into", third.directory, "--audit-key", public]
        code, _, err = ask(third, *arguments)
        assert "log-differs" not in err
        assert digests(third)["store_decision"][0] > 100


def rewrite(troth: Troth) -> None:
    """As a superuser: change what an entry says and make every hash over it fit again."""
    with psycopg.connect(seeing(troth), autocommit=True) as root:
        changed = root.execute(
            "UPDATE store_auditentry SET envelope = replace(envelope, 'landed', 'listed'),"
            " action = replace(action, 'landed', 'listed') WHERE index ="
            " (SELECT min(index) FROM store_auditentry WHERE action LIKE '%landed%')"
        )
        assert changed.rowcount == 1
        entries = root.execute("SELECT index, envelope FROM store_auditentry ORDER BY 1").fetchall()
        root.execute("DELETE FROM store_auditnode")
        tree = Growing()
        for index, envelope in entries:
            leaf = leaf_hash(envelope.encode())
            root.execute(
                "UPDATE store_auditentry SET leaf_hash = %s WHERE index = %s", [leaf, index]
            )
            for node in tree.add(leaf):
                root.execute(
                    "INSERT INTO store_auditnode (level, index, hash) VALUES (%s, %s, %s)", node
                )


def test_a_dump_that_was_exchanged_is_refused_though_its_hash_was_written_anew(
    ran: Troth, tmp_path: Path
) -> None:
    path = backed_up(ran, tmp_path / "one.troth-backup")
    seen(ran, "DELETE FROM store_promise WHERE ctid IN (SELECT ctid FROM store_promise LIMIT 1)")
    other = backed_up(ran, tmp_path / "two.troth-backup")
    mixed = mix(path, dump_of=other, to=tmp_path / "mixed.troth-backup")
    assert read_archive(mixed).manifest.log == read_archive(path).manifest.log  # every hash fits
    code, _, err = ask(ran, "backup", "verify", mixed)
    assert (code, "backup:signature" in err) == (2, True), err
    # Signed anew by whoever has the key, the rows are still not those that were counted.
    key = read_signing_key((ran.directory / ".troth/audit.key").read_text(), ED25519)
    content = read_archive(mixed).manifest_bytes
    text = manifest_text(key.verifier.name, content)
    note = Note(text=text, signatures=(signed(text, key.verifier, key.sign),)).written()
    again = mix(mixed, dump_of=other, to=tmp_path / "signed.troth-backup", note=note)
    before = digests(ran)
    code, _, err = ask(ran, "restore", again, "--replace", "--confirm", "Simulated company")
    assert (code, "restore:" in err) == (2, True), err
    assert digests(ran) == before


def mix(path: Path, *, dump_of: Path, to: Path, note: str | None = None) -> Path:
    """A backup with another one's dump, and a manifest that says so."""
    with tarfile.open(path) as old, tarfile.open(dump_of) as new, to.open("wb") as file:
        writer = archives.ArchiveWriter(file)
        for name in old.getnames():
            source = new if name == DUMP else old
            content = source.extractfile(name)
            assert content
            data = content.read()
            if name == MANIFEST:
                document = json.loads(data)
                document["parts"] = {n: vars(part) for n, part in writer.parts.items()}
                data = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False).encode()
            if name == SIGNATURE and note is not None:
                data = note.encode()
            writer.add(name, data)
        writer.finish()
    return to


def test_a_backup_older_than_what_was_signed_since_says_which_entries_are_lost(
    ran: Troth, tmp_path: Path
) -> None:
    path = backed_up(ran, tmp_path / "old.troth-backup")
    size = read_archive(path).manifest.log.size
    ran("user", "add", "later", "--name", "Later", "--role", "agent")
    newer = backed_up(ran, tmp_path / "new.troth-backup")
    last = read_archive(newer).manifest.log.size - 1
    code, out, err = ask(ran, "backup", "verify", path)
    assert code == 1
    code, out, err = ask(
        ran, "restore", path, "--replace", "--confirm", "Simulated company", "--json"
    )
    assert code == 1, err
    assert json.loads(out)["lost"] == [size, last]
    assert f"audit entries {size:,} to {last:,}" in err
    # The checkpoint of what is lost is kept as evidence and no longer stands in the way.
    aside = list((ran.directory / ".troth/checkpoints").glob("lost-*/*.note"))
    assert [int(item.stem) for item in aside] == [last + 1]
    assert seen(ran, "SELECT count(*) FROM store_user WHERE username = 'later'") == [(0,)]
    backed_up(ran, tmp_path / "next.troth-backup")


def test_a_restore_that_is_killed_leaves_what_was_there(ran: Troth, tmp_path: Path) -> None:
    path = backed_up(ran, tmp_path / "one.troth-backup")
    ran("user", "add", "later", "--name", "Later", "--role", "agent")
    before = digests(ran)
    connections.close_all()
    arguments = ["restore", path, "--replace", "--confirm", "Simulated company"]
    child = spawn(*arguments, **ran.environment, TROTH_BACKUP_URL=seeing(ran))
    begun = "SELECT 1 FROM pg_database WHERE datname = current_database() || '_restoring'"
    while not seen(ran, begun):
        assert child.poll() is None, child.communicate()
        time.sleep(0.01)
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
    assert digests(ran) == before
    # The control, and the way on: left alone, it replaces what was there.
    code, _, err = ask(ran, *arguments)
    assert code == 0, err
    assert seen(ran, "SELECT count(*) FROM store_user WHERE username = 'later'") == [(0,)]
    assert not seen(ran, begun)


def test_a_restore_replaces_nothing_that_nobody_named(ran: Troth, tmp_path: Path) -> None:
    path = backed_up(ran, tmp_path / "one.troth-backup")
    before = digests(ran)
    code, _, err = ask(ran, "restore", path)
    assert (code, "restore:not-empty" in err) == (2, True), err
    code, _, err = ask(ran, "restore", path, "--replace", "--confirm", "Another")
    assert (code, "Simulated company" in err) == (2, True), err
    with psycopg.connect(ran.app_url):
        code, _, err = ask(ran, "restore", path, "--replace", "--confirm", "Simulated company")
    assert (code, "restore:in-use" in err) == (2, True), err
    assert digests(ran) == before


def test_keys_open_with_their_passphrase_alone(
    ran: Troth, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = backed_up(ran, tmp_path / "one.troth-backup", "--with-keys")
    for key in (ran.directory / ".troth").glob("*.key"):
        assert key.read_bytes().strip()[-40:] not in path.read_bytes()
    monkeypatch.setenv("TROTH_BACKUP_PASSPHRASE", "another passphrase")
    with empty(server, tmp_path / "other") as other:
        code, _, err = ask(other, "restore", path, "--into", other.directory, "--with-keys")
        assert (code, "backup:passphrase" in err) == (2, True), err
        assert not other.directory.exists()
    monkeypatch.setenv("TROTH_BACKUP_PASSPHRASE", "short")
    code, _, err = ask(ran, "backup", tmp_path / "two.troth-backup", "--with-keys")
    assert (code, "12 or more" in err) == (2, True), err


def test_a_backup_without_keys_holds_none_and_the_restore_says_what_stays_closed(
    ran: Troth, server: Server, tmp_path: Path
) -> None:
    path = backed_up(ran, tmp_path / "one.troth-backup")
    assert KEYS not in read_archive(path).manifest.parts
    assert read_archive(path).manifest.workspace_key_id
    for key, is_told in ((bytes(32), True), (None, False)):
        with pytest.MonkeyPatch.context() as patch, empty(server, tmp_path / "other") as other:
            if key is not None:
                patch.setenv("TROTH_WORKSPACE_KEY", base64.b64encode(key).decode())
            code, _, err = ask(other, "restore", path, "--into", other.directory)
            assert (code, "workspace.key" in err) == (1, is_told), err
            assert "audit.key" in err  # it signs in the log's name, and stayed where it was
        shutil.rmtree(other.directory)


def test_who_was_erased_since_the_backup_is_erased_again_by_the_restore(
    ran: Troth, tmp_path: Path
) -> None:
    query = "SELECT customer_id FROM store_customerpersonal WHERE name <> '' ORDER BY 1 LIMIT 1"
    ((customer,),) = seen(ran, query)
    file = backed_up(ran, tmp_path / "before.troth-backup")
    assert ran("privacy", "erase", str(customer), "--json").code == 0
    held = f"SELECT count(*) FROM store_customerpersonal WHERE customer_id = '{customer}'"
    assert seen(ran, held) == [(0,)]
    restore = ("restore", file, "--replace", "--confirm", "Simulated company", "--json")
    code, out, err = ask(ran, *restore)
    assert code in (0, 1), err  # the log that was written since is told as lost
    assert json.loads(out)["erased"] == 1
    assert seen(ran, held) == [(0,)]
    # The control: the backup itself still holds the person.
    (ran.directory / ".troth" / "erasures.jsonl").unlink()
    code, out, err = ask(ran, *restore)
    assert json.loads(out)["erased"] == 0, err
    assert seen(ran, held) == [(1,)]
