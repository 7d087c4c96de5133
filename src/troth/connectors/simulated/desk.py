"""How does the service desk tell it? Agents, requesters, cases, what happened, what was said."""

from __future__ import annotations

from troth.connectors.simulated import names
from troth.connectors.simulated.exports import Exports
from troth.connectors.simulated.loop import DAY
from troth.connectors.simulated.setting import Setting, iso
from troth.connectors.simulated.state import Case, Customer, Person
from troth.connectors.simulated.truth import Hands, Truth

_UNREADABLE = ("2026-13-45T99:00:00Z", "yesterday", "0000-00-00T00:00:00Z")


class Desk:
    """Comma-separated UTF-8, ISO 8601; people by its own ids, orders by the ERP's number."""

    def __init__(self, setting: Setting, exports: Exports, truth: Truth) -> None:
        self._setting, self._truth = setting, truth
        self._chance = setting.chance("desk")
        self._faults = setting.chance("desk faults")
        self._hands = Hands(setting.world, setting.chance("desk hands"), truth)
        self._requesters_made = self._events_made = self._talks_made = self._surveys_made = 0
        self._cases_made = 0
        self.agent_names: dict[str, str] = {}
        self._agents = exports.csv(
            "exports/desk/agents.csv", "agent_id name email team skills language active since"
        )
        self._requesters = exports.csv(
            "exports/desk/requesters.csv",
            "requester_id kind organisation name email phone country time_zone locale "
            "crm_contact_id created_at",
        )
        self._cases = exports.csv(
            "exports/desk/cases.csv",
            "case_number requester_id crm_contact_id order_number subject category priority "
            "status status_since channel opened_at assigned_at first_response_at resolved_at "
            "closed_at agent_id team reopens last_reopened_at met_sla",
        )
        self._events = exports.csv(
            "exports/desk/case_events.csv",
            "event_id case_number event at agent_id team status_after",
        )
        self._talks = exports.csv(
            "exports/desk/interactions.csv",
            "interaction_id requester_id case_number crm_contact_id agent_id channel direction at "
            "minutes summary",
        )
        self._surveys = exports.csv(
            "exports/desk/surveys.csv",
            "response_id requester_id case_number order_number method score low high asked_at "
            "answered_at comment",
        )

    def employ(self, agent: str, team: str, languages: str, country: str) -> None:
        name = names.person_name(self._chance, country)
        self.agent_names[agent] = name
        skills = ",".join(sorted(self._chance.sample(("billing", "delivery", "product"), 2)))
        since = iso(self._setting.starts_at - self._chance.randint(90, 1500) * DAY)
        mail = f"{names.mailbox(name)}@troth.example"
        language = languages.split(",")[0]
        self._agents.write(agent, name, mail, team, skills, language, "yes", since)

    def requester(self, customer: Customer, person: Person) -> str:
        """The desk's id of a person; made when they first turn up."""
        if not person.desk_id:
            self._requesters_made += 1
            person.desk_id = f"{36_000_000_000 + self._requesters_made * 37}"
            key = ("desk", "customer", person.desk_id)
            fields = {
                "kind": "organisation" if customer.is_organisation else "person",
                "organisation": customer.name,
                "name": person.name,
                "email": person.email,
                "phone": names.phone_variation(self._chance, person.phone),
                "country": customer.region.country,
                "time_zone": customer.region.zone,
                "locale": customer.language,
                "crm_contact_id": person.crm_id,
            }
            self._hands.leave_out(key, fields, ("phone", "locale", "crm_contact_id"))
            self._hands.slip(key, fields, ("organisation", "name"))
            now = iso(self._setting.loop.now)
            self._requesters.write(person.desk_id, *fields.values(), now)
            self._truth.identity(*key, customer.true_id)
        return person.desk_id

    def open(self, case: Case) -> None:
        self._cases_made += 1
        case.number = f"CS-{self._cases_made:06d}"
        self.requester(case.customer, case.person)
        if self._chance.random() >= self._setting.world.dirt.optional_missing:
            case.contact = case.person.crm_id
        self.happen(case, "opened")

    def happen(self, case: Case, event: str) -> None:
        self._events_made += 1
        self._events.write(
            f"EV{self._events_made:08d}", case.number, event, iso(self._setting.loop.now),
            case.agent, case.team, case.status,
        )  # fmt: skip

    def close(self, case: Case) -> None:
        """The case's row: once it is closed, or at the horizon as it then stands."""
        met = {None: "", True: "yes", False: "no"}[case.met_sla]
        self._cases.write(
            case.number, case.person.desk_id, case.contact,
            case.order.number if case.order else "", case.subject, case.type.category,
            case.severity, case.status, iso(case.changed_at), case.channel, iso(case.opened_at),
            iso(case.assigned_at), iso(case.responded_at), iso(case.resolved_at),
            iso(case.closed_at), case.agent, case.team, case.reopens, iso(case.reopened_at), met,
        )  # fmt: skip

    def talk(
        self,
        customer: Customer,
        person: Person,
        case: Case | None,
        what: tuple[str, str, str],
        minutes: float,
    ) -> None:
        """A contact; `what` is channel, direction and summary."""
        self._talks_made += 1
        number = f"IN{self._talks_made:08d}"
        channel, direction, summary = what
        requester = self.requester(customer, person)
        at = iso(self._setting.loop.now)
        if self._faults.random() < self._setting.world.dirt.faulty_rows:
            at = self._faults.choice(_UNREADABLE)
            self._truth.fault(("desk", "interactions"), number, "at", at, "unreadable_date")
        agent = case.agent if case and direction == "out" else ""
        self._talks.write(
            number, requester, case.number if case else "", person.crm_id, agent, channel,
            direction, at, f"{minutes:.1f}", summary,
        )  # fmt: skip

    def survey(
        self,
        customer: Customer,
        person: Person,
        case: Case | None,
        answer: tuple[str, int, int, int, str],
        moments: tuple[int, int],
    ) -> None:
        """An answer: method, score, scale low and high, comment; asked and answered at."""
        self._surveys_made += 1
        requester = self.requester(customer, person)
        asked_at, answered_at = moments
        if answered_at >= self._setting.until:
            return
        order = case.order.number if case and case.order else ""
        *scores, comment = answer
        self._surveys.write(
            f"SV{self._surveys_made:07d}", requester, case.number if case else "", order, *scores,
            iso(asked_at), iso(answered_at), comment,
        )  # fmt: skip
