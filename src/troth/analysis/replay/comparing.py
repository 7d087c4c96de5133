"""What would a proposed policy have changed: for whom, by how much, at what cost and service?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import fmean
from typing import Any

NO_TIER = "no tier"
AFFECTED = 10  # customers that are listed at each end
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_BIN_DAYS = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One target instant of one order or case, under both policies."""

    measure: str  # promise, first_response or resolution
    subject: str
    customer: str | None
    tier: str | None
    before: datetime
    after: datetime
    done_at: datetime | None  # when it arrived, was answered or solved; None: not yet
    total: Decimal | None = None  # what the order comes to
    currency: str | None = None
    credit_before: Decimal = Decimal(0)  # percent of the total, owed where the date is broken
    credit_after: Decimal = Decimal(0)

    @property
    def hours(self) -> float:
        """How many hours later it is due; negative: sooner."""
        return (self.after - self.before).total_seconds() / 3600

    @property
    def owed_before(self) -> Decimal:
        """What a broken date costs under the policy in force."""
        return self._owed(self.before, self.credit_before)

    @property
    def owed_after(self) -> Decimal:
        """What a broken date costs under the proposed policy."""
        return self._owed(self.after, self.credit_after)

    def _owed(self, due: datetime, percent: Decimal) -> Decimal:
        if self.total is None or self.done_at is None or self.done_at <= due:
            return Decimal(0)
        return (self.total * percent / 100).quantize(Decimal("0.01"))


@dataclass(frozen=True, kw_only=True)
class Line:
    """What changes within one group: a tier, a customer, or all."""

    measure: str
    group: str
    decided: int
    changed: int
    sooner: int
    later: int
    mean_hours: float  # over all that changed; 0 where none did
    done: int  # what has arrived, or was answered
    kept_before: int  # of these
    kept_after: int
    owed_before: dict[str, Decimal]  # by currency
    owed_after: dict[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that a replay found."""

    start: datetime
    end: datetime
    total: tuple[Line, ...]  # a line a measure
    tiers: tuple[Line, ...]
    worst: tuple[Line, ...]  # the customers who lose most hours
    best: tuple[Line, ...]  # the customers who gain most
    changed: tuple[Compared, ...]  # every target that moved


def compare(items: Iterable[Compared], *, start: datetime, end: datetime) -> Report:
    """The report over all compared targets."""
    found = list(items)
    by_customer = _grouped(found, lambda item: item.customer or "")
    lines = [_line(key, group) for key, group in by_customer.items() if key[1]]
    moved = [line for line in lines if line.changed]
    by_hours = sorted(moved, key=lambda line: (-line.mean_hours * line.changed, line.group))
    return Report(
        start=start,
        end=end,
        total=tuple(
            _line(key, group) for key, group in sorted(_grouped(found, lambda _: "all").items())
        ),
        tiers=tuple(
            _line(key, group)
            for key, group in sorted(_grouped(found, lambda item: item.tier or NO_TIER).items())
        ),
        worst=tuple(line for line in by_hours[:AFFECTED] if line.mean_hours > 0),
        best=tuple(line for line in by_hours[::-1][:AFFECTED] if line.mean_hours < 0),
        changed=tuple(item for item in found if item.before != item.after),
    )


def chart(report: Report) -> dict[str, Any]:
    """A Vega-Lite spec: by how many days targets move, by tier."""
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for item in report.changed:
        counts[item.tier or NO_TIER, round(item.hours / 24 / _BIN_DAYS) * _BIN_DAYS] += 1
    values = [
        {"tier": tier, "days": days, "count": count}
        for (tier, days), count in sorted(counts.items())
    ]
    return {
        "$schema": _SCHEMA,
        "title": {"text": "By how many days would dates move?", "anchor": "start"},
        "data": {"values": values},
        "width": 640,
        "mark": "bar",
        "encoding": {
            "x": {"field": "days", "type": "ordinal", "title": "days later (negative: sooner)"},
            "y": {"field": "count", "type": "quantitative", "title": "decisions"},
            "color": {"field": "tier", "type": "nominal", "title": "tier"},
        },
    }


def _grouped(items: Sequence[Compared], by: Any) -> dict[tuple[str, str], list[Compared]]:
    groups: dict[tuple[str, str], list[Compared]] = defaultdict(list)
    for item in items:
        groups[item.measure, by(item)].append(item)
    return groups


def _line(key: tuple[str, str], items: Sequence[Compared]) -> Line:
    moved = [item.hours for item in items if item.before != item.after]
    done = [(item, item.done_at) for item in items if item.done_at is not None]
    return Line(
        measure=key[0],
        group=key[1],
        decided=len(items),
        changed=len(moved),
        sooner=sum(hours < 0 for hours in moved),
        later=sum(hours > 0 for hours in moved),
        mean_hours=fmean(moved) if moved else 0.0,
        done=len(done),
        kept_before=sum(at <= item.before for item, at in done),
        kept_after=sum(at <= item.after for item, at in done),
        owed_before=_owed((item.currency, item.owed_before) for item in items),
        owed_after=_owed((item.currency, item.owed_after) for item in items),
    )


def _owed(found: Iterable[tuple[str | None, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in found:
        if amount:
            sums[currency or ""] += amount
    return dict(sorted(sums.items()))
