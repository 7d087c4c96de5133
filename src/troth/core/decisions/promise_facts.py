"""What must be known to promise when an order arrives, and which policy must be obeyed?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from troth.core.calendars import (
    END_OF_DAY,
    BusinessCalendar,
    CalendarError,
    ResolvedCalendar,
    Window,
)
from troth.core.decisions.answers import Answers
from troth.core.decisions.decision import ConsentUsed, PolicyUsed
from troth.core.decisions.feeds import FeedUsed
from troth.core.decisions.inputs import DecisionInputError, refuse
from troth.core.decisions.lead_time import LaneStatistics
from troth.core.policies.floors import Floor

POLICY_KINDS = ("lead_time", "delivery")
NOT_OBEYED = (("delivery", "packaging"), ("delivery", "inserts"))  # they are for the warehouse
CONSENT_BASIS = "contract performance"
HORIZON_YEARS = 2  # delivery windows are worked out to the end of so many years later
EVERY_DAY = tuple(range(7))


@dataclass(frozen=True, kw_only=True)
class PromiseFacts:
    """One order, and the history of the lanes that it could learn from."""

    order: str  # the order's key
    customer: str | None  # customer id
    placed_at: datetime
    requested_at: datetime | None = None  # by when the customer wants it
    source_promised_at: datetime | None = None  # what the source system promised
    # Whole days that the order has been open, rounded down; 0 when it is first decided. What
    # is promised depends on this and not on `at`, so that it changes daily at most.
    elapsed_days: int = 0
    time_zone: str | None = None  # IANA zone of the place that it goes to
    lanes: tuple[LaneStatistics, ...] = ()  # from the narrowest to the widest
    # What the tables of its policies asked for, by the names that policy kinds declare. The
    # decision obeys what they answered; this is why they answered so.
    asked: Mapping[str, Any] = field(default_factory=dict)
    known_at: Mapping[str, datetime] = field(default_factory=dict)  # by the field's name here
    consent_basis: str = CONSENT_BASIS
    consent: tuple[ConsentUsed, ...] = ()  # since semantics 2
    feeds: tuple[FeedUsed, ...] = ()  # those under contract; since semantics 3

    def __post_init__(self) -> None:
        if self.elapsed_days < 0:
            refuse("facts.elapsed_days", self.elapsed_days, "days from 0", "Count from placed_at.")
        if len({lane.unit_seconds for lane in self.lanes}) > 1:
            units = [lane.unit_seconds for lane in self.lanes]
            refuse("facts.lanes", units, "one unit for all", "Count all lanes in the same unit.")


@dataclass(frozen=True, kw_only=True)
class PromisePolicy:
    """The lead-time and delivery policy of one order. Raises DecisionInputError."""

    used: tuple[PolicyUsed, ...]  # every output of POLICY_KINDS, with where it came from
    calendar: ResolvedCalendar  # the customer's delivery windows
    # The same with the customer, tier and segment layers off, where that makes a difference.
    standard: PromisePolicy | None = None
    floors: tuple[Floor, ...] = ()  # why layers were left out, beside consent; since semantics 2
    service_quantile: Decimal = field(init=False, repr=False, compare=False)
    default_lead_time_days: int = field(init=False, repr=False, compare=False)
    borrow_weight: int = field(init=False, repr=False, compare=False)  # orders
    maximum_lead_time_days: int | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        answers = Answers(self.used)
        quantile = answers.decimal("lead_time", "service_quantile")
        if not 0 < quantile < 1:
            path = "policy.lead_time.service_quantile"
            refuse(path, quantile, "a share between 0 and 1", "Write 0.9 for 90 %.")
        ceiling = answers.raw("lead_time", "maximum_lead_time_days")
        if ceiling is not None:
            ceiling = answers.integer("lead_time", "maximum_lead_time_days")
        set_ = object.__setattr__
        set_(self, "service_quantile", quantile)
        set_(self, "default_lead_time_days", answers.integer("lead_time", "default_lead_time_days"))
        set_(self, "borrow_weight", answers.integer("lead_time", "borrow_weight"))
        set_(self, "maximum_lead_time_days", ceiling)

    @classmethod
    def resolved(
        cls,
        used: tuple[PolicyUsed, ...],
        *,
        time_zone: str | None,
        at: datetime,
        standard: tuple[PolicyUsed, ...] | None = None,
        floors: tuple[Floor, ...] = (),
    ) -> PromisePolicy:
        """Work out the delivery windows around `at`, in the policy's zone or else `time_zone`.

        Without either the zone is UTC. `standard` is what holds with the customer, tier and
        segment layers off; where its values are the same it is dropped. Raises
        DecisionInputError.
        """
        other = None
        if standard is not None and _values(standard) != _values(used):
            other = cls.resolved(standard, time_zone=time_zone, at=at)
        calendar = delivery_calendar(used, time_zone=time_zone, at=at)
        return cls(used=used, calendar=calendar, standard=other, floors=floors)


def delivery_calendar(
    used: tuple[PolicyUsed, ...], *, time_zone: str | None, at: datetime
) -> ResolvedCalendar:
    """The delivery windows of a policy from the year of `at` to the end of the second year
    after it.

    No weekdays: every day. Raises DecisionInputError.
    """
    answers = Answers(used)
    opens = answers.raw("delivery", "window_opens") or "00:00"
    closes = answers.raw("delivery", "window_closes") or "24:00"
    zone = answers.raw("delivery", "time_zone") or time_zone or "UTC"
    weekdays = tuple(answers.raw("delivery", "weekdays") or EVERY_DAY)
    try:
        weekly = _weekly(weekdays, opens, closes, zone)
        # Whole years of UTC, so that all decisions of a year share one calendar.
        year = at.astimezone(UTC).year
        return weekly.covering(
            datetime(year, 1, 1, tzinfo=UTC), datetime(year + HORIZON_YEARS, 12, 31, tzinfo=UTC)
        )
    except (CalendarError, ValueError) as error:
        raise DecisionInputError(
            path="policy.delivery",
            found=f"{opens}-{closes} on {list(weekdays)} in {zone}",
            expected="a window that closes after it opens, on weekdays from 0, in an IANA zone",
            remedy="Correct the delivery policy.",
        ) from error


@lru_cache(maxsize=4096)
def _weekly(weekdays: tuple[int, ...], opens: str, closes: str, zone: str) -> BusinessCalendar:
    window = Window(
        opens=time.fromisoformat(opens),
        closes=END_OF_DAY if closes == "24:00" else time.fromisoformat(closes),
    )
    return BusinessCalendar(
        name="delivery",
        time_zone=zone,
        weekly=tuple((window,) if day in weekdays else () for day in EVERY_DAY),
    )


def _values(used: tuple[PolicyUsed, ...]) -> dict[tuple[str, str], object]:
    return {(answer.kind, answer.output): answer.value for answer in used}
