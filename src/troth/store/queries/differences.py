"""Where do order, shipment and invoice differ, as far as this viewer may see?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from troth.core.access.roles import Right
from troth.core.work.reconciliation import DifferenceKind
from troth.store.facts.aliases import survivor_of
from troth.store.models import CommitmentDifference
from troth.store.queries.lists import (
    PAGE_SIZE,
    BadListError,
    Choice,
    NotFoundError,
    Page,
    choices,
    cut,
    ordered,
)
from troth.store.queries.masking import written
from troth.store.queries.naming import display_name
from troth.store.queries.slices import Reach, Slice, sliced
from troth.store.queries.viewing import Sight, Viewer, viewing
from troth.store.queries.visibility import visible, visible_or_none

STATES = ("open", "accepted", "righted")
SORTS = {
    "order": "order_key",
    "kind": "kind",
    "customer": "customer",
    "state": "state",
    "opened": "opened_at",
    "changed": "changed_at",
}
_MOST_OF_ONE = 200  # of one order, on its page


@dataclass(frozen=True, kw_only=True)
class DifferenceRow:
    """One difference of one order line."""

    id: str
    order_key: str
    line_key: str  # "" where it is the whole order's
    kind: str  # a DifferenceKind
    number: int  # how often this line has had it
    customer_id: str  # "" where the order belongs to no known customer
    customer_name: str
    expected: str  # a decimal, a currency, a customer's id or an instant
    found: str
    unit: str
    figures: Mapping[str, str]  # of order, shipments, returns and invoices; unknown ones absent
    state: str  # one of STATES
    opened_at: datetime
    changed_at: datetime
    righted_at: datetime | None
    accepted_at: datetime | None
    accepted_by: str
    reason: str  # "" where what colleagues wrote of a customer is masked

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def is_of_amounts(self) -> bool:
        return self.kind == DifferenceKind.BILLED_OTHERWISE

    @property
    def is_of_currencies(self) -> bool:
        return self.kind == DifferenceKind.BILLED_IN_ANOTHER_CURRENCY

    @property
    def expected_value(self) -> Decimal | datetime | str:
        return self._value(self.expected)

    @property
    def found_value(self) -> Decimal | datetime | str:
        return self._value(self.found)

    def _value(self, text: str) -> Decimal | datetime | str:
        if self.is_of_instants:
            return datetime.fromisoformat(text)
        return text if self.is_of_customers or self.is_of_currencies else Decimal(text)

    @property
    def is_of_instants(self) -> bool:
        return self.kind == DifferenceKind.DELIVERED_OTHERWISE

    @property
    def is_of_customers(self) -> bool:
        return self.kind == DifferenceKind.BILLED_TO_ANOTHER


@dataclass(frozen=True, kw_only=True)
class DifferenceChoices:
    """What a list of differences can be filtered by."""

    kinds: tuple[Choice, ...]
    states: tuple[Choice, ...]


# exempt: what a list can be asked for
def find_differences(
    *,
    viewer: Viewer,
    kind: str = "",
    state: str = "open",
    order_key: str = "",
    customer_id: str = "",
    sort: str = "-opened",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[DifferenceRow]:
    """Differences; `state` "all" for every one. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_ORDERS) as sight:
        rows = _chosen(sight, kind=kind, state=state, order_key=order_key, customer_id=customer_id)
        rows = ordered(rows, sort=sort, columns=SORTS, key="pk")
        return cut(rows, page=page, size=size, to_row=lambda row: row_of(sight, row))


def differences_of(*, viewer: Viewer, order_key: str) -> tuple[DifferenceRow, ...]:
    """The differences of one order, those that wait first. Raises NotAllowedError."""
    found = find_differences(
        viewer=viewer, state="all", order_key=order_key, sort="state", size=_MOST_OF_ONE
    )
    return tuple(sorted(found.rows, key=lambda row: STATES.index(row.state)))


def next_differences(
    *,
    viewer: Viewer,
    reach: Reach,
    kind: str = "",
    state: str = "open",
    order_key: str = "",
    customer_id: str = "",
) -> Slice[DifferenceRow]:
    """Differences, the newest first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_ORDERS) as sight:
        rows = _chosen(sight, kind=kind, state=state, order_key=order_key, customer_id=customer_id)
        return sliced(
            rows, by=("-opened_at", "id"), reach=reach, to_row=lambda row: row_of(sight, row)
        )


def difference(
    *, viewer: Viewer, difference_id: str, right: Right = Right.SEE_ORDERS
) -> DifferenceRow:
    """One difference. Raises NotFoundError, NotAllowedError."""
    with viewing(viewer, right) as sight:
        row = _all(sight).filter(pk=difference_id).first()
        if row is None:
            raise NotFoundError("difference", difference_id)
        return row_of(sight, row)


def difference_choices(*, viewer: Viewer) -> DifferenceChoices:
    """The kinds that are open, and the states that occur."""
    with viewing(viewer, Right.SEE_ORDERS) as sight:
        rows = _visible(sight)
        return DifferenceChoices(
            kinds=choices(rows.filter(state="open"), "kind"), states=choices(rows, "state")
        )


def _chosen(
    sight: Sight, *, kind: str, state: str, order_key: str, customer_id: str
) -> QuerySet[CommitmentDifference]:
    if state not in (*STATES, "all"):
        raise BadListError(f"No difference is {state!r}. Use one of {', '.join(STATES)}, or all.")
    if kind and kind not in list(DifferenceKind):
        raise BadListError(f"There is no {kind!r}. Use one of {', '.join(DifferenceKind)}.")
    chosen = {
        "kind": kind,
        "state": "" if state == "all" else state,
        "order_key": order_key,
        "customer": survivor_of(customer_id),
    }
    return _all(sight).filter(**{name: value for name, value in chosen.items() if value})


def _all(sight: Sight) -> QuerySet[CommitmentDifference]:
    return _visible(sight).select_related("accepted_by", "customer__customerpersonal")


def _visible(sight: Sight) -> QuerySet[CommitmentDifference]:
    rows = visible(CommitmentDifference.objects.all(), sight)
    return visible_or_none(rows, sight, by="billed_to")


def row_of(sight: Sight, row: CommitmentDifference) -> DifferenceRow:
    """A difference as this viewer may see it; its customer and that one's name are joined."""
    author = row.accepted_by
    return DifferenceRow(
        id=row.pk,
        order_key=row.order_key,
        line_key=row.line_key,
        kind=row.kind,
        number=row.number,
        customer_id=row.customer_id or "",
        customer_name=display_name(sight.viewer, row.customer),
        expected=row.expected,
        found=row.found,
        unit=row.unit,
        figures=row.figures,
        state=row.state,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        righted_at=row.righted_at,
        accepted_at=row.accepted_at,
        accepted_by=author.name if author else "",
        reason=written(sight.viewer, row.reason, subject=row.pk, author=author.pk)
        if author
        else "",
    )
