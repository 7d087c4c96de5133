"""What is a value here: money, quantity, a typed id, and how sensitive a field is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NewType

# A key names one source record everywhere: "<system>:<the system's own key>", e.g. "erp:SO-1001".
CustomerKey = NewType("CustomerKey", str)
ContactKey = NewType("ContactKey", str)
ContractKey = NewType("ContractKey", str)
ProductKey = NewType("ProductKey", str)
SiteKey = NewType("SiteKey", str)
StockLevelKey = NewType("StockLevelKey", str)
ScheduledSupplyKey = NewType("ScheduledSupplyKey", str)
CapacityKey = NewType("CapacityKey", str)
OrderKey = NewType("OrderKey", str)
OrderLineKey = NewType("OrderLineKey", str)
ShipmentKey = NewType("ShipmentKey", str)
ShipmentLineKey = NewType("ShipmentLineKey", str)
ReturnKey = NewType("ReturnKey", str)
InvoiceLineKey = NewType("InvoiceLineKey", str)
ExchangeRateKey = NewType("ExchangeRateKey", str)
CaseKey = NewType("CaseKey", str)
CaseEventKey = NewType("CaseEventKey", str)
InteractionKey = NewType("InteractionKey", str)
SurveyResponseKey = NewType("SurveyResponseKey", str)
AgentKey = NewType("AgentKey", str)


class Sensitivity(StrEnum):
    """How carefully a field is treated: who sees it, and where it is stored."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"  # stored apart, keyed per source record, so that it can be erased
    RESTRICTED = "restricted"  # personal, and visible to named people only

    @property
    def is_stored_apart(self) -> bool:
        return self in (Sensitivity.PERSONAL, Sensitivity.RESTRICTED)


@dataclass(frozen=True, kw_only=True)
class Money:
    """An amount in one currency."""

    amount: Decimal
    currency: str  # ISO 4217, three capital letters


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A number of something, with its unit."""

    amount: Decimal
    unit: str  # a UN/CEFACT-like word of the company's own: piece, kg, hour
