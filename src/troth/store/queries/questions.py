"""Which records would bridge two settled customers, and wait for a steward?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from troth.core.access.roles import Right
from troth.store.models import ResolutionQuestion
from troth.store.queries.lists import PAGE_SIZE, NotFoundError, Page, cut, ordered
from troth.store.queries.naming import names_of
from troth.store.queries.viewing import Sight, Viewer, viewing
from troth.store.queries.visibility import visible_questions

SORTS = {"asked": "asked_at", "weight": "weight", "record": "source_key"}
KINDS = ("scored", "key")


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One comparison of a scored pair, and how far it moves the odds."""

    comparison: str
    level: str
    weight: Decimal


@dataclass(frozen=True, kw_only=True)
class QuestionRow:
    """One question of identity, open or settled."""

    id: str
    source_key: str
    customers: tuple[tuple[str, str], ...]  # (id, name) of those that it would join
    because: str
    asked_at: datetime
    settled_at: datetime | None
    verdict: str
    evidence: tuple[Evidence, ...] = ()  # where it was scored
    weight: Decimal | None = None  # match weight, log2 of the odds
    probability: Decimal | None = None

    @property
    def kind(self) -> str:
        """`scored` where weights say how alike they are, `key` where they share an exact one."""
        return "scored" if self.evidence else "key"


def find_questions(
    *,
    viewer: Viewer,
    customer_id: str = "",
    is_settled: bool | None = False,
    kind: str = "",
    sort: str = "asked",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[QuestionRow]:
    """Questions, by default the oldest first. Raises BadListError, NotAllowedError.

    `kind`: `scored` or `key`; anything else is all.
    """
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        rows = visible_questions(ResolutionQuestion.objects.all(), sight)
        rows = ordered(rows, sort=sort, columns=SORTS, key="pk")
        if kind in KINDS:
            rows = rows.filter(weight__isnull=kind == "key")
        if is_settled is not None:
            rows = rows.filter(settled_at__isnull=not is_settled)
        if customer_id:
            rows = rows.filter(customers__contains=[customer_id])
        found = cut(rows, page=page, size=size, to_row=lambda row: row)
        return Page(
            rows=_rows(sight, found.rows),
            total=found.total,
            number=found.number,
            size=found.size,
        )


def question(*, viewer: Viewer, question_id: str) -> QuestionRow:
    """One question, open or settled. Raises NotFoundError, NotAllowedError."""
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        rows = ResolutionQuestion.objects.filter(pk=question_id)
        row = visible_questions(rows, sight).first()
        if row is None:
            raise NotFoundError("question", question_id)
        return _rows(sight, [row])[0]


def _rows(sight: Sight, rows: Sequence[ResolutionQuestion]) -> tuple[QuestionRow, ...]:
    names = names_of(sight, (item for row in rows for item in row.customers))
    return tuple(
        QuestionRow(
            id=row.pk,
            source_key=row.source_key,
            customers=tuple((item, names.get(item, item)) for item in row.customers),
            because=row.because,
            asked_at=row.asked_at,
            settled_at=row.settled_at,
            verdict=row.verdict,
            evidence=tuple(
                Evidence(
                    comparison=str(item["comparison"]),
                    level=str(item["level"]),
                    weight=Decimal(str(item["weight"])),
                )
                for item in row.evidence
            ),
            weight=row.weight,
            probability=row.probability,
        )
        for row in rows
    )
