"""What is true in the simulated world: every number that an estimator may later be asked for.

All of it is written to truth/parameters.json. Days are calendar days unless a name says
`working`; money of the company itself is in EUR.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Region:
    """Where customers live, what they pay in and what the ERP promises them."""

    code: str
    country: str
    zone: str
    language: str
    currency: str
    per_euro: float  # units of the currency for one EUR on the first day
    share: float  # of customers
    promise_days: int  # the ERP's naive promise, from the order
    site: str  # ships there by default
    team: str
    other_languages: float = 0.0  # share of customers who write in English


@dataclass(frozen=True, kw_only=True)
class Segment:
    """How a kind of customer behaves. Rates are gamma over customers, spend is lognormal."""

    name: str
    share: float
    orders_a_month: float
    rate_shape: float
    leaving_a_month: float  # base hazard, before heterogeneity and lateness
    spend_log_mean: float  # of an order's value, EUR
    spend_log_sd: float
    discount: float
    contract_share: float


@dataclass(frozen=True, kw_only=True)
class Place:
    """A warehouse: its calendar, its suppliers' lead time, its handling."""

    code: str
    name: str
    city: str
    region: str
    country: str
    zone: str
    opens: int
    closes: int
    closed: tuple[tuple[int, int], ...]
    supply_days: float  # median of the suppliers' lead time
    supply_log_sd: float
    capacity_headroom: float  # pick capacity over the expected load of the first day


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """Who carries on a lane: share of parcels, and transit as a lognormal."""

    name: str
    share: float
    median_days: float
    log_sd: float
    euro_a_parcel: float


@dataclass(frozen=True, kw_only=True)
class Lane:
    site: str
    region: str
    carriers: tuple[Carrier, ...]


@dataclass(frozen=True, kw_only=True)
class Team:
    name: str
    zone: str
    opens: int
    closes: int
    closed: tuple[tuple[int, int], ...]
    languages: str


@dataclass(frozen=True, kw_only=True)
class CaseType:
    """A kind of trouble: how bad (weights of severity 1 to 4) and the minutes of one touch."""

    category: str
    severities: tuple[float, float, float, float]
    minutes_median: float
    minutes_log_sd: float


@dataclass(frozen=True, kw_only=True)
class Strike:
    """A carrier stands still in a region; parcels that should arrive wait until after it."""

    carrier: str
    region: str
    from_day: int  # days after the first day of the history
    days: int
    backlog_days: float  # parcels come out over so many days after it


_DE = ((1, 1), (5, 1), (10, 3), (12, 24), (12, 25), (12, 26))
_UK = ((1, 1), (12, 25), (12, 26))
_US = ((1, 1), (7, 4), (11, 26), (12, 25))
_BR = ((1, 1), (4, 21), (5, 1), (9, 7), (11, 15), (12, 25))

REGIONS = (
    Region(
        code="DACH", country="DE", zone="Europe/Berlin", language="de", currency="EUR",
        per_euro=1.0, share=0.38, promise_days=4, site="DE10", team="Desk Hamburg",
        other_languages=0.15,
    ),
    Region(
        code="UK", country="GB", zone="Europe/London", language="en", currency="GBP",
        per_euro=0.86, share=0.22, promise_days=6, site="DE10", team="Desk London",
    ),
    Region(
        code="US-East", country="US", zone="America/New_York", language="en", currency="USD",
        per_euro=1.12, share=0.25, promise_days=6, site="US20", team="Desk Newark",
    ),
    Region(
        code="Brazil", country="BR", zone="America/Sao_Paulo", language="pt", currency="BRL",
        per_euro=6.1, share=0.15, promise_days=10, site="BR30", team="Desk São Paulo",
        other_languages=0.1,
    ),
)  # fmt: skip

SEGMENTS = (
    Segment(
        name="Enterprise", share=0.08, orders_a_month=4.0, rate_shape=2.5,
        leaving_a_month=0.006, spend_log_mean=7.3, spend_log_sd=0.7, discount=0.12,
        contract_share=0.9,
    ),
    Segment(
        name="Mid-market", share=0.32, orders_a_month=1.5, rate_shape=1.8,
        leaving_a_month=0.011, spend_log_mean=6.4, spend_log_sd=0.75, discount=0.05,
        contract_share=0.25,
    ),
    Segment(
        name="Small", share=0.60, orders_a_month=0.55, rate_shape=1.2,
        leaving_a_month=0.018, spend_log_mean=5.4, spend_log_sd=0.8, discount=0.0,
        contract_share=0.0,
    ),
)  # fmt: skip

PLACES = (
    Place(
        code="DE10", name="Hamburg", city="Hamburg", region="DACH", country="DE",
        zone="Europe/Berlin", opens=7, closes=16, closed=_DE, supply_days=11.0,
        supply_log_sd=0.3, capacity_headroom=1.55,
    ),
    Place(
        code="US20", name="Newark", city="Newark", region="US-East", country="US",
        zone="America/New_York", opens=8, closes=17, closed=_US, supply_days=15.0,
        supply_log_sd=0.35, capacity_headroom=1.5,
    ),
    Place(
        code="BR30", name="Guarulhos", city="Guarulhos", region="Brazil", country="BR",
        zone="America/Sao_Paulo", opens=8, closes=17, closed=_BR, supply_days=20.0,
        supply_log_sd=0.45, capacity_headroom=1.4,
    ),
)  # fmt: skip


def _carrier(name: str, share: float, median: float, log_sd: float, euro: float) -> Carrier:
    return Carrier(name=name, share=share, median_days=median, log_sd=log_sd, euro_a_parcel=euro)


LANES = (
    Lane(site="DE10", region="DACH", carriers=(
        _carrier("Nordpost", 0.65, 1.1, 0.4, 5.9), _carrier("Kurier Blau", 0.35, 0.9, 0.3, 7.4),
    )),
    Lane(site="DE10", region="UK", carriers=(
        _carrier("Channel Freight", 0.7, 2.6, 0.4, 11.5),
        _carrier("Swiftline", 0.3, 1.9, 0.3, 16.0),
    )),
    Lane(site="US20", region="US-East", carriers=(
        _carrier("Swiftline", 0.6, 1.8, 0.4, 9.0), _carrier("Atlantic Parcel", 0.4, 2.4, 0.5, 7.0),
    )),
    Lane(site="BR30", region="Brazil", carriers=(
        _carrier("Correio Sul", 0.8, 3.6, 0.55, 6.5), _carrier("Rápido Leste", 0.2, 2.6, 0.4, 10.5),
    )),
    Lane(site="DE10", region="US-East", carriers=(_carrier("Swiftline", 1.0, 4.5, 0.4, 28.0),)),
    Lane(site="DE10", region="Brazil", carriers=(_carrier("Swiftline", 1.0, 8.0, 0.5, 34.0),)),
)  # fmt: skip

TEAMS = (
    Team(name="Desk Hamburg", zone="Europe/Berlin", opens=8, closes=17, closed=_DE,
         languages="de,en"),
    Team(name="Desk London", zone="Europe/London", opens=9, closes=18, closed=_UK,
         languages="en"),
    Team(name="Desk Newark", zone="America/New_York", opens=8, closes=18, closed=_US,
         languages="en"),
    Team(name="Desk São Paulo", zone="America/Sao_Paulo", opens=9, closes=18, closed=_BR,
         languages="pt,en"),
)  # fmt: skip


def _case(category: str, severities: tuple[float, float, float, float], m: float) -> CaseType:
    return CaseType(category=category, severities=severities, minutes_median=m, minutes_log_sd=0.6)


CASES = (
    _case("where_is_my_order", (0.02, 0.18, 0.6, 0.2), 14.0),
    _case("late_delivery", (0.08, 0.42, 0.4, 0.1), 26.0),
    _case("damaged_goods", (0.15, 0.5, 0.3, 0.05), 42.0),
    _case("invoice_question", (0.01, 0.09, 0.5, 0.4), 22.0),
    _case("product_question", (0.0, 0.05, 0.45, 0.5), 18.0),
    _case("return_request", (0.0, 0.15, 0.6, 0.25), 20.0),
)


@dataclass(frozen=True, kw_only=True)
class Lateness:
    """What a late delivery does. Late: after the promise that the ERP gave the customer."""

    # hazard of leaving = base × exp(this × share of late ones among the last 4 deliveries)
    leaving_log_hazard: float = 1.3
    remembered_deliveries: int = 4
    # probability of a case = min(cap, base + a day's × days late)
    case_base: float = 0.22
    case_a_day: float = 0.05
    case_cap: float = 0.8
    asks_before_arrival: float = 0.22  # asks where the order is, once the promise has passed
    csat_points: float = -0.9
    nps_points: float = -4.5  # × share of late ones among the last 4 deliveries


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What serving truly costs, EUR. Minutes of a touch stand on each `CaseType`."""

    agent_minute: float = 0.85
    pick_line: float = 1.15
    pack_parcel: float = 2.4
    handle_return: float = 9.5
    order_desk_minutes: dict[str, float] = field(
        default_factory=lambda: {"web": 0.5, "edi": 0.2, "email": 6.0, "phone": 9.0}
    )


@dataclass(frozen=True, kw_only=True)
class Dirt:
    """How untidy the exports are."""

    accounts_entered_twice: float = 0.08
    accounts_with_typo: float = 0.10
    optional_missing: float = 0.15
    faulty_rows: float = 0.001  # of orders, order lines, invoice lines, interactions
    # how an ERP debtor can be linked with its CRM account
    link: dict[str, float] = field(
        default_factory=lambda: {
            "all": 0.5,
            "tax_id": 0.2,
            "email": 0.17,
            "phone": 0.1,
            "none": 0.03,
        }
    )


@dataclass(frozen=True, kw_only=True)
class Demand:
    """When and what customers order. Orders of a customer: a thinned Poisson process."""

    products: int = 120
    zipf_exponent: float = 0.9
    joining_a_month: float = 0.02  # share of the first day's number of customers
    rate_factor: float = 1.0  # on every customer's rate; set by `orders_target`
    weekday: tuple[float, ...] = (1.2, 1.2, 1.2, 1.2, 1.2, 0.6, 0.4)
    waking_hours: tuple[int, int] = (8, 20)
    waking_factor: float = 1.8
    sleeping_factor: float = 0.2
    peak_from: tuple[int, int] = (11, 10)  # (month, day), first
    peak_until: tuple[int, int] = (12, 20)  # last
    peak_factor: float = 1.4
    peak_transit_factor: float = 1.15
    extra_lines_mean: float = 1.2  # lines of an order: 1 + Poisson
    leaving_shape: float = 3.0  # gamma heterogeneity of the hazard, mean 1


@dataclass(frozen=True, kw_only=True)
class Supply:
    """Stock and shipping."""

    safety_factor: float = 1.05  # reorder point over demand in the lead time
    review_days: float = 21.0  # order-up-to level over the reorder point, days of demand
    second_site: str = "DE10"
    second_site_share: float = 0.3  # goes there when the first site is short and it is not
    part_first_share: float = 0.4  # customers who take what is there first
    damaged: float = 0.015
    returned: float = 0.03
    truck_missed: float = 0.03
    regretted: float = 0.015  # cancelled within the first day
    patience_days: float = 28.0  # mean wait for stock before the customer cancels


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything that is true, beside the seed."""

    customers: int
    lateness: Lateness = field(default_factory=Lateness)
    costs: Costs = field(default_factory=Costs)
    dirt: Dirt = field(default_factory=Dirt)
    demand: Demand = field(default_factory=Demand)
    supply: Supply = field(default_factory=Supply)
    strike: Strike = field(
        default_factory=lambda: Strike(
            carrier="Nordpost", region="DACH", from_day=215, days=14, backlog_days=5.0
        )
    )
    regions: tuple[Region, ...] = REGIONS
    segments: tuple[Segment, ...] = SEGMENTS
    places: tuple[Place, ...] = PLACES
    lanes: tuple[Lane, ...] = LANES
    teams: tuple[Team, ...] = TEAMS
    cases: tuple[CaseType, ...] = CASES

    @property
    def orders_a_day(self) -> float:
        """Expected orders of the first days, outside the peak."""
        mean = sum(segment.share * segment.orders_a_month for segment in self.segments)
        return self.customers * mean * self.demand.rate_factor / 30.4
