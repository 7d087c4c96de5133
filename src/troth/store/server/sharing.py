"""How do several commands share one server, and who stops it?

Every command holds a shared lock on the file `lease` while it uses the server; the kernel drops
it when the command dies, however it dies. Whoever starts, joins, leaves or stops holds the file
`lock` meanwhile. On leaving, a command that gets the lease for itself alone is the last one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg

from troth.store.server.account import Account, choose_account, refuse_strangers
from troth.store.server.binaries import Binaries, choose_binaries, data_major
from troth.store.server.cluster import make_cluster, reset_superuser
from troth.store.server.errors import ServerBusy, ServerDidNotStart, ServerError
from troth.store.server.launch import PasswordsRefusedError, await_answer, start_server
from troth.store.server.layout import (
    Layout,
    Passwords,
    layout_of,
    make_passwords,
    open_owned,
    read_passwords,
)
from troth.store.server.processes import (
    FAST_STOP_SECONDS,
    Postmaster,
    end_postmaster,
    find_postmaster,
    wait_until_gone,
)
from troth.store.server.provision import APP, DATABASE, OWNER, provision

LOCK_SECONDS = 1200.0
LOCK_POLL_SECONDS = 0.02
ATTEMPTS = 3


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running PostgreSQL, and how to reach it."""

    owner_url: str
    """For migrations: role troth_owner, database troth. Holds a password: never log it."""

    app_url: str
    """For everything else: role troth_app. Holds a password: never log it."""

    port: int
    data_directory: Path
    version: str
    pid: int
    binaries: Path
    started_here: bool
    """Whether this call started it, rather than joined it."""


@dataclass(frozen=True, kw_only=True)
class Status:
    """What there is, found without starting or changing anything."""

    state: Literal["absent", "stopped", "starting", "running", "stopping"]
    data_directory: Path
    log_directory: Path
    data_major: int | None
    """The major version that made the data; None where there is none."""

    pid: int | None
    port: int | None
    binaries: Binaries | None
    """What would be launched; None where nothing suits, and `problem` says why."""

    is_kept: bool
    """Whether it stays up without a command that uses it."""

    is_held: bool | None
    """Whether a command uses it now; None where it is just being started or stopped."""

    free_bytes: int
    problem: ServerError | None


@contextmanager
def running(directory: Path, *, keep: bool = False) -> Iterator[Server]:
    """The server whose data lie under `directory`: joined if it runs, else started; made, if need
    be. The last command to leave stops it, unless somebody asked to `keep` it up.

    Raises a subclass of ServerError.
    """
    layout = layout_of(directory)
    layout.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_strangers(layout)
    lease = open_owned(layout.lease, os.O_RDWR)
    try:
        with _locked(layout):
            fcntl.flock(lease, fcntl.LOCK_SH)
            server = _bring_up(layout)
            if keep:
                os.close(open_owned(layout.kept, os.O_WRONLY))
        yield server
    finally:
        _leave(layout, lease)


def stop(directory: Path) -> bool:
    """Stop the server for everybody, kept or not; whether there was one to stop.

    Raises ServerDidNotStop, ServerBusy, DirectoryOfAnotherUser.
    """
    layout = layout_of(directory)
    if not layout.directory.exists():
        return False
    refuse_strangers(layout)
    with _locked(layout):
        return _stop(layout)


def status(directory: Path) -> Status:
    """What there is under `directory`. Starts nothing, makes nothing, waits for nobody."""
    layout = layout_of(directory)
    postmaster = find_postmaster(layout.data)
    binaries, major, problem = None, None, None
    try:
        refuse_strangers(layout)
        major = data_major(layout.data)
        binaries = choose_binaries(layout.data)
    except ServerError as error:
        problem = error
    existing = next(each for each in (layout.directory, *layout.directory.parents) if each.exists())
    return Status(
        state=_state(layout, postmaster),
        data_directory=layout.data,
        log_directory=layout.logs,
        data_major=major,
        pid=postmaster.pid if postmaster else None,
        port=(postmaster.port or None) if postmaster else None,
        binaries=binaries,
        is_kept=postmaster is not None and layout.kept.exists(),
        is_held=_is_held(layout),
        free_bytes=shutil.disk_usage(existing).free,
        problem=problem,
    )


def _bring_up(layout: Layout) -> Server:
    binaries = choose_binaries(layout.data)
    account = choose_account(layout, binaries)
    passwords = read_passwords(layout) or make_passwords(layout)
    if not layout.data.exists():
        make_cluster(layout, binaries, account, passwords)
    started_here, reason = False, "(it started and went away)"
    for _ in range(ATTEMPTS):
        started_here = _start_unless_running(layout, binaries, account) or started_here
        try:
            answer = await_answer(layout, passwords)
            if answer is not None:
                postmaster, version = answer
                provision(postmaster.port, passwords, binaries=binaries.folder)
                return _server(layout, postmaster, passwords, (version, binaries, started_here))
        except PasswordsRefusedError:
            _stop(layout)
            reset_superuser(layout, binaries, account, passwords)
        except psycopg.OperationalError as error:
            # It went away under our hands, which another start cures, or its disk is full.
            reason = str(error)
    raise ServerDidNotStart(
        data_directory=layout.data,
        output=reason,
        log_directory=layout.logs,
        settings_file=layout.local_settings,
    )


def _start_unless_running(layout: Layout, binaries: Binaries, account: Account) -> bool:
    postmaster = find_postmaster(layout.data)
    if postmaster is not None and postmaster.phase == "stopping":
        wait_until_gone((postmaster.pid,), layout.data, seconds=FAST_STOP_SECONDS)
        postmaster = find_postmaster(layout.data)
    if postmaster is not None:
        return False
    # It was kept up until it went down; nobody asked to keep this new one.
    layout.kept.unlink(missing_ok=True)
    start_server(layout, binaries, account)
    return True


def _server(
    layout: Layout,
    postmaster: Postmaster,
    passwords: Passwords,
    found: tuple[str, Binaries, bool],
) -> Server:
    version, binaries, started_here = found
    place = f"127.0.0.1:{postmaster.port}/{DATABASE}"
    return Server(
        owner_url=f"postgresql://{OWNER}:{passwords.owner}@{place}",
        app_url=f"postgresql://{APP}:{passwords.app}@{place}",
        port=postmaster.port,
        data_directory=layout.data,
        version=version,
        pid=postmaster.pid,
        binaries=binaries.folder,
        started_here=started_here,
    )


def _leave(layout: Layout, lease: int) -> None:
    try:
        with _locked(layout):
            if _is_alone(lease) and not layout.kept.exists():
                _stop(layout)
    finally:
        os.close(lease)


def _stop(layout: Layout) -> bool:
    layout.kept.unlink(missing_ok=True)
    postmaster = find_postmaster(layout.data)
    if postmaster is None:
        return False
    end_postmaster(postmaster.pid, layout.data)
    return True


def _is_alone(lease: int) -> bool:
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _state(
    layout: Layout, postmaster: Postmaster | None
) -> Literal["absent", "stopped", "starting", "running", "stopping"]:
    if postmaster is None:
        return "stopped" if layout.data.exists() else "absent"
    match postmaster.phase:
        case "ready":
            return "running"
        case "stopping":
            return "stopping"
        case _:
            return "starting"


def _is_held(layout: Layout) -> bool | None:
    """Taken under the lock, so that a last leaver never finds us in its way."""
    try:
        lock = os.open(layout.lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if not _is_alone(lock):
            return None
        lease = os.open(layout.lease, os.O_RDWR | os.O_CLOEXEC)
        try:
            return not _is_alone(lease)
        finally:
            os.close(lease)
    except OSError:
        return False
    finally:
        os.close(lock)


@contextmanager
def _locked(layout: Layout) -> Iterator[None]:
    lock = open_owned(layout.lock, os.O_RDWR)
    try:
        until = time.monotonic() + LOCK_SECONDS
        while not _is_alone(lock):
            if time.monotonic() > until:
                raise ServerBusy(seconds=LOCK_SECONDS, lock_file=layout.lock)
            time.sleep(LOCK_POLL_SECONDS)
        yield
    finally:
        os.close(lock)
