"""Are collisions of layers and kinds found for the customers there are, and nothing else told?"""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from troth.core.policies.book import PolicyBook
from troth.core.policies.impossible import IMPOSSIBLE, check_kinds
from troth.core.policies.layers import (
    CHANGED_LATER,
    NOBODY,
    NOT_HELD,
    OUTRANKED,
    UNSIGNED,
    LayerFinding,
    SignedTerm,
    check_layers,
)
from troth.core.policies.resolution import resolve
from troth.core.policies.scopes import Subject
from troth.core.policies.versions import PolicyVersion, from_document

AT = datetime(2026, 3, 1, tzinfo=UTC)
FIRST, SECOND = "first_response_minutes_1", "resolution_minutes_1"
GOLD, SILVER = Subject(customers=("cus_g",), tier="gold"), Subject(customers=("cus_s",), tier="s")


def version(
    scope: str, kind: str = "service_level", month: int = 1, **changed: Any
) -> PolicyVersion:
    document: dict[str, Any] = {
        "kind": kind, "scope": scope, "number": month, "author": "a steward",
        "effective_from": "2026-01-01T00:00:00Z", "published_at": f"2025-{month:02}-01T00:00:00Z",
        "reason": "a test",
    } | changed  # fmt: skip
    return from_document(document)


def conflicts(
    *versions: PolicyVersion, people: tuple[Subject, ...] = (GOLD, SILVER)
) -> list[LayerFinding]:
    found = [*check_layers(versions, people, at=AT), *check_kinds(versions, people, at=AT)]
    return [item for item in found if not item.is_hint]


def table(*rows: tuple[dict[str, Any], int]) -> dict[str, Any]:
    return {"hit": "FIRST", "rules": [
        {"id": f"r{at}", "when": when, "then": {FIRST: minutes}}
        for at, (when, minutes) in enumerate(rows)
    ]}  # fmt: skip


# Versions that never decide


def test_a_segment_behind_a_tier_that_all_of_it_are_in_never_decides() -> None:
    wholesale = version("segment:wholesale", outputs={FIRST: 20})
    gold = version("tier:gold", outputs={FIRST: 10})
    person = Subject(customers=("cus_1",), tier="gold", segments=("wholesale",))
    (finding,) = conflicts(wholesale, gold, people=(person,))
    assert (finding.kind, finding.version, finding.others) == (OUTRANKED, wholesale, (gold,))
    assert finding.witness == {"customer": "cus_1"}
    # One member of the segment outside of the tier, and it decides for somebody.
    other = Subject(customers=("cus_2",), tier="s", segments=("wholesale",))
    assert conflicts(wholesale, gold, people=(person, other)) == []


def test_a_table_with_a_gap_lets_the_layer_below_decide_and_a_whole_one_does_not() -> None:
    wholesale = version("segment:wholesale", outputs={FIRST: 20})
    person = Subject(tier="gold", segments=("wholesale",))
    gap = version("tier:gold", table=table(({"severity": "<= 2"}, 5)))
    whole = version("tier:gold", table=table(({"severity": "<= 2"}, 5), ({}, 7)))
    assert conflicts(wholesale, gap, people=(person,)) == []
    assert [item.kind for item in conflicts(wholesale, whole, people=(person,))] == [OUTRANKED]


def test_a_signed_term_may_lift_a_customers_own_answer_so_it_decides() -> None:
    own = version("customer:cus_g", outputs={FIRST: 30})
    signed = version("contract:C-1", outputs={FIRST: 20}, clause="§ 4")
    person = Subject(customers=("cus_g",), contracts=("C-1",), tier="gold")
    assert conflicts(own, signed, people=(person,)) == []


def test_the_companys_answer_that_all_tiers_override_is_a_hint_and_so_is_a_tier_of_nobody() -> None:
    minutes = {"company": 30, "tier:gold": 5, "tier:s": 10, "tier:x": 15}
    versions = [version(scope, outputs={FIRST: of}) for scope, of in minutes.items()]
    found = check_layers(versions, (GOLD, SILVER), at=AT)
    assert [(item.kind, str(item.scope), item.is_hint) for item in found] == [
        (OUTRANKED, "company", True),
        (NOBODY, "tier:x", True),
    ]


# Terms of its own that others changed


def test_a_later_tier_that_changes_a_customers_own_terms_is_told_with_a_case() -> None:
    own = version("customer:cus_g", month=2, table=table(({"severity": 1}, 5)))
    gold = version("tier:gold", month=3, table=table(({"severity": "<= 3"}, 10)))
    company = version("company", month=1, outputs={FIRST: 30})
    (finding,) = conflicts(company, own, gold)
    assert (finding.kind, finding.version, finding.others) == (CHANGED_LATER, own, (gold,))
    assert "30 min → 10 min" in finding.sentence
    assert finding.witness is not None
    case = {"severity": int(finding.witness["severity"])}
    before, after = (
        resolve("service_level", held, GOLD, at=AT, known_at=AT, case=case)[FIRST]
        for held in ([company, own], [company, own, gold])
    )
    assert (before, after) == (30, 10)


def test_what_was_there_before_or_changes_nothing_for_the_customer_is_not_told() -> None:
    own = version("customer:cus_g", month=4, outputs={FIRST: 5})
    assert conflicts(own, version("tier:gold", month=3, outputs={SECOND: 60})) == []
    same = version("tier:gold", month=5, outputs={FIRST: 4})
    assert [item.kind for item in conflicts(own, same, people=(GOLD, SILVER))] == [OUTRANKED]


# What was signed


def test_a_signed_lead_time_that_no_policy_holds_us_to_is_told() -> None:
    term = SignedTerm(contract="C-1", customer="cus_g", lead_time_days=5)
    person = Subject(customers=("cus_g",), contracts=("C-1",))

    def found(*versions: PolicyVersion) -> list[tuple[str, bool]]:
        told = check_layers(versions, (person,), at=AT, terms=(term,))
        return [(item.kind, item.is_hint) for item in told]

    def ceiling(days: int, **more: Any) -> PolicyVersion:
        return version(
            "contract:C-1", "lead_time", outputs={"maximum_lead_time_days": days}, **more
        )

    assert found() == [(NOT_HELD, False)]
    assert found(ceiling(6, clause="§ 2")) == [(NOT_HELD, False)]
    assert found(ceiling(5, clause="§ 2")) == []
    assert found(ceiling(5)) == [(UNSIGNED, True)]


# Promises that cannot be kept

CLASHES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "whoever orders when a window has just closed waits 7 days": [
        ("lead_time", {"maximum_lead_time_days": 3}), ("delivery", {"weekdays": [0]})],
    "would have to be resolved": [("service_level", {FIRST: 60, SECOND: 30})],
    "no first response can be given": [
        ("service_level", {"calendar": {"name": "n", "time_zone": "UTC",
                                        "week": {"mon-fri": ["00:00-06:00"]}}}),
        ("communication", {"quiet_from": "20:00", "quiet_until": "08:00"})],
    "who pays late would be rewarded": [
        ("price_terms", {"early_payment_percent": "2", "early_payment_days": 30,
                         "payment_days": 14})],
    "More of scarce stock is kept than there is": [
        ("allocation_priority", {"protected_share": "1"})],
}  # fmt: skip
FINE: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "a week is enough": [
        ("lead_time", {"maximum_lead_time_days": 7}), ("delivery", {"weekdays": [0]})],
    "three days between": [
        ("lead_time", {"maximum_lead_time_days": 3}), ("delivery", {"weekdays": [0, 2, 4]})],
    "an hour is left": [
        ("service_level", {"calendar": {"name": "n", "time_zone": "UTC",
                                        "week": {"mon-fri": ["00:00-09:00"]}}}),
        ("communication", {"quiet_from": "20:00", "quiet_until": "08:00"})],
    "early is before the limit": [
        ("price_terms", {"early_payment_percent": "2", "early_payment_days": 10,
                         "payment_days": 14})],
    "half for each": [("allocation_priority", {"protected_share": "0.5"})],
}  # fmt: skip


def held(parts: list[tuple[str, dict[str, Any]]]) -> list[PolicyVersion]:
    silver = [version("tier:s", "allocation_priority", outputs={"protected_share": "0.5"})]
    return [*silver, *(version("tier:gold", kind, outputs=outputs) for kind, outputs in parts)]


@pytest.mark.parametrize("sentence", CLASHES)
def test_kinds_that_promise_what_cannot_be_kept_are_found(sentence: str) -> None:
    (finding,) = conflicts(*held(CLASHES[sentence]))
    assert finding.kind == IMPOSSIBLE
    assert sentence in finding.sentence


@pytest.mark.parametrize("name", FINE)
def test_kinds_that_can_be_kept_together_are_not_told(name: str) -> None:
    assert conflicts(*held(FINE[name])) == []


def test_a_rule_that_clashes_in_its_case_alone_is_found_with_the_case() -> None:
    rule = {"id": "far", "when": {"country": '"BR"'}, "then": {"maximum_lead_time_days": 2}}
    lead = version("company", "lead_time", table={"hit": "FIRST", "rules": [rule]})
    mondays = version("tier:gold", "delivery", outputs={"weekdays": [0]})
    (finding,) = conflicts(lead, mondays)
    assert finding.witness == {"customer": "cus_g", "country": "BR"}


# All of it, against asking for everybody


def test_what_never_decides_is_what_no_question_ever_finds() -> None:
    chosen, planted, quiet = Random(5), 0, 0
    for _ in range(200):
        tiers, segments = ("gold", "s"), ("a", "b")
        people = tuple(
            Subject(customers=(f"cus_{at}",), tier=chosen.choice(tiers),
                    segments=(chosen.choice(segments),))
            for at in range(chosen.randint(1, 6))
        )  # fmt: skip
        scopes = ["company", *(f"tier:{t}" for t in tiers), *(f"segment:{s}" for s in segments),
                  "customer:cus_0"]  # fmt: skip
        versions = [
            version(scope, outputs={
                name: chosen.randint(1, 9) for name in (FIRST, SECOND) if chosen.random() < 0.6
            } or {FIRST: 1})
            for scope in scopes if chosen.random() < 0.7
        ]  # fmt: skip
        book = PolicyBook.compile(versions)
        deciding = {
            item.version
            for person in people
            for item in book.resolve("service_level", person, AT).outputs
        }
        met = {v.id for p in people for v in book.resolve("service_level", p, AT).in_force}
        wanted = {item.id for item in versions} & met - deciding
        told = {
            item.version.id
            for item in check_layers(versions, people, at=AT)
            if item.kind == OUTRANKED and item.version and item.sentence.startswith("It never")
        }
        assert told == wanted
        planted, quiet = planted + bool(wanted), quiet + (not wanted)
    assert min(planted, quiet) > 30
