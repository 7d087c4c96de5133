"""Who are our customers, and who is this one?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q
from django.db.models.expressions import RawSQL

from troth.core.access.roles import Right
from troth.core.access.vocabulary import Purpose
from troth.store.facts.aliases import survivor_of
from troth.store.models import (
    CaseWork,
    Crosswalk,
    Customer,
    Promise,
    ResolutionQuestion,
    TierAssignment,
)
from troth.store.queries.lists import (
    PAGE_SIZE,
    Choice,
    NotFoundError,
    Page,
    choices,
    cut,
    ordered,
    summed,
)
from troth.store.queries.masking import GOLDEN, golden, shows_field
from troth.store.queries.naming import display_name
from troth.store.queries.viewing import Sight, Viewer, viewing
from troth.store.queries.visibility import (
    visible,
    visible_customers,
    visible_questions,
)

SORTS = {
    "name": "customerpersonal__name",
    "id": "pk",
    "tier": "tier",
    "segment": "segment",
    "region": "sales_region",
    "country": "country",
    "revenue": "revenue_trailing",
    "sources": "source_count",
    "since": "first_known_at",
}


@dataclass(frozen=True, kw_only=True)
class CustomerRow:
    """One customer in a list."""

    id: str
    name: str  # the id where the viewer may not see names
    tier: str
    segment: str
    region: str  # where it may be held
    sales_region: str
    country: str
    city: str
    party_kind: str
    time_zone: str
    revenue: Decimal | None  # trailing, in `currency`
    currency: str
    source_count: int
    first_known_at: datetime
    late_orders: int = 0  # open orders past or past saving their promise
    open_cases: int = 0


@dataclass(frozen=True, kw_only=True)
class CustomerChoices:
    """What a list of customers can be filtered by."""

    tiers: tuple[Choice, ...]
    segments: tuple[Choice, ...]
    regions: tuple[Choice, ...]


@dataclass(frozen=True, kw_only=True)
class Source:
    """One source record that belongs to a customer, and why."""

    key: str
    kind: str  # customer or contact
    because: str


@dataclass(frozen=True, kw_only=True)
class Personal:
    """The personal part of a golden record; each field with the record that it came from."""

    name: str
    email: str
    phone: str
    tax_id: str
    address: str
    postal_code: str
    provenance: Mapping[str, str]
    masked: tuple[str, ...] = ()  # fields that are not shown to this viewer for this purpose


@dataclass(frozen=True, kw_only=True)
class TierSpan:
    """A tier that a customer had over a span of time, and why."""

    tier: str
    starts_at: datetime
    ends_at: datetime | None
    code: str
    sentence: str
    revenue: Decimal
    currency: str
    policy_version: str


@dataclass(frozen=True, kw_only=True)
class CustomerRecord:
    """One customer: who it is across all systems, its tier and how it came by it."""

    row: CustomerRow
    language: str
    tier_since: datetime | None
    personal: Personal | None  # None where the viewer may not see it, or it was erased
    is_personal_hidden: bool
    sources: tuple[Source, ...]
    tiers: tuple[TierSpan, ...]  # newest first
    open_questions: int  # resolution questions that name this customer

    @property
    def tier_reason(self) -> str:
        """Why it is in its tier now, in a sentence."""
        return self.tiers[0].sentence if self.tiers else ""


def find_customers(
    *,
    viewer: Viewer,
    q: str = "",
    tier: str = "",
    segment: str = "",
    region: str = "",
    sort: str = "-revenue",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[CustomerRow]:
    """Customers that match `q` by id or source key, and by name or e-mail for those who may.

    `region` is the sales region. Raises BadListError, NotAllowedError.
    """
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        rows = visible_customers(sight).select_related("customerpersonal")
        chosen = {"tier": tier, "segment": segment, "sales_region": region}
        rows = rows.filter(**{name: value for name, value in chosen.items() if value})
        if q:
            rows = rows.filter(_matches(viewer, q.strip()))
        columns = SORTS
        if not shows_field(viewer, "customer", "name"):  # an order by a hidden name would tell it
            columns = SORTS | {"name": "pk"}
        rows = ordered(rows, sort=sort, columns=columns, key="pk")
        sums = summed(rows, amount="revenue_trailing")
        found = cut(rows, page=page, size=size, sums=sums, to_row=lambda row: row)
        late, cases = _open_work(sight, (row.pk for row in found.rows))
        return Page(
            rows=tuple(
                _row(viewer, row, late=late.get(row.pk, 0), cases=cases.get(row.pk, 0))
                for row in found.rows
            ),
            total=found.total,
            number=found.number,
            size=found.size,
            sums=found.sums,
        )


def customer_choices(*, viewer: Viewer) -> CustomerChoices:
    """The tiers, segments and sales regions that occur."""
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        everyone = visible_customers(sight)
        return CustomerChoices(
            tiers=choices(everyone, "tier"),
            segments=choices(everyone, "segment"),
            regions=choices(everyone, "sales_region"),
        )


def customer(
    *, viewer: Viewer, customer_id: str, purpose: Purpose = Purpose.SERVICE
) -> CustomerRecord:
    """One customer, by its id, an alias or a source key; `purpose` is what its fields are read for.

    Raises NotFoundError.
    """
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        found = _fetch(sight, customer_id)
        late, cases = _open_work(sight, [found.pk])
        links = visible(Crosswalk.objects.filter(customer=found), sight)
        tiers = visible(TierAssignment.objects.filter(customer=found), sight)
        asked = ResolutionQuestion.objects.filter(settled_at=None, customers__contains=[found.pk])
        is_hidden = not any(
            shows_field(viewer, "customer", name, purpose=purpose) for name in GOLDEN
        )
        return CustomerRecord(
            row=_row(viewer, found, late=late.get(found.pk, 0), cases=cases.get(found.pk, 0)),
            language=found.language,
            tier_since=found.tier_since,
            personal=_personal(viewer, found, purpose),
            is_personal_hidden=is_hidden,
            sources=tuple(
                Source(key=link.source_key, kind=link.kind, because=link.because)
                for link in links.order_by("kind", "source_key")
            ),
            tiers=tuple(_span(item) for item in tiers.order_by("-starts_at")),
            open_questions=visible_questions(asked, sight).count(),
        )


def customer_key(*, viewer: Viewer, customer_id: str, right: Right = Right.SEE_CUSTOMERS) -> str:
    """The id of a customer whom the right reaches, by its id or by a source key.

    Raises NotFoundError.
    """
    with viewing(viewer, right) as sight:
        return _fetch(sight, customer_id).pk


def source_keys(sight: Sight, customer_id: str) -> list[str]:
    """The customer records of a customer, as facts name it. Call it inside `viewing`."""
    return list(
        visible(Crosswalk.objects.filter(customer=customer_id, kind="customer"), sight)
        .order_by("source_key")
        .values_list("source_key", flat=True)
    )


def _matches(viewer: Viewer, q: str) -> Q:
    wanted = Q(pk=q) | Q(pk__startswith=q.lower()) | Q(pk=survivor_of(q))
    wanted |= Q(pk__in=Crosswalk.objects.filter(source_key__iexact=q).values("customer"))
    if all(shows_field(viewer, "customer", name) for name in ("name", "email")):
        wanted |= Q(pk__in=RawSQL("SELECT troth_search_customers(%s)", [q]))
    return wanted


def _fetch(sight: Sight, key: str) -> Customer:
    rows = visible_customers(sight).select_related("customerpersonal")
    found = rows.filter(pk=key).first() or rows.filter(pk=survivor_of(key)).first()
    if found is None:
        linked = visible(Crosswalk.objects.filter(source_key=key), sight).values("customer")
        found = rows.filter(pk__in=linked).first()
    if found is None:
        raise NotFoundError("customer", key)
    return found


def _open_work(sight: Sight, ids: Iterable[str]) -> tuple[dict[str, int], dict[str, int]]:
    wanted = list(ids)
    late = visible(Promise.objects.filter(customer__in=wanted, state="late"), sight)
    cases = visible(CaseWork.objects.filter(customer__in=wanted, is_open=True), sight)
    return (
        dict(late.order_by().values_list("customer").annotate(count=Count("pk"))),
        dict(cases.order_by().values_list("customer").annotate(count=Count("pk"))),
    )


def _row(viewer: Viewer, row: Customer, *, late: int, cases: int) -> CustomerRow:
    return CustomerRow(
        id=row.pk,
        name=display_name(viewer, row),
        tier=row.tier,
        segment=row.segment,
        region=row.region,
        sales_region=row.sales_region,
        country=row.country,
        city=row.city,
        party_kind=row.party_kind,
        time_zone=row.time_zone,
        revenue=row.revenue_trailing,
        currency=row.currency,
        source_count=row.source_count,
        first_known_at=row.first_known_at,
        late_orders=late,
        open_cases=cases,
    )


def _personal(viewer: Viewer, row: Customer, purpose: Purpose) -> Personal | None:
    found = golden(viewer, row, purpose=purpose)
    if found is None:
        return None
    return Personal(**found.values, provenance=found.provenance, masked=found.masked)


def _span(item: TierAssignment) -> TierSpan:
    return TierSpan(
        tier=item.tier,
        starts_at=item.starts_at,
        ends_at=item.ends_at,
        code=item.code,
        sentence=item.sentence,
        revenue=item.revenue,
        currency=item.currency,
        policy_version=item.policy_version,
    )
