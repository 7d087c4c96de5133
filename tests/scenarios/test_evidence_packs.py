"""Can a stranger check a pack of the log, offline and without Troth?"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

from django.db import transaction
from tests.architecture.source import ROOT
from tests.scenarios.under_attack import as_owner, rebuilt
from tests.workspaces import Troth, blank, finished, ran, simulated

from troth.actions import signing
from troth.actions.checkpoints import make_checkpoint
from troth.actions.evidence import export
from troth.actions.people import system_user
from troth.actions.signing import log_key

__all__ = ["blank", "finished", "ran", "simulated"]
TOOL = ROOT / "tools" / "verify_audit.py"


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
