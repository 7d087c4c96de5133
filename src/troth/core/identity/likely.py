"""Which records are joined since they are alike, and which of those are left to a steward?

A model of the workspace gives pairs the chance that they are one customer. The likeliest is taken
first, after every exact key. Likeness does not outweigh what sources say for certain: where two
groups have tax ids and none in common, they are not joined by it; a steward is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import NamedTuple

from troth.core.identity.apart import Components

# 500 records are 125,000 pairs: what agrees by chance in one pair of 10,000 is met a dozen times.
# With fewer, how rare an agreement is would be a guess, and a stated precision without ground.
FEWEST_RECORDS = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class LikelyPair:
    """Two source records that are alike."""

    one: str  # source key
    other: str
    weight: float  # match weight, bits: the larger the likelier
    probability: float
    is_match: bool  # likely enough for the precision that the workspace states; else for a steward


class Link(NamedTuple):
    """Two records that name one customer, by their places."""

    later: int
    earlier: int
    why: str  # "same tax id as", "contact of", "match 0.998 with"
    rank: int = 0  # 0: by an exact key or a steward's word; from 1 on by likeness, likeliest first


def likely_links(
    pairs: Iterable[LikelyPair],
    *,
    places: Mapping[str, int],
    age_of: Mapping[int, int],
    exact: Sequence[Link],
    customers: Sequence[str | None],
    tax_ids: Sequence[str | None],
) -> tuple[list[Link], list[Link]]:
    """The links that join, and those that are asked about, the likeliest first.

    `exact` are the links by keys, `customers` the settled ones by place, `tax_ids` normalised. A
    pair with a record that is not there is passed over.
    """
    joined: list[Link] = []
    asked: list[Link] = []
    groups = _groups(exact, customers)
    held: dict[int, set[str]] = {}
    for place, tax_id in enumerate(tax_ids):
        if tax_id is not None:
            held.setdefault(groups.root(place), set()).add(tax_id)
    ordered = sorted(pairs, key=lambda pair: (-pair.weight, pair.one, pair.other))
    for rank, pair in enumerate(ordered, start=1):
        if pair.one not in places or pair.other not in places or pair.one == pair.other:
            continue
        both = (places[pair.one], places[pair.other])
        earlier, later = sorted(both, key=lambda place: age_of[place])
        chance = f"{floor(pair.probability * 1_000) / 1_000:.3f}"  # never rounded up to certainty
        if not pair.is_match:
            asked.append(Link(later, earlier, f"possible match {chance} with", rank))
            continue
        one, other = held.get(groups.root(later)), held.get(groups.root(earlier))
        if one and other and not one & other:
            why = f"match {chance}, but another tax id than"
            asked.append(Link(later, earlier, why, rank))
            continue
        joined.append(Link(later, earlier, f"match {chance} with", rank))
        groups.join(later, earlier)
        if one or other:
            held[groups.root(later)] = (one or set()) | (other or set())
    return joined, asked


def _groups(exact: Sequence[Link], customers: Sequence[str | None]) -> Components:
    """What is one without any likeness: settled, or by a key."""
    groups = Components(len(customers))
    first: dict[str, int] = {}
    for place, customer in enumerate(customers):
        if customer is not None:
            groups.join(first.setdefault(customer, place), place)
    for link in exact:
        groups.join(link.later, link.earlier)
    return groups
