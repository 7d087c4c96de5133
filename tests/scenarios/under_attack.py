"""How does the owner of a database change it past the log, and what does verifying say then?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction
from tests.databases import unhidden
from tests.workspaces import Troth

from troth.actions.people import system_user
from troth.actions.verifying import Kept, Verdict, verify_log
from troth.core.ledger.tree import Growing, leaf_hash
from troth.store.connecting import connect_to
from troth.store.models import AuditCheckpoint, AuditEntry, AuditNode


@contextmanager
def as_owner(troth: Troth) -> Iterator[None]:
    """Django speaks to the database as its owner, who may do anything to it."""
    settings.WORKSPACE = troth.directory
    connect_to(connections, app_url=unhidden(troth.owner_url), owner_url=troth.owner_url)
    yield


def sql(query: str, *parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        return cursor.fetchall() if cursor.description else []


def after(attack: Callable[[], object], since: Kept | None = None) -> Verdict:
    """What verifying says after an attack, which is then undone."""
    with transaction.atomic():
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        attack()
        verdict = verify_log(acting_user=system_user(), since=since)
        transaction.set_rollback(True)
    return verdict


def rebuilt(index: int) -> None:
    """Say in one entry that somebody else did it, and make every hash of the log fit again."""
    entry = AuditEntry.objects.get(pk=index)
    text = entry.envelope.replace('"subject":"', '"subject":"x', 1)
    leaf, subject = leaf_hash(text.encode()), f"x{entry.subject}"
    AuditEntry.objects.filter(pk=index).update(envelope=text, leaf_hash=leaf, subject=subject)
    AuditNode.objects.all().delete()
    AuditCheckpoint.objects.all().delete()
    tree = Growing()
    for stored in AuditEntry.objects.order_by("index").values_list("leaf_hash", flat=True):
        for level, place, node in tree.add(bytes(stored)):
            AuditNode.objects.create(level=level, index=place, hash=node)
