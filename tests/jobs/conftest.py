"""Jobs work on workspaces of their own; see tests.workspaces."""

from tests.workspaces import blank, finished, ran, seen, simulated

__all__ = ["blank", "finished", "ran", "seen", "simulated"]
