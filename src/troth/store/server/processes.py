"""Which processes serve a data directory, and how are they ended?

A number in a file proves nothing: after a crash or a reboot it may belong to anybody. A process
is ours when it is called `postgres` and works in the data directory (every PostgreSQL process
does), compared by device and inode. Where there is no /proc, `ps` has to do.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from troth.store.server.errors import ProcessesLeftBehind, ServerDidNotStop

PROC = Path("/proc")
POLL_SECONDS = 0.02
FAST_STOP_SECONDS = 120.0
IMMEDIATE_STOP_SECONDS = 20.0
GRACE_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class Postmaster:
    """The running main process of PostgreSQL, from its postmaster.pid."""

    pid: int
    port: int
    phase: str
    """`starting`, `ready`, `stopping`, `standby`, or empty while the file is being written."""


def find_postmaster(data: Path) -> Postmaster | None:
    """The live postmaster of this data directory; None if there is none, whatever the file says.

    Source: src/include/utils/pidfile.h of PostgreSQL, for the lines of the file.
    """
    lines = _pid_file(data)
    if not lines or not lines[0].strip().lstrip("-").isdigit():
        return None
    pid = int(lines[0])
    if pid <= 0 or not is_ours(pid, data):
        return None
    port = lines[3].strip() if len(lines) > 3 else ""
    phase = lines[7].strip() if len(lines) > 7 else ""
    return Postmaster(pid=pid, port=int(port) if port.isdigit() else 0, phase=phase)


def is_ours(pid: int, data: Path) -> bool:
    """Whether this process is a PostgreSQL that works in `data`. A zombie is not."""
    if not PROC.joinpath("self").exists():
        return _ps_says_ours(pid, data)
    try:
        name = PROC.joinpath(str(pid), "comm").read_text(encoding="utf-8", errors="replace")
        # A zombie has a name but no working directory.
        there, here = PROC.joinpath(str(pid), "cwd").stat(), data.stat()
    except OSError:
        return False
    return name.strip() == "postgres" and (there.st_dev, there.st_ino) == (
        here.st_dev,
        here.st_ino,
    )


def is_alive(pid: int) -> bool:
    """Whether this process runs, by whatever name. A zombie does not."""
    if not PROC.joinpath("self").exists():
        return _exists(pid)
    try:
        line = PROC.joinpath(str(pid), "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    # proc(5): pid (name) state …; the name may hold brackets and spaces.
    return line.rpartition(")")[2].split()[0] not in "ZX"


def processes_in(data: Path) -> tuple[int, ...]:
    """All PostgreSQL processes that work in `data`, the postmaster and its children."""
    if not PROC.joinpath("self").exists():
        postmaster = find_postmaster(data)
        return (postmaster.pid,) if postmaster else ()
    numbers = (int(each.name) for each in PROC.iterdir() if each.name.isdigit())
    return tuple(sorted(pid for pid in numbers if is_ours(pid, data)))


def clear_leftovers(data: Path) -> None:
    """After a postmaster died: wait for its children, end those that stay, and remove a
    postmaster.pid whose number now belongs to a stranger. Call it under the lock, with no
    postmaster alive.

    The children of a dead postmaster leave by themselves, but for one in the middle of a long
    computation. Returns early if they turn out to be a server that a killed command had just
    begun to start. Raises ProcessesLeftBehind.
    """
    for signal_number in (None, signal.SIGQUIT, signal.SIGKILL):
        until = time.monotonic() + GRACE_SECONDS
        if signal_number is not None:
            for pid in processes_in(data):
                send(pid, signal_number)
        while (left := processes_in(data)) and time.monotonic() < until:
            if find_postmaster(data) is not None:
                return
            time.sleep(POLL_SECONDS)
        if not left:
            break
    else:
        raise ProcessesLeftBehind(pids=", ".join(map(str, left)), data_directory=data)
    lines = _pid_file(data)
    if lines is None:
        return
    number = lines[0].strip() if lines else ""
    # PostgreSQL removes its own stale file, with more checks than ours, unless it is broken or
    # the number is in use.
    if not number.isdigit() or _exists(int(number)):
        data.joinpath("postmaster.pid").unlink(missing_ok=True)


def end_postmaster(pid: int, data: Path) -> None:
    """Fast shutdown: sessions are cut off, a checkpoint is written. If it takes too long, an
    immediate one, after which the next start recovers. Raises ServerDidNotStop."""
    send(pid, signal.SIGINT)
    if wait_until_gone((pid,), data, seconds=FAST_STOP_SECONDS):
        return
    send(pid, signal.SIGQUIT)
    if not wait_until_gone((pid,), data, seconds=IMMEDIATE_STOP_SECONDS):
        raise ServerDidNotStop(
            pid=pid, data_directory=data, seconds=FAST_STOP_SECONDS + IMMEDIATE_STOP_SECONDS
        )


def wait_until_gone(pids: tuple[int, ...], data: Path, *, seconds: float) -> bool:
    """Whether all of them left within that time."""
    until = time.monotonic() + seconds
    while any(is_ours(pid, data) for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(POLL_SECONDS)
    return True


def send(pid: int, signal_number: signal.Signals) -> None:
    """Send a signal to a process that may be gone already."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal_number)


def _pid_file(data: Path) -> list[str] | None:
    try:
        return (
            data.joinpath("postmaster.pid")
            .read_text(encoding="utf-8", errors="replace")
            .splitlines()
        )
    except (FileNotFoundError, NotADirectoryError):
        return None


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _ps_says_ours(pid: int, data: Path) -> bool:
    done = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return "postgres" in done.stdout and str(data) in done.stdout
