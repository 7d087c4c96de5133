"""Is anything left of two hundred people who were erased, and does all that has to stay hold?

A simulated company, and 200 people with a word of their own in every personal field: names,
e-mails, phones, addresses, tax ids, what they wrote, what was written about them, rows that could
not be read, answers that are kept for programs, messages that wait. All are erased. The bytes of
PostgreSQL's table files are searched, as those of the logs, snapshots and everything else that
Troth keeps. The control does all of it but the scrubbing, and finds them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.privacy.canaries import (
    CANARY,
    files_below,
    hits_in,
    key_of,
    lay_aviary,
    notes_of,
    table_files,
    word,
)
from tests.workspaces import Troth

from troth.actions.people import system_user
from troth.actions.privacy import ErasureReason, erase
from troth.actions.recording import recorded
from troth.cli.starting import database
from troth.connectors.workspace import find_workspace
from troth.store.models import (
    BreakGlass,
    Crosswalk,
    IdempotencyKey,
    OutboxMessage,
    WebhookEndpoint,
)
from troth.store.queries.viewing import as_the_program
from troth.store.sealing import wrap

COUNT = 200


@pytest.fixture
def company(ran: Troth, monkeypatch: pytest.MonkeyPatch) -> Iterator[Troth]:
    """The simulated company with canaries in it, after its main job."""
    for name, value in ran.environment.items():
        monkeypatch.setenv(name, value)
    lay_aviary(ran, COUNT)
    ran.run()
    with database(find_workspace(ran.directory)), as_the_program():
        _leave_traces()
        yield ran


def _leave_traces() -> None:
    """Canaries where the main job leaves none."""
    author = system_user()
    customers = dict(
        Crosswalk.objects.filter(source_key__startswith="aviary:B").values_list(
            "source_key", "customer_id"
        )
    )
    with recorded(acting_user=author, action="webhook:endpoint:added", right=None) as entry:
        endpoint = WebhookEndpoint.objects.create(
            id="ep_1",
            url="https://hooks.example/troth",
            secret=wrap(b"secret", b"webhook:ep_1"),
            created_by=author,
            created_at=timezone.now(),
        )
        entry.wrote(endpoint)
    for number in range(COUNT):
        _write_of(customers[key_of(number)], word(number), number, endpoint)


def _write_of(customer: str, name: str, number: int, endpoint: WebhookEndpoint) -> None:
    """What people and programs left of one customer, each row through the log."""
    author = endpoint.created_by
    with recorded(
        acting_user=author,
        action="customer:note:made",
        right=None,
        subject=customer,
        reason=f"{name} asked for it",
        customer_id=customer,
    ) as entry:
        glass = BreakGlass.objects.create(
            id=f"glass_{number}",
            customer_id=customer,
            user=author,
            reason=f"{name} is on the phone",
            comment=f"so said {name}",
            starts_at=timezone.now(),
            ends_at=timezone.now(),
        )
        message = OutboxMessage.objects.create(
            id=f"msg_{number}",
            endpoint=endpoint,
            event_type="customer.changed",
            customer_id=customer,
            payload=json.dumps({"name": f"{name} van Vogel"}),
            created_at=timezone.now(),
        )
        entry.wrote(glass)
        entry.wrote(message)
    IdempotencyKey.objects.create(
        user=author,
        key=f"k{number}",
        request_sha256="",
        answer=json.dumps({"name": f"{name} van Vogel"}),
    )


def _kept_beside(troth: Troth) -> list[Path]:
    """Everything else that Troth writes: its own folder and the server's logs."""
    logs = Path(os.environ["TROTH_TEST_SERVER"]) / "log"
    return [*files_below(troth.directory / ".troth"), *files_below(logs)]


def _totals(troth: Troth) -> dict[str, object]:
    invoiced = troth.rows(
        "SELECT amount_currency, sum(amount) FROM (SELECT DISTINCT ON (key) * FROM"
        " fact_invoice_line ORDER BY key, revision DESC) AS line WHERE op = 'upsert' GROUP BY 1"
    )
    trailing = troth.rows("SELECT currency, sum(revenue_trailing) FROM store_customer GROUP BY 1")
    measured = troth("metrics", "--json")
    assert measured.code == 0, measured.err
    return {"invoiced": sorted(invoiced), "trailing": sorted(map(str, trailing)),
            "measured": measured.out}  # fmt: skip


def _leaf(proof: dict[str, Any]) -> object:
    return proof["entry"]["envelope"]


def _erase_all() -> None:
    with as_the_program():
        for number in range(COUNT):
            erase(key_of(number), reason=ErasureReason.REQUEST, acting_user=system_user())


def test_nothing_is_left_of_erased_people_and_all_that_stays_holds(
    company: Troth, tmp_path: Path
) -> None:
    before = _totals(company)
    # Analysed, so that the planner's notes hold some of them too.
    company.rows("ANALYZE")
    seen = hits_in(table_files(company))
    assert sum(seen.values()) > COUNT * 20
    assert notes_of(company)
    kept = tmp_path / "kept.txt"
    assert company("audit", "checkpoint", "--output", kept).code == 0
    customer = company.one("SELECT customer_id FROM store_crosswalk WHERE source_key = %s",
                           key_of(7))  # fmt: skip
    proved = company("audit", "prove", customer, "--json").json()

    _erase_all()
    assert sum(hits_in(table_files(company)).values()) > 0  # the control: deleted is not gone
    company.rows("VACUUM")
    assert sum(hits_in(table_files(company)).values()) > 0  # nor is it after a plain VACUUM
    # Other tests write beside it on the same server.
    scrubbed = company("privacy", "scrub", "--wait", "600", "--json")
    assert scrubbed.code == 0, scrubbed.err

    assert notes_of(company) == []
    assert hits_in(table_files(company)) == {}
    assert hits_in(_kept_beside(company)) == {}
    assert _totals(company) == before
    assert company("audit", "verify", "--since", kept).code == 0
    again = company("audit", "prove", customer, "--json").json()
    assert again["faults"] == proved["faults"] == []
    leaves = [_leaf(proof) for proof in again["proofs"]]
    assert [leaf for leaf in map(_leaf, proved["proofs"]) if leaf not in leaves] == []
    assert company("receipts", "verify").code == 0
    # The sources send them again, and the main job makes nothing of it.
    assert company.run()["failures"] == []
    assert company("source", "sync", "aviary", "--json").code in (0, 1)
    assert hits_in(table_files(company)) == {}
    assert hits_in(_kept_beside(company)) == {}
    assert not CANARY.search(json.dumps(company.rows("SELECT * FROM store_customerpersonal"),
                                        default=str).encode())  # fmt: skip
