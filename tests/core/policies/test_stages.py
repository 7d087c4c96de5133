"""Does a version that is rolled out in stages hold for its audience, and for nobody else?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from troth.core.policies import timelines as lines_module
from troth.core.policies.audiences import WHOLE, Audience, bucket
from troth.core.policies.book import PolicyBook
from troth.core.policies.checking import check
from troth.core.policies.differences import differences
from troth.core.policies.resolution import Resolution, resolve
from troth.core.policies.scopes import Subject, standard
from troth.core.policies.stages import stages
from troth.core.policies.timelines import timelines
from troth.core.policies.versions import (
    InvalidPolicyError,
    PolicyVersion,
    from_document,
    to_document,
    validate,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 3, 1, tzinfo=UTC)
CUSTOMERS = [f"cus_{at:05d}" for at in range(20_000)]


def version(number: int, days: int, scope: str = "company", **changed: Any) -> PolicyVersion:
    at = (START + timedelta(days=number)).isoformat()
    document: dict[str, Any] = {
        "kind": "lead_time", "scope": scope, "number": number, "author": "a steward",
        "effective_from": at, "published_at": at, "reason": "a test",
        "outputs": {"history_days": days},
    } | changed  # fmt: skip
    return from_document(document)


def test_the_hash_spreads_customers_evenly_over_its_places() -> None:
    counts = [0] * 100
    for customer in CUSTOMERS:
        counts[bucket("autumn", customer) // 100] += 1
    # 20,000 customers over 100 cells; a fair hash has a p below 1 in 10,000 once in 10,000 keys.
    assert stats.chisquare(counts).pvalue > 0.0001
    # The negative control: a "hash" by the last digits puts whole cells beside others.
    skewed = [0] * 100
    for customer in CUSTOMERS:
        skewed[int(customer[-4:]) % 97] += 1
    assert stats.chisquare(skewed).pvalue < 0.0001


def test_a_wider_share_only_adds_customers_and_another_key_chooses_others() -> None:
    inside: set[str] = set()
    for share in (1, 100, 1_000, 2_500, 5_000, 9_999, WHOLE):
        audience = Audience(share=share, key="autumn")
        found = {name for name in CUSTOMERS if audience.has(Subject(customers=(name,)))}
        assert inside <= found
        assert abs(len(found) / len(CUSTOMERS) - share / WHOLE) < 0.015
        inside = found
    assert len(inside) == len(CUSTOMERS)
    other = {name for name in CUSTOMERS if bucket("winter", name) < 1_000}
    autumn = {name for name in CUSTOMERS if bucket("autumn", name) < 1_000}
    assert 100 < len(other & autumn) < 300  # a tenth of a tenth is 200


def test_a_place_is_what_the_decision_record_says() -> None:
    # python3 -c "import hashlib; print(int.from_bytes(hashlib.sha256(
    #   b'autumn\ncus_00001').digest()[:8], 'big') % 10000)"
    assert bucket("autumn", "cus_00001") == 5_862


@pytest.mark.parametrize(
    ("wide", "narrow", "is_wider"),
    [
        (Audience(share=2_000, key="a"), Audience(share=1_000, key="a"), True),
        (Audience(share=2_000, key="b"), Audience(share=1_000, key="a"), False),
        (Audience(share=1_000, key="a"), Audience(share=2_000, key="a"), False),
        (Audience(regions=("RJ", "SP")), Audience(regions=("SP",)), True),
        (Audience(regions=("RJ",)), Audience(regions=("SP",)), False),
        (Audience(regions=("RJ",)), Audience(share=1_000, key="a"), False),
        (Audience(share=1_000, key="a"), Audience(share=1_000, key="a", regions=("SP",)), True),
        (Audience(), Audience(regions=("SP",)), True),
    ],
)
def test_which_audience_has_everybody_of_another_is_known(
    wide: Audience, narrow: Audience, is_wider: bool
) -> None:
    assert wide.covers(narrow) is is_wider
    swapped = [
        name
        for name in CUSTOMERS[:2_000]
        for region in ("SP", "RJ", "MG")
        if narrow.has(who := Subject(customers=(name,), regions=(region,))) and not wide.has(who)
    ]
    assert bool(swapped) is not is_wider


def test_who_is_outside_has_the_version_before() -> None:
    before = version(1, 30)
    staged = version(2, 60, audience={"share": 10, "key": "autumn"})
    book = PolicyBook.compile([before, staged])
    for customer in CUSTOMERS[:500]:
        who = Subject(customers=(customer,))
        expected = 60 if bucket("autumn", customer) < 1_000 else 30
        assert book.values("lead_time", who, AT).values[2] == expected
    nobody = book.resolve("lead_time", Subject(), AT)
    assert nobody["history_days"] == 30
    first = PolicyBook.compile([staged]).resolve("lead_time", Subject(), AT)
    assert first.outputs[2].layer == "default"


def test_who_opted_out_of_personal_layers_stays_in_the_stage() -> None:
    """Their subjects have one identity; the book holds those inside and outside apart."""
    before, staged = version(1, 30), version(2, 60, audience={"share": 50, "key": "autumn"})
    book = PolicyBook.compile([before, staged])
    inside = next(name for name in CUSTOMERS if bucket("autumn", name) < 5_000)
    outside = next(name for name in CUSTOMERS if bucket("autumn", name) >= 5_000)
    plain = [standard(Subject(customers=(name,), tier="gold")) for name in (inside, outside)]
    assert plain[0].identity == plain[1].identity
    for _ in range(2):  # the second time from what is kept
        assert [book.values("lead_time", who, AT).values[2] for who in plain] == [60, 30]


def test_a_region_is_a_stage_too() -> None:
    staged = version(2, 60, audience={"regions": ["SP"]})
    book = PolicyBook.compile([version(1, 30), staged])
    asked = [Subject(customers=("c",), regions=(state, "BR")) for state in ("SP", "RJ")]
    assert [book.values("lead_time", who, AT).values[2] for who in asked] == [60, 30]


AUDIENCES = st.none() | st.sampled_from(
    [{"share": 50, "key": "a"}, {"share": "25", "key": "a"}, {"share": 50, "key": "b"},
     {"regions": ["SP"]}, {"regions": ["SP", "RJ"], "share": 60, "key": "a"}]
)  # fmt: skip


@st.composite
def policies(draw: st.DrawFn) -> list[PolicyVersion]:
    return [
        version(
            number,
            draw(st.integers(1, 5)),
            draw(st.sampled_from(("company", "company", "tier:gold", "customer:c3"))),
            audience=draw(AUDIENCES),
            effective_to=draw(st.sampled_from([None, None, "2026-04-01T00:00:00Z"])),
        )
        for number in range(1, draw(st.integers(1, 7)) + 1)
    ]


SUBJECTS = st.builds(
    Subject,
    customers=st.sampled_from([(), *((f"c{at}",) for at in range(12))]),
    tier=st.sampled_from([None, "gold"]),
    regions=st.sampled_from([(), ("SP", "BR"), ("RJ", "BR"), ("MG",)]),
)
INSTANTS = st.sampled_from([START + timedelta(days=day, hours=3) for day in (0, 1, 3, 6, 60, 120)])


def differing(versions: list[PolicyVersion], asked: list[Subject], at: list[datetime]) -> int:
    """How many answers of the book are not those of the plain reading."""
    book, as_known = PolicyBook.compile(versions), PolicyBook.compile_as_known(versions)
    known_at = START + timedelta(days=400)

    def plain(who: Subject, instant: datetime, known: datetime) -> Resolution:
        return resolve("lead_time", versions, who, at=instant, known_at=known)

    return sum(
        (book.resolve("lead_time", who, instant) != plain(who, instant, known_at))
        + (as_known.resolve("lead_time", who, instant) != plain(who, instant, instant))
        for subject in asked
        for who in (subject, standard(subject))
        for instant in at
    )


@settings(max_examples=200, deadline=None)
@given(policies(), st.lists(SUBJECTS, min_size=1, max_size=4), st.lists(INSTANTS, min_size=1))
def test_the_book_equals_the_plain_reading_in_stages(
    versions: list[PolicyVersion], asked: list[Subject], at: list[datetime]
) -> None:
    assert differing(versions, asked, at) == 0


@pytest.mark.parametrize("fault", ["everybody", "the first who asks"])
def test_a_book_that_holds_customers_apart_wrongly_is_found(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = 0
    seen: list[Subject] = []

    def first(slot: lines_module.Staged, subject: Subject) -> lines_module.Timeline:
        seen.append(subject)
        return right(slot, seen[0])

    right: Callable[..., lines_module.Timeline] = lines_module.Staged.line
    wrong = {
        "everybody": lambda slot, subject: slot.line_of((True,) * len(slot.audiences)),
        "the first who asks": first,
    }
    monkeypatch.setattr(lines_module.Staged, "line", wrong[fault])
    versions = [version(1, 30), version(2, 60, audience={"share": 50, "key": "a"})]
    found = differing(versions, [Subject(customers=(f"c{at}",)) for at in range(6)], [AT])
    assert found > 0


def test_a_version_without_an_audience_keeps_its_id_and_one_with_is_read_back() -> None:
    plain = version(1, 30)
    assert "audience" not in to_document(plain)
    staged = version(1, 30, audience={"share": "12.5", "key": "q3", "regions": ["SP", "RJ"]})
    assert staged.audience == Audience(share=1_250, key="q3", regions=("RJ", "SP"))
    assert from_document(to_document(staged)) == staged
    assert from_document(to_document(staged)).id == staged.id != plain.id
    assert replace(staged, audience=None).id == plain.id
    assert [item.sentence for item in differences(plain, staged)] == [
        "in stage for: everybody → 12.5 % of customers in RJ, SP"
    ]
    assert differences(staged, plain)[0].after == "everybody"


@pytest.mark.parametrize(
    ("audience", "path"),
    [
        (10, "audience"),
        ({}, "audience"),
        ({"share": 0, "key": "a"}, "audience.share"),
        ({"share": 101, "key": "a"}, "audience.share"),
        ({"share": "1.005", "key": "a"}, "audience.share"),
        ({"share": True, "key": "a"}, "audience.share"),
        ({"share": 10}, "audience.key"),
        ({"regions": []}, "audience.regions"),
        ({"regions": "SP"}, "audience.regions"),
        ({"share": 100}, "audience"),
        ({"shares": 10}, "audience.shares"),
    ],
)
def test_what_is_wrong_with_an_audience_is_told(audience: Any, path: str) -> None:
    document = to_document(version(1, 30)) | {"audience": audience}
    assert [fault.path for fault in validate(document)] == [path]


@pytest.mark.parametrize(
    ("kind", "scope", "outputs"),
    [
        ("lead_time", "guardrail:law", {"history_days": {"minimum": 5}}),
        ("tiers", "company", {"trailing_months": 12}),
    ],
)
def test_what_is_the_same_for_all_customers_has_no_audience(
    kind: str, scope: str, outputs: dict[str, Any]
) -> None:
    document = to_document(version(1, 30)) | {"kind": kind, "scope": scope, "outputs": outputs}
    assert validate(document) == ()
    (fault,) = validate(document | {"audience": {"regions": ["SP"]}})
    assert fault.path == "audience"
    with pytest.raises(InvalidPolicyError, match="no audience"):
        from_document(document | {"audience": {"share": 10, "key": "a"}})


def test_a_plain_timeline_refuses_what_is_staged() -> None:
    held = [version(1, 30), version(2, 60, audience={"share": 10, "key": "a"})]
    with pytest.raises(ValueError, match=r"slots\(\)"):
        timelines(held)


def test_conflicts_are_looked_for_in_every_stage() -> None:
    law = version(1, 0, "guardrail:law", outputs={"history_days": {"maximum": 50}})
    held = [version(1, 60), version(2, 40), version(3, 70, audience={"share": 10, "key": "a"})]
    found = check([law, *held], at=AT)
    assert [item.version.number for item in found] == [3]


def test_a_customer_is_told_in_which_stages_it_is() -> None:
    held = [
        version(1, 30),
        version(2, 60, audience={"share": 10, "key": "a"}),
        version(3, 60, audience={"share": 50, "key": "a"}),
        version(1, 70, "tier:gold", audience={"regions": ["SP"]}),
    ]
    inside = next(name for name in CUSTOMERS if 1_000 <= bucket("a", name) < 5_000)
    who = Subject(customers=(inside,), tier="gold", regions=("RJ",))
    found = stages("lead_time", held, who, at=AT, known_at=AT)
    assert [(one.version, one.is_in) for one in found] == [(held[3], False), (held[2], True)]
    assert found[1].sentence == (
        f"in stage for 50 % of customers (number 3, {held[2].id}): this customer is in it"
    )
    early = stages("lead_time", held, who, at=AT, known_at=START + timedelta(days=2))
    assert [one.version for one in early] == [held[3], held[1]]
    replaced = [*held, version(4, 40)]
    assert [one.version for one in stages("lead_time", replaced, who, at=AT, known_at=AT)] == [
        held[3]
    ]
