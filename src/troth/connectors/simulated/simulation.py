"""What happens in a company over some months? Everything, in order, into four systems' exports."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from troth.connectors.simulated.crm import Crm
from troth.connectors.simulated.demand import Demand
from troth.connectors.simulated.desk import Desk
from troth.connectors.simulated.erp import Erp
from troth.connectors.simulated.exports import Exports
from troth.connectors.simulated.fulfilment import Fulfilment
from troth.connectors.simulated.goods import Catalogue
from troth.connectors.simulated.hours import WorkingHours
from troth.connectors.simulated.loop import DAY, HOUR, MINUTE, Loop
from troth.connectors.simulated.parameters import Demand as DemandParameters
from troth.connectors.simulated.parameters import World
from troth.connectors.simulated.population import Population
from troth.connectors.simulated.service import Service
from troth.connectors.simulated.setting import Setting, instant
from troth.connectors.simulated.surveys import Surveys
from troth.connectors.simulated.truth import Truth, parameters_json
from troth.connectors.simulated.wms import Wms

SYSTEMS = ("crm", "erp", "wms", "desk")
Progress = Callable[[float], None]


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """What was written."""

    directory: Path
    starts_at: datetime
    until: datetime  # the horizon, exclusive
    customers: int  # true ones, over the whole time
    orders: int
    cases: int
    rows: dict[str, int]  # by file, as paths below the directory


def simulate(
    directory: Path,
    *,
    customers: int = 1000,
    months: int = 12,
    seed: int = 1,
    ends_on: date = date(2026, 6, 30),
    orders_target: int | None = None,
    progress: Progress | None = None,
) -> Simulated:
    """Write `exports/`, `sources/` and `truth/` of a company that does not exist.

    `customers` are there on the first day; newcomers join at 2 % of that a month. `months` end
    with the day `ends_on`. `orders_target` scales every customer's rate so that about so many
    orders come in that time. The same arguments give the same bytes. Another `ends_on` and
    `months` with the same first day give the same history, shorter or longer.

    Raises ValueError where an argument is out of range.
    """
    if customers < 1 or months < 1 or (orders_target is not None and orders_target < 1):
        raise ValueError(
            "customers, months and orders_target must be 1 or more, "
            f"not {customers}, {months} and {orders_target}"
        )
    first_day = _months_before(ends_on + timedelta(days=1), months)
    world = World(customers=customers)
    if orders_target is not None:
        days = (ends_on - first_day).days + 1
        factor = orders_target / (world.orders_a_day * days)
        world = replace(world, demand=DemandParameters(rate_factor=factor))
    return _run(directory, world, (seed, months, first_day, ends_on), progress)


def advance(directory: Path, *, months: int = 1, progress: Progress | None = None) -> Simulated:
    """Let some months more pass for a company that `simulate` wrote there.

    What was already known stays as it was; open orders and cases move on, new ones come.

    Raises FileNotFoundError where truth/parameters.json is missing.
    """
    before = json.loads((directory / "truth" / "parameters.json").read_text(encoding="utf-8"))
    world = World(
        customers=before["world"]["customers"],
        demand=DemandParameters(rate_factor=before["world"]["demand"]["rate_factor"]),
    )
    first_day, all_months = date.fromisoformat(before["first_day"]), before["months"] + months
    ends_on = _months_before(first_day, -all_months) - timedelta(days=1)
    return _run(directory, world, (before["seed"], all_months, first_day, ends_on), progress)


def _run(
    directory: Path, world: World, span: tuple[int, int, date, date], progress: Progress | None
) -> Simulated:
    seed, months, first_day, ends_on = span
    starts = datetime.combine(first_day, time(), tzinfo=UTC)
    until = datetime.combine(ends_on + timedelta(days=1), time(), tzinfo=UTC)
    loop = Loop(starts_at=int(starts.timestamp()))
    setting = Setting(
        world=world, seed=seed, first_day=first_day, until=int(until.timestamp()), loop=loop
    )
    directory.mkdir(parents=True, exist_ok=True)
    with Exports(directory) as exports:
        company = Company(setting, exports, progress)
        loop.run(until=setting.until)
        company.end()
        for system in SYSTEMS:
            mapping = resources.files("troth.connectors.simulated") / "mappings" / f"{system}.yaml"
            exports.text(f"sources/{system}.yaml", mapping.read_text(encoding="utf-8"))
        if not (
            directory / "contracts" / "company.yaml"
        ).exists():  # whoever has signed it keeps it
            agreed = resources.files("troth.connectors.simulated") / "contracts" / "company.yaml"
            exports.text("contracts/company.yaml", agreed.read_text(encoding="utf-8"))
        exports.text("truth/parameters.json", parameters_json(setting, months, company.volumes()))
        rows = exports.counts()
    if progress is not None:
        progress(1.0)
    return Simulated(
        directory=directory,
        starts_at=starts,
        until=until,
        customers=rows["truth/customers.csv"],
        orders=company.demand.placed,
        cases=company.service.opened,
        rows=rows,
    )


class Company:
    """All parts, wired, and what happens every day."""

    def __init__(self, setting: Setting, exports: Exports, progress: Progress | None) -> None:
        self._setting, self._progress = setting, progress
        catalogue = Catalogue(setting.world.demand, setting.chance("catalogue"))
        truth = Truth(setting, exports)
        crm, self._erp = Crm(setting, exports, truth), Erp(setting, exports, truth)
        self._wms = Wms(setting, exports, catalogue.products)
        desk = Desk(setting, exports, truth)
        self._hours = {
            place.code: WorkingHours(
                setting.zones[place.region],
                opens=time(place.opens),
                closes=time(place.closes),
                closed=place.closed,
                from_day=setting.first_day - timedelta(days=7),
            )
            for place in setting.world.places
        }
        self.population = Population(setting, crm, self._erp, truth, self._joined)
        systems = (self._erp, self._wms)
        self.fulfilment = Fulfilment(setting, catalogue, systems, self.population, self._hours)
        self.demand = Demand(setting, catalogue, self._erp, self.fulfilment.take)
        self._surveys = Surveys(setting, desk)
        self.service = Service(setting, desk, self.population, self._surveys)
        self.fulfilment.on_promise_passed = self.service.promise_passed
        self.fulfilment.on_delivered = self.service.delivered
        self._erp.list_articles(catalogue.products)
        self.population.begin()
        self.fulfilment.stock.count()
        self._day(setting.first_day)
        for place in setting.world.places:
            self._close_later(place.code)

    def _joined(self, customer: Any) -> None:
        self.demand.expect(customer)

    def _day(self, day: date) -> None:
        """What happens once a day, early: rates, the count of the night before, surveys."""
        loop = self._setting.loop
        self._erp.quote_rates(day)
        if day > self._setting.first_day:
            self.fulfilment.stock.count()
        if day.day == 2 and day.month in (1, 4, 7, 10):
            loop.at(loop.now + 10 * HOUR, self._surveys.every_quarter, self.population.here)
        if self._progress is not None:
            share = (loop.now - self._setting.starts_at) / (
                self._setting.until - self._setting.starts_at
            )
            self._progress(share)
        loop.at(loop.now + DAY, self._day, day + timedelta(days=1))

    def _close_later(self, place: str) -> None:
        """Report the docks after each working day."""
        loop = self._setting.loop
        window = self._hours[place].window(loop.now)
        loop.at(window[1] + 45 * MINUTE, self._close_day, place, window)

    def _close_day(self, place: str, window: tuple[int, int]) -> None:
        self.fulfilment.report_capacity(place, _day_of(window[0]), window)
        self._close_later(place)

    def end(self) -> None:
        """The horizon: all that is still open is told as it stands, and the docks to come."""
        self.fulfilment.end()
        self.service.end()
        self.population.end()
        until = self._setting.until
        for place, hours in self._hours.items():
            window = hours.window(until)
            if window[0] < until:  # this day is under way
                self._wms.publish_capacity(
                    place, _day_of(window[0]), window, self.fulfilment.lines_a_day[place], None
                )
                window = hours.window(window[1])
            while window[0] - 14 * DAY < until:
                available = self.fulfilment.lines_a_day[place]
                self._wms.publish_capacity(place, _day_of(window[0]), window, available, None)
                window = hours.window(window[1])

    def volumes(self) -> dict[str, object]:
        """What the parameters came to at this number of customers."""
        return {
            "orders_a_day": round(self._setting.world.orders_a_day, 6),
            "pick_lines_a_working_day": self.fulfilment.lines_a_day,
        }


def _day_of(moment: int) -> date:
    at = instant(moment)
    assert at is not None
    return at.date()


def _months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier (later where negative), or its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
