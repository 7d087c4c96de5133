"""Is what is called the same the same in every case, and can every difference be seen?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from tests.random_policies import SHAPES, case, table

from troth.core.policies import equivalence
from troth.core.policies.equivalence import Asked, Certainty, Equivalence, compare, instants
from troth.core.policies.regions import Regions, regions_of
from troth.core.policies.resolution import resolve
from troth.core.policies.retiring import is_silent, own_policies, retired
from troth.core.policies.scopes import Scope, Subject, parse_scope, standard
from troth.core.policies.tables import constant_of
from troth.core.policies.versions import PolicyVersion, from_document

AT = datetime(2026, 3, 1, tzinfo=UTC)
FIRST, SECOND = "first_response_minutes_1", "resolution_minutes_1"
WHO = Subject(customers=("cus_1",), contracts=("C-1",), tier="gold")


def version(
    scope: str, kind: str = "service_level", number: int = 1, **changed: Any
) -> PolicyVersion:
    document: dict[str, Any] = {
        "kind": kind, "scope": scope, "number": number, "author": "a steward",
        "effective_from": "2026-01-01T00:00:00Z", "published_at": f"2025-{number:02}-01T00:00:00Z",
        "reason": "a test",
    } | changed  # fmt: skip
    return from_document(document)


def table_of(*rows: tuple[dict[str, Any], int]) -> dict[str, Any]:
    return {"hit": "FIRST", "rules": [
        {"id": f"r{at}", "when": when, "then": {FIRST: minutes}}
        for at, (when, minutes) in enumerate(rows)
    ]}  # fmt: skip


def without(held: Iterable[PolicyVersion], scope: str) -> list[PolicyVersion]:
    """The same with the policy of one scope retired."""
    listed = list(held)
    (own,) = [item for item in own_policies(listed, at=AT) if str(item.version.scope) == scope]
    end = retired(own.version, own.siblings, at=AT, author="me", reason="a test")
    return [*listed, end]


def judged(held: Iterable[PolicyVersion], scope: str, who: Subject = WHO) -> Equivalence:
    listed = list(held)
    return compare(listed[0].kind, listed, without(listed, scope), [Asked(subject=who, at=AT)])


def shows(found: Equivalence, before: list[PolicyVersion], after: list[PolicyVersion]) -> bool:
    """Whether the witness, when asked, shows the two values."""
    witness = found.witness
    assert witness is not None
    who = standard(witness.subject) if witness.is_standard else witness.subject
    known_at = max(item.published_at for item in after)
    values = [
        resolve(witness.kind, held, who, at=witness.at, known_at=known_at, case=witness.case)
        for held in (before, after)
    ]
    told = [item[witness.output] for item in values]
    return told == [witness.before, witness.after] and told[0] != told[1]


# One at a time


def test_a_policy_that_says_what_its_tier_says_may_end_and_that_is_proved() -> None:
    rules = table_of(({"severity": "<= 2"}, 30), ({}, 60))
    same = table_of(({"severity": "1"}, 30), ({"severity": "2"}, 30), ({}, 60))
    held = [version("tier:gold", table=rules), version("customer:cus_1", table=same)]
    found = judged(held, "customer:cus_1")
    assert (found.is_same, found.is_exact, found.made_up) == (True, True, 0)
    assert found.regions >= 3


def test_one_that_differs_in_a_single_case_is_told_with_that_case() -> None:
    tier = table_of(({"severity": "<= 2"}, 30), ({}, 60))
    own = table_of(({"severity": "<= 2", "category": 'not("wine")'}, 30), ({}, 60))
    held = [version("tier:gold", table=tier), version("customer:cus_1", table=own)]
    found = judged(held, "customer:cus_1")
    assert found.witness is not None
    assert found.witness.case["category"] == "wine"
    assert (found.witness.before, found.witness.after) == (60, 30)
    assert shows(found, held, without(held, "customer:cus_1"))


def test_a_contract_that_says_what_the_tier_says_still_holds_for_whoever_opted_out() -> None:
    held = [version("tier:gold", outputs={FIRST: 30}), version("contract:C-1", outputs={FIRST: 30})]
    found = judged(held, "contract:C-1")
    assert found.witness is not None
    assert found.witness.is_standard
    assert shows(found, held, without(held, "contract:C-1"))
    # Where the company says it too, nobody is left without it.
    held.append(version("company", outputs={FIRST: 30}))
    assert judged(held, "contract:C-1").is_same


def test_a_signed_term_that_lifted_a_worse_answer_is_missed() -> None:
    held = [
        version("company", outputs={FIRST: 20}),
        version("customer:cus_1", outputs={FIRST: 40}),
        version("contract:C-1", outputs={FIRST: 20}),
    ]
    found = judged(held, "contract:C-1")
    assert found.witness is not None
    assert (found.witness.before, found.witness.after) == (20, 40)
    assert judged(held, "customer:cus_1").is_same  # the contract says so already


def test_what_a_guardrail_clamps_to_is_the_same_whatever_was_asked_for() -> None:
    rail = version("guardrail:law", outputs={FIRST: {"maximum": 20}})
    held = [version("company", outputs={FIRST: 90}), version("customer:cus_1", outputs={FIRST: 45})]
    assert not judged(held, "customer:cus_1").is_same
    assert judged([*held, rail], "customer:cus_1").is_same


def test_a_version_that_comes_later_is_asked_at_its_time() -> None:
    held = [
        version("tier:gold", outputs={FIRST: 30}),
        version("tier:gold", number=2, outputs={FIRST: 60}, effective_from="2026-09-01T00:00:00Z"),
        version("customer:cus_1", outputs={FIRST: 30}),
    ]
    after = without(held, "customer:cus_1")
    at = instants("service_level", held, at=AT)
    found = compare("service_level", held, after, [Asked(subject=WHO, at=one) for one in at])
    assert found.witness is not None
    assert f"{found.witness.at:%Y-%m-%d}" == "2026-09-01"
    assert shows(found, held, after)


def test_an_answer_that_is_worked_out_is_asked_and_not_proved() -> None:
    worked = {"hit": "FIRST", "rules": [{"id": "r", "when": {}, "then": {FIRST: "10 * severity"}}]}
    held = [version("tier:gold", table=worked), version("customer:cus_1", table=worked)]
    found = judged(held, "customer:cus_1")
    assert (found.is_same, found.is_exact) == (True, False)
    assert "`10 * severity` is worked out" in found.sentence
    assert found.made_up > 1000
    other = {"hit": "FIRST", "rules": [{"id": "r", "when": {}, "then": {FIRST: "9 * severity"}}]}
    held[1] = version("customer:cus_1", table=other)
    found = judged(held, "customer:cus_1")
    assert shows(found, held, without(held, "customer:cus_1"))


def test_a_retired_policy_is_nobodys_own_any_more() -> None:
    held = [version("customer:cus_1", outputs={FIRST: 45}), version("company", outputs={FIRST: 45})]
    after = without(held, "customer:cus_1")
    assert is_silent(after[-1])
    assert list(own_policies(after, at=AT)) == []


# By chance, against asking for everything


def pair(chance: Random) -> tuple[list[PolicyVersion], list[PolicyVersion]]:
    """Tables of a customer over its tier's over the company's, often nearly the same, and the same
    without the customer's."""
    shape = chance.choice(SHAPES)
    ours = table(chance, shape, rules=4)
    own = ours if chance.random() < 0.5 else table(chance, shape, rules=4)
    if own is ours and chance.random() < 0.7:
        # One rule is left out, or repeated: sometimes that changes nothing.
        at = chance.randrange(len(own.rules))
        cut = (*own.rules[:at], *own.rules[at + 1 :])
        again = (*own.rules, replace(own.rules[at], id="again"))
        own = replace(own, rules=chance.choice([cut or own.rules, again]))
    scopes: dict[Scope, Any] = {
        parse_scope("customer:cus_1"): own,
        parse_scope("tier:gold"): ours,
        parse_scope("company"): table(chance, shape, rules=2),
    }
    name = chance.choice(sorted(shape.outputs))
    held = [
        replace(version(str(scope), shape.kind, outputs={name: None}), table=rows)
        for scope, rows in scopes.items()
    ]
    if chance.random() < 0.5:
        return held, without(held, "customer:cus_1")
    # Or the tier says something new, which the customer's own answers may never let through.
    if chance.random() < 0.8:
        sure = {name: constant_of(cells[0])[0] for name, cells in shape.outputs.items()}
        held[0] = replace(held[0], outputs=sure)
    new = replace(held[1], number=2, published_at=AT, table=table(chance, shape, rules=3))
    return held, [*held, new]


def asked_at_random(
    chance: Random, held: list[PolicyVersion], after: list[PolicyVersion], count: int
) -> bool:
    """Whether no case of many by chance shows a difference."""
    known_at = max(item.published_at for item in after)
    for _ in range(count):
        given = case(chance, held[0].kind)
        before, later = (
            resolve(held[0].kind, side, WHO, at=AT, known_at=known_at, case=given).values
            for side in (held, after)
        )
        if before != later:
            return False
    return True


def test_what_is_proved_the_same_no_case_by_chance_denies_and_each_difference_is_seen() -> None:
    chance = Random(41)
    same = different = unproved = 0
    for _ in range(90):
        held, after = pair(chance)
        found = compare(held[0].kind, held, after, [Asked(subject=WHO, at=AT)])
        if not found.is_same:
            different += 1
            assert shows(found, held, after), (found, held)
            continue
        unproved += not found.is_exact
        same += found.is_exact
        assert not found.is_exact or asked_at_random(chance, held, after, 80), held
    assert min(same, different) > 15
    assert unproved > 1


def test_a_check_that_forgets_regions_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A control: half of the regions, and differences are called the same."""

    def half(kind: str, tables: Any, **limits: Any) -> Regions:
        found = regions_of(kind, tables, **limits)
        return replace(found, cases=found.cases[: len(found.cases) // 2], because=())

    monkeypatch.setattr(equivalence, "regions_of", half)
    assert calls_something_the_same_that_is_not()


def test_a_check_that_takes_every_version_to_answer_always_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A control: what is below any version is taken to be out of reach."""

    def all_of(self: object, version: PolicyVersion) -> frozenset[str]:
        return frozenset({*version.outputs, *(version.table.outputs if version.table else ())})

    monkeypatch.setattr(Certainty, "of", all_of)
    assert calls_something_the_same_that_is_not()


def calls_something_the_same_that_is_not() -> bool:
    chance = Random(41)
    for _ in range(150):
        held, after = pair(chance)
        found = compare(held[0].kind, held, after, [Asked(subject=WHO, at=AT)])
        if found.is_same and found.is_exact and not asked_at_random(chance, held, after, 150):
            return True
    return False
