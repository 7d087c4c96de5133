"""The command line on workspaces of its own; see tests.workspaces."""

from tests.workspaces import blank, finished, ran, seen, simulated

__all__ = ["blank", "finished", "ran", "seen", "simulated"]
