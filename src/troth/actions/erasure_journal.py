"""Who was erased, where a restored database cannot forget it?

WORKSPACE/.troth/erasures.jsonl (or TROTH_ERASURE_JOURNAL) holds a line an erasure, by keys alone.
It is on the disk before the erasure commits, so that there is never one without its line; a line
without its erasure is done by `replay`. It is kept apart from the backups of the database.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from troth.store.server.layout import open_owned

JOURNAL_VARIABLE = "TROTH_ERASURE_JOURNAL"


class DamagedJournalError(Exception):
    """A line of the erasure journal cannot be read. Mend it: each is one JSON object."""

    code = "privacy:journal-damaged"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One erasure, as it is done again after a restore."""

    id: str
    subject: str
    kind: str  # customer, contact or agent
    reason: str
    requested_by: str  # the username
    erased_at: str  # ISO 8601, UTC
    sources: tuple[tuple[str, str], ...]  # (kind, key) of the records that led to the others


def journal_path() -> Path:
    """Where the journal lies."""
    given = os.environ.get(JOURNAL_VARIABLE)
    return Path(given) if given else Path(settings.WORKSPACE) / ".troth" / "erasures.jsonl"


def append(line: Line) -> None:
    """Add a line and have it on the disk. Two at once wait for each other."""
    path = journal_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_new = not path.exists()
    descriptor = open_owned(path, os.O_WRONLY | os.O_APPEND)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(asdict(line), sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        _keep_folder(path.parent)


def lines() -> Iterator[Line]:
    """Every line, the oldest first. Raises DamagedJournalError."""
    path = journal_path()
    if not path.exists():
        return
    for number, text in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            found = json.loads(text)
            found["sources"] = tuple((kind, key) for kind, key in found["sources"])
            yield Line(**found)
        except (ValueError, TypeError, KeyError) as error:
            raise DamagedJournalError(
                f"{path}:{number}: this line is no erasure: {error}. Each is one JSON object. "
                "Mend the line, or take it from a copy of the journal; nothing was changed."
            ) from error


def _keep_folder(folder: Path) -> None:
    """Have the new file's name on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
