"""What is sold, where it lies, what is coming and what the sites can handle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from troth.core.records.codes import SiteKind
from troth.core.records.fields import about
from troth.core.records.values import (
    CapacityKey,
    ExchangeRateKey,
    Money,
    ProductKey,
    Quantity,
    ScheduledSupplyKey,
    SiteKey,
    StockLevelKey,
)


@dataclass(frozen=True, kw_only=True)
class Product:
    """Something that can be ordered."""

    key: ProductKey = about("Article number.", required=True)
    name: str | None = about("What it is called.")
    category: str | None = about("Product group.")
    unit: str | None = about("Unit of sale.")
    weight: Quantity | None = about("Weight of one unit.")
    list_price: Money | None = about("Price before any agreement.")
    unit_cost: Money | None = about("What one unit costs the company.")
    is_active: bool | None = about("Can be ordered.")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Site:
    """A place that ships or makes goods."""

    key: SiteKey = about("Site code.", required=True)
    name: str | None = about("What it is called.")
    site_kind: SiteKind | None = about("Warehouse, plant, store or supplier.")
    city: str | None = about("Town.")
    sales_region: str | None = about("State, province or sales region.")
    country: str | None = about("ISO 3166-1 alpha-2 country code, or the country's name.")
    time_zone: str | None = about("IANA zone in which the site works.")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StockLevel:
    """How much of a product lies at a site."""

    key: StockLevelKey = about("Product and site.", required=True)
    product: ProductKey = about("Of what.", refers_to="product", required=True)
    site: SiteKey | None = about("Where.", refers_to="site")
    on_hand: Quantity | None = about("Physically there.")
    reserved: Quantity | None = about("There, but promised to someone.")
    on_order: Quantity | None = about("Ordered from suppliers, without a date.")
    counted_at: datetime | None = about("The moment for which the numbers hold.")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ScheduledSupply:
    """Goods on their way to a site, with a date."""

    key: ScheduledSupplyKey = about("Purchase or production order line.", required=True)
    product: ProductKey = about("Of what.", refers_to="product", required=True)
    site: SiteKey | None = about("To where.", refers_to="site")
    quantity: Quantity | None = about("How much.")
    due_at: datetime | None = about("When it is expected.")
    received_at: datetime | None = about("When it came.")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What a site's resource can do in a span of time."""

    key: CapacityKey = about("Site, resource and span.", required=True)
    site: SiteKey = about("Where.", refers_to="site", required=True)
    resource: str | None = about("Dock, line, pick crew…")
    starts_at: datetime | None = about("Start of the span.")
    ends_at: datetime | None = about("End of the span, exclusive.")
    available: Quantity | None = about("Practical capacity.")
    used: Quantity | None = about("Taken of it.")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ExchangeRate:
    """What one unit of a currency was worth in another on a day."""

    key: ExchangeRateKey = about("Pair and day.", required=True)
    from_currency: str = about("ISO 4217 code.", required=True)
    to_currency: str = about("ISO 4217 code.", required=True)
    rate: Decimal = about("Units of `to_currency` for one of `from_currency`.", required=True)
    valid_on: date = about("The day.", required=True)
    custom: Mapping[str, Any] = field(default_factory=dict)
