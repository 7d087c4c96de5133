"""Which rows could not be landed, why, and what is to be done about each?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from troth.core.access.roles import Right
from troth.store.models import Landing, QuarantinedRow
from troth.store.queries.contracts import BATCH
from troth.store.queries.lists import (
    PAGE_SIZE,
    Choice,
    NotFoundError,
    Page,
    choices,
    cut,
    ordered,
)
from troth.store.queries.masking import shows_rows
from troth.store.queries.reads import note
from troth.store.queries.viewing import Sight, Viewer, viewing
from troth.store.queries.visibility import visible_quarantine

SORTS = {"seen": "seen_at", "source": "source", "feed": "feed", "code": "code", "file": "file"}


@dataclass(frozen=True, kw_only=True)
class QuarantineRow:
    """One row that waits, with its reason and the row."""

    id: int
    source: str
    feed: str
    file: str
    row: int | None  # 1-based data row
    line: int | None  # 1-based line
    key: str
    column: str
    code: str
    message: str  # what was found, what was expected, what to do; it may repeat the row
    seen_at: datetime
    resolved_at: datetime | None
    resolution: str
    values: Mapping[str, Any] | None  # the whole row; None where the viewer may not see it

    @property
    def has_landed(self) -> bool:
        """It was let in: its contract is held in batch."""
        return self.code.startswith(BATCH)


@dataclass(frozen=True, kw_only=True)
class QuarantineChoices:
    """What the quarantine can be filtered by; counts are of waiting rows."""

    sources: tuple[Choice, ...]
    feeds: tuple[Choice, ...]
    codes: tuple[Choice, ...]


def find_quarantined(
    *,
    viewer: Viewer,
    source: str = "",
    feed: str = "",
    code: str = "",
    is_resolved: bool | None = False,
    sort: str = "-seen",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[QuarantineRow]:
    """Rows in quarantine; `is_resolved` None for both. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_QUARANTINE) as sight:
        chosen = {"source": source, "feed": feed, "code": code}
        rows = rows_with_kind(sight).filter(
            **{name: value for name, value in chosen.items() if value}
        )
        if is_resolved is not None:
            rows = rows.filter(resolved_at__isnull=not is_resolved)
        rows = ordered(rows, sort=sort, columns=SORTS, key="pk")
        return cut(rows, page=page, size=size, to_row=lambda row: _row(viewer, row))


def quarantined(*, viewer: Viewer, row_id: int) -> QuarantineRow:
    """One row. Raises NotFoundError."""
    with viewing(viewer, Right.SEE_QUARANTINE) as sight:
        found = rows_with_kind(sight).filter(pk=row_id).first()
        if found is None:
            raise NotFoundError("quarantined row", str(row_id))
        return _row(viewer, found)


def quarantine_choices(*, viewer: Viewer) -> QuarantineChoices:
    """The sources, feeds and codes of the rows that wait."""
    with viewing(viewer, Right.SEE_QUARANTINE) as sight:
        waiting = visible_quarantine(sight).filter(resolved_at=None)
        return QuarantineChoices(
            sources=choices(waiting, "source"),
            feeds=choices(waiting, "feed"),
            codes=choices(waiting, "code"),
        )


def rows_with_kind(sight: Sight) -> QuerySet[QuarantinedRow]:
    """What the viewer may see, each with the record kind of its feed; null: none landed yet."""
    landings = Landing.objects.filter(source=OuterRef("source"), feed=OuterRef("feed"))
    return visible_quarantine(sight).annotate(
        record_kind=Subquery(landings.order_by("-id").values("kind")[:1])
    )


_UNTOLD = "Why is not told to your role, because it repeats the row. See `troth explain {code}`."


def _row(viewer: Viewer, row: Any) -> QuarantineRow:
    is_shown = shows_rows(viewer, row.record_kind or "")
    if is_shown:
        note(viewer=viewer, what="row", subject=f"quarantine/{row.pk}")
    return QuarantineRow(
        id=row.pk,
        source=row.source,
        feed=row.feed,
        file=row.file,
        row=row.row,
        line=row.line,
        key=row.key or "",
        column=row.column or "",
        code=row.code,
        message=row.message if is_shown else _UNTOLD.format(code=row.code),
        seen_at=row.seen_at,
        resolved_at=row.resolved_at,
        resolution=row.resolution,
        values=_read(row.raw) if is_shown else None,
    )


def _read(raw: str) -> Mapping[str, Any]:
    """The row as a mapping; what is no JSON object stands under one name, as it came."""
    try:
        found = json.loads(raw)
    except ValueError:
        return {"row": raw}
    return found if isinstance(found, dict) else {"row": raw}
