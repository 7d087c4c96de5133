"""Are policies that could be one found, all and no others, and is what is proposed the same?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any

from tests.core.policies.test_equivalence import version

from troth.core.policies.consolidating import Proposal, Setting, consolidated, retirement
from troth.core.policies.equivalence import Asked
from troth.core.policies.resolution import resolve
from troth.core.policies.retiring import own_policies
from troth.core.policies.scopes import Layer, Subject
from troth.core.policies.templates import (
    HISTORY,
    PARAMETERS,
    SAME,
    Template,
    own_rules,
    templates,
)
from troth.core.policies.versions import PolicyVersion

AT = datetime(2026, 3, 1, tzinfo=UTC)
FIRST, SECOND = "first_response_minutes_1", "first_response_minutes_2"
CASES = [
    {"severity": severity, "category": category, "has_order": has_order}
    for severity in (1, 2, 3, 4)
    for category in ("wine", "beer", "water", None)
    for has_order in (True, False)
]
Row = tuple[dict[str, Any], dict[str, Any]]


def own(number: int, *rows: Row, hit: str = "FIRST", **outputs: int) -> PolicyVersion:
    rules = [{"id": f"r{at}", "when": when, "then": then} for at, (when, then) in enumerate(rows)]
    table = {"table": {"hit": hit, "rules": rules}} if rows else {}
    return version(f"customer:cus_{number:03}", outputs=outputs, **table)


def ladder(number: int, *minutes: int, bound: int = 2) -> PolicyVersion:
    """Three rules and what holds else."""
    return own(
        number,
        ({"severity": 1}, {FIRST: minutes[0]}),
        ({"severity": f"<= {bound}"}, {FIRST: minutes[1]}),
        ({"category": '"wine"'}, {FIRST: minutes[2]}),
        **{SECOND: 240},
    )


def found(versions: Iterable[PolicyVersion], cases: Any = CASES) -> tuple[Template, ...]:
    return templates(versions, cases, at=AT)


def keys(template: Template) -> list[int]:
    return [int(item.scope.key.removeprefix("cus_")) for item in template.members]


def setting(versions: list[PolicyVersion], people: Iterable[Subject], members: int) -> Setting:
    listed = tuple(people)
    return Setting(
        versions=tuple(versions),
        own={item.version.scope: item for item in own_policies(versions, at=AT)},
        members=listed[:members],
        asked=tuple(Asked(subject=subject, at=AT) for subject in listed),
        observed=tuple(CASES),
        at=AT,
        author="me",
        reason="a test",
    )


def people(count: int, *, tier: str = "gold", segment: str = "retail") -> list[Subject]:
    return [
        Subject(customers=(f"cus_{number:03}",), tier=tier, segments=(segment,))
        for number in range(count)
    ]


def values(proposal: Proposal, versions: list[PolicyVersion], who: Subject) -> list[Any]:
    held = [*versions, *proposal.versions]
    return [
        resolve("service_level", held, who, at=AT, known_at=AT, case=case).values for case in CASES
    ]


def test_policies_that_answer_alike_are_one_however_they_are_written() -> None:
    one = own(1, ({"severity": "<= 2"}, {FIRST: 30}), ({}, {FIRST: 60}))
    two = own(2, ({"severity": "> 2"}, {FIRST: 60}), ({"severity": "1, 2"}, {FIRST: 30}), hit="ANY")
    # Null is neither above nor below, so that the second needs a last word for it.
    last = own(3, ({"severity": "> 2"}, {FIRST: 60}), ({"severity": "1, 2"}, {FIRST: 30}),
               **{FIRST: 60})  # fmt: skip
    (template,) = found([one, two, last])
    assert (template.how, keys(template)) == (SAME, [1, 3])
    assert template.proof.is_exact
    assert template.agreed == template.answered == len(CASES)


def test_a_value_that_differs_is_a_parameter_with_what_each_has() -> None:
    held = [ladder(1, 10, 30, 60), ladder(2, 10, 30, 60), ladder(3, 10, 45, 60)]
    (template,) = found(held)
    assert (template.how, keys(template)) == (PARAMETERS, [1, 2, 3])
    (parameter,) = template.parameters
    assert (parameter.rule, parameter.name, parameter.is_test) == ("r1", FIRST, False)
    assert [text for _, text in parameter.values] == ["30 min", "30 min", "45 min"]
    kept = own_rules(template, held[2])
    assert kept is not None
    assert kept[1] is not None
    assert [rule.then for rule in kept[1].rules] == [{FIRST: "45"}]


def test_a_test_that_differs_is_a_parameter_too_and_its_member_keeps_its_text() -> None:
    held = [ladder(1, 10, 30, 60), ladder(2, 10, 30, 60), ladder(3, 10, 30, 60, bound=3)]
    (template,) = found(held)
    (parameter,) = template.parameters
    assert (parameter.name, parameter.is_test) == ("severity", True)
    assert own_rules(template, held[2]) is None


def test_texts_of_which_more_than_half_differs_are_not_one() -> None:
    assert (
        found([ladder(1, 10, 30, 60), own(2, ({"severity": 1}, {FIRST: 5}), **{SECOND: 9})]) == ()
    )
    assert found([own(1, **{FIRST: 10}), own(2, **{FIRST: 20})]) == ()
    one, other = own(1, **{FIRST: 10, SECOND: 20}), own(2, **{FIRST: 10, SECOND: 30})
    assert [item.how for item in found([one, other])] == [PARAMETERS]


def test_texts_that_agree_in_all_that_happened_are_told_with_a_case_that_did_not() -> None:
    one = own(1, ({"severity": "<= 2"}, {FIRST: 30}), ({"category": '"gin"'}, {FIRST: 5}))
    other = own(2, ({"severity": "< 3", "category": 'not("rum")'}, {FIRST: 30}))
    (template,) = found([one, other])
    assert template.how == HISTORY
    assert template.proof.witness is not None
    assert template.proof.witness.case.get("category") in ("gin", "rum")
    # Too little happened to say so; nor does it count that neither ever answered.
    assert found([one, other], CASES[:5]) == ()
    silent = [
        own(1, ({"category": '"gin"'}, {FIRST: 5})),
        own(2, ({"category": '"rum"'}, {FIRST: 6})),
    ]
    assert [item.how for item in found(silent) if item.how == HISTORY] == []


def test_a_template_goes_to_the_narrowest_scope_that_changes_nobody() -> None:
    held = [ladder(number, 10, 30, 60) for number in range(3)]
    company = version("company", outputs={FIRST: 90})
    (template,) = found(held)
    alone = consolidated(setting([*held, company], people(3), 3), template)
    assert (str(alone.scope), alone.proof.is_same, len(alone.versions)) == ("tier:gold", True, 4)
    # Another in the tier, so that it has to be the segment.
    other = Subject(customers=("cus_900",), tier="gold", segments=("trade",))
    beside = consolidated(setting([*held, company], [*people(3), other], 3), template)
    assert (str(beside.scope), beside.proof.is_same) == ("segment:retail", True)
    # One in both, and there is no scope for these three.
    both = Subject(customers=("cus_901",), tier="gold", segments=("retail",))
    nowhere = consolidated(setting([*held, company], [*people(3), other, both], 3), template)
    assert not nowhere.proof.is_same
    assert nowhere.proof.witness is not None
    assert nowhere.proof.witness.subject.member in ("cus_900", "cus_901")
    # What the tier says already is only ended.
    says = version("tier:gold", outputs={SECOND: 240}, table={"hit": "FIRST", "rules": [
        {"id": rule.id, "when": dict(rule.when), "then": dict(rule.then)}
        for rule in (held[0].table.rules if held[0].table else ())
    ]})  # fmt: skip
    ended = consolidated(setting([*held, company, says], [*people(3), other, both], 3), template)
    assert (ended.scope, ended.proof.is_same, len(ended.versions)) == (None, True, 3)


def test_who_differs_in_a_value_keeps_that_alone_and_gets_what_it_got() -> None:
    held = [ladder(0, 10, 30, 60), ladder(1, 10, 30, 60), ladder(2, 10, 45, 60)]
    (template,) = found(held)
    proposal = consolidated(setting(held, people(3), 3), template)
    assert proposal.proof.is_same
    cut = next(item for item in proposal.versions if item.scope.key == "cus_002")
    assert cut.table is not None
    # Of severity 1 the second rule would say 45 too, had the first not come before it.
    assert [(rule.id, rule.then) for rule in cut.table.rules] == [
        ("r0", {FIRST: "10"}), ("r1", {FIRST: "45"})
    ]  # fmt: skip
    for who in people(3):
        before = Proposal(versions=(), scope=None, proof=proposal.proof)
        assert values(proposal, held, who) == values(before, held, who)


def test_what_may_end_in_this_tier_alone_says_that_it_rests_on_it() -> None:
    gold, company = (
        version("tier:gold", outputs={FIRST: 30}),
        version("company", outputs={FIRST: 90}),
    )
    mine = own(0, **{FIRST: 30})
    (scope,) = [mine.scope]
    here = retirement(setting([mine, gold, company], people(1), 1), [scope])
    assert (here.proof.is_same, here.rests_on) == (True, (Layer.TIER,))
    everywhere = version("company", number=2, outputs={FIRST: 30})
    lasting = retirement(setting([mine, gold, company, everywhere], people(1), 1), [scope])
    assert (lasting.proof.is_same, lasting.rests_on) == (True, ())


def test_of_two_contracts_that_say_the_same_each_may_end_and_not_both() -> None:
    signed = [version(f"contract:C-{number}", outputs={FIRST: 20}) for number in (1, 2)]
    who = Subject(customers=("cus_1",), contracts=("C-1", "C-2"))
    given = setting([*signed, version("company", outputs={FIRST: 90})], [who], 1)
    scopes = [item.scope for item in signed]
    assert [retirement(given, [scope]).proof.is_same for scope in scopes] == [True, True]
    assert not retirement(given, scopes).proof.is_same


# Planted by chance


def test_all_groups_that_were_planted_are_found_and_no_other() -> None:
    chance = Random(12)
    for _ in range(12):
        versions: list[PolicyVersion] = []
        planted: list[list[int]] = []
        minutes = iter(chance.sample(range(1, 480), 200))
        bounds = chance.sample(range(1, 4), 3)
        for group in range(chance.randint(1, 3)):
            say = [next(minutes) for _ in range(3)]
            size = chance.randint(2, 4)
            keys_of = list(range(10 * group, 10 * group + size))
            planted.append(keys_of)
            odd = chance.random() < 0.5
            for number in keys_of:
                # The last says another value in a rule that decides the fewest of the cases.
                last = next(minutes) if odd and number == keys_of[-1] else say[2]
                versions.append(ladder(number, say[0], say[1], last, bound=bounds[group]))
        # Different ones: of the same form, with other values throughout.
        for number in range(100, 104):
            versions.append(
                ladder(number, *(next(minutes) for _ in range(3)), bound=number % 3 + 1)
            )
        chance.shuffle(versions)
        assert [keys(item) for item in found(versions)] == planted
