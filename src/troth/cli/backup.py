"""`troth backup`: put everything that cannot be made again into one file; check such files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from django.db import connections
from django.utils import timezone

from troth.actions import backups
from troth.actions.restore_checks import known_marks, require_dumped_log, require_signature
from troth.cli.failing import FoundProblemsError
from troth.cli.printing import ERR, OUT, BarReporter, print_json, progress_bars
from troth.cli.starting import needs_database, workspace_option
from troth.connectors.workspace import Workspace, WorkspaceError, find_workspace
from troth.core.ledger.canonical import instant_text
from troth.core.ledger.notes import VerifierKey, read_key
from troth.store.backups.archive import Archive, read_archive
from troth.store.backups.keys import SHORTEST_PASSPHRASE
from troth.store.connecting import database_urls
from troth.store.models import User

PASSPHRASE = "TROTH_BACKUP_PASSPHRASE"


class _MakesByDefault(click.Group):
    """`troth backup FILE` is `troth backup make FILE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, "-h", "--help"}:
            args = ["make", *args]
        return super().parse_args(ctx, args)


@click.group("backup", cls=_MakesByDefault)
def command() -> None:
    """Back the workspace up into one file, and check such files."""


@command.command("make")
@click.argument("place", required=False, type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a file of that name.")
@click.option("--with-keys", is_flag=True, help=f"Add the keys, under a passphrase ({PASSPHRASE}).")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def make_command(
    place: Path | None,
    force: bool,
    with_keys: bool,
    as_json: bool,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Write PLACE (a file *.troth-backup, or a folder; by default backups/). Exports are not in
    it, and keys only where they are asked for."""
    path = backups.backup_path(workspace, place, at=timezone.now())
    passphrase = asked_passphrase(is_new=True) if with_keys else None
    app_url, owner_url = database_urls(connections)
    with progress_bars(is_quiet=as_json) as bars:
        made = backups.back_up(
            workspace,
            path,
            acting_user=acting_user,
            reader_url=backups.reader_url(workspace, app_url=app_url, owner_url=owner_url),
            reporter=BarReporter(bars),
            passphrase=passphrase,
            is_forced=force,
        )
    if as_json:
        print_json({"path": str(made.path), "bytes": made.size, "problems": list(made.problems)}
                   | _document(made.manifest))  # fmt: skip
    else:
        OUT.print(f"{made.path}: {made.size / 1e6:,.1f} MB", soft_wrap=True, markup=False)
        _show(made.manifest)
        OUT.print(
            f"The keys are in it, under the passphrase: {', '.join(backups.keys_of(workspace))}."
            if made.manifest.has_keys
            else "The keys are not in it: keep .troth/workspace.key and .troth/audit.key elsewhere."
        )
        OUT.print("Not in it: exports/, and column tables, which are made again.")
    _say(made.problems)


@command.command("verify")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--since", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="A signed checkpoint that you have kept.")  # fmt: skip
@click.option("--audit-key", help="The log's public key, name+id+base64, as you have kept it.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@workspace_option
def verify_command(
    file: Path,
    since: Path | None,
    audit_key: str | None,
    as_json: bool,
    workspace_directory: Path | None,
) -> None:
    """Check every byte of FILE, its signature and the audit log in it. Needs no database."""
    workspace = _workspace(workspace_directory)
    archive = checked_archive(file, is_quiet=as_json)
    known = known_key(workspace, audit_key)
    key = require_signature(archive, known)
    marks = known_marks(workspace, since, key)
    verdict = require_dumped_log(archive, marks)
    problems = []
    if verdict.lost_to > verdict.size:
        problems.append(
            f"It is older than the last known checkpoint: audit entries {verdict.size:,} to "
            f"{verdict.lost_to - 1:,} are not in it."
        )
    if as_json:
        print_json(
            {"signed_by": key.name, "is_known_key": known is not None, "marks": verdict.marks,
             "problems": problems} | _document(archive.manifest)
        )  # fmt: skip
    else:
        _show(archive.manifest)
        OUT.print(
            f"Signed by {key.name}"
            + (", as expected." if known else ": compare the key with the one that you have kept."),
            soft_wrap=True,
        )
        OUT.print(f"The log was computed again and agrees with {verdict.marks} checkpoints kept.")
    _say(problems)


def checked_archive(file: Path, *, is_quiet: bool) -> Archive:
    """A backup whose every byte was read. Raises DamagedBackupError."""
    with progress_bars(is_quiet=is_quiet) as bars:
        task = bars.add_task("read the backup", total=file.stat().st_size)
        return read_archive(file, progress=lambda count: bars.update(task, completed=count))


def known_key(workspace: Workspace | None, given: str | None) -> VerifierKey | None:
    """The public key that a signature has to be of; None where none is known. Raises NoteError."""
    if given:
        return read_key(given)
    return None if workspace is None else backups.own_key(workspace)


def asked_passphrase(*, is_new: bool) -> str:
    """From the environment, or typed."""
    given = os.environ.get(PASSPHRASE)
    if given is None:
        given = click.prompt(
            "Passphrase for the keys", hide_input=True, confirmation_prompt=is_new, err=True
        )
    if is_new and len(given) < SHORTEST_PASSPHRASE:
        raise click.ClickException(
            f"The passphrase has {len(given)} characters; expected {SHORTEST_PASSPHRASE} or more. "
            "Nothing was written."
        )
    return str(given)


def _workspace(directory: Path | None) -> Workspace | None:
    try:
        return find_workspace(directory)
    except WorkspaceError:
        if directory is not None:
            raise
        return None  # a backup can be checked anywhere


def _document(manifest: Any) -> dict[str, Any]:
    return {
        "made_at": instant_text(manifest.made_at),
        "workspace": manifest.workspace,
        "troth": manifest.troth_version,
        "postgresql": manifest.server_version,
        "rows": sum(table.rows for table in manifest.tables.values()),
        "tables": {name: table.rows for name, table in manifest.tables.items()},
        "log": {"size": manifest.log.size, "root": manifest.log.root},
        "checkpoint": manifest.checkpoint,
        "has_keys": manifest.has_keys,
    }


def _show(manifest: Any) -> None:
    rows = sum(table.rows for table in manifest.tables.values())
    OUT.print(
        f"{manifest.workspace} at {instant_text(manifest.made_at)}: {rows:,} rows in "
        f"{len(manifest.tables)} tables, {manifest.log.size:,} audit entries, "
        f"Troth {manifest.troth_version}, PostgreSQL {manifest.server_version}.",
        soft_wrap=True,
        markup=False,
    )


def _say(problems: Any) -> None:
    for problem in problems:
        ERR.print(problem, soft_wrap=True, markup=False)
    if problems:
        raise FoundProblemsError
