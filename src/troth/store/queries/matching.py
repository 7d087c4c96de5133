"""By which model are records joined that share no key, and what does it promise?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from troth.core.access.roles import Right
from troth.core.identity.likely import FEWEST_RECORDS
from troth.store.models import Crosswalk, MatchModel, ResolutionQuestion
from troth.store.queries.viewing import Viewer, viewing
from troth.store.queries.visibility import visible, visible_questions


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """What a threshold of this weight comes to, as the model itself expects it."""

    weight: Decimal  # bits
    precision: Decimal  # of the pairs of this weight and above: that are one customer
    recall: Decimal  # of the pairs that are one customer: of this weight and above
    pairs: int


@dataclass(frozen=True, kw_only=True)
class LearntModel:
    """What was learnt of how records of one customer differ."""

    id: str
    trained_at: datetime
    records: int  # that it was learnt from
    sources: int
    design: str  # person, organisation
    precision: Decimal  # that troth.toml states
    sentence: str  # why nothing was learnt; "" where it was
    match_from: Decimal | None  # bits: from here on records are joined
    possible_from: Decimal | None  # and from here on a steward is asked
    expected: CurvePoint | None  # at `match_from`
    curve: tuple[CurvePoint, ...]  # the strictest threshold first
    grounds: Mapping[str, Any]
    scored_at: datetime | None  # when records were last compared


@dataclass(frozen=True, kw_only=True)
class Matching:
    """How records are matched here now."""

    records: int  # of customers, in the crosswalk
    fewest_records: int  # from which on something is learnt
    joined: int  # records that likeness joined
    asked: int  # open questions that likeness asks
    model: LearntModel | None


def matching(*, viewer: Viewer) -> Matching | None:
    """The model in use, for whoever sees every customer; else None.

    It rests on all customers, hidden ones too. Raises NotAllowedError.
    """
    with viewing(viewer, Right.SEE_MEASURES) as sight:
        if not sight.is_all:
            return None
        row = MatchModel.objects.order_by("-trained_at", "-id").first()
        linked = visible(Crosswalk.objects.filter(kind="customer"), sight)
        open_ones = visible_questions(
            ResolutionQuestion.objects.filter(settled_at=None, weight__isnull=False), sight
        )
        return Matching(
            records=linked.count(),
            fewest_records=FEWEST_RECORDS,
            joined=linked.filter(because__startswith="match ").count(),
            asked=open_ones.count(),
            model=None if row is None else _learnt(row),
        )


def _learnt(row: MatchModel) -> LearntModel:
    return LearntModel(
        id=row.pk,
        trained_at=row.trained_at,
        records=row.records,
        sources=row.sources,
        design=row.design,
        precision=row.precision.normalize(),
        sentence=row.sentence,
        match_from=row.match_from,
        possible_from=row.possible_from,
        expected=_point(row.expected) if row.expected else None,
        curve=tuple(_point(point) for point in row.curve),
        grounds=row.grounds,
        scored_at=row.scored_at,
    )


def _point(found: Mapping[str, Any]) -> CurvePoint:
    return CurvePoint(
        weight=Decimal(found["weight"]),
        precision=Decimal(found["precision"]),
        recall=Decimal(found["recall"]),
        pairs=found["pairs"],
    )
