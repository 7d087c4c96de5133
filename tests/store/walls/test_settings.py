"""Who looks is set for a block, and gone at its end, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction
from tests.store.walls.conftest import Hall
from tests.store.walls.world import SEEN

from troth.core.access.roles import Right, Role
from troth.store.models import Promise, User
from troth.store.queries import viewing as settings
from troth.store.queries.viewing import Viewer, acting, as_the_program, viewing


def names() -> set[str]:
    """Whose promises a query that cuts nothing finds."""
    return {key.split("~")[1] for key in Promise.objects.values_list("pk", flat=True)}


def settings_now() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('troth.viewer', true)")
        return {value for row in cursor.fetchall() for value in row if value}


@pytest.fixture
def agent(hall: Hall) -> Viewer:
    """Of the region north."""
    return hall.viewer(Role.AGENT)


@pytest.fixture
def officer(hall: Hall) -> Viewer:
    return hall.viewer(Role.PRIVACY_OFFICER)


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set is not set back: each test below has to notice."""
    monkeypatch.setattr(settings, "_reset", lambda before, *, is_local: None)


def _nested(agent: Viewer, officer: Viewer) -> set[str]:
    with viewing(agent, Right.SEE_ORDERS):
        with viewing(officer, Right.SEE_ORDERS):
            assert names() == SEEN["all"] | {"secret"}  # the officer is named for it
        return names()


def test_a_viewing_inside_another_gives_the_outer_one_back(
    hall: Hall, agent: Viewer, officer: Viewer, during_the_naming: None
) -> None:
    with hall.django():
        assert _nested(agent, officer) == SEEN["region"]


def test_without_giving_back_the_outer_viewer_sees_what_the_inner_one_may(
    hall: Hall, agent: Viewer, officer: Viewer, during_the_naming: None, forgetful: None
) -> None:
    with hall.django():
        assert _nested(agent, officer) == SEEN["all"] | {"secret"}


@pytest.mark.parametrize("error", [ValueError, DatabaseError])
def test_an_inner_viewing_that_fails_gives_the_outer_one_back(
    hall: Hall, agent: Viewer, officer: Viewer, error: type[Exception]
) -> None:
    with hall.django(), viewing(agent, Right.SEE_ORDERS):
        with pytest.raises(error), viewing(officer, Right.SEE_ORDERS):
            if error is DatabaseError:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 / 0")
            raise error
        assert names() == SEEN["region"]


@contextmanager
def _kept_connection(hall: Hall) -> Iterator[User]:
    """A connection without a transaction, as a server keeps it between two requests."""
    with hall.django():
        transaction.set_rollback(True)
    with hall.connected():
        yield User.objects.get(pk=hall.officer_id)


@pytest.mark.parametrize("is_failing", [False, True])
def test_nothing_is_left_for_the_next_request_on_a_kept_connection(
    hall: Hall, is_failing: bool
) -> None:
    with _kept_connection(hall) as user:
        for block in (acting(user), as_the_program()):
            try:
                with block:
                    assert names() >= SEEN["all"]
                    if is_failing:
                        raise ValueError
            except ValueError:
                pass
            assert (names(), settings_now()) == (set(), set())


def test_without_setting_back_the_next_request_sees_what_the_last_one_may(
    hall: Hall, forgetful: None
) -> None:
    with _kept_connection(hall) as user:
        with acting(user):
            pass
        assert names() >= SEEN["all"]
        assert settings_now() == {str(user.pk)}


def test_a_connection_that_was_lost_meanwhile_comes_back_without_a_viewer(hall: Hall) -> None:
    with _kept_connection(hall) as user:
        with acting(user):
            connection.close()
        assert names() == set()


def test_a_connection_that_cannot_be_set_back_is_not_kept(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _kept_connection(hall) as user:
        with pytest.raises(DatabaseError), acting(user):
            monkeypatch.setattr(settings, "_SWAP", "SELECT no_such_thing" + " || %s" * 16)
        monkeypatch.undo()
        assert names() == set()


def test_a_viewer_without_any_relation_sees_nothing(hall: Hall) -> None:
    stranger = Viewer(user_id=99, name="S", role=Role.AGENT, regions=frozenset())
    with hall.django(), viewing(stranger, Right.SEE_ORDERS):
        assert names() == set()
