"""What do the measures say, for a viewer?

The one read that lives among the verbs: it needs both the rows (store) and the numbers (analysis),
which do not know each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from troth.analysis.metrics import METRICS, Row, measure
from troth.store.models import Run
from troth.store.queries.viewing import Viewer
from troth.store.tables import for_viewer

FOLDER = "tables"


def measured(
    private: Path,
    *,
    viewer: Viewer,
    metrics: Iterable[str] | None = None,
    by: Sequence[str] = (),
) -> tuple[Row, ...]:
    """Rows of the named metrics (None: all that know these dimensions), by some dimensions.

    `private` is the workspace's own folder. Raises NotAllowedError, TablesMissingError,
    UnknownMetricError, UnknownDimensionError.
    """
    names = list(METRICS) if metrics is None else list(metrics)
    return measure(names, for_viewer(viewer, private / FOLDER), by=by, as_of=last_as_of())


def last_as_of() -> datetime | None:
    """What counted as now in the last finished run; None before the first."""
    return (
        Run.objects.exclude(finished_at=None)
        .exclude(as_of=None)
        .order_by("-id")
        .values_list("as_of", flat=True)
        .first()
    )
