"""What is wrong with a contract, and where?"""

from __future__ import annotations

from typing import ClassVar

from troth.connectors.errors import MappingFault


class ContractError(Exception):
    """The contract is wrong. Correct these places and run `troth contract check` again."""

    code: ClassVar[str] = "contract:wrong"

    def __init__(self, faults: tuple[MappingFault, ...]) -> None:
        self.faults = faults
        self.file = faults[0].file
        self.line = faults[0].line
        super().__init__("\n".join([type(self).__doc__ or "", *map(str, faults)]))


class UnknownContractError(Exception):
    """No contract of this workspace has this id. `troth contract list` shows those that are
    there."""

    code: ClassVar[str] = "contract:unknown"
