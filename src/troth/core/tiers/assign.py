"""Which tier is a customer in, and what does it take to enter a better one or to leave?

Tiers go by revenue over the trailing months. A customer enters a tier at one threshold and
leaves it only below a lower one, and not before a minimum stay is over, so that nobody is
switched to and fro by one order. Rising is never held up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from troth.core.ledger.canonical import decimal_text


class TierThresholdsError(ValueError):
    """These thresholds put a customer in no tier, or in two. Correct the tiers policy."""


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """What it takes to be in one tier, in the policy's currency."""

    name: str
    shape: str  # that marks it on a page
    enter: Decimal  # revenue from which a customer enters
    leave: Decimal  # revenue below which a customer leaves; at most `enter`


@dataclass(frozen=True, kw_only=True)
class TierDecision:
    """The tier of one customer, and why."""

    tier: str
    previous: str | None
    at: datetime
    revenue: Decimal  # over the trailing months
    code: str  # tier:first, tier:entered, tier:left, tier:kept, tier:held, tier:stays
    sentence: str
    next_tier: str | None  # the next better one; None in the best
    needed: Decimal | None  # further revenue that enters it
    leaves_below: Decimal | None  # revenue below which this tier is lost; None in the last

    @property
    def is_change(self) -> bool:
        return self.tier != self.previous


def thresholds_from(rows: Iterable[Mapping[str, Any]]) -> tuple[Threshold, ...]:
    """The thresholds of a tiers policy's output, best tier first. Raises TierThresholdsError."""
    found = tuple(
        Threshold(
            name=row["name"],
            shape=row["shape"],
            enter=Decimal(row["enter"]),
            leave=Decimal(row["leave"]),
        )
        for row in rows
    )
    check(found)
    return found


def check(thresholds: Sequence[Threshold]) -> None:
    """Raises TierThresholdsError unless each revenue has exactly one tier to enter.

    Best first: entering and leaving fall from tier to tier, nobody leaves above where they
    enter, and the last tier takes everybody.
    """
    if not thresholds:
        raise TierThresholdsError("There is no tier: give at least one.")
    for tier in thresholds:
        if tier.leave > tier.enter:
            raise TierThresholdsError(
                f"{tier.name} is left below {tier.leave} but entered at {tier.enter}: "
                "leaving must not lie above entering."
            )
    for better, worse in pairwise(thresholds):
        if better.enter <= worse.enter or better.leave < worse.leave:
            raise TierThresholdsError(
                f"{better.name} stands before {worse.name} and must take more to enter, and no "
                "less to stay: order the tiers from best to last."
            )
    if len({tier.name for tier in thresholds}) < len(thresholds):
        raise TierThresholdsError("Two tiers have one name: give each its own.")


def assign(
    previous: str | None,
    revenue: Decimal,
    thresholds: Sequence[Threshold],
    *,
    at: datetime,
    months_held: int = 0,
    minimum_stay_months: int = 0,
) -> TierDecision:
    """The tier of a customer who was in `previous` (None or an unknown name: in none).

    `months_held`: for how many whole months they have been in it; they do not fall before it is
    `minimum_stay_months`.

    The better of the tier that the revenue enters and, while it is not below its lower
    threshold, the one held. Whoever falls out of one tier falls to the first whose lower
    threshold is met. The last tier takes everybody, whatever its thresholds say. Raises
    TierThresholdsError when there is no tier.
    """
    if not thresholds:
        raise TierThresholdsError("There is no tier: give at least one.")
    last = len(thresholds) - 1
    names = [tier.name for tier in thresholds]
    held = names.index(previous) if previous in names else None
    entered = next((i for i, tier in enumerate(thresholds) if revenue >= tier.enter), last)
    kept = last
    if held is not None:
        stays = (i for i in range(held, last) if revenue >= thresholds[i].leave)
        kept = next(stays, last)
    index = min(entered, kept)
    code, sentence = _why(thresholds, revenue, held=held, index=index, may_enter=entered <= index)
    if held is not None and index > held and months_held < minimum_stay_months:
        index = held
        code = "tier:stays"
        sentence = _must_stay(thresholds[held], revenue, months_held, minimum_stay_months)
    tier = thresholds[index]
    better = thresholds[index - 1] if index else None
    return TierDecision(
        tier=tier.name,
        previous=previous,
        at=at,
        revenue=revenue,
        code=code,
        sentence=sentence,
        next_tier=None if better is None else better.name,
        needed=None if better is None else better.enter - revenue,
        leaves_below=None if index == last else tier.leave,
    )


def history(
    monthly: Iterable[tuple[datetime, Decimal]],
    thresholds: Sequence[Threshold],
    *,
    trailing_months: int,
    minimum_stay_months: int = 0,
    previous: str | None = None,
) -> tuple[TierDecision, ...]:
    """Tier by tier, month by month: one decision at the end of each month.

    `monthly` holds (end of the month, revenue of that month) for consecutive months, oldest
    first; a month without revenue stands there with zero.
    """
    decisions: list[TierDecision] = []
    window: list[Decimal] = []
    for at, revenue in monthly:
        window = [*window, revenue][-trailing_months:]
        decision = assign(
            previous,
            sum(window, Decimal(0)),
            thresholds,
            at=at,
            months_held=months_held(decisions),
            minimum_stay_months=minimum_stay_months,
        )
        decisions.append(decision)
        previous = decision.tier
    return tuple(decisions)


def months_held(decisions: Sequence[TierDecision]) -> int:
    """For how many months, a decision each, has the last tier been held without a break?"""
    if not decisions:
        return 0
    months = 0
    for decision in reversed(decisions):
        if decision.tier != decisions[-1].tier:
            break
        months += 1
        if decision.is_change:
            break
    return months


def _must_stay(tier: Threshold, revenue: Decimal, months: int, least: int) -> str:
    return (
        f"Stays {tier.name}: revenue of {decimal_text(revenue)} is below "
        f"{decimal_text(tier.leave)}, but a stay is {least} months at least, and this one is "
        f"{months}."
    )


def _why(
    thresholds: Sequence[Threshold],
    revenue: Decimal,
    *,
    held: int | None,
    index: int,
    may_enter: bool,
) -> tuple[str, str]:
    """The code and the sentence for a move from tier `held` to tier `index`."""
    tier, amount = thresholds[index], decimal_text(revenue)
    reaches = f"revenue of {amount} reaches {decimal_text(tier.enter)}."
    if index == len(thresholds) - 1:
        reaches = f"revenue of {amount} reaches no better tier."
    if held is None:
        return "tier:first", f"{tier.name}: {reaches}"
    previous = thresholds[held]
    if index < held:
        return "tier:entered", f"Rises from {previous.name} to {tier.name}: {reaches}"
    if index > held:
        stays = decimal_text(previous.leave)
        why = f"revenue of {amount} is below {stays}."
        return "tier:left", f"Falls from {previous.name} to {tier.name}: {why}"
    if may_enter:
        return "tier:kept", f"Stays {tier.name}: {reaches}"
    why = f"would not enter at {decimal_text(tier.enter)}, but is not below"
    return "tier:held", f"Stays {tier.name}: revenue of {amount} {why} {decimal_text(tier.leave)}."
