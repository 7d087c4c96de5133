"""How is a case worked? Queues by severity, agents with hours, waits, reopenings."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from troth.connectors.simulated import verbatims
from troth.connectors.simulated.desk import Desk
from troth.connectors.simulated.hours import WorkingHours
from troth.connectors.simulated.loop import DAY, HOUR, MINUTE
from troth.connectors.simulated.population import Population
from troth.connectors.simulated.randomness import Weighted
from troth.connectors.simulated.setting import Setting
from troth.connectors.simulated.state import Case, Customer, Order
from troth.connectors.simulated.surveys import Surveys

_CHANNELS = Weighted(("email", "phone", "web", "chat"), (0.45, 0.25, 0.2, 0.1))
_SLA_HOURS = {1: 8, 2: 24, 3: 72, 4: 120}  # the desk's own, by the wall clock
_TOUCHES = 2.3  # expected touches of a case, to size the teams
_BUSY = 0.72  # share of an agent's hours that the expected load takes


@dataclass(kw_only=True)
class Queue:
    """A team's waiting cases and its agents who are free."""

    name: str
    hours: WorkingHours
    free: list[str] = field(default_factory=list)
    waiting: list[tuple[int, int, str, Case]] = field(default_factory=list)


class Service:
    """Opens, works and closes cases."""

    def __init__(
        self, setting: Setting, desk: Desk, population: Population, surveys: Surveys
    ) -> None:
        self._setting, self._desk, self._population = setting, desk, population
        self._surveys = surveys
        self._chance = setting.chance("service")
        self._types = {case.category: case for case in setting.world.cases}
        self._teams = {region.code: region.team for region in setting.world.regions}
        self._queues: dict[str, Queue] = {}
        self._live: dict[str, Case] = {}
        self.opened = 0
        from_day = setting.first_day - timedelta(days=7)
        self._staff(from_day)
        for queue in self._queues.values():
            setting.loop.at(queue.hours.window(setting.starts_at)[0], self._morning, queue)

    def _staff(self, from_day: date) -> None:
        world, agents = self._setting.world, 0
        minutes = sum(t.minutes_median for t in world.cases) / len(world.cases) * 1.2
        for team in world.teams:
            region = next(region for region in world.regions if region.team == team.name)
            hours = WorkingHours(
                self._setting.zones[region.code],
                opens=time(team.opens),
                closes=time(team.closes),
                closed=team.closed,
                from_day=from_day,
            )
            queue = self._queues[team.name] = Queue(name=team.name, hours=hours)
            cases_a_day = world.orders_a_day * region.share * 0.28 * 7 / 5
            load = cases_a_day * _TOUCHES * minutes * MINUTE / hours.seconds_a_day
            for _ in range(max(2, math.ceil(load / _BUSY))):
                agents += 1
                queue.free.append(f"AG-{agents:03d}")
                self._desk.employ(queue.free[-1], team.name, team.languages, region.country)

    def promise_passed(self, order: Order) -> None:
        """The customer waits and asks, perhaps."""
        if self._chance.random() < self._setting.world.lateness.asks_before_arrival:
            self._open(order.customer, order, "where_is_my_order")

    def delivered(self, order: Order, is_late: bool, is_damaged: bool) -> None:
        """The customer looks at what came, and complains or asks, perhaps."""
        chance, lateness = self._chance, self._setting.world.lateness
        days = max(0.0, (self._setting.loop.now - order.promised_at) / DAY)
        share = min(lateness.case_cap, lateness.case_base + lateness.case_a_day * days)
        draws = [chance.random() for _ in range(5)]
        after = [int(chance.uniform(1, 72) * HOUR) for _ in range(5)]
        reasons = (
            ("late_delivery", share if is_late else 0.0),
            ("damaged_goods", 0.75 if is_damaged else 0.0),
            ("invoice_question", 0.035),
            ("product_question", 0.05),
            ("return_request", 0.025),
        )
        for (category, probability), draw, wait in zip(reasons, draws, after, strict=True):
            if draw < probability:
                order.customer.in_hand += 1  # so that nobody forgets them meanwhile
                moment = self._setting.loop.now + wait
                self._setting.loop.at(moment, self._open_later, order.customer, order, category)

    def _open_later(self, customer: Customer, order: Order, category: str) -> None:
        customer.in_hand -= 1
        self._open(customer, order, category)

    def _open(self, customer: Customer, order: Order, category: str) -> None:
        chance, kind = self._chance, self._types[category]
        severity = Weighted((1, 2, 3, 4), kind.severities).pick(chance)
        names_order = chance.random() < 0.8 and category != "product_question"
        case = Case(
            number="",
            customer=customer,
            person=chance.choice(customer.people),
            order=order if names_order else None,
            type=kind,
            severity=max(1, severity - (customer.segment.name == "Enterprise")),
            channel=_CHANNELS.pick(chance),
            team=self._teams[customer.region.code],
            subject=verbatims.subject(chance, customer.language, category, order.number),
            language=customer.language,
            opened_at=self._setting.loop.now,
            changed_at=self._setting.loop.now,
        )
        self.opened += 1
        customer.in_hand += 1
        self._desk.open(case)
        self._live[case.number] = case
        minutes = chance.uniform(2, 12) if case.channel in ("phone", "chat") else 0.0
        self._desk.talk(customer, case.person, case, (case.channel, "in", case.subject), minutes)
        self._enqueue(case)

    def _enqueue(self, case: Case) -> None:
        queue = self._queues[case.team]
        heapq.heappush(queue.waiting, (case.severity, case.opened_at, case.number, case))
        self._dispatch(queue)

    def _morning(self, queue: Queue) -> None:
        self._dispatch(queue)
        now = self._setting.loop.now
        closes_at = queue.hours.window(now)[1]
        self._setting.loop.at(queue.hours.window(closes_at)[0], self._morning, queue)

    def _dispatch(self, queue: Queue) -> None:
        now = self._setting.loop.now
        while queue.waiting and queue.free and queue.hours.is_open(now):
            case = heapq.heappop(queue.waiting)[-1]
            again = case.agent in queue.free  # who had it before has it again, when free
            agent = queue.free.pop(queue.free.index(case.agent) if again else 0)
            if agent != case.agent:
                case.agent, case.assigned_at = agent, now
                self._change(case, "assigned", "in_progress")
            spread = self._chance.lognormvariate(0.0, case.type.minutes_log_sd)
            minutes = min(300.0, case.type.minutes_median * spread)
            done_at = queue.hours.after(now, minutes * MINUTE)
            self._setting.loop.at(done_at, self._touched, queue, case, minutes)

    def _touched(self, queue: Queue, case: Case, minutes: float) -> None:
        """One sitting is over: solved, over to the customer, or back in the queue."""
        chance, now = self._chance, self._setting.loop.now
        case.touches += 1
        case.customer.case_minutes += minutes
        channel = "phone" if case.channel == "phone" else "email"
        self._desk.talk(
            case.customer, case.person, case, (channel, "out", f"Re: {case.subject}"), minutes
        )
        if case.responded_at is None:
            case.responded_at = now
            self._change(case, "responded", "in_progress")
        queue.free.append(case.agent)
        queue.free.sort()
        draw = chance.random()
        if draw < 0.42 or case.touches > 6:
            self._resolve(case)
        elif draw < 0.85:
            self._change(case, "waiting", "waiting_on_customer")
            self._setting.loop.at(now + HOUR + chance.expovariate(1 / 36) * HOUR, self._reply, case)
        else:
            self._change(case, "updated", "in_progress")
            self._enqueue(case)
        self._dispatch(queue)

    def _reply(self, case: Case) -> None:
        if self._chance.random() < 0.04:
            case.closed_at = self._setting.loop.now
            self._change(case, "cancelled", "cancelled")
            self._finish(case)
            return
        self._change(case, "resumed", "in_progress")
        what = (case.channel, "in", f"Re: {case.subject}")
        self._desk.talk(case.customer, case.person, case, what, 0.0)
        self._enqueue(case)

    def _resolve(self, case: Case) -> None:
        chance, now, loop = self._chance, self._setting.loop.now, self._setting.loop
        case.resolved_at = now
        case.met_sla = now - case.opened_at <= _SLA_HOURS[case.severity] * HOUR
        self._change(case, "resolved", "resolved")
        self._surveys.after_case(case)
        if chance.random() < 0.07:
            loop.at(now + chance.uniform(4, 96) * HOUR, self._reopen, case)
        else:
            loop.at(now + 5 * DAY, self._close, case)

    def _reopen(self, case: Case) -> None:
        case.reopens, case.reopened_at = case.reopens + 1, self._setting.loop.now
        case.resolved_at = case.met_sla = None
        self._change(case, "reopened", "in_progress")
        what = (case.channel, "in", f"Re: {case.subject}")
        self._desk.talk(case.customer, case.person, case, what, 0.0)
        self._enqueue(case)

    def _close(self, case: Case) -> None:
        case.closed_at = self._setting.loop.now
        self._change(case, "closed", "closed")
        self._finish(case)

    def _change(self, case: Case, event: str, status: str) -> None:
        case.status, case.changed_at = status, self._setting.loop.now
        self._desk.happen(case, event)

    def _finish(self, case: Case) -> None:
        self._desk.close(case)
        del self._live[case.number]
        case.customer.in_hand -= 1
        self._population.part_from(case.customer)

    def end(self) -> None:
        """The horizon: cases that are not closed are told as they stand."""
        for case in self._live.values():
            self._desk.close(case)
