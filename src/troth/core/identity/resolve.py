"""Which source records are one customer?

Records that share a normalised tax id, e-mail address or telephone number, and contacts with
whose customer they are. A value that too many share says nothing and is reported. Records that
are settled keep their customer; one that would join two settled customers becomes a question
for a steward, and nothing is merged in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from troth.core.identity.normalise import normalise_email, normalise_phone, normalise_tax_id

MOST_SHARERS = 20
_NORMALISERS = {
    "tax_id": ("tax id", normalise_tax_id),
    "email": ("e-mail address", normalise_email),
    "phone": ("telephone number", normalise_phone),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentityRecord:
    """What one source record says about who it is."""

    key: str  # "crm:0015x"
    kind: str  # customer or contact
    known_at: datetime  # when it was first known
    customer_key: str | None = None  # of a contact: the customer record that it belongs to
    tax_id: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Membership:
    """Which customer a source record belongs to, and why."""

    key: str
    kind: str
    customer: str  # customer id
    because: str  # "same tax id as crm:0015x"


@dataclass(frozen=True, kw_only=True, slots=True)
class BridgeQuestion:
    """Records that would join settled customers: a steward decides."""

    id: str  # "brg_" and 16 hex digits, the same for the same question
    key: str  # the record that both would share, or the later of the two that share a value
    customers: tuple[str, ...]  # that it would join, the one known longest first
    because: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedValue:
    """A value that more records share than one customer would have. Names no personal value."""

    field: str  # tax_id, email, phone
    digest: str  # 16 hex digits of the normalised value
    count: int
    example_keys: tuple[str, ...]  # the first three that hold it


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolutionOutcome:
    """The crosswalk, in the order in which the records came, and what is left open."""

    memberships: tuple[Membership, ...]
    questions: tuple[BridgeQuestion, ...]
    not_identifying: tuple[SharedValue, ...]

    @property
    def crosswalk(self) -> dict[str, str]:
        """Source key → customer id."""
        return {member.key: member.customer for member in self.memberships}


def customer_id(key: str) -> str:
    """ "cus_" and 16 hex digits of the key of the customer's oldest record."""
    return "cus_" + sha256(key.encode()).hexdigest()[:16]


def resolve(
    records: Iterable[IdentityRecord],
    *,
    settled: Mapping[str, str] | None = None,
    most_sharers: int = MOST_SHARERS,
) -> ResolutionOutcome:
    """Group records into customers by exact keys.

    `settled` is the crosswalk so far (source key → customer id); its records keep their id. A
    record that leads to several settled customers stays with the one known longest. The answer
    does not depend on the order of the records, but for the order of the memberships. Every
    record is to be handed in, the settled ones too, each key once.
    """
    ordered = list(records)
    # The oldest first, so that a group is named after it whatever order the records came in.
    ages = sorted(range(len(ordered)), key=lambda i: (ordered[i].known_at, ordered[i].key))
    links, not_identifying = _links(ordered, ages, most_sharers)
    customers = _assigned(ordered, ages, links, settled or {})
    reasons = _because(ordered, ages, links, customers)
    return ResolutionOutcome(
        memberships=tuple(
            Membership(key=record.key, kind=record.kind, customer=customer, because=because)
            for record, customer, because in zip(ordered, customers, reasons, strict=True)
        ),
        questions=_questions(ordered, ages, links, customers),
        not_identifying=not_identifying,
    )


class _Link(NamedTuple):
    """Two records that name one customer, by their places."""

    later: int
    earlier: int
    why: str  # "same tax id as", "contact of"


def _links(
    records: list[IdentityRecord], ages: list[int], most_sharers: int
) -> tuple[list[_Link], tuple[SharedValue, ...]]:
    """The links, the strongest field first; and the values that say nothing."""
    places = {record.key: place for place, record in enumerate(records)}
    links: list[_Link] = []
    for place in ages:
        owner = records[place].customer_key
        if owner is not None and owner in places and owner != records[place].key:
            links.append(_Link(place, places[owner], "contact of"))
    reported: list[SharedValue] = []
    for field, (name, normalise) in _NORMALISERS.items():
        holders: dict[str, list[int]] = {}
        for place in ages:
            value = normalise(getattr(records[place], field))
            if value is not None:
                holders.setdefault(value, []).append(place)
        for value, found in holders.items():
            if len(found) > most_sharers:
                keys = tuple(records[place].key for place in found[:3])
                digest = sha256(value.encode()).hexdigest()[:16]
                reported.append(
                    SharedValue(field=field, digest=digest, count=len(found), example_keys=keys)
                )
                continue
            links.extend(_Link(later, found[0], f"same {name} as") for later in found[1:])
    return links, tuple(sorted(reported, key=lambda item: (item.field, item.digest)))


def _assigned(
    records: list[IdentityRecord],
    ages: list[int],
    links: list[_Link],
    settled: Mapping[str, str],
) -> list[str]:
    """The customer of each record, by its place."""
    customers = [settled.get(record.key) for record in records]
    seniority: dict[str, int] = {}  # of a settled customer: the age of its oldest record
    components = _Components(len(records))
    first: dict[str, int] = {}
    for age, place in enumerate(ages):
        customer = customers[place]
        if customer is not None:
            seniority.setdefault(customer, age)
            components.join(first.setdefault(customer, place), place)
    for link in links:
        components.join(link.earlier, link.later)
    oldest: dict[int, int] = {}
    held: dict[int, set[str]] = {}
    for place in ages:
        root = components.root(place)
        oldest.setdefault(root, place)
        customer = customers[place]
        if customer is not None:
            held.setdefault(root, set()).add(customer)
    contested = {root for root, found in held.items() if len(found) > 1}
    _spread(customers, links, contested, components, seniority)
    answers = []
    for place, customer in enumerate(customers):
        root = components.root(place)
        if customer is None:
            customer = next(iter(held.get(root, ())), None)
        answers.append(customer or customer_id(records[oldest[root]].key))
    return answers


def _spread(
    customers: list[str | None],
    links: list[_Link],
    contested: set[int],
    components: _Components,
    seniority: Mapping[str, int],
) -> None:
    """Where records lead to several settled customers: each joins the nearest, then the oldest.

    Link by link outwards from the settled records, all of one distance at once, so that the
    order of the records does not matter.
    """
    neighbours: dict[int, list[int]] = {}
    for link in links:
        if contested and components.root(link.later) in contested:
            neighbours.setdefault(link.later, []).append(link.earlier)
            neighbours.setdefault(link.earlier, []).append(link.later)
    waiting = {place for place in neighbours if customers[place] is None}
    while waiting:
        reached: dict[int, str] = {}
        for place in waiting:
            found = [customers[other] for other in neighbours[place]]
            known = [customer for customer in found if customer is not None]
            if known:
                reached[place] = min(known, key=lambda customer: seniority[customer])
        for place, customer in reached.items():
            customers[place] = customer
        waiting -= reached.keys()


def _because(
    records: list[IdentityRecord], ages: list[int], links: list[_Link], customers: list[str]
) -> list[str]:
    """Why each record belongs where it does: its strongest link to an older one, or any."""
    reasons: list[str | None] = [None] * len(records)
    named: set[str] = set()
    for place in ages:
        if customers[place] not in named:
            named.add(customers[place])
            reasons[place] = "it was known first"
    inside = [link for link in links if customers[link.later] == customers[link.earlier]]
    for later, earlier, why in inside:
        reasons[later] = reasons[later] or f"{why} {records[earlier].key}"
    for later, earlier, why in inside:
        has = "its contact is" if why == "contact of" else why
        reasons[earlier] = reasons[earlier] or f"{has} {records[later].key}"
    return [reason or "it was settled before" for reason in reasons]


def _questions(
    records: list[IdentityRecord], ages: list[int], links: list[_Link], customers: list[str]
) -> tuple[BridgeQuestion, ...]:
    """A question for each two customers that a link would join, in a settled order."""
    seniority: dict[str, int] = {}
    for age, place in enumerate(ages):
        seniority.setdefault(customers[place], age)
    questions: dict[tuple[str, ...], BridgeQuestion] = {}
    for link in links:
        pair = {customers[link.later], customers[link.earlier]}
        joined = tuple(sorted(pair, key=lambda customer: seniority[customer]))
        if len(joined) > 1 and joined not in questions:
            key = records[link.later].key
            questions[joined] = BridgeQuestion(
                id="brg_" + sha256("\n".join(joined).encode()).hexdigest()[:16],
                key=key,
                customers=joined,
                because=f"{key}: {link.why} {records[link.earlier].key}",
            )
    return tuple(sorted(questions.values(), key=lambda question: question.id))


class _Components:
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
