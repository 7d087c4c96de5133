"""From when on does a version hold no more, where others are in stages?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from troth.actions.superseding import _ends
from troth.core.policies.versions import PolicyVersion, from_document

START = datetime(2026, 1, 1, tzinfo=UTC)


def version(number: int, share: int | None = None) -> PolicyVersion:
    at = START + timedelta(days=number)
    document: dict[str, Any] = {
        "kind": "lead_time", "scope": "company", "number": number, "author": "a steward",
        "effective_from": at, "published_at": at, "reason": "a test",
        "outputs": {"history_days": 30},
        "audience": None if share is None else {"share": share, "key": "k"},
    }  # fmt: skip
    return from_document(document)


def ends(versions: list[PolicyVersion]) -> list[datetime | None]:
    found = dict(_ends(versions))
    return [found[item.id] for item in versions]


def test_a_stage_ends_nothing_and_is_ended_by_a_wider_one_and_by_the_whole() -> None:
    base, narrow, wide, whole = version(1), version(2, 10), version(3, 50), version(4)
    assert ends([base, narrow]) == [None, None]
    assert ends([base, narrow, wide]) == [None, wide.effective_from, None]
    begun = whole.effective_from
    assert ends([base, narrow, wide, whole]) == [begun, wide.effective_from, begun, None]
