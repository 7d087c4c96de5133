"""Events and regions: where a record may be held is asked before anything of it is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.api.company import Caller, event

from troth.actions.quarantine import replay
from troth.connectors.workspace import find_workspace
from troth.store.models import FACTS, FactPersonal, IdempotencyKey, QuarantinedRow

BATCH = "application/cloudevents-batch+json"
STRUCTURED = "application/cloudevents+json"
CUSTOMERS: Any = FACTS["customer"]
ORDERS: Any = FACTS["order"]
CANARY = "Canary Quillfeather"


@pytest.fixture
def in_europe(workspace: Path) -> Path:
    """A workspace that may hold one region alone."""
    allow(workspace, "eu")
    return workspace


def allow(workspace: Path, *regions: str) -> None:
    text = f'[workspace]\nname = "Shop"\nregion = "eu"\nregions = {json.dumps(regions)}\n'
    (workspace / "troth.toml").write_text(text, "utf-8")


def person(number: int = 1, **changed: Any) -> dict[str, Any]:
    found = event(
        number,
        subject=f"C-{number}",
        type="troth.record.customer.upserted",
        data={"name": CANARY, "email": "canary@example.org", "country": "US"},
    )
    return found | changed


def send(program: Caller, *events: Any) -> list[str]:
    answer = program.post("/events", json.dumps(list(events)), content_type=BATCH)
    return [item["outcome"] for item in answer.json()["data"]]


def regions(table: Any) -> dict[str, str]:
    return dict(table.objects.order_by("revision").values_list("key", "region"))


def test_a_record_of_a_region_that_is_not_held_is_refused_and_not_kept(
    program: Caller, in_europe: Path
) -> None:
    answer = program.post("/events", json.dumps(person(region="us")), content_type=STRUCTURED)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/region-refused")
    (fault,) = answer.json()["errors"]
    assert (fault["path"], fault["found"]) == ("region", "'us'")
    assert fault["expected"].startswith("one of eu")
    row = QuarantinedRow.objects.get()
    assert (row.code, row.raw, row.key) == ("row:region:refused", "{}", "erp:C-1")
    assert "'us'" in row.message
    assert not CUSTOMERS.objects.exists()
    assert not FactPersonal.objects.exists()
    assert CANARY not in answer.content.decode() + row.message


def test_the_same_event_lands_where_its_region_is_held(program: Caller, in_europe: Path) -> None:
    # The control: what is refused above is the region and nothing else.
    assert send(program, person(region="us")) == ["rejected"]
    allow(in_europe, "eu", "us")
    assert send(program, person(region="us")) == ["landed"]  # its id was not used up
    assert regions(CUSTOMERS) == {"erp:C-1": "us"}
    assert not QuarantinedRow.objects.filter(resolved_at=None).exists()


def test_without_limits_every_region_lands_as_it_is_said(program: Caller) -> None:
    assert send(program, person(region="us"), person(2)) == ["landed", "landed"]
    assert regions(CUSTOMERS) == {"erp:C-1": "us", "erp:C-2": "default"}


def test_a_record_follows_its_customer_and_what_it_belongs_to(
    program: Caller, workspace: Path
) -> None:
    line = event(
        3,
        subject="L-1",
        type="troth.record.order_line.upserted",
        data={"order": "erp:SO-1", "product": "erp:P", "quantity": {"amount": "1", "unit": "ea"}},
    )
    order = event(1, data={**event()["data"], "customer": "erp:C-1"}, subject="SO-1")
    # The line stands before the order, and the order before the customer, in one delivery.
    sent = [line, order, person(region="us", id="x")]
    assert send(program, *sent) == ["landed", "landed", "landed"]
    assert regions(ORDERS) == {"erp:SO-1": "us"}
    assert regions(FACTS["order_line"]) == {"erp:L-1": "us"}


def test_what_belongs_to_a_refused_customer_is_refused_with_them(
    program: Caller, in_europe: Path
) -> None:
    order = event(2, data={**event()["data"], "customer": "erp:C-1"})
    assert send(program, order, person(region="us")) == ["rejected", "rejected"]
    assert set(QuarantinedRow.objects.values_list("raw", flat=True)) == {"{}"}
    other = event(3, data={**event()["data"], "customer": "erp:C-7"})
    assert send(program, other) == ["landed"]
    assert regions(ORDERS) == {"erp:SO-3": "eu"}


def test_a_record_that_is_held_elsewhere_stays_there_until_an_event_moves_it(
    program: Caller,
) -> None:
    later = person(id="b", data={"name": "Other"})
    assert send(program, person(region="us"), later) == ["landed", "landed"]
    assert regions(CUSTOMERS) == {"erp:C-1": "us"}
    moved = person(id="c", data={"name": "Other"}, region="eu")
    assert send(program, moved) == ["landed"]
    assert regions(CUSTOMERS) == {"erp:C-1": "eu"}
    assert send(program, {**moved, "id": "d"}) == ["unchanged"]


@pytest.mark.parametrize("wrong", [{"region": "us"}, {"region": 7}, {"region": " "}])
def test_a_faulty_event_of_another_region_is_not_kept_either(
    program: Caller, in_europe: Path, wrong: dict[str, Any]
) -> None:
    faulty = person(data={"name": CANARY, "nonsense": CANARY}, **wrong)
    assert send(program, faulty) == ["rejected"]
    row = QuarantinedRow.objects.get()
    assert (row.code, row.raw) == ("row:region:refused", "{}")
    assert CANARY not in row.message


def test_a_faulty_event_is_kept_where_its_region_is_held(program: Caller, in_europe: Path) -> None:
    # The control of the one above.
    faulty = person(data={"name": CANARY, "nonsense": CANARY}, region="eu")
    assert send(program, faulty) == ["rejected"]
    row = QuarantinedRow.objects.get()
    assert row.code == "event:data"
    assert CANARY in row.raw


def test_a_region_that_is_none_is_told_where_every_region_is_held(program: Caller) -> None:
    answer = program.post("/events", json.dumps(person(region=7)), content_type=STRUCTURED)
    assert answer.json()["type"] == "/problems/rejected"
    assert answer.json()["errors"][0]["path"] == "region"


def test_a_refused_event_waits_until_it_is_sent_again(program: Caller, in_europe: Path) -> None:
    send(program, person(region="us"))
    allow(in_europe, "eu", "us")
    replayed = replay(find_workspace(in_europe), acting_user=program.user)
    assert (replayed.tried, replayed.landed, replayed.resolved) == (0, 0, 0)
    assert QuarantinedRow.objects.filter(resolved_at=None).count() == 1
    assert not IdempotencyKey.objects.filter(key__startswith="cloudevent:").exists()
