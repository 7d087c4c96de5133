"""Where do order, shipment and invoice tell different stories of one commitment?

Each rule looks at one order line's figures as of a moment. A figure that is not known is no value,
never zero, and a rule that needs it says nothing. Quantities are compared in one unit and amounts
in one currency; the reader of the facts gives no value where that cannot be done. Two figures that
differ are one difference of one kind, so that it can be settled, and seen to be settled.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

# Digits behind the point of a currency, where they are not two (ISO 4217, list one).
_MINOR_DIGITS: Mapping[str, int] = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
    "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip
_LATEST_DAYS = 36_500


class DifferenceKind(StrEnum):
    """How two records of one commitment differ."""

    NOT_SENT = "not_sent"  # the promise's instant is past, and less left than was ordered
    SENT_TOO_MUCH = "sent_too_much"  # more left, less what came back, than was ordered
    SENT_THOUGH_CANCELLED = "sent_though_cancelled"
    BILLED_NOT_SENT = "billed_not_sent"
    SENT_NOT_BILLED = "sent_not_billed"
    BILLED_OTHERWISE = "billed_otherwise"  # than quantity × price × (1 − discount)
    BILLED_IN_ANOTHER_CURRENCY = "billed_in_another_currency"
    BILLED_TO_ANOTHER = "billed_to_another"
    DELIVERED_OTHERWISE = "delivered_otherwise"  # order and shipments name different days


class TolerancesError(ValueError):
    """A tolerance is out of bounds. Correct [reconciliation] in troth.toml."""

    code = "reconciliation.tolerances"


@dataclass(frozen=True, kw_only=True)
class Tolerances:
    """From where on two records differ. Whole numbers from 0."""

    send_within_days: int = 1  # after the invoice, until it must have left
    bill_within_days: int = 7  # after it left, until it must be billed
    delivery_days: int = 1  # between the order's delivery and that of its last shipment
    # An invoice line is rounded to the currency's smallest unit. Each side is off by at most half
    # of it, and two ways of rounding (half up, half even) by the whole of it.
    minor_units_a_line: int = 1

    def __post_init__(self) -> None:
        """Raises TolerancesError."""
        for name, found in vars(self).items():
            if not 0 <= found <= _LATEST_DAYS:
                raise TolerancesError(f"{name} is {found}; expected 0 to {_LATEST_DAYS}.")


@dataclass(frozen=True, kw_only=True)
class LineFigures:
    """One order line, as its order, its shipments and its invoices tell it. None: not known."""

    order_key: str
    line_key: str
    is_cancelled: bool  # the line, or its whole order
    customer_id: str | None  # whose order it is, after merges
    promised_at: datetime | None  # by when the whole order was to arrive
    unit: str  # that quantities are in; "" where the source names none
    ordered: Decimal | None
    unit_price: Decimal | None
    discount_rate: Decimal | None  # none stated: none is taken off the agreed price
    currency: str | None  # of the price
    sent: Decimal | None  # by shipments that left and are not lost
    last_sent_at: datetime | None
    returned: Decimal | None
    billed: Decimal | None  # credits taken off
    billed_amount: Decimal | None  # net, credits taken off; None in several currencies
    billed_currencies: tuple[str, ...]
    billed_to: tuple[str, ...]  # customers, after merges
    invoice_lines: int
    last_billed_at: datetime | None

    @property
    def kept(self) -> Decimal | None:
        """What left and did not come back."""
        if self.sent is None or self.returned is None:
            return None
        return self.sent - self.returned

    @property
    def price_of_billed(self) -> Decimal | None:
        """What the quantity that was billed comes to by the order's own terms."""
        if self.billed is None or self.unit_price is None:
            return None
        return self.billed * self.unit_price * (1 - (self.discount_rate or 0))


@dataclass(frozen=True, kw_only=True)
class DeliveryFigures:
    """When one order arrived, by the order and by its shipments."""

    order_key: str
    customer_id: str | None
    is_cancelled: bool
    said_at: datetime | None  # by the order
    arrived_at: datetime | None  # the last of its shipments; None until all of them have


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Two records that differ. `expected` and `found` are in `unit`."""

    order_key: str
    line_key: str  # "" where it is the whole order's
    kind: DifferenceKind
    expected: str  # a decimal, an ISO 4217 code, a customer's id or an instant
    found: str
    unit: str  # of a quantity, or a currency; "" of what is neither
    billed_to: str = ""  # another customer

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.order_key, self.line_key, self.kind.value)


Rule = Callable[[LineFigures, Tolerances, datetime], Difference | None]


def line_differences(
    line: LineFigures, tolerances: Tolerances, *, at: datetime, rules: Iterable[Rule] | None = None
) -> tuple[Difference, ...]:
    """What is not as it was promised, sent and billed, of one line as of `at`."""
    found = (rule(line, tolerances, at) for rule in (RULES if rules is None else rules))
    return tuple(difference for difference in found if difference is not None)


def delivery_difference(order: DeliveryFigures, tolerances: Tolerances) -> Difference | None:
    """An order that arrived on another day than its shipments."""
    said, arrived = order.said_at, order.arrived_at
    if order.is_cancelled or said is None or arrived is None:
        return None
    if abs(said - arrived) <= timedelta(days=tolerances.delivery_days):
        return None
    return Difference(
        order_key=order.order_key,
        line_key="",
        kind=DifferenceKind.DELIVERED_OTHERWISE,
        expected=said.isoformat(),
        found=arrived.isoformat(),
        unit="",
    )


def _not_sent(line: LineFigures, tolerances: Tolerances, at: datetime) -> Difference | None:
    if line.is_cancelled or line.ordered is None or line.sent is None:
        return None
    if line.promised_at is None or line.promised_at >= at or line.sent >= line.ordered:
        return None
    return _quantity(line, DifferenceKind.NOT_SENT, line.ordered, line.sent)


def _sent_too_much(line: LineFigures, tolerances: Tolerances, at: datetime) -> Difference | None:
    kept = line.kept
    if line.is_cancelled or line.ordered is None or kept is None or kept <= line.ordered:
        return None
    return _quantity(line, DifferenceKind.SENT_TOO_MUCH, line.ordered, kept)


def _sent_though_cancelled(
    line: LineFigures, tolerances: Tolerances, at: datetime
) -> Difference | None:
    kept = line.kept
    if not line.is_cancelled or kept is None or kept <= 0:
        return None
    return _quantity(line, DifferenceKind.SENT_THOUGH_CANCELLED, Decimal(0), kept)


def _billed_not_sent(line: LineFigures, tolerances: Tolerances, at: datetime) -> Difference | None:
    if line.billed is None or line.sent is None or line.billed <= line.sent:
        return None
    if not _is_over(line.last_billed_at, tolerances.send_within_days, at):
        return None
    return _quantity(line, DifferenceKind.BILLED_NOT_SENT, line.sent, line.billed)


def _sent_not_billed(line: LineFigures, tolerances: Tolerances, at: datetime) -> Difference | None:
    """What came back need not be billed; that it was credited is not asked here."""
    kept = line.kept
    if line.is_cancelled or line.billed is None or kept is None or line.billed >= kept:
        return None
    if not _is_over(line.last_sent_at, tolerances.bill_within_days, at):
        return None
    return _quantity(line, DifferenceKind.SENT_NOT_BILLED, kept, line.billed)


def _billed_otherwise(line: LineFigures, tolerances: Tolerances, at: datetime) -> Difference | None:
    expected, found = line.price_of_billed, line.billed_amount
    if expected is None or found is None or line.billed_currencies != (line.currency,):
        return None
    step = Decimal(1).scaleb(-_MINOR_DIGITS.get(line.currency or "", 2))
    allowed = step * tolerances.minor_units_a_line * max(line.invoice_lines, 1)
    if abs(found - expected) <= allowed:
        return None
    return _difference(
        line,
        DifferenceKind.BILLED_OTHERWISE,
        expected=_text(expected),
        found=_text(found),
        unit=line.currency or "",
    )


def _billed_in_another_currency(
    line: LineFigures, tolerances: Tolerances, at: datetime
) -> Difference | None:
    if not line.currency or not line.billed_currencies:
        return None
    if line.billed_currencies == (line.currency,):
        return None
    return _difference(
        line,
        DifferenceKind.BILLED_IN_ANOTHER_CURRENCY,
        expected=line.currency,
        found=" ".join(line.billed_currencies),
    )


def _billed_to_another(
    line: LineFigures, tolerances: Tolerances, at: datetime
) -> Difference | None:
    others = [customer for customer in line.billed_to if customer != line.customer_id]
    if line.customer_id is None or not others:
        return None
    return _difference(
        line,
        DifferenceKind.BILLED_TO_ANOTHER,
        expected=line.customer_id,
        found=others[0],
        billed_to=others[0],
    )


RULES: tuple[Rule, ...] = (
    _not_sent,
    _sent_too_much,
    _sent_though_cancelled,
    _billed_not_sent,
    _sent_not_billed,
    _billed_otherwise,
    _billed_in_another_currency,
    _billed_to_another,
)
"""One line a kind that a single order line can show."""


def _is_over(since: datetime | None, days: int, at: datetime) -> bool:
    return since is not None and since + timedelta(days=days) < at


def _quantity(
    line: LineFigures, kind: DifferenceKind, expected: Decimal, found: Decimal
) -> Difference:
    return _difference(line, kind, expected=_text(expected), found=_text(found), unit=line.unit)


# exempt: the columns of one difference
def _difference(
    line: LineFigures,
    kind: DifferenceKind,
    *,
    expected: str,
    found: str,
    unit: str = "",
    billed_to: str = "",
) -> Difference:
    return Difference(
        order_key=line.order_key,
        line_key=line.line_key,
        kind=kind,
        expected=expected,
        found=found,
        unit=unit,
        billed_to=billed_to,
    )


def _text(number: Decimal) -> str:
    """A number without the zeros that say nothing, so that it stays the same text."""
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


Found = TypeVar("Found")
Kept = TypeVar("Kept")


class Turn(StrEnum):
    """What becomes of a difference at a moment."""

    OPENED = "opened"  # it was not there, or not any more
    CHANGED = "changed"  # it is open, and its figures moved
    STAYED = "stayed"
    RIGHTED = "righted"  # it is there no longer


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What is kept of a difference that is not over."""

    expected: str
    found: str
    is_accepted: bool


def turn_of(held: Holding | None, found: Difference | None) -> tuple[Turn, ...]:
    """What to do about one difference, by what is kept of it and what is found now.

    One that was accepted stays accepted for what it was: with other figures it is another one.
    """
    if found is None:
        return (Turn.RIGHTED,) if held is not None else ()
    if held is None:
        return (Turn.OPENED,)
    if (held.expected, held.found) == (found.expected, found.found):
        return (Turn.STAYED,)
    return (Turn.RIGHTED, Turn.OPENED) if held.is_accepted else (Turn.CHANGED,)


def side_by_side(
    found: Iterator[tuple[tuple[str, ...], Found]], kept: Iterator[tuple[tuple[str, ...], Kept]]
) -> Iterator[tuple[Found | None, Kept | None]]:
    """Two streams in the order of their keys as one, with both sides of each key."""
    left, right = next(found, None), next(kept, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[0] < right[0]):
            assert left is not None
            yield left[1], None
            left = next(found, None)
        elif left is None or right[0] < left[0]:
            yield None, right[1]
            right = next(kept, None)
        else:
            yield left[1], right[1]
            left, right = next(found, None), next(kept, None)


def sorted_within(found: Collection[Difference]) -> list[Difference]:
    """The differences of one order line in the order in which they are kept."""
    return sorted(found, key=lambda difference: difference.key)
