"""Do reads answer in the viewer's name, and only what that viewer may see?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.console.company import (
    NOW,
    add_company,
    add_people,
    case_key,
    customer_id,
    order_key,
)

from troth.core.access.roles import Right, Role, may
from troth.core.policies.versions import from_document
from troth.store.facts.policies import row_of
from troth.store.models import Clock, Crosswalk, CustomerPersonal, Run, User
from troth.store.queries import today
from troth.store.queries.audit import find_entries
from troth.store.queries.cases import case, find_cases
from troth.store.queries.context import customer_context
from troth.store.queries.customers import customer, find_customers
from troth.store.queries.decisions import decision, find_decisions
from troth.store.queries.landings import feeds
from troth.store.queries.lists import BadListError, NotFoundError
from troth.store.queries.moment import moment_of
from troth.store.queries.orders import find_promises, order
from troth.store.queries.policies import find_policies, policies_for, policy, tier_shapes
from troth.store.queries.quarantine import find_quarantined
from troth.store.queries.questions import find_questions
from troth.store.queries.timeline import timeline
from troth.store.queries.viewing import NotAllowedError, Viewer, viewer_of


@pytest.fixture
def people(db: None) -> dict[Role, User]:
    found = add_people()
    add_company(4)
    return found


@pytest.fixture
def agent(people: dict[Role, User]) -> Viewer:
    return viewer_of(people[Role.AGENT])


@pytest.fixture
def executive(people: dict[Role, User]) -> Viewer:
    return viewer_of(people[Role.EXECUTIVE])


@pytest.fixture
def engineer(people: dict[Role, User]) -> Viewer:
    return viewer_of(people[Role.OPERATIONS_ENGINEER])


READS: list[tuple[Right, Callable[..., Any]]] = [
    (Right.SEE_CUSTOMERS, find_customers),
    (Right.SEE_ORDERS, find_promises),
    (Right.SEE_CASES, find_cases),
    (Right.SEE_DECISIONS, find_decisions),
    (Right.SEE_QUARANTINE, find_quarantined),
    (Right.SEE_QUARANTINE, feeds),
    (Right.SEE_AUDIT, find_entries),
]


@pytest.mark.parametrize("role", list(Role))
def test_a_read_without_the_right_is_refused_before_any_row_is_read(
    people: dict[Role, User], role: Role
) -> None:
    viewer = viewer_of(people[role])
    for right, read in READS:
        if may(role, right):
            read(viewer=viewer)
        else:
            with pytest.raises(NotAllowedError):
                read(viewer=viewer)


def test_a_context_answers_who_promised_open_and_may(agent: Viewer) -> None:
    found = customer_context(viewer=agent, customer_id=customer_id(0))
    assert found.at == NOW
    assert found.customer.row.name == "Geheim Werke 000"
    assert [row.state for row in found.open_promises] == ["late", "at_risk", "open"]
    assert [row.case_key for row in found.open_cases] == [case_key(0)]
    assert found.may == ("decide:promise", "decide:prioritise")


def test_a_context_for_who_may_not_see_people_holds_none(executive: Viewer) -> None:
    found = customer_context(viewer=executive, customer_id=customer_id(0))
    assert "Geheim" not in repr(found)
    assert found.customer.is_personal_hidden
    assert found.may == ()


def test_a_customer_is_found_by_a_source_key_and_an_unknown_one_is_told(agent: Viewer) -> None:
    assert customer(viewer=agent, customer_id="crm:A2").row.id == customer_id(2)
    with pytest.raises(NotFoundError):
        customer(viewer=agent, customer_id="crm:A99")


def test_an_erased_person_leaves_a_customer_that_goes_by_its_id(agent: Viewer) -> None:
    CustomerPersonal.objects.filter(pk=customer_id(1)).delete()
    found = customer(viewer=agent, customer_id=customer_id(1))
    assert found.row.name == customer_id(1)
    assert found.personal is None
    assert not found.is_personal_hidden


def test_pages_of_a_list_neither_lose_nor_repeat_a_row(agent: Viewer) -> None:
    keys: list[str] = []
    number: int | None = 1
    while number is not None:
        page = find_promises(viewer=agent, sort="tier", page=number, size=5)
        keys += [row.order_key for row in page.rows]
        number = page.next_number
    assert len(keys) == len(set(keys)) == 28  # 4 customers × 7 promises


@pytest.mark.parametrize(
    "asked", [{"page": 0}, {"size": 0}, {"size": 100_000}, {"sort": "colour"}, {"state": "lost"}]
)
def test_a_list_that_is_not_offered_is_told(agent: Viewer, asked: dict[str, Any]) -> None:
    with pytest.raises(BadListError):
        find_promises(viewer=agent, **asked)


def test_at_risk_is_a_state_of_its_own_in_rows_and_filter(agent: Viewer) -> None:
    found = find_promises(viewer=agent, state="at_risk")
    assert {row.state for row in found.rows} == {"at_risk"}
    assert found.total == 4
    assert find_promises(viewer=agent, state="open").total == 8  # at risk is open too


def test_an_order_carries_its_lines_decisions_and_clock(agent: Viewer) -> None:
    found = order(viewer=agent, key=order_key(0, 0))
    assert [line.quantity for line in found.lines] == [3]
    assert [clock.is_breached for clock in found.clocks] == [True]
    assert [row.first_reason for row in found.decisions] == [f"Because of {order_key(0, 0)}."]
    assert found.fact is not None
    assert found.fact.values["customer"] == "erp:D0"


def test_a_case_tells_its_words_only_to_those_who_may_see_people(
    agent: Viewer, executive: Viewer
) -> None:
    assert case(viewer=agent, key=case_key(0)).subject == "Geheim: where is it?"
    assert case(viewer=executive, key=case_key(0)).subject == ""


def test_the_queue_is_in_the_order_of_rank(agent: Viewer) -> None:
    assert [row.rank for row in find_cases(viewer=agent).rows] == [0, 1, 2, 3]


def test_breached_cases_are_those_with_a_clock_past_due(agent: Viewer) -> None:
    assert find_cases(viewer=agent, state="breached").total == 4
    Clock.objects.filter(subject=case_key(0)).update(breached=False)
    assert find_cases(viewer=agent, state="breached").total == 3
    assert today.breached_cases(viewer=agent).total == 3


def test_soon_due_is_after_the_moment_and_within_eight_hours(agent: Viewer) -> None:
    assert today.soon_due_cases(viewer=agent, at=NOW).total == 4  # resolution due in 3 hours
    assert today.soon_due_cases(viewer=agent, at=NOW + timedelta(hours=3)).total == 0
    assert today.soon_due_cases(viewer=agent, at=NOW - timedelta(hours=6)).total == 0


def test_the_day_s_numbers_come_even(agent: Viewer) -> None:
    now = today.standing(viewer=agent, at=NOW)
    assert (now.open_orders, now.late_orders, now.at_risk_orders) == (12, 4, 4)
    assert (now.kept_30_days, now.ended_30_days) == (8, 12)
    assert now.kept_share == pytest.approx(2 / 3)


def test_a_decision_s_policies_are_read_from_beside_it(agent: Viewer) -> None:
    row = find_decisions(viewer=agent, subject=order_key(0, 0)).rows[0]
    found = decision(viewer=agent, decision_id=row.id)
    assert [item["output"] for item in found.policies] == ["service_quantile", "history_days"]
    assert found.would_change[0]["then"] == "a day earlier"


def test_a_superseded_version_is_past_and_not_in_force(agent: Viewer) -> None:
    in_force = find_policies(viewer=agent, at=NOW, state="in_force")
    past = find_policies(viewer=agent, at=NOW, state="past")
    assert [row.number for row in in_force.rows] == [2]
    assert [row.number for row in past.rows] == [1]
    assert [
        change.before for change in policy(viewer=agent, policy_id=in_force.rows[0].id).changes
    ] == ["0.9"]


def test_policies_in_force_say_which_layer_each_value_came_from(
    agent: Viewer, people: dict[Role, User]
) -> None:
    version = from_document(
        {
            "kind": "lead_time",
            "scope": "tier:gold",
            "number": 1,
            "effective_from": NOW - timedelta(days=1),
            "effective_to": None,
            "published_at": NOW - timedelta(days=1),
            "outputs": {"service_quantile": "0.97"},
            "author": "troth",
            "reason": "Gold",
            "clause": None,
        }
    )
    row_of(version, author=people[Role.ADMINISTRATOR]).save(force_insert=True)
    layers = {}
    for number in (0, 1):  # gold, silver
        values = policies_for(viewer=agent, customer_id=customer_id(number), at=NOW)
        found = next(item for item in values if item.output == "service_quantile")
        layers[number] = (found.layer, str(found.value))
    assert layers == {0: ("tier", "0.97"), 1: ("company", "0.95")}


def test_a_version_published_later_is_not_read_back_in_time(agent: Viewer) -> None:
    then = NOW - timedelta(days=298, hours=12)  # between versions 1 and 2
    values = policies_for(viewer=agent, customer_id=customer_id(0), at=then)
    found = next(item for item in values if item.output == "service_quantile")
    assert str(found.value) == "0.9"


def test_without_a_policy_tiers_go_by_the_built_in_shapes(agent: Viewer) -> None:
    assert tier_shapes(viewer=agent, at=NOW)["gold"] == "star"


def test_a_timeline_goes_on_where_it_was_cut(agent: Viewer) -> None:
    whole = timeline(viewer=agent, customer_id=customer_id(0))
    first = timeline(viewer=agent, customer_id=customer_id(0), most=3)
    rest = timeline(viewer=agent, customer_id=customer_id(0), before=first[-1].at)
    assert [event.at for event in whole] == sorted((event.at for event in whole), reverse=True)
    assert (*first, *rest) == whole


def test_a_timeline_tells_words_only_to_those_who_may_see_people(
    agent: Viewer, executive: Viewer
) -> None:
    assert any(
        "Geheim" in event.words for event in timeline(viewer=agent, customer_id=customer_id(0))
    )
    assert not any(event.words for event in timeline(viewer=executive, customer_id=customer_id(0)))


def test_a_customer_without_a_source_record_has_no_timeline(agent: Viewer) -> None:
    Crosswalk.objects.filter(customer=customer_id(0)).delete()
    assert timeline(viewer=agent, customer_id=customer_id(0)) == ()


def test_a_quarantined_row_is_shown_whole_only_to_those_who_may_see_people(
    engineer: Viewer, people: dict[Role, User]
) -> None:
    steward = viewer_of(people[Role.STEWARD])
    assert find_quarantined(viewer=engineer).rows[0].values is None
    shown = find_quarantined(viewer=steward).rows[0].values
    assert shown is not None
    assert shown["PlacedOn"] == "31.02.2026"


def test_lag_is_from_the_newest_thing_known(engineer: Viewer) -> None:
    [feed] = feeds(viewer=engineer)
    assert feed.quarantined == 3
    assert feed.lag(NOW) == timedelta(days=10)  # the newest order was placed ten days before


def test_a_question_names_the_customers_it_would_join(agent: Viewer, executive: Viewer) -> None:
    [seen] = find_questions(viewer=agent, customer_id=customer_id(1)).rows
    assert [name for _id, name in seen.customers] == ["Geheim Werke 000", "Geheim Werke 001"]
    [masked] = find_questions(viewer=executive).rows
    assert [name for _id, name in masked.customers] == [customer_id(0), customer_id(1)]


def test_the_moment_is_that_of_the_last_finished_run(agent: Viewer) -> None:
    Run.objects.create(as_of=NOW + timedelta(days=9), started_at=NOW, stage="sync")
    assert moment_of(agent) == NOW
    Run.objects.update(finished_at=NOW)
    assert moment_of(agent) == NOW + timedelta(days=9)
