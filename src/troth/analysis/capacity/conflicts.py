"""Which is the smallest set of commitments that cannot be met together?

By minimal hitting sets of correction sets: Ignatiev, Previti, Liffiton and Marques-Silva, "Smallest
MUS Extraction with Minimal Hitting Set Dualization" (CP 2015). A candidate that hits all that has
to be hit, and fits, is grown by whatever finds room beside it; the rest is one more set to hit. A
candidate that does not fit is a smallest conflict, and as no conflict is smaller than a candidate,
so is one that was known before and is no larger.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ortools.sat.python import cp_model

from troth.analysis.capacity.records import (
    Answer,
    Claim,
    Commitment,
    Plan,
    Proof,
    Resource,
    Stock,
)
from troth.analysis.capacity.scheduling import (
    EFFORT,
    CapacityUndecidedError,
    Effort,
    fewest_in_a_span,
    overload_of,
    placed,
    require_kept,
    schedule,
)

ROUNDS = 200  # of hitting sets
_SHARE = 0.02  # of the effort that one question may take while a conflict is made smaller

# Places that fit, these among them; None: these do not fit. Raises CapacityUndecidedError.
Fitting = Callable[[Sequence[int]], Sequence[int] | None]


def fit(plan: Plan, *, effort: float = EFFORT, rounds: int = ROUNDS) -> tuple[Answer, ...]:
    """An answer for each resource and each product, in the plan's order.

    `effort`: deterministic seconds of the solver, for whether all fit and as much again for the
    smallest conflict. Raises CapacityUndecidedError.
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
    found = schedule(resource, asked, effort=Effort(left=effort))
    if found is not None:
        require_kept(resource, asked, found)
        return Answer(of=resource.name, bookings=found)
    total = Effort(left=effort)

    def fitting(chosen: Sequence[int]) -> Sequence[int] | None:
        one = Effort(left=min(total.left, effort * _SHARE))
        share = one.left
        try:
            served = schedule(resource, [asked[at] for at in chosen], effort=one)
        finally:
            total.left -= share - one.left
        if served is None:
            return None
        rest = [at for at in range(len(asked)) if at not in set(chosen)]
        more = placed(resource, [asked[at] for at in rest], served)
        return [*chosen, *(rest[place] for place in more)]

    known = fewest_in_a_span(resource, asked)
    places, proof = smallest_conflict(len(asked), fitting, rounds, known=known)
    conflict = tuple(asked[at] for at in places)
    return Answer(
        of=resource.name,
        conflict=conflict,
        proof=proof,
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


def smallest_conflict(
    count: int, fitting: Fitting, rounds: int = ROUNDS, *, known: Sequence[int] | None = None
) -> tuple[tuple[int, ...], Proof]:
    """A small set of places 0 … count − 1 that does not fit, and how small it is shown to be.

    All together must not fit, and whatever fits must fit without any of its members. `known`: a
    set that does not fit, the smaller the better.
    """
    to_hit: list[list[int]] = []
    for _ in range(rounds):
        candidate = _hitting(count, to_hit)
        if candidate is None:
            break
        if known is not None and len(candidate) >= len(known):
            return tuple(known), Proof.SMALLEST
        try:
            fits = fitting(candidate)
        except CapacityUndecidedError:
            break
        if fits is None:
            return tuple(candidate), Proof.SMALLEST
        to_hit.append([at for at in range(count) if at not in set(fits)])
    kept, proof = list(range(count) if known is None else known), Proof.NONE_WITHIN
    for at in tuple(kept):
        without = [item for item in kept if item != at]
        try:
            if fitting(without) is None:
                kept = without
        except CapacityUndecidedError:
            proof = Proof.CONFLICT
            if known is not None:  # it is as tight as its span: the others would take as long
                break
    return tuple(kept), proof


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
    solver.parameters.max_deterministic_time = EFFORT * _SHARE
    if solver.solve(model) != cp_model.OPTIMAL:
        return None
    return [at for at in range(count) if solver.boolean_value(chosen[at])]
