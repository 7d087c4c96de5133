"""Does the table of rights say what it should, and the engine what the table says?"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.core.access import reference

from troth.core.access import deciding
from troth.core.access.deciding import Engine, Person, Thing, Verdict, decide, masked, may, reach
from troth.core.access.rights import RULES
from troth.core.access.rules import Effect, Rule
from troth.core.access.vocabulary import Purpose, Relation, Right, Role, State
from troth.core.records.values import Sensitivity

# What each role could do before customers were told apart by relation and state.
WORK = "see_customers see_orders see_cases see_decisions see_measures see_policies"
BEFORE = {
    Role.EXECUTIVE: WORK,
    Role.OPERATIONS_MANAGER: f"{WORK} see_personal see_quarantine decide run",
    Role.OPERATIONS_ENGINEER: f"{WORK} see_quarantine decide land run publish_policy",
    Role.AGENT: f"{WORK} see_personal decide",
    Role.STEWARD: f"{WORK} see_personal see_quarantine land settle_identity",
    Role.AUDITOR: f"{WORK} see_audit see_quarantine",
    Role.PRIVACY_OFFICER: f"{WORK} see_personal see_audit",
    Role.INTEGRATION: f"{WORK} see_personal decide land",
}
OLD_RIGHTS = {Right(code) for codes in BEFORE.values() for code in codes.split()} | {
    Right.ADMINISTER
}
CI_REQUESTS, SOAK_REQUESTS = 1_000_000, 10_000_000


def person(role: Role, **changes: object) -> Person:
    return replace(Person(user_id=1, role=role, regions=frozenset({"NORD"})), **changes)  # type: ignore[arg-type]


def somebody(draw: random.Random) -> Person:
    return Person(
        user_id=draw.randrange(5),
        role=draw.choice(list(Role)),
        agent_key=draw.choice(["", "A1", "A2"]),
        team=draw.choice(["", "first", "second"]),
        regions=frozenset(draw.sample(["*", "NORD", "SUED", ""], k=draw.randrange(3))),
        is_the_program=draw.random() < 0.05,
    )


def something(draw: random.Random) -> Thing:
    return Thing(
        is_common=draw.random() < 0.15,
        account_manager=draw.choice(["", "A1", "A2"]),
        team=draw.choice(["", "first", "second"]),
        region=draw.choice(["", "NORD", "SUED", "WEST"]),
        states=frozenset(draw.sample(list(State), k=draw.choice([0, 0, 1, 1, 2]))),
        named=frozenset(draw.sample(range(5), k=draw.choice([0, 0, 1, 2]))),
        broken_by=frozenset(draw.sample(range(5), k=draw.choice([0, 0, 1]))),
        concerns=draw.choice([None, *range(5)]),
    )


def differences(engine: Engine, rules: Sequence[Rule], *, requests: int, seed: int) -> int:
    """How many of so many random requests the engine answers otherwise than the reference does.

    Requests are drawn one by one out of 40 people, 26 rights and 120 things. The same request
    drawn again has the same answer, so each different one is evaluated once and counted.
    """
    draw = random.Random(seed)
    people = [somebody(draw) for _ in range(40)]
    things = [something(draw) for _ in range(120)]
    rights = list(Right)
    size = len(people) * len(rights) * len(things)
    drawn = Counter(int(draw.random() * size) for _ in range(requests))
    assert drawn.total() == requests
    wrong = 0
    for number, times in drawn.items():
        rest, which = divmod(number, len(things))
        who, right = divmod(rest, len(rights))
        request = people[who], rights[right], things[which]
        if engine.decide(*request).is_allowed != reference.is_allowed(rules, *request):
            wrong += times
    return wrong


class AllowWins(Engine):
    """The engine as it must not be: what one rule allows, no other forbids."""

    def decide(self, person: Person, right: Right, thing: Thing) -> Verdict:
        return Engine(rule for rule in RULES if rule.effect is Effect.ALLOW).decide(
            person, right, thing
        )


def test_a_million_random_requests_get_the_answer_of_the_slow_reference() -> None:
    assert differences(Engine(RULES), RULES, requests=CI_REQUESTS, seed=1) == 0


@pytest.mark.soak
def test_ten_million_random_requests_over_ten_companies_get_the_answer_of_the_reference() -> None:
    for seed in range(10):
        assert differences(Engine(RULES), RULES, requests=SOAK_REQUESTS // 10, seed=seed) == 0


def test_an_engine_in_which_allow_wins_is_caught() -> None:
    assert differences(AllowWins(RULES), RULES, requests=10_000, seed=2) > 100


def test_an_engine_that_takes_a_relation_for_wider_than_it_is_is_caught() -> None:
    wider = [replace(rule, within=Relation.ALL) for rule in RULES]
    assert differences(Engine(wider), RULES, requests=10_000, seed=3) > 10


def test_the_order_of_the_rules_changes_no_verdict() -> None:
    draw = random.Random(4)
    shuffled = list(RULES)
    for _ in range(10):
        draw.shuffle(shuffled)
        engine = Engine(shuffled)
        for _ in range(2_000):
            request = somebody(draw), draw.choice(list(Right)), something(draw)
            assert engine.decide(*request) == decide(*request)


def test_every_role_keeps_exactly_the_rights_that_it_had() -> None:
    for role in Role:
        had = OLD_RIGHTS if role is Role.ADMINISTRATOR else {*map(Right, BEFORE[role].split())}
        assert {right for right in OLD_RIGHTS if may(role, right)} == had, role


def test_only_an_agents_rights_end_at_a_region() -> None:
    reaches = {role: {reach(role, right) for right in Right} - {None} for role in Role}
    assert reaches.pop(Role.AGENT) == {Relation.REGION}
    assert set().union(*reaches.values()) == {Relation.ALL}


@pytest.mark.parametrize(
    ("thing", "is_allowed"),
    [
        (Thing(account_manager="A1", region="SUED"), True),  # their own, wherever it is
        (Thing(team="first", region="SUED"), True),
        (Thing(region="NORD"), True),
        (Thing(region="SUED"), False),
        (Thing(), False),  # of no region: only who sees all
        (Thing(is_common=True), True),  # of no customer
        (Thing(region="SUED", named=frozenset({1})), False),  # that brings nobody nearer
    ],
)
def test_an_agent_reaches_their_own_their_teams_and_their_regions_customers(
    thing: Thing, is_allowed: bool
) -> None:
    agent = person(Role.AGENT, agent_key="A1", team="first")
    assert decide(agent, Right.SEE_CUSTOMERS, thing).is_allowed is is_allowed


def test_an_empty_key_team_or_region_is_nobodys() -> None:
    nobody = Person(user_id=1, role=Role.AGENT, regions=frozenset({""}))
    assert not decide(nobody, Right.SEE_CUSTOMERS, Thing()).is_allowed


@pytest.mark.parametrize("role", list(Role))
def test_a_restricted_customer_is_seen_by_the_named_alone(role: Role) -> None:
    restricted = Thing(region="NORD", states=frozenset({State.RESTRICTED}), named=frozenset({7}))
    stranger, named = person(role), person(role, user_id=7)
    refused = decide(stranger, Right.SEE_CUSTOMERS, restricted)
    assert refused.because == ("forbid:restricted",)
    assert "named" in refused.sentence
    assert decide(named, Right.SEE_CUSTOMERS, restricted).because == (f"allow:{role.value}",)


def test_a_broken_glass_opens_a_restricted_customer_and_the_program_needs_none() -> None:
    restricted = Thing(region="NORD", states=frozenset({State.RESTRICTED}))
    agent = person(Role.AGENT)
    assert not decide(agent, Right.SEE_ORDERS, restricted).is_allowed
    assert decide(agent, Right.BREAK_GLASS, restricted).is_allowed
    broken = replace(restricted, broken_by=frozenset({agent.user_id}))
    assert decide(agent, Right.SEE_ORDERS, broken).is_allowed
    program = person(Role.ADMINISTRATOR, is_the_program=True)
    assert decide(program, Right.SEE_ORDERS, restricted).is_allowed


def test_being_named_gives_no_right_that_the_role_lacks() -> None:
    restricted = Thing(states=frozenset({State.RESTRICTED}), named=frozenset({1}))
    assert not decide(person(Role.EXECUTIVE), Right.SEE_PERSONAL, restricted).is_allowed


def test_nobody_names_themselves_or_reviews_their_own_glass() -> None:
    for right in (Right.NAME_PEOPLE, Right.REVIEW_GLASS):
        officer = person(Role.PRIVACY_OFFICER)
        assert not decide(officer, right, Thing(concerns=officer.user_id)).is_allowed
        assert decide(officer, right, Thing(concerns=officer.user_id + 1)).is_allowed


def test_what_no_rule_allows_is_denied_and_says_so() -> None:
    verdict = decide(person(Role.EXECUTIVE), Right.ERASE, Thing(is_common=True))
    assert verdict == Verdict(
        is_allowed=False, because=(), sentence="No rule gives executive the right erase at all."
    )


def test_every_rule_has_its_own_id_and_names_something() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.roles and rule.rights and rule.because for rule in RULES)
    assert all(rule.spares or rule.effect is not Effect.ALLOW for rule in RULES if rule.only)


@pytest.mark.parametrize("role", list(Role))
def test_a_personal_field_is_shown_for_service_to_whoever_may_see_it_and_never_for_analysis(
    role: Role,
) -> None:
    shown = not masked(role, Purpose.SERVICE, Sensitivity.PERSONAL)
    assert shown is may(role, Right.SEE_PERSONAL)
    assert masked(role, Purpose.ANALYSIS, Sensitivity.PERSONAL)
    assert not masked(role, Purpose.ANALYSIS, Sensitivity.INTERNAL)


def test_a_restricted_field_is_shown_to_who_settles_identity_and_to_who_answers_the_person() -> (
    None
):
    shown = [
        (role, purpose)
        for role in Role
        for purpose in Purpose
        if not masked(role, purpose, Sensitivity.RESTRICTED)
    ]
    assert shown == [
        (Role.STEWARD, Purpose.SERVICE),
        (Role.PRIVACY_OFFICER, Purpose.PRIVACY),
    ]


def test_a_right_says_its_action_and_its_kind() -> None:
    assert (Right.SEE_ORDERS.action, Right.SEE_ORDERS.kind) == ("see", "order")
    assert Right("settle_identity") is Right.SETTLE_IDENTITY
    assert len({(right.action, right.kind) for right in Right}) == len(Right)
    assert deciding.EVERY_REGION == "*"
