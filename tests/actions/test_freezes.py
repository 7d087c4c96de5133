"""Does a freeze hold up what it should, for whom it should, and who may let it through?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from tests.actions.freezing import (
    ANNA,
    VIP,
    WHY,
    People,
    add_customers,
    add_people,
    around_now,
    freeze,
    publish,
    version,
)

from troth.actions import freezes
from troth.actions.freeze_gate import Gate, PolicyFrozenError
from troth.core.policies.freezes import Between
from troth.store.models import AuditEntry, Customer, FreezeOverride, FreezeWindow, PolicyVersion
from troth.store.queries import freezes as queries
from troth.store.queries.audit_secrets import sealed_values
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import NotAllowedError, as_the_program, viewer_of


@pytest.fixture
def people(db: None) -> People:
    found = add_people()
    add_customers(named=found.boss)
    return found


def test_a_change_of_the_company_is_held_up_by_the_freeze_of_one_customer(people: People) -> None:
    freeze(f"customer:{ANNA}", people.manager)
    with pytest.raises(PolicyFrozenError) as raised:
        publish(version(), people.maker)
    sentence = str(raised.value)
    for part in ("Close of the year", ANNA, "It holds until", "override_freeze", "pol_", "frz_"):
        assert part in sentence
    assert not PolicyVersion.objects.exists()


def test_without_the_gate_it_would_be_published(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(f"customer:{ANNA}", people.manager)
    monkeypatch.setattr(Gate, "_check", lambda self, now: None)
    assert publish(version(), people.maker) == 1


def test_what_reaches_nobody_of_the_freeze_is_published(people: People) -> None:
    freeze(f"customer:{ANNA}", people.manager)
    with as_the_program():
        Customer.objects.create(
            id="cus_00000000000000a3", region="eu", segment="trade",
            first_known_at=timezone.now(),
        )  # fmt: skip
    assert publish(version("segment:trade"), people.maker) == 1
    with pytest.raises(PolicyFrozenError, match="is in segment:retail now"):
        publish(version("segment:retail"), people.maker)


def test_a_tier_that_a_customer_may_enter_by_then_is_held_up_and_the_reason_is_told(
    people: People,
) -> None:
    freeze(f"customer:{ANNA}", people.manager, span=around_now(hours=24 * 40))
    with pytest.raises(PolicyFrozenError, match="tiers are reviewed at"):
        publish(version("tier:Gold"), people.maker)


def test_a_freeze_that_is_over_holds_up_nothing(people: People) -> None:
    freeze("company", people.manager, span=around_now(before=timedelta(hours=3)))
    assert publish(version(), people.maker) == 1


def test_a_date_within_a_freeze_to_come_is_held_up_today(people: People) -> None:
    later = datetime(2030, 12, 28, tzinfo=UTC)
    freeze(
        "tier:Gold", people.manager,
        span=Between(starts_at=later, ends_at=later + timedelta(days=5)),
    )  # fmt: skip
    inside = {"effective_from": later + timedelta(days=1)}
    with pytest.raises(PolicyFrozenError):
        publish(version("tier:Gold", published_at=later, **inside), people.maker)
    after = {"effective_from": later + timedelta(days=5)}
    assert publish(version("tier:Gold", published_at=later, **after), people.maker) == 1


def test_a_refusal_tells_nothing_of_a_customer_whom_the_maker_may_not_see(people: People) -> None:
    row = freeze(f"customer:{VIP}", people.boss, title="Merger with Initech")
    with pytest.raises(PolicyFrozenError) as raised:
        publish(version(), people.maker)
    sentence = str(raised.value)
    assert "a customer whom you may not see" in sentence
    for secret in (VIP, "Merger", "Initech", row.pk, "Berlin", "fiscal"):
        assert secret not in sentence
    with pytest.raises(PolicyFrozenError, match="Initech"):
        publish(version(), people.boss)


def test_nobody_finds_the_freeze_of_a_customer_whom_they_may_not_see(people: People) -> None:
    row = freeze(f"customer:{VIP}", people.boss)
    now = timezone.now()
    for user, is_seen in ((people.manager, False), (people.boss, True)):
        viewer = viewer_of(user)
        found = queries.find_freezes(viewer=viewer, at=now)
        assert [item.id for item in found.rows] == [row.pk] * is_seen
        times = queries.freeze_times(viewer=viewer, at=now, start=now, end=now + timedelta(days=1))
        assert len(times) == is_seen
    for attempt in (
        lambda: queries.freeze(viewer=viewer_of(people.manager), freeze_id=row.pk, at=now),
        lambda: freezes.cancel(freeze_id=row.pk, reason=WHY, acting_user=people.manager),
        lambda: freezes.override(
            freeze_id=row.pk, change="pol_1", reason=WHY, acting_user=people.manager
        ),
        lambda: freeze(f"customer:{VIP}", people.manager),
    ):
        with pytest.raises(NotFoundError):
            attempt()


def test_whoever_publishes_neither_adds_nor_ends_nor_overrides_a_freeze(people: People) -> None:
    row = freeze("company", people.manager)
    for attempt in (
        lambda: freeze("company", people.maker),
        lambda: freezes.cancel(freeze_id=row.pk, reason=WHY, acting_user=people.maker),
        lambda: freezes.override(
            freeze_id=row.pk, change="pol_1", reason=WHY, acting_user=people.maker
        ),
    ):
        with pytest.raises(NotAllowedError):
            attempt()


def test_an_override_lets_that_one_change_through_and_stands_in_its_entry(people: People) -> None:
    row = freeze("company", people.manager)
    found = version()
    given = freezes.override(
        freeze_id=row.pk, change=found.id, reason="A law asks for it.", acting_user=people.executive
    )
    with pytest.raises(PolicyFrozenError):
        publish(version(number=2), people.maker)
    assert publish(found, people.maker) == 1
    entry = AuditEntry.objects.filter(action="policy:version:published").get()
    assert "A law asks for it." in entry.reason
    assert entry.detail["freeze_overrides"] == [
        {
            "override": given.pk,
            "window": row.pk,
            "version": found.id,
            "authority": people.executive.pk,
        }
    ]
    (shown,) = queries.overrides_of(viewer=viewer_of(people.maker), version_id=found.id)
    assert (shown.authority, shown.reason) == ("Eva", "A law asks for it.")
    assert shown.used_at is not None


def test_an_override_of_one_customers_freeze_keeps_its_reason_under_their_key(
    people: People,
) -> None:
    row = freeze(f"customer:{ANNA}", people.manager)
    found = version()
    freezes.override(
        freeze_id=row.pk, change=found.id, reason="Anna asked for it.", acting_user=people.manager
    )
    publish(found, people.maker)
    entries = {entry.action: entry for entry in AuditEntry.objects.all()}
    assert "Anna" not in entries["policy:version:published"].envelope
    overridden = entries["freeze:window:overridden"]
    assert overridden.reason == ""
    opened = sealed_values(viewer=viewer_of(people.boss), index=overridden.index)
    assert opened.values["reason"] == "Anna asked for it."


def test_nobody_overrides_a_freeze_for_their_own_change(people: People) -> None:
    row = freeze("company", people.manager)
    found = version()
    freezes.override(
        freeze_id=row.pk, change=found.id, reason="I am in a hurry.", acting_user=people.boss
    )
    with pytest.raises(PolicyFrozenError):
        publish(found, people.boss)
    with pytest.raises(PolicyFrozenError):  # nor where somebody else presses the button
        publish(found, people.maker, makers=[people.boss.pk])
    assert publish(found, people.second_boss) == 1


def test_an_override_for_the_change_that_a_version_is_in_counts_as_well(people: People) -> None:
    row = freeze("company", people.manager)
    freezes.override(
        freeze_id=row.pk, change="chg_1", reason="A law asks for it.", acting_user=people.executive
    )
    with pytest.raises(PolicyFrozenError):
        publish(version(), people.maker, changes=["chg_2"])
    assert publish(version(), people.maker, changes=["chg_1"]) == 1


def test_an_override_of_somebody_who_may_no_more_is_worth_nothing(people: People) -> None:
    row = freeze("company", people.manager)
    found = version()
    freezes.override(
        freeze_id=row.pk, change=found.id, reason="A law asks for it.", acting_user=people.executive
    )
    people.executive.is_active = False
    people.executive.save()
    with pytest.raises(PolicyFrozenError):
        publish(found, people.maker)


def test_an_override_opens_one_freeze_and_not_the_other(people: People) -> None:
    one = freeze("company", people.manager)
    two = freeze(f"customer:{ANNA}", people.manager, title="Launch")
    found = version()
    freezes.override(
        freeze_id=one.pk, change=found.id, reason="A law asks for it.", acting_user=people.executive
    )
    with pytest.raises(PolicyFrozenError, match="Launch") as raised:
        publish(found, people.maker)
    assert len(raised.value.sentences) == 1
    freezes.override(
        freeze_id=two.pk, change=found.id, reason="A law asks for it.", acting_user=people.executive
    )
    assert publish(found, people.maker) == 1
    assert FreezeOverride.objects.exclude(used_at=None).count() == 2


def test_a_freeze_that_is_ended_stays_and_holds_no_more(people: People) -> None:
    row = freeze("company", people.manager)
    freezes.cancel(freeze_id=row.pk, reason=WHY, acting_user=people.manager)
    kept = FreezeWindow.objects.get()
    assert (kept.ended_by, kept.end_reason) == (people.manager, WHY)
    assert publish(version(), people.maker) == 1
    with pytest.raises(freezes.FreezeOverError):
        freezes.cancel(freeze_id=row.pk, reason=WHY, acting_user=people.manager)
    with pytest.raises(freezes.FreezeOverError):
        freezes.override(freeze_id=row.pk, change="pol_1", reason=WHY, acting_user=people.executive)


def test_the_log_has_an_entry_for_each_and_nothing_that_a_person_wrote(people: People) -> None:
    row = freeze(f"customer:{VIP}", people.boss, title="Merger with Initech")
    freezes.cancel(freeze_id=row.pk, reason="Initech called it off.", acting_user=people.boss)
    entries = [e for e in AuditEntry.objects.order_by("index") if e.action.startswith("freeze:")]
    assert [entry.action for entry in entries] == ["freeze:window:added", "freeze:window:ended"]
    assert not any("Initech" in entry.envelope or WHY in entry.envelope for entry in entries)


@pytest.mark.parametrize("scope", ["tier:gold", "segment:none", "region:WEST"])
def test_a_scope_that_nobody_is_in_is_refused(people: People, scope: str) -> None:
    with pytest.raises(freezes.FreezeScopeError, match="Nobody is in"):
        freeze(scope, people.manager)


def test_a_reason_that_is_too_short_ends_nothing(people: People) -> None:
    row = freeze("company", people.manager)
    with pytest.raises(freezes.FreezeReasonError):
        freezes.cancel(freeze_id=row.pk, reason="over", acting_user=people.manager)
    assert FreezeWindow.objects.get().ended_at is None


def test_the_application_cannot_delete_a_window(people: People) -> None:
    freeze("company", people.manager)
    with pytest.raises(Exception, match="permission denied"):
        FreezeWindow.objects.all().delete()


def test_a_customer_page_is_told_which_freezes_reach_it(people: People) -> None:
    for scope in ("company", "tier:Silver", "tier:Gold", f"customer:{ANNA}", "region:NORD"):
        freeze(scope, people.manager)
    rows = queries.freezes_of(viewer=viewer_of(people.manager), customer_id=ANNA, at=timezone.now())
    scopes = {f"{row.layer}:{row.scope}" for row in rows}
    assert scopes == {"company:", f"customer:{ANNA}", "region:NORD", "tier:Silver"}
