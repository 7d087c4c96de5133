"""The audit log over HTTP: what a program may read, prove and witness."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from tests.api.company import Caller, caller

from troth.actions.people import add_user, system_user
from troth.actions.signing import verify
from troth.actions.witnessing import HttpLog, Witness
from troth.core.access.roles import Role
from troth.core.ledger.notes import read_checkpoint, read_key, read_note, verified
from troth.core.ledger.tree import leaf_hash, verify_inclusion


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path) -> Iterator[None]:
    """A place for the log's key."""
    with override_settings(WORKSPACE=tmp_path):
        yield


@pytest.fixture
def auditor(db: None) -> Caller:
    return caller(Role.AUDITOR)


def told(auditor: Caller, address: str) -> Any:
    answer = auditor.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_an_auditor_reads_entries_to_the_byte_and_their_leaves(auditor: Caller) -> None:
    listed = told(auditor, "/audit/entries?limit=1")
    newest = listed["data"][0]["index"]
    entry = told(auditor, f"/audit/entries/{newest}")
    assert json.loads(entry["envelope"])["rows"]["count"] == len(entry["rows"])
    leaves = told(auditor, f"/audit/leaves?start={newest}&count=1")["leaves"]
    assert leaves == [leaf_hash(entry["envelope"].encode()).hex()]
    assert auditor.get("/audit/entries/999999").status_code == 404
    assert auditor.get("/audit/entries/x").status_code == 404


def test_a_checkpoint_is_made_once_and_proves_what_was_written(auditor: Caller) -> None:
    assert auditor.get("/audit/checkpoint").status_code == 404
    made = auditor.post("/audit/checkpoint", "").json()
    assert auditor.post("/audit/checkpoint", "").json() == made
    assert told(auditor, "/audit/checkpoint") == made
    key = read_key(made["key"])
    assert verified(read_note(made["note"]), [key], verify) == (key,)
    (proof,) = told(auditor, f"/audit/proofs/{made['size'] - 1}")["data"]
    entry = proof["entry"]
    head = read_checkpoint(read_note(entry["checkpoint"]).text)
    assert verify_inclusion(
        leaf_hash(entry["envelope"].encode()),
        index=entry["index"],
        size=head.size,
        path=[bytes.fromhex(item) for item in entry["path"]],
        root=head.root,
    )


def test_what_no_checkpoint_covers_is_not_proved_and_the_answer_says_how(auditor: Caller) -> None:
    size = auditor.post("/audit/checkpoint", "").json()["size"]
    add_user(username="later", name="Later", role=Role.AGENT, acting_user=system_user())
    answer = auditor.get(f"/audit/proofs/{size}")
    assert answer.status_code == 404
    assert "POST /api/v1/audit/checkpoint" in answer.json()["detail"]
    assert auditor.get("/audit/proofs/nothing").status_code == 404


def test_a_witness_follows_the_log_over_http(auditor: Caller, tmp_path: Path) -> None:
    log = HttpLog(lambda address: told(auditor, address))
    auditor.post("/audit/checkpoint", "")
    witness = Witness(tmp_path / "witness")
    first = witness.see(log)
    add_user(username="later", name="Later", role=Role.AGENT, acting_user=system_user())
    auditor.post("/audit/checkpoint", "")
    second = witness.see(log)
    assert (second.before, second.checkpoint.size) == (
        first.checkpoint.size,
        first.checkpoint.size + 1,
    )


def test_who_may_not_see_the_log_is_refused_each_of_its_addresses(program: Caller) -> None:
    for address in (
        "/audit/entries", "/audit/entries/0", "/audit/checkpoint", "/audit/proofs/0",
        "/audit/consistency?old=0&new=1", "/audit/leaves",
    ):  # fmt: skip
        assert program.get(address).status_code == 403, address
    assert program.post("/audit/checkpoint", "").status_code == 403
