"""Was the promise kept, what did it take, and where? Each measure as a chart with its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import formats
from django.utils.translation import gettext as _

from troth.actions.measures import measured
from troth.analysis.metrics import REASONS, Entry, Row, catalog
from troth.console.parts.charts import chart
from troth.console.parts.charts import picture as draw
from troth.console.parts.reading import PageRequest, page
from troth.console.parts.workplace import workspace
from troth.core.access.roles import Right
from troth.store.queries.lists import BadListError, NotFoundError
from troth.store.queries.moment import last_run
from troth.store.queries.viewing import Viewer
from troth.store.tables import TablesMissingError, visible_customers

SPLITS = ("month", "tier", "segment", "region")
_MOST_GROUPS = 24  # a chart with more says less; the table and the API have all
_FORMS = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One measure as the page draws it."""

    metric: Entry
    overall: Row | None
    rows: tuple[Row, ...]  # as in the chart
    left_out: int  # groups beyond those
    answer: str
    spec: dict[str, Any]
    spec_id: str
    excluded: tuple[tuple[str, int], ...]  # (sentence, rows)
    is_on_target: bool | None  # None: no target, or nothing to measure

    @property
    def has_values(self) -> bool:
        return any(row.value is not None for row in self.rows)


@page(Right.SEE_MEASURES)
def index(request: PageRequest) -> HttpResponse:
    """Every measure, split by one dimension."""
    by = _split(request)
    context: dict[str, Any] = {"by": by, "splits": SPLITS}
    try:
        context["families"] = _families(_all(request.reading.viewer, by))
    except TablesMissingError:
        context["is_missing"] = True
    return render(request, "pages/measures.html", context)


@page(Right.SEE_MEASURES)
def one(request: PageRequest, name: str) -> HttpResponse:
    """One measure by everything that it can be split by."""
    metric = _named(name)
    splits = [item for item in metric.dimensions if item != "customer"]
    try:
        whole = rows_by(request.reading.viewer, _beside(metric), "")
        shown = [_one(request.reading.viewer, metric, by, whole) for by in splits]
    except TablesMissingError:
        shown = []
    context = {"metric": metric, "splits": list(zip(splits, shown, strict=False))}
    return render(request, "pages/measure.html", context)


@page(Right.SEE_MEASURES)
def picture(request: PageRequest, name: str, form: str) -> HttpResponse:
    """The chart of a measure as SVG or PNG, for reports."""
    if form not in _FORMS:
        raise Http404
    metric, by = _named(name), _split(request)
    try:
        whole = rows_by(request.reading.viewer, _beside(metric), "")
        shown = _one(request.reading.viewer, metric, by, whole)
    except TablesMissingError as error:
        raise NotFoundError("picture", name) from error
    spec = chart(metric, shown.rows, by=by, answer=shown.answer, is_titled=True)
    response = HttpResponse(draw(spec, form), content_type=_FORMS[form])
    response["Content-Disposition"] = f'inline; filename="{name}-{by}.{form}"'
    return response


def _all(viewer: Viewer, by: str) -> list[Shown]:
    entries = [entry for entry in catalog() if by in entry.dimensions]
    names = [entry.name for entry in entries]
    rows, overall = rows_by(viewer, names, by), rows_by(viewer, names, "")
    return [_shown(entry, rows, overall, by) for entry in entries]


def rows_by(viewer: Viewer, names: Sequence[str], by: str) -> tuple[Row, ...]:
    """The rows of some metrics by one dimension; "" for none. Raises TablesMissingError.

    Measures change with a run, and with the customers that the viewer may see: until then a
    viewer's rows are kept.
    """
    run = last_run(viewer=viewer)
    rests_on = (run and (run.id, run.finished_at), visible_customers(viewer).digest)
    return _kept(viewer, tuple(names), by, rests_on)


@lru_cache(maxsize=256)
def _kept(viewer: Viewer, names: tuple[str, ...], by: str, rests_on: object) -> tuple[Row, ...]:
    split = [by] if by else []
    return measured(workspace().private, viewer=viewer, metrics=names, by=split)


def _one(viewer: Viewer, metric: Entry, by: str, overall: Sequence[Row]) -> Shown:
    if by not in metric.dimensions:
        offered = ", ".join(metric.dimensions)
        raise BadListError(f"{metric.name} cannot be split by {by!r}. Use one of {offered}.")
    return _shown(metric, rows_by(viewer, _beside(metric, by), by), overall, by)


def _beside(metric: Entry, by: str = "") -> list[str]:
    """All metrics of the same table that can be split so: they are one pass over it, and whoever
    reads one page turns to the next."""
    return [
        entry.name
        for entry in catalog()
        if entry.table == metric.table and (not by or by in entry.dimensions)
    ]


def _shown(metric: Entry, rows: Sequence[Row], overall: Sequence[Row], by: str) -> Shown:
    own = [row for row in rows if row.metric == metric.name]
    if by != "month":
        own.sort(key=lambda row: (-row.denominator, row.dimensions[by]))
    kept = own[-_MOST_GROUPS:] if by == "month" else own[:_MOST_GROUPS]
    whole = next((row for row in overall if row.metric == metric.name), None)
    answer = answer_of(metric, whole)
    return Shown(
        metric=metric,
        overall=whole,
        rows=tuple(kept),
        left_out=len(own) - len(kept),
        answer=answer,
        spec=chart(metric, kept, by=by, answer=answer),
        spec_id=f"spec-{metric.name}-{by}",
        excluded=_excluded(whole),
        is_on_target=_is_on_target(metric, whole),
    )


def answer_of(metric: Entry, row: Row | None) -> str:
    """The answer in a sentence: the value over everything that was counted."""
    if row is None or row.value is None:
        return _("Nothing to measure yet.")
    figures = {
        "value": formats.number_format(row.value, 1),
        "symbol": metric.symbol,
        "count": formats.number_format(row.denominator, 0, force_grouping=True),
    }
    return _("%(value)s %(symbol)s over %(count)s counted.") % figures


def _is_on_target(metric: Entry, row: Row | None) -> bool | None:
    if metric.target is None or row is None or row.value is None:
        return None
    gap = row.value - float(metric.target)
    return gap >= 0 if metric.better == "higher" else gap <= 0


def _excluded(row: Row | None) -> tuple[tuple[str, int], ...]:
    found = {} if row is None else row.excluded
    return tuple((REASONS.get(code, code), rows) for code, rows in found.items())


def _families(shown: list[Shown]) -> list[tuple[str, list[Shown]]]:
    names = dict.fromkeys(item.metric.family for item in shown)
    return [(name, [item for item in shown if item.metric.family == name]) for name in names]


def _named(name: str) -> Entry:
    for entry in catalog():
        if entry.name == name:
            return entry
    raise NotFoundError("measure", name)


def _split(request: PageRequest) -> str:
    by = request.GET.get("by", "month")
    if by not in SPLITS:
        raise BadListError(f"Measures cannot be split by {by!r}. Use one of {', '.join(SPLITS)}.")
    return by
