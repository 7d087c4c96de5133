"""Is there a day on which all of these are served in time? By CP-SAT, and checked afterwards.

Each commitment becomes as many tasks as the customer may ask for, each within its window; the
resource is one cumulative constraint, and what is missing of its largest shift is taken by fixed
tasks. A schedule that the solver gives is checked minute by minute before anybody is told of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from ortools.sat.python import cp_model

from troth.analysis.capacity.records import DAY, Booking, Commitment, Overload, Resource

Ints = npt.NDArray[np.int64]
EFFORT = 20.0  # the solver's deterministic seconds: the same answer on a slow machine


class CapacityUndecidedError(Exception):
    """The solver could not say whether all fit. Ask for fewer commitments, or a shorter day."""

    code = "policy:capacity:undecided"


@dataclass(kw_only=True)
class Effort:
    """Deterministic seconds of the solver that may still be spent."""

    left: float = EFFORT


def schedule(
    resource: Resource, commitments: Sequence[Commitment], *, effort: Effort
) -> tuple[Booking, ...] | None:
    """A day on which all are served in time; None: there is none. Raises CapacityUndecidedError.

    What it takes is taken off the effort.
    """
    if any(item.latest - item.minutes < item.earliest for item in commitments):
        return None
    simply = placed(resource, commitments)
    if len(simply) == len(commitments):
        return tuple(booking for place in sorted(simply) for booking in simply[place])
    if overload_of(resource, commitments) is not None:
        return None
    model, starts = _model(resource, commitments)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = max(effort.left, 0.0)
    status = solver.solve(model)
    effort.left -= solver.response_proto.deterministic_time
    match status:
        case cp_model.INFEASIBLE:
            return None
        case cp_model.OPTIMAL | cp_model.FEASIBLE:
            return tuple(
                Booking(commitment=item, starts=solver.value(start)) for item, start in starts
            )
    raise CapacityUndecidedError(
        f"{resource.name}: whether {len(commitments)} commitments fit was not found within the "
        "effort that is allowed. Ask for fewer of them at once."
    )


def placed(
    resource: Resource, commitments: Sequence[Commitment], fixed: Iterable[Booking] = ()
) -> dict[int, tuple[Booking, ...]]:
    """As many as find room one after another: by place, when each is served.

    Whoever has to begin first comes first, as early as there is room, around what is `fixed`. That
    more cannot be met is not said by it.
    """
    free = _there(resource)
    for booking in fixed:
        free[booking.starts : booking.ends] -= booking.commitment.units
    found: dict[int, tuple[Booking, ...]] = {}
    for place in sorted(
        range(len(commitments)),
        key=lambda at: (commitments[at].latest - commitments[at].minutes, commitments[at].minutes),
    ):
        item, bookings = commitments[place], list[Booking]()
        before = free.copy()
        for _ in range(item.most_a_day):
            away = np.concatenate([[0], np.cumsum(free < item.units)])
            first, last = item.earliest, item.latest - item.minutes
            ends = slice(first + item.minutes, last + item.minutes + 1)
            has_room = away[ends] == away[first : last + 1]
            if not has_room.any():
                break
            start = first + int(np.argmax(has_room))
            free[start : start + item.minutes] -= item.units
            bookings.append(Booking(commitment=item, starts=start))
        if len(bookings) == item.most_a_day:
            found[place] = tuple(bookings)
        else:
            free = before
    return found


def _there(resource: Resource) -> Ints:
    return np.array([resource.capacity_at(minute) for minute in range(DAY)], dtype=np.int64)


def _model(
    resource: Resource, commitments: Sequence[Commitment]
) -> tuple[cp_model.CpModel, list[tuple[Commitment, cp_model.IntVar]]]:
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
            start = model.new_int_var(item.earliest, item.latest - item.minutes, "")
            if last is not None:  # orders of one customer are alike: one order of them is enough
                model.add(last <= start)
            last = start
            starts.append((item, start))
            tasks.append(model.new_fixed_size_interval_var(start, item.minutes, ""))
            units.append(item.units)
    model.add_cumulative(tasks, units, most)
    return model, starts


def require_kept(
    resource: Resource, commitments: Sequence[Commitment], bookings: Iterable[Booking]
) -> None:
    """Raises AssertionError where a schedule does not keep what it should; a fault of ours."""
    own: dict[int, list[Booking]] = {id(item): [] for item in commitments}
    used = np.zeros(DAY + 1, dtype=np.int64)
    for booking in bookings:
        own[id(booking.commitment)].append(booking)
        used[booking.starts] += booking.commitment.units
        used[booking.ends] -= booking.commitment.units
    for item in commitments:
        served = own[id(item)]
        assert len(served) == item.most_a_day, item
        assert all(item.earliest <= b.starts and b.ends <= item.latest for b in served), item
    over = np.flatnonzero(np.cumsum(used)[:DAY] > _there(resource))
    assert not over.size, (resource.name, int(over[0]))


def overload_of(resource: Resource, commitments: Sequence[Commitment]) -> Overload | None:
    """The span in which most is missing by energetic reasoning; None: none shows it."""
    worst: Overload | None = None
    for begin, ends, available, needs in _spans(resource, commitments):
        needed = needs.sum(axis=1)
        at = int(np.argmax(needed - available))
        over = int(needed[at] - available[at])
        if over > 0 and (worst is None or over > worst.needed - worst.available):
            worst = Overload(
                starts=begin,
                ends=int(ends[at]),
                needed=int(needed[at]),
                available=int(available[at]),
            )
    return worst


def fewest_in_a_span(
    resource: Resource, commitments: Sequence[Commitment]
) -> tuple[int, ...] | None:
    """Places of the fewest commitments that overload some span; None: all together overload none.

    Within a span those that bring the most come first, so that no fewer of them overload it.
    """
    fewest: tuple[int, ...] | None = None
    for _, _, available, needs in _spans(resource, commitments):
        order = np.argsort(-needs, axis=1, kind="stable")
        over = np.cumsum(np.take_along_axis(needs, order, axis=1), axis=1) > available[:, None]
        counts = np.where(over.any(axis=1), over.argmax(axis=1) + 1, needs.shape[1] + 1)
        at = int(np.argmin(counts))
        count = int(counts[at])
        if count <= needs.shape[1] and (fewest is None or count < len(fewest)):
            fewest = tuple(sorted(int(place) for place in order[at, :count]))
    return fewest


def _spans(
    resource: Resource, commitments: Sequence[Commitment]
) -> Iterator[tuple[int, Ints, Ints, Ints]]:
    """From each point on: the points after it, minutes × units that are there until each, and those
    that each commitment needs there wherever its tasks are moved to (points, commitments)."""
    if not commitments:
        return
    early, late, lasts, weight = np.array(
        [
            (item.earliest + item.minutes, item.latest - item.minutes, item.minutes,
             item.units * item.most_a_day)
            for item in commitments
        ],
        dtype=np.int64,
    ).T  # fmt: skip
    edges = np.concatenate([early, late, early - lasts, late + lasts])
    points = np.unique(edges[(edges >= 0) & (edges <= DAY)])
    there = np.concatenate([[0], np.cumsum(_there(resource))])
    for at, begin in enumerate(points[:-1]):
        ends = points[at + 1 :]
        # As early as can be, what is left after `begin`; as late as can be, what is before `end`.
        inside = np.minimum(np.minimum(lasts, early - begin), ends[:, None] - late)
        inside = np.clip(np.minimum(inside, (ends - begin)[:, None]), 0, None)
        yield int(begin), ends, there[ends] - there[begin], inside * weight
