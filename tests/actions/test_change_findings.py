"""Is whoever writes or signs a change told how it meets other layers and kinds, and no secret?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone
from tests.actions.freezing import VIP, People, add_customers, add_people, publish, version

from troth.actions import changes
from troth.actions.change_errors import ConflictsError
from troth.actions.policies import Written
from troth.core.policies.impossible import IMPOSSIBLE
from troth.core.policies.layers import CHANGED_LATER, NOBODY
from troth.store.models import PolicyChange
from troth.store.queries.policy_findings import policy_check
from troth.store.queries.viewing import as_the_program, viewer_of

FIRST = "first_response_minutes_1"


@pytest.fixture
def people(db: None) -> People:
    found = add_people()
    add_customers(named=found.boss)
    return found


def checked(people: People, **document: Any) -> PolicyChange:
    """A change of one policy from now on, checked; with nobody's name who reads it."""
    whole = {"effective_from": timezone.now().isoformat(), "reason": "A test.", **document}
    written = [Written(document=whole, place="test", author="mona")]
    with as_the_program():
        row = changes.draft(written, title="t", reason="r", acting_user=people.maker)
        changes.check_change(row.pk, acting_user=people.maker)
        row.refresh_from_db()
    return row


def table(severities: str, minutes: int) -> dict[str, Any]:
    rule = {"id": "r", "when": {"severity": severities}, "then": {FIRST: minutes}}
    return {"hit": "FIRST", "rules": [rule]}


def test_a_tier_that_changes_a_hidden_customers_own_terms_is_told_as_a_count(
    people: People,
) -> None:
    kind = "service_level"
    with as_the_program():
        publish(version(kind=kind, outputs={FIRST: 30}), people.boss)
        own = version(f"customer:{VIP}", kind=kind, outputs={}, table=table("1", 5))
        publish(own, people.boss)
    row = checked(people, kind=kind, scope="tier:Gold", table=table("<= 3", 10))
    told = [item for item in row.findings if item["kind"] == CHANGED_LATER]
    (sentence,) = (item["sentence"] for item in told)
    assert "it changes what one customer or contract with a policy of its own is given." in sentence
    assert not any(item["is_in_the_way"] for item in row.findings)
    assert VIP not in json.dumps(row.findings)
    # The control: whoever may see the customer finds it named once it is published.
    with as_the_program():
        changes.propose(row.pk, acting_user=people.maker)
        row.refresh_from_db()
    proposed = version(
        "tier:Gold", kind=kind, number=9, table=table("<= 3", 10), outputs={},
    )  # fmt: skip
    for user, is_named in ((people.boss, True), (people.maker, False)):
        found = policy_check(viewer=viewer_of(user), proposed=[proposed]).findings
        hits = [item for item in found if item.kind == CHANGED_LATER]
        assert bool(hits) == is_named


def test_a_promise_that_another_kind_makes_impossible_stands_in_the_way(people: People) -> None:
    days = {"weekdays": [0], "window_opens": "08:00", "window_closes": "16:00"}
    with as_the_program():
        publish(version(kind="delivery", outputs=days), people.boss)
    row = checked(people, kind="lead_time", scope="company",
                  outputs={"maximum_lead_time_days": 3})  # fmt: skip
    (fault,) = [item for item in row.findings if item["is_in_the_way"]]
    assert fault["kind"] == IMPOSSIBLE
    with as_the_program(), pytest.raises(ConflictsError, match="goods are received on Mon only"):
        changes.propose(row.pk, acting_user=people.maker)
    mended = checked(people, kind="lead_time", scope="company",
                     outputs={"maximum_lead_time_days": 9})  # fmt: skip
    assert not any(item["is_in_the_way"] for item in mended.findings)


def test_a_tier_that_nobody_is_in_is_told_and_what_stood_before_is_not(people: People) -> None:
    nobody = {"kind": "lead_time", "scope": "tier:Platin", "outputs": {"history_days": 30}}
    row = checked(people, **nobody)
    assert [item["kind"] for item in row.findings] == [NOBODY]
    with as_the_program():
        publish(version("tier:Platin"), people.boss)
    again = checked(people, kind="delivery", scope="company", outputs={"packaging": "tight"})
    assert again.findings == []
