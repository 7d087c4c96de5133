"""Is what happened told, and only that, and to whom it may be told?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.actions.outgoing import demonstration, endpoint, told

from troth.actions.clock_checks import breach_due_clocks
from troth.actions.news import breached_before, clock_news, promise_news
from troth.actions.outbox import Audience, Event, tell
from troth.actions.people import system_user
from troth.actions.questions import keep_apart
from troth.actions.recording import recorded
from troth.actions.webhooks import remove_endpoint
from troth.core.webhooks.events import UndeclaredDataError
from troth.store.models import Clock, Customer, OutboxMessage, Promise, ResolutionQuestion

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEST = {"endpoint_id": "ep_1"}


@pytest.fixture(autouse=True)
def workspace(db: None, tmp_path: Path) -> Iterator[Path]:
    with demonstration(tmp_path) as folder:
        yield folder


def customer(number: int, **more: Any) -> Customer:
    return Customer.objects.create(
        id=f"cus_{number:016x}", region="default", first_known_at=NOON, **more
    )


def settled(whom: str) -> Event:
    return Event(
        type="identity.question_settled",
        data={"question_id": "brg_1", "verdict": "apart"},
        customers=(whom,),
    )


def promise(state: str, at: datetime = NOON, **more: Any) -> Promise:
    return Promise(
        order_key="erp:SO-1", state=state, promised_at=at, first_decision_id="dec_1", **more
    )


def types(events: Iterator[Event]) -> list[str]:
    return [event.type for event in events]


def test_each_address_that_asked_gets_a_message_and_no_other() -> None:
    every, kept = endpoint(), endpoint(9, "promise.kept")
    assert tell("webhook.test", TEST) == 1
    assert OutboxMessage.objects.get().endpoint_id == every.endpoint_id
    remove_endpoint(endpoint_id=every.endpoint_id, reason="", acting_user=system_user())
    assert tell("webhook.test", TEST) == 0
    assert Audience.load().hears("promise.kept", "webhook.test")
    assert not Audience.load().hears("webhook.test")
    assert list(Audience.load().asked) == [kept.endpoint_id]


def test_where_nobody_asked_a_bulk_of_events_costs_one_query() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        Audience.load().tell(settled(f"cus_{number}") for number in range(1_000))
    assert len(queries) == 1
    endpoint()
    with CaptureQueriesContext(connection) as queries:
        Audience.load().tell(settled(f"cus_{number}") for number in range(1_000))
    assert len(queries) > 1  # the control: with an address, customers are looked up


def test_what_is_undone_is_not_told() -> None:
    endpoint()
    before = OutboxMessage.objects.count()
    with (
        pytest.raises(ZeroDivisionError),
        recorded(acting_user=system_user(), action="a:b:c", right=None),
    ):
        tell("webhook.test", TEST)
        assert OutboxMessage.objects.count() == before + 1
        _ = 1 / 0
    assert OutboxMessage.objects.count() == before


def test_data_that_is_not_declared_stops_the_write() -> None:
    endpoint()
    with pytest.raises(UndeclaredDataError), transaction.atomic():
        tell("webhook.test", TEST | {"email": "kim@example.org"})
    assert told() == []


def test_an_event_about_a_restricted_or_unknown_customer_is_not_told() -> None:
    endpoint()
    plain, closed = customer(1), customer(2, is_restricted=True)
    events = [settled(closed.pk), settled("cus_nobody"), settled(plain.pk)]
    assert Audience.load().tell(events) == 1
    assert OutboxMessage.objects.get().customer_id == plain.pk
    both = Event(type="webhook.test", data=TEST, customers=(plain.pk, closed.pk))
    assert Audience.load().tell([both]) == 0
    # The control: the same event is told once nobody is restricted.
    Customer.objects.update(is_restricted=False)
    assert Audience.load().tell([both]) == 1


def test_messages_are_numbered_in_the_order_in_which_they_were_written() -> None:
    endpoint()
    first = tell("webhook.test", TEST) and OutboxMessage.objects.get().pk
    Audience.load().tell(Event(type="webhook.test", data=TEST) for _ in range(50))
    ids = list(OutboxMessage.objects.order_by("created_at", "id").values_list("pk", flat=True))
    assert ids[0] == first == min(ids)
    assert all(len(key) == 36 and key.startswith("msg_") for key in ids)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (None, "open", ["promise.made"]),
        (None, "late", ["promise.made", "promise.late"]),
        (None, "kept", []),  # it was over before Troth first saw it
        (None, "broken", []),
        ("open", "open", []),
        ("open", "late", ["promise.late"]),
        ("late", "late", []),
        ("open", "kept", ["promise.kept"]),
        ("late", "broken", ["promise.broken"]),
        ("open", "cancelled", ["promise.cancelled"]),
        ("kept", "broken", []),  # the source corrected history
    ],
)
def test_a_promise_is_news_when_it_turns(before: str | None, now: str, expected: list[str]) -> None:
    known = {} if before is None else {"erp:SO-1": (before, NOON)}
    assert types(promise_news(known, [promise(now)])) == expected


def test_a_promise_that_moves_while_it_is_open_is_told_with_what_it_was() -> None:
    moved = promise("open", NOON + timedelta(days=1))
    (event,) = promise_news({"erp:SO-1": ("open", NOON)}, [moved])
    assert event.type == "promise.changed"
    assert event.data["previously_promised_at"] == NOON
    assert types(promise_news({"erp:SO-1": ("kept", NOON)}, [moved])) == []


def clock(subject: str, **more: Any) -> Clock:
    return Clock(
        **{
            "subject_kind": "case", "subject": subject, "metric": "resolution",
            "region": "default", "started_at": NOON - timedelta(days=1), "due_at": NOON,
            "state": "in_progress", "as_of": NOON, **more,
        }
    )  # fmt: skip


def test_a_clock_is_news_once_when_it_is_breached() -> None:
    Clock.objects.bulk_create([clock("running"), clock("breached", breached=True)])
    before = breached_before(["running", "breached", "new", "over"])
    changed = [
        clock("running", breached=True, state="completed"),
        clock("breached", breached=True),
        clock("new", breached=True),
        clock("over", breached=True, state="completed"),
        clock("well"),
    ]
    found = [event.data["case_key"] for event in clock_news(before, changed)]
    assert found == ["running", "new"]


def test_clocks_that_run_out_are_told() -> None:
    endpoint()
    orders = {"subject_kind": "order", "metric": "delivery"}
    Clock.objects.bulk_create([clock("desk:C-1"), clock("erp:SO-1", **orders)])
    at = NOON + timedelta(minutes=1)
    assert breach_due_clocks(at=at, acting_user=system_user()) == 2
    assert [(name, data["case_key"]) for name, data in told()] == [
        ("case.clock_breached", "desk:C-1")
    ]


def test_a_settled_question_is_told() -> None:
    endpoint(9, "identity.question_settled")
    ids = [customer(1).pk, customer(2).pk]
    ResolutionQuestion.objects.create(
        id="brg_1", source_key="crm:A", customers=ids, because="x", asked_at=NOON
    )
    keep_apart(question_id="brg_1", reason="Their tax ids differ.", acting_user=system_user())
    assert told() == [("identity.question_settled", {"question_id": "brg_1", "verdict": "apart"})]
