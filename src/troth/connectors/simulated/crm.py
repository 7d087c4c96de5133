"""How does the CRM tell it? Accounts (some entered twice), contacts, contracts, its own users."""

from __future__ import annotations

from datetime import date, timedelta

from troth.connectors.simulated import names
from troth.connectors.simulated.exports import Exports
from troth.connectors.simulated.hours import local
from troth.connectors.simulated.loop import DAY, HOUR
from troth.connectors.simulated.setting import Setting, iso, iso_day
from troth.connectors.simulated.state import Customer, Person
from troth.connectors.simulated.truth import Hands, Truth

OPTIONAL = (
    *("TaxNumber", "Email", "Phone", "BillingStreet", "BillingPostalCode", "BillingCity"),
    *("Language", "Segment"),
)
_TYPO = ("Name", "Name", "Name", "Email", "BillingCity", "BillingStreet")
_COUNTRIES = {"DE": "Germany", "GB": "United Kingdom", "US": "USA", "BR": "Brasil"}


class Crm:
    """Comma-separated UTF-8, ISO 8601 in UTC, 18-letter ids whose first letters name the table."""

    def __init__(self, setting: Setting, exports: Exports, truth: Truth) -> None:
        self._setting, self._truth = setting, truth
        self._chance = setting.chance("crm")
        self._hands = Hands(setting.world, setting.chance("crm hands"), truth)
        self._ids = 0
        self._accounts = exports.csv(
            "exports/crm/accounts.csv",
            "Id Name Type TaxNumber Email Phone BillingStreet BillingPostalCode BillingCity "
            "BillingCountry Territory TimeZone Language Segment ParentId OwnerId CreatedDate",
        )
        self._contacts = exports.csv(
            "exports/crm/contacts.csv",
            "Id AccountId Name Email Phone Title Language CreatedDate",
        )
        self._contracts = exports.csv(
            "exports/crm/contract_history.csv",
            "Id AccountId Status SignedDate StartDate EndDate Document LeadTimeDays "
            "LastModifiedDate",
        )
        users = exports.csv("exports/crm/users.csv", "Id Name Email Team IsActive CreatedDate")
        self._owners: dict[str, list[str]] = {}
        for region in setting.world.regions:
            for _ in range(2):
                owner, name = self._id("005"), names.person_name(self._chance, region.country)
                self._owners.setdefault(region.code, []).append(owner)
                started = iso(setting.starts_at - 5 * 365 * DAY)
                mail = f"{names.mailbox(name)}@troth.example"
                users.write(owner, name, mail, f"Sales {region.code}", "true", started)

    def enter(self, customer: Customer) -> None:
        """A new customer: its account and contacts, and perhaps all of it again, and a contract."""
        customer.account_id = self._id("001")
        fields = self._fields(customer)
        self._account(customer, fields, customer.account_id, customer.joined_at)
        for person in customer.people:
            person.crm_id = self._contact(customer, person, customer.account_id, customer.joined_at)
        if self._chance.random() < self._setting.world.dirt.accounts_entered_twice:
            again = customer.joined_at + int(self._chance.uniform(1, 120) * DAY)
            self._setting.loop.at(again, self._enter_again, customer, again)
        if self._chance.random() < customer.segment.contract_share:
            self._sign(customer)

    def _enter_again(self, customer: Customer, again: int) -> None:
        """Somebody did not find the account and entered it once more."""
        account = self._id("001")
        fields = self._fields(customer)
        fields["Name"] = names.variation(self._chance, customer.name)
        fields["Phone"] = names.phone_variation(self._chance, customer.phone)
        fields["BillingCountry"] = _COUNTRIES[customer.region.country]
        if self._chance.random() < 0.4:
            fields["Email"] = customer.people[-1].email
        self._truth.dirt(("crm", "customer", account), "Id", "entered_twice", customer.account_id)
        self._account(customer, fields, account, again)
        self._contact(customer, customer.people[0], account, again)

    def _fields(self, customer: Customer) -> dict[str, str]:
        return {
            "Name": customer.name,
            "Type": "Organisation" if customer.is_organisation else "Person",
            "TaxNumber": customer.tax_id,
            "Email": customer.email,
            "Phone": customer.phone,
            "BillingStreet": customer.street,
            "BillingPostalCode": customer.postal_code,
            "BillingCity": customer.city,
            "BillingCountry": customer.region.country,
            "Territory": customer.region.code,
            "TimeZone": customer.region.zone,
            "Language": customer.language,
            "Segment": customer.segment.name,
            "ParentId": customer.parent_account_id,
            "OwnerId": self._owners[customer.region.code][customer.number % 2],
        }

    def _account(
        self, customer: Customer, fields: dict[str, str], account: str, created_at: int
    ) -> None:
        key = ("crm", "customer", account)
        self._hands.leave_out(key, fields, OPTIONAL)
        self._hands.slip(key, fields, _TYPO)
        self._accounts.write(account, *fields.values(), iso(created_at))
        self._truth.identity(*key, customer.true_id)

    def _contact(self, customer: Customer, person: Person, account: str, created_at: int) -> str:
        contact = self._id("003")
        key = ("crm", "contact", contact)
        fields = {
            "Name": person.name,
            "Email": person.email,
            "Phone": person.phone,
            "Title": person.role,
            "Language": customer.language,
        }
        self._hands.leave_out(key, fields, ("Phone", "Title", "Language"))
        self._hands.slip(key, fields, ("Name",))
        self._contacts.write(contact, account, *fields.values(), iso(created_at + HOUR))
        self._truth.identity(*key, person.true_id)
        return contact

    def _sign(self, customer: Customer) -> None:
        """A contract as its successive states: draft, signed, ended."""
        chance, zone = self._chance, self._setting.zones[customer.region.code]
        first = max(customer.joined_at, self._setting.starts_at - 300 * DAY)
        drafted_at = first + int(chance.uniform(2, 60) * DAY)
        signed_at = drafted_at + int(chance.uniform(1, 25) * DAY)
        month = local(signed_at, zone).date().replace(day=1)
        starts_on = (month + timedelta(days=32)).replace(day=1)
        ends_on = _years_later(starts_on, chance.choice((1, 1, 2))) - timedelta(days=1)
        days = max(2, customer.region.promise_days + chance.choice((-1, 0, 0, 1)))
        number = self._id("800")
        ended_at = int((ends_on - date(1970, 1, 1)).days) * DAY + DAY
        for status, moment in (("Draft", drafted_at), ("Signed", signed_at), ("Ended", ended_at)):
            if moment < self._setting.until:
                self._contracts.write(
                    number,
                    customer.account_id,
                    status,
                    "" if status == "Draft" else iso_day(signed_at),
                    starts_on.isoformat(),
                    ends_on.isoformat(),
                    "" if status == "Draft" else f"contracts/{number}.pdf",
                    days,
                    iso(moment),
                )

    def _id(self, table: str) -> str:
        self._ids += 1
        return f"{table}5x0000{names.opaque(self._ids, 6)}QAA"


def _years_later(day: date, years: int) -> date:
    return day.replace(year=day.year + years)
