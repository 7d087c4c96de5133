"""Is there a day on which all of these are served in time? By CP-SAT, and checked afterwards.

Each commitment becomes as many tasks as the customer may ask for, each within its window; the
resource is one cumulative constraint, and what is missing of its largest shift is taken by fixed
tasks. A schedule that the solver gives is checked minute by minute before anybody is told of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from ortools.sat.python import cp_model

from troth.analysis.capacity.records import DAY, Booking, Commitment, Overload, Resource

EFFORT = 20.0  # the solver's deterministic seconds: the same answer on a slow machine


class CapacityUndecidedError(Exception):
    """The solver could not say whether all fit. Ask for fewer commitments, or a shorter day."""

    code = "policy:capacity:undecided"


def schedule(
    resource: Resource, commitments: Sequence[Commitment], *, effort: float = EFFORT
) -> tuple[Booking, ...] | None:
    """A day on which all are served in time; None: there is none. Raises CapacityUndecidedError."""
    if overload_of(resource, commitments) is not None:
        return None
    model = cp_model.CpModel()
    edges = sorted({0, DAY, *(edge for s in resource.shifts for edge in (s.starts, s.ends))})
    spans = [(begin, end, resource.capacity_at(begin)) for begin, end in pairwise(edges)]
    most = max((capacity for _, _, capacity in spans), default=0)
    tasks = [
        model.new_fixed_size_interval_var(begin, end - begin, "away")
        for begin, end, capacity in spans
        if capacity < most
    ]
    units = [most - capacity for _, _, capacity in spans if capacity < most]
    starts: list[tuple[Commitment, cp_model.IntVar]] = []
    for item in commitments:
        last: cp_model.IntVar | None = None
        for _ in range(item.most_a_day):
            if item.latest - item.minutes < item.earliest:
                return None
            start = model.new_int_var(item.earliest, item.latest - item.minutes, "")
            if last is not None:  # orders of one customer are alike: one order of them is enough
                model.add(last <= start)
            last = start
            starts.append((item, start))
            tasks.append(model.new_fixed_size_interval_var(start, item.minutes, ""))
            units.append(item.units)
    model.add_cumulative(tasks, units, most)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = effort
    match solver.solve(model):
        case cp_model.INFEASIBLE:
            return None
        case cp_model.OPTIMAL | cp_model.FEASIBLE:
            found = tuple(
                Booking(commitment=item, starts=solver.value(start)) for item, start in starts
            )
            require_kept(resource, commitments, found)
            return found
    raise CapacityUndecidedError(
        f"{resource.name}: whether {len(commitments)} commitments fit was not found within the "
        "effort that is allowed. Ask for fewer of them at once."
    )


def require_kept(
    resource: Resource, commitments: Sequence[Commitment], bookings: Iterable[Booking]
) -> None:
    """Raises AssertionError where a schedule does not keep what it should; a fault of ours."""
    booked = list(bookings)
    for item in commitments:
        own = [booking for booking in booked if booking.commitment is item]
        assert len(own) == item.most_a_day, item
        assert all(item.earliest <= b.starts and b.ends <= item.latest for b in own), item
    for minute in range(DAY):
        used = sum(b.commitment.units for b in booked if b.starts <= minute < b.ends)
        assert used <= resource.capacity_at(minute), (resource.name, minute)


def overload_of(resource: Resource, commitments: Sequence[Commitment]) -> Overload | None:
    """The span in which most is missing by energetic reasoning; None: none shows it."""
    points = sorted(
        {
            edge
            for item in commitments
            for edge in (
                item.earliest,
                item.latest,
                item.earliest + item.minutes,
                item.latest - item.minutes,
            )
            if 0 <= edge <= DAY
        }
    )
    there = [0]
    for minute in range(DAY):
        there.append(there[-1] + resource.capacity_at(minute))
    worst: Overload | None = None
    for at, begin in enumerate(points):
        for end in points[at + 1 :]:
            needed = sum(_within(item, begin, end) for item in commitments)
            available = there[end] - there[begin]
            if needed > available and (
                worst is None or needed - available > worst.needed - worst.available
            ):
                worst = Overload(starts=begin, ends=end, needed=needed, available=available)
    return worst


def _within(item: Commitment, begin: int, end: int) -> int:
    """Minutes × units of a commitment that lie in a span wherever its tasks are moved to."""
    early = item.earliest + item.minutes - begin  # as early as can be, what is left after `begin`
    late = end - (item.latest - item.minutes)  # as late as can be, what is done before `end`
    inside = max(0, min(item.minutes, end - begin, early, late))
    return inside * item.units * item.most_a_day
