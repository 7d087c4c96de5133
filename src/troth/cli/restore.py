"""`troth restore FILE`: make a workspace again from a backup, and check that it is the same."""

from __future__ import annotations

from pathlib import Path

import click
from django.db import connections

from troth.actions.backups import target_of
from troth.actions.restore_checks import require_signature
from troth.actions.restores import Restored, Wishes, lay_workspace, restore
from troth.cli.backup import asked_passphrase, checked_archive, known_key
from troth.cli.failing import FoundProblemsError
from troth.cli.printing import ERR, OUT, BarReporter, print_json, progress_bars
from troth.cli.starting import database
from troth.connectors.workspace import FILE_NAME, Workspace, find_workspace
from troth.core.ledger.canonical import instant_text
from troth.store.backups.archive import KEYS, Archive
from troth.store.backups.keys import open_keys
from troth.store.connecting import database_urls

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("restore")
@click.argument("file", type=_FILE)
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), envvar="TROTH_WORKSPACE",
              help="A workspace, or a new folder; by default the nearest upwards.")  # fmt: skip
@click.option("--since", type=_FILE, help="A signed checkpoint that you have kept.")
@click.option("--audit-key", help="The log's public key, name+id+base64, as you have kept it.")
@click.option("--with-keys", is_flag=True, help="Put the keys in it in place; asks the passphrase.")
@click.option("--thorough", is_flag=True, help="Decide again everything that was ever decided.")
@click.option("--replace", is_flag=True, help="Replace what is there; asks for the name of it.")
@click.option("--confirm", help="The workspace's name, where nobody can be asked for --replace.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(
    file: Path,
    into: Path | None,
    since: Path | None,
    audit_key: str | None,
    with_keys: bool,
    thorough: bool,
    replace: bool,
    confirm: str | None,
    as_json: bool,
) -> None:
    """Restore FILE into an empty workspace. Nothing is touched before all of it was checked; the
    old database gives way last, in one step."""
    archive = checked_archive(file, is_quiet=as_json)
    is_new = into is not None and not (into / FILE_NAME).exists()
    there = None if is_new else find_workspace(into)
    key = require_signature(archive, known_key(there, audit_key))
    keys = _keys(archive) if with_keys else {}
    if replace and there is not None:
        _confirm(there, confirm)
    workspace = there or lay_workspace(archive, _new_folder(into), keys=keys)
    wishes = Wishes(
        key=key,
        since=since,
        keys=keys,
        is_replacing=replace,
        is_thorough=thorough,
    )
    with database(workspace), progress_bars(is_quiet=as_json) as bars:
        app_url, owner_url = database_urls(connections)
        target = target_of(workspace, app_url=app_url, owner_url=owner_url)
        done = restore(archive, workspace, target, wishes=wishes, reporter=BarReporter(bars))
    _show(done, workspace, as_json=as_json)
    if done.problems:
        raise FoundProblemsError


def _keys(archive: Archive) -> dict[str, bytes]:
    if not archive.manifest.has_keys:
        raise click.ClickException(
            f"{archive.path} holds no keys. Restore without --with-keys, and put .troth/workspace"
            ".key and .troth/audit.key back from where you keep them."
        )
    return open_keys(archive.small(KEYS), asked_passphrase(is_new=False))


def _new_folder(into: Path | None) -> Path:
    assert into is not None  # a new one was named
    if into.exists() and any(into.iterdir()):
        raise click.ClickException(
            f"{into} holds files and is no workspace. Name a folder that is new or empty."
        )
    return into


def _confirm(workspace: Workspace, confirm: str | None) -> None:
    if confirm is None:
        confirm = click.prompt(
            f"This replaces everything in {workspace.directory}. Type its name, {workspace.name}",
            err=True,
        )
    if confirm != workspace.name:
        raise click.ClickException(
            f"{confirm!r} is not the name of the workspace, {workspace.name!r}. "
            "Nothing was touched."
        )


def _show(done: Restored, workspace: Workspace, *, as_json: bool) -> None:
    if as_json:
        print_json({**vars(done), "backup": str(done.backup), "into": str(workspace.directory)})
    else:
        _tell(done, workspace)
    for problem in done.problems:
        ERR.print(problem, soft_wrap=True, markup=False)


def _tell(done: Restored, workspace: Workspace) -> None:
    lines = [
        f"Restored {workspace.directory} as it was at {instant_text(done.made_at)}.",
        f"{done.rows:,} rows, each table the same as in the backup.",
        f"The audit log of {done.log_size:,} entries was computed again; it has the signed root.",
        f"It agrees with {done.marks} checkpoints kept outside of the database.",
        f"{done.receipts:,} receipts decided again.",
    ]
    if done.migrated:
        lines.append(f"Tables brought up: {', '.join(done.migrated)}.")
    if done.keys:
        lines.append(f"Keys put in place: {', '.join(done.keys)}.")
    if done.erased:
        lines.append(f"{done.erased} subjects were erased again, as the journal says.")
    if done.live_tokens:
        lines.append(
            f"{done.live_tokens} API tokens are valid, as they were then: revoke those that were "
            "revoked since (`troth user tokens`). Nobody is signed in."
        )
    for line in lines:
        OUT.print(line, soft_wrap=True, markup=False)
