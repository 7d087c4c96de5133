"""How far behind is each feed under contract, and who is told when it is too far?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from troth.actions.outbox import tell
from troth.connectors.contracts.checking import contracts_of
from troth.connectors.workspace import Workspace
from troth.core.calendars import epoch_second
from troth.store.facts.freshness import newest_of_feed
from troth.store.models import Run


def measure_feeds(workspace: Workspace, *, as_of: datetime) -> list[dict[str, Any]]:
    """Every feed under a contract in force: how old its newest news is, how old it may be, and
    which of its fields the contract checks.

    Where now is the clock on the wall, a feed is late by that clock, also while nothing comes in
    at all. Raises ContractError.
    """
    at = max(as_of, timezone.now()) if workspace.now == "live" else as_of
    return [
        {
            **_measured(feed.source, feed.feed, feed.record, feed.seconds("latency"), at=at),
            "checked": [field.name for field in feed.fields if field.rules],
        }
        for contract in contracts_of(workspace.directory)
        if contract.is_in_force
        for feed in contract.feeds
    ]


def _measured(
    source: str, feed: str, record: str, promised: int | None, *, at: datetime
) -> dict[str, Any]:
    newest = newest_of_feed(record, source=source, feed=feed)
    lag = None if newest is None else max(0, epoch_second(at) - epoch_second(newest))
    return {
        "feed": f"{source}/{feed}",
        "record": record,
        "newest_known_at": None if newest is None else newest.isoformat(),
        "lag_seconds": lag,
        "promised_seconds": promised,
        "is_late": promised is not None and (lag is None or lag > promised),
    }


def tell_of_lateness(measured: Iterable[Mapping[str, Any]], *, run: Run) -> None:
    """Tell of each feed that fell behind its promise since the run before, or caught up again."""
    before = Run.objects.filter(pk__lt=run.pk, summary__has_key="feeds").order_by("-pk").first()
    was_late = {
        item["feed"]
        for item in (before.summary["feeds"] if before is not None else ())
        if item["is_late"]
    }
    for item in measured:
        if item["is_late"] is not (item["feed"] in was_late):
            newest = item["newest_known_at"]
            tell(
                "source.late" if item["is_late"] else "source.fresh",
                {
                    "feed": item["feed"],
                    "newest_known_at": None if newest is None else datetime.fromisoformat(newest),
                    "lag_seconds": item["lag_seconds"] or 0,
                    "promised_seconds": item["promised_seconds"] or 0,
                },
            )
