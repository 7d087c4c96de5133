"""What do customers answer when asked? Satisfaction after a case, recommendation every quarter."""

from __future__ import annotations

import math
from collections.abc import Mapping

from troth.connectors.simulated import verbatims
from troth.connectors.simulated.desk import Desk
from troth.connectors.simulated.hours import local
from troth.connectors.simulated.loop import DAY, HOUR
from troth.connectors.simulated.setting import Setting
from troth.connectors.simulated.state import Case, Customer

_CSAT_ANSWERS = 0.34  # share of those asked
_NPS_ASKED, _NPS_ANSWERS = 0.6, 0.3
_COMMENTS = 0.6


class Surveys:
    """Scores depend on lateness and on the time a case took; both effects are declared."""

    def __init__(self, setting: Setting, desk: Desk) -> None:
        self._setting, self._desk = setting, desk
        self._chance = setting.chance("surveys")

    def after_case(self, case: Case) -> None:
        """CSAT, 1 to 5, an hour after a case is resolved."""
        chance, now, lateness = self._chance, self._setting.loop.now, self._setting.world.lateness
        noise, is_answered = chance.gauss(0.0, 0.8), chance.random() < _CSAT_ANSWERS
        wait = HOUR + int(chance.expovariate(1 / 20) * HOUR)
        if not is_answered:
            return
        hours = (now - case.opened_at) / HOUR
        was_late = case.type.category in ("late_delivery", "where_is_my_order")
        latent = 4.9 - 0.45 * math.log1p(hours / 12) - 0.7 * case.reopens + noise
        score = min(5, max(1, round(latent + lateness.csat_points * was_late)))
        mood = "good" if score >= 4 else "mixed" if score == 3 else "bad"
        comment = self._comment(case.customer, mood, "desk", int(hours / 24), case)
        self._desk.survey(
            case.customer, case.person, case, ("CSAT", score, 1, 5, comment), (now, now + wait)
        )

    def every_quarter(self, here: Mapping[int, Customer]) -> None:
        """NPS, 0 to 10, of a sample of all who are customers on that day."""
        for customer in here.values():
            if self._chance.random() < _NPS_ASKED * _NPS_ANSWERS:
                self._ask(customer)

    def _ask(self, customer: Customer) -> None:
        chance, lateness = self._chance, self._setting.world.lateness
        zone = self._setting.zones[customer.region.code]
        asked_at = self._setting.loop.now + int(chance.uniform(0, 3) * DAY)
        answered_at = asked_at + int(chance.expovariate(1 / 30) * HOUR) + HOUR
        if local(answered_at, zone).hour < 7:
            answered_at += 8 * HOUR
        latent = 8.9 + lateness.nps_points * customer.late_share + chance.gauss(0.0, 1.7)
        score = min(10, max(0, round(latent)))
        mood = "good" if score >= 9 else "mixed" if score >= 7 else "bad"
        days = chance.randint(2, 6)
        comment = self._comment(customer, mood, "delivery", days, None)
        self._desk.survey(
            customer,
            customer.people[0],
            None,
            ("NPS", score, 0, 10, comment),
            (asked_at, answered_at),
        )

    def _comment(
        self, customer: Customer, mood: str, topic: str, days: int, case: Case | None
    ) -> str:
        chance = self._chance
        if chance.random() >= _COMMENTS:
            return ""
        language, agent = customer.language, self._desk.agent_names[case.agent] if case else ""
        return verbatims.comment(chance, language, mood, topic=topic, days=days, agent=agent)
