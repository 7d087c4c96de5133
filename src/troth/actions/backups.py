"""How is a workspace backed up, whole, while people work in it?

In the file: the database as one snapshot shows it, troth.toml, mappings, policies and a
signed manifest. Not in it: exports, which come again from where they came, column
tables, which are made again, and keys, unless a passphrase is given for them.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from django.utils import timezone

from troth.actions.recording import recorded
from troth.actions.signing import SigningKey, log_key, read_signing_key
from troth.connectors.workspace import FILE_NAME, Workspace
from troth.core.access.roles import Right
from troth.core.ledger.notes import ED25519, Checkpoint, Note, VerifierKey, signed
from troth.store.backups.archive import (
    DUMP,
    KEYS,
    MANIFEST,
    SIGNATURE,
    SUFFIX,
    ArchiveWriter,
    require_room,
    writing_archive,
)
from troth.store.backups.databases import Target
from troth.store.backups.keys import FILES, key_id, seal_keys
from troth.store.backups.manifest import Manifest
from troth.store.backups.programs import Program, dump, find_program
from troth.store.backups.snapshot import CheckedLog, Snapshot, snapshot_of
from troth.store.models import User
from troth.store.queries.viewing import viewer_of
from troth.store.sealing.workspace_keys import KEY_FILE, KEY_VARIABLE, decoded
from troth.store.server.administration import superuser_url

CHECKPOINTS = "checkpoints"
MANIFEST_LINE = "backup manifest"
_SMALL_BYTES = 16 << 20
_NAME = re.compile(r"\d{8}T\d{6}Z-.+\.troth-backup")


class Reporter(Protocol):
    """Whoever is told how far it is."""

    def stage(self, name: str, about: str) -> None: ...
    def progress(self, count: int) -> None: ...


@dataclass(frozen=True, kw_only=True)
class BackupMade:
    """What was written."""

    path: Path
    size: int  # bytes
    manifest: Manifest
    problems: tuple[str, ...]  # in sentences; the backup is whole all the same


def back_up(
    workspace: Workspace,
    path: Path,
    *,
    acting_user: User,
    reader_url: str,
    reporter: Reporter,
    passphrase: str | None = None,
    is_forced: bool = False,
) -> BackupMade:
    """Write a backup to `path`, whole or not at all.

    `reader_url`: a role that sees every row. `passphrase`: for the workspace's keys, to be in it.
    Raises a BackupError that says why there is none, NotAllowedError.
    """
    viewer_of(acting_user).require(Right.BACK_UP)
    key = log_key()  # made here where there is none yet: the keys are read after it
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        snapshot_of(reader_url) as snapshot,
        writing_archive(path, is_forced=is_forced) as archive,
    ):
        program = find_program("pg_dump", server_version=snapshot.server_version)
        # A compressed dump has been well below half of what its tables take.
        require_room(path.parent, needed=snapshot.table_bytes // 2 + _SMALL_BYTES)
        for name, file in _files(workspace):
            archive.add(name, file.read_bytes())
        if passphrase is not None:
            archive.add(KEYS, seal_keys(keys_of(workspace), passphrase))
        reporter.stage("dump", "copying the database")
        _dump(program, reader_url, snapshot, archive, reporter)
        reporter.stage("count", "counting rows and checking the log")
        log = snapshot.log()
        manifest = _manifest(
            workspace,
            snapshot,
            program=program,
            log=log,
            key=key,
            archive=archive,
            reporter=reporter,
        )
        content = manifest.written()
        archive.add(MANIFEST, content)
        archive.add(SIGNATURE, _signature(key, content))
    keep_checkpoint(workspace, log.head.size, manifest.checkpoint)
    problems = tuple(f"The audit log is not in order: {fault}." for fault in log.faults)
    made = BackupMade(path=path, size=path.stat().st_size, manifest=manifest, problems=problems)
    _tell(made, sha256(content).hexdigest(), acting_user=acting_user)
    return made


def _tell(made: BackupMade, digest: str, *, acting_user: User) -> None:
    with recorded(
        acting_user=acting_user,
        action="workspace:backup:made",
        right=Right.BACK_UP,
        subject=made.path.name,
    ) as entry:
        entry.detail = {
            "bytes": made.size,
            "manifest_sha256": digest,
            "log_size": made.manifest.log.size,
            "has_keys": made.manifest.has_keys,
        }


def reader_url(workspace: Workspace, *, app_url: str, owner_url: str) -> str:
    """The address of a role that sees every row: TROTH_BACKUP_URL, or the superuser of the server
    that we launched. On another server the owner is tried, and told what is missing."""
    ours = superuser_url(workspace.private / "postgres", like=app_url)
    return os.environ.get("TROTH_BACKUP_URL") or ours or owner_url


def target_of(workspace: Workspace, *, app_url: str, owner_url: str) -> Target:
    """The workspace's database, for a restore."""
    ours = superuser_url(workspace.private / "postgres", like=app_url)
    return Target(
        maker_url=ours or owner_url,
        reader_url=reader_url(workspace, app_url=app_url, owner_url=owner_url),
        owner_url=owner_url,
        app_url=app_url,
    )


def backup_path(workspace: Workspace, given: Path | None, *, at: datetime) -> Path:
    """Where a backup goes: a file that is named, or a name by time in a folder (by default the
    workspace's backups/)."""
    if given is not None and given.suffix == SUFFIX and not given.is_dir():
        return given
    words = re.sub(r"[^a-z0-9]+", "-", workspace.name.lower()).strip("-") or "workspace"
    return (given or workspace.directory / "backups") / f"{at:%Y%m%dT%H%M%SZ}-{words}{SUFFIX}"


def backups_in(folder: Path) -> list[Path]:
    """The backups there that have a name by time, oldest first."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if _NAME.fullmatch(path.name))


def prune(folder: Path, *, keep: int) -> list[Path]:
    """Delete all but the newest backups with a name by time; those that were deleted."""
    old = backups_in(folder)[:-keep]
    for path in old:
        path.unlink()
    return old


def backup_when_due(
    workspace: Workspace, *, acting_user: User, reader_url: str, at: datetime, reporter: Reporter
) -> BackupMade | None:
    """Make a backup where troth.toml asks for one by now, and delete the oldest; else None.

    Raises what `back_up` raises: then nothing is deleted.
    """
    plan = workspace.backup
    if plan is None:
        return None
    newest = newest_backup_at(plan.folder)
    if newest is not None and at - newest < plan.every:
        return None
    path = backup_path(workspace, plan.folder, at=at)
    made = back_up(
        workspace, path, acting_user=acting_user, reader_url=reader_url, reporter=reporter
    )
    prune(plan.folder, keep=plan.keep)
    return made


def newest_backup_at(folder: Path) -> datetime | None:
    """When the newest backup there with a name by time was begun; None where there is none."""
    found = backups_in(folder)
    if not found:
        return None
    return datetime.strptime(found[-1].name[:16], "%Y%m%dT%H%M%S%z")


def keys_of(workspace: Workspace) -> dict[str, bytes]:
    """The workspace's keys by file name; what the environment gives is not copied."""
    return {
        name: (workspace.private / name).read_bytes()
        for name in FILES
        if (workspace.private / name).is_file()
    }


def own_key(workspace: Workspace) -> VerifierKey | None:
    """The public key of the workspace's log; None where it has none yet. Raises NoteError."""
    given = os.environ.get("TROTH_AUDIT_KEY")
    path = workspace.private / "audit.key"
    if not given and not path.is_file():
        return None
    return read_signing_key(given or path.read_text("utf-8"), ED25519).verifier


def workspace_key_id(workspace: Workspace) -> str:
    """Which workspace key is used here; "" where there is none yet."""
    given = os.environ.get(KEY_VARIABLE)
    path = workspace.private / KEY_FILE
    if not given and not path.is_file():
        return ""
    text = given or path.read_text("ascii")
    return key_id(decoded(text, where=KEY_VARIABLE if given else str(path)))


def keep_checkpoint(workspace: Workspace, size: int, note: str) -> None:
    """Keep a signed root outside of the database, where its superuser has no hand; "" is none."""
    if not note:
        return
    folder = workspace.private / CHECKPOINTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{size:012}.note"
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(note, "utf-8")
    draft.replace(path)


def manifest_text(origin: str, content: bytes) -> str:
    """What is signed of a manifest. A checkpoint's second line is a number: it is none."""
    return f"{origin}\n{MANIFEST_LINE}\n{base64.b64encode(sha256(content).digest()).decode()}\n"


def _files(workspace: Workspace) -> Iterator[tuple[str, Path]]:
    yield FILE_NAME, workspace.directory / FILE_NAME
    for path in (*workspace.sources, *workspace.contracts, *workspace.policies):
        yield str(path.relative_to(workspace.directory)), path


def _dump(
    program: Program, url: str, snapshot: Snapshot, archive: ArchiveWriter, reporter: Reporter
) -> None:
    done = 0
    with archive.part(DUMP) as write:

        def count(content: bytes) -> None:
            nonlocal done
            write(content)
            done += len(content)
            reporter.progress(done)

        dump(program, url, snapshot=snapshot.name, write=count)


def _manifest(
    workspace: Workspace,
    snapshot: Snapshot,
    *,
    program: Program,
    log: CheckedLog,
    key: SigningKey,
    archive: ArchiveWriter,
    reporter: Reporter,
) -> Manifest:
    return Manifest(
        made_at=timezone.now(),
        workspace=workspace.name,
        troth_version=version("troth"),
        server_version=snapshot.server_version,
        dump_version=program.version,
        database_bytes=snapshot.database_bytes,
        migrations=snapshot.migrations(),
        tables=snapshot.counts(reporter.progress),
        log=log.head,
        # Signing a log that is not in order would make it so.
        checkpoint="" if log.faults else _checkpoint(key, log),
        parts=dict(archive.parts),
        has_keys=KEYS in archive.parts,
        workspace_key_id=workspace_key_id(workspace),
        audit_key=key.verifier.written(),
    )


def _checkpoint(key: SigningKey, log: CheckedLog) -> str:
    root = bytes.fromhex(log.head.root)
    text = Checkpoint(origin=key.verifier.name, size=log.head.size, root=root).written()
    return Note(text=text, signatures=(signed(text, key.verifier, key.sign),)).written()


def _signature(key: SigningKey, content: bytes) -> bytes:
    text = manifest_text(key.verifier.name, content)
    return Note(text=text, signatures=(signed(text, key.verifier, key.sign),)).written().encode()
