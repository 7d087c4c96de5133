"""Who has to sign a change of policies, and why?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from troth.core.access.deciding import Person, Thing, decide, may
from troth.core.access.vocabulary import Role
from troth.core.policies.approvals import (
    NOBODY,
    SIGNS,
    TOUCHES,
    TOUCHES_BESIDES,
    Function,
    Limits,
    Reach,
    read_reach,
    route,
)
from troth.core.policies.kinds import BY_NAME
from troth.core.policies.versions import PolicyVersion, from_document

SMALL = Reach(landed=5, customers=3, money={"EUR": Decimal(900)}, promises=2)


def version(kind: str, outputs: dict[str, Any], scope: str = "tier:gold", **more: Any) -> (
    PolicyVersion
):  # fmt: skip
    return from_document(
        {
            "kind": kind,
            "scope": scope,
            "number": 1,
            "effective_from": "2026-01-01T00:00:00Z",
            "published_at": "2026-01-01T00:00:00Z",
            "outputs": outputs,
            "author": "a",
            "reason": "r",
            **more,
        }
    )


def signs(new: PolicyVersion, before: PolicyVersion | None = None, reach: Reach = SMALL,
          limits: Limits = Limits()) -> list[str]:  # noqa: B008  # fmt: skip
    return [item.function.value for item in route([(new, before)], reach, limits).needed]


LEAD_TIME = version("lead_time", {"service_quantile": "0.95"})


def test_every_kind_and_only_declared_outputs_are_routed() -> None:
    assert set(TOUCHES) == set(BY_NAME)
    assert all(TOUCHES.values())
    declared = {(kind, spec.name) for kind in BY_NAME for spec in BY_NAME[kind].outputs}
    assert set(TOUCHES_BESIDES) <= declared


def test_where_nothing_has_landed_nobody_signs_and_the_rule_says_so() -> None:
    routing = route([(LEAD_TIME, None)], Reach(), Limits())
    assert (routing.rule, routing.needed) == (NOBODY, ())
    assert "has landed yet" in routing.sentence
    # A tier without members is no such case: it may have one tomorrow.
    assert signs(LEAD_TIME, reach=Reach(landed=1)) == ["operations"]


@pytest.mark.parametrize(
    ("kind", "outputs", "scope", "functions"),
    [
        ("lead_time", {"service_quantile": "0.95"}, "tier:gold", ["operations"]),
        ("price_terms", {"discount_percent": 5}, "tier:gold", ["finance"]),
        (
            "price_terms",
            {"late_delivery_credit_percent": 5},
            "customer:cus_1",
            ["operations", "finance"],
        ),
        ("service_level", {"first_response_minutes_1": 30}, "company", ["service"]),
        ("communication", {"quiet_from": "21:00"}, "company", ["service", "legal"]),
        ("communication", {"named_contact": True}, "company", ["service"]),
        ("lead_time", {"service_quantile": "0.9"}, "contract:C-1", ["operations", "legal"]),
        (
            "price_terms",
            {"discount_percent": {"maximum": 9}},
            "guardrail:company",
            ["legal", "finance"],
        ),
    ],
)
def test_the_functions_that_answer_for_what_is_changed_sign(
    kind: str, outputs: dict[str, Any], scope: str, functions: list[str]
) -> None:
    assert signs(version(kind, outputs, scope)) == functions


def test_only_what_differs_counts() -> None:
    before = version("price_terms", {"discount_percent": 5, "late_delivery_credit_percent": 5})
    after = version("price_terms", {"discount_percent": 6, "late_delivery_credit_percent": 5})
    assert signs(after, before) == ["finance"]
    gone = version("price_terms", {"discount_percent": 5})
    assert signs(gone, before) == ["operations", "finance"]  # the credit falls away
    # Other dates with the same answers count as all of them.
    assert signs(before, before) == ["operations", "finance"]


def test_a_table_counts_for_what_it_answers() -> None:
    table = {
        "inputs": ["total"],
        "outputs": ["service_quantile"],
        "rules": [{"id": "large", "when": {"total": "> 1000"}, "then": {"service_quantile": 0.98}}],
    }
    assert signs(version("lead_time", {}, table=table)) == ["operations"]
    assert signs(version("lead_time", {}, "contract:C-1", table=table)) == ["operations", "legal"]


@pytest.mark.parametrize(
    ("reach", "functions"),
    [
        (Reach(landed=500, customers=99, promises=99, money={"EUR": Decimal(99_999)}), []),
        (Reach(landed=500, customers=100), ["service"]),
        (Reach(landed=500, money={"EUR": Decimal(5), "USD": Decimal(100_000)}), ["finance"]),
        (Reach(landed=500, promises=100), ["operations"]),
        (Reach(landed=500, moved=100), ["operations"]),
    ],
)
def test_where_much_hangs_on_it_more_functions_sign(reach: Reach, functions: list[str]) -> None:
    touched = version("escalation", {"reopened_times": 3})
    wanted = {"service", *functions}
    assert signs(touched, reach=reach) == [item.value for item in Function if item.value in wanted]


def test_a_workspace_may_set_its_own_limits() -> None:
    assert signs(LEAD_TIME, limits=Limits(many_customers=3)) == ["operations", "service"]
    assert signs(LEAD_TIME, limits=Limits(much_money=Decimal(900))) == ["operations", "finance"]


def test_each_sign_off_says_why_it_is_needed() -> None:
    big = Reach(landed=900, customers=800, money={"EUR": Decimal(2_500_000)})
    found = {
        item.function: item.sentence for item in route([(LEAD_TIME, None)], big, Limits()).needed
    }
    assert found == {
        Function.OPERATIONS: (
            "It changes lead time: service quantile, for which operations answers."
        ),
        Function.SERVICE: "It reaches 800 customers (100 or more).",
        Function.FINANCE: "Its customers ordered for 2,500,000 EUR in a year (100,000 or more).",
    }


def test_a_reach_comes_back_as_it_was_kept() -> None:
    reach = Reach(landed=7, customers=3, money={"USD": Decimal("9.50")}, promises=1, moved=4)
    assert read_reach(reach.to_document()) == reach


def test_every_function_can_be_signed_for_by_more_than_the_administrator() -> None:
    for function, right in SIGNS.items():
        roles = {role for role in Role if may(role, right)}
        assert len(roles) >= 2, function
        assert Role.INTEGRATION not in roles
        assert Role.OPERATIONS_ENGINEER not in roles  # who builds policies does not approve them


def test_nobody_signs_what_they_wrote_and_no_program_signs() -> None:
    for right in SIGNS.values():
        for role in (role for role in Role if may(role, right)):
            person = Person(user_id=1, role=role)
            assert decide(person, right, Thing(is_common=True, concerns=2)).is_allowed
            own = decide(person, right, Thing(is_common=True, concerns=1))
            assert own.because == ("forbid:own-change",)
        program = Person(user_id=1, role=Role.ADMINISTRATOR, is_the_program=True)
        assert not decide(program, right, Thing(is_common=True)).is_allowed
