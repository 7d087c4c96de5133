"""Which records stay together, where somebody said of two of them that they are not one?

Only groups that hold such a pair are looked at. They are built again link by link, the strongest
link first, and a link that would join what is to be apart is passed over. Settled customers are
never joined; of two records that were settled as one, the one that the customer is not named after
leaves, and what hangs on it by a link goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from hashlib import sha256
from itertools import combinations
from typing import Protocol


class Link(Protocol):
    """Two records that name one customer, by their places."""

    @property
    def later(self) -> int: ...

    @property
    def earlier(self) -> int: ...


def customer_id(key: str) -> str:
    """ "cus_" and 16 hex digits of the key of the customer's oldest record."""
    return "cus_" + sha256(key.encode()).hexdigest()[:16]


class Components:
    """Union-find over places, with path halving and union by size."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))
        self._size = [1] * count

    def join(self, one: int, other: int) -> None:
        one, other = self.root(one), self.root(other)
        if one != other:
            if self._size[one] < self._size[other]:
                one, other = other, one
            self._parent[other] = one
            self._size[one] += self._size[other]

    def root(self, place: int) -> int:
        parent = self._parent
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place


def keep_apart(
    customers: list[str | None],
    keys: Sequence[str],
    ages: Sequence[int],
    links: Sequence[Link],
    *,
    components: Components,
    apart: Set[tuple[int, int]],
) -> None:
    """Give every record of a group with a pair to keep apart its customer, in `customers`.

    `customers` holds the settled ones by place; `ages` the places, the oldest first; `apart` pairs
    of (later, earlier) place.
    """
    pairs = sorted(
        (later, earlier)
        for later, earlier in apart
        if components.root(later) == components.root(earlier)
        and (
            customers[later] == customers[earlier] or None in (customers[later], customers[earlier])
        )
    )
    roots = {components.root(later) for later, _ in pairs}
    if not roots:
        return
    members = [place for place in ages if components.root(place) in roots]
    left = {customers[later] for later, earlier in pairs if customers[later] == customers[earlier]}
    former = _loosened(customers, keys, members, left)
    groups = _Groups(members)
    firsts: dict[str, int] = {}
    for place in members:
        customer = customers[place]
        if customer is not None:
            groups.join(firsts.setdefault(customer, place), place)
    groups.part(combinations(firsts.values(), 2))
    groups.part(
        (later, earlier)
        for later, earlier in sorted(apart)
        if components.root(later) == components.root(earlier) and components.root(later) in roots
    )
    for link in links:
        if components.root(link.later) in roots:
            groups.join(link.earlier, link.later)
    for place, customer in former.items():  # what hangs on no link stays where it was
        groups.join(firsts[customer], place)
    names = _names(customers, keys, members, groups)
    for place in members:
        customers[place] = names[groups.root(place)]


def _names(
    customers: Sequence[str | None], keys: Sequence[str], places: Sequence[int], groups: _Groups
) -> dict[int, str]:
    """Root of a group → its customer: the settled one, else after the first of its places.

    An id that another group holds is passed over: it is never given anew.
    """
    names: dict[int, str] = {}
    for place in places:
        customer = customers[place]
        if customer is not None:
            names[groups.root(place)] = customer
    taken = set(names.values())
    nameless: dict[int, list[int]] = {}
    for place in places:
        if groups.root(place) not in names:
            nameless.setdefault(groups.root(place), []).append(place)
    for root, inside in nameless.items():
        offered = [customer_id(keys[place]) for place in inside]
        spare = customer_id(f"{keys[inside[0]]}/apart")
        names[root] = next((name for name in offered if name not in taken), spare)
        taken.add(names[root])
    return names


def _loosened(
    customers: list[str | None],
    keys: Sequence[str],
    members: Sequence[int],
    left: Set[str | None],
) -> dict[int, str]:
    """Of customers that somebody has to leave, all but one record find their place anew.

    The one that stays is the one that the customer is named after, or else the oldest: an id is
    never given anew. Gives whose the others were, by place, the oldest first.
    """
    held: dict[str, list[int]] = {}
    for place in members:
        customer = customers[place]
        if customer is not None and customer in left:
            held.setdefault(customer, []).append(place)
    stayers = {
        next((place for place in places if customer_id(keys[place]) == customer), places[0])
        for customer, places in held.items()
    }
    former = {
        place: customer
        for place in members
        if (customer := customers[place]) is not None and customer in left and place not in stayers
    }
    for place in former:
        customers[place] = None
    return former


class _Groups:
    """Union-find that refuses to join what is parted."""

    def __init__(self, members: Iterable[int]) -> None:
        self._parent = {place: place for place in members}
        self._parted: dict[int, set[int]] = {place: set() for place in self._parent}

    def part(self, pairs: Iterable[tuple[int, int]]) -> None:
        """From here on these are never joined."""
        for one, other in pairs:
            one, other = self.root(one), self.root(other)
            self._parted[one].add(other)
            self._parted[other].add(one)

    def join(self, one: int, other: int) -> None:
        """Join the two groups, unless they are parted."""
        one, other = self.root(one), self.root(other)
        if one == other or other in self._parted[one]:
            return
        self._parent[other] = one
        for enemy in self._parted.pop(other):
            self._parted[enemy].discard(other)
            self._parted[enemy].add(one)
            self._parted[one].add(enemy)

    def root(self, place: int) -> int:
        while self._parent[place] != place:
            self._parent[place] = self._parent[self._parent[place]]
            place = self._parent[place]
        return place
