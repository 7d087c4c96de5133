"""What is held about a person, as a file that they can take elsewhere?

GDPR Art. 15 and 20: a zip with everything that is held about a subject, once as JSON and once as
CSV, with what each part is for. Every version of every record is in it, also what is not personal.
"""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg import sql

from troth.actions.recording import recorded
from troth.actions.subjects import subject_for
from troth.core.access.roles import Right
from troth.core.access.vocabulary import Purpose
from troth.core.ledger.canonical import instant_text
from troth.core.ledger.envelope import sealed_place
from troth.core.records.values import Sensitivity
from troth.store.facts.persons import Subject
from troth.store.facts.traces import traces_of
from troth.store.models import AuditEntry, AuditSecret, User
from troth.store.models.facts import table_name
from troth.store.queries.masking import GOLDEN, shows, shows_field, shows_rows
from troth.store.queries.viewing import Viewer, viewer_of
from troth.store.sealing import ErasedError, open_sealed

_PURPOSE = Purpose.PRIVACY
# A spreadsheet runs a cell that begins with one of these as a formula.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_README = """\
This is everything that {company} holds about {subject} in Troth, as of {at}.

data.json     all of it, for programs
csv/          the same, one table a file, for people
Times are UTC (ISO 8601). "records" are what source systems said, each version of it, with the
instant at which it became known; the rest is what was made of it. personal-data.md in the
documentation of Troth says of each field what it is for, on which basis and for how long.
"""
_WITHHELD = """
Left out, because whoever made this may not see it: {fields}. A privacy officer's export has it.
"""

# Tables that say something of a customer, by their own id.
_BY_CUSTOMER = {
    "customer": "SELECT * FROM store_customer WHERE id = %s",
    "golden_record": "SELECT name, email, phone, tax_id, address, postal_code, provenance"
    " FROM store_customerpersonal WHERE customer_id = %s",
    "source_records": "SELECT source_key, kind, because FROM store_crosswalk"
    " WHERE customer_id = %s ORDER BY source_key",
    "tiers": "SELECT tier, starts_at, ends_at, code, sentence, revenue, currency"
    " FROM store_tierassignment WHERE customer_id = %s ORDER BY starts_at",
    "consents": "SELECT purpose, said, effective_at, known_at, expires_at, notice_version, source,"
    " how FROM store_consentevent WHERE customer_id = %s ORDER BY known_at, purpose",
    "promises": "SELECT * FROM store_promise WHERE customer_id = %s ORDER BY placed_at",
    "case_work": "SELECT * FROM store_casework WHERE customer_id = %s ORDER BY opened_at",
    "decisions": "SELECT id, kind, subject, at, receipt FROM store_decision"
    " WHERE customer_id = %s ORDER BY at, id",
    "break_glass": "SELECT reason, starts_at, ends_at, verdict, comment FROM store_breakglass"
    " WHERE customer_id = %s ORDER BY starts_at",
    "named_people": "SELECT reason, granted_at, ends_at FROM store_customeraccess"
    " WHERE customer_id = %s ORDER BY granted_at",
}


@dataclass(frozen=True, kw_only=True)
class PersonalExport:
    """An access request's answer."""

    subject: str
    rows: Mapping[str, int]  # part → rows
    withheld: tuple[str, ...]  # PART.FIELD of what whoever asked may not see for this purpose
    content: bytes  # the zip


def export_personal(name: str, *, company: str, acting_user: User) -> PersonalExport:
    """Everything that is held about a customer (by id or source key), a contact or an agent.

    Raises UnknownSubjectError, NotAllowedError. The export itself stands in the audit log.
    """
    subject = subject_for(name, Right.EXPORT_PERSONAL, acting_user=acting_user)
    with recorded(
        acting_user=acting_user,
        action="privacy:subject:exported",
        right=Right.EXPORT_PERSONAL,
        subject=subject.id,
        customer_id=subject.customer_id,
    ) as entry:
        parts = dict(_parts(subject))
        withheld = _mask(viewer_of(acting_user), parts)
        rows = {part: len(found) for part, found in parts.items()}
        entry.detail = {"rows": rows} | ({"withheld": list(withheld)} if withheld else {})
    at = instant_text(timezone.now())
    readme = _README.format(company=company, subject=subject.id, at=at)
    if withheld:
        readme += _WITHHELD.format(fields=", ".join(withheld))
    about = {"subject": subject.id, "kind": subject.kind, "as_of": at, "withheld": withheld}
    content = _zip(readme, about, parts)
    return PersonalExport(subject=subject.id, rows=rows, withheld=withheld, content=content)


def write_export(export: PersonalExport, path: Path) -> None:
    """Put an export where only its owner can read it. Raises FileExistsError, OSError."""
    with open(path, "xb", opener=_private) as file:  # Path.open takes no opener
        file.write(export.content)


def _mask(viewer: Viewer, parts: Mapping[str, list[dict[str, Any]]]) -> tuple[str, ...]:
    """Empty what this viewer may not see even to answer the person; what was emptied."""
    withheld = set()
    for part, row, name in _hidden(viewer, parts):
        if row.get(name) is not None:
            row[name] = None
            withheld.add(f"{part}.{name}")
    return tuple(sorted(withheld))


def _hidden(
    viewer: Viewer, parts: Mapping[str, list[dict[str, Any]]]
) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(part, mapping, name) of each value that is masked."""
    for row in parts.get("golden_record", ()):
        for name in GOLDEN:
            if not shows_field(viewer, "customer", name, purpose=_PURPOSE):
                yield "golden_record", row, name
    for part, rows in parts.items():
        source, _, kind = part.partition(".")
        for row in rows if source == "records" else ():
            if not shows_rows(viewer, kind, purpose=_PURPOSE):
                yield part, row, "raw_personal"
            for name in row["personal"] or {}:
                if not shows_field(viewer, kind, name, purpose=_PURPOSE):
                    yield part, row["personal"], name
    if not shows(viewer, Sensitivity.RESTRICTED, purpose=_PURPOSE):  # a row of whatever kind
        for row in parts["quarantine"]:
            yield "quarantine", row, "raw"
            yield "quarantine", row, "message"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _parts(subject: Subject) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    if subject.is_customer:
        for part, query in _BY_CUSTOMER.items():
            yield part, _rows(query, [subject.customer_id])
        yield "audit_log", _audited(subject.customer_id)
    for kind, keys in subject.records.items():
        facts = _FACTS.format(kind=sql.Literal(kind), table=sql.Identifier(table_name(kind)))
        rows = _rows(facts, [sorted(keys)])
        for row in rows:  # Django hands jsonb out as text
            row["personal"] = json.loads(row["personal"] or "null")
        yield f"records.{kind}", rows
    traces = traces_of(subject)
    yield (
        "quarantine",
        _rows(
            "SELECT source, feed, file, key, code, message, raw, seen_at, resolved_at"
            " FROM store_quarantinedrow WHERE id = ANY(%s) ORDER BY id",
            [list(traces.quarantined)],
        ),
    )
    yield (
        "messages",
        _rows(
            "SELECT id, event_type, payload, created_at, delivered_at FROM store_outboxmessage"
            " WHERE id = ANY(%s) ORDER BY id",
            [list(traces.messages)],
        ),
    )
    yield (
        "erasures",
        _rows(
            "SELECT id, reason, erased_at FROM store_erasure WHERE subject = %s ORDER BY erased_at",
            [subject.id],
        ),
    )


_FACTS = sql.SQL(
    "SELECT fact.*, personal.fields AS personal, personal.raw AS raw_personal FROM {table} AS fact"
    " LEFT JOIN fact_personal AS personal ON personal.kind = {kind} AND personal.key = fact.key"
    "   AND personal.revision = fact.revision AND personal.region = fact.region"
    " WHERE fact.key = ANY(%s) ORDER BY fact.key, fact.revision"
)
_NOT_ABOUT_THEM = frozenset({"landing_id", "row_hash", "content_digest", "salt"})


def _audited(customer_id: str) -> list[dict[str, Any]]:
    """What was done about the customer, with what was written about it where it opens."""
    found = []
    secrets = {
        secret.entry_id: secret for secret in AuditSecret.objects.filter(subject=customer_id)
    }
    entries = AuditEntry.objects.filter(customer_id=customer_id).order_by("index")
    for entry in entries.iterator():
        sealed: dict[str, Any] = {}
        if entry.index in secrets:
            commitments = json.loads(entry.envelope)["commitments"]
            try:
                opened = open_sealed(
                    customer_id, secrets[entry.index].ciphertext, sealed_place(commitments)
                )
                sealed = {name: item["value"] for name, item in json.loads(opened).items()}
            except ErasedError:
                sealed = {"erased": True}
        found.append(
            {
                "index": entry.index,
                "at": entry.at,
                "action": entry.action,
                "reason": entry.reason,
                "sealed": sealed,
            }
        )
    return found


def _rows(query: str | sql.Composed, parameters: Sequence[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        names = [column.name for column in cursor.description]
        return [
            {
                name: value
                for name, value in zip(names, row, strict=True)
                if name not in _NOT_ABOUT_THEM
            }
            for row in cursor.fetchall()
        ]


def _zip(readme: str, about: Mapping[str, Any], parts: Mapping[str, list[dict[str, Any]]]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("README.txt", readme)
        document = {**about, "parts": parts}
        text = json.dumps(document, indent=1, ensure_ascii=False, default=_text)
        file.writestr("data.json", text)
        for part, rows in parts.items():
            if rows:
                file.writestr(f"csv/{part}.csv", _csv(rows))
    return whole.getvalue()


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    names = list(rows[0])
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=_text)
    found = _text(value) if not isinstance(value, (str, int, type(None))) else value
    return f"'{found}" if isinstance(found, str) and found.startswith(_DANGEROUS) else found


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
