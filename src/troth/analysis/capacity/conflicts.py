"""Which is the smallest set of commitments that cannot be met together?

By minimal hitting sets of correction sets: Ignatiev, Previti, Liffiton and Marques-Silva, "Smallest
MUS Extraction with Minimal Hitting Set Dualization" (CP 2015). A candidate that hits all that has
to be hit, and fits, is grown until nothing more fits; what is left is one more set to hit. The
first candidate that does not fit is a smallest one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ortools.sat.python import cp_model

from troth.analysis.capacity.records import Answer, Claim, Commitment, Plan, Resource, Stock
from troth.analysis.capacity.scheduling import EFFORT, overload_of, schedule

ROUNDS = 400  # of hitting sets, before a set is taken of which only no part is in conflict

Fits = Callable[[Sequence[int]], bool]


def fit(plan: Plan, *, effort: float = EFFORT, rounds: int = ROUNDS) -> tuple[Answer, ...]:
    """An answer for each resource and each product, in the plan's order.

    `effort`: deterministic seconds of the solver for one question. Raises CapacityUndecidedError.
    """
    answers = []
    for resource in plan.resources:
        asked = [item for item in plan.commitments if item.resource == resource.name]
        answers.append(_of_resource(resource, asked, effort, rounds))
    for stock in plan.stocks:
        answers.append(_of_stock(stock, [c for c in plan.claims if c.product == stock.product]))
    return tuple(answers)


def _of_resource(
    resource: Resource, asked: Sequence[Commitment], effort: float, rounds: int
) -> Answer:
    found = schedule(resource, asked, effort=effort)
    if found is not None:
        return Answer(of=resource.name, bookings=found)

    def fits(chosen: Sequence[int]) -> bool:
        return schedule(resource, [asked[at] for at in chosen], effort=effort) is not None

    places, is_smallest = smallest_conflict(len(asked), fits, rounds)
    conflict = tuple(asked[at] for at in places)
    return Answer(
        of=resource.name,
        conflict=conflict,
        is_smallest=is_smallest,
        overload=overload_of(resource, conflict),
    )


def _of_stock(stock: Stock, claims: Sequence[Claim]) -> Answer:
    """The fewest claims that exceed the stock are the largest ones."""
    taken, conflict = 0, list[Claim]()
    for claim in sorted(claims, key=lambda item: (-item.quantity, item.customer)):
        taken += claim.quantity
        conflict.append(claim)
        if taken > stock.quantity:
            return Answer(
                of=stock.product, conflict=tuple(conflict), missing=taken - stock.quantity
            )
    return Answer(of=stock.product)


def smallest_conflict(count: int, fits: Fits, rounds: int = ROUNDS) -> tuple[tuple[int, ...], bool]:
    """A smallest set of places 0 … count − 1 that does not fit, and whether it is a smallest.

    All together must not fit, and whatever fits must fit without any of its members. After so many
    rounds: a set that does not fit and each part of which does.
    """
    to_hit: list[list[int]] = []
    for _ in range(rounds):
        candidate = _hitting(count, to_hit)
        if candidate is None:
            break
        if not fits(candidate):
            return tuple(candidate), True
        grown = list(candidate)
        for at in range(count):
            if at not in grown and fits(sorted([*grown, at])):
                grown.append(at)
        to_hit.append([at for at in range(count) if at not in grown])
    kept = list(range(count))
    for at in range(count):
        without = [item for item in kept if item != at]
        if not fits(without):
            kept = without
    return tuple(kept), False


def _hitting(count: int, to_hit: Sequence[Sequence[int]]) -> list[int] | None:
    """A smallest set with a member of each; None where the solver gave up."""
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in range(count)]
    for group in to_hit:
        model.add_bool_or([chosen[at] for at in group])
    model.minimize(sum(chosen))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = EFFORT
    if solver.solve(model) != cp_model.OPTIMAL:
        return None
    return [at for at in range(count) if solver.boolean_value(chosen[at])]
