"""Which fields should a customer have, and how much does each count?

The weights are small whole numbers: 3 for what joins records to one customer and says who it is,
2 for what a promise or a word to the customer needs, 1 for what makes either better.
"""

from __future__ import annotations

from dataclasses import dataclass

from troth.core.records.codes import PartyKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """One field that is judged."""

    name: str
    weight: int
    because: str  # why it counts so much
    of: frozenset[str] = frozenset(PartyKind)  # the kinds of customers that should have it

    def is_expected_of(self, party_kind: str) -> bool | None:
        """None where the kind is not known and not every kind should have it."""
        if party_kind in self.of or len(self.of) == len(PartyKind):
            return True
        return False if party_kind in frozenset(PartyKind) else None


FIELDS: tuple[Expected, ...] = (
    Expected(name="name", weight=3, because="Everybody knows the customer by it."),
    Expected(name="party_kind", weight=1, because="It says which other fields there should be."),
    Expected(
        name="tax_id",
        weight=3,
        because="It joins records of one organisation, and invoices ask for it.",
        of=frozenset({PartyKind.ORGANISATION}),
    ),
    Expected(name="email", weight=3, because="It joins records, and news goes there."),
    Expected(name="phone", weight=2, because="It joins records, and urgent news goes there."),
    Expected(name="address", weight=2, because="Deliveries go there."),
    Expected(name="postal_code", weight=1, because="It tells addresses apart."),
    Expected(name="city", weight=1, because="It tells addresses apart."),
    Expected(name="country", weight=2, because="Policies of a region and forms go by it."),
    Expected(name="time_zone", weight=2, because="Clocks and delivery days run in it."),
    Expected(name="language", weight=1, because="They are written to in it."),
)
