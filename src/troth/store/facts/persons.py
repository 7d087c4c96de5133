"""What is held about one person or company: which source records, and where else?

A subject is a customer with everything that hangs on it, or one contact or agent with what hangs
on them alone. What hangs on whom is read from the references of `core.records`: an order belongs
to its customer, a shipment to its order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from troth.core.records.kinds import BY_NAME, KINDS
from troth.store.facts.aliases import survivor_of
from troth.store.facts.erased import references
from troth.store.models import Crosswalk, Customer
from troth.store.models.facts import column_name, table_name

_TWIN = "/contact"  # of a contact whose record is a customer's too


class UnknownSubjectError(Exception):
    """Nobody is known by this name. Give a customer's id (cus_…) or a source key (crm:0015x)."""

    code = "privacy:subject-unknown"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Nobody is known as {name!r}. Give a customer's id (cus_…) or the key of a source "
            "record of a customer, a contact or an agent (crm:0015x)."
        )


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whose data it is. `id` names them in erasures: a customer's id, or a source key."""

    id: str
    kind: str  # customer, contact or agent
    customer_id: str  # "" of an agent
    records: Mapping[str, frozenset[str]]  # record kind → keys of the records about them

    @property
    def is_customer(self) -> bool:
        return self.kind == "customer"

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(kind, key) of every record, in order."""
        return tuple(
            (kind, key) for kind in sorted(self.records) for key in sorted(self.records[kind])
        )


def subject_of(name: str) -> Subject:
    """The subject that a customer's id or a source key names. Raises UnknownSubjectError."""
    if Customer.objects.filter(pk=name).exists():
        return _customer(survivor_of(name))
    row = Crosswalk.objects.filter(source_key__in=[name, name + _TWIN]).order_by("source_key")
    found = row.first()
    if found is not None and found.kind == "customer":
        return _customer(found.customer_id)
    for kind in ("contact", "agent"):
        if (found is not None and kind == "contact") or _is_landed(kind, name):
            key = name.removesuffix(_TWIN)
            customer = found.customer_id if found is not None else ""
            seeds = {kind: frozenset({key})}
            records = closure(seeds) if kind == "contact" else seeds
            return Subject(id=key, kind=kind, customer_id=customer, records=records)
    raise UnknownSubjectError(name)


def customer_subject(customer_id: str, sources: Iterable[tuple[str, str]] = ()) -> Subject:
    """A customer as a subject, by its crosswalk and by records that are known to be its own."""
    seeds: dict[str, set[str]] = {"customer": set(), "contact": set()}
    for key, kind in Crosswalk.objects.filter(customer_id=customer_id).values_list(
        "source_key", "kind"
    ):
        seeds.setdefault(kind, set()).add(key.removesuffix(_TWIN) if kind == "contact" else key)
    for kind, key in sources:
        seeds.setdefault(kind, set()).add(key)
    records = closure({kind: frozenset(keys) for kind, keys in seeds.items()})
    return Subject(id=customer_id, kind="customer", customer_id=customer_id, records=records)


def closure(seeds: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The given records and all that hang on them, kind by kind, in the order of KINDS."""
    found = {kind: frozenset(keys) for kind, keys in seeds.items() if keys}
    for kind in KINDS:
        keys = set(found.get(kind.name, ()))
        for column, owner in references(kind).items():
            if owner in found:
                keys |= _referring(kind.name, column_name(column), found[owner])
        if keys:
            found[kind.name] = frozenset(keys)
    return found


def _customer(customer_id: str) -> Subject:
    return customer_subject(customer_id)


def _referring(kind: str, column: str, owners: frozenset[str]) -> set[str]:
    statement = sql.SQL("SELECT DISTINCT key FROM {} WHERE {} = ANY(%s)").format(
        sql.Identifier(table_name(kind)), sql.Identifier(column)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [sorted(owners)])
        return {key for (key,) in cursor.fetchall()}


def _is_landed(kind: str, key: str) -> bool:
    assert kind in BY_NAME
    statement = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE key = %s)")
    with connection.cursor() as cursor:
        cursor.execute(statement.format(sql.Identifier(table_name(kind))), [key])
        return bool(cursor.fetchone()[0])
