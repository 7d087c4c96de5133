"""Who is a customer, from when to when, and what makes them leave?

A customer leaves when the accumulated hazard reaches a unit-exponential draw; the hazard is
constant between deliveries, so this is exact: hazard = base × exp(b × late share of the last 4).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from troth.connectors.simulated import names
from troth.connectors.simulated.crm import Crm
from troth.connectors.simulated.erp import Erp
from troth.connectors.simulated.loop import DAY
from troth.connectors.simulated.parameters import Region
from troth.connectors.simulated.randomness import Weighted
from troth.connectors.simulated.setting import Setting
from troth.connectors.simulated.state import Customer, Person
from troth.connectors.simulated.truth import Truth

_MONTH = 30.4 * DAY


class Population:
    """All customers who are there, in the order in which they came."""

    def __init__(
        self, setting: Setting, crm: Crm, erp: Erp, truth: Truth, on_joined: Callable[..., None]
    ) -> None:
        self._setting, self._crm, self._erp, self._truth = setting, crm, erp, truth
        self._on_joined = on_joined
        self._chance = setting.chance("people")
        self._leaving = setting.chance("leaving")
        world = setting.world
        self._region = Weighted(world.regions, [region.share for region in world.regions])
        self._segment = Weighted(world.segments, [segment.share for segment in world.segments])
        self._parents: dict[str, list[str]] = {}
        self._made = 0
        self.here: dict[int, Customer] = {}

    def begin(self) -> None:
        """The customers of the first day, who joined over the four years before it."""
        starts_at = self._setting.starts_at
        for _ in range(self._setting.world.customers):
            self._join(starts_at - int(self._chance.uniform(10, 1400) * DAY))
        self._await_next()

    def _await_next(self) -> None:
        demand = self._setting.world.demand
        a_second = self._setting.world.customers * demand.joining_a_month / _MONTH
        loop = self._setting.loop
        loop.at(loop.now + self._chance.expovariate(a_second), self._newcomer)

    def _newcomer(self) -> None:
        self._join(self._setting.loop.now)
        self._await_next()

    def _join(self, joined_at: int) -> None:
        self._made += 1
        customer = self._make(self._made, joined_at)
        self.here[customer.number] = customer
        self._crm.enter(customer)
        self._erp.open_account(customer)
        if customer.segment.name == "Enterprise":
            known = self._parents.setdefault(customer.region.code, [])
            known.append(customer.account_id)
            del known[:-20]
        customer.hazard_since = self._setting.loop.now
        self._face(customer)
        self._on_joined(customer)

    def _make(self, number: int, joined_at: int) -> Customer:
        chance, demand = self._chance, self._setting.world.demand
        region, segment = self._region.pick(chance), self._segment.pick(chance)
        is_organisation = segment.name != "Small" or chance.random() < 0.75
        country = region.country
        name = (names.company_name if is_organisation else names.person_name)(chance, country)
        a_month = chance.gammavariate(
            segment.rate_shape, segment.orders_a_month / segment.rate_shape
        )
        frailty = chance.gammavariate(demand.leaving_shape, 1 / demand.leaving_shape)
        customer = Customer(
            number=number,
            name=name,
            is_organisation=is_organisation,
            region=region,
            segment=segment,
            language="en" if chance.random() < region.other_languages else region.language,
            tax_id=names.tax_id(number, country) if is_organisation else "",
            email="",
            phone=names.phone(number * 8, country),
            street=names.street(chance, country),
            postal_code=names.postal_code(chance, country),
            city=names.one_of(chance, names.CITIES[country]),
            joined_at=joined_at,
            orders_a_second=max(0.02, a_month) * demand.rate_factor / _MONTH,
            hazard=segment.leaving_a_month * frailty / _MONTH,
            spend_log_mean=segment.spend_log_mean + chance.gauss(0.0, 0.35),
            leaves_at_hazard=self._leaving.expovariate(1.0),
        )
        self._meet(customer, region)
        parents = self._parents.get(region.code)
        if parents and segment.name == "Mid-market" and chance.random() < 0.15:
            customer.parent_account_id = chance.choice(parents)
        return customer

    def _meet(self, customer: Customer, region: Region) -> None:
        """The people to talk to, and the main address, which mostly is the first one's."""
        chance, country = self._chance, region.country
        host = names.domain(customer.name, customer.number, country)
        size = {"Enterprise": 3, "Mid-market": 2}.get(customer.segment.name, 1)
        for at in range(size if customer.is_organisation else 1):
            name = names.person_name(chance, country) if customer.is_organisation else customer.name
            mail = f"{names.mailbox(name)}{at or ''}@{host}"
            if not customer.is_organisation:
                mail = f"{names.mailbox(name)}{customer.number}@mail.example"
            customer.people.append(
                Person(
                    true_id=f"{customer.true_id}-{at + 1}",
                    name=name,
                    email=mail,
                    phone=customer.phone
                    if at == 0
                    else names.phone(customer.number * 8 + at, country),
                    role=chance.choice(names.ROLES) if customer.is_organisation else "owner",
                )
            )
        is_shared = customer.is_organisation and chance.random() < 0.2
        customer.email = f"info@{host}" if is_shared else customer.people[0].email

    def receive(self, customer: Customer, *, is_late: bool) -> None:
        """A delivery came; being late moves the hazard of leaving from now on."""
        customer.deliveries += 1
        customer.late_deliveries += is_late
        self._spend(customer)
        customer.recent_late.append(is_late)
        del customer.recent_late[: -self._setting.world.lateness.remembered_deliveries]
        if customer.left_at is None:
            self._face(customer)

    def _spend(self, customer: Customer) -> None:
        now = self._setting.loop.now
        customer.hazard_spent += customer.hazard_now * (now - customer.hazard_since)
        customer.hazard_since = now

    def _face(self, customer: Customer) -> None:
        """Set the present hazard, and look again when it is spent if nothing changed.

        After a month at the latest: events that a delivery made void must not pile up.
        """
        effect = self._setting.world.lateness.leaving_log_hazard
        customer.hazard_now = customer.hazard * math.exp(effect * customer.late_share)
        customer.hazard_turn += 1
        left = (customer.leaves_at_hazard - customer.hazard_spent) / customer.hazard_now
        moment = customer.hazard_since + min(max(0.0, left), _MONTH)
        self._setting.loop.at(moment, self._look, customer, customer.hazard_turn)

    def _look(self, customer: Customer, turn: int) -> None:
        if turn != customer.hazard_turn or customer.left_at is not None:
            return
        self._spend(customer)
        left = (customer.leaves_at_hazard - customer.hazard_spent) / customer.hazard_now
        if left >= 1.0:  # seconds; the loop's moments are whole ones
            self._face(customer)
            return
        customer.left_at = self._setting.loop.now
        del self.here[customer.number]
        self.part_from(customer)

    def part_from(self, customer: Customer) -> None:
        """Forget a customer who left, once nothing of theirs is in hand; the truth is written."""
        if customer.left_at is not None and customer.in_hand == 0:
            self._truth.customer(customer)

    def end(self) -> None:
        for customer in self.here.values():
            self._truth.customer(customer)
