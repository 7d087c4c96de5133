"""Do commands share one server, and does the last one stop it, however they end?"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from troth.store.server import running, status, stop

Commands = Callable[..., Any]


def answers(url: object) -> bool:
    with psycopg.connect(str(url)) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_status_of_nothing_is_absent_and_makes_nothing(tmp_path: Path) -> None:
    found = status(tmp_path / "none" / "postgres")
    assert (found.state, found.pid, found.port, found.is_held) == ("absent", None, None, False)
    assert found.binaries is not None
    assert list(tmp_path.iterdir()) == []


def test_stopping_nothing_says_that_there_was_nothing(tmp_path: Path) -> None:
    assert stop(tmp_path / "none") is False


def test_a_server_stops_with_its_only_user(directory: Path) -> None:
    with running(directory) as server:
        assert server.started_here
        assert answers(server.owner_url)
        assert answers(server.app_url)
        found = status(directory)
        assert (found.state, found.pid, found.port) == ("running", server.pid, server.port)
        assert found.is_held
    found = status(directory)
    assert (found.state, found.is_held, found.problem) == ("stopped", False, None)
    assert not (directory / "data" / "postmaster.pid").exists()


def test_a_second_user_joins_and_the_first_leaving_does_not_stop_it(directory: Path) -> None:
    first = running(directory)
    with first as one:
        second = running(directory)
        two = second.__enter__()
    assert (two.pid, two.started_here) == (one.pid, False)
    assert answers(two.app_url)
    second.__exit__(None, None, None)
    assert status(directory).state == "stopped"


def test_an_error_in_the_body_stops_the_server_too(directory: Path) -> None:
    try:
        with running(directory):
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert status(directory).state == "stopped"


def test_two_commands_at_once_on_a_half_made_directory_share_one_whole_server(
    fresh: Path, command: Commands
) -> None:
    half_made = fresh / "initdb-left" / "data"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    first, second = command(fresh), command(fresh)
    seen = [first.server(), second.server()]
    assert seen[0]["pid"] == seen[1]["pid"]
    assert sorted(bool(each["started_here"]) for each in seen) == [False, True]
    assert first.leave() == 0
    assert answers(seen[1]["app_url"])
    assert second.leave() == 0
    assert status(fresh).state == "stopped"
    assert [each.name for each in fresh.iterdir() if each.name.startswith("initdb-")] == []


def test_the_server_of_a_killed_command_is_joined_and_then_stopped(
    directory: Path, command: Commands
) -> None:
    killed = command(directory)
    orphan = killed.server()
    killed.kill()
    found = status(directory)
    assert (found.state, found.is_held) == ("running", False)
    with running(directory) as server:
        assert (server.pid, server.started_here) == (orphan["pid"], False)
        assert answers(server.app_url)
    assert status(directory).state == "stopped"


def test_ctrl_c_in_the_command_does_not_reach_the_server(
    directory: Path, command: Commands
) -> None:
    inside = command(directory)
    server = inside.server()
    os.killpg(inside.process.pid, signal.SIGINT)
    assert inside.line() == "interrupted"
    assert answers(server["app_url"])
    assert inside.leave() == 0
    assert status(directory).state == "stopped"


def test_a_kept_server_stays_until_it_is_stopped(directory: Path) -> None:
    with running(directory, keep=True) as kept:
        pass
    assert status(directory).is_kept
    with running(directory) as joined:
        assert joined.pid == kept.pid
    assert status(directory).state == "running"
    assert stop(directory) is True
    found = status(directory)
    assert (found.state, found.is_kept) == ("stopped", False)
    with running(directory):
        pass
    assert status(directory).state == "stopped"


def test_what_was_committed_is_there_at_the_next_start_at_the_same_port(directory: Path) -> None:
    with running(directory) as server, psycopg.connect(server.owner_url) as connection:
        connection.execute("CREATE TABLE committed AS SELECT 7 AS n")
        connection.commit()
    with running(directory) as again, psycopg.connect(again.app_url) as connection:
        assert connection.execute("SELECT n FROM committed").fetchone() == (7,)
        assert again.port == server.port
