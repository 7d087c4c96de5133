"""Starting work over HTTP: rows in quarantine are read again, the main job is asked for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.api.company import Caller, caller
from tests.api.test_problems import problem

from troth.actions.people import system_user
from troth.actions.run_requests import RequestedRun, request_run
from troth.actions.sync import sync_feed
from troth.connectors import files
from troth.core.access.roles import Right, Role, may
from troth.store.models import FACTS, AuditEntry, QuarantinedRow
from troth.store.server import Server

MAPPING = """\
source: shop
system: shop
time_zone: UTC
feeds:
  - name: orders
    record: order
    files: exports/orders.csv
    key: id
    fields:
      customer: customer
      placed_at: placed
"""
ORDERS = "id,customer,placed\n1,C1,05.01.2026 08:00\n2,C2,06.01.2026 08:00\n"


def waiting_jobs() -> list[int]:
    rows = ProcrastinateJob.objects.filter(task_name="run", status="todo")
    return list(rows.values_list("pk", flat=True))


# --- runs ---


def test_a_run_is_deferred_with_its_author(db: None) -> None:
    engineer = caller(Role.OPERATIONS_ENGINEER)
    answer = engineer.post("/runs", "")
    assert answer.status_code == 202
    (job_id,) = waiting_jobs()
    assert answer.json() == {"job_id": job_id, "is_new": True}
    entry = AuditEntry.objects.get(action="run:job:requested")
    assert (entry.actor, entry.subject) == (engineer.user, str(job_id))


def test_a_run_that_waits_already_is_answered_and_none_is_added(db: None) -> None:
    engineer = caller(Role.OPERATIONS_ENGINEER)
    (first, again) = (engineer.post("/runs", "") for _ in range(2))
    assert again.status_code == 202
    assert again.json() == {"job_id": first.json()["job_id"], "is_new": False}
    assert len(waiting_jobs()) == 1
    assert AuditEntry.objects.filter(action="run:job:requested").count() == 1


def test_behind_a_run_that_has_begun_another_may_wait(db: None) -> None:
    engineer = caller(Role.OPERATIONS_ENGINEER)
    first = engineer.post("/runs", "").json()["job_id"]
    # As a worker does that takes it up.
    fetched = app.connector.get_sync_connector().execute_query_one(
        "SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)"
    )
    assert fetched["id"] == first
    behind = engineer.post("/runs", "").json()
    assert (behind["is_new"], behind["job_id"] != first) == (True, True)


def test_many_who_ask_at_once_get_the_same_run(own_database: Server) -> None:
    engineer = caller(Role.OPERATIONS_ENGINEER)
    together = threading.Barrier(4)
    found: list[RequestedRun] = []

    def ask() -> None:
        try:
            together.wait(20)
            found.append(request_run(acting_user=engineer.user))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [item.job_id for item in found] == waiting_jobs() * 4
    assert sum(item.is_new for item in found) == 1


def test_the_same_request_asks_once(db: None) -> None:
    engineer = caller(Role.OPERATIONS_ENGINEER)
    first = engineer.post("/runs", "", Idempotency_Key="k")
    again = engineer.post("/runs", "", Idempotency_Key="k")
    assert (again.status_code, again.content) == (202, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert len(waiting_jobs()) == 1


@pytest.mark.parametrize("role", list(Role))
def test_only_who_may_run_asks_for_a_run(db: None, role: Role) -> None:
    answer = caller(role).post("/runs", "")
    if may(role, Right.RUN):
        assert answer.status_code == 202
    else:
        problem(answer, 403, "forbidden")
        assert waiting_jobs() == []


# --- quarantine ---


@pytest.fixture
def shop(db: None, tmp_path: Path) -> Iterator[Path]:
    """A workspace whose two orders were synced by a mapping that cannot read their dates."""
    (tmp_path / "troth.toml").write_text('[workspace]\nname = "Shop"\n', "utf-8")
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports/orders.csv").write_text(ORDERS, "utf-8")
    mapping = tmp_path / "sources/shop.yaml"
    mapping.parent.mkdir()
    mapping.write_text(MAPPING, "utf-8")
    connector = files.load(mapping, workspace=tmp_path)
    for feed in connector.feeds():
        sync_feed(connector, feed, acting_user=system_user())
    with override_settings(WORKSPACE=tmp_path):
        yield tmp_path


def replay(somebody: Caller, ids: Any, **headers: str) -> Any:
    return somebody.post("/quarantine/replay", json.dumps({"ids": ids}), **headers)


def mend(shop: Path) -> None:
    """The mapping learns how the source writes dates."""
    learnt = '{column: placed, format: "%d.%m.%Y %H:%M"}'
    path = shop / "sources/shop.yaml"
    path.write_text(MAPPING.replace("placed_at: placed", f"placed_at: {learnt}"), "utf-8")


def row_ids() -> list[int]:
    return list(QuarantinedRow.objects.order_by("pk").values_list("pk", flat=True))


def test_a_row_that_is_named_lands_and_the_others_wait(shop: Path) -> None:
    mend(shop)
    first, second = row_ids()
    answer = replay(caller(Role.STEWARD), [first, 999_999])
    assert answer.json() == {"tried": 1, "landed": 1, "resolved": 1}
    assert FACTS["order"]._default_manager.count() == 1
    assert QuarantinedRow.objects.get(resolved_at=None).pk == second


def test_null_replays_every_row_once_for_one_key(shop: Path) -> None:
    mend(shop)
    steward = caller(Role.STEWARD)
    first = replay(steward, None, Idempotency_Key="k")
    assert first.json() == {"tried": 2, "landed": 2, "resolved": 2}
    assert replay(steward, None, Idempotency_Key="k").content == first.content
    assert replay(steward, None).json() == {"tried": 0, "landed": 0, "resolved": 0}


def test_a_row_that_still_fails_stays(shop: Path) -> None:
    answer = replay(caller(Role.STEWARD), None)
    assert answer.json() == {"tried": 2, "landed": 0, "resolved": 0}
    assert QuarantinedRow.objects.filter(resolved_at=None).count() == 2


@pytest.mark.parametrize("name", ["sources/shop.yaml", "troth.toml"])
def test_what_is_no_longer_declared_is_a_problem_that_names_it(shop: Path, name: str) -> None:
    (shop / name).unlink()
    found = problem(replay(caller(Role.STEWARD), None), 409, "source-unreadable")
    assert name in found["detail"]
    assert QuarantinedRow.objects.filter(resolved_at=None).count() == 2


@pytest.mark.parametrize(
    "body", [{}, {"ids": "all"}, {"ids": [0]}, {"ids": ["1"]}, {"ids": [2**63]}]
)
def test_a_replay_says_which_rows(shop: Path, body: Any) -> None:
    found = problem(
        caller(Role.STEWARD).post("/quarantine/replay", json.dumps(body)), 422, "invalid"
    )
    assert found["errors"][0]["path"].startswith("ids")


@pytest.mark.parametrize("role", list(Role))
def test_only_who_may_land_replays(shop: Path, role: Role) -> None:
    answer = replay(caller(role), None)
    if may(role, Right.LAND):
        assert answer.status_code == 200
    else:
        problem(answer, 403, "forbidden")
