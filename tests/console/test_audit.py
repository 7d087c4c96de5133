"""Does the audit page sign, and does an entry's page show a proof only where it holds?"""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

from django.test import Client

from troth.console.pages import audit
from troth.core.access.roles import Role
from troth.store.models import AuditCheckpoint, AuditEntry


def test_an_entry_is_proved_once_somebody_asks_for_it(
    company: None, reader: Callable[[Role], Client]
) -> None:
    client = reader(Role.AUDITOR)
    index = AuditEntry.objects.latest("index").index
    before = client.get(f"/audit/{index}").content.decode()
    assert f'action="/audit/{index}/prove"' in before
    assert "No checkpoint covers this entry yet" in before
    assert client.post(f"/audit/{index}/prove")["Location"] == f"/audit/{index}#proof"
    after = client.get(f"/audit/{index}").content.decode()
    assert "This entry stands in the log that was signed" in after
    assert AuditCheckpoint.objects.get().note.splitlines()[0] in after
    assert f'action="/audit/{index}/prove"' not in after


def test_a_proof_that_does_not_hold_is_said_to_be_none(
    company: None, reader: Callable[[Role], Client]
) -> None:
    client = reader(Role.AUDITOR)
    client.post("/audit/0/prove")
    with mock.patch.object(audit, "verify", return_value=False):
        shown = client.get("/audit/0").content.decode()
    assert "The proof does not hold" in shown
    assert "This entry stands in the log that was signed" not in shown


def test_the_audit_page_says_how_long_the_log_is_and_signs_it(
    company: None, reader: Callable[[Role], Client]
) -> None:
    client = reader(Role.AUDITOR)
    assert "No checkpoint was signed yet" in client.get("/audit").content.decode()
    assert client.post("/audit/checkpoint")["Location"] == "/audit"
    shown = client.get("/audit").content.decode()
    assert "The newest checkpoint is over" in shown
    assert reader(Role.AGENT).post("/audit/checkpoint").status_code == 403
    assert client.get("/audit/999999").status_code == 404
