"""What becomes of an order? It waits for stock, is picked, leaves, arrives, or is cancelled.

Picking is one queue a site, first come, first served, in the site's working hours, so that lead
times grow with load. Trucks leave once a working day, half an hour after closing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from troth.connectors.simulated.erp import Erp
from troth.connectors.simulated.goods import Catalogue
from troth.connectors.simulated.hours import WorkingHours, at_local, local
from troth.connectors.simulated.loop import DAY, HOUR, MINUTE
from troth.connectors.simulated.parameters import Carrier
from troth.connectors.simulated.population import Population
from troth.connectors.simulated.randomness import Weighted
from troth.connectors.simulated.setting import Setting
from troth.connectors.simulated.state import Order, Part
from troth.connectors.simulated.stock import Stock
from troth.connectors.simulated.wms import Wms

Told = Callable[[Order], None]


class Transit:
    """How long does a carrier take on a lane? Lognormal days, then weekends, peak and strike."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._chance = setting.chance("transit")
        self._carriers = {
            (lane.site, lane.region): Weighted(lane.carriers, [c.share for c in lane.carriers])
            for lane in setting.world.lanes
        }
        strike, starts_at = setting.world.strike, setting.starts_at
        self._strike = (
            starts_at + strike.from_day * DAY,
            starts_at + (strike.from_day + strike.days) * DAY,
        )

    def carrier(self, site: str, region: str) -> Carrier:
        return self._carriers[site, region].pick(self._chance)

    def arrival(self, carrier: Carrier, region: str, leaves_at: int) -> int:
        """When a parcel that leaves now is handed over, by day at the customer's place."""
        chance, demand = self._chance, self._setting.world.demand
        zone = self._setting.zones[region]
        days = chance.lognormvariate(math.log(carrier.median_days), carrier.log_sd)
        hour, on_saturday, backlog = 9 + 9 * chance.random(), chance.random(), chance.random()
        left = local(leaves_at, zone)
        if demand.peak_from <= (left.month, left.day) <= demand.peak_until:
            days *= demand.peak_transit_factor
        hands_over = (zone, left.date(), hour, on_saturday < 0.3)
        arrives_at = _by_day(leaves_at + int(days * DAY), *hands_over)
        strike = self._setting.world.strike
        if carrier.name == strike.carrier and region == strike.region:
            first, end = self._strike
            if first <= arrives_at < end:
                arrives_at = _by_day(end + int(backlog * strike.backlog_days * DAY), *hands_over)
        return arrives_at


def _by_day(moment: int, zone: ZoneInfo, left_on: date, hour: float, on_saturday: bool) -> int:
    """When a parcel that is there at a moment is handed over: never at night, nor on Sundays."""
    at = local(moment, zone)
    day = at.date() + timedelta(days=1 if at.hour >= 18 else 0)
    if day == left_on:
        day += timedelta(days=1)
    while day.weekday() == 6 or (day.weekday() == 5 and not on_saturday):
        day += timedelta(days=1)
    return at_local(day, hour, zone)


class Fulfilment:
    """Orders between being placed and being settled."""

    def __init__(
        self,
        setting: Setting,
        catalogue: Catalogue,
        systems: tuple[Erp, Wms],
        population: Population,
        hours: dict[str, WorkingHours],
    ) -> None:
        self._setting, self._catalogue, self._population = setting, catalogue, population
        self._erp, self._wms = systems
        self._hours = hours
        self._chance = setting.chance("fulfilment")
        self._transit = Transit(setting)
        self.stock = Stock(setting, catalogue, self._wms, hours, self._release)
        self.live: dict[str, Order] = {}
        self.on_promise_passed: Told = _ignore
        self.on_delivered: Callable[[Order, bool, bool], None] = _ignore_delivery
        world = setting.world
        self.lines_a_day: dict[str, int] = {}
        self._free_at: dict[str, int] = {}
        self._picked: dict[str, int] = {}
        for place in world.places:
            share = sum(region.share for region in world.regions if region.site == place.code)
            daily = world.orders_a_day * share * (1 + world.demand.extra_lines_mean) * 7 / 5
            self.lines_a_day[place.code] = max(4, math.ceil(daily * place.capacity_headroom))
            self._free_at[place.code] = setting.starts_at
            self._picked[place.code] = 0

    def take(self, order: Order) -> None:
        """A new order: choose the site, reserve, split, and pick what is complete."""
        loop, supply = self._setting.loop, self._setting.world.supply
        self._choose_site(order)
        self._erp.take(order, self._catalogue.products)
        self.live[order.number] = order
        for line in order.lines:
            self.stock.want(order.site, line)
        there = [line for line in order.lines if line.is_reserved]
        short = [line for line in order.lines if not line.is_reserved]
        groups = [order.lines]
        if there and short and self._chance.random() < supply.part_first_share:
            groups = [there, short]
        for group in groups:
            part = Part(order=order, lines=group)
            part.waiting = sum(not line.is_reserved for line in group)
            for line in group:
                line.part = part
            order.parts.append(part)
            if part.waiting == 0:
                self._release(part)
        if self._chance.random() < supply.regretted:
            loop.at(loop.now + self._chance.uniform(0.2, 20) * HOUR, self._cancel, order)
        if short:
            patience = self._chance.expovariate(1 / supply.patience_days)
            loop.at(loop.now + (2 + patience) * DAY, self._cancel, order)
        asked_at = order.promised_at + self._chance.uniform(1, 20) * HOUR
        loop.at(asked_at, self._promise_passed, order)

    def _choose_site(self, order: Order) -> None:
        supply = self._setting.world.supply
        second = supply.second_site
        if order.site == second or self._chance.random() >= supply.second_site_share:
            return
        short = any(self.stock.free(order.site, n.product) < n.quantity for n in order.lines)
        if short and all(self.stock.free(second, n.product) >= n.quantity for n in order.lines):
            order.site = second

    def _release(self, part: Part) -> None:
        """Everything is reserved: into the site's pick queue."""
        loop, site = self._setting.loop, part.order.site
        hours = self._hours[site]
        self._wms.release(part)
        part.released_at = loop.now
        effort = len(part.lines) * hours.seconds_a_day / self.lines_a_day[site]
        picked_at = hours.after(max(loop.now + 30 * MINUTE, self._free_at[site]), effort)
        self._free_at[site] = picked_at
        part.planned_at = hours.window(picked_at - 1)[1] + 30 * MINUTE
        loop.at(picked_at, self._pick, part)

    def _pick(self, part: Part) -> None:
        self._picked[part.order.site] += len(part.lines)
        if part.order.cancelled_at is not None:
            return  # the slot is lost
        part.is_picked = True
        part.order.customer.lines_picked += len(part.lines)
        assert part.planned_at is not None
        leaves_at = part.planned_at
        if self._chance.random() < self._setting.world.supply.truck_missed:
            leaves_at = self._hours[part.order.site].window(leaves_at)[1] + 30 * MINUTE
        self._setting.loop.at(leaves_at, self._ship, part)

    def _ship(self, part: Part) -> None:
        order, now = part.order, self._setting.loop.now
        customer, region = order.customer, order.customer.region.code
        for line in part.lines:
            self.stock.send(order.site, line)
        carrier = self._transit.carrier(order.site, region)
        part.carrier, part.shipped_at = carrier.name, now
        part.delivered_at = self._transit.arrival(carrier, region, now)
        part.is_damaged = self._chance.random() < self._setting.world.supply.damaged
        customer.parcels += 1
        customer.true_cost += carrier.euro_a_parcel
        self._wms.record(part)
        self._erp.bill(part, self._catalogue.products)
        self._setting.loop.at(part.delivered_at, self._deliver, part)
        if all(other.shipped_at is not None for other in order.parts):
            order.shipped_at = now
            order.delivered_at = max(p.delivered_at for p in order.parts if p.delivered_at)
            self._erp.settle(order)
            del self.live[order.number]

    def _deliver(self, part: Part) -> None:
        order = part.order
        self._send_back(part)
        is_last = order.delivered_at is not None and part is max(
            order.parts, key=lambda other: (other.delivered_at or 0, other.shipment)
        )
        if not is_last:
            return
        is_late = self._setting.loop.now > order.promised_at
        self._population.receive(order.customer, is_late=is_late)
        is_damaged = any(other.is_damaged for other in order.parts)
        self.on_delivered(order, is_late, is_damaged)
        self._done(order)

    def _send_back(self, part: Part) -> None:
        chance, supply = self._chance, self._setting.world.supply
        for line in part.lines:
            draw, quantity = chance.random(), chance.randint(1, line.quantity)
            reason = -1 if part.is_damaged else chance.randrange(5)
            after = int(chance.uniform(3, 21) * DAY)
            if draw < (0.6 if part.is_damaged else supply.returned):
                part.order.customer.returns += 1
                at = self._setting.loop.now + after
                self._wms.take_back(part.order, line, quantity, reason, at)

    def _cancel(self, order: Order) -> None:
        """Only what has not been picked can be cancelled, and then all of it."""
        if order.cancelled_at is not None or order.is_picked or order.shipped_at is not None:
            return
        order.cancelled_at = self._setting.loop.now
        order.customer.revenue -= order.value
        for line in order.lines:
            line.part = None  # before any of them is given up, so that none is served meanwhile
        for line in order.lines:
            self.stock.give_up(order.site, line)
        for part in order.parts:
            if part.released_at is not None:
                self._wms.record(part)
        self._erp.settle(order)
        del self.live[order.number]
        self._done(order)

    def _promise_passed(self, order: Order) -> None:
        arrived = order.delivered_at is not None and order.delivered_at <= self._setting.loop.now
        if order.cancelled_at is None and not arrived:
            self.on_promise_passed(order)

    def _done(self, order: Order) -> None:
        order.customer.in_hand -= 1
        self._population.part_from(order.customer)

    def report_capacity(self, place: str, day: date, window: tuple[int, int]) -> None:
        """The day is over: what was picked of what could have been."""
        available = self.lines_a_day[place]
        used = min(available, self._picked[place])  # a line on the bell counts for tomorrow
        self._wms.publish_capacity(place, day, window, available, used)
        self._picked[place] -= used

    def end(self) -> None:
        """The horizon: what is in flight is told as it stands."""
        for order in self.live.values():
            for part in order.parts:
                if part.released_at is not None and part.shipped_at is None:
                    self._wms.record(part)
            self._erp.settle(order)


def _ignore(order: Order) -> None:
    """Nobody asks."""


def _ignore_delivery(order: Order, is_late: bool, is_damaged: bool) -> None:
    """Nobody looks."""
