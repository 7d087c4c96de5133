"""Does a preview of another tier say what a run would then write, and keep nothing of it?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.actions.merging_world import AS_OF, POLICIES, START, World, differences, state

from troth.actions.policies import plan, publish
from troth.actions.tier_previews import TierPreviewError, preview_tier
from troth.core.access.roles import Role
from troth.store.models import AuditEntry, CaseWork, Clock, Customer, OutboxMessage, Promise, User
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import as_nobody

ALWAYS = START - timedelta(days=400)


@pytest.fixture
def world(db: None, tmp_path: Path) -> World:
    return World(tmp_path, customers=6, seed=3)


@pytest.fixture
def manager(world: World) -> User:
    role = Role.OPERATIONS_MANAGER.value
    return User.objects.create(username="m", name="Mia", role=role, password="!")


def somebody() -> Customer:
    """Who has a case, and was never in the best tier."""
    waiting = CaseWork.objects.filter(is_open=True).values_list("customer", flat=True)
    return Customer.objects.filter(pk__in=waiting).exclude(tiers__tier="Gold").order_by("pk")[0]


def due(customer: Customer) -> dict[tuple[str, str], object]:
    """When the promises and clocks of one are due."""
    clocks = Clock.objects.filter(customer=customer).exclude(metric="delivery")
    promises = Promise.objects.filter(customer=customer)
    return {
        **{(row.subject, row.metric): row.due_at for row in clocks},
        **{(row.pk, "delivery"): row.promised_at for row in promises},
    }


def test_it_says_what_a_run_writes_once_everybody_is_in_that_tier(
    world: World, manager: User, tmp_path: Path
) -> None:
    customer = somebody()
    before, entries = state(), AuditEntry.objects.count()
    stood = due(customer)
    shown = preview_tier(customer_id=customer.pk, tier="Gold", since=ALWAYS, acting_user=manager)
    assert differences(before, state()) == "{}"
    assert AuditEntry.objects.count() == entries
    assert not OutboxMessage.objects.exists()
    moved = {(item.subject, item.metric): item.due_after for item in shown.consequences.work}
    assert len(stood) - len(moved) == shown.consequences.unchanged_work

    # The oracle: a policy that takes everybody in, and the main job.
    file = tmp_path / "all.yaml"
    lines = POLICIES.replace('"900", leave: "700"', '"0", leave: "0"').splitlines(keepends=True)
    text = "".join(line for line in lines if "name: S" not in line)
    file.write_text(text.format(own=Customer.objects.order_by("pk")[1].pk), "utf-8")
    publish(plan([file]), acting_user=world.boss)
    world.run()
    assert {mark: at for mark, at in due(customer).items() if at != stood[mark]} == moved
    assert any(metric == "resolution" for _, metric in moved)
    customer.refresh_from_db()
    assert (shown.tier_before, shown.tier_after) == ("Standard", customer.tier)
    aspects = {(item.group, item.name): item.after for item in shown.consequences.aspects}
    assert aspects["policy", "service_level.resolution_minutes_3"] == {customer.pk: 120}


def test_a_move_from_now_on_leaves_what_was_promised(world: World, manager: User) -> None:
    customer = somebody()
    shown = preview_tier(customer_id=customer.pk, tier="Gold", acting_user=manager)
    assert shown.since == shown.as_of == AS_OF
    assert shown.consequences.work == ()
    assert ("tier", "tier") in {(item.group, item.name) for item in shown.consequences.aspects}
    # And the tier that they are in changes nothing, since whenever.
    assert set(customer.tiers.values_list("tier", flat=True)) == {"Standard"}
    shown = preview_tier(
        customer_id=customer.pk, tier="Standard", since=ALWAYS, acting_user=manager
    )
    assert shown.consequences.aspects == shown.consequences.work == ()


def test_a_move_since_a_day_leaves_what_was_decided_before_it(world: World, manager: User) -> None:
    customer = somebody()
    opened = CaseWork.objects.filter(customer=customer).order_by("opened_at")[0].opened_at
    for since, is_moved in ((opened, True), (opened + timedelta(hours=1), False)):
        with as_nobody():  # as a request that sees nobody yet
            shown = preview_tier(
                customer_id=customer.pk, tier="Gold", since=since, acting_user=manager
            )
        subjects = {item.subject for item in shown.consequences.work if item.kind == "clock"}
        assert bool(subjects) is is_moved


def test_what_cannot_be_looked_at_is_told(world: World, manager: User) -> None:
    customer = somebody().pk
    told = "Did you mean 'Gold'.*Gold, Silver, Standard"
    with pytest.raises(TierPreviewError, match=told):
        preview_tier(customer_id=customer, tier="Golden", acting_user=manager)
    later = AS_OF + timedelta(days=1)
    with pytest.raises(TierPreviewError, match="lies after 2026-06-30"):
        preview_tier(customer_id=customer, tier="Gold", since=later, acting_user=manager)
    role = Role.AGENT.value
    agent = User.objects.create(
        username="a", name="A", role=role, password="!", regions=["nowhere"]
    )
    with pytest.raises(NotFoundError):
        preview_tier(customer_id=customer, tier="Gold", acting_user=agent)
