"""Who is told that a feed is behind what was promised of it, and how often?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.actions.outgoing import demonstration, endpoint, told

from troth.actions.freshness import tell_of_lateness
from troth.store.models import Run


def _feed(lag: int | None, *, is_late: bool) -> dict[str, Any]:
    return {
        "feed": "crm/accounts",
        "record": "customer",
        "newest_known_at": None if lag is None else "2026-01-01T00:00:00+00:00",
        "lag_seconds": lag,
        "promised_seconds": 60,
        "is_late": is_late,
    }


@pytest.mark.usefixtures("db")
def test_a_feed_that_falls_behind_is_told_of_once_and_once_that_it_caught_up(
    tmp_path: Path,
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with demonstration(tmp_path):
        endpoint(9, "source.late", "source.fresh")
        for feed in (
            _feed(10, is_late=False),
            _feed(90, is_late=True),
            _feed(95, is_late=True),
            _feed(5, is_late=False),
            _feed(None, is_late=True),
        ):
            run = Run.objects.create(
                started_at=timezone.now(), stage="finished", summary={"feeds": [feed]}
            )
            tell_of_lateness([feed], run=run)
    lags = [(name, data["lag_seconds"], data["newest_known_at"]) for name, data in told()]
    first = at.isoformat().replace("+00:00", "Z")
    assert lags == [
        ("source.late", 90, first),
        ("source.fresh", 5, first),
        ("source.late", 0, None),
    ]
