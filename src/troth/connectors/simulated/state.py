"""What lives while the simulation runs? People, orders, parcels and cases, until they are done.

These are the only mutable things here; each is dropped once nothing can change it any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from troth.connectors.simulated.parameters import CaseType, Region, Segment


@dataclass(kw_only=True, slots=True)
class Person:
    """A contact at a customer."""

    true_id: str
    name: str
    email: str
    phone: str
    role: str
    crm_id: str = ""
    desk_id: str = ""


@dataclass(kw_only=True, slots=True)
class Customer:
    """A true customer, whom each system knows in its own way."""

    number: int
    name: str
    is_organisation: bool
    region: Region
    segment: Segment
    language: str
    tax_id: str
    email: str
    phone: str
    street: str
    postal_code: str
    city: str
    joined_at: int
    orders_a_second: float
    hazard: float  # base, a second
    spend_log_mean: float
    leaves_at_hazard: float  # leaves when the accumulated hazard reaches this
    account_id: str = ""
    debtor: str = ""
    parent_account_id: str = ""
    people: list[Person] = field(default_factory=list)
    hazard_spent: float = 0.0
    hazard_now: float = 0.0
    hazard_since: int = 0
    hazard_turn: int = 0
    recent_late: list[bool] = field(default_factory=list)
    left_at: int | None = None
    in_hand: int = 0  # orders and cases that are not finished
    orders: int = 0
    deliveries: int = 0
    late_deliveries: int = 0
    revenue: float = 0.0  # EUR, delivered or not, cancelled ones taken off
    lines_picked: int = 0
    parcels: int = 0
    returns: int = 0
    case_minutes: float = 0.0
    true_cost: float = 0.0

    @property
    def true_id(self) -> str:
        return f"P{self.number:07d}"

    @property
    def late_share(self) -> float:
        return sum(self.recent_late) / len(self.recent_late) if self.recent_late else 0.0


@dataclass(kw_only=True, slots=True)
class Line:
    """One product on an order."""

    position: int
    product: int
    quantity: int
    price: float
    is_reserved: bool = False
    part: Part | None = None


@dataclass(kw_only=True, slots=True)
class Part:
    """The lines of an order that leave together."""

    order: Order
    lines: list[Line]
    waiting: int = 0  # lines without stock
    shipment: str = ""
    released_at: int | None = None
    planned_at: int | None = None
    is_picked: bool = False
    shipped_at: int | None = None
    delivered_at: int | None = None
    is_damaged: bool = False
    carrier: str = ""


@dataclass(kw_only=True, slots=True)
class Order:
    number: str
    customer: Customer
    placed_at: int
    requested_at: int | None
    promised_at: int
    site: str
    channel: str
    lines: list[Line]
    value: float  # EUR
    total: float  # the customer's currency
    freight: float
    is_faulty: bool
    parts: list[Part] = field(default_factory=list)
    shipped_at: int | None = None
    delivered_at: int | None = None
    cancelled_at: int | None = None

    @property
    def is_picked(self) -> bool:
        return any(part.is_picked for part in self.parts)


@dataclass(kw_only=True, slots=True)
class Case:
    number: str
    customer: Customer
    person: Person
    order: Order | None
    type: CaseType
    severity: int
    channel: str
    team: str
    subject: str
    language: str
    opened_at: int
    contact: str = ""  # the CRM's id of the person, where the desk noted it
    status: str = "new"
    changed_at: int = 0
    agent: str = ""
    assigned_at: int | None = None
    responded_at: int | None = None
    resolved_at: int | None = None
    closed_at: int | None = None
    reopened_at: int | None = None
    reopens: int = 0
    touches: int = 0
    met_sla: bool | None = None
