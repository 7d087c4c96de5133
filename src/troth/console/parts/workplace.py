"""Which workspace does this process serve?"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from troth.connectors.workspace import Workspace, read_workspace


def workspace() -> Workspace:
    """The workspace that the command line started with. Raises WorkspaceError."""
    return read_workspace(Path(settings.WORKSPACE))
