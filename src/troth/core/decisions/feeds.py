"""How old is what a decision rests on, and is it younger than its contract allows?

A feed under contract stands in a decision with the newest thing that it had told of, and with
what was promised of it. A feed that is older than its promise, or a record that broke its terms
and that nobody has looked at yet, is a reason for the floor: no layer that rests on a customer's
own facts is asked. docs/decisions/0026 says why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from troth.core.calendars import epoch_second
from troth.core.decisions.decision import FactUsed
from troth.core.decisions.inputs import Fields
from troth.core.policies.floors import Floor, FloorReason


@dataclass(frozen=True, kw_only=True)
class FeedUsed:
    """One feed under contract, as it stood when the subject was first decided."""

    feed: str  # "crm/accounts"
    record: str  # the kind of record that it brings
    known_at: datetime | None  # the newest thing that it had told of; None: nothing yet
    age_seconds: int | None  # how old that was then
    promised_seconds: int | None  # how old it may be; None: the contract promises nothing
    # Of the records that the decision uses, those that broke their terms and wait for a steward.
    unverified: tuple[str, ...] = ()

    @property
    def is_stale(self) -> bool:
        """Whether it is older than promised. What never came is as old as can be."""
        if self.promised_seconds is None:
            return False
        return self.age_seconds is None or self.age_seconds > self.promised_seconds


def feed_floors(feeds: Iterable[FeedUsed]) -> tuple[Floor, ...]:
    """A floor for each feed that is stale, and for each that holds what nobody verified."""
    found = []
    for item in feeds:
        if item.is_stale:
            values = {
                "feed": item.feed,
                "age_seconds": item.age_seconds,
                "promised_seconds": item.promised_seconds,
            }
            found.append(Floor(because=FloorReason.STALE, values=values))
        if item.unverified:
            values = {"feed": item.feed, "records": len(item.unverified)}
            found.append(Floor(because=FloorReason.UNVERIFIED, values=values))
    return tuple(found)


def feeds_as_facts(feeds: Iterable[FeedUsed], at: datetime) -> tuple[FactUsed, ...]:
    """Each feed as a fact that the decision used, with its age at `at`."""
    return tuple(
        FactUsed(
            name=f"feed.{item.record}",
            value=item.promised_seconds,
            source=item.feed,
            known_at=item.known_at,
            age_seconds=None
            if item.known_at is None
            else epoch_second(at) - epoch_second(item.known_at),
        )
        for item in feeds
    )


def write_feeds(feeds: Iterable[FeedUsed]) -> list[dict[str, Any]]:
    """What `read_feeds` reads."""
    return [
        {
            "feed": item.feed,
            "record": item.record,
            "known_at": item.known_at,
            "age_seconds": item.age_seconds,
            "promised_seconds": item.promised_seconds,
            "unverified": list(item.unverified),
        }
        for item in feeds
    ]


def read_feeds(found: Iterable[object], *, path: str) -> tuple[FeedUsed, ...]:
    """Feeds as a receipt or a person writes them. Raises DecisionInputError."""
    read = []
    for index, row in enumerate(found):
        fields = Fields(row, path=f"{path}[{index}]")
        read.append(
            FeedUsed(
                feed=fields.text("feed"),
                record=fields.text("record"),
                known_at=fields.instant("known_at", None),
                age_seconds=fields.integer("age_seconds", None, minimum=0),
                promised_seconds=fields.integer("promised_seconds", None, minimum=0),
                unverified=tuple(map(str, fields.sequence("unverified", ()))),
            )
        )
        fields.finish()
    return tuple(read)
