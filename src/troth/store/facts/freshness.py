"""How old was each feed under contract at some moment, and which of its records are unverified?

Each run measures the feeds under contract at its own moment and keeps that in its journal. A
decision goes by the first measurement that was made at or after its own moment: what was promised
under a stale feed stays as it was promised, whatever comes in later.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max

from troth.core.calendars import epoch_second
from troth.core.decisions.feeds import FeedUsed
from troth.store.models import FACTS, QuarantinedRow, Run

BATCH = "contract:batch:"  # how the code of a row begins that was let in and waits for a steward
# Which kinds of records a decision of each kind rests on.
PROMISE = frozenset({"order", "customer", "contract", "invoice_line", "site"})
PRIORITISE = frozenset({"case", "case_event", "customer", "contract", "invoice_line"})


class Freshness:
    """The measurements of every run, and what waits for a steward."""

    def __init__(
        self,
        measured: Iterable[tuple[datetime, list[Mapping[str, Any]]]],
        waiting: Iterable[tuple[str, str, datetime, datetime | None]] = (),
    ) -> None:
        """`measured` by moment; of two of one moment the later one counts. `waiting`: feed, key
        of the record, found at, settled at."""
        by_moment = dict(measured)
        self._moments = sorted(by_moment)
        self._feeds = [by_moment[moment] for moment in self._moments]
        self._waiting: dict[str, list[tuple[str, datetime, datetime | None]]] = {}
        for feed, key, found_at, settled_at in waiting:
            self._waiting.setdefault(key, []).append((feed, found_at, settled_at))

    @classmethod
    def load(cls) -> Freshness:
        """Of all runs. Empty where no contract promises anything."""
        runs = Run.objects.filter(summary__has_key="feeds", as_of__isnull=False).order_by("pk")
        measured = [
            (as_of, feeds)
            for as_of, feeds in runs.values_list("as_of", "summary__feeds")
            if as_of is not None
        ]
        if not any(feeds for _, feeds in measured):
            return cls(())
        rows = QuarantinedRow.objects.filter(code__startswith=BATCH, key__isnull=False)
        return cls(
            measured,
            (
                (f"{source}/{feed}", key, seen_at, resolved_at)
                for source, feed, key, seen_at, resolved_at in rows.order_by("pk").values_list(
                    "source", "feed", "key", "seen_at", "resolved_at"
                )
                if key is not None
            ),
        )

    def at(
        self, at: datetime, *, records: Collection[str], keys: Iterable[str | None]
    ) -> tuple[FeedUsed, ...]:
        """The feeds under contract that a decision of `at` rests on, and on whose `keys`."""
        if not self._moments:
            return ()
        place = min(bisect_left(self._moments, at), len(self._moments) - 1)
        unverified = self._unverified(at, keys)
        return tuple(
            _used(item, at, unverified.get(item["feed"], ()))
            for item in self._feeds[place]
            if item["record"] in records
        )

    def _unverified(self, at: datetime, keys: Iterable[str | None]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for key in keys:
            for feed, found_at, settled_at in self._waiting.get(key or "", ()):
                is_open = found_at <= at and (settled_at is None or at < settled_at)
                if is_open and key not in found.get(feed, ()):
                    found[feed] = (*found.get(feed, ()), str(key))
        return found


def _used(item: Mapping[str, Any], at: datetime, unverified: tuple[str, ...]) -> FeedUsed:
    told = item["newest_known_at"]
    # Measured later than `at`, it may have told of something since: then it was not behind.
    known_at = None if told is None else min(datetime.fromisoformat(told), at)
    return FeedUsed(
        feed=item["feed"],
        record=item["record"],
        known_at=known_at,
        age_seconds=None if known_at is None else epoch_second(at) - epoch_second(known_at),
        promised_seconds=item["promised_seconds"],
        unverified=unverified,
    )


def newest_of_feed(record: str, *, source: str, feed: str) -> datetime | None:
    """The newest instant that a feed has told of, by the data's own stamps."""
    rows = FACTS[record]._default_manager.filter(landing__source=source, landing__feed=feed)
    newest: datetime | None = rows.aggregate(newest=Max("known_at"))["newest"]
    return newest


def waiting_for_stewards() -> int:
    """How many rows were let in and wait to be looked at."""
    return QuarantinedRow.objects.filter(code__startswith=BATCH, resolved_at=None).count()
