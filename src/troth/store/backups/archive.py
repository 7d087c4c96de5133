"""How do the parts of a backup become one file, and which of its bytes can be trusted?

The file is a tar. Its parts stream into it, so that it needs no second copy of the database on
disk: the header of a part is written again when its length is known. The manifest names every part
with its SHA-256 and stands behind them; the last part signs the manifest. The file gets its name
only when all of it is on the disk.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from troth.store.backups.errors import BackupExistsError, DamagedBackupError, NoRoomError
from troth.store.backups.manifest import Manifest, Part, read_manifest

MANIFEST, SIGNATURE = "manifest.json", "manifest.note"
DUMP, KEYS = "database.dump", "keys.json"
SUFFIX = ".troth-backup"
BLOCK = 512
CHUNK = 1 << 20
_MOST_OF_A_SMALL_PART = 64 << 20
_UNSIGNED = (MANIFEST, SIGNATURE)
_FILES = re.compile(r"troth\.toml|(?:sources|contracts|policies)/[^/\\\0]+\.yaml")
"""What a restore writes into a workspace: nothing outside of it, and no other file."""


class ArchiveWriter:
    """Takes parts one after the other; knows the length and hash of each."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.parts: dict[str, Part] = {}

    def add(self, name: str, content: bytes) -> None:
        """A part that fits into memory."""
        with self.part(name) as write:
            write(content)

    @contextmanager
    def part(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """Gives the function that takes the next bytes of this part."""
        start = self._file.tell()
        self._file.write(_header(name, 0))
        digest, size = hashlib.sha256(), 0

        def write(content: bytes) -> None:
            nonlocal size
            digest.update(content)
            size += len(content)
            self._file.write(content)

        yield write
        self._file.write(b"\0" * (-size % BLOCK))
        end = self._file.tell()
        self._file.seek(start)
        self._file.write(_header(name, size))
        self._file.seek(end)
        self.parts[name] = Part(sha256=digest.hexdigest(), size=size)

    def finish(self) -> None:
        """Two empty blocks end a tar."""
        self._file.write(b"\0" * (2 * BLOCK))


@contextmanager
def writing_archive(path: Path, *, is_forced: bool = False) -> Iterator[ArchiveWriter]:
    """An archive that is at `path`, whole and for its owner alone, or not at all.

    Raises BackupExistsError, NoRoomError.
    """
    if path.exists() and not is_forced:
        raise BackupExistsError(path=path)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "r+b") as file:
            writer = ArchiveWriter(file)
            yield writer
            writer.finish()
            file.flush()
            os.fsync(file.fileno())
        if is_forced:
            draft.replace(path)
        else:
            _name(draft, path)
        _sync_folder(path.parent)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_room(path.parent, needed=0) from error
        raise
    finally:
        draft.unlink(missing_ok=True)


def require_room(place: Path, *, needed: int) -> None:
    """Raises NoRoomError where fewer bytes than that are free at a folder."""
    if shutil.disk_usage(place).free < needed:
        raise no_room(place, needed=needed)


def no_room(place: Path, *, needed: int) -> NoRoomError:
    """What to say where a disk is full."""
    free = shutil.disk_usage(place).free
    needed_mb = max(needed, free) // 1_000_000 + 1
    return NoRoomError(place=place, free_mb=free // 1_000_000, needed_mb=needed_mb)


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A backup whose every byte was compared with its manifest."""

    path: Path
    manifest: Manifest
    manifest_bytes: bytes
    note: str  # the signed note over the manifest

    def files(self) -> tuple[str, ...]:
        """The parts that are files of the workspace's folder, by name."""
        return tuple(sorted(name for name in self.manifest.parts if _FILES.fullmatch(name)))

    def small(self, name: str) -> bytes:
        """A part that fits into memory. Raises DamagedBackupError."""
        with self.part(name) as file:
            return file.read(_MOST_OF_A_SMALL_PART)

    @contextmanager
    def part(self, name: str) -> Iterator[IO[bytes]]:
        """A part, to be read from its beginning. Raises DamagedBackupError."""
        with _opened(self.path) as tar:
            found = tar.extractfile(name)
            if found is None:
                raise DamagedBackupError(path=self.path, reason=f"{name} is no file")
            yield found


def read_archive(path: Path, *, progress: Callable[[int], None] = lambda count: None) -> Archive:
    """Read all of a backup once and compare it with its manifest. Raises DamagedBackupError."""
    found: dict[str, Part] = {}
    kept: dict[str, bytes] = {}
    seen = 0
    with _opened(path) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isreg() else None
            if file is None or member.name in found:
                raise DamagedBackupError(path=path, reason=f"{member.name!r} does not belong there")
            digest = hashlib.sha256()
            while content := file.read(CHUNK):
                digest.update(content)
                seen += len(content)
                progress(seen)
                if member.name in _UNSIGNED:
                    kept[member.name] = kept.get(member.name, b"") + content
            found[member.name] = Part(sha256=digest.hexdigest(), size=member.size)
    missing = [name for name in _UNSIGNED if name not in kept]
    if missing:
        raise DamagedBackupError(path=path, reason=f"{missing[0]} is missing; it was cut off")
    try:
        manifest = read_manifest(kept[MANIFEST])
        note = kept[SIGNATURE].decode()
    except ValueError as error:
        raise DamagedBackupError(path=path, reason=str(error)) from error
    parts = {name: part for name, part in found.items() if name not in _UNSIGNED}
    for name in sorted(parts.keys() | manifest.parts.keys()):
        if parts.get(name) != manifest.parts.get(name):
            raise DamagedBackupError(
                path=path, reason=f"{name} is not the part that the manifest names"
            )
    return Archive(path=path, manifest=manifest, manifest_bytes=kept[MANIFEST], note=note)


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:") as tar:
            yield tar
    except (tarfile.TarError, EOFError, KeyError) as error:
        raise DamagedBackupError(path=path, reason=f"it cannot be read as a tar ({error})") from (
            error
        )


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    # GNU's form writes a length of 8 GiB and more into the same 512 bytes.
    block = member.tobuf(tarfile.GNU_FORMAT)
    if len(block) != BLOCK:
        raise ValueError(f"{name!r} is too long to name a part")
    return block


def _name(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)  # unlike a rename, it replaces nothing
    except FileExistsError as error:
        raise BackupExistsError(path=path) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
