"""How is each customer's golden record written, where it differs from what is there?

Each value keeps the record that it came from and the rule that chose it; an id that was merged into
another has no record of its own, and hides wherever the survivor hides.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path

from django.conf import settings

from troth.actions.recording import Entry
from troth.actions.upserting import upsert_changed
from troth.connectors.workspace import survivorship
from troth.core.identity.golden import GoldenRecord, SourceFields, Survivorship, golden_record
from troth.core.ledger.canonical import canonical_bytes
from troth.store.facts.identities import PERSONAL, Description, descriptions
from troth.store.models import Crosswalk, Customer, CustomerPersonal, FieldWord
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
PLAIN = ("sales_region", *_COPIED)
# By what a customer is hidden from whom; its aliases hide alike.
WALL = ("sales_region", "team", "account_manager", "is_restricted")

Words = dict[str, dict[str, tuple[str, ...]]]  # customer → field → records, the first counts most


@dataclass(frozen=True, kw_only=True)
class _Golden:
    """A customer's golden record with the records that it was made of."""

    records: list[Description]
    record: GoldenRecord

    @property
    def customer_id(self) -> str:
        return self.records[0].customer_id


def write_golden(entry: Entry, customers: Collection[str] | None = None) -> int:
    """Write what differs, of all customers or of some; how many customers did.

    Runs in the caller's transaction. Raises WorkspaceError where the rules cannot be read.
    """
    rules, pepper = survivorship(Path(settings.WORKSPACE)), row_pepper()
    words, changes = _words(), 0
    found = groupby(descriptions(customers), key=attrgetter("customer_id"))
    for batch in _batches(found):
        changes += _write_batch(
            [_golden(records, rules, words) for records in batch], entry, pepper
        )
    return changes


def _golden(records: list[Description], rules: Survivorship, words: Words) -> _Golden:
    made = golden_record(
        (
            SourceFields(key=item.key, known_at=item.known_at, fields=item.fields)
            for item in records
        ),
        rules=rules,
        words=words.get(records[0].customer_id),
    )
    return _Golden(records=records, record=made)


def _write_batch(batch: list[_Golden], entry: Entry, pepper: bytes) -> int:
    stored = Customer.objects.in_bulk([golden.customer_id for golden in batch])
    plain, personal = [], []
    for golden in batch:
        row = _plain_row(stored[golden.customer_id], golden, pepper)
        if row is not None:
            plain.append(row)
            personal.append(_personal_row(row.pk, golden.record))
    changed = upsert_changed(plain, key=["id"])
    entry.wrote_all(changed)
    _commit_to_personal(upsert_changed(personal, key=["customer_id"], keep=["salt"]), entry)
    _hide_aliases(changed, entry)
    return len(changed)


def _hide_aliases(changed: list[Customer], entry: Entry) -> None:
    """Keep the ids that were merged into these behind the same wall."""
    survivors = {row.pk: row for row in changed}
    for alias in Customer.objects.filter(merged_into__in=survivors).order_by("pk"):
        assert alias.merged_into_id is not None  # it was asked for by it
        if put_behind(alias, survivors[alias.merged_into_id]):
            alias.save(update_fields=WALL)
            entry.wrote(alias)


def put_behind(alias: Customer, survivor: Customer) -> bool:
    """Hide an alias as its survivor is hidden; whether that changed anything."""
    before = [getattr(alias, name) for name in WALL]
    for name in WALL:
        setattr(alias, name, getattr(survivor, name))
    return before != [getattr(alias, name) for name in WALL]


def _words() -> Words:
    """What stewards said of fields that still holds, by the customer that the record belongs to."""
    said = list(FieldWord.objects.filter(withdrawn_at=None).order_by("-given_at", "pk"))
    linked = Crosswalk.objects.filter(source_key__in=[word.source_key for word in said])
    belongs = dict(linked.values_list("source_key", "customer_id"))
    found: Words = {}
    # What was said of the survivor itself counts more than what was said of its aliases.
    for word in sorted(said, key=lambda word: belongs.get(word.source_key) != word.customer_id):
        if word.source_key in belongs:
            fields = found.setdefault(belongs[word.source_key], {})
            fields[word.field] = (*fields.get(word.field, ()), word.source_key)
    return found


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


def _plain_row(row: Customer, golden: _Golden, pepper: bytes) -> Customer | None:
    """The customer's row with its golden values; None where nothing has changed."""
    records, values = golden.records, golden.record.values
    provenance, rules = golden.record.provenance, golden.record.rules
    content = canonical_bytes(
        {
            "values": values,
            "provenance": provenance,
            "rules": rules,
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
    row.provenance = {name: [provenance[name], rules[name]] for name in PLAIN if name in rules}
    row.first_known_at = min(item.since for item in records)
    row.source_count = len(records)
    return row


def _personal_row(customer_id: str, record: GoldenRecord) -> CustomerPersonal:
    return CustomerPersonal(
        customer_id=customer_id,
        provenance={
            name: record.provenance[name] for name in PERSONAL if name in record.provenance
        },
        rules={name: record.rules[name] for name in PERSONAL if name in record.rules},
        **{name: record.values.get(name) or "" for name in PERSONAL},
    )
