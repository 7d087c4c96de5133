"""How good is what is known of a customer, or of all, as far as this viewer may know?

A score says nothing of the value that it judges, so that who may not see a field still sees how
good it is: it is reckoned as the program, and the values are read as the viewer may see them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from troth.core.access.roles import Right
from troth.core.quality import FIELDS, MEASURES, CustomerQuality, FieldQuality, Measure, mean_of
from troth.store.facts.quality import judged
from troth.store.models import Customer
from troth.store.queries.customers import customer_key
from troth.store.queries.masking import GOLDEN, golden, shows_field
from troth.store.queries.naming import display_name
from troth.store.queries.viewing import Viewer, as_the_program, viewing
from troth.store.queries.visibility import visible_customers

MOST = 1_000  # customers that a summary looks at; ids are drawn from a hash, so that it is a sample
_WORST = 20
_PLACES = Decimal("0.0001")


@dataclass(frozen=True, kw_only=True)
class LossRow:
    """Why a measure is below 1."""

    measure: str
    code: str
    sentence: str
    records: tuple[str, ...]  # those at fault; none where the field is masked


@dataclass(frozen=True, kw_only=True)
class FieldRow:
    """One field of a customer by the five measures: 0 to 1, None where it cannot be said."""

    name: str
    weight: int
    value: str  # "" where there is none, or it is masked
    is_masked: bool
    source: str  # the record that it came from; "" where the field is masked
    rule: str  # by which it was chosen
    score: Decimal | None
    complete: Decimal | None
    valid: Decimal | None
    consistent: Decimal | None
    fresh: Decimal | None
    verified: Decimal | None
    losses: tuple[LossRow, ...]

    @property
    def measures(self) -> tuple[Decimal | None, ...]:
        """In the order in which they are always told."""
        return tuple(getattr(self, measure.value) for measure in MEASURES)


@dataclass(frozen=True, kw_only=True)
class QualityRow:
    """One customer: its score, and each field's."""

    customer_id: str
    customer_name: str
    score: Decimal | None
    measured_at: datetime | None  # when feeds were measured
    fields: tuple[FieldRow, ...]


@dataclass(frozen=True, kw_only=True)
class FieldSummary:
    """One field over many customers: the mean of each measure over those of whom it can be said."""

    name: str
    weight: int
    score: Decimal | None
    complete: Decimal | None
    valid: Decimal | None
    consistent: Decimal | None
    fresh: Decimal | None
    verified: Decimal | None

    @property
    def measures(self) -> tuple[Decimal | None, ...]:
        """In the order in which they are always told."""
        return tuple(getattr(self, measure.value) for measure in MEASURES)


@dataclass(frozen=True, kw_only=True)
class PoorRow:
    """A customer of whom little is known well."""

    customer_id: str
    customer_name: str
    score: Decimal
    losses: int  # points that were lost
    worst_field: str  # the field that costs the score most


@dataclass(frozen=True, kw_only=True)
class QualitySummary:
    """Many customers at once."""

    customers: int  # whom the viewer may see
    looked_at: int  # of those: the first thousand by id
    score: Decimal | None  # the mean of theirs
    measured_at: datetime | None
    fields: tuple[FieldSummary, ...]
    worst: tuple[PoorRow, ...]  # of those that were looked at, the poorest first


def quality_of(*, viewer: Viewer, customer_id: str) -> QualityRow:
    """One customer, by its id or a source key. Raises NotFoundError, NotAllowedError."""
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        key = customer_key(viewer=viewer, customer_id=customer_id)
        found = visible_customers(sight).select_related("customerpersonal").get(pk=key)
        with as_the_program():  # scores of what this viewer may not see, and no value of it
            known = judged([key])
        quality = known.customers[key]
        return QualityRow(
            customer_id=key,
            customer_name=display_name(viewer, found),
            score=_rounded(quality.score),
            measured_at=known.measured_at,
            fields=_field_rows(viewer, found, quality),
        )


def summarise_quality(*, viewer: Viewer) -> QualitySummary:
    """The customers whom this viewer may see, a thousand at most. Raises NotAllowedError."""
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        rows = visible_customers(sight).select_related("customerpersonal").order_by("pk")
        total = rows.count()
        found = {row.pk: row for row in rows[:MOST]}
        with as_the_program():
            known = judged(found)
        scores = [quality.score for quality in known.customers.values()]
        return QualitySummary(
            customers=total,
            looked_at=len(found),
            score=_rounded(mean_of((score, 1) for score in scores)),
            measured_at=known.measured_at,
            fields=_field_summaries(known.customers.values()),
            worst=tuple(
                PoorRow(
                    customer_id=key,
                    customer_name=display_name(viewer, found[key]),
                    score=score,
                    losses=sum(len(field.losses) for field in known.customers[key].fields),
                    worst_field=_worst_field(known.customers[key]),
                )
                for score, key in _poorest(known.customers.items())
            ),
        )


def _field_rows(viewer: Viewer, found: Customer, quality: CustomerQuality) -> tuple[FieldRow, ...]:
    shown = golden(viewer, found)
    values = {field.name: getattr(found, field.name, "") for field in quality.fields}
    values |= dict.fromkeys(GOLDEN, "") if shown is None else shown.values
    return tuple(
        _field_row(
            field,
            value=values[field.name],
            is_masked=not shows_field(viewer, "customer", field.name),
        )
        for field in quality.fields
    )


def _field_row(field: FieldQuality, *, value: str, is_masked: bool) -> FieldRow:
    return FieldRow(
        name=field.name,
        weight=field.weight,
        value=value,
        is_masked=is_masked,
        source="" if is_masked else field.source,
        rule=field.rule,
        score=_rounded(field.score),
        losses=tuple(
            LossRow(
                measure=loss.measure.value,
                code=loss.code,
                sentence=loss.sentence,
                records=() if is_masked else loss.records,
            )
            for loss in field.losses
        ),
        **_by_name(field.measures.items()),
    )


def _field_summaries(found: Iterable[CustomerQuality]) -> tuple[FieldSummary, ...]:
    by_field = list(zip(*(quality.fields for quality in found), strict=True))
    if not by_field:
        return ()
    return tuple(
        FieldSummary(
            name=expected.name,
            weight=expected.weight,
            score=_rounded(mean_of((field.score, 1) for field in fields)),
            **_by_name(
                (measure, mean_of((field.measures[measure], 1) for field in fields))
                for measure in MEASURES
            ),
        )
        for expected, fields in zip(FIELDS, by_field, strict=True)
    )


def _poorest(found: Iterable[tuple[str, CustomerQuality]]) -> list[tuple[Decimal, str]]:
    scored = [(score, key) for key, one in found if (score := _rounded(one.score)) is not None]
    return sorted(scored)[:_WORST]


def _worst_field(quality: CustomerQuality) -> str:
    """The field that costs the customer's score most; of equals the first."""
    costs = {
        field.name: (1 - field.score) * field.weight
        for field in quality.fields
        if field.score is not None
    }
    return max(costs, key=lambda name: costs[name], default="")


def _by_name(measures: Iterable[tuple[Measure, Fraction | None]]) -> dict[str, Decimal | None]:
    return {measure.value: _rounded(share) for measure, share in measures}


def _rounded(share: Fraction | None) -> Decimal | None:
    if share is None:
        return None
    return (Decimal(share.numerator) / Decimal(share.denominator)).quantize(_PLACES)
