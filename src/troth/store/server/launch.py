"""How is the server started after anything that may have happened before, and when is it ready?

Both are called under the lock.
"""

from __future__ import annotations

import os
import re
import time

import psycopg

from troth.store.server.account import Account
from troth.store.server.binaries import Binaries
from troth.store.server.cluster import disk_full
from troth.store.server.errors import (
    NoFreePort,
    NoMemoryForServer,
    ServerDidNotAnswer,
    ServerDidNotStart,
    ServerError,
    WrongMajorVersion,
)
from troth.store.server.layout import (
    Layout,
    Passwords,
    choose_port,
    log_sizes,
    logged_since,
    open_owned,
    remove_old_logs,
    write_whole,
)
from troth.store.server.processes import (
    POLL_SECONDS,
    Postmaster,
    clear_leftovers,
    find_postmaster,
    is_alive,
    processes_in,
    wait_until_gone,
)
from troth.store.server.provision import connect
from troth.store.server.settings import (
    ACCESS_RULES,
    memory_mb,
    server_settings,
    shared_memory_type,
)

RETRY_SECONDS = 10.0
RETRY_PAUSE_SECONDS = 0.2
READY_SECONDS = 900.0
"""Recovery after a crash replays up to max_wal_size of the log: give it time on a slow disk."""

ANSWER_SECONDS = 120.0
LAST_WORDS_SECONDS = 5.0
PORTS_TRIED = 5

# The job runs in the background of a shell that leaves at once: the server is then no child of
# ours, so it outlives us without becoming a zombie, and arguments need no quoting.
SPAWN = '"$@" </dev/null >&2 & echo $!'

GIVES_NO_REASON = re.compile(
    r"\t|\(it wrote nothing\)|[-\d]+ [:.\d]+ \w+ \[\d+\] (\S+@\S+ |(LOG|WARNING|HINT|DETAIL):)"
)
"""A line by the way, or one about a session. All else, such as `… [123] FATAL:  …` or, before
it has a log, `postgres: could not …`, says why it did not start."""


class PasswordsRefusedError(Exception):
    """The server does not know the stored password of its superuser."""


def start_server(layout: Layout, binaries: Binaries, account: Account) -> Postmaster:
    """Start PostgreSQL on `layout.data` and wait until it has recovered and listens.

    Raises a ServerError that says why it did not.
    """
    layout.logs.mkdir(mode=0o700, exist_ok=True)
    account.give(layout.logs)
    remove_old_logs(layout)
    refused: frozenset[int] = frozenset()
    retry_until = time.monotonic() + RETRY_SECONDS
    while True:
        clear_leftovers(layout.data)
        late = find_postmaster(layout.data)
        if late is not None:
            return late
        account.take_over(layout.data, layout.logs)
        port = choose_port(layout, avoid=refused)
        _write_settings(layout, port)
        sizes = log_sizes(layout)
        postmaster = _wait_until_listening(layout, _spawn(layout, binaries, account))
        if postmaster is not None:
            write_whole(layout.port, f"{port}\n")
            return postmaster
        # The process that writes the log leaves last, and only then has it written all.
        wait_until_gone(processes_in(layout.data), layout.data, seconds=LAST_WORDS_SECONDS)
        output = logged_since(layout, sizes)
        if _is_about_port(output):
            refused |= {port}
            if len(refused) >= PORTS_TRIED:
                raise NoFreePort(tried=len(refused), output=output)
        elif _is_worth_another_try(output) and time.monotonic() < retry_until:
            time.sleep(RETRY_PAUSE_SECONDS)
        else:
            raise _explain(layout, binaries, output)


def await_answer(layout: Layout, passwords: Passwords) -> tuple[Postmaster, str] | None:
    """The postmaster once it takes connections, and its version; None if it went away meanwhile.

    Raises PasswordsRefusedError, ServerDidNotAnswer.
    """
    until = time.monotonic() + ANSWER_SECONDS
    reason = "It has not written its port yet."
    while True:
        postmaster = find_postmaster(layout.data)
        if postmaster is None:
            return None
        if postmaster.port:
            try:
                with connect(postmaster.port, passwords.superuser, "postgres") as connection:
                    row = connection.execute("SHOW server_version").fetchone()
                    version = str(row[0]).split()[0] if row else ""
                    return postmaster, version
            except psycopg.OperationalError as error:
                reason = str(error)
                if "password authentication failed" in reason:
                    raise PasswordsRefusedError from error
        if time.monotonic() > until:
            raise ServerDidNotAnswer(
                pid=postmaster.pid,
                port=postmaster.port,
                seconds=ANSWER_SECONDS,
                reason=reason,
                log_directory=layout.logs,
            )
        time.sleep(POLL_SECONDS)


def _write_settings(layout: Layout, port: int) -> None:
    settings = server_settings(
        port=port,
        log_directory=layout.logs,
        memory=memory_mb(),
        shared_memory=shared_memory_type(),
    )
    write_whole(layout.data / "postgresql.conf", settings)
    write_whole(layout.data / "pg_hba.conf", ACCESS_RULES)


def _spawn(layout: Layout, binaries: Binaries, account: Account) -> int:
    log = open_owned(layout.start_log, os.O_WRONLY | os.O_APPEND)
    try:
        command = [str(binaries.postgres), "-D", str(layout.data)]
        _, pid = account.run(["/bin/sh", "-c", SPAWN, "sh", *command], errors_to=log)
    finally:
        os.close(log)
    return int(pid)


def _wait_until_listening(layout: Layout, pid: int) -> Postmaster | None:
    until = time.monotonic() + READY_SECONDS
    while is_alive(pid):
        postmaster = find_postmaster(layout.data)
        if postmaster is not None and postmaster.pid == pid and postmaster.phase == "ready":
            return postmaster
        if time.monotonic() > until:
            raise ServerDidNotAnswer(
                pid=pid,
                port=postmaster.port if postmaster else 0,
                seconds=READY_SECONDS,
                reason="It may still be recovering from a crash.",
                log_directory=layout.logs,
            )
        time.sleep(POLL_SECONDS)
    return None


def _is_about_port(output: str) -> bool:
    return "could not create any TCP/IP sockets" in output


def _is_worth_another_try(output: str) -> bool:
    """Whether a predecessor is still leaving, or somebody killed this one: it gave no reason."""
    if all(GIVES_NO_REASON.match(line) for line in output.splitlines()):
        return True
    return "is still in use" in output or 'lock file "postmaster.pid" already exists' in output


def _explain(layout: Layout, binaries: Binaries, output: str) -> ServerError:
    if "No space left on device" in output and "shared memory" not in output:
        return disk_full(layout, output)
    if "database files are incompatible with server" in output:
        return WrongMajorVersion(
            data_directory=layout.data, data_major="another kind", found=binaries.version
        )
    if "shared memory" in output or "Cannot allocate memory" in output:
        return NoMemoryForServer(settings_file=layout.local_settings, output=output)
    return ServerDidNotStart(
        data_directory=layout.data,
        output=output,
        log_directory=layout.logs,
        settings_file=layout.local_settings,
    )
