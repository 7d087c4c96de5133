"""Events: three modes, each event once, bad ones told and kept, the rest landed."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from django.db import connection
from tests.api.company import Caller, caller, event

from troth.actions.events import land_events, replay_events
from troth.actions.idempotency import forget_answers
from troth.connectors.staging.holding import ANYWHERE
from troth.core.access.roles import Role
from troth.store.models import FACTS, AuditEntry, FactPersonal, Landing, QuarantinedRow, User
from troth.store.server import Server

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
ORDERS: Any = FACTS["order"]


def send(program: Caller, *events: Any) -> Any:
    return program.post("/events", json.dumps(list(events)), content_type=BATCH)


def replayed(row: QuarantinedRow, program: Caller) -> str:
    (result,) = replay_events([row.pk], acting_user=program.user, holding=ANYWHERE)
    return result.outcome


def outcomes(answer: Any) -> list[str]:
    return [item["outcome"] for item in answer.json()["data"]]


def test_a_structured_event_lands_as_a_fact(program: Caller) -> None:
    answer = program.post("/events", json.dumps(event()), content_type=STRUCTURED)
    assert (answer.status_code, outcomes(answer)) == (200, ["landed"])
    fact = ORDERS.objects.get(key="erp:SO-1")
    assert (fact.revision, fact.op, fact.status) == (1, "upsert", "open")
    assert (str(fact.total), fact.total_currency) == ("129.900000", "BRL")
    assert fact.known_at.isoformat() == "2026-01-12T09:31:00+00:00"
    assert fact.occurred_at.isoformat() == "2026-01-12T09:30:00+00:00"
    assert json.loads(fact.raw) == event()["data"]
    landing = Landing.objects.get(pk=fact.landing_id)
    assert (landing.source, landing.feed, landing.fact_count) == ("erp", "events", 1)


def test_a_binary_event_lands_as_the_structured_one_does(program: Caller) -> None:
    headers = {f"ce_{name}": value for name, value in event().items() if name not in ("data",)}
    answer = program.post("/events", json.dumps(event()["data"]), **headers)
    assert outcomes(answer) == ["landed"]
    again = program.post("/events", json.dumps(event()), content_type=STRUCTURED)
    assert outcomes(again) == ["duplicate"]


def test_binary_attributes_are_percent_decoded(program: Caller) -> None:
    headers = {
        f"ce_{name}": v for name, v in event(subject="S%C3%BC%201").items() if name != "data"
    }
    answer = program.post("/events", json.dumps(event()["data"]), **headers)
    assert answer.json()["data"][0]["key"] == "erp:Sü 1"


def test_a_batch_lands_in_order_and_tells_what_became_of_each(program: Caller) -> None:
    shipped = event(2, subject="SO-1", data={**event()["data"], "status": "shipped"})
    same = event(3, subject="SO-1", data=shipped["data"])
    gone = event(4, subject="SO-1", type="troth.record.order.gone", data=None)
    back = event(5, subject="erp:SO-1")
    answer = send(program, event(), shipped, same, gone, event(), back)
    assert answer.status_code == 200
    assert outcomes(answer) == ["landed", "landed", "unchanged", "landed", "duplicate", "landed"]
    versions = ORDERS.objects.filter(key="erp:SO-1").order_by("revision")
    assert [(row.revision, row.op, row.status) for row in versions] == [
        (1, "upsert", "open"),
        (2, "upsert", "shipped"),
        (3, "gone", None),
        (4, "upsert", "open"),
    ]


def test_the_same_event_lands_once_even_after_a_newer_one(program: Caller) -> None:
    send(program, event(), event(2, subject="SO-1", data={**event()["data"], "status": "shipped"}))
    forget_answers()
    assert outcomes(send(program, event())) == ["duplicate"]
    assert ORDERS.objects.count() == 2


def test_an_id_that_comes_again_with_other_content_is_refused(program: Caller) -> None:
    send(program, event())
    answer = send(program, event(1, subject="SO-2"))
    assert answer.status_code == 207
    assert answer.json()["data"][0]["errors"][0]["path"] == "id"


def test_unchanged_content_lands_nothing_and_writes_no_entry(program: Caller) -> None:
    send(program, event())
    landings, entries = Landing.objects.count(), AuditEntry.objects.count()
    assert outcomes(send(program, event(2, subject="SO-1"))) == ["unchanged"]
    assert (Landing.objects.count(), AuditEntry.objects.count()) == (landings, entries)


@pytest.mark.filterwarnings("ignore:Arrow output on a DB-API result")  # a copy, no fault
def test_personal_fields_are_stored_apart(program: Caller) -> None:
    data = {"name": "Jane Doe", "email": "jane@example.org", "city": "Oslo"}
    send(program, event(type="troth.record.customer.upserted", subject="C-1", data=data))
    fact: Any = FACTS["customer"]._default_manager.get(key="erp:C-1")  # type: ignore[attr-defined]
    assert json.loads(fact.raw) == {"city": "Oslo"}
    apart = FactPersonal.objects.get(key="erp:C-1")
    assert apart.fields["name"] == "Jane Doe"
    assert json.loads(apart.raw or "") == {"name": "Jane Doe", "email": "jane@example.org"}


def test_each_record_kind_that_dates_itself_lands(program: Caller) -> None:
    data = {"case": "desk:C-1", "occurred_at": "2026-01-10T08:00:00+02:00", "event_kind": "opened"}
    answer = send(program, event(type="troth.record.case_event.upserted", data=data))
    assert outcomes(answer) == ["landed"]
    fact: Any = FACTS["case_event"]._default_manager.get()  # type: ignore[attr-defined]
    assert fact.occurred_at.isoformat() == "2026-01-10T06:00:00+00:00"


def test_custom_fields_are_kept(program: Caller) -> None:
    send(program, event(data={**event()["data"], "custom": {"priority": "express"}}))
    assert ORDERS.objects.get().custom == {"priority": "express"}


def test_a_clock_that_is_ahead_is_not_believed(program: Caller) -> None:
    send(program, event(time="2999-01-01T00:00:00Z"))
    fact = ORDERS.objects.get()
    assert fact.known_at == fact.landed_at


@pytest.mark.parametrize(
    ("changed", "path", "expected"),
    [
        ({"specversion": "0.3"}, "specversion", "1.0"),
        ({"id": ""}, "id", "text of 1 to 512 characters"),
        ({"source": "my erp"}, "source", "without colon or blank"),
        ({"subject": 7}, "subject", "text of 1 to 512 characters"),
        ({"type": "troth.record.dragon.upserted"}, "type", "troth.record.KIND.upserted"),
        ({"type": "order.created"}, "type", "troth.record.KIND.upserted"),
        ({"time": "2026-01-12"}, "time", "an instant with its offset"),
        ({"data": None}, "data", "an object with the record's fields"),
        ({"data": {}}, "data.customer", "the key of a source record"),
        ({"subject": "a\x00b"}, "", "text that can be stored"),
        ({"datacontenttype": 7}, "datacontenttype", "a media type as text"),
        ({"type": "troth.record.order.gone", "data": [7]}, "data", "an object, or nothing"),
    ],
)
def test_a_bad_event_is_told_where_and_kept_in_quarantine(
    program: Caller, changed: dict[str, Any], path: str, expected: str
) -> None:
    answer = program.post("/events", json.dumps(event(**changed)), content_type=STRUCTURED)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    told = {fault["path"]: fault for fault in answer.json()["errors"]}
    assert expected in told[path]["expected"]
    assert told[path]["remedy"]
    kept = QuarantinedRow.objects.get(column=path or None)
    assert json.loads(kept.raw) == event(**changed)
    assert ORDERS.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value", "path", "remedy"),
    [
        ("status", "lost", "data.status", "Choose one of these."),
        ("customer", "C-1", "data.customer", 'Name the system: "erp:4711".'),
        ("placed_at", "2026-01-12T09:30", "data.placed_at", "2026-01-31T09:00:00Z"),
        ("total", 12.5, "data.total", '"currency": …'),
        ("total", {"amount": "x", "currency": "EUR"}, "data.total.amount", '"12.50"'),
        ("total", {"amount": "1", "currency": "euro"}, "data.total.currency", '"EUR"'),
        ("total", {"amount": "0.1234567", "currency": "EUR"}, "data.total.amount", "0.123457"),
        ("totl", {}, "data.totl", "Did you mean 'total'?"),
        ("key", "SO-1", "data.key", "Leave it out: the event's subject is the record's key."),
        ("custom", [], "data.custom", ""),
        ("site", "", "data.site", "Name the system"),
    ],
)
def test_each_fault_of_the_data_has_its_path_and_remedy(
    program: Caller, field: str, value: Any, path: str, remedy: str
) -> None:
    if field == "custom":
        value = ["no object"]
    answer = send(program, event(data={**event()["data"], field: value}))
    [fault] = answer.json()["data"][0]["errors"]
    assert fault["path"] == path
    assert remedy in fault["remedy"]


def test_a_fault_in_a_personal_field_does_not_repeat_it(program: Caller) -> None:
    data = {"email": ["jane@example.org"]}
    answer = send(program, event(type="troth.record.customer.upserted", data=data))
    [fault] = answer.json()["data"][0]["errors"]
    assert fault["found"] == "list"
    assert "jane" not in QuarantinedRow.objects.get().message


def test_the_rest_of_a_batch_lands(program: Caller) -> None:
    answer = send(program, event(1), event(2, type="nonsense"), "no event", event(3))
    assert answer.status_code == 207
    assert outcomes(answer) == ["landed", "rejected", "rejected", "landed"]
    assert {key: answer.json()[key] for key in ("landed", "rejected")} == {
        "landed": 2,
        "rejected": 2,
    }
    assert ORDERS.objects.count() == 2
    assert set(QuarantinedRow.objects.values_list("source", "row")) == {("erp", 2), ("unknown", 3)}


def test_a_corrected_event_lands_under_the_same_id_and_ends_its_quarantine(
    program: Caller,
) -> None:
    send(program, event(data={}))
    assert QuarantinedRow.objects.filter(resolved_at=None).count() == 2
    assert outcomes(send(program, event())) == ["landed"]
    assert QuarantinedRow.objects.filter(resolved_at=None).count() == 0


def test_a_quarantined_event_can_be_replayed(program: Caller) -> None:
    send(program, event(type="nonsense"))
    row = QuarantinedRow.objects.get()
    assert replayed(row, program) == "rejected"
    QuarantinedRow.objects.filter(pk=row.pk).update(raw=json.dumps(event()))  # as if we had learnt
    assert replayed(row, program) == "landed"
    row.refresh_from_db()
    assert row.resolved_at is not None


@pytest.mark.parametrize("body", [{}, [1] * 1001, "x"])
def test_a_batch_that_is_no_list_or_too_long_is_refused_whole(program: Caller, body: Any) -> None:
    answer = program.post("/events", json.dumps(body), content_type=BATCH)
    assert answer.status_code == 422
    assert QuarantinedRow.objects.count() == 0


def test_another_content_type_names_the_three_modes(program: Caller) -> None:
    answer = program.post("/events", json.dumps(event()))
    assert answer.status_code == 415
    assert BATCH in answer.json()["detail"]


def test_an_empty_batch_lands_nothing(program: Caller) -> None:
    assert send(program).json()["landed"] == 0


def test_the_same_event_at_the_same_moment_lands_once(own_database: Server) -> None:
    program = caller(Role.INTEGRATION)
    results = at_once(
        4,
        lambda: [
            item.outcome
            for item in land_events([event()], acting_user=program.user, holding=ANYWHERE)
        ],
    )
    assert sorted(results) == [["duplicate"]] * 3 + [["landed"]]
    assert ORDERS.objects.count() == 1


def test_events_on_one_record_at_the_same_moment_count_its_revisions(
    own_database: Server,
) -> None:
    program = caller(Role.INTEGRATION)
    numbers = iter(range(100))
    lock = threading.Lock()

    def land() -> int | None:
        with lock:
            number = next(numbers)
        data = {**event()["data"], "channel": None, "custom": {"number": number}}
        [result] = land_events(
            [event(number, subject="SO-1", data=data)],
            acting_user=User.objects.get(pk=program.user.pk),
            holding=ANYWHERE,
        )
        return result.revision

    assert sorted(str(found) for found in at_once(4, land)) == ["1", "2", "3", "4"]


def at_once(count: int, work: Any) -> list[Any]:
    """What `work` gives in so many threads that begin together."""
    ready = threading.Barrier(count)
    found: list[Any] = []

    def run() -> None:
        try:
            ready.wait(10)
            found.append(work())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def test_events_that_overtake_each_other_end_where_those_in_order_do(program: Caller) -> None:
    """What holds now is what was said last by the clock of the system, in every order."""

    def said(number: int, hour: int, status: str) -> Any:
        data = {**event()["data"], "status": status}
        time = f"2026-01-12T{hour:02}:00:00Z"
        return event(id=f"o-{number}", time=time, data=data)

    states = ["open", "shipped", "open", "delivered"]
    told = [said(number, 10 + number, state) for number, state in enumerate(states)]
    for place, order in enumerate([(0, 1, 2, 3), (3, 2, 1, 0), (1, 0, 3, 2), (1, 0, 0, 2, 3)]):
        key = f"SO-9{place}"
        for number in order:
            sent = {**told[number], "subject": key, "id": f"{key}-{number}"}
            assert outcomes(send(program, sent))[0] in ("landed", "duplicate")
        held = ORDERS.objects.filter(key=f"erp:{key}").order_by("known_at", "revision")
        assert [fact.status for fact in held] == states
