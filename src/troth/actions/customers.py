"""Who is who, across all systems, and what do we know of each?

The crosswalk is resolved anew from all records; what is settled stays. Then each customer's
golden record is written where it differs. All in one transaction: half a crosswalk is none.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter

from django.utils import timezone

from troth.actions.outbox import Audience, Event
from troth.actions.recording import Entry, recorded
from troth.actions.upserting import insert_missing, upsert_changed
from troth.core.access.roles import Right
from troth.core.identity.golden import GoldenRecord, SourceFields, golden_record
from troth.core.identity.resolve import IdentityRecord, ResolutionOutcome, SharedValue, resolve
from troth.core.ledger.canonical import canonical_bytes
from troth.store.facts.erased import exclude_erasures
from troth.store.facts.identities import PERSONAL, Description, descriptions, identifying_rows
from troth.store.models import (
    Crosswalk,
    Customer,
    CustomerPersonal,
    ResolutionQuestion,
    User,
)
from troth.store.sealing import row_pepper

_BATCH = 1_000
_COPIED = (
    "party_kind",
    "country",
    "city",
    "time_zone",
    "language",
    "segment",
    "account_manager",
    "team",
)


@dataclass(kw_only=True)
class Resolved:
    """What resolving came to."""

    records: int = 0
    customers: int = 0
    changed: int = 0  # customers whose golden record was written
    questions: int = 0  # that a steward has yet to settle
    not_identifying: int = 0  # values that too many records share


def resolve_customers(*, acting_user: User) -> Resolved:
    """Resolve every customer and contact record, and write what has changed."""
    settled = dict(Crosswalk.objects.values_list("source_key", "customer_id"))
    outcome = resolve((IdentityRecord(**row) for row in identifying_rows()), settled=settled)
    result = Resolved(
        records=len(outcome.memberships), not_identifying=len(outcome.not_identifying)
    )
    with recorded(
        acting_user=acting_user,
        action="customer:identity:resolved",
        right=Right.SETTLE_IDENTITY,
        is_company_wide=True,
    ) as entry:
        exclude_erasures()
        pepper = row_pepper()
        _write_crosswalk(outcome, settled, entry)
        _ask(outcome, entry)
        _write_golden(result, entry, pepper)
        entry.detail = {
            "not_identifying": [_named(item, pepper) for item in outcome.not_identifying]
        }
        entry.is_empty = not entry.rows
    result.customers = Customer.objects.count()
    result.questions = ResolutionQuestion.objects.filter(settled_at=None).count()
    return result


def _named(item: SharedValue, pepper: bytes) -> dict[str, object]:
    """Keyed: whoever reads the log cannot try telephone numbers until one fits."""
    digest = hmac.digest(pepper, item.digest.encode(), "sha256").hex()[:16]
    return {"field": item.field, "digest": digest, "count": item.count}


def _write_crosswalk(outcome: ResolutionOutcome, settled: dict[str, str], entry: Entry) -> None:
    fresh = [item for item in outcome.memberships if settled.get(item.key) != item.customer]
    # A customer's row must be there before its crosswalk; the golden record fills it in.
    ids = sorted({item.customer for item in fresh})
    now = timezone.now()
    entry.wrote_all(
        insert_missing([Customer(id=item, region="default", first_known_at=now) for item in ids])
    )
    rows = [
        Crosswalk(
            source_key=item.key, kind=item.kind, customer_id=item.customer, because=item.because
        )
        for item in sorted(fresh, key=attrgetter("key"))
    ]
    Crosswalk.objects.bulk_create(
        rows,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["source_key"],
        update_fields=["kind", "customer", "because"],
    )
    entry.wrote_all(rows)


def _ask(outcome: ResolutionOutcome, entry: Entry) -> None:
    known = set(ResolutionQuestion.objects.values_list("id", flat=True))
    fresh = [item for item in outcome.questions if item.id not in known]
    now = timezone.now()
    rows = ResolutionQuestion.objects.bulk_create(
        [
            ResolutionQuestion(
                id=item.id,
                source_key=item.key,
                customers=list(item.customers),
                because=item.because,
                asked_at=now,
            )
            for item in fresh
        ]
    )
    entry.wrote_all(rows)
    Audience.load().tell(
        Event(
            type="identity.question_asked",
            data={
                "question_id": row.pk,
                "source_key": row.source_key,
                "customer_ids": row.customers,
            },
            customers=tuple(row.customers),
        )
        for row in rows
    )


def _write_golden(result: Resolved, entry: Entry, pepper: bytes) -> None:
    for batch in _batches(groupby(descriptions(), key=attrgetter("customer_id"))):
        plain, personal = [], []
        stored = Customer.objects.in_bulk([records[0].customer_id for records in batch])
        for records in batch:
            golden = golden_record(
                SourceFields(key=item.key, known_at=item.known_at, fields=item.fields)
                for item in records
            )
            row = _plain_row(stored[records[0].customer_id], records, golden, pepper)
            if row is None:
                continue
            plain.append(row)
            personal.append(_personal_row(row.pk, golden))
        changed = upsert_changed(plain, key=["id"])
        result.changed += len(changed)
        entry.wrote_all(changed)
        _commit_to_personal(upsert_changed(personal, key=["customer_id"], keep=["salt"]), entry)


def _commit_to_personal(rows: list[CustomerPersonal], entry: Entry) -> None:
    """With the salt that is stored: it goes with the row when the customer is erased."""
    stored = CustomerPersonal.objects.filter(pk__in=[row.pk for row in rows])
    salts = dict(stored.values_list("pk", "salt"))
    for row in rows:
        row.salt = bytes(salts[row.pk])
        entry.wrote(row, salt=row.salt)


def _batches(
    groups: Iterable[tuple[str, Iterator[Description]]],
) -> Iterator[list[list[Description]]]:
    whole = (list(records) for _, records in groups)
    while batch := list(islice(whole, _BATCH)):
        yield batch


def _plain_row(
    row: Customer, records: list[Description], golden: GoldenRecord, pepper: bytes
) -> Customer | None:
    """The customer's row with its golden values; None where nothing has changed."""
    values = golden.values
    content = canonical_bytes(
        {
            "values": values,
            "provenance": golden.provenance,
            "records": [item.key for item in records],
            "since": min(item.since for item in records),
        }
    )
    mark = hmac.digest(pepper, content, "sha256").hex()  # keyed: personal values are in it
    if row.content_digest == mark:
        return None
    row.content_digest = mark
    row.region = records[0].region
    row.sales_region = values.get("sales_region") or values.get("country") or ""
    for name in _COPIED:
        setattr(row, name, values.get(name) or "")
    row.first_known_at = min(item.since for item in records)
    row.source_count = len(records)
    return row


def _personal_row(customer_id: str, golden: GoldenRecord) -> CustomerPersonal:
    return CustomerPersonal(
        customer_id=customer_id,
        provenance={
            name: golden.provenance[name] for name in PERSONAL if name in golden.provenance
        },
        **{name: golden.values.get(name) or "" for name in PERSONAL},
    )
