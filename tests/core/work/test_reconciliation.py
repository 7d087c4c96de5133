"""When do order, shipment and invoice differ? Each kind beside what is nearly one."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest

from troth.core.work.reconciliation import (
    RULES,
    DeliveryFigures,
    DifferenceKind,
    Holding,
    LineFigures,
    Tolerances,
    TolerancesError,
    Turn,
    delivery_difference,
    line_differences,
    side_by_side,
    turn_of,
)

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)
K = DifferenceKind


def d(number: str | int) -> Decimal:
    return Decimal(number)


# Ten ordered at 12.50 less a fifth, all sent and billed three weeks ago: 10 × 12.50 × 0.8 = 100.
RIGHT = LineFigures(
    order_key="erp:1", line_key="erp:1/10", is_cancelled=False, customer_id="cus_a",
    promised_at=NOW - 20 * DAY, unit="piece", ordered=d(10), unit_price=d("12.5"),
    discount_rate=d("0.2"), currency="EUR", sent=d(10), last_sent_at=NOW - 22 * DAY, returned=d(0),
    billed=d(10), billed_amount=d(100), billed_currencies=("EUR",), billed_to=("cus_a",),
    invoice_lines=1, last_billed_at=NOW - 21 * DAY,
)  # fmt: skip
# Nothing of it has left or was billed.
WAITS: dict[str, Any] = {
    "sent": d(0), "last_sent_at": None, "billed": d(0), "billed_amount": None,
    "billed_currencies": (), "billed_to": (), "invoice_lines": 0, "last_billed_at": None,
}  # fmt: skip
CASES: tuple[tuple[str, dict[str, Any], set[DifferenceKind]], ...] = (
    ("all is right", {}, set()),
    ("nothing left, and the promise is past", WAITS, {K.NOT_SENT}),
    ("nothing left, the promise is this very instant", {**WAITS, "promised_at": NOW}, set()),
    ("nothing left, nothing promised", {**WAITS, "promised_at": None}, set()),
    ("a part left and was billed", {"sent": d(4), "billed": d(4), "billed_amount": d(40)},
     {K.NOT_SENT}),
    ("two parts left, one comes back: sent stays sent", {"returned": d(3)}, set()),
    ("one too many, billed as sent", {"sent": d(11), "billed": d(11), "billed_amount": d(110)},
     {K.SENT_TOO_MUCH}),
    ("one was broken and sent again", {"sent": d(11), "returned": d(1)}, set()),
    ("cancelled and out there", {"is_cancelled": True}, {K.SENT_THOUGH_CANCELLED}),
    ("cancelled, sent, and all of it came back", {"is_cancelled": True, "returned": d(10)}, set()),
    ("cancelled before anything left", {"is_cancelled": True, **WAITS}, set()),
    ("cancelled and billed", {"is_cancelled": True, "sent": d(0)}, {K.BILLED_NOT_SENT}),
    ("billed and not sent, not due yet", {"sent": d(0), "promised_at": NOW + DAY},
     {K.BILLED_NOT_SENT}),
    ("billed an hour ago, leaves today",
     {"sent": d(0), "promised_at": NOW + DAY, "last_billed_at": NOW - DAY}, set()),
    ("sent and never billed", {"billed": d(0), "billed_amount": None, "billed_currencies": ()},
     {K.SENT_NOT_BILLED}),
    ("sent a week ago, to the instant, and not billed yet",
     {"billed": d(0), "billed_amount": None, "billed_currencies": (),
      "last_sent_at": NOW - 7 * DAY}, set()),
    ("three came back and were credited",
     {"returned": d(3), "billed": d(7), "billed_amount": d(70), "invoice_lines": 2}, set()),
    ("three came back, four were credited",
     {"returned": d(3), "billed": d(6), "billed_amount": d(60), "invoice_lines": 2},
     {K.SENT_NOT_BILLED}),
    ("billed a cent more", {"billed_amount": d("100.01")}, set()),
    ("billed two cents more", {"billed_amount": d("100.02")}, {K.BILLED_OTHERWISE}),
    ("billed two cents less", {"billed_amount": d("99.98")}, {K.BILLED_OTHERWISE}),
    ("a cent on each of two invoice lines", {"billed_amount": d("100.02"), "invoice_lines": 2},
     set()),
    ("without the discount", {"billed_amount": d(125)}, {K.BILLED_OTHERWISE}),
    ("no discount is stated, none was given", {"discount_rate": None, "billed_amount": d(125)},
     set()),
    ("all credited, but for ten euros",
     {"returned": d(10), "billed": d(0), "billed_amount": d(10), "invoice_lines": 2},
     {K.BILLED_OTHERWISE}),
    ("a whole yen more",
     {"currency": "JPY", "billed_currencies": ("JPY",), "billed_amount": d(101)}, set()),
    ("two yen more", {"currency": "JPY", "billed_currencies": ("JPY",), "billed_amount": d(102)},
     {K.BILLED_OTHERWISE}),
    ("billed in dollars, as many", {"billed_currencies": ("USD",)},
     {K.BILLED_IN_ANOTHER_CURRENCY}),
    ("billed in euros and dollars", {"billed_currencies": ("EUR", "USD"), "billed_amount": None},
     {K.BILLED_IN_ANOTHER_CURRENCY}),
    ("billed to somebody else", {"billed_to": ("cus_b",)}, {K.BILLED_TO_ANOTHER}),
    ("billed to both", {"billed_to": ("cus_a", "cus_b")}, {K.BILLED_TO_ANOTHER}),
    ("nobody knows whose order it is", {"customer_id": None}, set()),
    ("nobody knows who was billed", {"billed_to": ()}, set()),
    ("nothing is known of shipments", {"sent": None, "last_sent_at": None}, set()),
    ("nothing is known of invoices", {**WAITS, "sent": d(10), "billed": None}, set()),
    ("cancelled, and what came back is not known", {"is_cancelled": True, "returned": None}, set()),
)  # fmt: skip


def kinds(line: LineFigures, **more: Any) -> set[DifferenceKind]:
    return {found.kind for found in line_differences(line, Tolerances(), at=NOW, **more)}


@pytest.mark.parametrize(("changed", "expected"), [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])  # fmt: skip
def test_a_line_differs_where_its_records_do(
    changed: dict[str, Any], expected: set[DifferenceKind]
) -> None:
    assert kinds(replace(RIGHT, **changed)) == expected


@pytest.mark.parametrize("rule", RULES)
def test_without_a_rule_its_kind_is_never_found(rule: Any) -> None:
    """The control: each rule is needed by a case of the table."""
    rest = [one for one in RULES if one is not rule]
    missed = [
        name
        for name, changed, expected in CASES
        if kinds(replace(RIGHT, **changed), rules=rest) != expected
    ]
    assert missed


@pytest.mark.parametrize(
    ("said", "arrived", "is_cancelled", "is_found"),
    [
        (NOW, NOW, False, False),
        (NOW, NOW + DAY, False, False),  # a day is within tolerance, to the second
        (NOW, NOW + DAY + timedelta(seconds=1), False, True),
        (NOW + 2 * DAY, NOW, False, True),
        (NOW + 2 * DAY, NOW, True, False),
        (None, NOW, False, False),
        (NOW, None, False, False),
    ],
)
def test_an_order_arrives_when_the_last_of_its_shipments_does(
    said: datetime | None, arrived: datetime | None, is_cancelled: bool, is_found: bool
) -> None:
    order = DeliveryFigures(
        order_key="erp:1", customer_id="cus_a", is_cancelled=is_cancelled, said_at=said,
        arrived_at=arrived,
    )  # fmt: skip
    assert (delivery_difference(order, Tolerances()) is not None) == is_found


_UNKNOWN = ("ordered", "sent", "returned", "billed", "billed_amount", "unit_price", "currency",
            "promised_at", "last_sent_at", "last_billed_at", "customer_id")  # fmt: skip


@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_is_not_known_never_makes_a_difference(count: int) -> None:
    for _, changed, expected in CASES:
        line = replace(RIGHT, **changed)
        for unknown in combinations(_UNKNOWN, count):
            assert kinds(replace(line, **dict.fromkeys(unknown))) <= expected


def test_the_figures_that_differ_are_told_in_their_unit() -> None:
    (found,) = line_differences(replace(RIGHT, ordered=d("12.000000")), Tolerances(), at=NOW)
    assert (found.expected, found.found, found.unit) == ("12", "10", "piece")
    (found,) = line_differences(replace(RIGHT, billed_amount=d("125.50")), Tolerances(), at=NOW)
    assert (found.expected, found.found, found.unit) == ("100", "125.5", "EUR")
    (found,) = line_differences(replace(RIGHT, billed_to=("cus_b",)), Tolerances(), at=NOW)
    assert (found.expected, found.found, found.billed_to) == ("cus_a", "cus_b", "cus_b")


def test_wider_tolerances_leave_more_alone() -> None:
    wide = Tolerances(send_within_days=30, bill_within_days=30, minor_units_a_line=10)
    late = replace(RIGHT, sent=d(0), promised_at=None)
    unbilled = replace(RIGHT, billed=d(0), billed_amount=None, billed_currencies=())
    for line in (late, unbilled, replace(RIGHT, billed_amount=d("100.10"))):
        assert line_differences(line, Tolerances(), at=NOW)
        assert not line_differences(line, wide, at=NOW)


@pytest.mark.parametrize("name", [field.name for field in fields(Tolerances)])
def test_a_tolerance_below_zero_or_beyond_a_century_is_refused(name: str) -> None:
    for number in (-1, 36_501):
        with pytest.raises(TolerancesError, match=name):
            Tolerances(**{name: number})


OPEN = Holding(expected="10", found="4", is_accepted=False)
(PARTED,) = line_differences(replace(RIGHT, **WAITS), Tolerances(), at=NOW)


@pytest.mark.parametrize(
    ("held", "found", "turns"),
    [
        (None, None, ()),
        (None, "4", (Turn.OPENED,)),
        (OPEN, None, (Turn.RIGHTED,)),
        (OPEN, "4", (Turn.STAYED,)),
        (OPEN, "5", (Turn.CHANGED,)),
        (replace(OPEN, is_accepted=True), "4", (Turn.STAYED,)),
        (replace(OPEN, is_accepted=True), "5", (Turn.RIGHTED, Turn.OPENED)),
        (replace(OPEN, is_accepted=True), None, (Turn.RIGHTED,)),
    ],
)
def test_what_becomes_of_a_difference(
    held: Holding | None, found: str | None, turns: tuple[Turn, ...]
) -> None:
    assert turn_of(held, replace(PARTED, found=found) if found else None) == turns


@pytest.mark.parametrize("seed", range(50))
def test_two_streams_are_read_side_by_side(seed: int) -> None:
    dice = random.Random(seed)
    left, right = (set(dice.sample("abcdefgh", dice.randint(0, 8))) for _ in "lr")
    found = side_by_side(
        (((key,), key) for key in sorted(left)), (((key,), key) for key in sorted(right))
    )
    expected = [
        (key if key in left else None, key if key in right else None)
        for key in sorted(left | right)
    ]
    assert list(found) == expected
