"""In which rows does something about a subject stand, beside the records themselves?

Rows that were quarantined, answers that are kept for a repeated request, and messages that wait
are texts. A row is the subject's where it bears the key of one of their records, or holds a
value that their records hold as personal. Who is short of characters (a name of three letters)
is looked for as a whole JSON value only, so that nobody else's row goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from troth.store.facts.aliases import aliases, with_aliases
from troth.store.facts.persons import Subject

# Shorter ones stand in words and numbers that have nothing to do with the person.
_SHORTEST_WITHIN = 6
_SHORTEST_VALUE = 3
_NAMED_BY = ("customer", "contact", "order", "case", "shipment")


@dataclass(frozen=True, kw_only=True)
class Traces:
    """Primary keys of the rows that hold something about a subject."""

    fact_personal: tuple[tuple[str, str, int, str], ...]
    customer_personal: tuple[str, ...]
    quarantined: tuple[int, ...]
    answers: tuple[int, ...]
    messages: tuple[str, ...]
    keys: tuple[str, ...]  # subject keys: what they sealed becomes noise

    @property
    def counts(self) -> dict[str, int]:
        """Table → how many rows."""
        return {
            "fact_personal": len(self.fact_personal),
            "store_customerpersonal": len(self.customer_personal),
            "store_quarantinedrow": len(self.quarantined),
            "store_idempotencykey": len(self.answers),
            "store_outboxmessage": len(self.messages),
            "store_subjectkey": len(self.keys),
        }


def traces_of(subject: Subject) -> Traces:
    """Where something about the subject stands. Runs in the caller's transaction."""
    kinds, keys = _columns(subject.pairs)
    # Those that were merged into a customer are that customer.
    ids = with_aliases([subject.customer_id], aliases())
    personal = _rows(
        "SELECT kind, key, revision, region, fields::text FROM fact_personal"
        " WHERE (kind, key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
        " ORDER BY kind, key, revision, region",
        [kinds, keys],
    )
    golden: list[tuple[Any, ...]] = []
    if subject.is_customer:
        golden = _rows(
            "SELECT customer_id, name, email, phone, tax_id, address, postal_code"
            " FROM store_customerpersonal WHERE customer_id = ANY(%s)",
            [list(ids)],
        )
    values = {str(value) for row in golden for value in row[1:] if value}
    for row in personal:
        values |= {str(value) for value in json.loads(row[4]).values() if value is not None}
    words = _words(subject, values)
    own_key = list(ids) if subject.is_customer else []
    return Traces(
        fact_personal=tuple((row[0], row[1], row[2], row[3]) for row in personal),
        customer_personal=tuple(row[0] for row in golden),
        quarantined=_firsts(
            "SELECT id FROM store_quarantinedrow AS held WHERE key = ANY(%s)"
            " OR EXISTS (SELECT FROM unnest(%s::text[]) AS word"
            "   WHERE strpos(held.raw, word) > 0 OR strpos(held.message, word) > 0) ORDER BY id",
            [keys, words],
        ),
        answers=_firsts(
            "SELECT id FROM store_idempotencykey AS held"
            " WHERE EXISTS (SELECT FROM unnest(%s::text[]) AS word"
            "   WHERE strpos(held.answer, word) > 0) ORDER BY id",
            [[*words, *(f'"{key}"' for key in (*keys, *ids) if key)]],
        ),
        messages=_firsts(
            "SELECT id FROM store_outboxmessage AS held"
            " WHERE EXISTS (SELECT FROM unnest(%s::text[]) AS word"
            "   WHERE strpos(held.payload, word) > 0) ORDER BY id",
            [words],
        ),
        keys=_firsts("SELECT subject FROM store_subjectkey WHERE subject = ANY(%s)", [own_key]),
    )


def _words(subject: Subject, values: Iterable[str]) -> list[str]:
    """What to look for in a JSON text, as it stands there: with and without escapes."""
    found: set[str] = set()
    for value in values:
        for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
            if len(value) >= _SHORTEST_VALUE:
                found.add(text)
            if len(value) >= _SHORTEST_WITHIN:
                found.add(text[1:-1])
    for kind in _NAMED_BY:
        for key in subject.records.get(kind, ()):
            own = key.partition(":")[2] or key
            if len(own) >= _SHORTEST_VALUE:
                found.add(json.dumps(own))
    return sorted(found)


def _columns(pairs: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    listed = list(pairs)
    return [kind for kind, _ in listed], [key for _, key in listed]


def _rows(query: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


def _firsts(query: str, parameters: list[Any]) -> tuple[Any, ...]:
    return tuple(row[0] for row in _rows(query, parameters))
