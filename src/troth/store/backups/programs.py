"""Which pg_dump and pg_restore suit the server, and how are they run?

First those beside the PostgreSQLs that we would launch, then PATH, then the system's folders. One
of the server's own major version is preferred; a newer one is taken too, an older one cannot read
it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict

from troth.store.backups.archive import CHUNK
from troth.store.backups.errors import NoProgramError, ProgramFailedError
from troth.store.server.binaries import SYSTEM_FOLDER, find_binaries

_LAST_LINES = 20
# libpq's variables: a password in an argument could be read by every user of the machine.
_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "options": "PGOPTIONS",
}


@dataclass(frozen=True, kw_only=True)
class Program:
    """A client program of PostgreSQL."""

    path: Path
    version: str

    @property
    def major(self) -> int:
        return major_of(self.version)


def major_of(version: str) -> int:
    """18 of "18.6"."""
    return int(re.split(r"\D", version, maxsplit=1)[0])


def find_program(name: str, *, server_version: str) -> Program:
    """`pg_dump` or `pg_restore` for a server of that version. Raises NoProgramError."""
    found = [program for folder in _folders() if (program := _program(folder / name))]
    needed = major_of(server_version)
    suited = [program for program in found if program.major >= needed]
    if not suited:
        raise NoProgramError(
            program=name,
            major=needed,
            version=server_version,
            found=", ".join(f"{item.version} ({item.path})" for item in found) or "none",
        )
    return min(suited, key=lambda program: program.major)


def dump(program: Program, url: str, *, snapshot: str, write: Callable[[bytes], None]) -> None:
    """Write a database, as one exported snapshot shows it, in pg_dump's custom format.

    Raises ProgramFailedError.
    """
    command = [str(program.path), "--format=custom", "--compress=1", "--no-password",
               "--lock-wait-timeout=60s", f"--snapshot={snapshot}"]  # fmt: skip
    with _errors() as errors:
        running = subprocess.Popen(
            command, env=_environment(url), stdout=subprocess.PIPE, stderr=errors
        )
        try:
            assert running.stdout is not None  # it is a pipe
            while content := running.stdout.read(CHUNK):
                write(content)
            code = running.wait()
        finally:
            _end(running)
        _require_done(program, code, errors)


def restore(
    program: Program,
    url: str,
    content: IO[bytes],
    *,
    progress: Callable[[int], None] = lambda count: None,
) -> None:
    """Fill an empty database from such a dump, or fail at the first error.

    Raises ProgramFailedError.
    """
    database = str(conninfo_to_dict(url)["dbname"])
    command = [str(program.path), "--exit-on-error", "--no-comments", "--no-password",
               f"--dbname={database}"]  # fmt: skip
    done = 0
    with _errors() as errors:
        running = subprocess.Popen(
            command, env=_environment(url), stdin=subprocess.PIPE, stderr=errors
        )
        try:
            assert running.stdin is not None  # it is a pipe
            with suppress(BrokenPipeError):  # it has gone, and says why on its standard error
                while block := content.read(CHUNK):
                    running.stdin.write(block)
                    done += len(block)
                    progress(done)
                running.stdin.close()
            code = running.wait()
        finally:
            _end(running)
        _require_done(program, code, errors)


def _end(running: subprocess.Popen[bytes]) -> None:
    if running.poll() is None:
        running.kill()
        running.wait()
    for pipe in (running.stdin, running.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()


def _errors() -> IO[bytes]:
    return tempfile.TemporaryFile()


def _require_done(program: Program, code: int, errors: IO[bytes]) -> None:
    if code == 0:
        return
    errors.seek(0)
    lines = errors.read().decode("utf-8", errors="replace").splitlines()
    raise ProgramFailedError(
        program=program.path.name, output="\n".join(lines[-_LAST_LINES:]) or f"(exit code {code})"
    )


def _environment(url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    given = conninfo_to_dict(url)
    named = {
        variable: str(given[name])
        for name, variable in _VARIABLES.items()
        if given.get(name) is not None
    }
    return {**kept, **named, "PGAPPNAME": "troth backup", "LC_ALL": "C"}


def _folders() -> Iterator[Path]:
    seen = set()
    for binaries in find_binaries():
        seen.add(binaries.folder)
        yield binaries.folder
    on_path = shutil.which("pg_dump")
    others = [Path(on_path).resolve().parent] if on_path else []
    for folder in (*others, *sorted(SYSTEM_FOLDER.glob("*/bin"), reverse=True)):
        if folder.resolve() not in seen:
            seen.add(folder.resolve())
            yield folder


@cache
def _program(path: Path) -> Program | None:
    if not os.access(path, os.X_OK):
        return None
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+\S*)", done.stdout)
    return Program(path=path, version=match.group(1)) if match else None


def dumped_rows(program: Program, content: IO[bytes], table: str) -> Iterator[dict[str, str]]:
    """The rows of one table as a dump holds them, column → text; needs no server.

    Raises ProgramFailedError where the dump cannot be read.
    """
    command = [str(program.path), "--data-only", f"--table={table}", "--file=-"]
    # On disk, because pg_restore would wait for us to read while we still write.
    with _errors() as errors, tempfile.TemporaryFile() as found:
        running = subprocess.Popen(
            command, env=_environment(""), stdin=subprocess.PIPE, stdout=found, stderr=errors
        )
        try:
            assert running.stdin is not None  # it is a pipe
            with suppress(BrokenPipeError):
                shutil.copyfileobj(content, running.stdin, CHUNK)
                running.stdin.close()
            code = running.wait()
        finally:
            _end(running)
        _require_done(program, code, errors)
        found.seek(0)
        yield from _copied(found)


_COPY = re.compile(rb"COPY \S+ \((.*)\) FROM stdin;")
_ESCAPED = re.compile(r"\\(.)")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def _copied(script: IO[bytes]) -> Iterator[dict[str, str]]:
    """The rows of PostgreSQL's COPY text format; a null is left out."""
    columns: list[str] = []
    for line in script:
        if not columns:
            if begun := _COPY.match(line):
                columns = [name.strip(' "') for name in begun[1].decode().split(",")]
        elif line == b"\\.\n":
            columns = []
        else:
            cells = line.decode().rstrip("\n").split("\t")
            yield {
                name: _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), cell)
                for name, cell in zip(columns, cells, strict=True)
                if cell != "\\N"
            }
