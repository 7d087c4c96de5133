"""May this backup take the place of what is here, and is it what was signed?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psycopg
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from troth.actions.backups import CHECKPOINTS, manifest_text
from troth.actions.signing import verify
from troth.connectors.workspace import Workspace
from troth.core.ledger.notes import (
    NoteError,
    VerifierKey,
    read_checkpoint,
    read_key,
    read_note,
    verified,
)
from troth.core.ledger.tree import leaf_hash
from troth.store.backups.archive import DUMP, Archive
from troth.store.backups.errors import (
    BackupSignatureError,
    LogDiffersError,
    NewerBackupError,
    NotEmptyError,
    RowsDifferError,
)
from troth.store.backups.manifest import Manifest, TableCount
from troth.store.backups.programs import dumped_rows, find_program, major_of
from troth.store.backups.snapshot import CheckedLog, Mark, Snapshot, check_leaves, snapshot_of

_MOST_NAMED = 5


def require_signature(archive: Archive, key: VerifierKey | None) -> VerifierKey:
    """The key that signed the manifest: the one that is known, else the one that it names.

    Raises BackupSignatureError.
    """
    try:
        key = key or read_key(archive.manifest.audit_key)
        note = read_note(archive.note)
        verified(note, [key], verify)
    except NoteError as error:
        raise BackupSignatureError(path=archive.path, reason=str(error)) from error
    if note.text != manifest_text(key.name, archive.manifest_bytes):
        raise BackupSignatureError(
            path=archive.path, reason="The signature is over another manifest."
        )
    return key


def require_not_newer(manifest: Manifest, *, server_version: str) -> None:
    """Raises NewerBackupError where this Troth, or this PostgreSQL, is older than the backup's."""
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    labels = {config.label for config in apps.get_app_configs()}
    unknown = [
        name
        for name in manifest.migrations
        if tuple(name.split(".", 1)) not in known and name.split(".")[0] in labels
    ]
    if unknown:
        raise NewerBackupError(
            made_by=f"Troth {manifest.troth_version} with the migration {unknown[0]}",
            here=f"Troth {version('troth')} without it",
        )
    if major_of(manifest.server_version) > major_of(server_version):
        raise NewerBackupError(
            made_by=f"PostgreSQL {manifest.server_version}", here=f"PostgreSQL {server_version}"
        )


def require_dumped_log(archive: Archive, marks: Iterable[Mark]) -> LogVerdict:
    """Compute the log again from the dump itself, without a server.

    Raises LogDiffersError, ProgramFailedError, NoProgramError.
    """
    program = find_program("pg_restore", server_version=archive.manifest.dump_version)
    with archive.part(DUMP) as dump:
        leaves = sorted(
            (int(row["index"]), leaf_hash(row["envelope"].encode()))
            for row in dumped_rows(program, dump, "store_auditentry")
        )
    size = archive.manifest.log.size
    return require_log(archive, check_leaves(leaves, marks, stored_size=size), marks)


def what_is_there(url: str) -> str:
    """What a database holds, in a few words; "" where nothing was written to it but its own start.

    Every write has an entry in the audit log: its length tells.
    """
    try:
        with snapshot_of(url) as snapshot:
            if not snapshot.tables:
                return ""
            if not snapshot.has("store_audithead"):
                return f"{len(snapshot.tables)} tables"
            size = snapshot.log_size()
            # The first entry is that of the program itself, which every command may make.
            return f"{size:,} audit entries" if size > 1 else ""
    except psycopg.OperationalError as error:
        if "does not exist" in str(error):
            return ""
        raise


def require_empty(archive: Archive, workspace: Workspace, found: str) -> None:
    """Raises NotEmptyError where the database, or a file that the backup brings, is in the way."""
    place = f"The workspace {workspace.directory}"
    if found:
        raise NotEmptyError(place=place, what=found)
    for name in archive.files():
        path = workspace.directory / name
        if path.exists() and path.read_bytes() != archive.small(name):
            raise NotEmptyError(place=place, what=f"{name}, which differs")


def require_rows(archive: Archive, snapshot: Snapshot) -> int:
    """How many rows were restored. Raises RowsDifferError where a table is another one."""
    found = dict(snapshot.counts())
    expected = dict(archive.manifest.tables)
    differing = [
        f"{name} ({_said(found, name)} instead of {_said(expected, name)})"
        for name in sorted(found.keys() | expected.keys())
        if found.get(name) != expected.get(name)
    ]
    if differing:
        more = len(differing) - _MOST_NAMED
        named = ", ".join(differing[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        raise RowsDifferError(differences=named)
    return sum(table.rows for table in found.values())


def _said(tables: dict[str, TableCount], name: str) -> str:
    found = tables.get(name)
    return "no such table" if found is None else f"{found.rows} rows"


@dataclass(frozen=True, kw_only=True)
class LogVerdict:
    """What the audit log of a backup is beside what was known of it."""

    size: int
    marks: int  # signed roots that it was compared with
    lost_to: int  # entries `size` up to before this one were signed and are not in it


def require_log(archive: Archive, log: CheckedLog, marks: Iterable[Mark]) -> LogVerdict:
    """Raises LogDiffersError where the log is not the one that was signed."""
    if log.faults:
        raise LogDiffersError(reason=f"{log.faults[0]}.")
    manifest = archive.manifest
    if log.head != manifest.log:
        raise LogDiffersError(
            reason=f"its {log.head.size} entries have another root than the manifest says."
        )
    return LogVerdict(
        size=log.head.size,
        marks=len(tuple(marks)),
        lost_to=max((mark.size for mark in log.beyond), default=log.head.size),
    )


def known_marks(
    workspace: Workspace | None, since: Path | None, key: VerifierKey
) -> tuple[Mark, ...]:
    """The signed roots that are kept outside of any database: the one that was handed in and those
    of the workspace. Raises LogDiffersError for one that the key has not signed."""
    kept = sorted((workspace.private / CHECKPOINTS).glob("*.note")) if workspace else []
    return tuple(_mark(path, key) for path in (*([since] if since else []), *kept))


def _mark(path: Path, key: VerifierKey) -> Mark:
    try:
        note = read_note(path.read_bytes())
        verified(note, [key], verify)
        found = read_checkpoint(note.text)
    except NoteError as error:
        raise LogDiffersError(reason=f"{path}: {error}") from error
    return Mark(size=found.size, root=found.root, name=f"the checkpoint {path.name}")
