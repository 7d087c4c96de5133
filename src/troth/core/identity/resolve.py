"""Which source records are one customer?

Records that share a normalised tax id, e-mail address or telephone number, and contacts with
whose customer they are. A value that too many share says nothing and is reported. Records that
are settled keep their customer; one that would join two settled customers becomes a question
for a steward, and nothing is merged in silence. What stewards said of two records holds in every
run: they are one, or they are not, whatever they share. Records that are merely alike are joined
after that, where they are likely enough, and else become a question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from troth.core.identity.apart import Components, customer_id, keep_apart
from troth.core.identity.likely import LikelyPair, Link, likely_links
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
class RecordPair:
    """Two records of which somebody who answers for it said that they are one, or are not."""

    one: str  # source key
    other: str
    why: str = "a steward said the same as"  # of records that are one, before the other's key


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
    pair: tuple[str, str] | None = None  # source keys, where they are asked about as merely alike


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


def resolve(
    records: Iterable[IdentityRecord],
    *,
    settled: Mapping[str, str] | None = None,
    must_link: Iterable[RecordPair] = (),
    cannot_link: Iterable[RecordPair] = (),
    merged: Mapping[str, str] | None = None,
    likely: Iterable[LikelyPair] = (),
    most_sharers: int = MOST_SHARERS,
) -> ResolutionOutcome:
    """Group records into customers by exact keys, by what stewards said, and by likeness.

    `settled` is the crosswalk so far (source key → customer id); its records keep their id. A
    record that leads to several settled customers stays with the one known longest. `must_link`
    joins records that are not settled; between settled customers it is a question. `cannot_link`
    holds against every key: of two records that were settled as one, the later leaves with what
    hangs on it alone. `merged` (customer id → survivor) names customers that a steward made one:
    nothing is asked about them. `likely` pairs join what is not settled, the likeliest first.
    The answer does not depend on the order of the records, but for the order of the memberships.
    Every record is to be handed in, the settled ones too, each key once; a pair with a record that
    is not there is passed over.
    """
    ordered = list(records)
    # The oldest first, so that a group is named after it whatever order the records came in.
    ages = sorted(range(len(ordered)), key=lambda i: (ordered[i].known_at, ordered[i].key))
    places = {record.key: place for place, record in enumerate(ordered)}
    age_of = {place: age for age, place in enumerate(ages)}
    links, not_identifying = _links(ordered, ages, most_sharers)
    links = [*_said(must_link, places, age_of), *links]
    apart = {(link.later, link.earlier) for link in _said(cannot_link, places, age_of)}
    homes = [(settled or {}).get(record.key) for record in ordered]
    tax_ids = [normalise_tax_id(record.tax_id) for record in ordered]
    alike, doubts = likely_links(
        likely, places=places, age_of=age_of, exact=links, customers=homes, tax_ids=tax_ids
    )
    links = [*links, *alike]
    customers = _assigned(ordered, ages, links, homes, apart)
    reasons = _because(ordered, ages, links, customers)
    asked = [link for link in (*links, *doubts) if (link.later, link.earlier) not in apart]
    told = {frozenset((customers[one], customers[other])) for one, other in apart}
    return ResolutionOutcome(
        memberships=tuple(
            Membership(key=record.key, kind=record.kind, customer=customer, because=because)
            for record, customer, because in zip(ordered, customers, reasons, strict=True)
        ),
        questions=_still_open(_questions(ordered, ages, asked, customers), told, merged or {}),
        not_identifying=not_identifying,
    )


def _still_open(
    questions: Iterable[BridgeQuestion], told: Set[frozenset[str]], merged: Mapping[str, str]
) -> tuple[BridgeQuestion, ...]:
    """The questions that nobody has answered."""
    return tuple(
        question
        for question in questions
        if frozenset(question.customers) not in told and not _are_merged(question.customers, merged)
    )


def _are_merged(customers: Iterable[str], merged: Mapping[str, str]) -> bool:
    return len({merged.get(customer, customer) for customer in customers}) == 1


def _said(
    pairs: Iterable[RecordPair], places: Mapping[str, int], age_of: Mapping[int, int]
) -> list[Link]:
    """What was said of records that are there, in a settled order."""
    found = set()
    for pair in pairs:
        if pair.one in places and pair.other in places and pair.one != pair.other:
            both = (places[pair.one], places[pair.other])
            earlier, later = sorted(both, key=lambda place: age_of[place])
            found.add(Link(later, earlier, pair.why))
    return sorted(found, key=lambda link: (age_of[link.later], age_of[link.earlier], link.why))


def _links(
    records: list[IdentityRecord], ages: list[int], most_sharers: int
) -> tuple[list[Link], tuple[SharedValue, ...]]:
    """The links, the strongest field first; and the values that say nothing."""
    places = {record.key: place for place, record in enumerate(records)}
    links: list[Link] = []
    for place in ages:
        owner = records[place].customer_key
        if owner is not None and owner in places and owner != records[place].key:
            links.append(Link(place, places[owner], "contact of"))
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
            links.extend(Link(later, found[0], f"same {name} as") for later in found[1:])
    return links, tuple(sorted(reported, key=lambda item: (item.field, item.digest)))


def _assigned(
    records: list[IdentityRecord],
    ages: list[int],
    links: list[Link],
    settled: list[str | None],
    apart: Set[tuple[int, int]],
) -> list[str]:
    """The customer of each record, by its place; of the settled ones it is known."""
    customers = list(settled)
    seniority: dict[str, int] = {}  # of a settled customer: the age of its oldest record
    components = Components(len(records))
    first: dict[str, int] = {}
    for age, place in enumerate(ages):
        customer = customers[place]
        if customer is not None:
            seniority.setdefault(customer, age)
            components.join(first.setdefault(customer, place), place)
    for link in links:
        components.join(link.earlier, link.later)
    names = [record.key for record in records]
    keep_apart(customers, names, ages, links, components=components, apart=apart)
    oldest: dict[int, int] = {}
    held: dict[int, set[str]] = {}
    for place in ages:
        root = components.root(place)
        oldest.setdefault(root, place)
        customer = customers[place]
        if customer is not None:
            held.setdefault(root, set()).add(customer)
    contested = {root for root, found in held.items() if len(found) > 1}
    if contested:
        exact = [link for link in links if not link.rank]
        _spread(customers, exact, contested, components, seniority)
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
    links: list[Link],
    contested: set[int],
    components: Components,
    seniority: Mapping[str, int],
) -> None:
    """Where records lead to several settled customers: each joins the nearest, of those the
    likeliest, then the oldest.

    Link by link outwards from the settled records, all of one distance at once, so that the
    order of the records does not matter. What no link leads to is left.
    """
    neighbours: dict[int, list[tuple[int, int]]] = {}
    for link in links:
        if components.root(link.later) in contested:
            neighbours.setdefault(link.later, []).append((link.earlier, link.rank))
            neighbours.setdefault(link.earlier, []).append((link.later, link.rank))
    waiting = {place for place in neighbours if customers[place] is None}
    while waiting:
        reached: dict[int, str] = {}
        for place in waiting:
            found = [
                (rank, seniority[customer], customer)
                for other, rank in neighbours[place]
                if (customer := customers[other]) is not None
            ]
            if found:
                reached[place] = min(found)[2]
        if not reached:
            return
        for place, customer in reached.items():
            customers[place] = customer
        waiting -= reached.keys()


def _because(
    records: list[IdentityRecord], ages: list[int], links: list[Link], customers: list[str]
) -> list[str]:
    """Why each record belongs where it does: its strongest link to an older one, or any."""
    reasons: list[str | None] = [None] * len(records)
    named: set[str] = set()
    for place in ages:
        if customers[place] not in named:
            named.add(customers[place])
            reasons[place] = "it was known first"
    inside = [link for link in links if customers[link.later] == customers[link.earlier]]
    for later, earlier, why, _ in inside:
        reasons[later] = reasons[later] or f"{why} {records[earlier].key}"
    for later, earlier, why, _ in inside:
        has = "its contact is" if why == "contact of" else why
        reasons[earlier] = reasons[earlier] or f"{has} {records[later].key}"
    return [reason or "it was settled before" for reason in reasons]


def _questions(
    records: list[IdentityRecord], ages: list[int], links: list[Link], customers: list[str]
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
            key, other = records[link.later].key, records[link.earlier].key
            questions[joined] = BridgeQuestion(
                id="brg_" + sha256("\n".join(joined).encode()).hexdigest()[:16],
                key=key,
                customers=joined,
                because=f"{key}: {link.why} {other}",
                pair=(min(key, other), max(key, other)) if link.rank else None,
            )
    return tuple(sorted(questions.values(), key=lambda question: question.id))
