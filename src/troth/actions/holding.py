"""On which terms does this workspace take rows in?"""

from __future__ import annotations

from troth.connectors.staging.holding import Holding
from troth.connectors.workspace import Workspace
from troth.store.sealing import row_pepper

_PEPPER_HEX_DIGITS = 32  # 128 bits


def holding_of(workspace: Workspace) -> Holding:
    """What the workspace says of the rows that it lands. Raises SealingError."""
    return Holding(
        pepper=row_pepper().hex()[:_PEPPER_HEX_DIGITS],
        region=workspace.region,
        regions=workspace.regions,
    )
