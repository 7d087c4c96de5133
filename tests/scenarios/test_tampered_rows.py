"""Which row was it? Facts and rows that a superuser edits, deletes or inserts are named."""

from __future__ import annotations

from tests.scenarios.under_attack import after, as_owner, sql
from tests.workspaces import Troth, blank, finished, ran, simulated

from troth.actions.access import restrict
from troth.actions.accounts import Change, change_user
from troth.actions.people import add_user, system_user
from troth.actions.privacy import ErasureReason, erase
from troth.actions.verifying import verify_log
from troth.core.access.roles import Role
from troth.store.models import AuditRow, Customer, CustomerPersonal
from troth.store.row_content import UNRECORDED, committed_models

__all__ = ["blank", "finished", "ran", "simulated"]

# (attack on the order KEY, what is said; BEFORE is the order in front of it)
ATTACKS = {
    "a fact is edited": (
        "UPDATE fact_order SET total = total + 1 WHERE key = KEY",
        "KEY (revision 1) in fact_order is not what landing",
    ),
    "a fact gets another key": (
        "UPDATE fact_order SET key = key || 'x' WHERE key = KEY",
        "KEYx (revision 1) in fact_order is not what landing",
    ),
    "a fact is deleted": (
        "DELETE FROM fact_order WHERE key = KEY",
        "are not all there: the one behind BEFORE (revision ",
    ),
    "a fact is edited, and so are the hashes": (
        "UPDATE fact_order SET total = total + 1; UPDATE store_landedleaves SET leaves = ''",
        "which of fact_order cannot be told",
    ),
    "a row is edited": (
        "UPDATE store_promise SET tier = 'x' WHERE order_key = KEY",
        "it wrote KEY into store_promise, which has changed since",
    ),
    "a row is deleted": (
        "DELETE FROM store_promise WHERE order_key = KEY",
        "it wrote KEY into store_promise, which is gone",
    ),
}


def test_the_row_that_was_edited_deleted_or_inserted_is_named(ran: Troth) -> None:
    with as_owner(ran):
        keys = [key for (key,) in sql("SELECT DISTINCT key FROM fact_order ORDER BY key LIMIT 6")]
        unnamed = {}
        for name, (query, said) in ATTACKS.items():
            attack = query.replace("KEY", f"'{keys[5]}'")
            fault = after(lambda attack=attack: sql(attack)).fault  # type: ignore[misc]
            wanted = said.replace("KEY", keys[5]).replace("BEFORE", keys[4])
            if fault is None or wanted not in fault.sentence:
                unnamed[name] = fault
        assert unnamed == {}


def test_of_many_edited_rows_the_one_whose_entry_is_first_is_named(ran: Troth) -> None:
    with as_owner(ran):
        fault = after(lambda: sql("UPDATE store_promise SET tier = 'x'")).fault
        assert fault is not None
        wrote = AuditRow.objects.filter(table="store_promise").values_list("key", "entry")
        assert fault.index == min(dict(wrote.order_by("entry")).values())


def test_an_honest_database_stays_sound_through_updates_and_an_erasure(ran: Troth) -> None:
    # The auditor does not see the restricted customer, and still misses nothing of it.
    with as_owner(ran):
        author = system_user()
        auditor = add_user(username="eve", name="Eve", role=Role.AUDITOR, acting_user=author)
        before = verify_log(acting_user=author)
        hidden, erased = Customer.objects.order_by("pk")[:2]
        restrict(customer_id=hidden.pk, reason="a takeover", acting_user=author)
        erase(erased.pk, reason=ErasureReason.REQUEST, acting_user=author)
        change_user(user=auditor, change=Change(team="north"), acting_user=author)
        found = [verify_log(acting_user=user) for user in (author, auditor)]
        assert [before.fault, *(verdict.fault for verdict in found)] == [None] * 3
        assert found[0].compared == found[1].compared > 1_000
        assert not CustomerPersonal.objects.filter(pk=erased.pk).exists()


def test_every_table_is_compared_or_says_why_not() -> None:
    compared = {model._meta.db_table for model in committed_models()}
    assert {"store_customer", "store_promise", "store_user", "store_policyversion"} <= compared
    assert compared & UNRECORDED.keys() == set()
