"""Is a roll-out read, judged and undone as its document says?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from troth.core.policies.publication import publishable
from troth.core.policies.resolution import resolve
from troth.core.policies.rollbacks import held_before, is_in_force, restoring
from troth.core.policies.rollouts import (
    Guardrail,
    InvalidRolloutError,
    Reading,
    RolloutPlan,
    guardrail_document,
    guardrail_of,
    judged,
    read_rollout,
    stage_document,
    stage_of,
)
from troth.core.policies.scopes import Subject
from troth.core.policies.versions import PolicyVersion, from_document

START = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 3, 1, tzinfo=UTC)
MEASURES = ("promise_coverage", "clocks_breached")
DOCUMENT: dict[str, Any] = {
    "policy": {"kind": "lead_time", "scope": "company", "outputs": {"history_days": 60}},
    "stages": [{"share": 10, "regions": ["SP"]}, {"share": "12.5"}, {"share": 50}],
    "guardrails": [{"measure": "promise_coverage", "worse_by": 5, "minimum": 10}],
    "reason": "A try.",
}


def read(**changed: Any) -> RolloutPlan:
    return read_rollout(DOCUMENT | changed, author="a steward", measures=MEASURES)


def test_a_plan_ends_with_everybody_and_is_read_back() -> None:
    plan = read()
    assert [str(stage) for stage in plan.stages] == [
        "10 % of customers in SP", "12.5 % of customers", "50 % of customers", "everybody",
    ]  # fmt: skip
    assert [stage_of(stage_document(stage)) for stage in plan.stages] == list(plan.stages)
    (rail,) = plan.guardrails
    assert guardrail_of(guardrail_document(rail)) == rail
    assert plan.stages[1].audience("rol_1") == replace(
        plan.stages[1].audience("rol_2"),
        key="rol_1",  # type: ignore[type-var]
    )


@pytest.mark.parametrize(
    ("changed", "path", "words"),
    [
        ({"stages": [{"share": 50}, {"share": 10}]}, "stages[1]", "everybody of the stage before"),
        ({"stages": [{"regions": ["SP"]}, {"share": 10}]}, "stages[1]", "Widen it"),
        ({"stages": []}, "stages", "at least one"),
        ({"stages": [{}]}, "stages[0]", "a share or regions"),
        ({"stages": [{"share": 10, "when": 1}]}, "stages[0].when", "one of"),
        ({"stages": [{"share": 10, "starts_at": "soon"}]}, "stages[0].starts_at", "offset"),
        ({"stages": [{"share": 5, "starts_at": "2026-02-01T00:00:00Z"},
                     {"share": 9, "starts_at": "2026-01-01T00:00:00Z"}]},
         "stages[1].starts_at", "an instant after"),
        ({"guardrails": [{"measure": "promise_coverag", "worse_by": 1}]},
         "guardrails[0].measure", "promise_coverage"),
        ({"guardrails": [{"measure": "clocks_breached"}]}, "guardrails[0]", "worse_by or bound"),
        ({"guardrails": [{"measure": "clocks_breached", "worse_by": -1}]},
         "guardrails[0].worse_by", "0 or more"),
        ({"guardrails": [{"measure": "clocks_breached", "bound": "many"}]},
         "guardrails[0].bound", "a number"),
        ({"guardrails": [{"measure": "clocks_breached", "bound": 1, "minimum": 0}]},
         "guardrails[0].minimum", "from 1"),
        ({"reason": " "}, "reason", "Say in a sentence"),
        ({"policy": DOCUMENT["policy"] | {"outputs": {"history_days": "x"}}},
         "policy.outputs.history_days", "a whole number"),
        ({"policy": DOCUMENT["policy"] | {"number": 4}}, "policy.number", "one of"),
        ({"policy": {"kind": "tiers", "scope": "company", "outputs": {"trailing_months": 6}},
          "stages": [{"share": 10}]}, "stages[0]", "the same for all customers"),
        ({"guardrail": []}, "guardrail", "Did you mean 'guardrails'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(
    changed: dict[str, Any], path: str, words: str
) -> None:
    with pytest.raises(InvalidRolloutError) as caught:
        read(**changed)
    assert [fault.path for fault in caught.value.faults] == [path]
    assert words in str(caught.value)


def reading(inside: float | None, outside: float | None, counts: tuple[int, int]) -> Reading:
    inner, outer = (None if v is None else Decimal(str(v)) for v in (inside, outside))
    return Reading(
        measure="m", unit="%", is_higher_better=True, inside=inner, outside=outer,
        inside_count=counts[0], outside_count=counts[1],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("worse_by", "bound", "inside", "outside", "counts", "is_crossed"),
    [
        (5, None, 84.9, 90, (30, 30), True),
        (5, None, 85, 90, (30, 30), False),  # as much as is borne
        (5, None, 84.9, 90, (29, 30), False),  # too few inside
        (5, None, 84.9, 90, (30, 29), False),  # too few outside
        (5, None, 99, 90, (30, 30), False),
        (5, None, None, 90, (0, 30), False),
        (None, 80, 79, None, (30, 0), True),  # a bound needs nobody outside
        (None, 80, 80, None, (30, 0), False),
        (50, 80, 79, 90, (30, 30), True),
    ],
)
def test_a_guardrail_is_crossed_by_what_is_worse_than_is_borne(
    worse_by: int | None, bound: int | None, inside: float | None, outside: float | None,
    counts: tuple[int, int], is_crossed: bool,
) -> None:  # fmt: skip
    rail = Guardrail(
        measure="m", minimum=30,
        worse_by=None if worse_by is None else Decimal(worse_by),
        bound=None if bound is None else Decimal(bound),
    )  # fmt: skip
    found = reading(inside, outside, counts)
    assert judged(rail, found).is_crossed is is_crossed
    if inside is not None and outside is not None and bound is None:
        # Where lower is better, the same distance the other way is what crosses.
        mirrored = replace(found, is_higher_better=False, inside=found.outside,
                           outside=found.inside)  # fmt: skip
        assert judged(rail, mirrored).is_crossed is is_crossed


def version(number: int, days: int, day: int, **changed: Any) -> PolicyVersion:
    at = (START + timedelta(days=day)).isoformat()
    document: dict[str, Any] = {
        "kind": "lead_time", "scope": "company", "number": number, "author": "a steward",
        "effective_from": at, "published_at": at, "reason": "a test",
        "outputs": {"history_days": days},
    } | changed  # fmt: skip
    return from_document(document)


def undo(undone: list[PolicyVersion], siblings: list[PolicyVersion]) -> PolicyVersion:
    restored = restoring(undone, siblings, at=AT, author="a steward", reason="Undone.")
    assert publishable(restored, siblings) == ()
    return restored


def days_of(versions: list[PolicyVersion], customer: str, at: datetime = AT) -> Any:
    who = Subject(customers=(customer,))
    return resolve("lead_time", versions, who, at=at, known_at=at)["history_days"]


def test_what_held_before_a_roll_out_holds_again_for_everybody() -> None:
    base = version(1, 30, 1)
    stages = [version(2, 60, 2, audience={"share": 20, "key": "k"}), version(3, 60, 3)]
    assert days_of([base, *stages], "c") == 60
    restored = undo(stages, [base, *stages])
    assert (restored.number, restored.audience) == (4, None)
    assert {days_of([base, *stages, restored], f"c{at}") for at in range(50)} == {30}


def test_what_has_ended_since_holds_again_and_what_is_for_later_still_comes() -> None:
    base = version(1, 30, 1, effective_to=(START + timedelta(days=5)).isoformat())
    hasty, later = version(2, 60, 5), version(3, 90, 200, published_at="2026-02-01T00:00:00Z")
    restored = undo([hasty], [base, hasty, later])
    everything = [base, hasty, later, restored]
    assert days_of(everything, "c") == 30
    assert days_of(everything, "c", START + timedelta(days=201)) == 90


def test_where_nothing_held_before_the_next_layer_answers_again() -> None:
    own = version(1, 60, 1, scope="customer:c")
    company = version(1, 30, 1)
    assert days_of([company, own], "c") == 60
    restored = undo([own], [own])
    assert days_of([company, own, restored], "c") == 30
    assert held_before([own], [own], at=AT) is None


def test_a_version_is_in_force_until_another_takes_its_place_for_all_it_is_for() -> None:
    staged = version(2, 60, 2, audience={"share": 20, "key": "k"})
    wider = version(3, 60, 3, audience={"share": 40, "key": "k"})
    base, whole = version(1, 30, 1), version(4, 90, 4)
    held = [base, staged, wider]
    assert [is_in_force(item, held, at=AT) for item in held] == [True, False, True]
    assert [is_in_force(item, [*held, whole], at=AT) for item in held] == [False] * 3
    assert not is_in_force(version(5, 1, 100), held, at=AT)
