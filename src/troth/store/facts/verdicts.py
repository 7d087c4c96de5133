"""What have stewards said of who is who, and which merges hold?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection
from django.db.models.functions import Coalesce

from troth.core.identity import RecordPair
from troth.store.models import Crosswalk, IdentityVerdict

# Whoever changes who is who takes this lock: merges, verdicts and resolving, one at a time.
_LOCK = 0x54726F74684964  # "TrothId"


def lock_identity() -> None:
    """Wait for whoever changes who is who, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def home_of_records() -> dict[str, str]:
    """Source key → the customer that it belongs to where no merge is looked at."""
    rows = Crosswalk.objects.annotate(whose=Coalesce("home_id", "customer_id"))
    return dict(rows.values_list("source_key", "whose"))


def said_of_records(verdict: str) -> list[RecordPair]:
    """The pairs of source records that are the `same`, or are `apart`, as stewards said."""
    rows = IdentityVerdict.objects.filter(verdict=verdict, level="record", withdrawn_at=None)
    return [
        RecordPair(one=one, other=other)
        for one, other in rows.order_by("pk").values_list("one", "other")
    ]


def kept_apart() -> set[frozenset[str]]:
    """The two customers of each verdict that they are apart."""
    rows = IdentityVerdict.objects.filter(verdict="apart", level="customer", withdrawn_at=None)
    return {frozenset(pair) for pair in rows.values_list("one", "other")}


def merges() -> dict[str, str]:
    """Alias → the customer that it was merged into, merge by merge; that one may be an alias."""
    rows = IdentityVerdict.objects.filter(verdict="same", level="customer", withdrawn_at=None)
    return dict(rows.values_list("other", "one"))


def root_of(customer: str, edges: Mapping[str, str]) -> str:
    """Who survives of a customer, by these merges."""
    while customer in edges:
        customer = edges[customer]
    return customer


def tree_of(customers: Iterable[str], edges: Mapping[str, str]) -> dict[str, str]:
    """Everybody who is one with some customers → who survives, by these merges."""
    wanted = {root_of(customer, edges) for customer in customers}
    everybody = {*wanted, *edges}
    roots = {customer: root_of(customer, edges) for customer in sorted(everybody)}
    return {customer: root for customer, root in roots.items() if root in wanted}


def are_one(customers: Iterable[str], edges: Mapping[str, str]) -> bool:
    """Whether these merges make one customer of some."""
    return len({root_of(customer, edges) for customer in customers}) == 1
