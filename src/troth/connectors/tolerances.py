"""How far may order, shipment and invoice be apart before it is a difference?"""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path

from troth.connectors.workspace import FILE_NAME, WorkspaceError, read_workspace
from troth.core.work.reconciliation import Tolerances, TolerancesError


def tolerances(directory: Path) -> Tolerances:
    """[reconciliation] of troth.toml, or the defaults; these too where there is no troth.toml.

    Raises WorkspaceError.
    """
    path = directory / FILE_NAME
    if not path.is_file():
        return Tolerances()
    read_workspace(directory)
    section = tomllib.loads(path.read_text("utf-8")).get("reconciliation", {})
    known = [item.name for item in fields(Tolerances)]
    if not isinstance(section, dict) or section.keys() - set(known):
        raise WorkspaceError(f"{path}: [reconciliation] takes {', '.join(known)}. Mend it.")
    for name, found in section.items():
        if not isinstance(found, int) or isinstance(found, bool):
            raise WorkspaceError(
                f"{path}: reconciliation.{name} is {found!r}; expected a whole number from 0."
            )
    try:
        return Tolerances(**section)
    except TolerancesError as error:
        raise WorkspaceError(f"{path}: [reconciliation] {error}") from error
