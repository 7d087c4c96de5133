"""What are our customers worth, who is about to leave, and can such numbers be trusted?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from troth.console.pages.lists import show_list
from troth.console.parts.charts import THEME
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.queries.customers import customer_choices
from troth.store.queries.lists import Page
from troth.store.queries.values import ModelRow, ValueRow, find_values, newest_models

_COLUMNS = (
    Column(name="customer", label=_("Customer"), is_fixed=True),
    Column(name="tier", label=_("Tier"), sort="tier"),
    Column(name="segment", label=_("Segment"), sort="segment"),
    Column(name="value", label=_("Value"), sort="value", is_number=True),
    Column(name="range", label=_("90 of 100 between"), sort="low", is_number=True),
    Column(name="leaving", label=_("Leaves"), sort="leaving", is_number=True),
    Column(name="bought", label=_("Days bought"), sort="bought", is_number=True),
    Column(name="last", label=_("Last bought"), sort="last"),
)
_FILTERS = (Filter(name="tier", label=_("Tier")), Filter(name="segment", label=_("Segment")))
_CSV = (
    "customer_id", "customer_name", "tier", "segment", "value", "low", "high", "currency",
    "horizon_months", "margin_percent", "alive", "leaving", "silence_days", "purchases",
    "per_purchase", "remaining_months", "days_bought", "first_on", "last_on", "form", "model",
    "as_of",
)  # fmt: skip
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, kw_only=True)
class ShownModel:
    """One fit as the page draws it."""

    row: ModelRow
    held_out_from: date | None  # None: no time was held out
    held_out_until: date | None
    bought: dict[str, Any] | None  # purchases by how often customers had bought before
    leaving: dict[str, Any] | None  # chances by band
    bought_spec: dict[str, Any] | None
    leaving_spec: dict[str, Any] | None

    @property
    def bought_id(self) -> str:
        return f"{self.row.id}-bought"

    @property
    def leaving_id(self) -> str:
        return f"{self.row.id}-leaving"


@page(Right.SEE_CUSTOMERS)
def index(request: PageRequest) -> HttpResponseBase:
    """Customers by what they are expected to bring in, or by how likely they leave."""
    viewer = request.reading.viewer
    listing = Listing(request, name="values", columns=_COLUMNS, filters=_FILTERS, sort="-value")

    def fetch(number: int, size: int) -> Page[ValueRow]:
        return find_values(
            viewer=viewer, **listing.chosen, sort=listing.sort, page=number, size=size
        )

    if listing.is_csv:
        return csv_of("values", _CSV, fetch, lambda row: [getattr(row, name) for name in _CSV])
    found = fetch(listing.page, 50)
    offered = customer_choices(viewer=viewer)
    listing.offer("tier", offered.tiers)
    listing.offer("segment", offered.segments)
    context = {
        "listing": listing,
        "found": found,
        "terms": found.rows[0] if found.rows else None,
        "may_see_models": request.reading.may(Right.SEE_MEASURES),
    }
    return show_list(request, "values", context)


@page(Right.SEE_MEASURES)
def models(request: PageRequest) -> HttpResponse:
    """How good the numbers are: what the models said of a time held out, and what came."""
    found = newest_models(viewer=request.reading.viewer)
    shown = [_shown(row) for row in found if row.customers or row.sentence]
    return render(request, "pages/value_models.html", {"models": shown})


def _shown(row: ModelRow) -> ShownModel:
    check = _numbers(row.check)
    begins = _EPOCH + timedelta(days=row.check["until_day"] + 1) if check else None
    bought, leaving = check.get("hold_out"), check.get("leaving")
    return ShownModel(
        row=row,
        held_out_from=begins,
        held_out_until=begins + timedelta(days=row.check["days"] - 1) if begins else None,
        bought=bought,
        leaving=leaving,
        bought_spec=_bought(bought["classes"]) if bought else None,
        leaving_spec=_leaving(leaving["bands"]) if leaving else None,
    )


def _numbers(found: Any) -> Any:
    """A document in which numbers are written as text, with numbers."""
    if isinstance(found, Mapping):
        return {name: _numbers(value) for name, value in found.items()}
    if isinstance(found, list):
        return [_numbers(value) for value in found]
    return float(found) if isinstance(found, str) else found


def _spec(description: str, values: list[dict[str, Any]], **drawn: Any) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": description,
        "data": {"values": values},
        "width": "container",
        "height": 220,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": THEME,
        **drawn,
    }


def _bought(classes: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean purchases by how often customers had bought again: expected beside actual."""
    expected, came = _t("Expected"), _t("Came")
    values = [
        {
            "class": f"{item['frequency']}+" if item["is_open"] else str(item["frequency"]),
            "what": what,
            "mean": item[name],
        }
        for item in classes
        for name, what in (("expected", expected), ("actual", came))
    ]
    x = {
        "field": "class",
        "type": "ordinal",
        "sort": None,
        "title": _t("bought again before, times"),
        "axis": {"labelAngle": 0},
    }
    y = {
        "field": "mean",
        "type": "quantitative",
        "title": _t("purchases"),
        "axis": {"tickCount": 5},
    }
    colour = {
        "field": "what",
        "type": "nominal",
        "sort": [expected, came],
        "title": None,
        "legend": {"orient": "top", "labelFontSize": 11},
    }
    side = {"field": "what", "sort": [expected, came]}
    return _spec(
        _t("Purchases that were expected in a time held out, and those that came."),
        values,
        mark={"type": "bar"},
        encoding={"x": x, "y": y, "color": colour, "xOffset": side},
    )


def _leaving(bands: list[dict[str, Any]]) -> dict[str, Any]:
    """Chances that were given against the share to whom it happened; on the line they hold."""
    values = [{"given": band["expected"], "came": band["actual"]} for band in bands]
    scale = {"domain": [0, 1]}
    x = {"field": "given", "type": "quantitative", "scale": scale, "title": _t("chance given"),
         "axis": {"format": "%", "tickCount": 5}}  # fmt: skip
    y = {"field": "came", "type": "quantitative", "scale": scale, "title": _t("share that left"),
         "axis": {"format": "%", "tickCount": 5}}  # fmt: skip
    line = {
        "data": {"values": [{"given": 0, "came": 0}, {"given": 1, "came": 1}]},
        "mark": {"type": "line", "strokeWidth": 1, "strokeDash": [2, 2]},
        "encoding": {"x": x, "y": y},
    }
    points = {
        "mark": {"type": "point", "filled": True, "size": 60},
        "encoding": {"x": x, "y": y},
    }
    return _spec(_t("Chances of leaving, and how many left."), values, layer=[line, points])
