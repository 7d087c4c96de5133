"""CSV and Parquet exports through a declared mapping: the reference connector."""

from pathlib import Path

from troth.connectors.files.connector import FilesConnector
from troth.connectors.files.preview import Preview
from troth.connectors.mapping.check import check_mapping
from troth.connectors.staging.holding import ANYWHERE, Holding

__all__ = ["FilesConnector", "Preview", "load"]


def load(path: Path, *, workspace: Path, holding: Holding = ANYWHERE) -> FilesConnector:
    """The connector that a mapping declares; its `files` are relative to the workspace.

    `holding` is needed to land what it reads. Reads no export yet.
    Raises MappingError with every fault of the mapping.
    """
    shown = path.relative_to(workspace) if path.is_relative_to(workspace) else path
    return FilesConnector(
        check_mapping(path, shown=str(shown)), workspace=workspace, holding=holding
    )
