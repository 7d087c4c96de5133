"""Whose value survives, and by which rule? A table that a steward can check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from troth.core.identity import (
    Criterion,
    SourceFields,
    Survivorship,
    SurvivorshipError,
    golden_record,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE, RECENCY = Criterion.SOURCE, Criterion.RECENCY
FREQUENCY, COMPLETENESS = Criterion.FREQUENCY, Criterion.COMPLETENESS

# key, day known, what it says. The shop says most, the desk spoke last, two say Acme.
ROWS = [
    SourceFields(key=key, known_at=START + timedelta(days=day), fields=fields)
    for key, day, fields in (
        ("crm:a", 0, {"name": "Acme", "city": "Bonn", "email": None}),
        ("erp:7", 1, {"name": "ACME", "city": " ", "email": "a@example.org"}),
        (
            "shop:3",
            2,
            {"name": "Acme Tools", "city": "Ulm", "language": "de", "email": "b@example.org"},
        ),
        ("desk:u", 3, {"name": "a", "city": "Köln", "email": ""}),
    )
]


def rules(*criteria: Criterion, sources: tuple[str, ...] = ()) -> Survivorship:
    return Survivorship(sources=sources, every=criteria)


@pytest.mark.parametrize(
    ("field", "by", "words", "value", "source", "rule"),
    [
        # As it was before rules could be declared: the most trusted system, then the last known.
        ("name", Survivorship(), (), "a", "desk:u", "recency"),
        ("name", rules(SOURCE, RECENCY, sources=("erp", "crm")), (), "ACME", "erp:7", "source"),
        ("city", rules(SOURCE, RECENCY, sources=("erp", "crm")), (), "Bonn", "crm:a", "source"),
        # A system that says nothing of the field has no say; of the others none is trusted more.
        ("city", rules(SOURCE, RECENCY, sources=("erp",)), (), "Köln", "desk:u", "recency"),
        # Two say Acme, in whatever letters; of those two the erp was known last.
        ("name", rules(FREQUENCY), (), "ACME", "erp:7", "frequency"),
        ("name", rules(FREQUENCY, SOURCE, sources=("crm",)), (), "Acme", "crm:a", "frequency"),
        # Each city is said once: frequency leaves all three, and the next criterion settles it.
        ("city", rules(FREQUENCY, COMPLETENESS), (), "Ulm", "shop:3", "completeness"),
        ("city", rules(FREQUENCY), (), "Köln", "desk:u", "recency"),
        ("name", rules(COMPLETENESS), (), "Acme Tools", "shop:3", "completeness"),
        # One record alone, whatever the rule.
        ("language", rules(FREQUENCY), (), "de", "shop:3", "only"),
        # A steward's word comes before every rule, and the first that still says something.
        ("name", rules(FREQUENCY), ("shop:3",), "Acme Tools", "shop:3", "steward"),
        ("city", rules(FREQUENCY), ("erp:7", "crm:a"), "Bonn", "crm:a", "steward"),
        ("city", rules(FREQUENCY), ("erp:7", "gone:1"), "Köln", "desk:u", "recency"),
    ],
)
def test_each_value_has_its_source_and_the_rule_that_chose_it(
    field: str, by: Survivorship, words: tuple[str, ...], value: str, source: str, rule: str
) -> None:
    found = golden_record(ROWS, rules=by, words={field: words})
    chosen = (found.values[field], found.provenance[field], found.rules[field])
    assert chosen == (value, source, rule)


def test_a_field_has_a_rule_of_its_own_where_one_is_declared() -> None:
    by = Survivorship(every=(RECENCY,), fields={"name": (FREQUENCY,)})
    found = golden_record(ROWS, rules=by)
    assert (found.rules["name"], found.rules["city"]) == ("frequency", "recency")


def test_records_that_say_the_same_agree_and_the_criteria_choose_the_spelling() -> None:
    both = [row for row in ROWS if row.key in ("crm:a", "erp:7")]
    found = golden_record(both, rules=rules(SOURCE, sources=("crm",)))
    assert (found.values["name"], found.rules["name"]) == ("Acme", "agreed")


def test_where_nothing_tells_records_apart_the_smaller_key_wins_and_says_so() -> None:
    same = [
        SourceFields(key=key, known_at=START, fields={"name": name})
        for key, name in (("shop:2", "B"), ("shop:1", "A"))
    ]
    found = golden_record(same)
    assert (found.values["name"], found.rules["name"]) == ("A", "key")


def test_the_order_of_the_records_does_not_matter() -> None:
    by = Survivorship(sources=("crm",), every=(FREQUENCY, SOURCE, COMPLETENESS))
    assert len({repr(golden_record(rows, rules=by)) for rows in permutations(ROWS)}) == 1
    # And the comparison tells records apart: without the first one there is another outcome.
    assert golden_record(ROWS[1:], rules=by) != golden_record(ROWS, rules=by)


@pytest.mark.parametrize(
    "given",
    [
        {"sources": ("crm", "crm")},
        {"every": ()},
        {"every": (RECENCY, RECENCY)},
        {"fields": {"name": ()}},
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(SurvivorshipError):
        Survivorship(**given)
