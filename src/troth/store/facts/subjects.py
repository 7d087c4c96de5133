"""For whom does a policy apply: which customer, contracts, tier, segment and regions, and when?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Max, Min, QuerySet
from psycopg import sql

from troth.core.consent.book import ConsentBook
from troth.core.consent.states import Standing
from troth.core.decisions.decision import ConsentUsed
from troth.core.decisions.floor import consent_used
from troth.core.policies.floors import Floor, consent_floors, permitted
from troth.core.policies.scopes import Subject
from troth.store.facts.aliases import aliases, survivor_of, survivors
from troth.store.facts.consents import consent_book
from troth.store.facts.versions import current, rows
from troth.store.models import Customer, TierAssignment

_PERMITTED_KEPT = 65_536
_CONTRACTS = sql.SQL(
    "SELECT crosswalk.customer_id, contract.key, contract.starts_on, contract.ends_on,"
    " contract.signed_on, contract.lead_time_days FROM {contract} JOIN store_crosswalk AS crosswalk"
    "   ON crosswalk.source_key = contract.customer"
    " WHERE contract.op = 'upsert' AND contract.status = 'signed'"
    "   AND (%(customer)s::text IS NULL OR crosswalk.customer_id = %(customer)s)"
    " ORDER BY crosswalk.customer_id, contract.key"
).format(contract=current("contract", alias="contract"))


class UnknownCustomerError(LookupError):
    """There is no such customer. Search for it on the page Customers, or by a source key."""


@dataclass(frozen=True, kw_only=True)
class SignedContract:
    """A signed contract and the days on which it is in force."""

    key: str
    starts_on: date | None
    ends_on: date | None
    lead_time_days: int | None = None  # that it commits us to

    def is_in_force(self, on: date) -> bool:
        return (self.starts_on is None or self.starts_on <= on) and (
            self.ends_on is None or on <= self.ends_on
        )


def signed_contracts(customer: str | None = None) -> Iterator[tuple[str, SignedContract]]:
    """(customer id, contract) of every signed contract, in force or not; None: of all customers."""
    for row in rows(_CONTRACTS, {"customer": customer}):
        yield (
            row["customer_id"],
            SignedContract(
                key=row["key"],
                starts_on=row["starts_on"] or row["signed_on"],
                ends_on=row["ends_on"],
                lead_time_days=row["lead_time_days"],
            ),
        )


@dataclass(frozen=True, kw_only=True)
class Permitted:
    """What a customer permits at an instant."""

    consent: tuple[ConsentUsed, ...]  # of each purpose that layers of policy rest on
    floors: tuple[Floor, ...]  # the layers that are left out, and why


class Entitlements:
    """Every customer's tiers, contracts and consents, held for a run over many decisions."""

    def __init__(
        self,
        tiers: Iterable[tuple[str, datetime, str]],
        contracts: Iterable[tuple[str, SignedContract]],
        consents: ConsentBook | None = None,
        aliases: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._aliases = aliases or {}
        self._consents = consents or ConsentBook()
        self._permitted: dict[tuple[Standing, ...], Permitted] = {}
        self._starts: dict[str, list[datetime]] = {}
        self._tiers: dict[str, list[str]] = {}
        for customer, starts_at, tier in tiers:
            self._starts.setdefault(customer, []).append(starts_at)
            self._tiers.setdefault(customer, []).append(tier)
        self._contracts: dict[str, list[SignedContract]] = {}
        for customer, contract in contracts:
            self._contracts.setdefault(customer, []).append(contract)

    @classmethod
    def load(cls, customer: str | None = None) -> Entitlements:
        """Those of one customer; None: of all."""
        assignments = TierAssignment.objects.order_by("customer_id", "starts_at")
        if customer is not None:
            assignments = assignments.filter(customer_id=customer)
        tiers = assignments.values_list("customer_id", "starts_at", "tier")
        return cls(
            tiers.iterator(chunk_size=10_000),
            signed_contracts(customer),
            consent_book(customer),
            aliases(),
        )

    def permitted_at(self, customer: str | None, at: datetime) -> Permitted:
        """What a customer permits at `at`, as known then."""
        standings = self._consents.at(customer, at)
        found = self._permitted.get(standings)
        if found is None:
            if len(self._permitted) >= _PERMITTED_KEPT:
                self._permitted.clear()
            consent = consent_used(standings)
            found = Permitted(consent=consent, floors=consent_floors(standings))
            self._permitted[standings] = found
        return found

    def tier_at(self, customer: str | None, at: datetime) -> str | None:
        """The tier in force at `at`; None for a customer who was in none yet."""
        if customer is None:
            return None
        place = bisect_right(self._starts.get(customer, []), at)
        return self._tiers[customer][place - 1] if place else None

    def subject_at(
        self,
        customer: str | None,
        at: datetime,
        *,
        segment: str | None,
        regions: tuple[str | None, ...],
    ) -> Subject:
        """A customer as policies may see it; `regions` from the narrowest to the widest.

        Layers that rest on a purpose which is not permitted are off.
        """
        if customer is None:
            return _subject(segment=segment, regions=regions)
        floors = self.permitted_at(customer, at).floors
        on = at.astimezone(UTC).date()
        contracts = self._contracts.get(customer, ())
        who = _subject(
            customer=customer,
            others=self._aliases.get(customer, ()),
            contracts=tuple(item.key for item in contracts if item.is_in_force(on)),
            tier=self.tier_at(customer, at),
            segment=segment,
            regions=regions,
        )
        return permitted(who, floors)


def _subject(
    *,
    customer: str | None = None,
    others: tuple[str, ...] = (),  # what was published for the ids that it had holds on
    contracts: tuple[str, ...] = (),
    tier: str | None = None,
    segment: str | None,
    regions: tuple[str | None, ...],
) -> Subject:
    return Subject(
        customers=(customer, *others) if customer else (),
        contracts=contracts,
        tier=tier or None,
        segments=(segment,) if segment else (),
        regions=tuple(dict.fromkeys(region for region in regions if region)),
    )


def subject_of(customer_id: str, *, at: datetime) -> Subject:
    """A customer as policies see it at `at`. Raises UnknownCustomerError."""
    row = Customer.objects.filter(pk=survivor_of(customer_id)).first()
    if row is None:
        raise UnknownCustomerError(
            f"There is no customer {customer_id!r}. Search on the page Customers."
        )
    return Entitlements.load(row.pk).subject_at(
        row.pk, at, segment=row.segment, regions=(row.sales_region, row.country)
    )


def left_out_of(customer_id: str, *, at: datetime) -> tuple[Floor, ...]:
    """Why layers of policy are off for a customer at `at`."""
    return consent_floors(consent_book(customer_id).at(customer_id, at))


def representatives(
    customers: QuerySet[Customer], *, own: Collection[str], contracts: Mapping[str, Sequence[str]]
) -> Iterator[Subject]:
    """Enough of these customers to stand for all, as policies see them today.

    The first and the last of each combination of tier, segment and regions, and each one in `own`
    or with `contracts` (customer → keys of contracts in force).
    """
    grouping = ("tier", "segment", "sales_region", "country")
    stands_for, known = survivors(), aliases()
    customers = customers.filter(merged_into=None)
    own = {stands_for.get(key, key) for key in own}
    groups = customers.order_by().values_list(*grouping).annotate(Min("pk"), Max("pk"))
    for tier, segment, region, country, first, last in groups:
        for customer in dict.fromkeys((first, last)):
            yield _subject(
                customer=customer,
                others=known.get(customer, ()),
                contracts=tuple(contracts.get(customer, ())),
                tier=tier,
                segment=segment,
                regions=(region, country),
            )
    singled = customers.filter(pk__in={*own, *contracts})
    for customer, *rest in singled.values_list("pk", *grouping):
        tier, segment, *regions = rest
        yield _subject(
            customer=customer,
            others=known.get(customer, ()),
            contracts=tuple(contracts.get(customer, ())),
            tier=tier,
            segment=segment,
            regions=tuple(regions),
        )
