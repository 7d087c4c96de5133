"""`troth audit`: who wrote what, and the proof that nobody changed it since."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from troth.actions.checkpoints import make_checkpoint
from troth.actions.evidence import export
from troth.actions.signing import log_key, verify
from troth.actions.verifying import Kept, read_kept, verify_log
from troth.actions.witnessing import LogRefusedError, Witness, kept_leaves, open_log
from troth.cli.failing import FoundProblemsError
from troth.cli.printing import ERR, OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.ledger.notes import VerifierKey, read_checkpoint, read_key, read_note
from troth.core.ledger.proofs import faults_of
from troth.store.models import User
from troth.store.queries.audit import find_entries
from troth.store.queries.ledger import envelope, rows_of
from troth.store.queries.proofs import prove
from troth.store.queries.viewing import viewer_of

_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")
_PATH = click.Path(path_type=Path)


@click.group("audit")
def command() -> None:
    """Who wrote what, and the proof that nobody changed it since."""


@command.command("list")
@click.option("--about", default="", help="How the subject begins.")
@click.option("--action", default="", help="Only this action.")
@click.option("--by", default="", help="Only this user's.")
@click.option("--limit", default=50, show_default=True)
@_JSON
@needs_database
def list_command(about: str, action: str, by: str, limit: int, as_json: bool, **given: Any) -> None:
    """The entries of the log, newest first."""
    found = find_entries(
        viewer=viewer_of(given["acting_user"]), q=about, action=action, actor=by, size=limit
    )
    if as_json:
        print_json([vars(row) for row in found.rows])
        return
    print_table(
        f"Audit log: {found.total:,} entries",
        ("entry", "at", "who", "what", "about", "rows"),
        [(row.id, row.at, row.actor, row.action, row.subject, row.row_count) for row in found.rows],
        right=("entry", "rows"),
    )


@command.command("show")
@click.argument("index", type=click.IntRange(min=0))
@_JSON
@needs_database
def show_command(index: int, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """One entry as it was hashed, with the rows that it commits to."""
    viewer = viewer_of(acting_user)
    text = envelope(viewer=viewer, index=index)
    rows = rows_of(viewer=viewer, index=index)
    if as_json:
        listed = [
            {"table": row.table, "key": row.key, "op": row.op, "digest": row.digest.hex()}
            for row in rows
        ]
        print_json({"index": index, "envelope": json.loads(text), "rows": listed})
        return
    OUT.print_json(text)
    print_table(
        f"{len(rows):,} rows",
        ("table", "key", "op", "digest"),
        [(row.table, row.key, row.op, row.digest.hex()) for row in rows],
    )


@command.command("checkpoint")
@click.option("--output", type=_PATH, help="Write it here; keep it where nobody here can write.")
@_JSON
@needs_database
def checkpoint_command(
    output: Path | None, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """Sign the head of the log; the same again where nothing was written since."""
    made = make_checkpoint(acting_user=acting_user)
    if output is not None:
        output.write_text(made.note, "utf-8")
    if as_json:
        print_json(
            {
                "size": made.size,
                "root": bytes(made.root).hex(),
                "note": made.note,
                "key": log_key().verifier.written(),
            }
        )
        return
    OUT.print(made.note, end="", soft_wrap=True, markup=False)
    ERR.print(f"Key: {log_key().verifier.written()}", soft_wrap=True, markup=False)


@command.command("prove")
@click.argument("thing")
@_JSON
@needs_database
def prove_command(thing: str, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Prove what was written about THING: an entry's number, a decision, a customer, an order.

    Makes a checkpoint where the newest does not cover it. Each proof is verified before it is
    shown.
    """
    make_checkpoint(acting_user=acting_user)
    proofs = prove(viewer=viewer_of(acting_user), key=thing)
    key = log_key().verifier
    faults = [fault for proof in proofs for fault in faults_of(proof, [key], verify)]
    if as_json:
        found = [proof.document() for proof in proofs]
        print_json({"key": key.written(), "proofs": found, "faults": faults})
    else:
        for proof in proofs:
            said = json.loads(proof.entry.envelope)
            OUT.print(
                f"entry {proof.entry.index}: {said['action']} at {said['at']}, "
                f"{len(proof.entry.path)} hashes up to the root; "
                f"{len(proof.rows)} of its {said['rows']['count']} rows proved",
                soft_wrap=True,
                markup=False,
            )
        for fault in faults:
            ERR.print(fault, soft_wrap=True, markup=False)
    if faults:
        raise FoundProblemsError


@command.command("verify")
@click.option(
    "--since",
    type=click.Path(path_type=Path, exists=True),
    help="A checkpoint that was kept elsewhere, or a witness's folder, which names the very entry.",
)
@click.option("--key", "key_text", help="The log's public key, from where you trust it.")
@_JSON
@needs_database
def verify_command(
    since: Path | None,
    key_text: str | None,
    as_json: bool,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Compute every entry, fact, row and policy again; name the first that is wrong."""
    key = read_key(key_text) if key_text else log_key().verifier
    kept = None if since is None else _kept(since, key)
    verdict = verify_log(acting_user=acting_user, since=kept, key=key)
    fault = verdict.fault
    if as_json:
        checked = verdict.checked
        print_json(
            {
                "entries": checked.entries,
                "rows": checked.rows,
                "rows_compared": verdict.compared,
                "signed_roots": checked.marks,
                "root": checked.root.hex(),
                "fault": None if fault is None else vars(fault),
            }
        )
    else:
        OUT.print(verdict.sentence, soft_wrap=True, markup=False)
    if fault is not None:
        raise FoundProblemsError


def _kept(since: Path, key: VerifierKey) -> Kept:
    if since.is_dir():
        return read_kept((since / "checkpoint").read_bytes(), key, leaves=kept_leaves(since))
    return read_kept(since.read_bytes(), key)


@command.command("export")
@click.argument("file", type=_PATH)
@click.option("--from", "start", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--to", "end", type=click.IntRange(min=1), help="The entry behind the last one.")
@_JSON
@needs_database
def export_command(
    file: Path,
    start: int,
    end: int | None,
    as_json: bool,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Write an evidence pack, FILE.zip, that an auditor can check offline."""
    pack = export(file, acting_user=acting_user, start=start, end=end)
    key = log_key().verifier.written()
    if as_json:
        print_json(vars(pack) | {"file": str(file), "key": key})
        return
    OUT.print(
        f"{file}: entries {pack.start} to {pack.end - 1} of {pack.size}, {pack.rows:,} rows.\n"
        f"Check it with: python tools/verify_audit.py {file} --key '{key}'",
        soft_wrap=True,
        markup=False,
    )


@command.command("witness")
@click.option("--log", "place", required=True, help="A Troth's address, or an evidence pack.")
@click.option("--state", type=_PATH, required=True, help="The witness's own folder.")
@click.option("--key", default="", help="The log's public key, from where you trust it.")
@click.option("--name", default="witness", show_default=True, help="Of a new witness.")
@_JSON
def witness_command(place: str, state: Path, key: str, name: str, as_json: bool) -> None:
    """Sign the log's newest checkpoint if the log only grew; refuse a shortened or forked one.

    Needs no workspace. A token for an address is read from TROTH_TOKEN.
    """
    witness = Witness(state, name=name)
    try:
        log = open_log(place, token=os.environ.get("TROTH_TOKEN", ""))
        seen = witness.see(log, key=key)
    except LogRefusedError as error:
        if as_json:
            print_json({"is_refused": True, "why": str(error)})
        else:
            OUT.print(str(error), soft_wrap=True, markup=False)
        raise FoundProblemsError from error
    head = read_checkpoint(read_note(seen.note).text)
    if as_json:
        print_json(
            {"is_refused": False, "before": seen.before, "size": head.size, "note": seen.note,
             "key": seen.key}
        )  # fmt: skip
        return
    OUT.print(seen.note, end="", soft_wrap=True, markup=False)
    ERR.print(
        f"{head.size - seen.before} new entries on top of {seen.before}. Key: {seen.key}",
        soft_wrap=True,
        markup=False,
    )
