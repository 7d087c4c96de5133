"""Opting out never costs service: for all inputs the outcome is no worse than standard."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from tests.core.decisions import random_contexts
from tests.core.decisions.random_contexts import Company, Context

from troth.core.decisions import prioritise, prioritise_floored, promise, promise_floored
from troth.core.decisions.decision import ConsentUsed, Decision
from troth.core.decisions.floor import LIFTED, floors_of, obeyed, read_consent, write_consent
from troth.core.decisions.inputs import DecisionInputError
from troth.core.decisions.kinds import KINDS, read_input
from troth.core.decisions.receipt import read, reexecute, seal
from troth.core.policies.book import PolicyBook
from troth.core.policies.floors import Floor, FloorReason, left_out, no_worse, permitted
from troth.core.policies.guardrails import is_better
from troth.core.policies.kinds import KINDS as POLICY_KINDS
from troth.core.policies.kinds import kind_named
from troth.core.policies.scopes import PERSONAL, Layer, Scope, Subject, standard

BETTER = {"promise": promise_floored.BETTER, "prioritise": prioritise_floored.BETTER}
PER_COMPANY = 25  # contexts that share one company's policies
NAMES = tuple(dict.fromkeys(kind.name for kind in KINDS))


def contexts(kind: str, count: int, *, seed: int) -> Any:
    chance = random.Random(seed)
    for number in range(count):
        if number % PER_COMPANY == 0:
            company = Company(
                book=PolicyBook.compile(
                    random_contexts.company(chance, kinds=random_contexts.KINDS[kind])
                ),
                purposes=random_contexts.purposes(chance),
            )
        yield company, random_contexts.context(chance, kind, company)


def is_opted_out(context: Context) -> bool:
    return bool(floors_of(context.consent, context.floors))


def worse(kind: str, own: Decision, plain: Decision) -> list[str]:
    """The outputs of the outcome that are worse for the customer than standard.

    Written anew, and not as the floor itself compares.
    """
    return [
        name
        for name, way in BETTER[kind].items()
        if (own.outcome[name] > plain.outcome[name]) == (way == "lower")
        and own.outcome[name] != plain.outcome[name]
    ]


def tally(kind: str, count: int, *, seed: int = 20260302, decide: Any = None) -> Counter[str]:
    """How often opting out was met, lifted and worse than standard."""
    found: Counter[str] = Counter()
    for company, context in contexts(kind, count, seed=seed):
        found["contexts"] += 1
        if not is_opted_out(context):
            continue
        found["opted out"] += 1
        own, plain = context.opted_out(company, decide=decide), context.standard(company)
        found["lifted"] += any(reason.code == LIFTED for reason in own.reasons)
        found["better"] += own.outcome != plain.outcome and not worse(kind, own, plain)
        found["worse"] += bool(worse(kind, own, plain))
        off = left_out(floors_of(context.consent, context.floors))
        found["personal"] += any(item.layer in off for item in own.policies)
        found["all off"] += off == frozenset(PERSONAL)
    return found


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("count", [1_200, pytest.param(100_000, marks=pytest.mark.soak)])
def test_opting_out_is_never_worse_than_standard(kind: str, count: int) -> None:
    found = tally(kind, count)
    print(kind, dict(found))
    assert found["worse"] == found["personal"] == 0
    # It is met often enough to mean something, and the floor had to lift some.
    assert found["opted out"] > count * 0.4 and found["all off"] > count * 0.05
    assert found["lifted"] > count * 0.02 and found["better"] > count * 0.02


@pytest.mark.parametrize("kind", NAMES)
def test_a_negative_control_rules_without_the_floor_are_caught(kind: str) -> None:
    """Semantics 1 leaves out layers where it is told to, and lets what remains be worse."""
    found = tally(kind, 250, decide={"promise": promise, "prioritise": prioritise}[kind].decide)
    assert found["worse"] > 10 and found["lifted"] == 0


@pytest.mark.parametrize("kind", NAMES)
def test_a_negative_control_a_rule_that_punishes_those_who_opt_out_is_caught(kind: str) -> None:
    floored = {"promise": promise_floored, "prioritise": prioritise_floored}[kind]
    output, way = next(iter(BETTER[kind].items()))

    def punishing(facts: Any, policy: Any, *, at: Any) -> Decision:
        decision = floored.decide(facts, policy, at=at)
        if not decision.floors:
            return decision
        late = decision.outcome[output] + random_contexts.HOUR
        return replace(decision, outcome={**decision.outcome, output: late})

    assert way == "lower"
    found = tally(kind, 200, decide=punishing)
    # A few had so much more than standard that an hour less is still no worse.
    assert found["worse"] > found["opted out"] * 0.8 and found["opted out"] > 50


@pytest.mark.parametrize("kind", NAMES)
def test_who_permits_all_is_decided_as_before_consent_was_asked(kind: str) -> None:
    before = {"promise": promise, "prioritise": prioritise}[kind]
    met = 0
    for company, context in contexts(kind, 300, seed=3):
        if is_opted_out(context):
            continue
        met += 1
        now = context.opted_out(company)
        then = context.opted_out(company, decide=before.decide)
        assert replace(now, semantics=1, consent=()) == then
    assert met > 30


@pytest.mark.parametrize("kind", NAMES)
def test_receipts_of_those_who_opt_out_execute_to_the_same_bytes(kind: str) -> None:
    lifted = 0
    for company, context in contexts(kind, 200, seed=5):
        sealed: list[Any] = []

        def keep(facts: Any, policy: Any, *, at: Any, sealed: list[Any] = sealed) -> Decision:
            floored = {"promise": promise_floored, "prioritise": prioritise_floored}[kind]
            decision = floored.decide(facts, policy, at=at)
            sealed.append((decision, seal(decision, facts, policy), policy))
            return decision

        decision = context.opted_out(company, decide=keep)
        _, receipt, policy = sealed[0]
        shared = {item.digest: item.content for item in receipt.shared}
        assert reexecute(receipt.content, shared, recorded_id=receipt.id) is None
        shown = read(receipt.content)
        assert shown.consent == context.consent and shown.floors == decision.floors
        assert [item.version for item in shown.policies] == [
            item.version for item in decision.policies
        ]
        assert obeyed(policy, decision).used == decision.policies
        lifted += any(reason.code == LIFTED for reason in decision.reasons)
    assert lifted > 3


ASKING = "policy.lead_time.default_lead_time_days"


def promised(consent: list[dict[str, Any]], **policy: Any) -> Decision:
    facts = {
        "order": "erp:SO-1",
        "customer": "cus_1",
        "placed_at": "2026-03-02T08:00:00Z",
        "consent": consent,
    }
    return read_input("promise", {"facts": facts, "policy": policy}).decide()


def no(purpose: str, **changes: Any) -> dict[str, Any]:
    return {"purpose": purpose, "basis": "legitimate_interests", "state": "denied", **changes}


def test_the_receipt_tells_which_purpose_was_denied_and_what_was_left_out() -> None:
    decision = promised([no("personalisation_tier", notice=2)])
    assert decision.floors == ("floor:consent",)
    assert decision.consent == (
        ConsentUsed(
            purpose="personalisation_tier",
            basis="legitimate_interests",
            state="denied",
            notice=2,
            layers=("tier",),
        ),
    )
    first = decision.reasons[0]
    assert first.code == "floor:consent"
    assert first.sentence == (
        "The customer has denied personalisation tier: the tier layer is left out. Contract and "
        "guardrails hold, and nothing is worse than standard."
    )
    assert decision.would_change[-1].if_ == "the customer permitted personalisation tier"


@pytest.mark.parametrize(
    ("basis", "state", "is_off"),
    [
        ("consent", "none", True),
        ("consent", "expired", True),
        ("consent", "granted", False),
        ("legitimate_interests", "none", False),
        ("legitimate_interests", "revoked", True),
        ("contract", "denied", False),
    ],
)
def test_a_layer_is_left_out_where_its_basis_does_not_permit_it(
    basis: str, state: str, is_off: bool
) -> None:
    decision = promised([no("personalisation_segment", basis=basis, state=state)])
    assert bool(decision.floors) is is_off


def test_a_caller_who_forgets_to_leave_a_layer_out_is_refused() -> None:
    given = read_input(
        "promise",
        {
            "facts": {
                "order": "erp:SO-1",
                "placed_at": "2026-03-02T08:00:00Z",
                "consent": [no("personalisation_tier")],
            }
        },
    )
    used = tuple(
        replace(item, layer="tier", scope="gold")
        if item.output == "default_lead_time_days"
        else item
        for item in given.policy.used
    )
    with pytest.raises(DecisionInputError, match=f"{ASKING}: found 'tier gold'"):
        given.kind.decide(given.facts, replace(given.policy, used=used), at=given.at)


@pytest.mark.parametrize("because", [item for item in FloorReason if item != "consent"])
def test_stale_facts_take_the_same_floor_and_say_so(because: FloorReason) -> None:
    given = read_input(
        "promise", {"facts": {"order": "erp:SO-1", "placed_at": "2026-03-02T08:00:00Z"}}
    )
    floor = Floor(because=because, values={"fact": "customer.tier", "age_days": 40})
    policy = replace(given.policy, floors=(floor,))
    decision = given.kind.decide(given.facts, policy, at=given.at)
    assert decision.floors == (f"floor:{because.value}",)
    assert "(fact customer.tier, age days 40): the customer and tier and segment" in (
        decision.reasons[0].sentence
    )


def test_a_purpose_is_read_as_it_was_written_and_a_wrong_one_is_refused() -> None:
    used = (
        ConsentUsed(purpose="p", basis="consent", state="granted", event="cns_1", layers=("tier",)),
    )
    assert read_consent(write_consent(used), path="facts.consent") == used
    with pytest.raises(DecisionInputError, match=r"facts\.consent\[0\]\.layers"):
        read_consent([no("p", layers=["contract"])], path="facts.consent")
    with pytest.raises(DecisionInputError, match=r"facts\.consent\[0\]\.state"):
        read_consent([no("p", state="yes")], path="facts.consent")


def test_policies_asked_for_alone_are_output_by_output_no_worse_either() -> None:
    chance, lifted = random.Random(11), 0
    for _ in range(40):
        kinds = [kind for kind in POLICY_KINDS if kind.name in ("lead_time", "service_level")]
        book = PolicyBook.compile(
            random_contexts.company(chance, kinds=tuple(kind.name for kind in kinds))
        )
        who = Subject(customers=("c1",), contracts=("k1",), tier="gold", segments=("s",))
        off = (Floor(because=FloorReason.STALE, layers=(Layer.TIER,)),)
        for kind in kinds:
            own = book.resolve(kind.name, permitted(who, off), random_contexts.START)
            plain = book.resolve(kind.name, standard(who), random_contexts.START)
            kept = no_worse(own, plain)
            for spec in kind_named(kind.name).outputs:
                mine, least = kept[spec.name], plain[spec.name]
                assert least is None or mine is not None or spec.better is None
                if mine is not None and least is not None:
                    assert not is_better(spec, least, mine)
            lifted += kept.values != own.values
    assert lifted > 5


def test_contracts_and_guardrails_can_never_be_left_out() -> None:
    with pytest.raises(ValueError, match="can be left out"):
        Floor(because=FloorReason.OUTAGE, layers=(Layer.CONTRACT,))
    who = Subject(customers=("c",), contracts=("k",), tier="gold", segments=("s",), regions=("R",))
    kept = permitted(who, [Floor(because=FloorReason.OUTAGE)])
    assert kept == standard(who)
    assert (kept.contracts, kept.regions, kept.member) == (("k",), ("R",), "c")
    assert Scope(layer=Layer.COMPANY)
