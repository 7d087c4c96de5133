"""How far behind is each source, and what did it bring?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Sum

from troth.core.access.roles import Right
from troth.store.models import FACTS, Landing, Run
from troth.store.queries.lists import PAGE_SIZE, Page, cut
from troth.store.queries.viewing import Viewer, as_the_program, viewing
from troth.store.queries.visibility import visible_quarantine


@dataclass(frozen=True, kw_only=True)
class FeedStatus:
    """One feed of one source: what it brought, when, and what waits in quarantine."""

    source: str
    feed: str
    kind: str
    landed_at: datetime | None  # of the newest landing
    newest_known_at: datetime | None  # what the newest landing told of
    fact_count: int
    landing_count: int
    quarantined: int
    # As the last run measured it, by the contract of the feed; none where there is no contract.
    lag_seconds: int | None = None
    promised_seconds: int | None = None
    is_late: bool = False

    @property
    def promised(self) -> timedelta | None:
        """How far behind it may be."""
        seconds = self.promised_seconds
        return None if seconds is None else timedelta(seconds=seconds)

    def lag(self, at: datetime) -> timedelta | None:
        """How old the newest thing known from this feed is at `at`; None: nothing landed."""
        return None if self.newest_known_at is None else at - self.newest_known_at


@dataclass(frozen=True, kw_only=True)
class LandingRow:
    """One batch of one feed that landed something."""

    id: int
    source: str
    feed: str
    kind: str
    landed_at: datetime
    fact_count: int


def feeds(*, viewer: Viewer) -> tuple[FeedStatus, ...]:
    """Every feed that ever landed or was refused a row, by source and feed."""
    with viewing(viewer, Right.SEE_QUARANTINE) as sight:
        landed = {
            (row["source"], row["feed"]): row
            for row in Landing.objects.values("source", "feed").annotate(
                kind=Max("kind"),
                newest=Max("landed_at"),
                facts=Sum("fact_count"),
                batches=Count("pk"),
                last=Max("pk"),
            )
        }
        waiting = {
            (row["source"], row["feed"]): row["rows"]
            for row in visible_quarantine(sight)
            .filter(resolved_at=None)
            .values("source", "feed")
            .annotate(rows=Count("pk"))
        }
        with as_the_program():  # how old a feed is says nothing of any customer
            known = _newest_known({row["kind"] for row in landed.values()})
        measured = _measured()
        return tuple(
            FeedStatus(
                **measured.get(key, {}),
                source=key[0],
                feed=key[1],
                kind=landed[key]["kind"] if key in landed else "",
                landed_at=landed[key]["newest"] if key in landed else None,
                newest_known_at=known.get((landed[key]["kind"], key[0])) if key in landed else None,
                fact_count=landed[key]["facts"] if key in landed else 0,
                landing_count=landed[key]["batches"] if key in landed else 0,
                quarantined=waiting.get(key, 0),
            )
            for key in sorted({*landed, *waiting})
        )


def find_landings(
    *, viewer: Viewer, source: str = "", page: int = 1, size: int = PAGE_SIZE
) -> Page[LandingRow]:
    """Landings, newest first."""
    with viewing(viewer, Right.SEE_QUARANTINE):
        rows = Landing.objects.order_by("-pk")
        if source:
            rows = rows.filter(source=source)
        return cut(rows, page=page, size=size, to_row=_row)


def _newest_known(kinds: set[str]) -> dict[tuple[str, str], datetime]:
    """(kind, source) → the newest instant known, one grouped query a kind."""
    newest: dict[tuple[str, str], datetime] = {}
    for kind in sorted(kinds & FACTS.keys()):
        rows = FACTS[kind]._default_manager.values_list("landing__source")
        for source, known_at in rows.annotate(newest=Max("known_at")):
            newest[kind, source] = known_at
    return newest


def _measured() -> dict[tuple[str, str], dict[str, Any]]:
    """(source, feed) → its lag and its promise, as of the last run."""
    last = Run.objects.filter(finished_at__isnull=False).order_by("-pk").first()
    told = ("lag_seconds", "promised_seconds", "is_late")
    return {
        (item["feed"].partition("/")[0], item["feed"].partition("/")[2]): {
            name: item[name] for name in told
        }
        for item in (last.summary.get("feeds", ()) if last is not None else ())
    }


def _row(row: Landing) -> LandingRow:
    return LandingRow(
        id=row.pk,
        source=row.source,
        feed=row.feed,
        kind=row.kind,
        landed_at=row.landed_at,
        fact_count=row.fact_count,
    )
