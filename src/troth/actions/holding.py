"""On which terms does this workspace take rows in?"""

from __future__ import annotations

from django.utils import timezone

from troth.connectors.staging.holding import Holding
from troth.connectors.workspace import Workspace
from troth.core.consent.assessments import Collected
from troth.store.facts.assessments import standing
from troth.store.queries.viewing import as_the_program
from troth.store.sealing import row_pepper

_PEPPER_HEX_DIGITS = 32  # 128 bits


def holding_of(workspace: Workspace) -> Holding:
    """What the workspace says of the rows that it lands. Raises SealingError."""
    return Holding(
        pepper=row_pepper().hex()[:_PEPPER_HEX_DIGITS],
        region=workspace.region,
        regions=workspace.regions,
        is_assessed=may_land,
    )


def may_land(asked: Collected) -> bool:
    """Whether a personal field lands: somebody signed for it, or it did before anybody could."""
    with as_the_program():
        return standing(asked, at=timezone.now()).is_live
