"""How long do orders on a lane take, when some of them have not arrived yet?

Orders that are still on their way are censored, not absent, so the estimate is the product limit
of Kaplan and Meier (1958). A lane with little history borrows from the next wider one: the wider
curve counts as `borrow_weight` more orders (Susarla and Van Ryzin, 1976), hazard by hazard,

    h(t) = (d(t) + k·S_wide(t⁻)·h_wide(t)) / (Y(t) + k·S_wide(t⁻))

which multiplies out to one step, S(t) = S(t⁻)·(Y − d + k·S_wide(t)) / (Y + k·S_wide(t⁻)), and
telescopes over all steps between two exits of the lane itself. Survival is an integer in units
of 10⁻¹⁸, rounded down at each own exit, so that any machine gets the same.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Any

from troth.core.calendars import epoch_second
from troth.core.decisions.inputs import DecisionInputError, Fields
from troth.core.ledger.canonical import plain

FORMAT = "lane-statistics/1"
HOUR_SECONDS = 3_600
WHOLE = 10**18  # a survival of one
HIGHEST_QUANTILE = Fraction(999, 1000)  # beyond it no history here is long enough


@dataclass(frozen=True, kw_only=True, eq=False)
class LaneStatistics:
    """The recent history of one lane, at one level, as it was known at an instant.

    Two of them are equal when their digests are. Raises DecisionInputError when `exits` is not
    in rising order of durations, from 0, with counts that are not negative.
    """

    lane: str  # "SP>RJ", "RJ", ""
    level: str  # "origin-destination", "destination", "company"
    as_of: datetime  # nothing that became known later is in it
    history_days: int  # orders placed within so many days before `as_of`
    unit_seconds: int = HOUR_SECONDS
    # (duration in units, orders delivered after it, orders still open after it). A delivery
    # counts at the end of its unit, an order still open at the last end that it has passed.
    exits: tuple[tuple[int, int, int], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "exits", tuple(tuple(exit_) for exit_ in self.exits))
        in_order = all(earlier[0] < later[0] for earlier, later in pairwise(self.exits))
        # A delivery takes at least one unit: a survival below one at zero would mean nothing.
        sound = all(
            min(exit_) >= 0 and (exit_[0] > 0 or exit_[1] == 0) and exit_[1] + exit_[2] > 0
            for exit_ in self.exits
        )
        if not in_order or not sound or self.unit_seconds <= 0:
            raise DecisionInputError(
                path="exits",
                found=f"{self.exits[:3]}… in units of {self.unit_seconds} s",
                expected="[duration, delivered, still open] in rising order, deliveries from 1",
                remedy="Count the orders again with LaneStatistics.count.",
            )

    @classmethod
    def count(
        cls,
        orders: Iterable[tuple[datetime, datetime | None]],
        *,
        lane: str,
        level: str,
        as_of: datetime,
        history_days: int,
        unit_seconds: int = HOUR_SECONDS,
    ) -> LaneStatistics:
        """Count orders, each (placed_at, delivered_at or None), as known at `as_of`.

        Orders placed at or after `as_of`, or before the window, do not count. One that was
        delivered at or after `as_of` was still open then. Cancelled orders are to be left out.
        """
        now = epoch_second(as_of)
        first = epoch_second(as_of - timedelta(days=history_days))
        delivered: Counter[int] = Counter()
        still_open: Counter[int] = Counter()
        for placed_at, delivered_at in orders:
            placed = epoch_second(placed_at)
            if not first <= placed < now:
                continue
            arrived = None if delivered_at is None else epoch_second(delivered_at)
            if arrived is None or arrived >= now:
                still_open[(now - placed) // unit_seconds] += 1
            else:
                delivered[max(1, -((placed - arrived) // unit_seconds))] += 1
        return cls(
            lane=lane,
            level=level,
            as_of=as_of,
            history_days=history_days,
            unit_seconds=unit_seconds,
            exits=tuple(
                (duration, delivered[duration], still_open[duration])
                for duration in sorted(delivered.keys() | still_open.keys())
            ),
        )

    @cached_property
    def delivered(self) -> int:
        """Orders that had arrived by `as_of`."""
        return sum(exit_[1] for exit_ in self.exits)

    @cached_property
    def still_open(self) -> int:
        """Orders that had not arrived by `as_of`."""
        return sum(exit_[2] for exit_ in self.exits)

    @cached_property
    def content(self) -> bytes:
        """Its canonical bytes, as a shared input is stored."""
        # As canonical_bytes writes it, but in C: no text here needs another order of keys.
        document = json.dumps(
            plain(self.to_document() | {"exits": None}) | {"exits": self.exits},
            ensure_ascii=False,
            separators=(",", ":"),
            sort_keys=True,
        )
        return document.encode()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its content, 64 hex digits."""
        return sha256(self.content).hexdigest()

    def to_document(self) -> dict[str, Any]:
        """What `from_document` reads: text, integers and lists."""
        return {
            "format": FORMAT,
            "lane": self.lane,
            "level": self.level,
            "as_of": self.as_of,
            "history_days": self.history_days,
            "unit_seconds": self.unit_seconds,
            "exits": [list(exit_) for exit_ in self.exits],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any], *, path: str = "lane") -> LaneStatistics:
        """Read what `to_document` wrote, or a person. Raises DecisionInputError."""
        fields = Fields(document, path=path)
        fields.text("format", default=FORMAT, allowed=(FORMAT,))
        found = cls(
            lane=fields.text("lane", default=""),
            level=fields.text("level"),
            as_of=fields.instant("as_of"),
            history_days=fields.integer("history_days", minimum=1),
            unit_seconds=fields.integer("unit_seconds", minimum=1, default=HOUR_SECONDS),
            exits=tuple(
                (exit_[0], exit_[1], exit_[2]) for exit_ in fields.integer_rows("exits", width=3)
            ),
        )
        fields.finish()
        return found

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, LaneStatistics) and self.digest == other.digest)

    def __hash__(self) -> int:
        return hash(self.digest)


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class LeadTimeCurve:
    """The share of a lane's orders that take longer than t, for every t.

    Between two exits of its own it follows the wider curve W from where it stood at the first:
    S(t) = S(u)·(Y·1 + k·W(t)) / (Y·1 + k·W(u)), in units of 10⁻¹⁸. So it keeps its own exits
    only, and asks the wider one for the rest.
    """

    lane: LaneStatistics  # the narrowest of those that it is made of
    wider: LeadTimeCurve | None  # what it borrows from
    borrow_weight: int  # orders that the wider one counts as; 0 without one
    # One entry before the first exit, then one an exit.
    times: tuple[int, ...]  # units, rising, from 0
    survival: tuple[int, ...]  # S at each time, in units of 10⁻¹⁸
    at_risk: tuple[int, ...]  # own orders that are still on their way after it
    exposed: tuple[int, ...]  # Y·1 + k·W(u), in units of 10⁻¹⁸

    def survival_at(self, units: int) -> int:
        """S(t) in units of 10⁻¹⁸: the share still on its way at the end of unit t."""
        index = bisect_right(self.times, units) - 1
        if self.wider is None or not self.exposed[index]:
            return self.survival[index]
        here = self.at_risk[index] * WHOLE + self.borrow_weight * self.wider.survival_at(units)
        return self.survival[index] * here // self.exposed[index]

    def first_at_most(self, survival: int) -> int | None:
        """The first t in units where S(t) is at most this, in units of 10⁻¹⁸; None if never."""
        if survival < 0:
            return None
        index = bisect_left(self.survival, -survival, key=_negative)
        if index == 0:
            return 0
        own = self.times[index] if index < len(self.times) else None
        before = index - 1
        if self.wider is None or not self.borrow_weight or not self.exposed[before]:
            return own
        # S(t) ≤ s between the two exits just where W(t) is at most what this solves for.
        exposed = self.exposed[before]
        most = (survival * exposed + exposed - 1) // self.survival[before]
        most = (most - self.at_risk[before] * WHOLE) // self.borrow_weight
        borrowed = self.wider.first_at_most(most)
        if borrowed is None or (own is not None and own < borrowed):
            return own
        return borrowed

    def orders_beyond(self, units: int) -> int:
        """How many orders tell of what happens after `units`: its own, and those borrowed."""
        own = self.lane.delivered
        if units:
            own = sum(exit_[1] for exit_ in self.lane.exits if exit_[0] > units)
        if self.wider is None:
            return own
        return own + self.borrow_weight * self.wider.survival_at(units) // WHOLE

    def quantile(self, share: Decimal, *, elapsed: int = 0) -> int | None:
        """The first t in units by which `share` of those open after `elapsed` have arrived.

        The share is corrected for the n orders that tell of it to share·(n + 1)/n, as split
        conformal prediction does (Lei et al., 2018), so that it holds for the next order and
        not only on average; at most 0.999. None where the history does not reach so far.
        """
        orders = self.orders_beyond(elapsed)
        remaining = self.survival_at(elapsed)
        if not orders or not remaining:
            return None
        wanted = corrected(share, orders)
        left = (wanted.denominator - wanted.numerator) * remaining // wanted.denominator
        return self.first_at_most(left)

    def arrived_by(self, units: int, *, elapsed: int = 0) -> Fraction:
        """The share of those open after `elapsed` that have arrived by the end of unit t."""
        remaining = self.survival_at(elapsed)
        if units <= elapsed or not remaining:
            return Fraction(0)
        return 1 - Fraction(self.survival_at(units), remaining)


@lru_cache(maxsize=4096)
def lead_time_curve(lanes: tuple[LaneStatistics, ...], borrow_weight: int) -> LeadTimeCurve:
    """The curve of the first of `lanes`, which run from the narrowest to the widest.

    Each borrows from the one after it with the weight of so many orders; the last is its own.
    """
    lane = lanes[0]
    wider = lead_time_curve(lanes[1:], borrow_weight) if len(lanes) > 1 else None
    if wider is not None and not lane.exits and not borrow_weight:
        return wider
    return _product_limit(lane, wider, 0 if wider is None else borrow_weight)


@lru_cache(maxsize=65_536)
def corrected(share: Decimal, orders: int) -> Fraction:
    """The share to aim at among `orders` so that the next order keeps `share`; at most 0.999."""
    exact = Fraction(share)
    return min(exact * (orders + 1) / orders, max(exact, HIGHEST_QUANTILE))


def _product_limit(
    lane: LaneStatistics, wider: LeadTimeCurve | None, borrow_weight: int
) -> LeadTimeCurve:
    # An order that was open for less than a unit is at risk at no time.
    exits = [exit_ for exit_ in lane.exits if exit_[0]]
    on_their_way = sum(exit_[1] + exit_[2] for exit_ in exits)
    times, survival, at_risk = [0], [WHOLE], [on_their_way]
    exposed = [on_their_way * WHOLE + borrow_weight * WHOLE]
    for unit, delivered, still_open in exits:
        borrowed = 0
        if wider is not None and borrow_weight:
            borrowed = borrow_weight * wider.survival_at(unit)
        here = survival[-1]
        if exposed[-1]:
            here = here * ((on_their_way - delivered) * WHOLE + borrowed) // exposed[-1]
        on_their_way -= delivered + still_open
        times.append(unit)
        survival.append(here)
        at_risk.append(on_their_way)
        exposed.append(on_their_way * WHOLE + borrowed)
    return LeadTimeCurve(
        lane=lane,
        wider=wider,
        borrow_weight=borrow_weight,
        times=tuple(times),
        survival=tuple(survival),
        at_risk=tuple(at_risk),
        exposed=tuple(exposed),
    )


def _negative(value: int) -> int:
    return -value
