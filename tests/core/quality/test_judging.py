"""How good is a customer's record, by five measures?"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.core.quality import (
    FIELDS,
    MEASURES,
    CustomerQuality,
    Feed,
    FieldQuality,
    Held,
    Measure,
    Said,
    country_code,
    is_in_form,
    judge,
    mean_of,
    say_the_same,
)

# Value → its form, its meaning: what the oracle knows without the code under test.
VALUES: dict[str, dict[str, tuple[bool | None, str]]] = {
    "name": {"Acme GmbH": (True, "acme"), "ACME  GmbH": (True, "acme"), "n/a": (False, "none")},
    "party_kind": {"person": (True, "p"), "organisation": (True, "o"), "thing": (False, "t")},
    "tax_id": {"DE 123.456": (True, "1"), "DE123456": (True, "1"), "00000": (False, "0")},
    "email": {"a@b.example": (True, "a"), "A@B.Example": (True, "a"), "a@b": (False, "x")},
    "phone": {"+49 30 1234567": (True, "1"), "030 1234567": (True, "1"), "110": (False, "2")},
    "address": {"Hauptstraße 5": (True, "5"), "Hauptstr. 5": (True, "5"), "-": (False, "")},
    "country": {"DE": (True, "de"), "Germany": (True, "de"), "ZZ": (False, "zz"),
                "Alemania": (None, "es")},
    "time_zone": {"Europe/Berlin": (True, "b"), "Berlin": (False, "?")},
    "language": {"de-AT": (True, "de"), "de": (True, "de"), "German": (False, "german")},
}  # fmt: skip
FEEDS = (
    None,
    Feed(name="crm/a"),
    Feed(name="crm/b", lag_seconds=10, promised_seconds=10, checked=frozenset({"email", "name"})),
    Feed(name="crm/c", lag_seconds=11, promised_seconds=10, checked=frozenset({"phone"})),
    Feed(name="crm/d", lag_seconds=None, promised_seconds=10),
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[tuple[Said, ...], Mapping[str, Held]]:
    """Some records, and a golden record that holds what one of them says, or nothing."""

    def values(name: str) -> st.SearchStrategy[str | None]:
        return st.sampled_from([None, "", " ", *VALUES[name]])

    records = tuple(
        Said(
            key=f"s:{number}",
            fields={name: draw(values(name)) for name in VALUES},
            feed=draw(st.sampled_from(FEEDS)),
            is_waiting=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 4)))
    )
    held = {
        name: Held(
            value=draw(values(name)) or "",
            source="s:0",
            rule=draw(st.sampled_from(["recency", "steward", "only"])),
        )
        for name in VALUES
    }
    return records, held


def oracle(
    name: str, records: tuple[Said, ...], held: Mapping[str, Held]
) -> dict[str, Fraction | None]:
    """The five measures of a field, counted one by one."""
    value, kind = held[name].value.strip(), held["party_kind"].value
    needed = {"person": False, "organisation": True}.get(kind) if name == "tax_id" else True
    if not value:
        return {"complete": Fraction(0) if needed else None}
    meanings = [
        (record, VALUES[name][str(record.fields[name])][1])
        for record in records
        if (record.fields[name] or "").strip()
    ]
    alike = [record for record, meaning in meanings if meaning == VALUES[name][value][1]]
    form = VALUES[name][value][0]
    promised = [r.feed for r in alike if r.feed is not None and r.feed.promised_seconds == 10]
    vouched = [r for r in alike if not r.is_waiting and r.feed and name in r.feed.checked]
    verified = None
    if held[name].rule == "steward" or vouched:
        verified = Fraction(1)
    elif any(record.is_waiting for record in alike):
        verified = Fraction(0)
    return {
        "complete": None if needed is False else Fraction(1),
        "valid": None if form is None else Fraction(form),
        "consistent": Fraction(len(alike), len(meanings)) if len(meanings) > 1 else None,
        "fresh": Fraction(any(f.name == "crm/b" for f in promised)) if promised else None,
        "verified": verified,
    }


@settings(max_examples=100)
@given(worlds())
def test_each_measure_is_what_counting_gives(
    world: tuple[tuple[Said, ...], Mapping[str, Held]],
) -> None:
    records, held = world
    quality = judge(records, held)
    fields = {field.name: field for field in quality.fields}
    total, weights = Fraction(0), 0
    for expected in FIELDS:
        field = fields[expected.name]
        found = {measure.value: share for measure, share in field.measures.items()}
        if expected.name in VALUES:
            counted = oracle(expected.name, records, held)
            assert found == {m.value: counted.get(m.value) for m in MEASURES}, expected.name
        shares = [share for share in found.values() if share is not None]
        assert field.score == (sum(shares, Fraction(0)) / len(shares) if shares else None)
        # A point is lost where a measure is below 1, and for a reason each.
        assert {loss.measure for loss in field.losses} == {
            Measure(name) for name, share in found.items() if share is not None and share < 1
        }
        if field.score is not None:
            total, weights = total + field.score * expected.weight, weights + expected.weight
    assert quality.score == total / weights


@settings(max_examples=50)
@given(worlds())
def test_the_order_of_the_records_counts_for_nothing(
    world: tuple[tuple[Said, ...], Mapping[str, Held]],
) -> None:
    records, held = world

    def told(quality: CustomerQuality) -> list[tuple[object, ...]]:
        return [
            (field.name, dict(field.measures), {loss.sentence for loss in field.losses})
            for field in quality.fields
        ]

    assert told(judge(records, held)) == told(judge(records[::-1], held))


@settings(max_examples=50)
@given(worlds())
def test_no_reason_tells_a_value(world: tuple[tuple[Said, ...], Mapping[str, Held]]) -> None:
    records, held = world
    for field in judge(records, held).fields:
        value = held[field.name].value.strip() if field.name in held else ""
        if len(value) > 5:  # "de" stands in many a word
            assert all(value not in loss.sentence for loss in field.losses)


def test_what_was_erased_is_not_held_against_anybody() -> None:
    everything = [field.name for field in FIELDS]
    quality = judge((), {}, withheld=everything)
    assert quality.score is None
    assert all(not field.losses and field.score is None for field in quality.fields)
    # Without the erasure every field that all should have is missing, and counts nothing.
    assert judge((), {}).score == 0


def test_a_worse_record_never_has_the_better_score() -> None:
    held = {"email": Held(value="a@b.example", source="s:1", rule="recency")}

    def email(*others: str) -> FieldQuality:
        said = [Said(key=f"s:{n}", fields={"email": x}) for n, x in enumerate(others)]
        return next(f for f in judge(said, held).fields if f.name == "email")

    # complete 1, valid 1, consistent 2/2, 2/3, 1/3
    scores = [
        email("a@b.example", "a@b.example").score,
        email("a@b.example", "a@b.example", "c@d.example").score,
        email("a@b.example", "e@f.example", "c@d.example").score,
    ]
    assert scores == [Fraction(1), Fraction(8, 9), Fraction(7, 9)]


@pytest.mark.parametrize(
    ("country", "code", "is_right"),
    [
        ("DE", "80331", True), ("Germany", "8033", False), ("GB", "SW1A 1AA", True),
        ("GB", "80331", False), ("NL", "1012 ab", True), ("US", "10001-1234", True),
        ("BR", "01310-100", True), ("", "01310-100", True), ("", "unknown", False),
    ],
)  # fmt: skip
def test_a_postal_code_has_the_form_of_its_country(country: str, code: str, is_right: bool) -> None:
    assert is_in_form("postal_code", code, country=country) is is_right


@pytest.mark.parametrize(
    ("text", "code"),
    [("de", "DE"), ("Deutschland", "DE"), ("Österreich", "AT"), ("UK", "GB"), ("U.S.A.", "US"),
     ("Brasil", "BR"), ("Cote d'Ivoire", "CI"), ("Atlantis", None), ("", None)],
)  # fmt: skip
def test_a_country_is_known_by_code_and_by_name(text: str, code: str | None) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("name", "one", "other", "is_one"),
    [
        ("phone", "0049 30 1234567", "(030) 123 4567", True),
        ("phone", "+49 30 1234567", "+43 30 1234567", False),
        ("phone", "+49 30 1234567", "040 1234567", False),
        ("name", "Café Müller", "CAFE MULLER", True),
        ("city", "München", "Munich", False),
        ("segment", "retail", "Retail", True),
        ("email", "no address", "No Address", True),
    ],
)
def test_two_ways_of_writing_say_the_same(name: str, one: str, other: str, is_one: bool) -> None:
    assert say_the_same(name, one, other) is is_one
    assert say_the_same(name, other, one) is is_one
    assert say_the_same(name, one, one)


@given(st.lists(st.tuples(st.none() | st.fractions(0, 1), st.integers(1, 3)), max_size=6))
def test_a_mean_is_of_what_can_be_said(shares: list[tuple[Fraction | None, int]]) -> None:
    many = [share for share, weight in shares for _ in range(weight) if share is not None]
    assert mean_of(shares) == (sum(many, Fraction(0)) / len(many) if many else None)
