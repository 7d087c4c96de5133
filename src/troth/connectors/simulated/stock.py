"""What lies where, who waits for it, and when is more ordered? (s, S) with measured demand."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from troth.connectors.simulated.goods import Catalogue
from troth.connectors.simulated.hours import WorkingHours
from troth.connectors.simulated.loop import DAY
from troth.connectors.simulated.parameters import Place
from troth.connectors.simulated.setting import Setting
from troth.connectors.simulated.state import Line, Part
from troth.connectors.simulated.wms import Wms

_FORGETTING = 0.03  # weight of the last day in the demand that replenishment reckons with


@dataclass(kw_only=True, slots=True)
class Shelf:
    """One product at one site, in pieces."""

    on_hand: int
    a_day: float  # demand as replenishment sees it
    typical: float  # pieces of one order line
    reserved: int = 0
    on_order: int = 0
    owed: int = 0  # wanted by orders that wait
    today: int = 0
    is_changed: bool = True
    waiting: deque[Line] = field(default_factory=deque)

    @property
    def free(self) -> int:
        """What a new order may have: nothing while others wait."""
        return 0 if self.owed else self.on_hand - self.reserved


class Stock:
    """All shelves. First come, first served."""

    def __init__(
        self,
        setting: Setting,
        catalogue: Catalogue,
        wms: Wms,
        hours: dict[str, WorkingHours],
        on_ready: Callable[[Part], None],
    ) -> None:
        self._setting, self._wms, self._hours, self._on_ready = setting, wms, hours, on_ready
        self._chance = setting.chance("supply")
        self._places = {place.code: place for place in setting.world.places}
        self.shelves = {place.code: self._fill(place, catalogue) for place in setting.world.places}

    def _fill(self, place: Place, catalogue: Catalogue) -> list[Shelf]:
        world = self._setting.world
        share = sum(region.share for region in world.regions if region.site == place.code)
        lines_a_day = world.orders_a_day * share * (1 + world.demand.extra_lines_mean)
        rates = [segment.share * segment.orders_a_month for segment in world.segments]
        values = [math.exp(s.spend_log_mean + s.spend_log_sd**2 / 2) for s in world.segments]
        value = sum(r * v for r, v in zip(rates, values, strict=True)) / sum(rates)
        shelves = []
        for product, popularity in zip(catalogue.products, catalogue.shares, strict=True):
            typical = max(1.2, value / (1 + world.demand.extra_lines_mean) / product.price)
            shelf = Shelf(on_hand=0, a_day=lines_a_day * popularity * typical, typical=typical)
            least, most = self._levels(shelf, place)
            shelf.on_hand = math.ceil(least + (most - least) * self._chance.random())
            shelves.append(shelf)
        return shelves

    def _levels(self, shelf: Shelf, place: Place) -> tuple[float, float]:
        """Reorder point s and order-up-to level S, pieces."""
        supply = self._setting.world.supply
        cycle = shelf.a_day * place.supply_days
        least = cycle * supply.safety_factor + 1.7 * math.sqrt(cycle * shelf.typical) + 1.0
        return least, least + max(1.0, shelf.a_day * supply.review_days, shelf.typical)

    def free(self, site: str, product: int) -> int:
        return self.shelves[site][product].free

    def want(self, site: str, line: Line) -> None:
        """Reserve a line, or let it wait its turn."""
        shelf = self.shelves[site][line.product]
        shelf.today += line.quantity
        shelf.is_changed = True
        if shelf.free >= line.quantity:
            shelf.reserved += line.quantity
            line.is_reserved = True
        else:
            shelf.owed += line.quantity
            shelf.waiting.append(line)
        self._replenish(site, line.product)

    def give_up(self, site: str, line: Line) -> None:
        """A cancelled line, parted from its order, goes back; somebody who waits may have it."""
        shelf = self.shelves[site][line.product]
        shelf.is_changed = True
        if line.is_reserved:
            shelf.reserved -= line.quantity
            line.is_reserved = False
        else:
            shelf.owed -= line.quantity
        self._serve(shelf)

    def send(self, site: str, line: Line) -> None:
        """A line leaves the site."""
        shelf = self.shelves[site][line.product]
        shelf.on_hand -= line.quantity
        shelf.reserved -= line.quantity
        shelf.is_changed = True
        if shelf.on_hand < 0 or shelf.reserved < 0:
            raise AssertionError(f"negative stock at {site}: {shelf}")

    def _serve(self, shelf: Shelf) -> None:
        while shelf.waiting:
            line = shelf.waiting[0]
            if line.part is not None:
                if line.quantity > shelf.on_hand - shelf.reserved:
                    return
                shelf.owed -= line.quantity
                shelf.reserved += line.quantity
                line.is_reserved = True
                line.part.waiting -= 1
            shelf.waiting.popleft()
            if line.part is not None and line.part.waiting == 0:
                self._on_ready(line.part)

    def _replenish(self, site: str, product: int) -> None:
        shelf, place = self.shelves[site][product], self._places[site]
        position = shelf.on_hand - shelf.reserved - shelf.owed + shelf.on_order
        least, most = self._levels(shelf, place)
        if position > least:
            return
        quantity, now = math.ceil(most - position), self._setting.loop.now
        lead = self._chance.lognormvariate(math.log(place.supply_days), place.supply_log_sd)
        due_at = self._hours[site].window(now + int(place.supply_days * DAY))[1]
        window = self._hours[site].window(now + int(lead * DAY))
        received_at = self._hours[site].after(window[0], self._chance.uniform(900, 25_000))
        received_at = max(received_at, now + DAY)
        shelf.on_order += quantity
        self._wms.order_supply(product, site, quantity, due_at, received_at)
        self._setting.loop.at(received_at, self._receive, site, product, quantity)

    def _receive(self, site: str, product: int, quantity: int) -> None:
        shelf = self.shelves[site][product]
        shelf.on_hand += quantity
        shelf.on_order -= quantity
        shelf.is_changed = True
        self._serve(shelf)

    def count(self) -> None:
        """Every night: what has changed since the last count."""
        for site, shelves in self.shelves.items():
            for product, shelf in enumerate(shelves):
                shelf.a_day += _FORGETTING * (shelf.today - shelf.a_day)
                shelf.today = 0
                if shelf.is_changed:
                    numbers = (shelf.on_hand, shelf.reserved, shelf.on_order)
                    self._wms.count(product, site, numbers, self._setting.loop.now)
                    shelf.is_changed = False
