"""How do the differences between order, shipment and invoice become work, and end?

The main job compares every order line with what was sent and billed of it. What differs is a row
that waits for somebody; what came right ends by itself; what comes back is a new row, so that the
old one stays as it was. A person may accept one, with a reason: it waits no more, for as long as
its figures stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import Count, Max
from django.utils import timezone
from psycopg import sql

from troth.actions.recording import Entry, recorded
from troth.core.access.roles import Right
from troth.core.ledger.canonical import decimal_text, digest
from troth.core.work.reconciliation import (
    DeliveryFigures,
    Difference,
    Holding,
    LineFigures,
    Tolerances,
    Turn,
    delivery_difference,
    line_differences,
    side_by_side,
    sorted_within,
    turn_of,
)
from troth.store.facts.commitments import Commitment, commitments
from troth.store.facts.versions import stream
from troth.store.models import CommitmentDifference, User
from troth.store.queries.differences import DifferenceRow, difference
from troth.store.queries.viewing import viewer_of

_BATCH = 1_000
_KEPT = sql.SQL(
    "SELECT id, order_key, line_key, kind, expected, found, state, figures, customer_id, region,"
    " billed_to_id FROM store_commitmentdifference WHERE righted_at IS NULL"
    ' ORDER BY order_key COLLATE "C", line_key COLLATE "C", kind COLLATE "C"'
).format()
_LINE = (
    "ordered", "unit_price", "discount_rate", "currency", "promised_at", "sent", "last_sent_at",
    "returned", "billed", "billed_amount", "last_billed_at", "invoice_lines",
)  # fmt: skip


class DifferenceError(ValueError):
    """A difference cannot be accepted as it was asked. The message says why."""

    code = "difference"


class DifferenceReasonError(DifferenceError):
    """Accepting a difference needs its reason. Say in a sentence why it may stay."""

    code = "difference.reason"


class DifferenceOverError(DifferenceError):
    """This difference waits for nobody: it came right, or it was accepted already."""

    code = "difference.over"


class Progress(Protocol):
    """Who is told how many lines have been looked at."""

    def __call__(self, count: int) -> None: ...


@dataclass(kw_only=True)
class Reconciled:
    """What comparing order, shipment and invoice came to."""

    lines: int = 0
    incomparable: int = 0  # lines with a quantity in another unit than was ordered
    opened: int = 0
    changed: int = 0
    righted: int = 0
    open_by_kind: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """A difference with where it was found."""

    difference: Difference
    customer_id: str | None
    region: str
    figures: Mapping[str, str]


def reconcile(
    *, as_of: datetime, tolerances: Tolerances, acting_user: User, progress: Progress | None = None
) -> Reconciled:
    """Bring the differences up to `as_of`. Commits batch by batch; memory does not grow."""
    result = Reconciled()
    found = _found(as_of, tolerances, result, progress)
    kept = (((row["order_key"], row["line_key"], row["kind"]), row) for row in stream(_KEPT))
    moved: list[tuple[_Seen | None, str | None]] = []
    for seen, held in side_by_side(found, kept):
        if held is not None and seen is not None and _is_as_kept(seen, held):
            continue
        moved.append((seen, held["id"] if held is not None else None))
        if len(moved) == _BATCH:
            _write(moved, as_of, acting_user, result)
            moved = []
    if moved:
        _write(moved, as_of, acting_user, result)
    waiting = CommitmentDifference.objects.filter(state="open").order_by("kind")
    result.open_by_kind = dict(waiting.values_list("kind").annotate(count=Count("pk")))
    return result


def accept_difference(*, difference_id: str, reason: str, acting_user: User) -> DifferenceRow:
    """Let an open difference be, for as long as its figures stay.

    Raises DifferenceReasonError, DifferenceOverError, NotFoundError, NotAllowedError.
    """
    viewer = viewer_of(acting_user)
    viewer.require(Right.SETTLE_DIFFERENCES)
    if not reason.strip():
        raise DifferenceReasonError(
            "Accepting a difference needs its reason: say in a sentence why it may stay."
        )
    asked = difference(viewer=viewer, difference_id=difference_id, right=Right.SETTLE_DIFFERENCES)
    with recorded(
        acting_user=acting_user,
        action="order:difference:accepted",
        right=Right.SETTLE_DIFFERENCES,
        subject=difference_id,
        reason=reason.strip(),
        customer_id=asked.customer_id,
    ) as entry:
        row = CommitmentDifference.objects.select_for_update(of=("self",)).get(pk=difference_id)
        if row.state != "open":
            raise DifferenceOverError(
                f"The difference {difference_id} is {row.state}: only an open one is accepted. "
                "`troth difference list` shows those."
            )
        row.state, row.accepted_at, row.accepted_by = "accepted", timezone.now(), acting_user
        row.reason = reason.strip()
        row.save(update_fields=["state", "accepted_at", "accepted_by", "reason"])
        entry.wrote(row)
        entry.detail = {"order": row.order_key, "line": row.line_key, "kind": row.kind}
    return difference(viewer=viewer, difference_id=difference_id, right=Right.SETTLE_DIFFERENCES)


def _found(
    as_of: datetime, tolerances: Tolerances, result: Reconciled, progress: Progress | None
) -> Iterator[tuple[tuple[str, str, str], _Seen]]:
    """Every difference as of a moment, by order, line and kind."""
    last_order = None
    for commitment in commitments(as_of):
        found: list[Difference] = []
        if commitment.delivery.order_key != last_order:
            last_order = commitment.delivery.order_key
            late = delivery_difference(commitment.delivery, tolerances)
            found += [late] if late else []
        if commitment.line is not None:
            result.lines += 1
            result.incomparable += commitment.is_incomparable
            found += line_differences(commitment.line, tolerances, at=as_of)
            if progress is not None and result.lines % _BATCH == 0:
                progress(result.lines)
        for one in sorted_within(found):
            yield one.key, _seen(one, commitment)


def _seen(one: Difference, commitment: Commitment) -> _Seen:
    about = commitment.line if one.line_key else None
    return _Seen(
        difference=one,
        customer_id=commitment.delivery.customer_id,
        region=commitment.region,
        figures=_line_figures(about) if about else _delivery_figures(commitment.delivery),
    )


def _line_figures(line: LineFigures) -> dict[str, str]:
    """What is known of a line, as text whose bytes repeat."""
    known = {name: getattr(line, name) for name in _LINE}
    known |= {"unit": line.unit or None, "billed_currency": " ".join(line.billed_currencies)}
    return {name: _text(value) for name, value in known.items() if value not in (None, "")}


def _delivery_figures(order: DeliveryFigures) -> dict[str, str]:
    known = {"said_at": order.said_at, "arrived_at": order.arrived_at}
    return {name: _text(value) for name, value in known.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return decimal_text(value) if isinstance(value, Decimal) else str(value)


def _is_as_kept(seen: _Seen, held: Mapping[str, Any]) -> bool:
    one = seen.difference
    return (
        one.expected, one.found, one.billed_to or None, seen.customer_id, seen.region, seen.figures
    ) == (
        held["expected"], held["found"], held["billed_to_id"], held["customer_id"],
        held["region"], held["figures"],
    )  # fmt: skip


def _write(
    moved: Sequence[tuple[_Seen | None, str | None]],
    as_of: datetime,
    acting_user: User,
    result: Reconciled,
) -> None:
    """One transaction: what is new, what moved and what came right."""
    with recorded(
        acting_user=acting_user,
        action="order:differences:reconciled",
        right=Right.RUN,
        is_company_wide=True,
    ) as entry:
        ids = [held for _, held in moved if held is not None]
        # Read again under a lock: somebody may have accepted one meanwhile.
        rows = CommitmentDifference.objects.select_for_update(of=("self",)).order_by("pk")
        held_now = rows.in_bulk(ids)
        opened: list[_Seen] = []
        changed: list[CommitmentDifference] = []
        for seen, held in moved:
            row = held_now.get(held) if held is not None else None
            for turn in turn_of(_holding(row), seen.difference if seen else None):
                if turn is Turn.OPENED:
                    assert seen is not None
                    opened.append(seen)
                    continue
                assert row is not None
                changed.append(_turned(row, turn, seen, as_of))
                result.righted += turn is Turn.RIGHTED
                result.changed += turn is Turn.CHANGED
        _save(entry, changed, _new(opened, as_of))
        result.opened += len(opened)


def _holding(row: CommitmentDifference | None) -> Holding | None:
    if row is None or row.righted_at is not None:
        return None
    return Holding(expected=row.expected, found=row.found, is_accepted=row.state == "accepted")


def _turned(
    row: CommitmentDifference, turn: Turn, seen: _Seen | None, as_of: datetime
) -> CommitmentDifference:
    if turn is Turn.RIGHTED:
        row.state, row.righted_at = "righted", as_of
        return row
    assert seen is not None
    if turn is Turn.CHANGED:
        row.changed_at = as_of
    _fill(row, seen)
    return row


def _fill(row: CommitmentDifference, seen: _Seen) -> None:
    one = seen.difference
    row.expected, row.found, row.unit = one.expected, one.found, one.unit
    row.customer_id, row.billed_to_id = seen.customer_id, one.billed_to or None
    row.region, row.figures = seen.region, dict(seen.figures)


def _new(opened: Sequence[_Seen], as_of: datetime) -> list[CommitmentDifference]:
    orders = {seen.difference.order_key for seen in opened}
    before = CommitmentDifference.objects.filter(order_key__in=orders).order_by()
    numbers = {
        (order, line, kind): number
        for order, line, kind, number in before.values_list(
            "order_key", "line_key", "kind"
        ).annotate(most=Max("number"))
    }
    rows = []
    for seen in opened:
        number = numbers.get(seen.difference.key, 0) + 1
        mark = digest({"difference": list(seen.difference.key), "number": number})
        row = CommitmentDifference(
            id=f"dif_{mark[:16]}",
            order_key=seen.difference.order_key,
            line_key=seen.difference.line_key,
            kind=seen.difference.kind.value,
            number=number,
            state="open",
            opened_at=as_of,
            changed_at=as_of,
        )
        _fill(row, seen)
        rows.append(row)
    return rows


_MOVING = (
    "expected", "found", "unit", "customer", "billed_to", "region", "figures", "state",
    "changed_at", "righted_at",
)  # fmt: skip


def _save(
    entry: Entry, changed: list[CommitmentDifference], opened: list[CommitmentDifference]
) -> None:
    # What came right goes first: a line has one difference of a kind at a time.
    CommitmentDifference.objects.bulk_update(changed, _MOVING, batch_size=_BATCH)
    CommitmentDifference.objects.bulk_create(opened)
    entry.wrote_all([*changed, *opened])
    entry.is_empty = not entry.rows
