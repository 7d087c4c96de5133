"""How good is what is known of some customers, as the pure rules judge it?

Reads every field of every record, hidden ones too, and gives scores alone: no value leaves this
module. What is known of feeds is what the last finished run measured (ADR 0026).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql

from troth.core.quality import FIELDS, CustomerQuality, Feed, Held, Said, judge
from troth.store.facts.freshness import BATCH
from troth.store.facts.identities import PERSONAL, Description, descriptions
from troth.store.facts.versions import current, rows
from troth.store.models import Customer, CustomerPersonal, QuarantinedRow, Run

_FEED_OF = sql.SQL(
    "SELECT record.key, landing.source || '/' || landing.feed AS feed"
    " FROM {customer} JOIN store_landing AS landing ON landing.id = record.landing_id"
    " WHERE record.key = ANY(%(keys)s)"
).format(customer=current("customer", alias="record"))


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Some customers, and the moment at which their feeds were measured."""

    customers: Mapping[str, CustomerQuality]  # in the order in which they were asked for
    measured_at: datetime | None  # None before the first run


def judged(customers: Collection[str]) -> Judged:
    """Each of these customers that is there, by ids of their own. Call it as the program."""
    ids = list(customers)
    last = (
        Run.objects.filter(finished_at__isnull=False, as_of__isnull=False).order_by("-pk").first()
    )
    feeds = _feeds(last)
    told: dict[str, list[Description]] = {}
    for item in descriptions(ids):
        told.setdefault(item.customer_id, []).append(item)
    keys = [item.key for found in told.values() for item in found]
    under = _under_contract(keys, feeds)
    waiting = _waiting(under)
    golden = Customer.objects.select_related("customerpersonal").in_bulk(ids)
    return Judged(
        customers={
            key: _judge(golden[key], told.get(key, ()), under, waiting)
            for key in ids
            if key in golden
        },
        measured_at=None if last is None else last.as_of,
    )


def _judge(
    row: Customer,
    told: Iterable[Description],
    under: Mapping[str, Feed],
    waiting: Collection[str],
) -> CustomerQuality:
    said = [
        Said(
            key=item.key,
            fields=item.fields,
            feed=under.get(item.key),
            is_waiting=item.key in waiting,
        )
        for item in told
    ]
    personal = _personal(row)
    held = {
        field.name: _held(row, personal, field.name)
        for field in FIELDS
        if field.name not in PERSONAL or personal is not None
    }
    return judge(said, held, withheld=() if personal is not None else PERSONAL)


def _personal(row: Customer) -> CustomerPersonal | None:
    try:
        return row.customerpersonal
    except CustomerPersonal.DoesNotExist:
        return None  # erased


def _held(row: Customer, personal: CustomerPersonal | None, name: str) -> Held:
    if name in PERSONAL and personal is not None:
        return Held(
            value=getattr(personal, name),
            source=personal.provenance.get(name, ""),
            rule=personal.rules.get(name, ""),
        )
    source, rule = row.provenance.get(name, ("", ""))
    return Held(value=getattr(row, name), source=source, rule=rule)


def _feeds(run: Run | None) -> dict[str, Feed]:
    measured: Iterable[Mapping[str, Any]] = () if run is None else run.summary.get("feeds", ())
    return {
        item["feed"]: Feed(
            name=item["feed"],
            lag_seconds=item["lag_seconds"],
            promised_seconds=item["promised_seconds"],
            checked=frozenset(item.get("checked", ())),  # runs of earlier versions did not say
        )
        for item in measured
    }


def _under_contract(keys: list[str], feeds: Mapping[str, Feed]) -> dict[str, Feed]:
    """Record → the feed that brought it, where that has a contract."""
    if not feeds or not keys:
        return {}
    found = rows(_FEED_OF, {"keys": keys})
    return {row["key"]: feeds[row["feed"]] for row in found if row["feed"] in feeds}


def _waiting(keys: Collection[str]) -> set[str]:
    """The records that break their contract and wait for a steward."""
    if not keys:
        return set()
    found = QuarantinedRow.objects.filter(
        code__startswith=BATCH, resolved_at=None, key__in=list(keys)
    )
    return {key for key in found.values_list("key", flat=True) if key is not None}
