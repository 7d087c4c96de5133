"""When does a customer order, and what? A Poisson process of each customer's own rate, thinned.

Candidates come at the customer's rate times the highest factor; one is kept with the share that
season, weekday and hour have of it (Lewis and Shedler 1979).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from troth.connectors.simulated.erp import Erp
from troth.connectors.simulated.goods import Catalogue
from troth.connectors.simulated.hours import at_local, local
from troth.connectors.simulated.randomness import Weighted, poisson
from troth.connectors.simulated.setting import Setting
from troth.connectors.simulated.state import Customer, Line, Order

_CHANNELS = {
    "Enterprise": Weighted(("edi", "web", "email"), (0.6, 0.25, 0.15)),
    "Mid-market": Weighted(("web", "email", "phone"), (0.6, 0.3, 0.1)),
    "Small": Weighted(("web", "email", "phone"), (0.75, 0.1, 0.15)),
}


class Demand:
    """Makes orders and hands them to the warehouse."""

    def __init__(
        self, setting: Setting, catalogue: Catalogue, erp: Erp, on_order: Callable[[Order], None]
    ) -> None:
        self._setting, self._catalogue, self._erp = setting, catalogue, erp
        self._on_order = on_order
        self._arrivals = setting.chance("arrivals")
        self._baskets = setting.chance("baskets")
        demand = setting.world.demand
        self._highest = max(demand.weekday) * demand.waking_factor * demand.peak_factor
        self.placed = 0

    def expect(self, customer: Customer) -> None:
        """Wait for the customer's next order."""
        moment = float(self._setting.loop.now)
        a_second = customer.orders_a_second * self._highest
        while True:  # not bounded by the horizon: the stream must not know it
            moment += self._arrivals.expovariate(a_second)
            if self._arrivals.random() * self._highest < self._factor(customer, int(moment)):
                self._setting.loop.at(moment, self._place, customer)
                return

    def _factor(self, customer: Customer, moment: int) -> float:
        demand = self._setting.world.demand
        at = local(moment, self._setting.zones[customer.region.code])
        first, last = demand.waking_hours
        factor = demand.waking_factor if first <= at.hour < last else demand.sleeping_factor
        factor *= demand.weekday[at.weekday()]
        if demand.peak_from <= (at.month, at.day) <= demand.peak_until:
            factor *= demand.peak_factor
        return factor

    def _place(self, customer: Customer) -> None:
        if customer.left_at is not None:
            return
        chance, now, region = self._baskets, self._setting.loop.now, customer.region
        zone = self._setting.zones[region.code]
        lines = self._basket(customer)
        total = sum(line.quantity * line.price for line in lines)
        total = round(total * (1 - customer.segment.discount), 2)
        today = local(now, zone).date()
        wish_days = max(1, round(region.promise_days * chance.lognormvariate(0.1, 0.35)))
        wish = at_local(today + timedelta(days=wish_days), 18.0, zone)
        order = Order(
            number="",
            customer=customer,
            placed_at=now,
            requested_at=wish if chance.random() < 0.85 else None,
            promised_at=at_local(today + timedelta(days=region.promise_days), 18.0, zone),
            site=region.site,
            channel=_CHANNELS[customer.segment.name].pick(chance),
            lines=lines,
            value=self._in_euro(customer, lines),
            total=total,
            freight=0.0 if total > 500 else self._erp.in_currency(6.9, customer),
            is_faulty=False,
        )
        self.placed += 1
        customer.orders += 1
        customer.in_hand += 1
        customer.revenue += order.value
        desk_minutes = self._setting.world.costs.order_desk_minutes[order.channel]
        customer.true_cost += desk_minutes * self._setting.world.costs.agent_minute
        self._on_order(order)
        self.expect(customer)

    def _in_euro(self, customer: Customer, lines: list[Line]) -> float:
        """The lines' value at the list's prices, discount taken off."""
        products = self._catalogue.products
        value = sum(products[line.product].price * line.quantity for line in lines)
        return value * (1 - customer.segment.discount)

    def _basket(self, customer: Customer) -> list[Line]:
        chance, now = self._baskets, self._setting.loop.now
        count = 1 + poisson(chance, self._setting.world.demand.extra_lines_mean)
        month = local(now, self._setting.zones[customer.region.code]).month
        picked = dict.fromkeys(self._catalogue.pick(chance, month) for _ in range(count))
        value = chance.lognormvariate(customer.spend_log_mean, customer.segment.spend_log_sd)
        lines = []
        for at, product in enumerate(picked, 1):
            price = self._catalogue.products[product].price
            quantity = max(1, round(value / len(picked) / price * chance.uniform(0.6, 1.4)))
            lines.append(
                Line(
                    position=at * 10,
                    product=product,
                    quantity=quantity,
                    price=self._erp.in_currency(price, customer),
                )
            )
        return lines
