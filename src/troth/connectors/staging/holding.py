"""On which terms are rows held here: in which regions, and under which secret hash?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from troth.core.consent.assessments import Collected

REFUSED = "row:region:refused"
WITHHELD = "{}"  # instead of the row, where the row itself may not be held


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What a workspace says about the rows that it takes in."""

    # A secret of the workspace, before what is hashed of a row: the hash covers personal values,
    # and without the secret nobody can try out which ones. "" only where nothing is landed.
    pepper: str = ""
    region: str = "default"  # of rows whose source and mapping name none
    regions: tuple[str, ...] = ()  # those that may be held; none named is every one
    # Whether a personal field may land; None only where nothing is landed.
    is_assessed: Callable[[Collected], bool] | None = None

    @property
    def has_limits(self) -> bool:
        return bool(self.regions)


ANYWHERE = Holding()
