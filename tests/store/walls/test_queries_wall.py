"""Each reader cuts what it reads by itself: with the database's own wall, and without it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.store.walls.conftest import Hall
from tests.store.walls.world import CUSTOMERS, NOBODY, NOON, SEEN, customer_id, mark

from troth.core.access.roles import Relation, Role
from troth.store.models import Customer, Promise
from troth.store.queries import slices, today
from troth.store.queries.audit import find_entries
from troth.store.queries.cases import case, case_choices, find_cases
from troth.store.queries.customers import customer, find_customers
from troth.store.queries.decisions import decision, find_decisions
from troth.store.queries.differences import find_differences, next_differences
from troth.store.queries.lists import NotFoundError
from troth.store.queries.matching import matching
from troth.store.queries.orders import find_promises, order, promise_choices
from troth.store.queries.outbox import find_messages
from troth.store.queries.policies import find_policies
from troth.store.queries.quality import summarise_quality
from troth.store.queries.quarantine import find_quarantined
from troth.store.queries.questions import find_questions
from troth.store.queries.segments import find_placements, find_segments, placement_of
from troth.store.queries.values import find_values, newest_models, value_of
from troth.store.queries.verdicts import find_verdicts
from troth.store.queries.viewing import Viewer
from troth.store.tables import visible_customers

ALL_AT_ONCE = {"size": 1000}
REACH = slices.Reach(limit=100)

# What a reader shows → whether rows of no known customer are among it.
READERS: dict[str, tuple[Callable[..., Any], bool]] = {
    "customers": (lambda v: find_customers(viewer=v, **ALL_AT_ONCE), False),
    "customers, sliced": (lambda v: slices.next_customers(viewer=v, reach=REACH), False),
    "orders": (lambda v: find_promises(viewer=v, **ALL_AT_ONCE), True),
    "orders, sliced": (lambda v: slices.next_orders(viewer=v, reach=REACH), True),
    "choices of orders": (lambda v: promise_choices(viewer=v), True),
    "late orders": (lambda v: today.late_promises(viewer=v, most=99), True),
    "differences": (lambda v: find_differences(viewer=v, **ALL_AT_ONCE), True),
    "differences, sliced": (lambda v: next_differences(viewer=v, reach=REACH), True),
    "cases": (lambda v: find_cases(viewer=v, state="all", **ALL_AT_ONCE), True),
    "cases, sliced": (lambda v: slices.next_cases(viewer=v, reach=REACH), True),
    "choices of cases": (lambda v: case_choices(viewer=v), True),
    "breached cases": (lambda v: today.breached_cases(viewer=v, most=99), True),
    "decisions": (lambda v: find_decisions(viewer=v, **ALL_AT_ONCE), True),
    "decisions, sliced": (lambda v: slices.next_decisions(viewer=v, reach=REACH), True),
    "policies": (lambda v: find_policies(viewer=v, at=NOON, **ALL_AT_ONCE), False),
    "policies, sliced": (lambda v: slices.next_policies(viewer=v, reach=REACH), False),
    "verdicts": (lambda v: find_verdicts(viewer=v, **ALL_AT_ONCE), False),
    "verdicts, sliced": (lambda v: slices.next_verdicts(viewer=v, reach=REACH), False),
    "questions": (lambda v: find_questions(viewer=v, **ALL_AT_ONCE), False),
    "questions, sliced": (lambda v: slices.next_questions(viewer=v, reach=REACH), False),
    "segments": (lambda v: find_placements(viewer=v, **ALL_AT_ONCE), False),
    "segments, sliced": (lambda v: slices.next_placements(viewer=v, reach=REACH), False),
    "segments, side by side": (lambda v: find_segments(viewer=v), False),
    "values": (lambda v: find_values(viewer=v, **ALL_AT_ONCE), False),
    "values, sliced": (lambda v: slices.next_values(viewer=v, reach=REACH), False),
    "quality": (lambda v: summarise_quality(viewer=v), False),
    "messages": (lambda v: find_messages(viewer=v, state="", **ALL_AT_ONCE), True),
}
FOR_THOSE_WHO_SEE_ALL: dict[str, Callable[..., Any]] = {
    "log": lambda v: find_entries(viewer=v, **ALL_AT_ONCE),
    "quarantine": lambda v: find_quarantined(viewer=v, **ALL_AT_ONCE),
    "quarantine, sliced": lambda v: slices.next_quarantined(viewer=v, reach=REACH),
}

Within = Callable[[Relation], None]


@pytest.fixture(params=["both walls", "the readers alone"])
def where(request: pytest.FixtureRequest) -> Hall:
    name = "hall" if request.param == "both walls" else "bare_hall"
    found: Hall = request.getfixturevalue(name)
    return found


def shown(answer: object) -> set[str]:
    """Whose marks stand in what a reader gave."""
    return set(re.findall("~([a-z]+)~", repr(answer)))


def viewer_in(hall: Hall) -> Viewer:
    """Somebody with every right, but of the agent's relation."""
    return hall.viewer(Role.ADMINISTRATOR, user_id=hall.agent_id)


def expected(relation: Relation, *, has_nobody: bool) -> set[str]:
    seen = SEEN[relation.name.lower()]
    return seen if has_nobody else seen - {NOBODY}


@pytest.mark.parametrize("relation", Relation)
@pytest.mark.parametrize("name", READERS)
def test_a_reader_shows_what_is_within_the_relation(
    where: Hall, within: Within, name: str, relation: Relation
) -> None:
    within(relation)
    read, has_nobody = READERS[name]
    with where.django():
        assert shown(read(viewer_in(where))) == expected(relation, has_nobody=has_nobody)


@pytest.mark.parametrize("relation", Relation)
@pytest.mark.parametrize("name", FOR_THOSE_WHO_SEE_ALL)
def test_a_reader_of_what_cannot_be_told_apart_shows_all_or_nothing(
    where: Hall, within: Within, name: str, relation: Relation
) -> None:
    within(relation)
    with where.django():
        found = FOR_THOSE_WHO_SEE_ALL[name](viewer_in(where))
    # What a row says may be masked as well; that it is there tells enough.
    assert bool(found.rows) == (relation is Relation.ALL)


@pytest.mark.parametrize("relation", Relation)
def test_models_over_all_customers_are_for_those_who_see_all(
    where: Hall, within: Within, relation: Relation
) -> None:
    within(relation)
    with where.django():
        found = newest_models(viewer=viewer_in(where))
        learnt = matching(viewer=viewer_in(where))
    assert bool(found) == (relation is Relation.ALL)
    assert (learnt is not None and learnt.model is not None) == (relation is Relation.ALL)


@pytest.mark.parametrize("relation", Relation)
def test_one_record_is_there_for_whoever_may_see_it_and_missing_for_others(
    where: Hall, within: Within, relation: Relation
) -> None:
    within(relation)
    seen = expected(relation, has_nobody=True)
    records: dict[str, Callable[[Viewer, str], Any]] = {
        "order": lambda v, name: order(viewer=v, key=f"erp:{mark(name)}"),
        "case": lambda v, name: case(viewer=v, key=f"desk:{mark(name)}"),
        "decision": lambda v, name: decision(viewer=v, decision_id=f"dec_{mark(name)}"),
        "customer": lambda v, name: customer(viewer=v, customer_id=customer_id(name)),
        "value": lambda v, name: value_of(viewer=v, customer_id=customer_id(name)),
        "segment": lambda v, name: placement_of(viewer=v, customer_id=customer_id(name)),
        "by source": lambda v, name: customer(viewer=v, customer_id=f"crm:{mark(name)}"),
    }
    with where.django():
        viewer = viewer_in(where)
        for what, read in records.items():
            for name in CUSTOMERS:
                if name in seen:
                    assert shown(read(viewer, name)) == {name}, what
                else:
                    with pytest.raises(NotFoundError):
                        read(viewer, name)


@pytest.mark.parametrize("relation", Relation)
def test_measures_rest_on_the_customers_within_the_relation(
    where: Hall, within: Within, relation: Relation
) -> None:
    within(relation)
    with where.django():
        found = visible_customers(viewer_in(where))
    if relation is Relation.ALL:
        assert (found.only, found.but) == (None, {customer_id("secret")})
    else:
        names = expected(relation, has_nobody=False)
        assert found.only == {customer_id(name) for name in names}


def test_the_sums_of_a_list_are_of_what_is_shown(where: Hall, within: Within) -> None:
    within(Relation.TEAM)
    with where.django():
        viewer = viewer_in(where)
        assert [str(sum_.amount) for sum_ in find_promises(viewer=viewer).sums] == ["200.000000"]
        assert today.standing(viewer=viewer, at=NOON).late_orders == 2


def test_without_the_databases_wall_a_query_that_cuts_nothing_shows_everything(
    bare_hall: Hall, hall: Hall
) -> None:
    with bare_hall.django():
        assert Customer.objects.count() == len(CUSTOMERS)
        assert Promise.objects.count() == len(CUSTOMERS) + 1
    with hall.django():
        assert Customer.objects.count() == Promise.objects.count() == 0
