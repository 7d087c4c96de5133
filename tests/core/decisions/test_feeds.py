"""Does a decision go by how old its feeds were, and does its receipt say so again?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from troth.core.decisions import prioritise_floored, promise_floored
from troth.core.decisions.feeds import FeedUsed, feed_floors
from troth.core.decisions.kinds import kind_named, read_input
from troth.core.decisions.receipt import reexecute, seal

AT = datetime(2026, 3, 4, 8, tzinfo=UTC)
DAY = 86_400
PROMISE = {"at": AT.isoformat(), "facts": {"order": "erp:1", "placed_at": AT.isoformat()}}
CASE = {
    "at": AT.isoformat(),
    "facts": {"case": "desk:1", "opened_at": AT.isoformat(), "severity": 2},
}


def a_feed(age: int | None, **more: object) -> FeedUsed:
    known_at = None if age is None else AT - timedelta(seconds=age)
    return replace(
        FeedUsed(
            feed="crm/accounts",
            record="customer",
            known_at=known_at,
            age_seconds=age,
            promised_seconds=DAY,
        ),
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("feed", "codes"),
    [
        (a_feed(DAY), ()),  # as old as it may be
        (a_feed(DAY + 1), ("floor:stale",)),
        (a_feed(None), ("floor:stale",)),  # nothing ever came
        (a_feed(9 * DAY, promised_seconds=None), ()),  # nothing is promised
        (a_feed(0, unverified=("crm:7",)), ("floor:unverified",)),
        (a_feed(DAY + 1, unverified=("crm:7",)), ("floor:stale", "floor:unverified")),
    ],
)
def test_a_feed_is_a_floor_where_it_is_older_than_promised_or_not_verified(
    feed: FeedUsed, codes: tuple[str, ...]
) -> None:
    assert tuple(floor.code for floor in feed_floors((feed,))) == codes


@pytest.mark.parametrize(
    ("name", "document", "module"),
    [("promise", PROMISE, promise_floored), ("prioritise", CASE, prioritise_floored)],
)
def test_the_receipt_of_a_stale_decision_holds_its_age_and_executes_again(
    name: str, document: dict[str, object], module: object
) -> None:
    given = read_input(name, document)
    fresh = given.decide()
    assert (fresh.semantics, fresh.floors) == (2, ())  # no feed under contract: as ever
    facts = replace(given.facts, feeds=(a_feed(2 * DAY),))
    decision = kind_named(name, 3).decide(facts, given.policy, at=AT)
    assert (decision.semantics, decision.floors) == (3, ("floor:stale",))
    assert decision.outcome == fresh.outcome  # there was no layer to leave out
    used = {fact.name: (fact.source, fact.age_seconds) for fact in decision.facts}
    assert used["feed.customer"] == ("crm/accounts", 2 * DAY)
    (told, *_) = decision.reasons
    assert told.values["age_seconds"] == 2 * DAY
    assert told.values["promised_seconds"] == DAY
    receipt = seal(decision, facts, given.policy)
    shared = {item.digest: item.content for item in receipt.shared}
    assert reexecute(receipt.content, shared, recorded_id=receipt.id) is None
    younger = receipt.content.replace(b'"age_seconds":172800', b'"age_seconds":172799')
    assert reexecute(younger, shared, recorded_id=receipt.id) is not None
