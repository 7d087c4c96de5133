"""Does an entry say what was done, in its order, and hide what may have to be erased?"""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connection, transaction

from troth.actions.people import add_user, system_user
from troth.actions.recording import recorded, writing
from troth.core.access.roles import Right, Role
from troth.core.ledger.tree import leaf_hash, merkle_root, nodes_over, root_of
from troth.store.models import AuditEntry, AuditHead, AuditNode, AuditRow, AuditSecret, User
from troth.store.queries.audit_secrets import sealed_values
from troth.store.queries.viewing import NotAllowedError, Viewer, viewer_of
from troth.store.sealing import DamagedSecretError, forget
from troth.store.server import Server

SUBJECT = "cus_0123456789abcdef"


def _viewer(role: Role) -> Viewer:
    return viewer_of(User.objects.create(username=f"s-{role}", name="Sara", role=role.value))


def _write(action: str, **named: str) -> None:
    with recorded(acting_user=system_user(), action=action, right=None, **named) as entry:
        entry.changed("some_table", action, b"content")


def _actions() -> list[str]:
    return list(AuditEntry.objects.order_by("index").values_list("action", flat=True))


@pytest.mark.usefixtures("db")
def test_the_log_is_the_tree_of_rfc_9162_over_its_envelopes() -> None:
    system_user()
    for number in range(40):
        _write(f"test:row:{number}")
    entries = list(AuditEntry.objects.order_by("index"))
    leaves = [leaf_hash(entry.envelope.encode()) for entry in entries]
    assert [entry.index for entry in entries] == list(range(len(entries)))
    assert [bytes(entry.leaf_hash) for entry in entries] == leaves
    assert AuditHead.objects.get().size == len(entries)
    stored = {(node.level, node.index): bytes(node.hash) for node in AuditNode.objects.all()}

    def node(level: int, index: int) -> bytes:
        return leaves[index] if level == 0 else stored[level, index]

    assert root_of(len(leaves), node) == merkle_root(entry.envelope.encode() for entry in entries)
    for level, index in stored:
        assert stored[level, index] == nodes_over(leaves)(level, index)


@pytest.mark.usefixtures("db")
def test_an_entry_commits_to_each_row_that_it_lists() -> None:
    user = add_user(username="neu", name="Neu", role=Role.AGENT, acting_user=system_user())
    entry = AuditEntry.objects.get(action="access:user:added", subject="neu")
    row = AuditRow.objects.get(entry=entry)
    assert (row.table, row.key, row.op) == ("store_user", str(user.pk), "write")
    leaf = json.dumps([row.table, row.key, row.op, bytes(row.digest).hex()], separators=(",", ":"))
    assert json.loads(entry.envelope)["rows"] == {
        "count": 1,
        "root": merkle_root([leaf.encode()]).hex(),
    }


@pytest.mark.usefixtures("db")
def test_entries_stand_in_the_order_in_which_their_work_was_done() -> None:
    system_user()
    before = len(_actions())
    with writing():
        _write("test:first:done")
        with recorded(acting_user=system_user(), action="test:outer:done", right=None):
            _write("test:inner:done")
    assert _actions()[before:] == ["test:first:done", "test:inner:done", "test:outer:done"]


@pytest.mark.usefixtures("db")
def test_what_failed_inside_leaves_no_entry_and_the_rest_stays() -> None:
    system_user()
    before = len(_actions())
    with writing():
        _write("test:before:done")
        with pytest.raises(RuntimeError, match="halfway"), writing():
            _write("test:failed:done")
            raise RuntimeError("halfway")
        _write("test:after:done")
    assert _actions()[before:] == ["test:before:done", "test:after:done"]


@pytest.mark.usefixtures("db")
def test_what_is_rolled_back_leaves_no_entry() -> None:
    system_user()
    before = _actions()
    with writing():
        _write("test:undone:done")
        transaction.set_rollback(True)
    assert _actions() == before


@pytest.mark.usefixtures("db")
def test_a_role_without_the_right_writes_nothing() -> None:
    agent = User.objects.create(username="a", name="A", role=Role.AGENT.value)
    before = _actions()
    with (
        pytest.raises(NotAllowedError),
        recorded(acting_user=agent, action="test:x:done", right=Right.ADMINISTER),
    ):
        pass
    assert _actions() == before


@pytest.mark.usefixtures("db")
def test_a_reason_about_a_customer_is_sealed_and_opens_for_who_may() -> None:
    _write("test:sealed:done", customer_id=SUBJECT, reason="Frau Canary rief an")
    entry = AuditEntry.objects.get(action="test:sealed:done")
    assert "Canary" not in entry.envelope + entry.reason + str(entry.detail)
    found = sealed_values(viewer=_viewer(Role.PRIVACY_OFFICER), index=entry.index)
    assert found.values == {"reason": "Frau Canary rief an"}
    hidden = sealed_values(viewer=_viewer(Role.AUDITOR), index=entry.index)
    assert (hidden.names, hidden.values, hidden.is_erased) == (("reason",), None, False)


@pytest.mark.usefixtures("db")
def test_a_sealed_reason_is_gone_with_its_key_and_the_leaf_stays() -> None:
    _write("test:sealed:done", customer_id=SUBJECT, reason="Frau Canary rief an")
    entry = AuditEntry.objects.get(action="test:sealed:done")
    forget([SUBJECT])
    found = sealed_values(viewer=_viewer(Role.PRIVACY_OFFICER), index=entry.index)
    assert (found.values, found.is_erased) == (None, True)
    assert bytes(entry.leaf_hash) == leaf_hash(entry.envelope.encode())


@pytest.mark.usefixtures("db")
def test_the_seal_of_another_entry_does_not_open_here() -> None:
    _write("test:one:done", customer_id=SUBJECT, reason="the one")
    _write("test:two:done", customer_id=SUBJECT, reason="the other")
    one, two = (AuditEntry.objects.get(action=f"test:{name}:done") for name in ("one", "two"))
    other = AuditSecret.objects.get(entry=two).ciphertext
    # The application role may not write this table; its ciphertext is swapped in memory.
    secret = AuditSecret.objects.get(entry=one)
    secret.ciphertext = other
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            "troth.store.queries.audit_secrets.AuditSecret.objects.filter",
            lambda **_: type("Found", (), {"first": lambda self: secret})(),
        )
        with pytest.raises(DamagedSecretError):
            sealed_values(viewer=_viewer(Role.PRIVACY_OFFICER), index=one.index)


def test_writers_who_record_at_once_leave_no_gap(own_database: Server) -> None:
    system_user()
    before = AuditHead.objects.get().size

    def write_some(writer: int) -> None:
        try:
            for number in range(15):
                _write(f"test:writer{writer}:{number}")
        finally:
            connection.close()

    threads = [threading.Thread(target=write_some, args=(writer,)) for writer in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    indexes = list(AuditEntry.objects.order_by("index").values_list("index", flat=True))
    assert indexes == list(range(before + 90))
    envelopes = AuditEntry.objects.order_by("index").values_list("envelope", flat=True)
    leaves = [leaf_hash(envelope.encode()) for envelope in envelopes]
    stored = {(node.level, node.index): bytes(node.hash) for node in AuditNode.objects.all()}
    assert all(stored[place] == nodes_over(leaves)(*place) for place in stored)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO store_audithead (id, size) VALUES (2, 0)",
        "UPDATE store_audithead SET size = 0",
        "UPDATE store_auditentry SET action = 'x'",
        "DELETE FROM store_auditentry",
        "TRUNCATE store_auditnode",
        "DELETE FROM store_auditrow",
        "UPDATE store_auditsecret SET ciphertext = ''",
        "DELETE FROM store_auditcheckpoint",
    ],
)
@pytest.mark.usefixtures("db")
def test_the_application_role_cannot_write_the_log_by_itself(statement: str) -> None:
    with (
        pytest.raises(Exception, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
