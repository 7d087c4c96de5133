"""Can all that was committed be met together, on one day, with what a site has?

Docks and agents serve for a time, stock is given away; each commitment says how much of it one
customer may claim on a day. Where not all fit, the answer is the smallest set that does not.
"""

from __future__ import annotations

from troth.analysis.capacity.conflicts import fit
from troth.analysis.capacity.documents import CapacityDocumentError, read_plan
from troth.analysis.capacity.records import (
    Answer,
    Booking,
    Claim,
    Commitment,
    Overload,
    Plan,
    Proof,
    Resource,
    Shift,
    Stock,
)
from troth.analysis.capacity.scheduling import CapacityUndecidedError

__all__ = [
    "Answer",
    "Booking",
    "CapacityDocumentError",
    "CapacityUndecidedError",
    "Claim",
    "Commitment",
    "Overload",
    "Plan",
    "Proof",
    "Resource",
    "Shift",
    "Stock",
    "fit",
    "read_plan",
]
