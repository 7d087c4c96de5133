"""Does the server run for root, for a normal user, and where namespaces are forbidden?"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from troth.store.server import running, status, stop
from troth.store.server.binaries import find_binaries
from troth.store.server.errors import CannotRunAsRoot, DirectoryOfAnotherUser

NOBODY = pwd.getpwnam("nobody").pw_uid
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def nobody_may_use(*places: Path) -> bool:
    script = 'for place in "$@"; do test -x "$place" || exit 1; done'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *map(str, places)],
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return done.returncode == 0


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that others may enter, as pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="troth-account-") as made:
        place = Path(made)
        place.chmod(0o711)
        yield place
        stop(place / "postgres")


@pytest.fixture
def no_namespaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that forbids them."""
    unshare = tmp_path / "bin" / "unshare"
    unshare.parent.mkdir()
    unshare.write_text("#!/bin/sh\necho unshare failed: Operation not permitted >&2\nexit 1\n")
    unshare.chmod(0o755)
    monkeypatch.setenv("PATH", f"{unshare.parent}:{os.environ['PATH']}")


@pytest.fixture
def usable_by_nobody() -> None:
    if not nobody_may_use(find_binaries()[0].postgres):
        pytest.skip("user nobody may not run PostgreSQL here: it lies in a closed folder")


@needs_root
def test_the_files_of_roots_server_belong_to_root_where_namespaces_are_allowed(
    directory: Path,
) -> None:
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            ["unshare", "--user", "true"], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("this system forbids user namespaces")
    with running(directory) as server:
        files = [server.data_directory, *server.data_directory.rglob("*")]
        assert {each.lstat().st_uid for each in files if each.exists()} == {0}


@needs_root
@pytest.mark.usefixtures("no_namespaces", "usable_by_nobody")
def test_where_namespaces_are_forbidden_roots_server_runs_as_nobody(open_place: Path) -> None:
    directory = open_place / "postgres"
    for _ in range(2):
        with running(directory) as server, psycopg.connect(server.app_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            assert Path(f"/proc/{server.pid}").stat().st_uid == NOBODY
        assert status(directory).state == "stopped"
    assert (directory / "data").stat().st_uid == NOBODY
    # Only the data and the log change hands, and the passwords stay closed.
    assert (directory / "passwords.json").stat().st_uid == 0
    assert (directory / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert open_place.stat().st_mode & 0o777 == 0o711
    # Data that were made where namespaces are allowed change hands.
    for path in (directory / "data", *(directory / "data").rglob("*")):
        os.chown(path, 0, 0)
    with running(directory) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid == NOBODY


@needs_root
@pytest.mark.usefixtures("no_namespaces")
def test_where_nobody_may_not_enter_root_is_told_what_to_do(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(CannotRunAsRoot, match="set TROTH_DATABASE_URL"):
        running(tmp_path / "postgres").__enter__()
    assert tmp_path.stat().st_mode & 0o777 == 0o700


@needs_root
@pytest.mark.usefixtures("usable_by_nobody")
def test_a_normal_user_starts_and_stops_and_root_joins_as_that_user(
    open_place: Path, command: Callable[..., Any]
) -> None:
    os.chown(open_place, NOBODY, NOBODY)
    directory = open_place / "postgres"
    theirs = command(directory, user_id=NOBODY)
    started = theirs.server()
    assert started["started_here"]
    with running(directory) as joined:
        assert joined.pid == started["pid"]
    assert theirs.leave() == 0
    assert status(directory).state == "stopped"
    with running(directory) as roots:
        assert roots.started_here
        assert Path(f"/proc/{roots.pid}").stat().st_uid == NOBODY
    again = command(directory, user_id=NOBODY)
    assert again.server()["started_here"]
    assert again.leave() == 0
    owners = {each.lstat().st_uid for each in (directory, *directory.rglob("*"))}
    assert owners == {NOBODY}


@needs_root
def test_another_users_server_is_refused_with_both_names(
    open_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = open_place / "postgres"
    directory.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    with pytest.raises(DirectoryOfAnotherUser, match=r"belongs to user root, .* runs as nobody"):
        running(directory).__enter__()
