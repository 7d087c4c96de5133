"""Which connector reads a source, by what its mapping says?"""

from __future__ import annotations

from pathlib import Path

from troth.connectors.contracts.assessing import held_to
from troth.connectors.contracts.checking import terms_of
from troth.connectors.extracts.connector import ExtractConnector
from troth.connectors.files import FilesConnector
from troth.connectors.mapping.check import check_mapping
from troth.connectors.rest.transport import Waiting
from troth.connectors.staging.holding import ANYWHERE, Holding


def load(
    path: Path, *, workspace: Path, holding: Holding = ANYWHERE, waiting: Waiting | None = None
) -> FilesConnector:
    """The connector that a mapping declares; what it names is relative to the workspace.

    `holding` is needed to land what it reads. Reads nothing of the source yet.
    Raises MappingError with every fault of the mapping, ContractError with those of contracts.
    """
    shown = path.relative_to(workspace) if path.is_relative_to(workspace) else path
    source = check_mapping(path, shown=str(shown))
    terms = terms_of(source, workspace=workspace)
    source, agreed = held_to(source, terms, holding.is_assessed)
    if source.database is None and source.api is None:
        return FilesConnector(source, workspace=workspace, holding=holding, agreed=agreed)
    return ExtractConnector(
        source, workspace=workspace, holding=holding, agreed=agreed, waiting=waiting
    )
