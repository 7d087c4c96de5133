"""Can somebody begin, widen and undo a roll-out from the pages, and see how it goes?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.console.company import (
    NOW,
    READING,
    add_customers,
    add_rollout,
    customer_id,
    rollouts,
)

from troth.actions.people import system_user
from troth.core.access.roles import Right, Role, may
from troth.core.policies.audiences import bucket
from troth.store.models import AuditEntry, PolicyVersion, Rollout, User
from troth.store.queries.rollouts import customers_inside
from troth.store.queries.viewing import viewer_of

Reader = Callable[[Role], Client]


@pytest.mark.parametrize("role", list(Role))
def test_only_who_may_publish_sees_the_buttons_and_advances(
    company: None, reader: Reader, role: Role
) -> None:
    row = add_rollout()
    client, is_allowed = reader(role), may(role, Right.PUBLISH_POLICY)
    text = client.get(f"/rollouts/{row.pk}").content.decode()
    assert (f'action="/rollouts/{row.pk}/advance"' in text) is is_allowed
    assert (f'action="/rollouts/{row.pk}/rollback"' in text) is is_allowed
    answer = client.post(f"/rollouts/{row.pk}/advance", {"reason": "It went well."})
    assert answer.status_code == (302 if is_allowed else 403)
    assert (Rollout.objects.get().state == "done") is is_allowed


def test_rolling_back_puts_the_version_before_into_force_and_keeps_the_reason(
    company: None, reader: Reader
) -> None:
    row = add_rollout(readings=[READING], checked_at=NOW)
    client = reader(Role.OPERATIONS_ENGINEER)
    assert "crossed" in client.get(f"/rollouts/{row.pk}").content.decode()
    refused = client.post(f"/rollouts/{row.pk}/rollback", {"reason": " "}, follow=True)
    assert "This needs its reason" in refused.content.decode()
    text = client.post(
        f"/rollouts/{row.pk}/rollback", {"reason": "Too hasty."}, follow=True
    ).content.decode()
    assert "What held before is in force again" in text
    assert "Too hasty." in text
    row.refresh_from_db()
    assert row.state == "rolled_back"
    restored = PolicyVersion.objects.get(pk=row.restored)
    assert restored.document["outputs"] == {"service_quantile": "0.9"}
    entry = AuditEntry.objects.get(action="rollout:version:rolled_back")
    assert (entry.reason, entry.subject) == ("Too hasty.", row.pk)
    again = client.post(f"/rollouts/{row.pk}/rollback", {"reason": "Again."}, follow=True)
    assert "there is nothing to undo" in again.content.decode()


def test_a_version_that_was_never_in_stages_is_rolled_back_from_its_page(
    company: None, reader: Reader
) -> None:
    first, second = PolicyVersion.objects.filter(layer="company").order_by("number")
    client = reader(Role.OPERATIONS_ENGINEER)
    assert "/rollback" not in client.get(f"/policies/{first.pk}").content.decode()
    assert (
        f"/policies/{second.pk}/rollback" in client.get(f"/policies/{second.pk}").content.decode()
    )
    client.post(f"/policies/{second.pk}/rollback", {"reason": "Nobody meant it."})
    third = PolicyVersion.objects.get(layer="company", number=3)
    assert third.document["outputs"] == first.document["outputs"]
    assert third.reason == "Nobody meant it."
    assert client.get("/policies/pol_0").status_code == 404


def test_what_is_wrong_with_a_new_roll_out_is_told_beside_it_and_nothing_is_begun(
    company: None, reader: Reader
) -> None:
    client = reader(Role.OPERATIONS_ENGINEER)
    assert client.get("/rollouts/begin").status_code == 200
    document = (
        "policy: {kind: lead_time, scope: company, outputs: {service_quantile: '0.8'}}\n"
        "stages: [{share: 10}, {share: 5}]\n"
        "guardrails: [{measure: promise_coverag, worse_by: 5}]\nreason: A try.\n"
    )
    answer = client.post("/rollouts/begin", {"document": document})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Did you mean &#x27;promise_coverage&#x27;?" in text
    assert "stages: [{share: 10}, {share: 5}]" in text
    broken = client.post("/rollouts/begin", {"document": "stages: ["})
    assert "not readable as YAML" in broken.content.decode()
    unsigned = document.replace("{share: 5}", "{share: 50}").replace("coverag,", "coverage,")
    refused = client.post("/rollouts/begin", {"document": unsigned})
    assert "The sign-off of" in refused.content.decode()
    assert not Rollout.objects.exists()


def test_the_list_is_empty_at_first_and_a_thousand_are_cut_into_pages(
    company: None, reader: Reader
) -> None:
    client = reader(Role.AUDITOR)
    assert "Nothing is being rolled out" in client.get("/rollouts").content.decode()
    rows = rollouts(range(1_000), state="rolled_back")
    for number, row in enumerate(rows):
        row.created_at = NOW + timedelta(minutes=number)
    Rollout.objects.bulk_create(rows)
    assert "Nothing is being rolled out" in client.get("/rollouts").content.decode()
    text = client.get("/rollouts?state=all&page=20").content.decode()
    assert "951–1,000 of 1,000" in text
    assert client.get("/rollouts?format=csv&state=all").getvalue().count(b"rol_") == 1_000


def test_who_is_in_is_who_the_rule_says(company: None, reader: Reader) -> None:
    add_customers(range(5, 60))
    row = add_rollout()
    found = customers_inside(viewer=viewer_of(system_user()), rollout_id=row.pk, size=1_000)
    names = [customer_id(number) for number in range(60)]
    assert [key for key, _ in found.rows] == [n for n in names if bucket(row.pk, n) < 5_000]
    assert 10 < found.total < 50
    text = reader(Role.STEWARD).get(f"/rollouts/{row.pk}").content.decode()
    assert found.rows[0][0] in text


def test_numbers_over_all_customers_are_withheld_from_who_sees_some(
    company: None, reader: Reader
) -> None:
    row = add_rollout(readings=[READING], checked_at=timezone.now())
    User.objects.filter(role=Role.AGENT.value).update(regions=["Bayern"])
    text = reader(Role.AGENT).get(f"/rollouts/{row.pk}").content.decode()
    assert "you see some of them" in text
    assert "1,080" not in text
    assert "1,080" in reader(Role.EXECUTIVE).get(f"/rollouts/{row.pk}").content.decode()
