"""Who has policies of their own, as what are they asked, and how often were these used?

Counted and judged over everybody: that a policy may end does not depend on who asks. Whoever shows
it leaves out whom the viewer may not see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from troth.core.policies.equivalence import Asked, instants
from troth.core.policies.scopes import Layer, Scope, Subject
from troth.core.policies.versions import PolicyVersion
from troth.store.facts.aliases import aliases, survivors
from troth.store.facts.subjects import (
    Entitlements,
    SignedContract,
    representatives,
    signed_contracts,
)
from troth.store.facts.versions import rows
from troth.store.models import Customer, TierAssignment

_DAY = timedelta(days=1)
# What stands alone in brackets at the end of a sentence lost; what stands alone in a list could
# not be evaluated.
_USES = (
    "SELECT asked.version, max(found.at) FILTER (WHERE found.is_used) AS used_at,"
    " (array_agg(found.id ORDER BY found.at DESC, found.id) FILTER (WHERE found.is_used))[1]"
    "   AS decision,"
    " count(*) FILTER (WHERE found.is_overruled) AS overruled"
    " FROM unnest(%(customers)s::text[], %(versions)s::text[]) AS asked(customer, version)"
    " JOIN LATERAL (SELECT id, at,"
    "   position('\"version\":\"' || asked.version || '\"' in receipt) > 0 AS is_used,"
    "   receipt ~ ('\\(' || asked.version || '(, rule [^()\"]*)?\\)\"|[\\[,]\"'"
    "     || asked.version || '\"') AS is_overruled"
    "   FROM store_decision WHERE customer_id = asked.customer"
    "   AND position(asked.version in receipt) > 0) AS found ON true"
    " GROUP BY asked.version"
)


@dataclass(frozen=True, kw_only=True)
class Use:
    """How often the decisions of its customers went by a version."""

    used_at: datetime | None  # the latest in which an answer of it held
    decision: str  # its id
    overruled: int  # decisions in which an answer of it did not stand, or it could not give one


class Holders:
    """Whom the policies of customers and contracts are for, and as what they are asked."""

    def __init__(self, scopes: Iterable[Scope], *, at: datetime) -> None:
        self._at, on = at, at.astimezone(UTC).date()
        wanted = list(scopes)
        signed = [
            (customer, contract)
            for customer, contract in signed_contracts()
            if contract.ends_on is None or on <= contract.ends_on
        ]
        self._of: dict[Scope, list[str]] = {scope: [] for scope in wanted}
        for customer, contract in signed:
            self._of.get(Scope(layer=Layer.CONTRACT, key=contract.key), []).append(customer)
        stands_for = survivors()
        own = [scope for scope in wanted if scope.layer is Layer.CUSTOMER]
        keys = {stands_for.get(scope.key, scope.key) for scope in own}
        ids = keys | {customer for held in self._of.values() for customer in held}
        fields = ("pk", "segment", "sales_region", "country")
        self._rows = {
            pk: (segment, (region, country))
            for pk, segment, region, country in Customer.objects.filter(pk__in=ids).values_list(
                *fields
            )
        }
        for scope in own:
            customer = stands_for.get(scope.key, scope.key)
            if customer in self._rows:
                self._of[scope].append(customer)
        self._scopes: dict[str, frozenset[Scope]] = {}
        for scope, held in self._of.items():
            for customer in held:
                self._scopes[customer] = self._scopes.get(customer, frozenset()) | {scope}
        tiers = TierAssignment.objects.filter(customer_id__in=self._rows).order_by("starts_at")
        assigned = tiers.values_list("customer_id", "starts_at", "tier")
        self._contracts: dict[str, list[SignedContract]] = {}
        for customer, contract in signed:
            self._contracts.setdefault(customer, []).append(contract)
        self._entitled = Entitlements(assigned, signed, aliases=aliases())

    def of(self, scope: Scope) -> Sequence[str]:
        """The customers of a scope; those of a contract that is still to come too."""
        return self._of[scope]

    def scopes(self, customer: str) -> frozenset[Scope]:
        """The scopes of a customer's own that policies are for."""
        return self._scopes.get(customer, frozenset())

    def subject(self, customer: str, at: datetime) -> Subject:
        """A customer as policies see it at `at`, as far as is known today."""
        segment, regions = self._rows[customer]
        return self._entitled.subject_at(customer, at, segment=segment, regions=regions)

    def asked(self, customer: str, versions: Sequence[PolicyVersion], kind: str) -> Iterator[Asked]:
        """A customer at each instant from now on at which something may change."""
        edges = [
            edge for contract in self._contracts.get(customer, ()) for edge in _edges(contract)
        ]
        for at in instants(kind, versions, at=self._at, more=edges):
            yield Asked(subject=self.subject(customer, at), at=at)

    def everybody(self, versions: Sequence[PolicyVersion], kind: str) -> Iterator[Asked]:
        """One customer of each group whom versions hold for alike, at each of these instants."""
        scopes = {version.scope for version in versions}
        own = {scope.key for scope in scopes if scope.layer is Layer.CUSTOMER}
        ruled = {scope.key for scope in scopes if scope.layer is Layer.CONTRACT}
        on = self._at.astimezone(UTC).date()
        contracts: dict[str, list[str]] = {}
        for customer, held in self._contracts.items():
            keys = [item.key for item in held if item.is_in_force(on) and item.key in ruled]
            if keys:
                contracts[customer] = keys
        people = representatives(Customer.objects.all(), own=own, contracts=contracts)
        found = _distinct(versions, people)
        # Those who have nothing of their own first: what differs for anybody mostly does for them.
        listed = sorted(
            found, key=lambda subject: bool({subject.member, *subject.contracts} & (own | ruled))
        )
        for at in instants(kind, versions, at=self._at):
            yield from (Asked(subject=subject, at=at) for subject in listed)


def _distinct(versions: Sequence[PolicyVersion], people: Iterable[Subject]) -> list[Subject]:
    """One subject of each tier, segment, region and stage, and all who have something of their own.

    Unlike for a check, a scope that no version is for counts: one may be published for it.
    """
    keys = {
        item.scope.key for item in versions if item.scope.layer in (Layer.CUSTOMER, Layer.CONTRACT)
    }
    audiences = [item.audience for item in versions if item.audience is not None]
    seen: dict[tuple[object, ...], Subject] = {}
    for subject in people:
        own = tuple(key for key in (*subject.customers, *subject.contracts) if key in keys)
        stages = tuple(audience.has(subject) for audience in audiences)
        mark = (subject.tier, subject.segments, subject.regions, own, stages)
        seen.setdefault(mark, subject)
    return list(seen.values())


def _edges(contract: SignedContract) -> Iterator[datetime]:
    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=UTC)

    if contract.starts_on is not None:
        yield midnight(contract.starts_on)
    if contract.ends_on is not None and contract.ends_on < date.max:
        yield midnight(contract.ends_on + _DAY)


def uses(asked: Iterable[tuple[str, str]]) -> Mapping[str, Use]:
    """Version id → how it was used, in the decisions of (customer, version id); unused ones are
    left out."""
    pairs = list(asked)
    given = {"customers": [pair[0] for pair in pairs], "versions": [pair[1] for pair in pairs]}
    return {
        row["version"]: Use(
            used_at=row["used_at"], decision=row["decision"] or "", overruled=row["overruled"]
        )
        for row in rows(_USES, given)
    }
