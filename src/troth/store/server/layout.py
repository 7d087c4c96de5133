"""Where does each file of our PostgreSQL lie, and who may read it?

DIRECTORY/               a workspace's .troth/postgres, 0700 (0711 where the server runs as
                         another user than the one who starts it)
  data/                  PostgreSQL's data directory, 0700
  data/local.conf        your own settings, read last
  log/                   PostgreSQL's log files, and start.log
  passwords.json         0600
  port                   the port of the last start
  lock                   held while somebody starts or stops the server
  lease                  held, shared, by every command that uses the server
  kept                   there while the server is to stay up without any command
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

LOG_FILES_KEPT = 8
HALF_MADE_PREFIX = "initdb-"


@dataclass(frozen=True, kw_only=True)
class Passwords:
    """One random password for each of the three roles."""

    superuser: str
    owner: str
    app: str


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The paths under one server's directory."""

    directory: Path

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def local_settings(self) -> Path:
        return self.data / "local.conf"

    @property
    def logs(self) -> Path:
        return self.directory / "log"

    @property
    def start_log(self) -> Path:
        return self.logs / "start.log"

    @property
    def passwords(self) -> Path:
        return self.directory / "passwords.json"

    @property
    def port(self) -> Path:
        return self.directory / "port"

    @property
    def lock(self) -> Path:
        return self.directory / "lock"

    @property
    def lease(self) -> Path:
        return self.directory / "lease"

    @property
    def kept(self) -> Path:
        return self.directory / "kept"


def layout_of(directory: Path) -> Layout:
    """The layout under `directory`, made absolute so that links and moves of the working
    directory do not make two servers of one."""
    return Layout(directory=directory.expanduser().resolve())


def open_owned(path: Path, flags: int) -> int:
    """Open a file, made with mode 0600 if need be. Made by root, it belongs to the owner of its
    folder, who could otherwise not use a workspace in which root once ran a command."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader, or a crash, sees the old text or the new, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(open_owned(draft, os.O_WRONLY | os.O_TRUNC), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_passwords(layout: Layout) -> Passwords | None:
    """The stored passwords; None where the file is missing or not whole."""
    try:
        stored = json.loads(layout.passwords.read_text(encoding="utf-8"))
        return Passwords(superuser=stored["superuser"], owner=stored["owner"], app=stored["app"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def make_passwords(layout: Layout) -> Passwords:
    """New random passwords, 192 bits each, stored for the owner of the directory alone."""
    made = Passwords(
        superuser=secrets.token_hex(24), owner=secrets.token_hex(24), app=secrets.token_hex(24)
    )
    write_whole(layout.passwords, json.dumps(asdict(made), indent=1) + "\n")
    return made


def choose_port(layout: Layout, *, avoid: frozenset[int] = frozenset()) -> int:
    """The port of the last start if it is free and not in `avoid`, else a free one."""
    try:
        last = int(layout.port.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        last = 0
    if last and last not in avoid and _is_free(last):
        return last
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in avoid:
            return port


def log_sizes(layout: Layout) -> dict[Path, int]:
    """How long each log file is now, in bytes: a mark for `logged_since`."""
    return {path: path.stat().st_size for path in _log_files(layout)}


def logged_since(layout: Layout, sizes: dict[Path, int], *, lines: int = 25) -> str:
    """The last lines that PostgreSQL wrote after the mark, at its start and in its log."""
    parts: list[str] = []
    for path in _log_files(layout):
        with path.open("rb") as file:
            file.seek(sizes.get(path, 0))
            parts += file.read().decode("utf-8", errors="replace").splitlines()
    return "\n".join(parts[-lines:]) or "(it wrote nothing)"


def remove_old_logs(layout: Layout) -> None:
    """Keep the newest log files only, and begin start.log anew."""
    for path in sorted(layout.logs.glob("postgres-*.log"))[:-LOG_FILES_KEPT]:
        path.unlink(missing_ok=True)
    layout.start_log.unlink(missing_ok=True)


def _log_files(layout: Layout) -> list[Path]:
    return [
        *([layout.start_log] if layout.start_log.exists() else []),
        *sorted(layout.logs.glob("postgres-*.log")),
    ]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True
