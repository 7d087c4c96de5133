"""How do reads of personal fields get into the audit log?

In groups: what was noted within a second is one entry. Whoever serves people runs `keep_recording`
beside them; a command records what it has shown before it ends.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import suppress

import structlog
from django.db import DatabaseError, connection

from troth.actions.people import system_user
from troth.actions.recording import recorded, writing
from troth.store.queries.reads import Noted, give_back, take_noted

ACTION = "access:personal:read"
WINDOW_SECONDS = 1.0

_MOST_SUBJECTS = 1_000  # an entry; more become another one
_log = structlog.get_logger("troth.reads")


def record_reads() -> int:
    """Write what was noted; how many different reads it was. What cannot be written is kept."""
    noted = take_noted()
    if noted is None:
        return 0
    try:
        with writing():
            for group in _groups(noted):
                _write(group, noted)
    except BaseException:
        give_back(noted)
        raise
    return len(noted.counts)


class ReadRecorder:
    """A thread that records each second's reads, until it is stopped."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="troth-reads", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Record what is left and end."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(WINDOW_SECONDS):
            self._record()
        self._record()
        with suppress(DatabaseError):
            connection.close()

    def _record(self) -> None:
        try:
            record_reads()
        except Exception as error:  # the thread must outlive a database that restarts
            _log.error("reads.not_recorded", error=type(error).__name__)
            connection.close()


def _groups(noted: Noted) -> list[dict[tuple[int, str], dict[str, int]]]:
    """(viewer, what) → subject → times, cut so that no entry grows without bound."""
    groups: list[dict[tuple[int, str], dict[str, int]]] = []
    for place, (read, times) in enumerate(noted.counts.items()):
        if place % _MOST_SUBJECTS == 0:
            groups.append(defaultdict(dict))
        groups[-1][(read.viewer, read.what)][read.subject] = times
    return groups


def _write(group: dict[tuple[int, str], dict[str, int]], noted: Noted) -> None:
    with recorded(acting_user=system_user(), action=ACTION, right=None) as entry:
        entry.detail = {
            "since": noted.since.isoformat(),
            "reads": [
                {
                    "viewer": viewer,
                    "what": what,
                    "subjects": sorted(subjects),
                    "times": sum(subjects.values()),
                }
                for (viewer, what), subjects in sorted(group.items())
            ],
        }
