"""Does the API keep its description and its walls when thousands of odd requests come in?

Three roles, every operation, every check that Schemathesis has: no server error, no answer beside
the description, no operation that forgets to ask who calls, no object that belongs to a peer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.http import HttpResponse
from tests.access.probes import API
from tests.scenarios.fuzzing import ROLES, walk
from tests.workspaces import Troth

from troth.actions.people import system_user
from troth.api.description import operations
from troth.api.shapes.decisions import BatchAnswer
from troth.api.v1 import openapi_document
from troth.core.access.roles import Right, Role, may
from troth.store.queries.customers import customer
from troth.store.queries.viewing import viewer_of

# Generated requests an operation from the last of the roles that may do it, who sends those that
# are worked out from the description, about sixty an operation, too. From the others: what they
# may do meets the walls between customers, what they may not do is refused before it is read.
# `./dev soak` sends a hundred from each.
EXAMPLES = 100
_EXAMPLES = 40
_EXAMPLES_BESIDE = 15
_EXAMPLES_REFUSED = 5
_PARTS = [(role, part) for role in ROLES for part in range(2 if role is ROLES[-1] else 1)]
_RIGHTS = {probe.name: probe.right for probe in API}
Broken = Callable[[], AbstractContextManager[Any]]


def _covered_by_others(role: Role) -> list[str]:
    """Operations whose description another role works through."""
    return [
        operation["operationId"]
        for _, _, operation in operations(openapi_document())
        if _covers(_RIGHTS[operation["operationId"]]) is not role
    ]


def _covers(right: Right | None) -> Role:
    return [role for role in ROLES if right is None or may(role, right)][-1]


def _described() -> dict[str, str]:
    return {
        operation["operationId"]: f"{method.upper()} {address}"
        for address, method, operation in operations(openapi_document())
    }


def _examples(name: str, role: Role) -> int:
    right = _RIGHTS[name]
    if _covers(right) is role:
        return _EXAMPLES
    return _EXAMPLES_BESIDE if right is None or may(role, right) else _EXAMPLES_REFUSED


@pytest.mark.minutes
@pytest.mark.parametrize(("role", "part"), _PARTS)
def test_the_api_withstands_odd_requests_of_each_role(
    ran: Troth, tmp_path: Path, role: Role, part: int
) -> None:
    """Every operation is in one of the parts, which are for workers to share."""
    described = _described()
    only = sorted(described)[part :: sum(other is role for other, _ in _PARTS)]
    _withstands(ran, tmp_path, role, {name: _examples(name, role) for name in only})


@pytest.mark.soak
@pytest.mark.parametrize("role", ROLES)
def test_the_api_withstands_a_hundred_odd_requests_an_operation_of_each_role(
    ran: Troth, tmp_path: Path, role: Role
) -> None:
    _withstands(ran, tmp_path, role, dict.fromkeys(_described(), EXAMPLES))


def _withstands(ran: Troth, folder: Path, role: Role, examples: Mapping[str, int]) -> None:
    described = _described()
    others = _covered_by_others(role)
    found = walk(ran, role, folder, examples=examples, at_random=others)
    print(role.value, found)
    assert found.findings == (), str(found)
    assert {described[name] for name in examples} - found.requests.keys() == set(), "never called"


def _raises() -> AbstractContextManager[Any]:
    return mock.patch("troth.api.routes.orders.next_orders", side_effect=ZeroDivisionError)


def _answers_beside_its_schema() -> AbstractContextManager[Any]:
    wrong = HttpResponse('{"data": "none"}', content_type="application/json")
    return mock.patch("troth.api.routes.orders.list_answer", return_value=wrong)


def _answers_another_status() -> AbstractContextManager[Any]:
    wrong = HttpResponse("{}", content_type="application/json", status=299)
    return mock.patch("troth.api.routes.orders.list_answer", return_value=wrong)


def _takes_whatever_comes() -> AbstractContextManager[Any]:
    return mock.patch("troth.api.routes.decisions.batch_answer", side_effect=_nothing_refused)


def _nothing_refused(*_: object) -> Any:
    return BatchAnswer(data=[], decided=0, refused=0)


def _asks_nobody() -> AbstractContextManager[Any]:
    return mock.patch("troth.api.signing_in._by_session", side_effect=lambda _: system_user())


def _shows_everybody() -> AbstractContextManager[Any]:
    def shown(*, viewer: object, customer_id: str, **more: Any) -> object:
        return customer(viewer=viewer_of(system_user()), customer_id=customer_id, **more)

    return mock.patch("troth.api.routes.customers.customer", side_effect=shown)


@pytest.mark.parametrize(
    ("broken", "only", "check"),
    [
        (_raises, ("order_list",), "not_a_server_error"),
        (_answers_beside_its_schema, ("order_list",), "response_schema_conformance"),
        (_answers_another_status, ("order_list",), "status_code_conformance"),
        (_takes_whatever_comes, ("promise_decide_batch",), "_check_each_item"),
        (_asks_nobody, ("order_list",), "ignored_auth"),
        (_shows_everybody, ("customer_list", "customer_show"), "object_level_authorization"),
    ],
)
def test_an_operation_that_is_broken_is_found(
    ran: Troth, tmp_path: Path, broken: Broken, only: tuple[str, ...], check: str
) -> None:
    """The control of the test above: the same walk, one fault put in, and it alone is told."""
    # What is worked out from the description spoils each field; ten random requests may spoil none.
    phases = ("coverage",) if check == "_check_each_item" else ("fuzzing",)
    with broken():
        asked = dict.fromkeys(only, 10)
        found = walk(ran, Role.ADMINISTRATOR, tmp_path, examples=asked, phases=phases)
    assert found.checks == {check}, str(found)
