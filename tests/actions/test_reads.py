"""Is every look at something personal recorded, and nothing else?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DatabaseError
from tests.api.company import add_company

from troth.actions import reads
from troth.actions.reads import ACTION, ReadRecorder, record_reads
from troth.core.access.roles import Role
from troth.store.models import AuditEntry, User
from troth.store.queries import reads as notes
from troth.store.queries.customers import customer, find_customers
from troth.store.queries.viewing import Viewer, viewer_of


@pytest.fixture
def company(db: None) -> Iterator[list[str]]:
    notes.take_noted()
    yield add_company(3)
    notes.take_noted()


def _viewer(role: Role) -> Viewer:
    return viewer_of(User.objects.create(username=f"r-{role}", name="Rita Reader", role=role.value))


def _recorded() -> list[dict[str, object]]:
    record_reads()
    return [
        read for entry in AuditEntry.objects.filter(action=ACTION) for read in entry.detail["reads"]
    ]


def test_who_sees_a_customer_s_record_is_in_the_log(company: list[str]) -> None:
    viewer = _viewer(Role.AGENT)
    customer(viewer=viewer, customer_id=company[0])
    assert {(read["viewer"], read["what"], tuple(read["subjects"])) for read in _recorded()} == {
        (viewer.user_id, "record", (company[0],)),
        (viewer.user_id, "name", (company[0],)),
    }


def test_many_looks_within_a_moment_are_one_entry(company: list[str]) -> None:
    viewer = _viewer(Role.AGENT)
    for _ in range(5):
        find_customers(viewer=viewer)
    (read,) = _recorded()
    assert read["subjects"] == sorted(company)
    assert read["times"] == 5 * len(company)
    assert AuditEntry.objects.filter(action=ACTION).count() == 1


def test_who_may_not_see_people_leaves_no_read(company: list[str]) -> None:
    customer(viewer=_viewer(Role.EXECUTIVE), customer_id=company[0])
    assert _recorded() == []


def test_reads_that_could_not_be_written_are_written_later(
    company: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    customer(viewer=_viewer(Role.AGENT), customer_id=company[0])

    def refuse(*_: object) -> None:
        raise DatabaseError("the server is restarting")

    with monkeypatch.context() as patched:
        patched.setattr(reads, "_write", refuse)
        with pytest.raises(DatabaseError):
            record_reads()
    assert len(_recorded()) == 2


def test_nothing_personal_is_shown_when_reads_can_no_longer_be_kept(
    company: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "MOST_WAITING", 0)
    with pytest.raises(notes.ReadsNotRecordedError):
        customer(viewer=_viewer(Role.AGENT), customer_id=company[0])


def test_a_recorder_that_is_stopped_writes_what_is_left(
    company: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.note(viewer=_viewer(Role.AGENT), what="name", subject="cus_1")
    written: list[int] = []
    monkeypatch.setattr(reads, "record_reads", lambda: written.append(1))
    recorder = ReadRecorder()
    recorder.start()
    recorder.stop()
    assert written
