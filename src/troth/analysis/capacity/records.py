"""Of what does a question of capacity consist, and of what its answer?

Times are whole minutes of one local day of the site, 0 to 1,440.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

DAY = 24 * 60


@dataclass(frozen=True, kw_only=True)
class Shift:
    """So many docks, or people, from one minute to another."""

    starts: int
    ends: int  # no longer there then
    capacity: int


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What serves one order or case after another: the docks of a site, a team."""

    name: str
    shifts: tuple[Shift, ...]

    def capacity_at(self, minute: int) -> int:
        """How many are there in the minute that begins then."""
        return sum(item.capacity for item in self.shifts if item.starts <= minute < item.ends)


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """What one customer may ask of a resource on a day, each time within a window."""

    customer: str
    what: str  # "unloading", "first response of severity 1"
    resource: str
    earliest: int  # not begun before
    latest: int  # done by then
    minutes: int  # that each takes
    most_a_day: int  # orders or cases
    units: int = 1  # docks, or people, that each takes at once


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What there is of a product at the site."""

    product: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What one customer may have of a product whatever the others ask for."""

    customer: str
    product: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A site for a day, and all that was committed."""

    resources: tuple[Resource, ...]
    commitments: tuple[Commitment, ...]
    stocks: tuple[Stock, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Booking:
    """One order or case of a commitment, and when it is served."""

    commitment: Commitment
    starts: int

    @property
    def ends(self) -> int:
        return self.starts + self.commitment.minutes


@dataclass(frozen=True, kw_only=True)
class Overload:
    """A span in which more has to be done than can be, however it is arranged.

    Energetic reasoning after Baptiste, Le Pape and Nuijten, "Constraint-Based Scheduling" (2001),
    chapter 3: each task is counted with what of it lies in the span wherever it is moved to.
    """

    starts: int
    ends: int
    needed: int  # minutes × units
    available: int


class Proof(StrEnum):
    """What is shown of a conflict, besides that it cannot be met."""

    SMALLEST = "smallest"  # no set of fewer is in conflict
    NONE_WITHIN = "none_within"  # without any one of its members the rest can be met
    CONFLICT = "conflict"  # the search used up its effort before either was shown


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Whether all of a resource or product can be met, and by what that is shown."""

    of: str  # the resource's or product's name
    bookings: tuple[Booking, ...] = ()  # a day on which all ask for all, served in time
    conflict: tuple[Commitment | Claim, ...] = ()  # that cannot be met together
    proof: Proof = Proof.SMALLEST  # how small the conflict is shown to be
    overload: Overload | None = None  # where it shows; None: only in how they interlock
    missing: int = 0  # of a product: by how much the claims exceed it

    @property
    def can_all_be_met(self) -> bool:
        return not self.conflict

    @property
    def customers(self) -> tuple[str, ...]:
        """Those of the conflict, each once."""
        return tuple(dict.fromkeys(item.customer for item in self.conflict))

    def witness(self) -> Iterator[tuple[Commitment | Claim, int]]:
        """The day that cannot be served: each commitment of the conflict, and how often."""
        for item in self.conflict:
            yield item, item.most_a_day if isinstance(item, Commitment) else 1


def clock(minute: int) -> str:
    """HH:MM of a minute of the day."""
    return f"{minute // 60:02}:{minute % 60:02}"
