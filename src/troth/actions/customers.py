"""Who is who, across all systems, and what do we know of each?

The crosswalk is resolved anew from all records; what is settled stays. Records that share no key
and are alike are joined, or asked about, by the workspace's model (troth.actions.matching). Then
each customer's golden record is written where it differs. All in one transaction: half a crosswalk
is none.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter

from django.utils import timezone

from troth.actions.golden import write_golden
from troth.actions.matching import Matched, match_records
from troth.actions.outbox import Audience, Event
from troth.actions.recording import Entry, recorded
from troth.actions.upserting import insert_missing
from troth.core.access.roles import Right
from troth.core.identity.resolve import IdentityRecord, ResolutionOutcome, SharedValue, resolve
from troth.store.facts.aliases import survivors
from troth.store.facts.erased import exclude_erasures
from troth.store.facts.identities import identifying_rows
from troth.store.facts.verdicts import (
    home_of_records,
    kept_apart,
    lock_identity,
    said_of_records,
)
from troth.store.models import Crosswalk, Customer, ResolutionQuestion, User
from troth.store.sealing import row_pepper

_BATCH = 1_000


@dataclass(kw_only=True)
class Resolved:
    """What resolving came to."""

    records: int = 0
    customers: int = 0
    changed: int = 0  # customers whose golden record was written
    questions: int = 0  # that a steward has yet to settle
    not_identifying: int = 0  # values that too many records share
    likely_pairs: int = 0  # of new and changed records, that joined them or were asked about
    matching: str = ""  # why records are matched by keys alone; "" where likeness counts too


def resolve_customers(*, acting_user: User) -> Resolved:
    """Resolve every customer and contact record, and write what has changed."""
    matched = match_records(acting_user=acting_user)
    result = Resolved(likely_pairs=len(matched.pairs), matching=matched.sentence)
    with recorded(
        acting_user=acting_user,
        action="customer:identity:resolved",
        right=Right.SETTLE_IDENTITY,
        is_company_wide=True,
    ) as entry:
        exclude_erasures()
        lock_identity()
        homes, merged = home_of_records(), survivors()
        outcome = resolve(
            (IdentityRecord(**row) for row in identifying_rows()),
            settled=homes,
            must_link=said_of_records("same"),
            cannot_link=said_of_records("apart"),
            merged=merged,
            likely=matched.likely,
        )
        result.records = len(outcome.memberships)
        result.not_identifying = len(outcome.not_identifying)
        _write_crosswalk(outcome, homes, merged, entry)
        _ask(outcome, matched, entry)
        matched.keep(entry)
        result.changed = write_golden(entry)
        pepper = row_pepper()
        entry.detail = {
            "not_identifying": [_named(item, pepper) for item in outcome.not_identifying]
        }
        entry.is_empty = not entry.rows
    result.customers = Customer.objects.filter(merged_into=None).count()
    result.questions = ResolutionQuestion.objects.filter(settled_at=None).count()
    return result


def _named(item: SharedValue, pepper: bytes) -> dict[str, object]:
    """Keyed: whoever reads the log cannot try telephone numbers until one fits."""
    digest = hmac.digest(pepper, item.digest.encode(), "sha256").hex()[:16]
    return {"field": item.field, "digest": digest, "count": item.count}


def _write_crosswalk(
    outcome: ResolutionOutcome, homes: dict[str, str], merged: Mapping[str, str], entry: Entry
) -> None:
    fresh = [item for item in outcome.memberships if homes.get(item.key) != item.customer]
    # A customer's row must be there before its crosswalk; the golden record fills it in.
    ids = sorted({item.customer for item in fresh})
    now = timezone.now()
    entry.wrote_all(
        insert_missing([Customer(id=item, region="default", first_known_at=now) for item in ids])
    )
    rows = [
        Crosswalk(
            source_key=item.key,
            kind=item.kind,
            customer_id=merged.get(item.customer, item.customer),
            home_id=item.customer if item.customer in merged else None,
            because=item.because,
        )
        for item in sorted(fresh, key=attrgetter("key"))
    ]
    Crosswalk.objects.bulk_create(
        rows,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["source_key"],
        update_fields=["kind", "customer", "home", "because"],
    )
    entry.wrote_all(rows)


def _ask(outcome: ResolutionOutcome, matched: Matched, entry: Entry) -> None:
    known = set(ResolutionQuestion.objects.values_list("id", flat=True))
    apart = kept_apart()
    fresh = [
        item
        for item in outcome.questions
        if item.id not in known and frozenset(item.customers) not in apart
    ]
    now = timezone.now()
    rows = ResolutionQuestion.objects.bulk_create(
        [
            ResolutionQuestion(
                id=item.id,
                source_key=item.key,
                customers=list(item.customers),
                because=item.because,
                asked_at=now,
                **matched.columns_of(item.pair),
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
