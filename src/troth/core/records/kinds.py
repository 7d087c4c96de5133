"""Which record kinds are there, and what is a row of each?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from troth.core.records.fields import FieldSpec, FieldType, field_specs
from troth.core.records.goods import (
    Capacity,
    ExchangeRate,
    Product,
    ScheduledSupply,
    Site,
    StockLevel,
)
from troth.core.records.party import Agent, Contact, Contract, Customer
from troth.core.records.service import Case, CaseEvent, Interaction, SurveyResponse
from troth.core.records.trade import (
    InvoiceLine,
    Order,
    OrderLine,
    Return,
    Shipment,
    ShipmentLine,
)


@dataclass(frozen=True, kw_only=True)
class RecordKind:
    """One kind of source record: its name, its class and the field that says when it happened."""

    name: str
    record: type[Any]
    occurs: str | None = None  # the instant field that `occurred_at` defaults to

    @cached_property
    def fields(self) -> tuple[FieldSpec, ...]:
        """All fields in declared order, the key first, `custom` left out."""
        return field_specs(self.record)

    @cached_property
    def plain_columns(self) -> tuple[tuple[str, FieldType], ...]:
        """Columns that stand on the fact itself."""
        return self._columns(is_stored_apart=False)

    @cached_property
    def personal_columns(self) -> tuple[tuple[str, FieldType], ...]:
        """Columns that are stored apart, so that they can be erased."""
        return self._columns(is_stored_apart=True)

    def field(self, name: str) -> FieldSpec | None:
        return next((spec for spec in self.fields if spec.name == name), None)

    def _columns(self, *, is_stored_apart: bool) -> tuple[tuple[str, FieldType], ...]:
        return tuple(
            column
            for spec in self.fields
            if spec.name != "key" and spec.sensitivity.is_stored_apart is is_stored_apart
            for column in spec.columns
        )


# One line a kind; the order is the order in which they land, so that what is referred to is there.
KINDS: tuple[RecordKind, ...] = (
    RecordKind(name="agent", record=Agent, occurs="started_at"),
    RecordKind(name="customer", record=Customer, occurs="created_at"),
    RecordKind(name="contact", record=Contact),
    RecordKind(name="contract", record=Contract),
    RecordKind(name="product", record=Product),
    RecordKind(name="site", record=Site),
    RecordKind(name="exchange_rate", record=ExchangeRate),
    RecordKind(name="stock_level", record=StockLevel, occurs="counted_at"),
    RecordKind(name="scheduled_supply", record=ScheduledSupply, occurs="due_at"),
    RecordKind(name="capacity", record=Capacity, occurs="starts_at"),
    RecordKind(name="order", record=Order, occurs="placed_at"),
    RecordKind(name="order_line", record=OrderLine),
    RecordKind(name="shipment", record=Shipment, occurs="shipped_at"),
    RecordKind(name="shipment_line", record=ShipmentLine),
    RecordKind(name="return", record=Return, occurs="returned_at"),
    RecordKind(name="invoice_line", record=InvoiceLine, occurs="invoiced_at"),
    RecordKind(name="case", record=Case, occurs="opened_at"),
    RecordKind(name="case_event", record=CaseEvent, occurs="occurred_at"),
    RecordKind(name="interaction", record=Interaction, occurs="occurred_at"),
    RecordKind(name="survey_response", record=SurveyResponse, occurs="answered_at"),
)

BY_NAME: dict[str, RecordKind] = {kind.name: kind for kind in KINDS}
