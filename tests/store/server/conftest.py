"""Servers to try things on, and other commands that use them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import pytest

from troth.store.server import running, status, stop

USE_AND_WAIT = """
import encodings.ascii, encodings.idna, json, os, signal, sys
from pathlib import Path
import psycopg
from troth.store.server import running
if len(sys.argv) > 2:
    # Late, as the interpreter itself may lie in a folder that is closed to that user.
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
signal.signal(signal.SIGINT, lambda *_: os.write(1, b"interrupted\\n"))
with running(Path(sys.argv[1])) as server:
    there = {"pid": server.pid, "port": server.port, "started_here": server.started_here,
             "app_url": server.app_url}
    print(json.dumps(there), flush=True)
    sys.stdin.readline()
"""


class Command:
    """Another process that uses the server until told to leave."""

    def __init__(self, directory: Path, *, user_id: int | None = None) -> None:
        user = [] if user_id is None else [str(user_id)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", USE_AND_WAIT, str(directory), *user],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]},
            cwd="/",
            start_new_session=True,
        )

    def __enter__(self) -> Command:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def server(self) -> dict[str, object]:
        """What it sees, once it is inside."""
        line = self.line()
        assert line, "the command ended without reaching the server"
        return dict(json.loads(line))

    def leave(self) -> int:
        if self.process.poll() is None:
            self.process.communicate("leave\n", timeout=60)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=60)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with a server, made once, as that takes longer than most tests."""
    directory = tmp_path_factory.mktemp("made_once") / "postgres"
    with running(directory):
        pass
    yield directory
    stop(directory)
    shutil.rmtree(directory)


@pytest.fixture
def directory(made_once: Path) -> Iterator[Path]:
    """The directory of a stopped server; a test leaves it whole, and stopped here at the latest."""
    assert status(made_once).state == "stopped", "an earlier test left it running"
    yield made_once
    stop(made_once)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    """A directory in which there is no server yet."""
    place = tmp_path / "work space" / "it's $HOME" / "postgres"
    yield place
    stop(place)
    # Some 50 MB each, and pytest keeps the folders of its last three runs.
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def command() -> Iterator[Callable[..., Command]]:
    with ExitStack() as stack:
        yield lambda place, **more: stack.enter_context(Command(place, **more))
