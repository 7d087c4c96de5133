"""Can a change slip through while a freeze is being added, or as it begins? Real threads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.actions.freezing import (
    People,
    add_customers,
    add_people,
    around_now,
    freeze,
    publish,
    version,
)
from tests.actions.racing import at_once, slow_down

from troth.actions import freeze_gate, freezes
from troth.core.policies.freezes import Between
from troth.store.models import FreezeWindow, PolicyVersion
from troth.store.server import Server


@pytest.fixture
def people(own_database: Server) -> People:
    found = add_people()
    add_customers(named=found.boss)
    return found


def test_a_publication_waits_for_a_freeze_that_is_being_added(
    people: People, own_database: Server
) -> None:
    slow_down(own_database, "store_freezewindow")
    ends = at_once(
        lambda: freeze("company", people.manager), lambda: publish(version(), people.maker)
    )
    assert ends == ["done", "frozen"]
    assert not PolicyVersion.objects.exists()


def test_without_the_lock_it_would_slip_through(
    people: People, own_database: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze_gate, "lock_freezes", lambda *, is_writing: None)
    slow_down(own_database, "store_freezewindow")
    ends = at_once(
        lambda: freeze("company", people.manager), lambda: publish(version(), people.maker)
    )
    assert ends == ["done", "done"]
    assert FreezeWindow.objects.count() == PolicyVersion.objects.count() == 1


def test_a_freeze_waits_for_a_publication_that_was_there_first(
    people: People, own_database: Server
) -> None:
    slow_down(own_database, "store_policyversion")
    order: list[str] = []

    def publishing() -> None:
        publish(version(), people.maker)
        order.append("published")

    def freezing() -> None:
        freeze("company", people.manager, span=around_now(before=timedelta(0)))
        order.append("frozen")

    assert at_once(publishing, freezing) == ["done", "done"]
    assert order == ["published", "frozen"]


def test_a_publication_that_waited_into_a_freeze_is_refused(
    people: People, own_database: Server
) -> None:
    # Begun 0.2 s before the freeze begins, it waits 0.4 s for somebody's work on the calendar: what
    # counts is the clock after the wait.
    later = timezone.now() + timedelta(days=300)
    slow_down(own_database, "store_freezewindow")
    soon = timezone.now().replace(microsecond=0) + timedelta(seconds=2)
    freeze("company", people.manager, span=Between(starts_at=soon, ends_at=later))
    far = Between(starts_at=later, ends_at=later + timedelta(days=1))
    while timezone.now() < soon - timedelta(seconds=0.2):
        pass
    ends = at_once(
        lambda: freeze("company", people.manager, span=far),
        lambda: publish(version(), people.maker),
        apart=0.05,
    )
    assert ends == ["done", "frozen"]


def test_a_freeze_that_begins_while_the_rows_are_written_holds_up_the_publication(
    people: People, own_database: Server
) -> None:
    soon = timezone.now().replace(microsecond=0) + timedelta(seconds=2)
    freeze("company", people.manager, span=Between(starts_at=soon, ends_at=soon + _HOUR))
    slow_down(own_database, "store_policyversion")
    while timezone.now() < soon - timedelta(seconds=0.2):
        pass
    assert at_once(lambda: publish(version(), people.maker)) == ["frozen"]
    assert not PolicyVersion.objects.exists()


def test_in_the_last_second_before_a_freeze_a_publication_goes_through(people: People) -> None:
    soon = timezone.now().replace(microsecond=0) + timedelta(minutes=1)
    freeze("company", people.manager, span=Between(starts_at=soon, ends_at=soon + _HOUR))
    assert publish(version(), people.maker) == 1


def test_one_freeze_is_ended_once_by_two_at_once(people: People, own_database: Server) -> None:
    row = freeze("company", people.manager)
    ended: list[str] = []

    def end() -> None:
        try:
            freezes.cancel(freeze_id=row.pk, reason="It is over now.", acting_user=people.manager)
            ended.append("ended")
        except freezes.FreezeOverError:
            ended.append("too late")

    at_once(end, end, apart=0)
    assert sorted(ended) == ["ended", "too late"]


_HOUR = timedelta(hours=1)
