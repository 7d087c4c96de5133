"""How does a backup become a workspace again, and how is known that it is the same one?

Everything happens in a new database, which takes the old one's name last: until then nothing that
was there has been touched, however the restore ends.
"""

from __future__ import annotations

import fcntl
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from troth.actions.backups import CHECKPOINTS, Reporter, own_key, workspace_key_id
from troth.actions.measures import FOLDER
from troth.actions.people import system_user
from troth.actions.privacy import replay
from troth.actions.recording import recorded
from troth.actions.restore_checks import (
    LogVerdict,
    known_marks,
    require_empty,
    require_log,
    require_not_newer,
    require_rows,
    what_is_there,
)
from troth.connectors.workspace import Workspace, read_workspace
from troth.core.access.roles import Right
from troth.core.decisions.receipt import reexecute
from troth.core.ledger.notes import VerifierKey
from troth.store.backups.archive import DUMP, Archive, require_room
from troth.store.backups.databases import (
    Target,
    exchange,
    forget_database,
    make_database,
    refuse_in_use,
    server_version,
)
from troth.store.backups.errors import RestoreRunsError
from troth.store.backups.programs import find_program
from troth.store.backups.programs import restore as fill
from troth.store.backups.snapshot import snapshot_of
from troth.store.connecting import connect_to
from troth.store.facts.receipts import recorded_receipts
from troth.store.models import ApiToken, Decision, User
from troth.store.tables import refresh

SAMPLE = 200
# Who was signed in when the backup was made is not signed in now.
_VISITS = ("django_session", "store_session", "store_loginlink")


@dataclass(kw_only=True)
class Restored:
    """What a restore did, and what it found."""

    backup: Path
    made_at: datetime
    rows: int = 0
    log_size: int = 0
    marks: int = 0  # signed roots that the log agreed with
    lost: tuple[int, int] | None = None  # first and last audit entry that are known and not here
    migrated: tuple[str, ...] = ()
    receipts: int = 0
    live_tokens: int = 0
    erased: int = 0  # subjects that the journal names and the backup still knew
    keys: tuple[str, ...] = ()  # file names that were restored
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """How it is to be restored."""

    key: VerifierKey  # that signed the backup and its checkpoints
    since: Path | None = None  # a signed checkpoint from elsewhere
    keys: Mapping[str, bytes] = field(default_factory=dict)  # file name → content
    is_replacing: bool = False
    is_thorough: bool = False


def lay_workspace(archive: Archive, directory: Path, *, keys: Mapping[str, bytes]) -> Workspace:
    """A new workspace from a backup's files and keys, without its database."""
    for name in archive.files():
        _put(directory / name, archive.small(name), mode=0o644)
    (directory / "exports").mkdir(parents=True, exist_ok=True)
    private = directory / ".troth"
    private.mkdir(mode=0o700, exist_ok=True)
    for name, key in keys.items():
        _put(private / name, key, mode=0o600)
    _put(directory / ".gitignore", b".troth/\n", mode=0o644)
    return read_workspace(directory.resolve())


def restore(
    archive: Archive, workspace: Workspace, target: Target, *, wishes: Wishes, reporter: Reporter
) -> Restored:
    """Put a backup into an empty workspace, or in the place of what is there.

    The archive was read and its signature checked. Raises a BackupError that says why nothing was
    touched, OSError.
    """
    with _alone(workspace):
        _require_possible(archive, workspace, target, is_replacing=wishes.is_replacing)
        done = Restored(backup=archive.path, made_at=archive.manifest.made_at)
        make_database(target)
        try:
            _fill(archive, workspace, target, wishes=wishes, reporter=reporter, done=done)
            reporter.stage("exchange", "putting it in place")
            connections.close_all()
            exchange(target)
        except BaseException:
            connections.close_all()
            forget_database(target)
            raise
        connect_to(connections, app_url=target.app_url, owner_url=target.owner_url)
        _write_files(archive, workspace, wishes=wishes, done=done)
        reporter.stage("tables", "writing the column tables")
        refresh(workspace.private / FOLDER)
    return done


def _require_possible(
    archive: Archive, workspace: Workspace, target: Target, *, is_replacing: bool
) -> None:
    require_not_newer(archive.manifest, server_version=server_version(target))
    found = what_is_there(target.reader_url)
    if not is_replacing:
        require_empty(archive, workspace, found)
    connections.close_all()
    refuse_in_use(target)
    # On another machine's disk we cannot look.
    if (workspace.private / "postgres").is_dir():
        require_room(workspace.private, needed=archive.manifest.database_bytes)


def _fill(
    archive: Archive,
    workspace: Workspace,
    target: Target,
    *,
    wishes: Wishes,
    reporter: Reporter,
    done: Restored,
) -> None:
    """Everything that is done to the new database before it is in place."""
    reporter.stage("restore", "copying the database")
    program = find_program("pg_restore", server_version=archive.manifest.dump_version)
    with archive.part(DUMP) as dump:
        fill(program, target.url("maker_url"), dump, progress=reporter.progress)
    reporter.stage("verify", "counting rows and checking the log")
    marks = known_marks(workspace, wishes.since, wishes.key)
    with snapshot_of(target.url("reader_url")) as snapshot:
        done.rows = require_rows(archive, snapshot)
        verdict = require_log(archive, snapshot.log(marks), marks)
    _tell_log(verdict, done)
    app_url, owner_url = target.url("app_url"), target.url("owner_url")
    connect_to(connections, app_url=app_url, owner_url=owner_url)
    done.migrated = _migrate()
    reporter.stage("receipts", "deciding again what was decided")
    _reexecute(done, is_thorough=wishes.is_thorough, reporter=reporter)
    _end_visits(target)
    acting_user = system_user()
    done.live_tokens = ApiToken.objects.filter(
        revoked_at=None, expires_at__gt=timezone.now()
    ).count()
    # Before anybody can look: whom the backup still knows and the journal names is erased again.
    done.erased = len(replay(acting_user=acting_user))
    note_restored(archive, done, acting_user=acting_user)


def note_restored(archive: Archive, done: Restored, *, acting_user: User) -> None:
    """The restore's own entry in the restored log."""
    with recorded(
        acting_user=acting_user,
        action="workspace:backup:restored",
        right=Right.BACK_UP,
        subject=archive.path.name,
    ) as entry:
        entry.detail = {
            "made_at": archive.manifest.made_at.isoformat(),
            "log_size": done.log_size,
            "lost_entries": 0 if done.lost is None else done.lost[1] - done.lost[0] + 1,
        }


def _tell_log(verdict: LogVerdict, done: Restored) -> None:
    done.log_size, done.marks = verdict.size, verdict.marks
    if verdict.lost_to > verdict.size:
        done.lost = (verdict.size, verdict.lost_to - 1)
        done.problems.append(
            f"The backup is older than the last known checkpoint: audit entries "
            f"{verdict.size:,} to {verdict.lost_to - 1:,} were signed and are not in it. What was "
            "done in them has to be done again; sources land again with `troth run`."
        )


def _migrate() -> tuple[str, ...]:
    told = io.StringIO()
    call_command("migrate", database="owner", verbosity=1, no_color=True, stdout=told)
    lines = (line.strip() for line in told.getvalue().splitlines())
    return tuple(line.split()[1].rstrip(".") for line in lines if line.startswith("Applying "))


def _reexecute(done: Restored, *, is_thorough: bool, reporter: Reporter) -> None:
    # By a hash of the id: another part of the history than the first one.
    some = "SELECT id FROM store_decision ORDER BY md5(id) LIMIT %s"
    ids = None if is_thorough else [row.id for row in Decision.objects.raw(some, [SAMPLE])]
    for receipt in recorded_receipts(ids=ids):
        difference = reexecute(receipt.content, receipt.shared, recorded_id=receipt.id)
        done.receipts += 1
        reporter.progress(done.receipts)
        if difference is not None:
            done.problems.append(difference.sentence)


def _end_visits(target: Target) -> None:
    with connections["owner"].cursor() as cursor:
        for table in _VISITS:
            cursor.execute("SELECT to_regclass('public.' || %s) IS NOT NULL", [table])
            if cursor.fetchone()[0]:
                cursor.execute(f"DELETE FROM {table}")


def _write_files(archive: Archive, workspace: Workspace, *, wishes: Wishes, done: Restored) -> None:
    for name in archive.files():
        _put(workspace.directory / name, archive.small(name), mode=0o644)
    for name, key in wishes.keys.items():
        _put(workspace.private / name, key, mode=0o600)
    done.keys = tuple(sorted(wishes.keys))
    wanted, here = archive.manifest.workspace_key_id, workspace_key_id(workspace)
    if wanted and wanted != here:
        done.problems.append(
            "The workspace's key is not the one that sealed what is in the backup: personal parts "
            "of the audit log stay closed, and webhooks cannot be signed. Put workspace.key into "
            ".troth/, or set TROTH_WORKSPACE_KEY."
        )
    if own_key(workspace) != wishes.key:
        done.problems.append(
            "The key that signed the log is not here: from now on another one signs it, which "
            "nobody knows. Put audit.key into .troth/, or set TROTH_AUDIT_KEY."
        )
    if done.lost is not None:
        _set_aside(workspace.private / CHECKPOINTS, done.lost[0])


def _put(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file whole; a different one that was there is kept beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        if path.read_bytes() == content:
            return
        path.replace(path.with_name(f"{path.name}.before-restore"))
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _set_aside(folder: Path, size: int) -> None:
    """Checkpoints over entries that are lost: evidence, and no measure of the log from now on."""
    aside = folder / f"lost-{timezone.now():%Y%m%dT%H%M%SZ}"
    for path in sorted(folder.glob("*.note")):
        if int(path.stem) > size:
            aside.mkdir(exist_ok=True)
            path.replace(aside / path.name)


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    workspace.private.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (workspace.private / "restore.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RestoreRunsError(place=workspace.directory) from error
        yield
