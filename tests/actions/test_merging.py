"""Who may merge whom, what it shows first, and what two stewards at once come to."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.db import connection, connections
from django.utils import timezone
from tests.actions.merging_world import REASON, World, differences, state

from troth.actions.consents import How, record_consent
from troth.actions.customers import resolve_customers
from troth.actions.field_words import believe, disbelieve
from troth.actions.merge_errors import IdentityBusyError, MergeRefusedError, NotMergedError
from troth.actions.merging import RUN_LOCK, merge, preview_merge, preview_unmerge, unmerge
from troth.actions.people import system_user
from troth.actions.privacy import ErasureReason, erase
from troth.actions.questions import (
    NoSuchQuestionError,
    keep_apart,
    make_one,
    say_of_records,
    withdraw,
)
from troth.core.access.roles import Role
from troth.core.consent.states import State
from troth.store.facts.consents import consent_book
from troth.store.facts.subjects import subject_of
from troth.store.models import (
    AuditEntry,
    Crosswalk,
    Customer,
    CustomerAccess,
    CustomerPersonal,
    IdentityVerdict,
    OutboxMessage,
    Promise,
    ResolutionQuestion,
    User,
)
from troth.store.queries.consents import customer_consents
from troth.store.queries.customers import customer, find_customers
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import NotAllowedError, as_nobody, as_the_program, viewer_of
from troth.store.server import Server


@pytest.fixture
def world(db: None, tmp_path: Path) -> World:
    return World(tmp_path, customers=6, seed=3)


@pytest.fixture
def steward(world: World) -> User:
    return User.objects.create(username="s", name="Sanne", role=Role.STEWARD.value, password="!")


def two() -> tuple[str, str]:
    """Two customers, the one known longest first."""
    rows = Customer.objects.filter(source_count=1).order_by("first_known_at", "pk")
    ids = list(rows.values_list("pk", flat=True)[1:3])
    return ids[0], ids[1]


def test_a_preview_says_what_the_merge_then_does_and_keeps_nothing(steward: User) -> None:
    pair, before = two(), state()
    entries, messages = AuditEntry.objects.count(), OutboxMessage.objects.count()
    shown = preview_merge(customers=pair, acting_user=steward)
    assert differences(before, state()) == "{}"
    assert (AuditEntry.objects.count(), OutboxMessage.objects.count()) == (entries, messages)
    assert not IdentityVerdict.objects.exists()
    done = merge(customers=pair, reason=REASON, acting_user=steward)
    assert done.consequences == shown.consequences
    assert (done.survivor, done.alias) == pair
    told = {(item.group, item.name) for item in done.consequences.aspects}
    assert {("identity", "records"), ("tier", "revenue"), ("field", "name")} <= told
    back = preview_unmerge(customer_id=done.alias, acting_user=steward)
    unmerged = unmerge(customer_id=done.alias, reason=REASON, acting_user=steward)
    assert unmerged.consequences == back.consequences


def test_in_a_request_that_sees_nobody_yet_a_merge_and_its_end_are_the_same(steward: User) -> None:
    pair, promised = two(), Promise.objects.filter(customer__in=two()).count()
    assert Promise.objects.filter(customer=pair[1]).exists()
    shown = preview_merge(customers=pair, acting_user=steward)
    with as_nobody():
        assert preview_merge(customers=pair, acting_user=steward) == shown
        done = merge(customers=pair, reason=REASON, acting_user=steward)
        with as_the_program():
            assert Promise.objects.filter(customer=pair[0]).count() == promised
        back = preview_unmerge(customer_id=done.alias, acting_user=steward)
        withdraw(verdict_id=done.verdict, reason=REASON, acting_user=steward)
    assert back.consequences.work == ()
    assert 0 < Promise.objects.filter(customer=pair[0]).count() < promised


def test_the_oldest_id_survives_and_the_other_answers_with_it(steward: User) -> None:
    survivor, alias = two()
    merge(customers=(alias, survivor), reason=REASON, acting_user=steward)
    viewer = viewer_of(steward)
    assert customer(viewer=viewer, customer_id=alias).row.id == survivor
    assert alias not in {row.id for row in find_customers(viewer=viewer).rows}
    assert subject_of(alias, at=Customer.objects.get(pk=alias).first_known_at).customers == (
        survivor,
        alias,
    )
    assert CustomerPersonal.objects.get(pk=alias).name == ""


def test_what_was_said_under_an_alias_counts_for_the_survivor_until_they_are_parted(
    steward: User,
) -> None:
    survivor, alias = two()
    record_consent(
        customer_id=alias, purposes=["personalisation_tier"], said=State.DENIED, how=How.PHONE,
        source="test", acting_user=system_user(),
    )  # fmt: skip
    at = timezone.now()

    def stands(customer_id: str) -> State:
        found = consent_book(customer_id).at(customer_id, at)
        assert found == consent_book().at(customer_id, at)
        return next(one.state for one in found if one.purpose == "personalisation_tier")

    assert (stands(survivor), stands(alias)) == (State.NONE, State.DENIED)
    shown = preview_merge(customers=(survivor, alias), acting_user=steward).consequences.aspects
    assert ("consent", "personalisation_tier") in {(item.group, item.name) for item in shown}
    merge(customers=(survivor, alias), reason=REASON, acting_user=steward)
    assert stands(survivor) is State.DENIED
    told = customer_consents(viewer=viewer_of(steward), customer_id=alias, at=at)
    assert told.customer == survivor and len(told.history) == 1
    unmerge(customer_id=alias, reason=REASON, acting_user=steward)
    assert (stands(survivor), stands(alias)) == (State.NONE, State.DENIED)


def test_a_run_after_a_merge_renames_nobody_and_asks_nothing(world: World, steward: User) -> None:
    survivor, alias = two()
    merge(customers=(survivor, alias), reason=REASON, acting_user=steward)
    before = dict(Crosswalk.objects.values_list("source_key", "customer_id"))
    resolve_customers(acting_user=system_user())
    assert dict(Crosswalk.objects.values_list("source_key", "customer_id")) == before
    assert not ResolutionQuestion.objects.filter(settled_at=None).exists()


def test_a_merge_across_the_wall_of_a_restricted_customer_is_refused(
    world: World, steward: User
) -> None:
    survivor, alias = two()
    Customer.objects.filter(pk=alias).update(is_restricted=True)
    with pytest.raises(NotFoundError):  # the steward does not even learn that it is there
        preview_merge(customers=(survivor, alias), acting_user=steward)
    CustomerAccess.objects.create(
        customer_id=alias, user=steward, reason="named", granted_by=world.boss,
        granted_at=Customer.objects.get(pk=alias).first_known_at,
    )  # fmt: skip
    with pytest.raises(MergeRefusedError, match="named people alone"):
        merge(customers=(survivor, alias), reason=REASON, acting_user=steward)
    assert not IdentityVerdict.objects.exists()


def test_who_may_not_settle_identity_merges_nobody(world: World) -> None:
    agent = User.objects.create(username="a", name="A", role=Role.AGENT.value, password="!")
    with pytest.raises(NotAllowedError):
        merge(customers=two(), reason=REASON, acting_user=agent)


def test_a_word_against_it_is_taken_back_before_a_merge(world: World, steward: User) -> None:
    survivor, alias = two()
    ResolutionQuestion.objects.create(
        id="brg_1", source_key="x", customers=[survivor, alias], because="b",
        asked_at=Customer.objects.get(pk=alias).first_known_at,
    )  # fmt: skip
    keep_apart(question_id="brg_1", reason=REASON, acting_user=steward)
    with pytest.raises(MergeRefusedError, match="are not one"):
        merge(customers=(survivor, alias), reason=REASON, acting_user=steward)
    said = IdentityVerdict.objects.get()
    withdraw(verdict_id=said.pk, reason="They are after all.", acting_user=steward)
    assert ResolutionQuestion.objects.get().settled_at is None
    make_one(question_id="brg_1", reason=REASON, acting_user=steward)
    assert ResolutionQuestion.objects.get().verdict == "same"
    with pytest.raises(NoSuchQuestionError):
        make_one(question_id="brg_1", reason=REASON, acting_user=steward)
    unmerge(customer_id=alias, reason=REASON, acting_user=steward)
    assert ResolutionQuestion.objects.get().settled_at is None
    with pytest.raises(NotMergedError):
        unmerge(customer_id=alias, reason=REASON, acting_user=steward)


def test_what_is_said_of_records_holds_in_the_next_run(world: World, steward: User) -> None:
    world.customer("shop:1", email="1@example.org")
    world.run()
    together = Crosswalk.objects.get(pk="erp:1").customer_id
    assert Crosswalk.objects.get(pk="shop:1").customer_id == together
    say_of_records(records=("erp:1", "shop:1"), verdict="apart", reason=REASON, acting_user=steward)
    world.run()
    assert Crosswalk.objects.get(pk="erp:1").customer_id == together
    assert Crosswalk.objects.get(pk="shop:1").customer_id != together


def test_a_believed_record_wins_its_field_until_it_is_taken_back(
    world: World, steward: User
) -> None:
    world.customer("shop:1", email="1@example.org")
    world.run()
    whose = Crosswalk.objects.get(pk="erp:1").customer_id
    assert Customer.objects.get(pk=whose).provenance["city"] == ["shop:1", "recency"]
    believe(source_key="erp:1", field="city", reason=REASON, acting_user=steward)
    assert Customer.objects.get(pk=whose).provenance["city"] == ["erp:1", "steward"]
    disbelieve(customer_id=whose, field="city", reason=REASON, acting_user=steward)
    assert Customer.objects.get(pk=whose).provenance["city"] == ["shop:1", "recency"]


def test_erasing_a_merged_customer_erases_what_was_said_of_both(
    world: World, steward: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TROTH_ERASURE_JOURNAL", str(tmp_path / "erasures.jsonl"))
    survivor, alias = two()
    merge(customers=(survivor, alias), reason=REASON, acting_user=steward)
    erase(alias, reason=ErasureReason.REQUEST, acting_user=world.boss)
    assert not CustomerPersonal.objects.filter(pk__in=[survivor, alias]).exists()
    assert IdentityVerdict.objects.get().reason == ""
    unmerge(customer_id=alias, reason=REASON, acting_user=steward)
    names = CustomerPersonal.objects.filter(pk__in=[survivor, alias]).exclude(name="")
    assert not names.exists()


def test_two_stewards_at_once_come_to_what_one_after_the_other_would(
    own_database: Server, tmp_path: Path
) -> None:
    """Overlapping pairs: each merge waits for the other, and none is lost or done twice."""
    world = World(tmp_path, customers=5, seed=3)
    first, second = two()
    third = Customer.objects.exclude(pk__in=[first, second]).order_by("-first_known_at")[0].pk
    before, ends = state(), []

    def run(pair: tuple[str, str]) -> None:
        try:
            with as_the_program():
                merge(customers=pair, reason=REASON, acting_user=world.boss)
            ends.append("done")
        except MergeRefusedError:
            ends.append("refused")
        finally:
            connections.close_all()

    pairs = [(first, second), (second, third), (second, first)]
    threads = [threading.Thread(target=run, args=(pair,)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(ends) == ["done", "done", "refused"]
    roots = Customer.objects.filter(pk__in=[first, second, third], merged_into=None)
    assert roots.count() == 1
    for alias in Customer.objects.exclude(merged_into=None).values_list("pk", flat=True):
        unmerge(customer_id=alias, reason=REASON, acting_user=world.boss)
    assert differences(before, state()) == "{}"


def test_nobody_is_merged_while_a_run_works_over_all_customers(
    own_database: Server, tmp_path: Path
) -> None:
    world = World(tmp_path, customers=4, seed=3)
    ends: list[str] = []

    def run() -> None:
        try:
            with as_the_program():
                merge(customers=two(), reason=REASON, acting_user=world.boss)
            ends.append("done")
        except IdentityBusyError:
            ends.append("busy")
        finally:
            connections.close_all()

    def at_once() -> None:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(60)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [RUN_LOCK])
        at_once()
        cursor.execute("SELECT pg_advisory_unlock(%s)", [RUN_LOCK])
    at_once()
    assert ends == ["busy", "done"]
