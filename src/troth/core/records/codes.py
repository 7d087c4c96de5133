"""Which fixed words may a record use for its state or kind?"""

from __future__ import annotations

from enum import StrEnum


class PartyKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"


class OrderStatus(StrEnum):
    OPEN = "open"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class ShipmentStatus(StrEnum):
    PLANNED = "planned"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    LOST = "lost"


class CaseStatus(StrEnum):
    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING_ON_CUSTOMER = "waiting_on_customer"
    WAITING_ON_THIRD_PARTY = "waiting_on_third_party"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class CaseEventKind(StrEnum):
    OPENED = "opened"
    ASSIGNED = "assigned"
    RESPONDED = "responded"
    WAITING = "waiting"  # the ball is with the customer: the clock pauses
    RESUMED = "resumed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    UPDATED = "updated"


class Channel(StrEnum):
    WEB = "web"
    EMAIL = "email"
    PHONE = "phone"
    CHAT = "chat"
    EDI = "edi"
    VISIT = "visit"
    OTHER = "other"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class SurveyMethod(StrEnum):
    NPS = "nps"  # 0–10
    CSAT = "csat"
    CES = "ces"
    RATING = "rating"  # stars


class SiteKind(StrEnum):
    WAREHOUSE = "warehouse"
    PLANT = "plant"
    STORE = "store"
    SUPPLIER = "supplier"


class ContractStatus(StrEnum):
    DRAFT = "draft"
    SIGNED = "signed"
    ENDED = "ended"
