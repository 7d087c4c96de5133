"""Does a company's own history hold the floor, for those who opt out of personal treatment?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from tests.workspaces import Troth

from troth.actions.decisions import Sealed
from troth.actions.people import system_user
from troth.actions.priorities import PriorityDecider
from troth.actions.promises import PromiseDecider
from troth.cli.starting import database
from troth.connectors.workspace import find_workspace
from troth.core.decisions import prioritise_floored, promise_floored
from troth.core.decisions.receipt import reexecute
from troth.core.policies.book import PolicyBook
from troth.core.policies.scopes import parse_scope
from troth.core.policies.versions import PolicyVersion
from troth.store.facts.cases import case_histories
from troth.store.facts.orders import order_histories
from troth.store.facts.policies import published_versions
from troth.store.models import ConsentEvent, Customer
from troth.store.queries.viewing import as_the_program

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(2026, 6, 30, tzinfo=UTC)
PERSONAL = ("personalisation_own", "personalisation_tier", "personalisation_segment")


@contextmanager
def inside(troth: Troth) -> Iterator[None]:
    """Django on the workspace's database."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in troth.environment.items():
            patch.setenv(name, value)
        with database(find_workspace(troth.directory)), as_the_program():
            yield


def version(kind: str, scope: str, **outputs: Any) -> PolicyVersion:
    return PolicyVersion(
        kind=kind,
        scope=parse_scope(scope),
        number=99,
        effective_from=LONG_AGO,
        effective_to=None,
        published_at=LONG_AGO,
        outputs=outputs,
        author="a test",
        reason="a test",
    )


def book() -> PolicyBook:
    """What is published, with tiers that give more, and customers' own rules that give less."""
    own = [
        version(kind, f"customer:{key}", **outputs)
        for key in Customer.objects.values_list("pk", flat=True)
        for kind, outputs in (
            ("lead_time", {"service_quantile": Decimal("0.99"), "history_days": 30}),
            ("service_level", {"first_response_minutes_2": 3000, "resolution_minutes_3": 9000}),
        )
    ]
    tiers = [
        version(kind, f"tier:{tier}", **outputs)
        for tier in Customer.objects.values_list("tier", flat=True).distinct()
        if tier
        for kind, outputs in (
            ("lead_time", {"service_quantile": Decimal("0.6")}),
            ("service_level", {"first_response_minutes_2": 5}),
            ("queue", {"rank_weight": Decimal(70)}),
        )
    ]
    return PolicyBook.compile_as_known([*published_versions(), *own, *tiers])


def say_no(*purposes: str) -> None:
    """Every customer denied these, long ago."""
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            id=f"cns_{purpose}_{key}",
            customer_id=key,
            purpose=purpose,
            said="denied",
            effective_at=LONG_AGO,
            known_at=LONG_AGO,
            source="api",
            how="letter",
            recorded_by=system_user(),
        )
        for key in Customer.objects.values_list("pk", flat=True)
        for purpose in purposes
    )


def decided(held: PolicyBook) -> dict[str, Sealed]:
    """First promises of every fourth order and priorities of every second case, anew."""
    promises = PromiseDecider(as_of=END, book=held)
    cases = PriorityDecider(book=held)
    found = {order.key: promises.first(order) for order in islice(order_histories(END), 0, None, 4)}
    return found | {
        case.key: cases.sealed(case)[2] for case in islice(case_histories(END), 0, None, 2)
    }


def better(kind: str) -> Any:
    return {"promise": promise_floored, "prioritise": prioritise_floored}[kind].BETTER


def worse(own: Sealed, plain: Sealed) -> bool:
    outcome, standard = own.decision.outcome, plain.decision.outcome
    return any(
        outcome[name] > standard[name] if way == "lower" else outcome[name] < standard[name]
        for name, way in better(own.decision.kind).items()
    )


def tally(own: dict[str, Sealed], standard: dict[str, Sealed]) -> Counter[str]:
    found: Counter[str] = Counter(decisions=len(own))
    for key, sealed in own.items():
        found["worse"] += worse(sealed, standard[key])
        found["differ"] += sealed.decision.outcome != standard[key].decision.outcome
        codes = [reason.code for reason in sealed.decision.reasons]
        found["lifted"] += "floor:lifted" in codes
        found["floored"] += "floor:consent" in codes
    return found


def test_opting_out_of_a_tier_never_falls_below_standard_in_a_companys_history(
    ran: Troth,
) -> None:
    _assert_a_no_of_today_changes_nothing(ran)
    with inside(ran):
        held = book()
        before = decided(held)
        assert not [one for one in before.values() if one.decision.floors]
        say_no("personalisation_tier", "profiling")
        partly = decided(held)
        say_no(*PERSONAL[::2])
        fully = decided(held)
    # With everything personal off, what is decided is standard; without anybody's own rule.
    assert all(one.decision.floors for key, one in fully.items() if one.decision.customer)
    layers = {item.layer for one in fully.values() for item in one.decision.policies}
    assert not layers & {"customer", "tier", "segment"}
    found = tally(partly, fully)
    assert found["worse"] == 0 and found["floored"] > 30 and found["lifted"] > 10
    # The control: before anybody opted out, rules of their own gave some less than standard.
    assert tally(before, fully)["worse"] > 10
    _assert_receipts_execute(partly.values())


def _assert_receipts_execute(sealed: Any) -> None:
    for one in sealed:
        shared = {item.digest: item.content for item in one.receipt.shared}
        found = reexecute(one.receipt.content, shared, recorded_id=one.receipt.id)
        assert found is None, found


def _assert_a_no_of_today_changes_nothing(troth: Troth) -> None:
    query = "SELECT count(*), min(id), max(id) FROM store_decision"
    before = troth.rows(query)
    key = troth.rows("SELECT id FROM store_customer ORDER BY id LIMIT 1")[0][0]
    said = troth("consent", "deny", key, "personalisation_tier", "--how", "phone", "--json")
    assert said.code == 0 and '"left_out": [\n    "tier"' in said.out
    troth.run()
    assert troth.rows(query) == before
