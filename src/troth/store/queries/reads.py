"""Who has read what about a person?

Each read of something personal is noted here, in the memory of the process, and the notes become
one audit entry within a second (`troth.actions.reads`). A process that is killed in between loses
the notes of that second, and no other.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from troth.store.queries.viewing import Viewer

MOST_WAITING = 100_000  # different reads; the notes of a second are some hundreds


@dataclass(frozen=True, kw_only=True)
class Read:
    """One viewer has seen one kind of thing about one subject."""

    viewer: int  # the user's id
    what: str  # name, record, words, row, export
    subject: str  # a customer's id, a case's or quarantined row's key


@dataclass(frozen=True, kw_only=True)
class Noted:
    """The reads of some moments, each with how often it happened."""

    since: datetime
    counts: dict[Read, int]


class ReadsNotRecordedError(RuntimeError):
    """Too many reads wait to be written to the audit log. Check the database, then try again."""


class _Notes:
    """What waits to be written, for the whole process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[Read] = Counter()
        self._since: datetime | None = None

    def add(self, read: Read) -> None:
        with self._lock:
            if len(self._counts) >= MOST_WAITING:  # nothing personal is shown without a record
                raise ReadsNotRecordedError(ReadsNotRecordedError.__doc__)
            self._since = self._since or datetime.now(UTC)
            self._counts[read] += 1

    def take(self) -> Noted | None:
        with self._lock:
            if self._since is None:
                return None
            taken = Noted(since=self._since, counts=dict(self._counts))
            self._counts, self._since = Counter(), None
            return taken

    def give_back(self, noted: Noted) -> None:
        with self._lock:
            self._counts.update(noted.counts)
            self._since = min(noted.since, self._since or noted.since)


_notes = _Notes()


def note(*, viewer: Viewer, what: str, subject: str) -> None:
    """Note one read. Raises ReadsNotRecordedError where too many were not written yet."""
    _notes.add(Read(viewer=viewer.user_id, what=what, subject=subject))


def take_noted() -> Noted | None:
    """All notes, which are then gone from here; None where there is none."""
    return _notes.take()


def give_back(noted: Noted) -> None:
    """Put notes back that could not be written."""
    _notes.give_back(noted)
