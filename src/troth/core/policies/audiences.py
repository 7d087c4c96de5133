"""For which customers does a version hold while it is rolled out in stages?

A share of customers, chosen by a stable hash, a set of regions, or both. A customer outside of it
has the version that would be in force without this one.

The hash is the first eight bytes of SHA-256 of "<key>\\n<customer id>" as a whole number, modulo
10,000: below the share in basis points is in. So a wider share of one key only adds customers, and
another key chooses others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from troth.core.ledger.canonical import decimal_text
from troth.core.policies.outputs import Fault, FaultError, refuse, unknown_key
from troth.core.policies.scopes import Layer, Subject
from troth.core.policies.specs import PolicyKind

WHOLE = 10_000  # basis points
_KEYS = ("share", "key", "regions")
_LONGEST = 200  # characters of a key or a region
_MOST_REGIONS = 500


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Whom a version holds for within its scope: whoever is in the share and in a region."""

    share: int = WHOLE  # basis points of all customers
    key: str = ""  # what the hash is salted with: the roll-out's name
    regions: tuple[str, ...] = ()  # sales regions or countries; empty: all

    def has(self, subject: Subject) -> bool:
        """Whether the version holds for a subject. Nobody known is in no share of customers."""
        if self.regions and not any(region in self.regions for region in subject.regions):
            return False
        if self.share >= WHOLE:
            return True
        return bool(subject.member) and bucket(self.key, subject.member) < self.share

    def covers(self, other: Audience) -> bool:
        """Whether everybody who is in the other one is in this one, whoever there is."""
        is_of_one_key = self.key == other.key or self.share >= WHOLE
        has_regions = not self.regions or (
            bool(other.regions) and set(other.regions) <= set(self.regions)
        )
        return is_of_one_key and self.share >= other.share and has_regions

    def __str__(self) -> str:
        """ "10 % of customers", "customers in SP, RJ", "10 % of customers in SP"."""
        who = "customers" if self.share >= WHOLE else f"{percent(self.share)} % of customers"
        return f"{who} in {', '.join(self.regions)}" if self.regions else who


def bucket(key: str, customer: str) -> int:
    """Where a customer stands among 10,000 places under a key."""
    return int.from_bytes(sha256(f"{key}\n{customer}".encode()).digest()[:8], "big") % WHOLE


def percent(share: int) -> str:
    """Basis points as percent: 1250 → "12.5"."""
    return decimal_text(Decimal(share) / 100)


def audience_document(audience: Audience) -> dict[str, Any]:
    """The plain mapping that `read_audience` reads."""
    document: dict[str, Any] = {}
    if audience.share < WHOLE:
        document |= {"share": percent(audience.share), "key": audience.key}
    if audience.regions:
        document["regions"] = list(audience.regions)
    return document


def read_audience(
    kind: PolicyKind, layer: Layer, found: Any, *, path: str = "audience"
) -> Audience | None:
    """The audience of a version's document; None: everybody. Raises FaultError."""
    if found is None:
        return None
    if layer is Layer.GUARDRAIL:
        remedy = "Leave the audience out: a guardrail holds for everybody."
        refuse(path, found, "no audience", remedy)
    if all(Layer.CUSTOMER not in spec.layers for spec in kind.outputs):
        remedy = f"Leave the audience out: {kind.name} are the same for all customers."
        refuse(path, found, "no audience", remedy)
    if not isinstance(found, Mapping) or not found:
        refuse(path, found, "a mapping of share and key, or regions", "Write {share: 10, key: q3}.")
    for name in found:
        if name not in _KEYS:
            raise FaultError(unknown_key(f"{path}.{name}", name, _KEYS, "one of"))
    share = read_share(found.get("share"), path=f"{path}.share")
    key = found.get("key")
    if share < WHOLE and (not isinstance(key, str) or not key.strip() or len(key) > _LONGEST):
        remedy = "Name the roll-out: the same name chooses the same customers again."
        refuse(f"{path}.key", key, f"text of at most {_LONGEST} characters", remedy)
    regions = _regions(found.get("regions"), f"{path}.regions")
    if share >= WHOLE and not regions:
        refuse(path, found, "a share below 100 or regions", "Leave the audience out: it is all.")
    return Audience(share=share, key=str(key) if share < WHOLE else "", regions=regions)


def read_share(found: Any, *, path: str) -> int:
    """Percent as basis points; None: all. Raises FaultError."""
    if found is None:
        return WHOLE
    remedy = "Write 10 for 10 %; up to two decimals."
    if isinstance(found, bool) or not isinstance(found, int | float | str | Decimal):
        refuse(path, found, "percent of customers above 0, at most 100", remedy)
    try:
        points = Decimal(repr(found) if isinstance(found, float) else found) * 100
    except InvalidOperation:
        points = Decimal("NaN")
    if not points.is_finite() or not 0 < points <= WHOLE or points != points.to_integral_value():
        refuse(path, found, "percent of customers above 0, at most 100", remedy)
    return int(points)


def _regions(found: Any, path: str) -> tuple[str, ...]:
    if found is None:
        return ()
    is_listed = isinstance(found, list | tuple) and 0 < len(found) <= _MOST_REGIONS
    if not is_listed or not all(isinstance(i, str) and 0 < len(i) <= _LONGEST for i in found):
        refuse(path, found, f"a list of at most {_MOST_REGIONS} regions", "Write [SP, RJ].")
    return tuple(sorted(set(found)))


def audience_of(kind: PolicyKind, layer: Layer, found: Any, faults: list[Fault]) -> Audience | None:
    """As `read_audience`, with what is wrong put into a list."""
    try:
        return read_audience(kind, layer, found)
    except FaultError as error:
        faults.append(error.fault)
        return None
