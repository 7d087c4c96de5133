"""Which reading of "on time in full" is meant?

There is no standard definition: reference date, tolerance window and level are terms of a contract
(McKinsey & Company, "Defining 'on-time, in-full' in the consumer sector", 2019). So they are a
record with a version, and a value is never shown without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from troth.analysis.metrics.errors import OtifTermsError

Level = Literal["order", "line"]


@dataclass(frozen=True, kw_only=True)
class OtifTerms:
    """The terms under which a delivery counts. Raises OtifTermsError.

    The reference date, request or promise, is in the metric's name: both are reported.
    """

    version: str = "company-1"  # of the contract that they belong to
    level: Level = "order"  # what is judged as one: an order, or each line of it
    late_hours: int = 0  # so long after the reference date is still on time
    early_hours: int | None = None  # so long before it at most; None: any earlier is on time
    short_share: Decimal = Decimal(0)  # this share of a line may be missing, 0 to 1

    def __post_init__(self) -> None:
        if self.level not in ("order", "line"):
            raise OtifTermsError(field="level", found=repr(self.level), expected="order or line")
        if self.late_hours < 0:
            raise OtifTermsError(field="late_hours", found=self.late_hours, expected="0 or more")
        if self.early_hours is not None and self.early_hours < 0:
            raise OtifTermsError(field="early_hours", found=self.early_hours, expected="0 or more")
        if not 0 <= self.short_share < 1:
            raise OtifTermsError(
                field="short_share", found=self.short_share, expected="0 up to, not with, 1"
            )

    def sentence(self, reference: str) -> str:
        """The terms in words, with the reference date, to stand beside a value."""
        early = "any time before" if self.early_hours is None else f"{self.early_hours} h before"
        return (
            f"{self.version}: per {self.level}, from {early} to {self.late_hours} h after "
            f"the {reference}, at most {(100 * self.short_share).normalize():f} % of a line missing"
        )


DEFAULT_TERMS = OtifTerms()
