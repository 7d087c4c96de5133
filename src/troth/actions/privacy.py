"""How is a person erased, so that nothing about them is left but pseudonymous facts?

Deleted are the personal part of every record about them, their golden record, rows in quarantine
and kept answers that name them, and their key: what it sealed in the audit log is noise from then
on. Kept are facts without names, decisions, receipts and the log, so that totals, receipts and
proofs hold. What a source sends of them again lands without its personal part.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from troth.actions import erasure_journal
from troth.actions.people import system_user
from troth.actions.recording import Entry, recorded
from troth.actions.subjects import subject_for
from troth.core.access.roles import Right
from troth.core.ledger.canonical import instant_text
from troth.store.facts.aliases import aliases, with_aliases
from troth.store.facts.erased import exclude_landings
from troth.store.facts.persons import Subject, closure, customer_subject
from troth.store.facts.traces import Traces, traces_of
from troth.store.models import (
    BreakGlass,
    CommitmentDifference,
    Customer,
    CustomerAccess,
    CustomerPersonal,
    ErasedSource,
    Erasure,
    FieldWord,
    IdempotencyKey,
    IdentityVerdict,
    OutboxMessage,
    QuarantinedRow,
    User,
)
from troth.store.models.customers import fresh_salt
from troth.store.queries.viewing import as_the_program
from troth.store.sealing import forget

# What the others hang on; the journal names these alone.
_SEEDS = ("agent", "contact", "customer")
_BATCH = 1_000


class ErasureReason(StrEnum):
    """Why somebody is erased: a code, so that no words about them stay."""

    REQUEST = "request"  # GDPR Art. 17(1)(a)–(d): the person asked
    RETENTION = "retention"  # Art. 5(1)(e): no longer needed
    COURT_ORDER = "court_order"  # Art. 17(1)(e): law demands it


@dataclass(frozen=True, kw_only=True)
class ErasurePlan:
    """What erasing a subject will delete or empty, and what stays."""

    subject: str
    kind: str
    records: Mapping[str, int]  # record kind → records about them, which stay without their words
    deleted: Mapping[str, int]  # table → rows


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What erasing a subject came to."""

    id: str
    subject: str
    deleted: Mapping[str, int]  # table → rows
    records: Mapping[str, int] = field(default_factory=dict)


def plan_of(name: str, *, acting_user: User) -> ErasurePlan:
    """What `erase` of a customer's id or source key would do.

    Raises UnknownSubjectError, NotAllowedError.
    """
    subject = subject_for(name, Right.ERASE, acting_user=acting_user)
    with as_the_program():
        return ErasurePlan(
            subject=subject.id,
            kind=subject.kind,
            records=_counted(subject),
            deleted=_emptied(subject) | traces_of(subject).counts,
        )


def erase(name: str, *, reason: ErasureReason, acting_user: User) -> Erased:
    """Erase a customer (by id or source key), a contact or an agent (by source key).

    Raises UnknownSubjectError, NotAllowedError. All or nothing; the journal has it before it
    commits.
    """
    subject = subject_for(name, Right.ERASE, acting_user=acting_user)
    now = timezone.now()
    erasure = Erasure(
        id="era_" + secrets.token_hex(8),
        subject=subject.id,
        reason=reason.value,
        requested_by=acting_user,
        erased_at=now,
    )
    return _erase(subject, erasure, acting_user=acting_user, is_replay=False)


def replay(*, acting_user: User | None = None) -> tuple[Erased, ...]:
    """Do again what the journal holds and the database has forgotten, as after a restore.

    Raises DamagedJournalError before anything is erased.
    """
    author = acting_user or system_user()
    journal = list(erasure_journal.lines())
    known = set(Erasure.objects.values_list("id", flat=True))
    done = []
    for line in journal:
        if line.id in known:
            continue
        seeds: dict[str, frozenset[str]] = {}
        for kind, key in line.sources:
            seeds[kind] = seeds.get(kind, frozenset()) | {key}
        subject = (
            customer_subject(line.subject, line.sources)
            if line.kind == "customer"
            else Subject(
                id=line.subject, kind=line.kind, customer_id="", records=_hanging(line.kind, seeds)
            )
        )
        asked_by = User.objects.filter(username=line.requested_by).first() or author
        erasure = Erasure(
            id=line.id,
            subject=line.subject,
            reason=line.reason,
            requested_by=asked_by,
            erased_at=datetime.fromisoformat(line.erased_at),
        )
        done.append(_erase(subject, erasure, acting_user=author, is_replay=True))
    return tuple(done)


def _hanging(kind: str, seeds: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return closure(seeds) if kind == "contact" else seeds


def _erase(subject: Subject, erasure: Erasure, *, acting_user: User, is_replay: bool) -> Erased:
    with recorded(
        acting_user=acting_user,
        action="privacy:subject:erased",
        right=Right.ERASE,
        subject=subject.id,
        customer_id=subject.customer_id,
        is_company_wide=True,
    ) as entry:
        exclude_landings()
        subject = _as_it_is_now(subject)
        traces = traces_of(subject)
        counts = _forget_words(subject, entry)
        _delete(traces, entry)
        counts |= {name: count for name, count in traces.counts.items() if count}
        erasure.counts = counts
        erasure.save(force_insert=True)
        entry.wrote(erasure)
        _remember(subject, erasure, entry)
        entry.detail = {"reason": erasure.reason, "erasure": erasure.pk, "deleted": counts}
        if not is_replay:
            erasure_journal.append(_line(subject, erasure))
    return Erased(id=erasure.pk, subject=subject.id, deleted=counts, records=_counted(subject))


def _as_it_is_now(subject: Subject) -> Subject:
    """Once more, behind the lock: a landing may just have brought something."""
    if subject.is_customer:
        return customer_subject(subject.id, _seeds(subject))
    records = _hanging(subject.kind, {subject.kind: frozenset({subject.id})})
    return Subject(
        id=subject.id, kind=subject.kind, customer_id=subject.customer_id, records=records
    )


def _delete(traces: Traces, entry: Entry) -> None:
    """Delete what traces name. Of a deleted row the log keeps that it is gone, nothing more."""
    for pk in traces.fact_personal:
        entry.changed("fact_personal", pk, b"", op="delete")
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM fact_personal WHERE (kind, key, revision, region) IN (SELECT * FROM"
            " unnest(%s::text[], %s::text[], %s::int[], %s::text[]))",
            [[pk[place] for pk in traces.fact_personal] for place in range(4)],
        )
    for customer in traces.customer_personal:
        entry.changed(CustomerPersonal._meta.db_table, customer, b"", op="delete")
    CustomerPersonal.objects.filter(pk__in=traces.customer_personal).delete()
    for row_id in traces.quarantined:
        entry.changed(QuarantinedRow._meta.db_table, row_id, b"", op="delete")
    QuarantinedRow.objects.filter(pk__in=traces.quarantined).delete()
    IdempotencyKey.objects.filter(pk__in=traces.answers).delete()
    OutboxMessage.objects.filter(pk__in=traces.messages).delete()
    forget(traces.keys)


def _forget_words(subject: Subject, entry: Entry) -> dict[str, int]:
    """Empty what people wrote about the subject, and the digest of who they were; how many rows."""
    counts: dict[str, int] = {}
    if not subject.is_customer:
        return counts
    ids = _ids(subject.customer_id)
    for customer in Customer.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
        customer.content_digest = ""
        customer.save(update_fields=["content_digest"])
        entry.wrote(customer)
    for model, columns in _WORDS.items():
        rows: list[_Worded] = list(
            model._default_manager.select_for_update().filter(customer_id__in=ids).order_by("pk")
        )
        for row in rows:
            for column in columns:
                setattr(row, column, "")
            # A new salt: the words of before cannot be guessed from their digest.
            row.salt = fresh_salt()
            row.save(update_fields=[*columns, "salt"])
            entry.wrote(row)
        if rows:
            counts[model._meta.db_table] = len(rows)
    said = IdentityVerdict.objects.select_for_update().filter(_of_any(ids)).order_by("pk")
    for verdict in said:
        verdict.reason = verdict.withdrawal = ""
        verdict.salt = fresh_salt()
        verdict.save(update_fields=["reason", "withdrawal", "salt"])
        entry.wrote(verdict)
    if said:
        counts[IdentityVerdict._meta.db_table] = len(said)
    return counts


def _ids(customer_id: str) -> tuple[str, ...]:
    """A customer's id with those of the customers that were merged into it."""
    return with_aliases([customer_id], aliases())


def _of_any(ids: Iterable[str]) -> Q:
    """Verdicts that speak of one of these customers."""
    wanted = Q(pk__in=[])
    for key in ids:
        wanted |= Q(customers__contains=[key])
    return wanted


_Worded = BreakGlass | CommitmentDifference | CustomerAccess | FieldWord
# What a person typed about a customer may name anybody.
_WORDS: dict[type[_Worded], tuple[str, ...]] = {
    CommitmentDifference: ("reason",),
    CustomerAccess: ("reason",),
    FieldWord: ("reason",),
    BreakGlass: ("reason", "comment"),
}


def _emptied(subject: Subject) -> dict[str, int]:
    if not subject.is_customer:
        return {}
    ids = _ids(subject.customer_id)
    counts = {
        model._meta.db_table: model._default_manager.filter(customer_id__in=ids).count()
        for model in _WORDS
    }
    counts[IdentityVerdict._meta.db_table] = IdentityVerdict.objects.filter(_of_any(ids)).count()
    return {table: count for table, count in counts.items() if count}


def _remember(subject: Subject, erasure: Erasure, entry: Entry) -> None:
    """So that what a source sends of them again lands without its personal part."""
    known = set(ErasedSource.objects.filter(kind__in=subject.records).values_list("kind", "key"))
    rows = [
        ErasedSource(kind=kind, key=key, erasure=erasure)
        for kind, key in subject.pairs
        if (kind, key) not in known
    ]
    ErasedSource.objects.bulk_create(rows, batch_size=_BATCH)
    entry.wrote_all(rows)


def _line(subject: Subject, erasure: Erasure) -> erasure_journal.Line:
    return erasure_journal.Line(
        id=erasure.pk,
        subject=subject.id,
        kind=subject.kind,
        reason=erasure.reason,
        requested_by=erasure.requested_by.username,
        erased_at=instant_text(erasure.erased_at),
        sources=tuple(_seeds(subject)),
    )


def _seeds(subject: Subject) -> Iterable[tuple[str, str]]:
    kinds = _SEEDS if subject.is_customer else (subject.kind,)
    return [(kind, key) for kind, key in subject.pairs if kind in kinds]


def _counted(subject: Subject) -> dict[str, int]:
    return {kind: len(keys) for kind, keys in subject.records.items()}
