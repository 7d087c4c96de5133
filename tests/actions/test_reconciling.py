"""Do differences between order, shipment and invoice become work, end by themselves, come back?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.actions.books import DAY, NOW, Books, random_books, waiting

from troth.actions.people import system_user
from troth.actions.reconciling import (
    DifferenceOverError,
    DifferenceReasonError,
    accept_difference,
)
from troth.core.access.roles import Role
from troth.core.work import reconciliation
from troth.core.work.reconciliation import Tolerances
from troth.store.models import AuditEntry, CommitmentDifference, Crosswalk, Customer, User
from troth.store.queries.differences import difference, differences_of, find_differences
from troth.store.queries.lists import BadListError, NotFoundError
from troth.store.queries.viewing import NotAllowedError, Viewer, viewer_of


@pytest.fixture
def books(db: None) -> Books:
    return Books()


def history(line: str) -> list[tuple[int, str]]:
    rows = CommitmentDifference.objects.filter(line_key=line).order_by("kind", "number")
    return [(row.number, row.state) for row in rows]


def somebody(role: Role) -> User:
    return User.objects.create(username=role.value, name=role.value, role=role.value, password="!")


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_planted_is_found_and_nothing_else(books: Books, seed: int) -> None:
    planted = random_books(books, orders=60, seed=seed)
    result = books.reconcile()
    assert waiting() == planted
    assert len({kind for _, kind in planted}) == 8  # another currency has its own test
    assert result.opened == len(planted) == sum(result.open_by_kind.values())
    again = books.reconcile()
    assert (again.opened, again.changed, again.righted) == (0, 0, 0)


def test_without_a_rule_what_it_was_to_find_is_missing(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test before."""
    planted = random_books(books, orders=20, seed=3)
    monkeypatch.setattr(reconciliation, "RULES", reconciliation.RULES[1:])
    books.reconcile()
    assert {kind for _, kind in planted - waiting()} == {"not_sent"}


def test_what_lands_later_is_not_known_before(books: Books) -> None:
    (line,) = books.whole("erp:1")
    books.land("invoice_line", f"{line}-late", known_at=NOW + DAY, customer="erp:a",
               order="erp:1", order_line=line, quantity=Decimal(5), amount=Decimal(50),
               amount_currency="EUR", invoiced_at=NOW - 9 * DAY)  # fmt: skip
    books.reconcile()
    assert waiting() == set()
    books.reconcile(at=NOW + DAY)
    assert waiting() == {(line, "billed_not_sent")}


def test_a_kind_of_record_that_nobody_delivers_makes_no_difference(books: Books) -> None:
    books.order("erp:1")
    line = books.line("erp:1", 1)
    books.reconcile()
    assert waiting() == set()  # no shipment line and no invoice line has ever come
    books.parcel("wms:p", "erp:1", {line: 10})
    books.reconcile()
    assert waiting() == set()  # no invoice line has ever come
    books.whole("erp:2")
    books.reconcile()
    assert waiting() == {(line, "sent_not_billed")}


@pytest.mark.parametrize(
    "vague",
    [
        {"kind": "shipment_line", "shipment": "erp:1-p", "order_line": None, "quantity": 3},
        {"kind": "shipment_line", "shipment": "erp:1-p", "quantity": None},
        {"kind": "shipment_line", "shipment": "erp:1-p", "quantity": 3, "quantity_unit": "box"},
        {"kind": "shipment", "order": "erp:1", "status": "shipped"},
    ],
    ids=["of no line", "of no quantity", "in boxes", "a parcel without lines"],
)
def test_a_sum_with_an_unknown_part_is_not_known(books: Books, vague: dict[str, Any]) -> None:
    books.order("erp:1")
    line = books.line("erp:1", 1)
    books.parcel("erp:1-p", "erp:1", {line: 4})
    books.bill("i", line, 4)
    books.reconcile()
    assert waiting() == {(line, "not_sent")}
    given = {"order_line": line, **vague} if vague["kind"] == "shipment_line" else dict(vague)
    if given.get("quantity"):
        given["quantity"] = Decimal(given["quantity"])
    books.land(given.pop("kind"), "erp:vague", **given)
    result = books.reconcile()
    assert waiting() == set()
    assert result.incomparable == (vague.get("quantity_unit") == "box")


def test_a_line_billed_in_another_currency_is_not_summed(books: Books) -> None:
    lines = books.whole("erp:1", lines=2)
    books.bill("other", lines[0], 0, "1", amount_currency="USD")
    books.reconcile()
    assert waiting() == {(lines[0], "billed_in_another_currency")}
    (row,) = CommitmentDifference.objects.all()
    assert (row.expected, row.found) == ("EUR", "EUR USD")
    assert "billed_amount" not in row.figures


def test_an_order_that_vanished_or_lost_a_line_is_cancelled(books: Books) -> None:
    gone = books.whole("erp:1")
    lines = books.whole("erp:2", lines=2)
    books.land("order", "erp:1", op="gone")
    books.land("order_line", lines[0], op="gone", order="erp:2")
    books.reconcile()
    assert waiting() == {(key, "sent_though_cancelled") for key in (*gone, lines[0])}


def test_one_difference_ends_by_itself_and_comes_back_as_another(books: Books) -> None:
    books.whole("erp:0")
    books.order("erp:1")
    line = books.line("erp:1", 1)
    books.reconcile()
    assert history(line) == [(1, "open")]
    first = CommitmentDifference.objects.get(line_key=line)
    assert (first.expected, first.found, first.unit) == ("10", "0", "piece")
    books.parcel("p", "erp:1", {line: 4})
    books.bill("i", line, 4)
    assert books.reconcile(at=NOW + DAY).changed == 1
    first.refresh_from_db()
    assert (first.found, first.opened_at, first.changed_at) == ("4", NOW, NOW + DAY)
    books.parcel("q", "erp:1", {line: 6})
    books.bill("j", line, 6)
    assert books.reconcile(at=NOW + 2 * DAY).righted == 1
    assert history(line) == [(1, "righted")]
    books.land("shipment", "q", order="erp:1", status="lost")
    result = books.reconcile(at=NOW + 3 * DAY)
    rows = CommitmentDifference.objects.filter(line_key=line, kind="not_sent").order_by("number")
    assert [(row.number, row.state, row.righted_at) for row in rows] == [
        (1, "righted", NOW + 2 * DAY),
        (2, "open", None),
    ]
    assert result.opened == 2  # and billed, not sent


def test_one_that_was_accepted_waits_no_more_until_its_figures_move(books: Books) -> None:
    (line,) = books.whole("erp:1")
    books.bill("more", line, 0, "7.00")
    books.reconcile()
    (row,) = CommitmentDifference.objects.all()
    steward = somebody(Role.STEWARD)
    done = accept_difference(difference_id=row.pk, reason=" Agreed freight. ", acting_user=steward)
    assert (done.state, done.reason, done.accepted_by) == (
        "accepted", "Agreed freight.", "steward",
    )  # fmt: skip
    entry = AuditEntry.objects.get(action="order:difference:accepted")
    assert (entry.actor, entry.subject) == (steward, row.pk)
    assert books.reconcile().changed == 0
    assert history(line) == [(1, "accepted")]
    with pytest.raises(DifferenceOverError, match="accepted"):
        accept_difference(difference_id=row.pk, reason="Again.", acting_user=steward)
    books.bill("still more", line, 0, "1.00")
    books.reconcile()
    assert history(line) == [(1, "righted"), (2, "open")]


def test_accepting_takes_a_right_a_reason_and_an_open_difference(books: Books) -> None:
    (line,) = books.whole("erp:1")
    books.bill("more", line, 0, "7.00")
    books.reconcile()
    (row,) = CommitmentDifference.objects.all()
    with pytest.raises(DifferenceReasonError):
        accept_difference(difference_id=row.pk, reason=" ", acting_user=system_user())
    with pytest.raises(NotFoundError):
        accept_difference(difference_id="dif_0", reason="So.", acting_user=system_user())
    with pytest.raises(NotAllowedError):
        accept_difference(difference_id=row.pk, reason="So.", acting_user=somebody(Role.AUDITOR))
    assert history(line) == [(1, "open")]


def test_two_ids_of_one_customer_are_one(books: Books) -> None:
    (line,) = books.whole("erp:1")
    books.bill("other", line, 0, "0", customer="crm:b")
    books.reconcile()
    assert waiting() == {(line, "billed_to_another")}
    Crosswalk.objects.filter(source_key__endswith=":b").update(customer="cus_a")
    Customer.objects.filter(pk="cus_b").update(merged_into="cus_a")
    books.reconcile()
    assert waiting() == set()


def test_who_may_not_see_the_customer_that_was_billed_is_not_told(books: Books) -> None:
    (line,) = books.whole("erp:1")
    books.bill("other", line, 0, "0", customer="crm:b")
    books.reconcile()
    (row,) = CommitmentDifference.objects.all()
    person = viewer_of(somebody(Role.STEWARD))
    assert difference(viewer=person, difference_id=row.pk).found == "cus_b"
    Customer.objects.filter(pk="cus_b").update(is_restricted=True)
    assert find_differences(viewer=person).total == 0
    with pytest.raises(NotFoundError):
        difference(viewer=person, difference_id=row.pk)
    assert differences_of(viewer=person, order_key="erp:1") == ()


def test_the_list_is_narrowed_and_refuses_what_it_does_not_offer(books: Books) -> None:
    random_books(books, orders=8, seed=4)
    books.reconcile()
    viewer: Viewer = viewer_of(books.boss)
    every = find_differences(viewer=viewer, size=1000)
    kinds = {row.kind for row in every.rows}
    for kind in kinds:
        found = find_differences(viewer=viewer, kind=kind, size=1000)
        assert {row.kind for row in found.rows} == {kind}
    assert find_differences(viewer=viewer, state="righted").total == 0
    order = every.rows[0].order_key
    assert {row.order_key for row in differences_of(viewer=viewer, order_key=order)} == {order}
    for asked in ({"kind": "odd"}, {"state": "odd"}, {"sort": "odd"}):
        with pytest.raises(BadListError):
            find_differences(viewer=viewer, **asked)


def test_tolerances_are_those_of_the_workspace(books: Books) -> None:
    (line,) = books.whole("erp:1")
    books.bill("more", line, 0, "0.05")
    books.reconcile(tolerances=Tolerances(minor_units_a_line=3))  # two invoice lines: six cents
    assert waiting() == set()
    books.reconcile()
    assert waiting() == {(line, "billed_otherwise")}
